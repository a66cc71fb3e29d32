"""What is typed behind ``/`` on the journal: a time, words, ``outcome:``, ``risk:`` and others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from alfred_tui.model.operation import Outcome, Risk, RunRecord
from alfred_tui.ops.standing import word
from alfred_tui.widgets.past_filter import PastQuery, take_apart

FIELDS = ("outcome", "risk", "op", "name", "who")
"""Beside ``from`` and ``to``."""
_OUTCOMES = [word(each).replace(" ", "-") for each in (None, *Outcome)]
_RISKS = [each.value for each in Risk]
_LISTS = {"outcome": _OUTCOMES, "risk": _RISKS}

Standing = Callable[[RunRecord], Outcome | None]
"""How a run has ended, as far as anybody can tell now; ``None`` while it runs."""


def as_written(run: RunRecord) -> Outcome | None:
    """What the journal says: without an end it is unknown."""
    return run.outcome


class RunQuery(PastQuery, frozen=True):
    """``terms`` are field, value and negation; ``standing`` tells an outcome."""

    terms: tuple[tuple[str, str, bool], ...] = ()
    standing: Standing = as_written

    @property
    def asks(self) -> bool:
        """Whether anything may be hidden."""
        return bool(self.since or self.until or self.words or self.terms)

    def matches(self, run: RunRecord) -> bool:
        """Whether a run is within the time and holds all that was asked for."""
        if not self.within(run.at) or (self.words and not self.says(_said(run))):
            return False
        return all(self._holds(run, *term) for term in self.terms)

    def _holds(self, run: RunRecord, field: str, value: str, negated: bool) -> bool:
        match field:
            case "outcome":
                found = word(self.standing(run)).replace(" ", "-").startswith(value)
            case "risk":
                found = run.risk.value.startswith(value)
            case "op":
                found = value in run.operation.casefold()
            case "name":
                found = value in run.tenant.casefold()
            case _:
                found = value in run.who.casefold()
        return found is not negated


def _said(run: RunRecord) -> str:
    """Everything of a run that is shown, for words to be found in."""
    calls = (part for call in run.calls for part in (call.line, call.text))
    texts = (run.tenant, run.title, run.who, run.text, run.before, run.after, *calls)
    return "\n".join(texts).casefold()


def parse_runs(text: str, now: datetime, standing: Standing = as_written) -> RunQuery:
    """Read a filter as typed at ``now``. Never raises; see ``errors``."""
    typed = take_apart(text, now, FIELDS)
    terms, errors = [], list(typed.errors)
    for field, value, negated in typed.fields:
        allowed = _LISTS.get(field)
        if allowed is not None and not any(each.startswith(value) for each in allowed):
            errors.append(f"{field}: is one of {', '.join(allowed)}")
        else:
            terms.append((field, value, negated))
    return RunQuery(
        text, typed.since, typed.until, typed.words, tuple(errors), tuple(terms), standing
    )
