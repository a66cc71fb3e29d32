"""What the demo lives through: one of the simulator's days, and how fast."""

from __future__ import annotations

from typing import NamedTuple

PLAIN = "demo"
DAYS = (PLAIN, "calm-week", "composio-outage", "image-regression")
"""Every day that there is; here as well as in ``sim.days``, which a start need not load."""
LEAST_SPEED, MOST_SPEED = 1.0, 240.0
"""As fast as the clock; a day in six minutes, with four minutes of it between two looks."""


class DemoDay(NamedTuple):
    """``speed``: how many seconds of the simulated world pass in one of ours."""

    name: str = PLAIN
    speed: float = 1.0

    def __str__(self) -> str:
        """What of it is not as usual: ``image-regression 60x``, ``60x``, or nothing."""
        name = [self.name] if self.name != PLAIN else []
        speed = [f"{self.speed:g}x"] if self.speed != 1 else []
        return " ".join([*name, *speed])
