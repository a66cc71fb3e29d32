"""The fleet grid: one cached strip per tenant, only changed lines drawn again.

How it moves (and when it does not):

* The cursor is a tenant, not a row number. When the list re-sorts, the cursor goes where its
  tenant goes, and the list is scrolled so that it stays on the same line of the screen.
* Contents change at once; *places* change only when no key was pressed for ``QUIET`` seconds, so
  that Enter opens what was under the eye when the finger went down. What the operator asks for
  (sort, filter, quick filter) is done at once.
* Until a hand touches the grid it stays at the top, where the worst stand.
* A tenant that a filter hides keeps its claim: when it is shown again, and nothing else was
  chosen meanwhile, the cursor returns to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets.columns import (
    Ages,
    Plan,
    ages,
    is_live,
    longest_name,
    plan,
    row_parts,
)
from alfred_tui.widgets.glyphs import UNICODE, Glyphs
from alfred_tui.widgets.inks import Inks, Line
from alfred_tui.widgets.roster import Roster

QUIET = 1.0
"""Seconds without a key before rows may change places."""
LINES_A_FRAME = 8
"""Changed lines painted at once, between two looks at the keyboard."""

MOVE = Binding.Group("Move")


class _Drawn(NamedTuple):
    """A row as it was drawn, and everything it was drawn from."""

    view: TenantView
    aged: Ages
    cursor: bool
    marked: bool
    live: bool
    strip: Strip


class FleetGrid(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of ``roster`` over the live mapping ``views``; knows tenants by name only."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "next tenant", show=False, group=MOVE),
        Binding("up,k", "move(-1)", "previous tenant", show=False, group=MOVE),
        Binding("pagedown", "page(1)", "a page down", show=False, group=MOVE),
        Binding("pageup", "page(-1)", "a page up", show=False, group=MOVE),
        Binding("home", "jump(0)", "first tenant", show=False, group=MOVE),
        Binding("end", "jump(-1)", "last tenant", show=False, group=MOVE),
    ]

    class Opened(Message):
        """Enter, or a second click: this tenant is to be looked at."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(
        self,
        roster: Roster,
        views: Callable[[], Mapping[str, TenantView]],
        now: datetime,
        *,
        hours: Callable[[str], Sequence[Pill | None]] = lambda name: (),
        glyphs: Glyphs = UNICODE,
        live_since: datetime | None = None,
        clock: Callable[[], float] = time.monotonic,
        empty: Callable[[int], list[Line]] = lambda width: [],
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """``empty`` writes what stands in the middle of a grid without rows.

        ``moved`` is called when the cursor's place, the marks or the columns changed: at once and
        not by a message, so that what it draws is painted in the same frame as the cursor.
        """
        super().__init__(id="grid")
        self.roster = roster
        self.cursor: str | None = roster.order[0] if roster.order else None
        self._claim = self.cursor
        self._row = 0
        self._views = views
        self._hours = hours
        self._rows = views()
        self._now = now
        self._glyphs = glyphs
        self._live_since = live_since
        self._clock = clock
        self._empty = empty
        self._moved = moved
        self._touched = False
        self._waiting: set[int] = set()
        self._painting = False
        self._pressed = -QUIET
        self._inks = Inks(self)
        self._drawn: dict[str, _Drawn] = {}
        self._longest = longest_name(self._rows)
        self._plan: Plan = plan(80, self._longest)
        self.virtual_size = Size(0, len(roster.order))

    @property
    def columns(self) -> Plan:
        """The columns in use: as many as fit beside the scrollbar."""
        width = self.scrollable_content_region.width
        if width != self._plan.width:
            self._plan = plan(width, self._longest)
            self._drawn.clear()
        return self._plan

    @property
    def row(self) -> int:
        """The cursor's row, 0 on an empty list."""
        return self._row

    def notify_style_update(self) -> None:
        """Forget inks and strips with the style they came from."""
        super().notify_style_update()
        self._inks.clear()
        self._drawn.clear()

    def on_resize(self) -> None:
        """The cursor stays in sight; the column titles are written anew."""
        self._show_cursor()
        self._moved()

    # What changed

    def apply(self, names: Iterable[str], now: datetime, *, membership: bool = False) -> None:
        """Take over changed tenants: contents now, places when nobody is pressing keys."""
        names = frozenset(names)
        self._rows = self._views()
        if membership:
            self.roster.load()
            self._members_changed()
        else:
            self.roster.touch(names)
        ticked = now != self._now
        self._now = now
        if self.roster.due and self._clock() - self._pressed >= QUIET:
            self.restructure()
        self._redraw(names, ticked)

    def _members_changed(self) -> None:
        """Forget who is gone; the NAME column is as wide as the names need."""
        for gone in self._drawn.keys() - self._rows.keys():
            del self._drawn[gone]
        longest = longest_name(self._rows)
        if longest != self._longest:
            self._longest = longest
            self._plan = plan(self._plan.width, longest)
            self._drawn.clear()
            self.refresh()
            self._moved()

    def _redraw(self, names: frozenset[str], ticked: bool) -> None:
        """Refresh the visible lines that differ from what is drawn."""
        top = self.scroll_offset.y
        views = self._rows
        order = self.roster.order
        for row in range(top, min(top + self.size.height, len(order))):
            name = order[row]
            drawn = self._drawn.get(name)
            if drawn is None or name in names:
                self._waiting.add(row - top)
            elif ticked:
                view = views.get(name)
                if view is not None and self._aged(view) != drawn.aged:
                    self._waiting.add(row - top)
        if self._waiting and not self._painting:
            self._paint()

    def _paint(self) -> None:
        """Paint waiting lines, a few a frame: a key that comes meanwhile waits for those only."""
        lines = sorted(self._waiting)[:LINES_A_FRAME]
        self._waiting.difference_update(lines)
        self._painting = bool(self._waiting)
        width = self.size.width
        self.refresh(*(Region(0, line, width, 1) for line in lines))
        if self._painting:
            self.call_after_refresh(self._paint)

    def restructure(self) -> None:
        """Bring rows to their places; the cursor goes with its tenant."""
        line = self._row - self.scroll_offset.y
        self.roster.settle()
        self.reorganise(line)

    def reorganise(self, line: int | None = None) -> None:
        """The roster's order was changed: place cursor and view; ``line``: the cursor's old one."""
        if line is None:
            line = self._row - self.scroll_offset.y
        order, place = self.roster.order, self.roster.place
        resized = len(order) != self.virtual_size.height
        if resized:
            self.virtual_size = Size(0, len(order))
        self._row = self._seat(order, place)
        self.cursor = order[self._row] if order else None
        self.refresh()
        if resized:
            self.call_after_refresh(self._follow, line)
        else:
            self._follow(line)
        self._moved()

    def _seat(self, order: list[str], place: dict[str, int]) -> int:
        """The row for the cursor in a new order."""
        if not self._touched:
            row = place.get(self.cursor or "", 0)
            if row < max(1, self.size.height):
                return row
            self._claim = order[0] if order else None
            return 0
        for name in (self._claim, self.cursor):
            if name in place:
                return place[name]
        return max(0, min(self._row, len(order) - 1))

    def _follow(self, line: int) -> None:
        """Scroll so that the cursor keeps its line on the screen, as far as the list allows."""
        if not self._touched:
            self._scroll_top(0)
            return
        height = max(1, self.size.height)
        self._scroll_top(self._row - max(0, min(line, height - 1)))
        self._show_cursor()

    # Moving

    def touch(self) -> None:
        """A key was pressed or the mouse used: rows stay where they are for a moment."""
        self._touched = True
        self._pressed = self._clock()

    def go(self, name: str) -> bool:
        """Put the cursor on a tenant; false if it is not in the list now."""
        row = self.roster.place.get(name)
        if row is None:
            self._claim = name
            return False
        self.touch()
        self._move_to(row)
        return True

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.touch()
        self._move_to(self._row + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.touch()
        page = max(1, self.size.height - 1)
        self._scroll_top(self.scroll_offset.y + by * page)
        self._move_to(self._row + by * page)

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
        self._refresh_row(self._row)
        self._move_to(self._row + 1)
        self._moved()

    def clear_marks(self) -> None:
        """Take every mark away."""
        self.roster.marks.clear()
        self.refresh()
        self._moved()

    def _move_to(self, row: int) -> None:
        order = self.roster.order
        if not order:
            return
        row = max(0, min(row, len(order) - 1))
        before, self._row = self._row, row
        self.cursor = self._claim = order[row]
        self._refresh_row(before)
        self._refresh_row(row)
        self._show_cursor()
        self._moved()

    def _refresh_row(self, row: int) -> None:
        y = row - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _show_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if self._row < top:
            self._scroll_top(self._row)
        elif self._row >= top + height:
            self._scroll_top(self._row - height + 1)

    def _scroll_top(self, top: int) -> None:
        top = max(0, min(top, len(self.roster.order) - self.size.height))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """A click chooses, a click on the chosen one opens; in the mark's column it marks."""
        row = self.scroll_offset.y + event.y
        if row >= len(self.roster.order):
            return
        self.touch()
        again = self.roster.order[row] == self.cursor
        self._move_to(row)
        if event.x in (1, 2, 3):
            self.roster.mark(self.roster.order[row])
            self._refresh_row(row)
            self._moved()
        elif again and self.cursor is not None:
            self.post_message(self.Opened(self.cursor))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the view; the cursor comes along at its edge."""
        self._wheel(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the view; the cursor comes along at its edge."""
        self._wheel(event, -3)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        event.prevent_default()
        self.touch()
        self._scroll_top(self.scroll_offset.y + by)
        top, height = self.scroll_offset.y, max(1, self.size.height)
        row = max(top, min(self._row, top + height - 1))
        if row != self._row:
            self._move_to(row)

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One row: from the cache, unless something of it changed."""
        order = self.roster.order
        grid = self.columns
        width = grid.width
        if not order:
            return self._inks.strip(self._message_line(y), self.size.width)
        row = self.scroll_offset.y + y
        view = self._rows.get(order[row]) if row < len(order) else None
        if view is None:
            return self._inks.strip((), width)
        name = order[row]
        aged = self._aged(view)
        cursor = row == self._row
        marked = name in self.roster.marks
        live = is_live(view, self._live_since)
        drawn = self._drawn.get(name)
        state = (aged, cursor, marked, live)
        if drawn is not None and drawn.view is view and drawn[1:5] == state:
            return drawn.strip
        parts = row_parts(view, aged, grid, self._glyphs, live=live, cursor=cursor, marked=marked)
        strip = self._inks.strip(parts, width, raised=cursor)
        self._drawn[name] = _Drawn(view, *state, strip)
        return strip

    def _aged(self, view: TenantView) -> Ages:
        hours = tuple(self._hours(view.name)) if self.columns.has_hours else ()
        return ages(view, self._now, hours)

    def _message_line(self, y: int) -> Line:
        lines = self._empty(self.size.width)
        index = y - max(0, (self.size.height - len(lines)) // 3)
        return lines[index] if 0 <= index < len(lines) else ()
