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
    elif fault.kind == "image-published":
        life.publish(_made_of_it(life, fault), begin, _image(fault))
    elif fault.nature.image:
        _update(life, fault, begin, end)


def _update(life: Life, fault: Fault, begin: float, end: float) -> None:
    """A new image for all services that are made of it; a bad one is taken back in the end."""
    image, names = _image(fault), _made_of_it(life, fault)
    life.recreate(names, begin, image)
    if fault.kind == "image-regression" and end != FOREVER:
        life.recreate(names, end, f"{image} mended")


def _image(fault: Fault) -> str:
    return fault.image or f"{fault.about} {fault.at:g}"


def _made_of_it(life: Life, fault: Fault) -> list[str]:
    return [name for name in of_one_image(fault.about) if name in life.person.services]
