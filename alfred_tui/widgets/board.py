"""What the list and the wall share: tenants in lines, a cursor, keys, the mouse, and painting.

Contents change at once, places when nobody is pressing keys (``selection``). Only lines are drawn
again in which something that is shown has changed, a few a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from alfred_tui.model.view import TenantView
from alfred_tui.widgets.glyphs import UNICODE, Glyphs
from alfred_tui.widgets.inks import Inks, Line
from alfred_tui.widgets.selection import Selection

TIERS_A_FRAME = 8
"""Changed tiers painted at once, between two looks at the keyboard."""
WHEEL = 3
"""Lines that a notch of the wheel turns by."""

MOVE = Binding.Group("Move")


class Board(ScrollView, can_focus=True, inherit_bindings=False):
    """Tenants of a roster in tiers of ``across`` beside each other, each ``pitch`` lines high.

    A tier of the list is one row; one of the wall is a row of cells. ``shape`` may change both.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "next tenant", show=False, group=MOVE, id="down"),
        Binding("up,k", "move(-1)", "previous tenant", show=False, group=MOVE, id="up"),
        Binding("pagedown", "page(1)", "a page down", show=False, group=MOVE, id="page_down"),
        Binding("pageup", "page(-1)", "a page up", show=False, group=MOVE, id="page_up"),
        Binding("home", "jump(0)", "first tenant", show=False, group=MOVE, id="first"),
        Binding("end", "jump(-1)", "last tenant", show=False, group=MOVE, id="last"),
    ]

    class Opened(Message):
        """Enter, or a second click: this tenant is to be looked at."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(
        self,
        selection: Selection,
        views: Callable[[], Mapping[str, TenantView]],
        now: datetime,
        *,
        id: str,  # noqa: A002
        glyphs: Glyphs = UNICODE,
        live_since: datetime | None = None,
        empty: Callable[[int], list[Line]] = lambda width: [],
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """``empty`` writes what stands in the middle of a board without tenants.

        ``moved`` is called when the cursor's place, the marks or the columns changed: at once and
        not by a message, so that what it draws is painted in the same frame as the cursor.
        """
        super().__init__(id=id)
        self.roster = selection.roster
        self.selection = selection
        self.across = 1
        self.pitch = 1
        self._views = views
        self._rows = views()
        self._now = now
        self._glyphs = glyphs
        self._live_since = live_since
        self._empty = empty
        self._moved = moved
        self._waiting: set[int] = set()
        self._painting = False
        self._inks = Inks(self)
        self._drawn: dict[str, Any] = {}
        self.virtual_size = Size(0, len(self.roster.order))

    # What a board of its own kind says

    def shape(self) -> None:
        """Set ``across`` and ``pitch`` for the present width, height and number of tenants."""

    def differs(self, name: str, changed: bool, ticked: bool) -> bool:
        """Whether a tenant would look otherwise than it is drawn."""
        raise NotImplementedError

    def draw_line(self, y: int) -> Strip:
        """Line ``y`` of the whole board, which is not empty."""
        raise NotImplementedError

    def row_at(self, x: int, y: int) -> int | None:
        """The row of the tenant drawn at cell ``x`` of line ``y`` of the whole board."""
        row = y // self.pitch * self.across
        return row if row < len(self.roster.order) else None

    def marks_at(self, x: int) -> bool:
        """Whether a click at cell ``x`` marks."""
        return False

    # Where the cursor is

    @property
    def cursor(self) -> str | None:
        """The tenant under the cursor."""
        return self.selection.name

    @property
    def row(self) -> int:
        """The cursor's row, 0 on an empty board."""
        return self.selection.row

    def notify_style_update(self) -> None:
        """Forget inks and strips with the style they came from."""
        super().notify_style_update()
        self._inks.clear()
        self._drawn.clear()

    def on_resize(self) -> None:
        """The cursor stays in sight; what is written around the board is written anew."""
        self._stretch()
        self._show_cursor()
        self._moved()

    def _stretch(self) -> bool:
        """Fit shape and length to what there is; whether the length changed."""
        self.shape()
        lines = -(-len(self.roster.order) // self.across) * self.pitch
        if lines == self.virtual_size.height:
            return False
        self.virtual_size = Size(0, lines)
        return True

    # What changed

    def apply(self, names: Iterable[str], now: datetime, *, membership: bool = False) -> None:
        """Take over changed tenants: contents now, places when nobody is pressing keys."""
        names = frozenset(names)
        self._rows = self._views()
        if membership:
            self.roster.load()
            self.members_changed()
        else:
            self.roster.touch(names)
        ticked = now != self._now
        self._now = now
        if self.roster.due and self.selection.idle:
            self.restructure()
        self._redraw(names, ticked)

    def appear(self, now: datetime) -> None:
        """This board is shown again, where another one was: catch up with everything."""
        self._now = now
        self._rows = self._views()
        self.members_changed()
        self._stretch()
        self.refresh()
        self.call_after_refresh(self._show_cursor)

    def members_changed(self) -> None:
        """Tenants came or went: forget how those looked that are gone."""
        for gone in self._drawn.keys() - self._rows.keys():
            del self._drawn[gone]

    def _redraw(self, names: frozenset[str], ticked: bool) -> None:
        """Refresh the visible tiers in which something differs from what is drawn."""
        first = self.scroll_offset.y // self.pitch
        last = (self.scroll_offset.y + self.size.height - 1) // self.pitch
        order, across = self.roster.order, self.across
        for tier in range(first, last + 1):
            for name in order[tier * across : (tier + 1) * across]:
                if self.differs(name, name in names, ticked):
                    self._waiting.add(tier)
                    break
        if self._waiting and not self._painting:
            self._paint()

    def _paint(self) -> None:
        """Paint waiting tiers, a few a frame: a key that comes meanwhile waits for those only."""
        tiers = sorted(self._waiting)[:TIERS_A_FRAME]
        self._waiting.difference_update(tiers)
        self._painting = bool(self._waiting)
        self._refresh_tiers(tiers)
        if self._painting:
            self.call_after_refresh(self._paint)

    def _refresh_tiers(self, tiers: Iterable[int]) -> None:
        seen = self.size.region
        top = self.scroll_offset.y
        regions = (Region(0, t * self.pitch - top, seen.width, self.pitch) for t in tiers)
        if dirty := [shown for region in regions if (shown := region.intersection(seen))]:
            self.refresh(*dirty)

    def restructure(self) -> None:
        """Bring tenants to their places; the cursor goes with its own."""
        line = self._cursor_line()
        self.roster.settle()
        self.reorganise(line)

    def reorganise(self, line: int | None = None) -> None:
        """The roster's order was changed: place cursor and view; ``line``: the cursor's old one."""
        if line is None:
            line = self._cursor_line()
        self.selection.reseat(max(1, self.size.height // self.pitch) * self.across)
        resized = self._stretch()
        self.refresh()
        if resized:
            self.call_after_refresh(self._follow, line)
        else:
            self._follow(line)
        self._moved()

    def _cursor_line(self) -> int:
        """The line of the screen on which the cursor is."""
        return self._line_of(self.row) - self.scroll_offset.y

    def _line_of(self, row: int) -> int:
        return row // self.across * self.pitch

    def _follow(self, line: int) -> None:
        """Scroll so that the cursor keeps its line on the screen, as far as the board allows."""
        if not self.selection.touched:
            self._scroll_top(0)
            return
        height = max(1, self.size.height)
        self._scroll_top(self._line_of(self.row) - max(0, min(line, height - 1)))
        self._show_cursor()

    # Moving

    def touch(self) -> None:
        """A key was pressed or the mouse used: tenants stay where they are for a moment."""
        self.selection.touch()

    def go(self, name: str) -> bool:
        """Put the cursor on a tenant; false if it is not on the board now."""
        row = self.roster.place.get(name)
        if row is None:
            self.selection.claim(name)
            return False
        self.touch()
        self._move_to(row)
        return True

    def action_move(self, by: int) -> None:
        """Move the cursor by tiers, to the last tenant where the last tier is a short one."""
        self.touch()
        row, last = self.row + by * self.across, len(self.roster.order) - 1
        if row > last and last // self.across == self.row // self.across:
            return
        self._move_to(row if row >= 0 else self.row)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.touch()
        tiers = max(1, self.size.height // self.pitch - 1)
        self._scroll_top(self.scroll_offset.y + by * tiers * self.pitch)
        self._move_to(self.row + by * tiers * self.across)

    def action_jump(self, row: int) -> None:
        """Move to a row; negative ones count from the end."""
        self.touch()
        self._move_to(row if row >= 0 else len(self.roster.order) + row)

    def toggle_mark(self) -> None:
        """Mark or unmark the cursor's tenant, and step on."""
        if self.cursor is None:
            return
        self.touch()
        self.roster.mark(self.cursor)
        self._refresh_row(self.row)
        self._move_to(self.row + 1)
        self._moved()

    def clear_marks(self) -> None:
        """Take every mark away."""
        self.roster.marks.clear()
        self.refresh()
        self._moved()

    def _move_to(self, row: int) -> None:
        if not self.roster.order:
            return
        before = self.row
        self.selection.to(row)
        self._refresh_row(before)
        self._refresh_row(self.row)
        self._show_cursor()
        self._moved()

    def _refresh_row(self, row: int) -> None:
        self._refresh_tiers((row // self.across,))

    def _show_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        line = self._line_of(self.row)
        if line < top:
            self._scroll_top(line)
        elif line + self.pitch > top + height:
            self._scroll_top(line + self.pitch - height)

    def _scroll_top(self, top: int) -> None:
        top = max(0, min(top, self.virtual_size.height - self.size.height))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """A click chooses, a click on the chosen one opens; in the mark's column it marks."""
        row = self.row_at(event.x, self.scroll_offset.y + event.y)
        if row is None:
            return
        self.touch()
        again = row == self.row
        self._move_to(row)
        if self.cursor is None:
            return
        if self.marks_at(event.x):
            self.roster.mark(self.cursor)
            self._refresh_row(row)
            self._moved()
        elif again:
            self.post_message(self.Opened(self.cursor))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view; the cursor comes along at its edge."""
        self._wheel(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view; the cursor comes along at its edge."""
        self._wheel(event, -WHEEL)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        event.prevent_default()
        self.touch()
        self._scroll_top(self.scroll_offset.y + by)
        top, height = self.scroll_offset.y, max(1, self.size.height)
        tier, column = divmod(self.row, self.across)
        first = -(-top // self.pitch)
        last = max(first, (top + height) // self.pitch - 1)
        nearest = max(first, min(tier, last))
        if nearest != tier:
            self._move_to(nearest * self.across + column)

    # Drawing

    def render_line(self, y: int) -> Strip:
        """A line of tenants, or of what is said where there are none."""
        if self.roster.order:
            return self.draw_line(self.scroll_offset.y + y)
        lines = self._empty(self.size.width)
        index = y - max(0, (self.size.height - len(lines)) // 3)
        line = lines[index] if 0 <= index < len(lines) else ()
        return self._inks.strip(line, self.size.width)
