"""The tenant that the hands are on, among those of a roster: one for the list and the wall.

How it moves (and when it does not):

* It is a tenant, not a place. When the roster is ordered anew, it goes where its tenant goes.
* Places change only when no key was pressed for ``QUIET`` seconds, so that Enter opens what was
  under the eye when the finger went down. What the operator asks for is done at once.
* Until a hand touches it, it stays within sight of the top, where the worst stand.
* A tenant that a filter hides keeps its claim: when it is shown again, and nothing else was chosen
  meanwhile, the selection returns to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from alfred_tui.widgets.roster import Roster

QUIET = 1.0
"""Seconds without a key before tenants may change places."""


class Selection:
    """``name`` at ``row`` of the roster's order; ``None`` at 0 where that is empty."""

    def __init__(self, roster: Roster, clock: Callable[[], float] = time.monotonic) -> None:
        self.roster = roster
        self.name: str | None = roster.order[0] if roster.order else None
        self.row = 0
        self.touched = False
        self._claim = self.name
        self._clock = clock
        self._pressed = -QUIET

    @property
    def idle(self) -> bool:
        """Whether no finger is about to press."""
        return self._clock() - self._pressed >= QUIET

    def touch(self) -> None:
        """A key was pressed or the mouse used: tenants stay where they are for a moment."""
        self.touched = True
        self._pressed = self._clock()

    def claim(self, name: str) -> None:
        """Go to a tenant as soon as it is shown."""
        self._claim = name

    def to(self, row: int) -> None:
        """Choose a row, the nearest one where there is none such; nothing on an empty roster."""
        order = self.roster.order
        if order:
            self.row = max(0, min(row, len(order) - 1))
            self.name = self._claim = order[self.row]

    def reseat(self, shown: int) -> None:
        """The roster's order was changed, and ``shown`` tenants are seen without scrolling."""
        order, place = self.roster.order, self.roster.place
        self.row = self._seat(order, place, shown)
        self.name = order[self.row] if order else None

    def _seat(self, order: list[str], place: dict[str, int], shown: int) -> int:
        if not self.touched:
            row = place.get(self.name or "", 0)
            if row < shown:
                return row
            self._claim = order[0] if order else None
            return 0
        for name in (self._claim, self.name):
            if name in place:
                return place[name]
        return max(0, min(self.row, len(order) - 1))
