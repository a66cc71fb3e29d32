"""What the doctor's and the takeover's screens need; ``takeover.desk.Desk`` fits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from alfred_tui.takeover.findings import Finding
    from alfred_tui.takeover.gathering import Reading, Request
    from alfred_tui.takeover.merge import Preference
    from alfred_tui.takeover.plan import Gathered, Import


class Desk(Protocol):
    """Slow work on behalf of a screen, none of it on the screen's loop.

    ``told`` is always called on the loop of whoever asks, before the wish is fulfilled.
    """

    async def examine(self, told: Callable[[Sequence[Finding]], None]) -> None:
        """Every check of the doctor, each part as soon as it is known."""
        ...

    async def gather(self, request: Request, told: Callable[[str], None]) -> Reading:
        """Read every source; ``told`` has the name of the one whose turn it is.

        Raises:
            SourceError: a source told nothing; every problem a line of its text.
        """
        ...

    async def weigh(self, gathered: Gathered, prefer: Preference) -> Import:
        """What taking it over would do.

        Raises:
            SourceError: the store cannot be read, or the tailnet has no map.
        """
        ...

    async def take(self, gathered: Gathered, prefer: Preference) -> Import:
        """Take it over; what is undecided stays as it is.

        Raises:
            SourceError: the store cannot be written, or the tailnet has no map.
        """
        ...
