"""The demo's day: whom it strikes is chosen so that no tenant has two things at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from alfred_tui.sim.dice import roll
from alfred_tui.sim.faults import Fault

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person


def faults(people: Sequence[Person]) -> list[Fault]:
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
