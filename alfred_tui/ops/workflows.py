"""Restart of a stuck workflow: terminate it, then trigger its schedule (runbook.md 4.1, 8.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from alfred_tui.fleet.known import DURABLE
from alfred_tui.model import units
from alfred_tui.model.facts import Schedule, Workflow
from alfred_tui.model.operation import ApiCall, Call, Plan, Risk, ShellCall
from alfred_tui.ops import begun, ended
from alfred_tui.ops.operation import (
    LOOKS,
    SETTLES,
    Argument,
    Eyes,
    Hands,
    Operation,
    Refused,
    Stopped,
    Unseen,
    operation,
    told,
)
from alfred_tui.ops.schedules import ANEW, one_of, triggers
from alfred_tui.tenant.stack import Stack, stack_of

ENDS = 2
"""Calls at the head of a plan that end the run, each a way to do so."""
REASON = "stuck, restarted by an operator"


@operation
class RestartStuck(Operation):
    """Ids are never made up: the run is taken from the list of what runs, or of what has ended."""

    id = "workflow.restart"
    about = "terminate a stuck run and trigger its schedule"
    risk = Risk.DISRUPTIVE
    takes = (Argument("workflow", "a workflow's id, as the list of running ones names it"),)
    within = 90.0

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """Terminate that very run, then its schedule; durable types ask for the typed name.

        Where the run has ended before, and nothing was begun since, the schedule alone.
        """
        given = told(self, arguments)
        for row in await eyes.workflows():
            if row.workflow_id == given["workflow"]:
                return await self._both(row, given, eyes)
        return await self._rest(given, eyes)

    async def _both(self, run: Workflow, given: dict[str, str], eyes: Eyes) -> Plan:
        schedule = await _schedule(run.workflow_id, run.schedule_id or "", eyes)
        stack = stack_of(eyes.layout)
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"restart {run.workflow_id} on {eyes.name}",
            risk=self.risk,
            calls=(*terminations(run, stack), *triggers(schedule.schedule_id, stack)),
            where=eyes.where,
            made=eyes.now(),
            arguments=given,
            before=_before(run.run_id, schedule, ends=True),
            wrong=_wrong(run, eyes),
            watches="until the old run is gone and its schedule has acted since",
            named=run.type.startswith(DURABLE),
        )

    async def _rest(self, given: dict[str, str], eyes: Eyes) -> Plan:
        """The second half alone, of a run that has ended.

        Raises:
            Refused: there is no such run, or its schedule has begun another one since.
        """
        name = given["workflow"]
        run = await _ended(name, eyes)
        schedule = await _schedule(name, run.schedule, eyes)
        if schedule.last_action is not None and schedule.last_action > run.at:
            raise Refused(
                f"{name} has ended already ({run.status}), "
                f"and {schedule.schedule_id} has begun another run since"
            )
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"trigger {schedule.schedule_id} on {eyes.name}, whose run has ended",
            risk=Risk.SAFE,
            calls=triggers(schedule.schedule_id, stack_of(eyes.layout)),
            where=eyes.where,
            made=eyes.now(),
            arguments=given,
            before=_before(run.run_id, schedule, ends=False),
            wrong=(f"{name} has ended before ({run.status}): only its schedule is triggered",),
            watches=ANEW,
        )

    async def run(self, plan: Plan, hands: Hands) -> None:
        """End the run; once it is gone trigger its schedule, by the second way where needed.

        Raises:
            Stopped: it was not ended; or it was, and nothing was triggered.
        """
        ways: tuple[Call, ...] = plan.calls
        if plan.before["ends"]:
            await _end(plan, hands)
            ways = ways[ENDS:]
        name = plan.before["schedule"]

        async def acted() -> bool:
            return await begun.acted(name, plan.before, hands.eyes) is not None

        if trouble := await one_of(ways, hands, acted):
            raise Stopped(f"the run has ended, {name} was not triggered: trigger it ({trouble})")

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """The old run is not listed any more, and its schedule has acted anew."""
        if plan.before["ends"] and not await _gone(plan, eyes):
            return None
        schedule = plan.before["schedule"]
        if await begun.acted(schedule, plan.before, eyes) is None:
            return None
        when = "has ended" if plan.before["ends"] else "had ended before"
        return f"the stuck run {when}, and {schedule} has begun a new one"


def terminations(run: Workflow, stack: Stack) -> tuple[ApiCall, ShellCall]:
    """Both ways to end this very run: the API's call, and Temporal's own command."""
    body = json.dumps({"reason": REASON, "run_id": run.run_id})
    path = f"/api/v1/workflows/{quote(run.workflow_id, safe='')}/terminate"
    which = ("--workflow-id", run.workflow_id, "--run-id", run.run_id)
    words = (*stack.temporal, "workflow", "terminate", *which, "--reason", REASON)
    says = f"terminate {run.workflow_id}"
    command = f"{says} by Temporal's own command, where the API's call was not carried out"
    return ApiCall(says, "POST", path, {}, body), ShellCall(command, words, otherwise=True)


async def _end(plan: Plan, hands: Hands) -> None:
    """Terminate the run; whatever was answered, it may be gone."""
    trouble = await one_of(plan.calls[:ENDS], hands, lambda: _gone(plan, hands.eyes))
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(SETTLES)
        try:
            if await _gone(plan, hands.eyes):
                return
        except Unseen as unseen:
            hands.tell(str(unseen))
    name = plan.before["schedule"]
    why = trouble or f"{plan.calls[0].says}: it runs still"
    raise Stopped(f"{why}; {name} was not triggered")


async def _gone(plan: Plan, eyes: Eyes) -> bool:
    """Whether the run does not run any more."""
    return all(run.run_id != plan.before["run"] for run in await eyes.workflows())


async def _ended(name: str, eyes: Eyes) -> ended.Ended:
    """The last run of this id, none of which runs.

    Raises:
        Refused: there was none, or nobody can tell.
    """
    nothing = f"nothing called {name!r} runs on {eyes.name}"
    try:
        run = await ended.last_ended(name, eyes)
    except Unseen as trouble:
        hint = "if it was ended, trigger its schedule"
        raise Refused(
            f"{nothing}, and what has ended cannot be listed ({trouble}): {hint}"
        ) from None
    if run is None:
        raise Refused(nothing)
    return run


async def _schedule(run: str, name: str, eyes: Eyes) -> Schedule:
    """The schedule that has begun a run.

    Raises:
        Refused: none has, or it is gone.
    """
    if not name:
        raise Refused(f"{run} was begun by no schedule: nothing would begin it anew")
    rows = await eyes.schedules()
    if name not in rows:
        raise Refused(f"its schedule {name} is not there: nothing would begin it anew")
    return rows[name]


def _before(run: str, schedule: Schedule, *, ends: bool) -> dict[str, Any]:
    """``ends``: whether the first calls of the plan end the run."""
    return {"run": run, "schedule": schedule.schedule_id, "ends": ends} | begun.seen(schedule)


def _wrong(run: Workflow, eyes: Eyes) -> tuple[str, ...]:
    """What ending a run may cost; how long it has run is by the tenant's clock."""
    now = eyes.now() + timedelta(seconds=eyes.clock)
    lasts = max(0.0, (now - run.started).total_seconds()) if run.started else 0.0
    stays = f"{run.type} has run for {units.short_duration(lasts)}: what it has begun stays so"
    if not run.type.startswith(DURABLE):
        return (stays,)
    return (f"{run.type} may run for days, and what it drops nobody takes up again", stays)
