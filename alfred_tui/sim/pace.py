"""How fast the simulated world's time runs beside the clock on the wall."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

_TOLD = re.compile(r"time (\S+) at (\S+), (\S+) times as fast")


class Pace(NamedTuple):
    """The world's time was ``begin`` at ``anchor`` by the clock, and runs ``speed`` times as fast.

    Both are aware UTC datetimes. Whoever knows the three can tell the world's time: the simulator
    says them when it listens.
    """

    anchor: datetime
    begin: datetime
    speed: float = 1.0

    def at(self, clock: datetime) -> datetime:
        """The world's time when the clock shows ``clock``."""
        return self.begin + (clock - self.anchor) * self.speed

    def now(self) -> datetime:
        """The world's time."""
        return self.at(datetime.now(UTC))

    @classmethod
    def read(cls, line: str) -> Pace:
        """The pace that a line of the simulator tells.

        Raises:
            ValueError: it tells none; such a simulator's time is the clock's.
        """
        found = _TOLD.search(line)
        if found is None:
            raise ValueError(f"no pace in {line!r}")
        begin, anchor, speed = found.groups()
        return cls(datetime.fromisoformat(anchor), datetime.fromisoformat(begin), float(speed))

    def __str__(self) -> str:
        """``time 2026-06-02T02:40:00Z at 2026-11-25T18:00:00.250000Z, 60 times as fast``."""
        anchor, begin = (moment.isoformat().replace("+00:00", "Z") for moment in self[:2])
        return f"time {begin} at {anchor}, {self.speed:.12g} times as fast"
