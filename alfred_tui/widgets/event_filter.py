"""What is typed behind ``/`` on the events: a time, words, and the fleet's own ``status:``.

Times go to the store; words and fields are asked of each event. Nothing typed is ever an
exception: what could not be understood is left out and said in ``EventQuery.errors``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alfred_tui.model import when
from alfred_tui.model.filter import Query, parse
from alfred_tui.model.history import Event
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView

FLEET_FIELDS = ("status", "why", "name")
"""Of the fleet's filter, those that say something of an event."""
FIELDS = ("from", "to", *FLEET_FIELDS)
_DAY = 10
"""Characters of a date without a time, which stands for the whole day."""
_SAID = 12


class EventQuery(msgspec.Struct, frozen=True):
    """``since`` and ``until`` (aware UTC, the end not in it), ``words`` with their negation."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[tuple[str, bool], ...] = ()
    fields: Query = Query()
    errors: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether anything may be hidden."""
        return bool(self.since or self.until or self.words or self.fields.terms)

    def matches(self, event: Event) -> bool:
        """Whether an event is within the time and holds all that was asked for."""
        if self.since is not None and event.at < self.since:
            return False
        if self.until is not None and event.at >= self.until:
            return False
        if self.words:
            said = _said(event)
            if any((word in said) is negated for word, negated in self.words):
                return False
        return self._fields_match(event)

    def _fields_match(self, event: Event) -> bool:
        if not self.fields.terms:
            return True
        reasons = event.reasons_after or event.reasons_before
        row = TenantView(event.tenant, event.after or Pill.UNKNOWN, reasons=reasons)
        for term in self.fields.terms:
            # An event that is no change of a pill has none.
            known = event.after is not None or term.field != "status"
            if not (term.matches(row) if known else term.negated):
                return False
        return True


def _said(event: Event) -> str:
    """Everything of an event that is shown, for words to be found in."""
    reasons = (*event.reasons_after, *event.reasons_before)
    texts = (event.whom, event.text, event.who, *(reason.text for reason in reasons))
    return "\n".join(texts).casefold()


def parse_events(text: str, now: datetime) -> EventQuery:
    """Read a filter as typed at ``now``. Never raises; see ``EventQuery.errors``."""
    times: dict[str, datetime] = {}
    words: list[tuple[str, bool]] = []
    fields: list[str] = []
    errors: list[str] = []
    for word in text.split():
        body = word.lstrip("!-")
        key, colon, value = body.partition(":")
        if not body or (colon and not value):
            continue
        if not colon:
            words.append((body.casefold(), (len(word) - len(body)) % 2 == 1))
        elif key.casefold() in ("from", "to"):
            _time(key.casefold(), value, now, times, errors)
        elif key.casefold() in FLEET_FIELDS:
            fields.append(word)
        else:
            errors.append(f"no field “{key[:_SAID]}”: try {', '.join(FIELDS[:3])}")
    fleet = parse(" ".join(fields))
    since, until = times.get("from"), times.get("to")
    if since and until and since >= until:
        errors.append("from: is not before to:")
    return EventQuery(text, since, until, tuple(words), fleet, (*errors, *fleet.errors))


def _time(
    key: str, value: str, now: datetime, times: dict[str, datetime], errors: list[str]
) -> None:
    try:
        found = when.before(value, now)
        if key == "to" and len(value) == _DAY and value[4:5] == "-":
            found += timedelta(days=1)
    except (ValueError, OverflowError):
        errors.append(f"{key}: takes 36h, 2d or 2026-11-20")
        return
    times[key] = found
