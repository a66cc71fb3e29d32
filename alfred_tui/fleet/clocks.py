"""Whose clock is wrong: a tenant's, or this machine's when most tenants agree against it."""

from __future__ import annotations

from alfred_tui.model import units

FEWEST = 3
ALIKE = 30.0
"""So many tenants off by amounts within so many seconds, and more than half of those whose clock
is known, do not err by themselves.

Fixed on purpose: independent clocks do not agree to half a minute on an error of minutes.
"""
MOVED = 5.0
"""Seconds by which an amount must change to be looked at again: less is round trip."""


class Clocks:
    """Tenants whose clock is known, and by how much those that are off are off, seconds."""

    __slots__ = ("known", "off", "ours")

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.off: dict[str, float] = {}
        self.ours: float | None = None
        """By how much most tenants are ahead of us, where it is our clock that is wrong."""

    def note(self, name: str, skew: float, *, off: bool) -> None:
        """An answer of ``name`` told its clock: ``skew`` is theirs minus ours."""
        new, old = name not in self.known, self.off.get(name)
        self.known.add(name)
        changed = old is None or abs(old - skew) > MOVED
        moved = changed if off else old is not None
        if moved and off:
            self.off[name] = skew
        elif moved:
            del self.off[name]
        if moved or (new and self.ours is not None):
            self._judge()

    def forget(self, name: str) -> None:
        """A tenant has gone."""
        self.known.discard(name)
        if self.off.pop(name, None) is not None or self.ours is not None:
            self._judge()

    def _judge(self) -> None:
        amounts = sorted(self.off.values())
        begin, most, middle = 0, 0, 0
        for end, amount in enumerate(amounts):
            while amount - amounts[begin] > ALIKE:
                begin += 1
            if end + 1 - begin > most:
                most, middle = end + 1 - begin, (begin + end) // 2
        alike = most >= FEWEST and 2 * most > len(self.known)
        self.ours = amounts[middle] if alike else None

    @property
    def text(self) -> str:
        """What to tell a person of our own clock; ``""`` while it is not the cause."""
        if self.ours is None:
            return ""
        side = "slow" if self.ours > 0 else "fast"
        amount = units.short_duration(abs(self.ours))
        return f"this machine's clock is {amount} {side}: most tenants agree on another time"
