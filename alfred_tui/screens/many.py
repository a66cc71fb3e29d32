"""One wish for many, as the dialog asks for it: the first plan, and what holds of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alfred_tui.model.operation import Consent, Plan
from alfred_tui.model.text import clean
from alfred_tui.ops import bulk
from alfred_tui.ops.bulk import Target
from alfred_tui.screens.asking import Planned, Question, capital, title_of

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Yes

MOST_AT_ONCE = 64
"""As the setting ``ops.in_flight`` allows at most."""
_NAMED = 12


class PlannedForMany(Planned):
    """The plan of the first is what is seen; every other one is made when its turn comes."""

    def __init__(self, alfred: AlfredApp, operation: str, targets: Sequence[Target]) -> None:
        super().__init__(alfred, operation, *targets[0])
        self._targets = list(targets)
        self._tenants = list(dict.fromkeys(target.tenant for target in targets))
        self._at_once, self._failures = alfred.in_flight, alfred.failures

    @property
    def title(self) -> str:
        """What, on how many."""
        if self.plan is not None:
            return capital(clean(bulk.title(self.plan, self._targets), 200))
        return title_of(self._operation, f"{len(self._tenants)} tenants", self._arguments)

    @property
    def looking(self) -> str:
        """At the first."""
        return f"{super().looking}, the first of them"

    @property
    def refused(self) -> str:
        """Read-only mode; what asks for a name asks for each tenant's own."""
        plan = self.plan
        if (found := super().refused) or plan is None or plan.consent is not Consent.NAME:
            return found
        return "this asks for the tenant's name to be typed: do it one at a time"

    @property
    def question(self) -> Question | None:
        """The first one's plan, whom it is for, and where it stops."""
        first = super().question
        if first is None:
            return None
        most = self._failures
        alike = f"this is the plan of {clean(first.name, 60)}; every other one is made"
        word = "failure" if most == 1 else "failures"
        stops = f"{self._at_once} at once; after {most} {word} nobody else is begun"
        return first._replace(
            whom=self._whom(),
            wrong=(*first.wrong, f"{alike} when its turn comes", stops),
            sign=("", "text"),
        )

    def bound(self, *, at_once: int = 0, failures: int = 0) -> None:
        """How many at once, in steps that double; after how many failures nobody is begun."""
        doubled = self._at_once * 2 if at_once > 0 else self._at_once // 2
        self._at_once = max(1, min(MOST_AT_ONCE, doubled if at_once else self._at_once))
        self._failures = max(1, min(len(self._targets), self._failures + failures))

    def _whom(self) -> str:
        names = bulk.names(self._targets)
        more = len(names) - _NAMED
        listed = "; ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        count = len(self._tenants)
        return f"{count} tenants: {listed}" if count > 1 else listed

    async def make(self) -> Plan:
        """The plan of the first for which one can be made; the others say so when it is done."""
        return await bulk.first_plan(self._alfred.engine.board, self._operation, self._targets)

    async def agree(self, yes: Yes, typed: str) -> None:
        """Begin with all of them."""
        seen, alfred = self.in_time(), self._alfred
        made = await bulk.begin(
            alfred.engine.board,
            self._operation,
            self._targets,
            yes,
            in_flight=self._at_once,
            failures=self._failures,
            typed=typed,
            seen=seen,
        )
        alfred.bulks.append(made)
