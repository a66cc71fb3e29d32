"""From faults, acts and outages to what Temporal knows of a tenant at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alfred_tui.sim.catalogue import Plan
from alfred_tui.sim.clock import Gap
from alfred_tui.sim.faults import Active, Fault
from alfred_tui.sim.life import FOREVER, Life
from alfred_tui.sim.people import Person
from alfred_tui.sim.temporal import Dead, Hold, Pause, Scene, Toggle

if TYPE_CHECKING:
    from alfred_tui.sim.world import World

DAY = 86_400.0
DEAD_FOR = 400.0
"""For how long a worker that ended may still matter, seconds."""
LAST_POLL = 0.1
"""Seconds from a worker's last poll to its end: it polls until it is killed."""
BOOT = 4.0
"""Seconds from the start of a worker's container to its first poll."""
BY_US = "paused by an operator"


@dataclass
class Deeds:
    """What people did to one tenant's Temporal, each with its epoch second.

    ``toggles`` by schedule: paused or not from then on; ``manual`` by schedule: runs started by
    hand. By workflow id: ``ended`` were terminated, for ``reasons``, ``cancelled`` asked to end.
    """

    toggles: dict[str, list[Toggle]] = field(default_factory=lambda: defaultdict(list))
    manual: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    cancelled: dict[str, float] = field(default_factory=dict)


def scene(world: World, person: Person, t: float, faults: list[Active]) -> Scene:
    """What Temporal knows of a tenant; ``faults`` are those in force at ``t``."""
    life, deeds = world.life(person.name), world.deeds(person.name)
    learn = life.at("alfred-learn", t)
    idle = life.gone_since("alfred-learn", t)
    hung = [f.since for f in faults if _idles(f.kind, f.about, f.sort)]
    if hung:
        idle = min([*hung, *([idle] if idle is not None else [])])
    worker, polls_since = None, _polls_since(world, life, t)
    if learn is not None and idle is None and polls_since <= t:
        worker = f"1@{life.container_id('alfred-learn', learn.created)}"
    return Scene(
        person=person,
        t=t,
        faults=faults,
        worker=worker,
        dead=[d for d in _dead(life, t, hung) if d.identity != worker],
        idle_since=idle,
        gaps=_gaps(world, life, t),
        born=world.epoch - person.age,
        told=world.told(person.name, t),
        worker_since=polls_since,
        pauses=_pauses(world, person, deeds, t),
        holds=_holds(world, person.name, t),
        lapses=_lapses(world, person.name, t),
        manual=deeds.manual,
        ended={ident: when for ident, when in deeds.ended.items() if when <= t},
        reasons=deeds.reasons,
        cancelled={ident: when for ident, when in deeds.cancelled.items() if when <= t},
        notes={ident: _note(toggles, t) for ident, toggles in deeds.toggles.items()},
    )


def _idles(kind: str, about: str, way: str) -> bool:
    """Whether a fault keeps the worker from polling though its container is listed."""
    looping = "restart-loop" in (kind, way) or kind == "service-paused"
    return kind == "zero-pollers" or (looping and about == "alfred-learn")


def _hangs(fault: Fault) -> bool:
    return _idles(fault.kind, fault.about, fault.way)


def _begun(
    world: World, name: str, t: float, which: Callable[[Fault], bool]
) -> Iterator[tuple[Fault, float, float]]:
    """Such faults that began by ``t``, with their beginning and their end."""
    for fault in world.faults.get(name, ()):
        since = world.epoch + fault.at
        if since <= t and which(fault):
            lasts = FOREVER if fault.lasts is None else fault.lasts
            yield fault, since, min(since + lasts, world.healed.get(fault, FOREVER))


def _dead(life: Life, t: float, hung: list[float]) -> list[Dead]:
    ends = [o.begin for o in life.outages["alfred-learn"] if t - DEAD_FOR < o.begin <= t]
    reborn = max((o.end for o in life.outages["temporal"] if o.end <= t), default=0.0)
    found = {}
    for end in sorted([*ends, *hung]):
        before = life.at("alfred-learn", end - 0.001)
        if before is not None and end > reborn:
            identity = f"1@{life.container_id('alfred-learn', before.created)}"
            found[identity] = Dead(identity, end - LAST_POLL)
    return list(found.values())


def _polls_since(world: World, life: Life, t: float) -> float:
    """When the worker polls first: it has booted, Temporal is there, and it is not hung."""
    learn, temporal = (life.at(name, t) for name in ("alfred-learn", "temporal"))
    begun = [until for _, _, until in _begun(world, life.person.name, t, _hangs) if until <= t]
    begun += [temporal.started] if temporal is not None else []
    begun += [learn.started + BOOT] if learn is not None else []
    return max(begun, default=0.0)


def _gaps(world: World, life: Life, t: float) -> list[Gap]:
    """When Temporal or its worker was away; for the worker only what is over."""
    gaps = [(o.begin, min(o.end, t)) for o in life.outages["temporal"] if o.begin <= t]
    gaps += [(o.begin, o.end) for o in life.outages["alfred-learn"] if o.end <= t]
    over = _begun(world, life.person.name, t, lambda f: _hangs(f) or f.kind == "temporal-silent")
    gaps += [(since, until) for _, since, until in over if until <= t]
    return [gap for gap in gaps if gap[1] > t - DAY]


def _holds(world: World, name: str, t: float) -> dict[str, list[Hold]]:
    found: dict[str, list[Hold]] = defaultdict(list)
    for fault, since, until in _begun(world, name, t, lambda f: f.kind == "workflow-stuck"):
        found[fault.about].append(Hold(since - fault.size, until, fault.way))
    return found


def _lapses(world: World, name: str, t: float) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = defaultdict(list)
    for fault, since, until in _begun(world, name, t, lambda f: f.kind == "schedule-late"):
        found[fault.about].append((since, until))
    return found


def _pauses(world: World, person: Person, deeds: Deeds, t: float) -> dict[str, list[Pause]]:
    found: dict[str, list[Pause]] = defaultdict(list)
    for plan in person.plans:
        if plan.paused or plan.id in deeds.toggles:
            found[plan.id] += _toggled(plan, deeds.toggles.get(plan.id, ()))
    for fault, since, until in _begun(world, person.name, t, lambda f: f.kind == "schedule-paused"):
        found[fault.about].append(Pause(since, until, BY_US))
    return found


def _note(toggles: Iterable[Toggle], t: float) -> str:
    """What was noted last; it stays when a schedule is resumed."""
    return next((last.reason for last in [x for x in toggles if x.when <= t][-1:]), "")


def _toggled(plan: Plan, toggles: Iterable[Toggle]) -> list[Pause]:
    """The pauses of a schedule by its nature and by what people did; a new note is a new one."""
    found: list[Pause] = []
    begin, note = (0.0, plan.notes or BY_US) if plan.paused else (None, "")
    for when, paused, reason in toggles:
        if begin is not None and (not paused or reason):
            found.append(Pause(begin, when, note))
            begin = None
        if paused and begin is None:
            begin, note = when, reason or plan.notes or BY_US
    return found if begin is None else [*found, Pause(begin, FOREVER, note)]
