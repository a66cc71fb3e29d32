"""Scripted days: fault scripts that come with the program, in the language of ``--faults``.

Each ``<name>.json`` here is one; ``demo`` is made in Python. They name no tenant, only shares, so
that they fit a fleet of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING

from alfred_tui.sim import script
from alfred_tui.sim.days import demo
from alfred_tui.sim.faults import Fault, FaultError

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person

DEMO = "demo"
ENDING = ".json"


def names() -> list[str]:
    """Every day that there is."""
    found = (entry.name for entry in resources.files(__name__).iterdir())
    return sorted([DEMO, *(n.removesuffix(ENDING) for n in found if n.endswith(ENDING))])


def faults(name: str, people: Sequence[Person], seed: int) -> list[Fault]:
    """What happens on a day; its times count from the start of the world.

    Raises:
        FaultError: no such day; the text lists those that there are.
    """
    if name not in names():
        raise FaultError(f"--scenario: no {name!r}; there are {', '.join(names())}")
    if name == DEMO:
        return demo.faults(people)
    text = resources.files(__name__).joinpath(name + ENDING).read_text(encoding="utf-8")
    return script.parse(text, name + ENDING, people, seed)
