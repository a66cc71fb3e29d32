"""What a fault does to a tenant's containers when it begins, and when it ends."""

from __future__ import annotations

from alfred_tui.sim.catalogue import of_one_image
from alfred_tui.sim.faults import Fault
from alfred_tui.sim.life import FOREVER, Life


def strike(life: Life, fault: Fault, begin: float, end: float) -> None:
    """Let a fault do what it does to the containers, from ``begin`` to ``end`` (epoch seconds)."""
    if fault.kind == "container-exit":
        life.stop(fault.about, begin, end, "fault")
    elif fault.kind == "backup-failed":
        for service in ("temporal", life.person.agent, "alfred"):
            life.stop(service, begin, end, "fault")
    elif fault.kind == "service-lost":
        life.lose(fault.about, begin, end)
    elif fault.nature.image:
        _update(life, fault, begin, end)


def _update(life: Life, fault: Fault, begin: float, end: float) -> None:
    """A new image for all services that are made of it; a bad one is taken back in the end."""
    image = fault.image or f"{fault.about} {fault.at:g}"
    names = [name for name in of_one_image(fault.about) if name in life.person.services]
    life.recreate(names, begin, image)
    if fault.kind == "image-regression" and end != FOREVER:
        life.recreate(names, end, f"{image} mended")
