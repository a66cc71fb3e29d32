"""A page of lines to read and scroll: facts, figures, keys. Only lines that differ are redrawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from alfred_tui.widgets.board import MOVE
from alfred_tui.widgets.inks import Inks, Line


class Row(NamedTuple):
    """A line; ``key`` names what it stands for if the cursor may rest on it, ``copy`` its text."""

    line: Line
    key: str = ""
    copy: str = ""


class Sheet(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows with keys can be chosen; the cursor stays on its key when the rows change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, group=MOVE, id="down"),
        Binding("up,k", "move(-1)", "up", show=False, group=MOVE, id="up"),
        Binding("pagedown", "page(1)", "a page down", show=False, group=MOVE, id="page_down"),
        Binding("pageup", "page(-1)", "a page up", show=False, group=MOVE, id="page_up"),
        Binding("home", "edge(0)", "to the top", show=False, group=MOVE, id="first"),
        Binding("end", "edge(1)", "to the end", show=False, group=MOVE, id="last"),
    ]

    class Written(Message):
        """The sheet has another width: its lines are to be written anew."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """``moved`` is called at once when the cursor or the view is somewhere else."""
        super().__init__(id=id, classes=classes)
        self._moved = moved
        self._inks = Inks(self)
        self._rows: list[Row] = []
        self._row = -1
        self._lit = True

    def light(self, lit: bool) -> None:
        """Show the cursor, or hide it where another sheet has it."""
        if lit is not self._lit:
            self._lit = lit
            self.refresh()

    @property
    def chosen(self) -> Row | None:
        """The row under the cursor, ``None`` where there is nothing to choose."""
        return self._rows[self._row] if 0 <= self._row < len(self._rows) else None

    @property
    def below(self) -> int:
        """Lines that are beneath the view."""
        return max(0, len(self._rows) - self.scroll_offset.y - self.size.height)

    @property
    def rows(self) -> Sequence[Row]:
        """What is written."""
        return self._rows

    def notify_style_update(self) -> None:
        """Forget inks with the style they came from."""
        super().notify_style_update()
        self._inks.clear()

    def on_resize(self) -> None:
        """Lines are as wide as the sheet."""
        self.post_message(self.Written())

    def write(self, rows: Sequence[Row]) -> None:
        """Replace the lines; the cursor keeps its key, the view its place."""
        before, key = self._rows, self.chosen.key if self.chosen else ""
        self._rows = list(rows)
        row = next((i for i, new in enumerate(self._rows) if new.key and new.key == key), -1)
        if row < 0:
            row = self._nearest(max(0, self._row), 1)
        moved, self._row = row != self._row, row
        if len(before) != len(self._rows):
            self.virtual_size = Size(0, len(self._rows))
            self.refresh()
            return
        if moved:
            self.refresh()
            return
        top = self.scroll_offset.y
        dirty = [
            Region(0, y, self.size.width, 1)
            for y in range(min(self.size.height, len(self._rows) - top))
            if before[top + y].line != self._rows[top + y].line
        ]
        if dirty:
            self.refresh(*dirty)

    @property
    def place(self) -> tuple[str, int]:
        """The cursor's key and the first line in view."""
        return (self.chosen.key if self.chosen else "", int(self.scroll_offset.y))

    def return_to(self, place: tuple[str, int]) -> None:
        """Back to a place, as far as its line is there."""
        key, top = place
        self._row = next((i for i, row in enumerate(self._rows) if key and row.key == key), -1)
        if self._row < 0:
            self._row = self._nearest(0, 1)
        self._scroll(top)
        self.refresh()

    def go(self, key: str) -> bool:
        """The cursor to the row of this key; whether there is one."""
        index = next((i for i, row in enumerate(self._rows) if row.key == key), -1)
        if index >= 0:
            self._choose(index)
        return index >= 0

    def hold(self, added: int) -> None:
        """Lines were added above: a view that is not at the top keeps showing what it shows."""
        if self.scroll_offset.y:
            self.call_after_refresh(self._scroll, self.scroll_offset.y + added)

    def _nearest(self, start: int, step: int) -> int:
        """The first row with a key from ``start`` on, else the last one before it, else -1."""
        rows = self._rows
        ahead = range(start, len(rows) if step > 0 else -1, step)
        behind = range(start - step, -1 if step > 0 else len(rows), -step)
        index: int
        for index in (*ahead, *behind):
            if 0 <= index < len(rows) and rows[index].key:
                return index
        return -1

    def action_move(self, by: int) -> None:
        """To the next row that can be chosen; where there are none, scroll."""
        if self._row < 0:
            self._scroll(self.scroll_offset.y + by)
            return
        index = self._row + by
        while 0 <= index < len(self._rows) and not self._rows[index].key:
            index += by
        if 0 <= index < len(self._rows):
            self._choose(index)
        else:
            self._scroll(self.scroll_offset.y + by)

    def action_page(self, by: int) -> None:
        """By pages."""
        page = max(1, self.size.height - 1) * by
        self._scroll(self.scroll_offset.y + page)
        if self._row >= 0:
            target = max(0, min(self._row + page, len(self._rows) - 1))
            self._choose(self._nearest(target, by))

    def action_edge(self, end: int) -> None:
        """To the top or the end."""
        last = len(self._rows) - 1
        self._scroll(last if end else 0)
        if self._row >= 0:
            self._choose(self._nearest(last if end else 0, -1 if end else 1), stay=True)

    def _choose(self, index: int, *, stay: bool = False) -> None:
        self._row = index
        self.refresh()
        self._moved()
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if stay:
            return
        if index < top:
            # Show the heading above the first row, too.
            first = self._nearest(0, 1)
            self._scroll(0 if index == first else index)
        elif index >= top + height:
            self._scroll(index - height + 1)

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, len(self._rows) - self.size.height))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
            self._moved()

    def on_click(self, event: events.Click) -> None:
        """A click chooses."""
        row = self.scroll_offset.y + event.y
        if row < len(self._rows) and self._rows[row].key:
            self._choose(row)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        event.prevent_default()
        self._scroll(self.scroll_offset.y + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        event.prevent_default()
        self._scroll(self.scroll_offset.y - 3)

    def render_line(self, y: int) -> Strip:
        """One line."""
        row = self.scroll_offset.y + y
        line = self._rows[row].line if row < len(self._rows) else ()
        width = self.scrollable_content_region.width
        return self._inks.strip(line, width, raised=self._lit and row == self._row)
