"""The fleet as a wall: a cell per tenant, as big as their number allows; the worst fill theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.strip import Strip

from alfred_tui.model.view import TenantView
from alfred_tui.widgets.board import MOVE, Board
from alfred_tui.widgets.columns import longest_name
from alfred_tui.widgets.glyphs import UNICODE, Glyphs
from alfred_tui.widgets.inks import Line
from alfred_tui.widgets.selection import Selection
from alfred_tui.widgets.wall_cells import GAP, Look, Shape, cell_lines, look_of, shape_for

BLOCKS = ("calm", "degraded", "down", "lifted")


class _Drawn(NamedTuple):
    """A cell as it was drawn, and what it was drawn from."""

    look: Look
    lines: list[list[Segment]]


class Wall(Board):
    """Cells beside each other in the order of the list; left and right are the neighbours."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"wall--{block}" for block in BLOCKS}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "step(1)", "to the right", show=False, group=MOVE, id="right"),
        Binding("left,h", "step(-1)", "to the left", show=False, group=MOVE, id="left"),
    ]

    def __init__(
        self,
        selection: Selection,
        views: Callable[[], Mapping[str, TenantView]],
        now: datetime,
        *,
        glyphs: Glyphs = UNICODE,
        live_since: datetime | None = None,
        empty: Callable[[int], list[Line]] = lambda width: [],
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            selection,
            views,
            now,
            id="wall",
            glyphs=glyphs,
            live_since=live_since,
            empty=empty,
            moved=moved,
        )
        self._styles: dict[tuple[str, str], Style] = {}
        self.cell = Shape(1, 1, 1, 0)

    def notify_style_update(self) -> None:
        """Forget blocks with the style they came from."""
        super().notify_style_update()
        self._styles.clear()

    def shape(self) -> None:
        """Cells as big as the number of tenants allows."""
        names = self.roster.order
        room = self.scrollable_content_region.width
        cell = shape_for(len(names), longest_name(names), room, self.size.height)
        if cell != self.cell:
            self.cell = cell
            self.across, self.pitch = cell.across, cell.pitch
            self._drawn.clear()
            self.refresh()

    def action_step(self, by: int) -> None:
        """To the neighbour, from the end of a line to the next one's beginning."""
        self.touch()
        self._move_to(self.row + by)

    def row_at(self, x: int, y: int) -> int | None:
        """The row of the cell at ``x``, its gap included."""
        column = x // (self.cell.width + GAP)
        if column >= self.across:
            return None
        row = y // self.pitch * self.across + column
        return row if row < len(self.roster.order) else None

    def differs(self, name: str, changed: bool, ticked: bool) -> bool:
        """Most of what changes of a tenant is not on the wall."""
        drawn: _Drawn | None = self._drawn.get(name)
        if drawn is None:
            return True
        if not changed and not (ticked and drawn.look.since):
            return False
        view = self._rows.get(name)
        return view is not None and self._look(name, view) != drawn.look

    def _look(self, name: str, view: TenantView) -> Look:
        return look_of(
            view,
            self.cell,
            self._now,
            self._live_since,
            cursor=name == self.cursor,
            marked=name in self.roster.marks,
        )

    def draw_line(self, y: int) -> Strip:
        """One line through the cells of a tier."""
        tier, line = divmod(y, self.pitch)
        first = tier * self.across
        names = self.roster.order[first : first + self.across]
        width = self.scrollable_content_region.width
        if line >= self.cell.lines:
            names = []
        beside = line == self.cell.lines // 2
        segments: list[Segment] = []
        after = " "
        for name in names:
            view = self._rows.get(name)
            if view is None:
                break
            drawn = self._cell(name, view)
            look = drawn.look
            gap = self._glyphs.cursor if look.cursor and beside else after
            if gap == " " and look.marked and self.cell.width < 3:
                gap = self._glyphs.mark
            segments.append(Segment(gap, self._inks.style("accent")))
            segments += drawn.lines[line]
            after = self._glyphs.closes if look.cursor and beside else " "
        used = sum(segment.cell_length for segment in segments)
        if used < width:
            rest = after + " " * (width - used - 1)
            segments.append(Segment(rest, self._inks.style("accent")))
        return Strip(segments, max(used, width))

    def _cell(self, name: str, view: TenantView) -> _Drawn:
        drawn: _Drawn | None = self._drawn.get(name)
        look = self._look(name, view)
        if drawn is None or drawn.look != look:
            lines = cell_lines(look, self.cell, self._glyphs)
            block = "calm" if look.block == "quiet" else look.block
            block = "lifted" if look.cursor and block == "calm" else block
            painted = [[Segment(text, self._style(block, ink)) for text, ink in li] for li in lines]
            drawn = self._drawn[name] = _Drawn(look, painted)
        return drawn

    def _style(self, block: str, ink: str) -> Style:
        """The style of a block; a calm one leaves their inks to the words in it."""
        style = self._styles.get((block, ink))
        if style is None:
            own = self.get_component_rich_style(f"wall--{block}", partial=True)
            words = self._inks.style(ink)
            if block in ("down", "degraded"):
                style = self.rich_style + own
            else:
                style = words + Style(bgcolor=own.bgcolor)
            self._styles[block, ink] = style
        return style
