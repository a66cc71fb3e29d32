"""The fleet as a list: one cached strip per tenant, only changed lines drawn again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from textual.strip import Strip

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets.board import Board
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
from alfred_tui.widgets.inks import Line
from alfred_tui.widgets.selection import Selection

MOST_DRAWN = 64
"""Rows whose strips are kept, or twice as many as are in sight."""


class _Drawn(NamedTuple):
    """A row as it was drawn, and everything it was drawn from."""

    view: TenantView
    aged: Ages
    cursor: bool
    marked: bool
    live: bool
    strip: Strip


class FleetGrid(Board):
    """A line per tenant of the selection's roster over the live mapping ``views``."""

    def __init__(
        self,
        selection: Selection,
        views: Callable[[], Mapping[str, TenantView]],
        now: datetime,
        *,
        hours: Callable[[str], Sequence[Pill | None]] = lambda name: (),
        glyphs: Glyphs = UNICODE,
        live_since: datetime | None = None,
        empty: Callable[[int], list[Line]] = lambda width: [],
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        """``hours`` gives a tenant's last 48 hours; for the others see ``Board``."""
        super().__init__(
            selection,
            views,
            now,
            id="grid",
            glyphs=glyphs,
            live_since=live_since,
            empty=empty,
            moved=moved,
        )
        self._hours = hours
        self._longest = longest_name(self._rows)
        self._plan: Plan = plan(80, self._longest)

    @property
    def columns(self) -> Plan:
        """The columns in use: as many as fit beside the scrollbar."""
        width = self.scrollable_content_region.width
        if width != self._plan.width:
            self._plan = plan(width, self._longest)
            self._drawn.clear()
        return self._plan

    def members_changed(self) -> None:
        """Forget who is gone; the NAME column is as wide as the names need."""
        super().members_changed()
        longest = longest_name(self._rows)
        if longest != self._longest:
            self._longest = longest
            self._plan = plan(self._plan.width, longest)
            self._drawn.clear()
            self.refresh()
            self._moved()

    def differs(self, name: str, changed: bool, ticked: bool) -> bool:
        """A row shows nearly everything of a tenant; ages and hours change by themselves."""
        drawn: _Drawn | None = self._drawn.get(name)
        if drawn is None or changed:
            return True
        view = self._rows.get(name) if ticked else None
        return view is not None and self._aged(view) != drawn.aged

    def marks_at(self, x: int) -> bool:
        """The mark's column, and a cell to both sides."""
        return x in (1, 2, 3)

    def draw_line(self, y: int) -> Strip:
        """One row: from the cache, unless something of it changed."""
        order = self.roster.order
        grid = self.columns
        view = self._rows.get(order[y]) if y < len(order) else None
        if view is None:
            return self._inks.strip((), grid.width)
        name = order[y]
        aged = self._aged(view)
        cursor = y == self.row
        marked = name in self.roster.marks
        live = is_live(view, self._live_since)
        drawn: _Drawn | None = self._drawn.get(name)
        state = (aged, cursor, marked, live)
        if drawn is not None and drawn.view is view and drawn[1:5] == state:
            return drawn.strip
        parts = row_parts(view, aged, grid, self._glyphs, live=live, cursor=cursor, marked=marked)
        strip = self._inks.strip(parts, grid.width, raised=cursor)
        self._drawn.pop(name, None)
        self._drawn[name] = _Drawn(view, *state, strip)
        # a strip gathers cut and coloured copies of itself: those out of sight are let go
        while len(self._drawn) > max(MOST_DRAWN, 2 * self.size.height):
            del self._drawn[next(iter(self._drawn))]
        return strip

    def _aged(self, view: TenantView) -> Ages:
        hours = tuple(self._hours(view.name)) if self.columns.has_hours else ()
        return ages(view, self._now, hours)
