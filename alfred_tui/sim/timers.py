"""The timer of updates: 15 minutes after its unit ran last, whoever started it (runbook.md 1)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator

TICK = 900.0
NEVER = float("inf")


class Timer:
    """When a unit is started: by the timer, and by hand, which puts the timer off.

    ``OnUnitActiveSec`` counts from the last start. Times are epoch seconds.
    """

    def __init__(self, first: float) -> None:
        self._phases: list[tuple[float, float]] = [(-NEVER, first)]
        self.by_hand: list[float] = []

    def started(self, t: float) -> None:
        """Somebody started the unit at ``t``; a timer that is stopped stays so."""
        insort(self.by_hand, t)
        if self.runs(t):
            self._phases.append((t, t + TICK))

    def stop(self, t: float) -> None:
        """Somebody stopped the timer."""
        if self.runs(t):
            self._phases.append((t, NEVER))

    def resume(self, t: float) -> None:
        """Somebody started the timer: what is overdue happens at once."""
        if not self.runs(t):
            last = self.last(t)
            self._phases.append((t, max(t, (last or -NEVER) + TICK)))

    def runs(self, t: float) -> bool:
        """Whether the timer is active at ``t``."""
        return self._phase(t)[1] != NEVER

    def since(self, t: float) -> float | None:
        """Since when it is active or stopped, ``None`` while nobody ever changed that."""
        states = [(begin, first == NEVER) for begin, first in self._phases if begin <= t]
        pairs = zip(states[1:], states, strict=False)
        turns = [now[0] for now, before in pairs if now[1] != before[1]]
        return turns[-1] if turns else None

    def _phase(self, t: float) -> tuple[float, float]:
        return next(phase for phase in reversed(self._phases) if phase[0] <= t)

    def after(self, t: float) -> float:
        """The first start by the timer after ``t``; :data:`NEVER` while it is stopped."""
        _, first = self._phase(t)
        if first > t:
            return first
        return first + (_count(first, t) + 1) * TICK

    def starts(self, since: float, until: float) -> list[float]:
        """Every start in (since, until], by the timer or by hand, in their order."""
        mine = [t for t in self.by_hand if since < t <= until]
        return sorted([*mine, *self._ticks(since, until)])

    def _ticks(self, since: float, until: float) -> Iterator[float]:
        ends = [*(begin for begin, _ in self._phases[1:]), NEVER]
        for (begin, first), end in zip(self._phases, ends, strict=True):
            if first == NEVER or begin > until:
                continue
            number = max(0, _count(first, max(since, begin)))
            while (tick := first + number * TICK) <= until and tick < end:
                if tick > since:
                    yield tick
                number += 1

    def earlier(self, since: float) -> list[float]:
        """Starts before the first that anybody followed, down to ``since``, in their order."""
        first = self._phases[0][1]
        count = max(0, int((first - since) // TICK))
        return [first - n * TICK for n in range(count, 0, -1)]

    def last(self, t: float) -> float | None:
        """The last start by ``t``."""
        ends = [*(begin for begin, _ in self._phases[1:]), NEVER]
        found = [moment for moment in self.by_hand if moment <= t]
        for (_, first), end in zip(self._phases, ends, strict=True):
            if first <= t and first < end:
                reach = min(t, end)
                found.append(first + _count(first, reach) * TICK)
        return max(found, default=None)


def _count(first: float, t: float) -> int:
    """How many ticks after ``first`` the last one by ``t`` is.

    A tick is ``first`` and a multiple, always in this one form: moments are compared.
    """
    number = int((t - first) // TICK)
    # the quotient of a moment that is a tick itself may be a hair too small
    return number + 1 if first + (number + 1) * TICK <= t else number
