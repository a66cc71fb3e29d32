"""Restart of a stuck workflow: terminate it, then trigger its schedule (runbook.md 4.1, 8.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from alfred_tui.fleet.known import DURABLE
from alfred_tui.model import units
from alfred_tui.model.facts import Workflow
from alfred_tui.model.operation import ApiCall, Plan, Risk
from alfred_tui.ops.operation import (
    Argument,
    Eyes,
    Operation,
    Refused,
    operation,
    told,
)
from alfred_tui.ops.schedules import acted, epoch, trigger

REASON = "stuck, restarted by an operator"


@operation
class RestartStuck(Operation):
    """Ids are never made up: the run is taken from the list of what runs."""

    id = "workflow.restart"
    about = "terminate a stuck run and trigger its schedule"
    risk = Risk.DISRUPTIVE
    takes = (Argument("workflow", "a workflow's id, as the list of running ones names it"),)
    within = 90.0

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        """Terminate that very run, then its schedule; durable types ask for the typed name."""
        given = told(self, arguments)
        run = _running(given["workflow"], eyes.name, await eyes.workflows())
        if not run.schedule_id:
            raise Refused(
                f"{run.workflow_id} was begun by no schedule: nothing would begin it anew"
            )
        schedules = await eyes.schedules()
        if run.schedule_id not in schedules:
            raise Refused(
                f"its schedule {run.schedule_id} is not there: nothing would begin it anew"
            )
        body = json.dumps({"reason": REASON, "run_id": run.run_id})
        path = f"/api/v1/workflows/{quote(run.workflow_id, safe='')}/terminate"
        durable = run.type.startswith(DURABLE)
        lasts = (eyes.now() - run.started).total_seconds() if run.started else 0.0
        wrong = [
            f"{run.type} has run for {units.short_duration(lasts)}: what it has begun stays so"
        ]
        if durable:
            wrong.insert(0, f"{run.type} may run for days, and what it drops nobody takes up again")
        return Plan(
            operation=self.id,
            tenant=eyes.name,
            title=f"restart {run.workflow_id} on {eyes.name}",
            risk=self.risk,
            calls=(
                ApiCall(f"terminate {run.workflow_id}", "POST", path, {}, body),
                trigger(run.schedule_id),
            ),
            where=eyes.where,
            made=eyes.now(),
            arguments=given,
            before={
                "run": run.run_id,
                "schedule": run.schedule_id,
                "last": epoch(schedules[run.schedule_id].last_action),
            },
            wrong=tuple(wrong),
            watches="until the old run is gone and its schedule has acted since",
            named=durable,
        )

    async def verify(self, plan: Plan, eyes: Eyes, began: datetime) -> str | None:
        """The old run is not listed any more, and its schedule has acted anew."""
        old = plan.before["run"]
        if any(run.run_id == old for run in await eyes.workflows()):
            return None
        schedule = plan.before["schedule"]
        if await acted(schedule, plan.before["last"], eyes) is None:
            return None
        return f"the stuck run has ended, and {schedule} has begun a new one"


def _running(ident: str, tenant: str, rows: Sequence[Workflow]) -> Workflow:
    """The one run of an id.

    Raises:
        Refused: nothing of that id runs.
    """
    for row in rows:
        if row.workflow_id == ident:
            return row
    raise Refused(f"nothing called {ident!r} runs on {tenant}")
