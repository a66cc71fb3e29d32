"""One wish for many tenants, as the dialog asks for it: the first plan, and what holds of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from alfred_tui.model import units
from alfred_tui.model.operation import Consent, Plan, Risk
from alfred_tui.model.text import clean
from alfred_tui.ops import bulk
from alfred_tui.screens.asking import READ_ONLY, Anew, Question, call_lines, capital, changed
from alfred_tui.widgets.outcomes import RISK_INKS

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Yes

_NAMED = 12


class PlannedForMany:
    """The plan of the first is what is seen; every other one is made when its turn comes."""

    def __init__(
        self,
        alfred: AlfredApp,
        operation: str,
        tenants: Sequence[str],
        arguments: Mapping[str, str],
    ) -> None:
        self._alfred = alfred
        self._operation, self._tenants = operation, list(tenants)
        self._arguments = dict(arguments)
        self.plan: Plan | None = None

    @property
    def title(self) -> str:
        """What, on how many."""
        what = f"{self._operation.rpartition('.')[2]} {' '.join(self._arguments.values())}"
        if (plan := self.plan) is not None:
            what = plan.title.removesuffix(f" on {plan.tenant}").removesuffix(f" of {plan.tenant}")
        return capital(clean(f"{what} on {len(self._tenants)} tenants", 200))

    @property
    def looking(self) -> str:
        """At the first."""
        return f"looking at {clean(self._tenants[0], 80)}, the first of them"

    @property
    def refused(self) -> str:
        """Read-only mode; what asks for a name asks for each tenant's own."""
        plan, board = self.plan, self._alfred.engine.board
        if board.read_only and plan is not None and plan.risk is not Risk.READ:
            return READ_ONLY
        if plan is not None and plan.consent is Consent.NAME:
            return "this asks for the tenant's name to be typed: do it one tenant at a time"
        return ""

    @property
    def question(self) -> Question | None:
        """The first one's plan, whom it is for, and where it stops."""
        plan = self.plan
        if plan is None:
            return None
        now, limit, most = self._alfred.engine.now(), self._alfred.in_flight, self._alfred.failures
        names = [clean(name, 60) for name in self._tenants]
        more = len(names) - _NAMED
        listed = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        alike = f"this is {names[0]}'s plan; every other one is made when its turn comes"
        word = "failure" if most == 1 else "failures"
        stops = f"{limit} at once; after {most} {word} nobody else is begun"
        return Question(
            title=self.title,
            does=[line for call in plan.calls for line in call_lines(call)],
            whom=f"{len(names)} tenants: {listed}",
            risk=plan.risk.value,
            wrong=(*plan.wrong, alike, stops),
            ink=RISK_INKS[plan.risk],
            watches=plan.watches,
            seen=f"{units.age(plan.made, now)} ago",
            late=plan.stale(now),
            copies=plan.shell(),
            consent=plan.consent,
            name=plan.tenant,
        )

    async def look(self) -> str:
        """Make the first one's plan."""
        before = self.plan
        board = self._alfred.engine.board
        self.plan = await board.plan(self._operation, self._tenants[0], self._arguments)
        return changed(before.before, self.plan.before) if before is not None else ""

    async def agree(self, yes: Yes, typed: str) -> None:
        """Begin with all of them."""
        plan, alfred = self.plan, self._alfred
        assert plan is not None, "there is no yes before a question"
        if plan.stale(alfred.engine.now()):
            raise Anew(f"made anew: the plan had grown older than {plan.good_for:.0f} s")
        made = await bulk.begin(
            alfred.engine.board,
            self._operation,
            self._tenants,
            self._arguments,
            yes,
            in_flight=alfred.in_flight,
            failures=alfred.failures,
            typed=typed,
        )
        alfred.bulks.append(made)
