"""Schedules, running workflows and pollers as the Temporal CLI prints them (6.1, 6.3, 6.5)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from alfred_tui.sim import clock
from alfred_tui.sim.catalogue import Plan
from alfred_tui.sim.clock import Gap, run_id, stamp
from alfred_tui.sim.dice import roll, share
from alfred_tui.sim.faults import Active
from alfred_tui.sim.people import Person

PREFIX = "WORKFLOW_EXECUTION_STATUS_"
LINGER = 300.0
"""How long a dead poller stays listed."""
STUCK_FOR = 3000.0
RECENT = 5


class Dead(NamedTuple):
    """A worker that polled until ``until`` and is no more."""

    identity: str
    until: float


@dataclass
class Scene:
    """What Temporal knows of one tenant at ``t``; ``told`` is added to every time shown.

    ``worker`` is the identity of the living worker, ``None`` when nobody polls. ``idle_since`` is
    when the worker went away, ``worker_since`` when it began to poll. Nothing was
    started in ``gaps``.
    """

    person: Person
    t: float
    faults: list[Active]
    worker: str | None
    dead: list[Dead]
    idle_since: float | None
    gaps: list[Gap]
    told: float = 0.0
    worker_since: float = 0.0
    manual: dict[str, list[float]] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    def shown(self, t: float, digits: int = 0) -> str:
        """A time by the tenant's clock."""
        return stamp(t + self.told, digits)

    def fault(self, kind: str, about: str) -> Active | None:
        """The fault of a kind about this schedule."""
        return next((f for f in self.faults if f.kind == kind and f.about == about), None)


class Run(NamedTuple):
    """One start of a schedule."""

    workflow_id: str
    due: float
    running: bool


def runs(scene: Scene, plan: Plan) -> list[Run]:
    """The last runs of a schedule, oldest first."""
    horizon = scene.t
    blocked = False
    paused = scene.fault("schedule-paused", plan.id)
    stuck = scene.fault("workflow-stuck", plan.id)
    if plan.paused:
        return []
    if paused:
        horizon = min(horizon, paused.since)
    if stuck:
        horizon, blocked = stuck.since - (stuck.amount or STUCK_FOR), True
    elif scene.idle_since is not None and not paused:
        # the first run after the worker went away stays running, and by Skip it is the last
        nexts = clock.coming(plan, scene.idle_since, 1, scene.person.zone)
        blocked = bool(nexts) and nexts[0] <= horizon
        horizon = min(horizon, nexts[0]) if nexts else horizon
    times = clock.past(plan, horizon, RECENT, scene.gaps, scene.person.zone)
    times = sorted([*times, *(m for m in scene.manual.get(plan.id, ()) if m <= horizon)])[-RECENT:]
    found = []
    for moment in times:
        stem = plan.id if plan.id.startswith(("chore", "stream")) else plan.id.removeprefix("al-")
        name = f"{stem}-{stamp(moment + scene.told)}"
        lasts = plan.runs_for * (0.5 + share(scene.person.key, name))
        going = scene.t - moment < lasts or (blocked and moment == times[-1])
        found.append(Run(name, moment, going and name not in scene.ended))
    return found


def schedules(scene: Scene) -> list[dict[str, Any]]:
    """The bare array of ``GET /schedules``: defaults are absent."""
    return [
        {"scheduleId": plan.id, "info": _info(scene, plan)}
        for plan in scene.person.plans
        if not scene.fault("schedule-missing", plan.id)
    ]


def _info(scene: Scene, plan: Plan) -> dict[str, Any]:
    info: dict[str, Any] = {
        "spec": _spec(plan, scene.person.zone),
        "workflowType": {"name": plan.type},
    }
    if plan.paused or scene.fault("schedule-paused", plan.id):
        info |= {"notes": plan.notes or "paused by an operator", "paused": True}
    if actions := [_action(scene, run) for run in runs(scene, plan)]:
        info["recentActions"] = actions
    digits = 3 if plan.jitter else 0
    ahead = clock.coming(plan, scene.t + scene.told, RECENT, scene.person.zone)
    info["futureActionTimes"] = [stamp(moment, digits) for moment in ahead]
    return info


def _action(scene: Scene, run: Run) -> dict[str, Any]:
    late = 0.04 + share(run.workflow_id) / 4
    return {
        "scheduleTime": scene.shown(run.due),
        "actualTime": scene.shown(run.due + late, 9),
        "startWorkflowResult": {
            "workflowId": run.workflow_id,
            "runId": run_id(scene.person.key, run.workflow_id),
        },
        "startWorkflowStatus": PREFIX + ("RUNNING" if run.running else "COMPLETED"),
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


def running(scene: Scene) -> list[dict[str, Any]]:
    """The rows of running workflows, newest first."""
    found: list[tuple[float, dict[str, Any]]] = []
    for plan in scene.person.plans:
        if scene.fault("schedule-missing", plan.id):
            continue
        for run in runs(scene, plan):
            if run.running:
                found.append((run.due, _row(scene, plan.type, run, plan.id)))
    if scene.person.onboarding:
        began = scene.t - scene.t % 864_000 - 40_000
        name = f"onboarding-{scene.person.name}-{int(began * 1000)}"
        if name not in scene.ended:
            row = _row(scene, "OnboardingPipelineWorkflow", Run(name, began, True), None)
            found.append((began, row))
    return [row for _, row in sorted(found, key=lambda pair: -pair[0])]


def _row(scene: Scene, kind: str, run: Run, schedule: str | None) -> dict[str, Any]:
    name = {"workflowId": run.workflow_id, "runId": run_id(scene.person.key, run.workflow_id)}
    began = scene.shown(run.due + 0.063066, 6)
    row: dict[str, Any] = {
        "execution": name,
        "type": {"name": kind},
        "startTime": began,
        "status": PREFIX + "RUNNING",
        "executionTime": began,
        "memo": {},
    }
    if schedule:
        builds = ["unversioned", f"unversioned:{roll(kind):032x}"]
        row["searchAttributes"] = {
            "indexedFields": {
                "BuildIds": _payload(builds, "KeywordList"),
                "TemporalScheduledById": _payload(schedule, "Keyword"),
                "TemporalScheduledStartTime": _payload(scene.shown(run.due), "Datetime"),
            }
        }
    return row | {"taskQueue": "alfred-learn", "rootExecution": dict(name)}


def _payload(value: Any, kind: str) -> dict[str, Any]:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    metadata = {"encoding": encoded("json/plain"), "type": encoded(kind)}
    return {"metadata": metadata, "data": encoded(json.dumps(value, separators=(",", ":")))}


def queue(scene: Scene, name: str) -> dict[str, Any]:
    """``GET /admin/temporal/task-queues/{name}``: the dead stay listed, then ``null``."""
    ours = name == "alfred-learn"
    found: list[dict[str, Any]] = []
    kinds = ["workflow", "activity"]
    if roll(scene.person.key, int(scene.t)) % 2:
        kinds.reverse()
    if ours:
        for dead in scene.dead:
            if scene.t - dead.until < LINGER:
                found += [_poller(scene, kind, dead.identity, dead.until) for kind in kinds]
        if scene.worker:
            for kind in kinds:
                seen = scene.t - 0.2 - 38 * share(kind, int(scene.t))
                seen = min(scene.t, max(seen, scene.worker_since))
                found.append(_poller(scene, kind, scene.worker, seen))
    idle = scene.t - scene.idle_since if ours and scene.idle_since is not None else 0.0
    stats = [_stats(scene, kind, idle, ours) for kind in kinds]
    return {"reachability": None, "pollers": found or None, "stats": stats}


def _poller(scene: Scene, kind: str, identity: str, seen: float) -> dict[str, Any]:
    return {
        "buildId": "UNVERSIONED",
        "taskQueueType": kind,
        "identity": identity,
        "lastAccessTime": scene.shown(seen, 9),
        "ratePerSecond": 100000,
    }


def _stats(scene: Scene, kind: str, idle: float, ours: bool) -> dict[str, Any]:
    waiting = int(idle // 100) + 1 if idle > 15 else 0
    busy = ours and not waiting
    rate = round(0.1 + share(scene.person.key, kind, int(scene.t)) / 5, 9) if busy else 0
    return {
        "buildId": "UNVERSIONED",
        "taskQueueType": kind,
        "approximateBacklogCount": waiting,
        "approximateBacklogAge": _age(idle) if waiting else "0s",
        "backlogIncreaseRate": round(share(kind, int(scene.t)) / 300, 10) if busy else 0,
        "tasksAddRate": rate,
        "tasksDispatchRate": rate,
    }


def _age(seconds: float) -> str:
    """The CLI's odd duration: a blank after every unit but the last."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{int(v)}{u}" for v, u in ((days, "d"), (hours, "h"), (minutes, "m"))]
    while parts and parts[0].startswith("0"):
        parts.pop(0)
    return " ".join([*parts, f"{rest:.9f}s"])
