"""A list that is ordered, filtered and laid out in columns, of one tenant or of all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from alfred_tui.widgets.empty import centred
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.sheet import Row
from alfred_tui.widgets.table import Column, Item, laid, matches

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


class Listing(ABC):
    """``needle`` filters, ``sort`` is a place in ``SORTS``; ``head`` stands above the lines."""

    SORTS: ClassVar[tuple[str, ...]] = ()
    COLUMNS: ClassVar[tuple[Column, ...]] = ()

    def __init__(self, alfred: AlfredApp) -> None:
        self.alfred = alfred
        self.needle, self.sort = "", 0
        self.head: Line = []
        self.bare = False
        """Whether it was written without a line, and no filter is the cause."""

    @abstractmethod
    def lines(self) -> Sequence[Item]:
        """All of them, in any order."""

    @abstractmethod
    def why_none(self, width: int) -> list[list[Part]]:
        """In place of lines: why there is none, and what to press."""

    def shown(self) -> list[Item]:
        """Those that match, in their order."""
        found = [item for item in self.lines() if matches(item, self.needle)]
        if self.SORTS:
            place = self.sort
            found.sort(key=lambda item: (item.order[place] is None, item.order[place]))
        return found

    def write(self, width: int, height: int) -> list[Row]:
        """The lines; in the middle of an empty list why it is."""
        self.bare = False
        self.head, rows = laid(self.COLUMNS, self.shown(), width, self.alfred.glyphs)
        return rows or self.blank(width, height)

    def blank(self, width: int, height: int) -> list[Row]:
        """In the middle of a list without a line: why, and what to press."""
        self.head = []
        if self.needle and self.lines():
            back = [(self.alfred.key("back"), "key"), (" shows all", "muted")]
            said = [[("Nothing matches", "title")], [], back]
        else:
            self.bare, said = True, self.why_none(width)
        above = max(0, (height - len(said)) // 3)
        return [Row(())] * above + [Row(centred(line, width)) for line in said]

    def order(self) -> list[Part]:
        """The order's name, where there are several."""
        if len(self.SORTS) < 2:
            return []
        return [("   by ", "muted"), (self.SORTS[self.sort], "accent")]

    def next_sort(self) -> str:
        """The next order; its name."""
        if self.SORTS:
            self.sort = (self.sort + 1) % len(self.SORTS)
            return self.SORTS[self.sort]
        return ""
