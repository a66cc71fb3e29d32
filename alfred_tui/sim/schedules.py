"""Schedules as the Temporal CLI lists and describes them: defaults are absent (6.3)."""

from __future__ import annotations

import base64
from typing import Any

from alfred_tui.sim import clock, history
from alfred_tui.sim.catalogue import Plan
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.dice import share
from alfred_tui.sim.executions import PREFIX
from alfred_tui.sim.temporal import RECENT, Run, Scene, runs, stem

LATE_BY_HAND = 0.028
"""Seconds from a call to the action: 0.02 to 0.035 were seen."""
CATCHUP = "31536000s"
SKIP = "SCHEDULE_OVERLAP_POLICY_SKIP"


def listed(scene: Scene) -> list[dict[str, Any]]:
    """The bare array of ``GET /schedules``."""
    return [{"scheduleId": plan.id, "info": _listed(scene, plan)} for plan in scene.plans()]


def _listed(scene: Scene, plan: Plan) -> dict[str, Any]:
    info: dict[str, Any] = {
        "spec": _spec(plan, scene.person.zone),
        "workflowType": {"name": plan.type},
    }
    return info | _state(scene, plan) | _actions(scene, plan, runs(scene, plan), RECENT)


def described(scene: Scene, plan: Plan) -> dict[str, Any]:
    """The object of ``GET /schedules/{id}``: what its list entry leaves out, too."""
    last = runs(scene, plan, 2 * RECENT)
    pauses = scene.pauses.get(plan.id, ())
    changes = sum((0 < p.begin <= scene.t) + (p.end <= scene.t) for p in pauses)
    counters = _counters(scene, plan, last)
    token = base64.b64encode((1 + changes).to_bytes(8, "big")).decode()
    return {
        "schedule": {
            "spec": _spec(plan, scene.person.zone),
            "action": {"startWorkflow": _start(plan)},
            "policies": {"overlapPolicy": SKIP, "catchupWindow": CATCHUP},
            "state": _state(scene, plan),
        },
        "info": counters
        | _actions(scene, plan, last, 2 * RECENT)
        | {"createTime": scene.shown(scene.born, 9)},
        "conflictToken": token,
    }


def _start(plan: Plan) -> dict[str, Any]:
    action: dict[str, Any] = {
        "workflowId": stem(plan),
        "workflowType": {"name": plan.type},
        "taskQueue": history.TASK_QUEUE,
    }
    if plan.id.startswith("chore-"):
        action["input"] = history.payloads({"chore_slug": plan.id.removeprefix("chore-")})
    return action | {"workflowExecutionTimeout": "300s", "priority": {}}


def _counters(scene: Scene, plan: Plan, last: list[Run]) -> dict[str, Any]:
    """Counts and running workflows; what is zero or empty is absent."""
    found: dict[str, Any] = {}
    rhythm = plan.every or 86_400
    if last:
        found["actionCount"] = str(1 + max(0, int((last[-1].due - scene.born) // rhythm)))
    running = [run for run in last if run.closed is None]
    if running and not scene.paused(plan.id):
        skipped = int((scene.t - running[-1].due) // rhythm)
        found |= {"overlapSkipped": str(skipped)} if skipped else {}
    if running:
        found["runningWorkflows"] = [run.ids(scene.person) for run in running]
    return found


def _state(scene: Scene, plan: Plan) -> dict[str, Any]:
    pause = scene.paused(plan.id)
    if pause is not None:
        return {"notes": pause.notes, "paused": True}
    note = scene.notes.get(plan.id)
    return {"notes": note} if note else {}


def _actions(scene: Scene, plan: Plan, last: list[Run], count: int) -> dict[str, Any]:
    made: dict[str, Any] = {"recentActions": [_action(scene, run) for run in last]} if last else {}
    digits = 3 if plan.jitter else 0
    lapsed = scene.lapsed(plan.id)
    since = (scene.t if lapsed is None else lapsed) + scene.told
    ahead = clock.coming(plan, since, count, scene.person.zone)
    return made | {"futureActionTimes": [stamp(moment, digits) for moment in ahead]}


def _action(scene: Scene, run: Run) -> dict[str, Any]:
    late = LATE_BY_HAND if run.by_hand else 0.04 + share(run.workflow_id) / 4
    return {
        "scheduleTime": scene.shown(run.due, 9 if run.by_hand else 0),
        "actualTime": scene.shown(run.due + late, 9),
        "startWorkflowResult": run.ids(scene.person),
        "startWorkflowStatus": PREFIX + run.status,
    }


def _spec(plan: Plan, zone: str) -> dict[str, Any]:
    if plan.every:
        spec: dict[str, Any] = {"interval": [{"interval": f"{plan.every}s"}]}
        return spec | ({"jitter": plan.jitter} if plan.jitter else {})
    low, high = plan.weekdays
    calendar: dict[str, Any] = {
        "second": [{"step": 1}],
        "minute": [_range(plan.minute, plan.minute)],
        "hour": [_range(plan.hour, plan.hour)],
        "dayOfMonth": [_range(1, 31)],
        "month": [_range(1, 12)],
        "dayOfWeek": [_range(low, high)],
    }
    if plan.comment:
        calendar["comment"] = plan.comment
    spec = {"structuredCalendar": [calendar]}
    return spec | ({"timezoneName": zone} if plan.zoned else {})


def _range(low: int, high: int) -> dict[str, int]:
    """A range with its zeros left out."""
    return {k: v for k, v in (("start", low), ("end", high)) if v} | {"step": 1}
