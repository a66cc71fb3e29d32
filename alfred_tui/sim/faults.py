"""What goes wrong in the simulated fleet: by name, tenant and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.sim.dice import roll

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person

KINDS = frozenset(
    {
        "container-exit",
        "unhealthy",
        "restart-loop",
        "service-paused",
        "docker-silent",
        "api-down",
        "host-blackholed",
        "host-refused",
        "wrong-key",
        "slow",
        "answer-cut",
        "answer-garbage",
        "zero-pollers",
        "schedule-paused",
        "schedule-missing",
        "workflow-stuck",
        "stream-silent",
        "stream-broken",
        "disk-filling",
        "memory-high",
        "temporal-silent",
        "clock-skew",
        "backup-failed",
        "image-update",
    }
)


NEEDS_SERVICE = {
    "container-exit": "alfred",
    "unhealthy": "ollama",
    "restart-loop": "mcp-server",
    "service-paused": "ollama",
    "image-update": "alfred-learn",
}
"""Faults of one service, and the service when none is named."""
NEEDS_SCHEDULE = {
    "schedule-paused": "al-event-processor",
    "schedule-missing": "al-task-runner",
    "workflow-stuck": "al-learning",
}
NEEDS_STREAM = {"stream-silent": "composio-gmail", "stream-broken": "composio-gmail"}
DEFAULTS = NEEDS_SERVICE | NEEDS_SCHEDULE | NEEDS_STREAM
SORTS = {
    "answer-garbage": ("html", "text", "null", "list", "odd"),
    "temporal-silent": ("frozen", "stopped"),
    "workflow-stuck": ("nondeterminism", "activity"),
}
"""How a fault shows, the usual way first."""


class FaultError(ValueError):
    """A fault script that cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``at`` seconds since the start (may be negative), ``lasts`` ``None`` for good.

    ``service`` is a service, schedule or stream, as the kind asks; empty for the usual one.
    ``amount`` in the kind's own unit, 0 for the usual: ``slow`` and ``clock-skew`` seconds,
    ``disk-filling`` and ``memory-high`` the percent it begins with, ``workflow-stuck`` and
    ``stream-silent`` the seconds it has lasted already. ``route`` limits ``slow``, ``answer-cut``
    and ``answer-garbage`` to paths that hold it; ``sort`` is one of :data:`SORTS`.
    """

    kind: str
    tenant: str
    at: float = 0.0
    lasts: float | None = None
    service: str = ""
    amount: float = 0.0
    route: str = ""
    sort: str = ""

    @property
    def about(self) -> str:
        """The service, schedule or stream it is about; empty when it is about the tenant."""
        return self.service or DEFAULTS.get(self.kind, "")

    def on(self, elapsed: float) -> bool:
        """Whether it is in force ``elapsed`` seconds after the start."""
        return self.at <= elapsed and (self.lasts is None or elapsed < self.at + self.lasts)

    def fits(self, person: Person) -> bool:
        """Whether the tenant has what it is about."""
        return self.kind not in DEFAULTS or self.about in self.choices(person)

    def choices(self, person: Person) -> list[str]:
        """What a tenant has that such a fault may be about; empty when it is about all of it."""
        if self.kind in NEEDS_SERVICE:
            return list(person.services)
        if self.kind in NEEDS_SCHEDULE:
            return [plan.id for plan in person.plans]
        return [source.id for source in person.streams] if self.kind in NEEDS_STREAM else []


class Active(NamedTuple):
    """A fault in force: ``since`` in epoch seconds."""

    kind: str
    about: str
    since: float
    amount: float
    route: str = ""
    sort: str = ""


def demo(people: Sequence[Person]) -> list[Fault]:
    """The demo's day: some in trouble from the start, things happening, a healing."""
    told = (
        Fault("container-exit", "", at=-900, service="alfred"),
        Fault("workflow-stuck", "", at=-60),
        Fault("zero-pollers", "", at=-400),
        Fault("disk-filling", "", amount=92),
        Fault("unhealthy", "", at=-150, lasts=225, service="ollama"),
        Fault("stream-broken", "", at=-600),
        Fault("image-update", "", at=20),
        Fault("restart-loop", "", at=30, lasts=180),
        Fault("host-blackholed", "", at=45, lasts=240),
        Fault("schedule-paused", "", at=60),
        Fault("api-down", "", at=90, lasts=120),
        Fault("docker-silent", "", at=150, lasts=90),
    )
    free = list(people)
    found = []
    for fault in told:
        wanted = [p for p in free if fault.fits(p)]
        if fault.kind == "disk-filling":
            wanted = [p for p in wanted if p.volume_seen]
        if wanted:
            person = wanted[roll("demo", fault.kind, len(wanted)) % len(wanted)]
            free.remove(person)
            found.append(replace(fault, tenant=person.name))
    return found
