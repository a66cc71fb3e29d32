"""What every page of a tenant is: a list, how it was seen, what can be done to a line of it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from alfred_tui.model import units
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TLS, TRANSPORT, FailureKind
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.screens.actions import Subject
from alfred_tui.screens.pages.listing import Listing
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.empty import not_started
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.sheet import Row
from alfred_tui.widgets.table import Item

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

T = TypeVar("T")

LONGEST = 900
"""Characters of a trouble: what both ways said, one of them with host keys and what to do."""
UNTOLD = "It cannot be told"
_TITLES = {
    FailureKind.UNAUTHORIZED: "It does not let us in",
    FailureKind.RATE_LIMITED: "It asks to be asked less",
    FailureKind.CONFIGURATION: "It cannot be asked from here",
    FailureKind.HOST_KEY: "Its host key is another one",
    FailureKind.LOCKED_OUT: "It has locked us out for now",
    FailureKind.COMMAND_FAILED: "It answers with an error",
    FailureKind.SERVER_ERROR: "It answers with an error",
    FailureKind.BAD_ANSWER: "Its answer is not understood",
    **dict.fromkeys(TRANSPORT, "It does not answer"),
    **dict.fromkeys(TLS, "Its certificate is not accepted"),
}


class ListPage(Listing, Generic[T]):
    """What is known is shown at once, and looked at anew: ``EVERY`` seconds after the last time.

    Filter and order stay while the page is left.
    """

    NUMBER: ClassVar[str]
    WORD: ClassVar[str]
    LOOK: ClassVar[Look | None] = None
    EVERY: ClassVar[float] = 30.0
    NONE: ClassVar[str] = "nothing is listed"
    """What an empty list says."""
    LACKING: ClassVar[str] = "Not on this generation of tenants"
    """What it is called where a tenant does not know the question."""

    def __init__(self, alfred: AlfredApp, tenant: str) -> None:
        super().__init__(alfred)
        self.tenant = tenant
        self.told: Told[T] | None = None
        self.trouble = ""
        self.looking = False
        self._kind: FailureKind | None = None
        self._tried = float("-inf")
        self._known()

    # What is known

    def _known(self) -> None:
        """Whatever the fleet has seen of it already."""
        alfred = self.alfred
        if self.LOOK is None or alfred.starting or alfred.failed:
            return
        seen = alfred.engine.sights.last(self.tenant, self.LOOK)
        if seen is not None and (self.told is None or seen.at > self.told.at):
            answer: Any = seen.answer
            self.told = Told(answer, seen.door, seen.at)

    @property
    def due(self) -> bool:
        """Whether it is time to look anew."""
        return not self.looking and self.alfred.clock() - self._tried >= self.EVERY

    def hurry(self) -> None:
        """Something was done to the tenant: what is shown is old."""
        self._tried = float("-inf")

    @abstractmethod
    async def ask(self) -> Told[T]:
        """Look now. Raises ``Unseen``, ``Refused``."""

    async def look(self) -> None:
        """Look anew; what was seen before stays where that fails."""
        from alfred_tui.ops.operation import Refused, Unseen

        self.looking, self._tried = True, self.alfred.clock()
        try:
            self.told = await self.ask()
            self._tried, self.trouble = self.alfred.clock(), ""
        except (Unseen, Refused, OSError, RuntimeError) as trouble:
            self.trouble = clean(str(trouble), LONGEST)
            self._kind = trouble.kind if isinstance(trouble, Unseen) else None
            self._tried = self.alfred.clock()
        except asyncio.CancelledError:
            self.hurry()
            raise
        finally:
            self.looking = False

    # What is shown

    @abstractmethod
    def items(self, answer: T, now: datetime) -> list[Item]:
        """All lines of what was told; ``now`` is the tenant's."""

    def details(self, answer: T) -> str:
        """Figures about the whole list, for the line above it."""
        return ""

    def offers(self, key: str) -> Subject | None:
        """What can be done to the line of this key."""
        return None

    def lines(self) -> list[Item]:
        """All that was told."""
        if self.told is None:
            return []
        return self.items(self.told.answer, self.now())

    def now(self) -> datetime:
        """By the tenant's clock: the times that it tells are to be held against that."""
        return self.alfred.engine.sights.theirs(self.tenant)

    def write(self, width: int, height: int) -> list[Row]:
        """The lines, by the newest that is known."""
        self._known()
        return super().write(width, height)

    def why_none(self, width: int) -> list[list[Part]]:
        """In the middle of a page without a line."""
        if self.told is not None:
            return [[(self.NONE, "muted")]]
        if self.alfred.failed:
            ways: list[Part] = [(self.alfred.key("refresh"), "key"), (" tries again", "muted")]
            return not_started(self.alfred.failed, width, ways)
        if self.trouble:
            room = max(20, min(90, width - 8))
            told: list[list[Part]] = [[(each, "degraded")] for each in wrapped(self.trouble, room)]
            told += [[(each, "muted")] for each in wrapped(self.guess(), room)]
            return [[(self._why(), "title")], [], *told, [], self.helps()]
        if self.alfred.starting:
            return [[("the doors are being opened", "muted")]]
        return [[(f"looking at the {self.WORD.lower()} of {clean(self.tenant, 60)}", "muted")]]

    @property
    def vacant(self) -> bool:
        """Whether there is no line and none is waited for: nothing to filter, nothing to order."""
        return self.bare and bool(self.told is not None or self.trouble or self.alfred.failed)

    def helps(self) -> list[Part]:
        """Which key helps where it could not be seen."""
        return [(self.alfred.key("refresh"), "key"), (" looks again", "muted")]

    def guess(self) -> str:
        """What may be behind it where it could not be seen."""
        return ""

    @property
    def unknown(self) -> bool:
        """Whether the tenant does not know the question."""
        return self._kind is FailureKind.UNSUPPORTED

    def _why(self) -> str:
        if self.unknown:
            return self.LACKING
        return UNTOLD if self._kind is None else _TITLES.get(self._kind, UNTOLD)

    def status(self, more: list[Part], width: int) -> Line:
        """The line above the list: figures and the order, ``more``, and how it was seen.

        Where that is by no good way, or was not possible, there is less room for the others.
        """
        told, trouble = self.told, self._trouble()
        if told is None:
            return [(" ", "text"), *more]
        age = units.age(told.at, self.alfred.engine.now())
        doing = "looking; " if self.looking else ""
        seen: Part = (f"{doing}by {told.door.value}, {age} ago ", "muted")
        order = [] if trouble else self.order()
        room = max(12, width - sum(cells.width(text) for text, _ in (*order, *more)) - 4)
        details = cells.cut_end(self.details(told.answer), room, self.alfred.glyphs.ellipsis)
        figures: list[Part] = [(" ", "text"), (details, "text")]
        if not trouble:
            return spread([*figures, *order, ("  ", "text"), *more], [seen], width)
        room = width - sum(cells.width(text) for text, _ in (*figures, *more, seen)) - 8
        if cells.width(trouble) > room:
            # who and what is known here: the reason is what counts
            trouble = trouble.partition(": ")[2] or trouble
        said = cells.cut_end(trouble, max(12, room), self.alfred.glyphs.ellipsis)
        return spread([*figures, ("  ", "text"), *more], [(f"{said}; ", "degraded"), seen], width)

    def _trouble(self) -> str:
        """Why it is not newer, or why it came by no better way."""
        if self.told is None:
            return ""
        return self.trouble or clean(self.told.instead, 120)
