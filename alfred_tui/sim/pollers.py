"""Who polls a task queue, as the Temporal CLI prints it (6.5)."""

from __future__ import annotations

from typing import Any

from alfred_tui.sim.dice import roll, share
from alfred_tui.sim.temporal import Scene

LINGER = 300.0
"""How long a dead poller stays listed."""


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
