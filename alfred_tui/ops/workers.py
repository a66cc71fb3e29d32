"""Restart of what works: the learning worker, the vault workers (tenant-api.md 3.3, 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from alfred_tui.model import units
from alfred_tui.model.operation import ApiCall, Plan, Risk
from alfred_tui.model.tenant import Layout
from alfred_tui.ops.containers import SLACK, before_of, began_anew, stays_well
from alfred_tui.ops.operation import Eyes, Operation, Refused, operation, told

LEARN = "alfred-learn"
KINDS = ("workflow", "activity")
WORST = 95.0
"""Seconds that the route may take (tenant-api.md 3.3)."""


class _Plain(Operation):
    """One call without arguments."""

    path: str
    title: str
    limit = 45.0
    service: str
    """Whose container is restarted."""
    wrong: tuple[str, ...]
    watches: str

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """The one call."""
        told(self, arguments)
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"{self.title} on {eyes.name}",
            risk=self.risk,
            calls=(ApiCall(self.title, "POST", self.path, limit=self.limit),),
            where=eyes.where,
            made=eyes.now(),
            before=before_of((await eyes.containers()).get(self.service)),
            wrong=self.wrong,
            watches=self.watches,
        )


@operation
class RestartLearn(_Plain):
    """The answer's ``ready_after_seconds`` says running, and not polling: pollers prove it.

    The old worker may poll on for 10 s after the call, and stays listed (tenant-api.md 3.3, 6.5):
    so only polls after the new start of the container count.
    """

    id = "learn.restart"
    about = "restart alfred-learn, and wait until it polls"
    risk = Risk.DISRUPTIVE
    path = "/api/v1/admin/restart-learn"
    service = LEARN
    title = "restart alfred-learn"
    limit = WORST
    within = 240.0
    every = 3.0
    wrong = (
        "what it was doing is done again by whoever has its work next",
        "one restart in 30 s: the API refuses a second and says how long to wait",
    )
    watches = "until it has started anew, and pollers of both kinds were seen after that"

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """The one call, where there is such a route.

        Raises:
            Refused: the first generation has none (tenant-api.md 3.3).
        """
        if eyes.layout is Layout.F1:
            raise Refused(
                f"{eyes.name} is of the first generation, whose API cannot restart {LEARN} so: "
                f"restart the service {LEARN} instead"
            )
        return await super().plan(eyes, arguments)

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """A younger container, and both kinds have polled since its start, by its clock."""
        asked = eyes.now()
        row = (await eyes.containers()).get(self.service)
        if row is None or row.state != "running" or row.up is None:
            return None
        if not began_anew(row, plan, asked, began):
            return None
        since = eyes.now() + timedelta(seconds=eyes.clock - row.up.low + SLACK)
        if not await _polled(since, eyes):
            return None
        took = (eyes.now() - began).total_seconds()
        return f"alfred-learn polls again, {units.short_duration(took)} after the restart"


async def _polled(since: datetime, eyes: Eyes) -> bool:
    """Whether both kinds have polled after that moment of the tenant's clock."""
    seen = {
        poller.kind
        for poller in await eyes.pollers()
        if poller.last_access is not None and poller.last_access > since
    }
    return seen.issuperset(KINDS)


@operation
class RestartWorkers(_Plain):
    """It restarts the whole container, whatever worker was meant."""

    id = "workers.restart"
    about = "restart the four vault workers (the container alfred)"
    risk = Risk.DISRUPTIVE
    path = "/api/v1/workers/restart"
    service = "alfred"
    title = "restart the vault workers"
    wrong = ("all four stand still for 10 to 30 s",)
    watches = "until alfred is listed as running, younger than now"

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """A younger container, running and well."""
        asked = eyes.now()
        row = (await eyes.containers()).get(self.service)
        if row is None or not stays_well(row):
            return None
        anew = began_anew(row, plan, asked, began)
        return f"{self.service} is running again" if anew else None
