"""What every page of a tenant is: a list, how it was seen, what can be done to a line of it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from alfred_tui.model import units
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TLS, TRANSPORT, FailureKind
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.screens.actions import Subject
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.empty import centred
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.sheet import Row
from alfred_tui.widgets.table import Column, Item, laid, matches

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

T = TypeVar("T")

_TITLES = {
    FailureKind.UNAUTHORIZED: "It does not let us in",
    FailureKind.UNSUPPORTED: "Not on this generation of tenants",
    FailureKind.RATE_LIMITED: "It asks to be asked less",
    FailureKind.CONFIGURATION: "It cannot be asked from here",
    FailureKind.HOST_KEY: "Its host key is another one",
    FailureKind.LOCKED_OUT: "It has locked us out for now",
    **dict.fromkeys(TRANSPORT, "It does not answer"),
    **dict.fromkeys(TLS, "Its certificate is not accepted"),
}


class ListPage(ABC, Generic[T]):
    """``needle`` filters, ``sort`` is a place in ``SORTS``; both stay while the page is left.

    What is known is shown at once, and looked at anew: ``EVERY`` seconds after the last time.
    """

    NUMBER: ClassVar[str]
    WORD: ClassVar[str]
    LOOK: ClassVar[Look | None] = None
    EVERY: ClassVar[float] = 30.0
    SORTS: ClassVar[tuple[str, ...]] = ()
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    NONE: ClassVar[str] = "nothing is listed"
    """What an empty list says."""

    def __init__(self, alfred: AlfredApp, tenant: str) -> None:
        self.alfred, self.tenant = alfred, tenant
        self.needle, self.sort = "", 0
        self.told: Told[T] | None = None
        self.trouble = ""
        self.looking = False
        self.head: Line = []
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
            self.trouble = clean(str(trouble), 400)
            self._tried = self.alfred.clock()
        except asyncio.CancelledError:
            self.hurry()
            raise
        finally:
            self.looking = False

    # What is shown

    @abstractmethod
    def items(self, answer: T, now: datetime) -> list[Item]:
        """All lines of what was told; ``now`` is ours."""

    def details(self, answer: T) -> str:
        """Figures about the whole list, for the line above it."""
        return ""

    def offers(self, key: str) -> Subject | None:
        """What can be done to the line of this key."""
        return None

    def shown(self) -> list[Item]:
        """Those that match, in their order."""
        if self.told is None:
            return []
        found = self.items(self.told.answer, self.alfred.engine.now())
        found = [item for item in found if matches(item, self.needle)]
        if self.SORTS:
            place = self.sort
            found.sort(key=lambda item: (item.order[place] is None, item.order[place]))
        return found

    def write(self, width: int, height: int) -> list[Row]:
        """The lines; in place of them why there are none, and what to press."""
        self._known()
        items = self.shown()
        self.head, rows = laid(self.COLUMNS, items, width, self.alfred.glyphs)
        if rows:
            return rows
        self.head = []
        return self.empty(width, height)

    def empty(self, width: int, height: int) -> list[Row]:
        """In the middle of a page without a line."""
        key = self.alfred.key
        lines: list[list[Part]]
        if self.told is not None and self.needle:
            lines = [[("Nothing matches", "title")], []]
            lines += [[(key("back"), "key"), (" shows all", "muted")]]
        elif self.told is not None:
            lines = [[(self.NONE, "muted")]]
        elif self.trouble:
            said = wrapped(self.trouble, max(20, min(90, width - 8)))
            lines = [[(self._why(), "title")], [], *([(line, "degraded")] for line in said)]
            lines += [[], [(key("refresh"), "key"), (" looks again", "muted")]]
        elif self.alfred.starting:
            lines = [[("the doors are being opened", "muted")]]
        else:
            lines = [[(f"looking at {clean(self.tenant, 60)}", "muted")]]
        above = max(0, (height - len(lines)) // 3)
        return [Row(())] * above + [Row(centred(line, width)) for line in lines]

    def _why(self) -> str:
        if self.LOOK is not None and (
            seen := self.alfred.engine.sights.tried(self.tenant, self.LOOK)
        ):
            failure = seen.failure
            if failure is not None:
                return _TITLES.get(failure.kind, "It cannot be told")
        return "It cannot be told"

    def facts(self) -> list[Part]:
        """Left in the line above the list: figures, and the order."""
        said: list[Part] = []
        if self.told is not None and (text := self.details(self.told.answer)):
            said.append((text, "text"))
        if len(self.SORTS) > 1 and self.told is not None:
            said += [("   by ", "muted"), (self.SORTS[self.sort], "accent")]
        return said

    def seen(self) -> list[Part]:
        """Right in it: how old it is, which way it came, why by no better one."""
        if self.told is None:
            return []
        age = units.age(self.told.at, self.alfred.engine.now())
        said: list[Part] = []
        if self.trouble:
            said.append((f"{self.trouble}; ", "degraded"))
        elif self.told.instead:
            said.append((f"{clean(self.told.instead, 120)}; ", "degraded"))
        doing = "looking; " if self.looking else ""
        return [*said, (f"{doing}by {self.told.door.value}, {age} ago", "muted"), (" ", "text")]

    def next_sort(self) -> str:
        """The next order; its name."""
        if self.SORTS:
            self.sort = (self.sort + 1) % len(self.SORTS)
            return self.SORTS[self.sort]
        return ""
