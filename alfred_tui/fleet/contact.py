"""Who off this machine answers at all: tells a lost host from a lost network of our own."""

from __future__ import annotations

from datetime import datetime

FEWEST = 3
SHARE = 0.2
"""So many tenants lost with no answer from any other are suspicious; of a small fleet all.

Fixed on purpose: it costs one look at our own network, and no verdict, if it is wrong.
"""


class Contact:
    """Tenants not on loopback, and which of them were lost since any of them last answered.

    ``barred`` are those that our own settings keep us from asking: they tell nothing of the way.
    """

    __slots__ = ("answered", "barred", "lost", "members")

    def __init__(self) -> None:
        self.members: set[str] = set()
        self.barred: set[str] = set()
        self.lost: dict[str, datetime] = {}
        self.answered: datetime | None = None

    def note(self, name: str, at: datetime, *, lost: bool) -> None:
        """A containers look at a member came back at ``at``, with any answer or with none."""
        self.barred.discard(name)
        if lost:
            self.lost.setdefault(name, at)
        else:
            self.answered = at
            if self.lost:
                self.lost.clear()

    def bar(self, name: str) -> None:
        """Nothing was sent to a member: it neither answered nor was lost."""
        self.barred.add(name)
        self.lost.pop(name, None)

    def forget(self, name: str) -> None:
        """A tenant has gone, or moved to loopback."""
        self.members.discard(name)
        self.barred.discard(name)
        self.lost.pop(name, None)

    @property
    def suspicious(self) -> bool:
        """Whether so many are lost together that our own network may be the cause."""
        count = len(self.members) - len(self.barred)
        return count > 0 and len(self.lost) >= min(count, max(FEWEST, int(SHARE * count)))

    @property
    def since(self) -> datetime | None:
        """When the first of those lost was lost."""
        return min(self.lost.values(), default=None)
