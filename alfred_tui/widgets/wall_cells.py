"""One tenant as a cell of the wall: how big, in which block of colour, with which words.

A cell is a block behind a gap of one: the gaps hold the cursor's brackets, so that it is found
without colour, too. DOWN and DEGRADED fill their block; everything else stays quiet.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.columns import is_live
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part

GAP = 1
_LOUD = frozenset({Pill.DOWN, Pill.DEGRADED})
_QUIET = frozenset({Pill.STALE, Pill.UNKNOWN})
_SIDES = 4
"""Cells of a block of one line beside the name: mark, glyph, blank, blank."""
_LEAST_SHORT = 10
_MOST_NAMED = 24


class Shape(NamedTuple):
    """Cells of one size: blocks of ``width`` by ``lines``, ``blank`` lines between two tiers."""

    across: int
    width: int
    lines: int
    blank: int

    @property
    def pitch(self) -> int:
        """Lines from one tier to the next."""
        return self.lines + self.blank

    @property
    def named(self) -> bool:
        """Whether there is room for a name."""
        return self.width >= _LEAST_SHORT


class _Size(NamedTuple):
    """A kind of block: the least and the most it is wide, lines, blank lines below."""

    least: int
    most: int
    lines: int
    blank: int


_GLYPHS = (_Size(3, 7, 1, 0), _Size(2, 2, 1, 0), _Size(1, 1, 1, 0))


def _sizes(longest: int) -> tuple[_Size, ...]:
    """The blocks that a wall may have, the largest first."""
    named = min(_MOST_NAMED, max(_LEAST_SHORT, longest + _SIDES))
    return (
        _Size(34, 48, 5, 1),
        _Size(28, 48, 3, 1),
        _Size(22, 48, 3, 1),
        _Size(named, 36, 1, 1),
        _Size(named, 36, 1, 0),
        _Size(_LEAST_SHORT, named, 1, 0),
        *_GLYPHS,
    )


def shape_for(count: int, longest: int, width: int, height: int) -> Shape:
    """The largest cells with which ``count`` tenants fit a wall; else the smallest, and it scrolls.

    ``longest`` is the width of the widest name. What is left of the width is shared by all.
    """
    shape = Shape(1, 1, 1, 0)
    for size in _sizes(longest):
        across = max(1, (width - GAP) // (size.least + GAP))
        pitch = size.lines + size.blank
        tiers = (height + size.blank) // pitch
        if size in _GLYPHS and tiers:
            # No words tell how many there should be beside each other: fill the height as well.
            across = max(1, min(across, -(-count // tiers)))
        wide = max(1, min(size.most, (width - GAP) // across - GAP))
        shape = Shape(across, wide, size.lines, size.blank)
        if across * tiers >= count:
            break
    return shape


class Look(NamedTuple):
    """All that is shown of a tenant in a cell; a cell is drawn again when this differs."""

    pill: Pill
    block: str
    name: str = ""
    why: str = ""
    since: str = ""
    marks: str = ""
    cursor: bool = False
    marked: bool = False


def look_of(
    view: TenantView,
    shape: Shape,
    now: datetime,
    live_since: datetime | None,
    *,
    cursor: bool = False,
    marked: bool = False,
) -> Look:
    """What a cell of this shape shows of a tenant; what there is no room for is left out."""
    block = block_of(view, live=is_live(view, live_since))
    if not shape.named:
        return Look(view.pill, block, cursor=cursor, marked=marked)
    name = clean(view.name)
    if shape.lines == 1:
        return Look(view.pill, block, name, cursor=cursor, marked=marked)
    said = view.told[0].text if view.told else ", ".join(view.notes)
    loud = view.told and view.since is not None
    since = units.age(view.since, now) if loud else ""
    return Look(view.pill, block, name, clean(said), since, clean(view.marks, 3), cursor, marked)


def block_of(view: TenantView, *, live: bool) -> str:
    """``down`` or ``degraded`` where the colour fills the block, else ``calm``, or ``quiet``."""
    if not live or not view.counted or view.quiet:
        return "quiet"
    return view.pill.value if view.pill in _LOUD else "calm"


def cell_lines(look: Look, shape: Shape, glyphs: Glyphs) -> list[Line]:
    """The lines of a block, each of exactly the block's width."""
    glyph = glyphs.pills[look.pill]
    mark = glyphs.mark if look.marked else " "
    sign = "muted" if look.block == "quiet" else look.pill.value
    if shape.width < 3:
        return [[(cells.left(glyph, shape.width), sign)]]
    if not shape.named:
        before = (shape.width - 1) // 2
        after = shape.width - before - 1
        return [[(cells.left(mark, before), "key"), (glyph, sign), (" " * after, "text")]]
    if shape.lines == 1:
        name = _filled(look.name, shape.width - _SIDES, glyphs, _ink(look), middle=True)
        return [[(mark, "key"), (glyph, sign), *name]]
    return _card(look, shape, glyphs, mark, sign)


def _ink(look: Look) -> str:
    quiet = look.block == "quiet" or look.pill in _QUIET
    return "muted" if quiet else "text"


def _card(look: Look, shape: Shape, glyphs: Glyphs, mark: str, sign: str) -> list[Line]:
    """Pill and since when, name, worst reason; blank lines around them in a high block."""
    room = shape.width - 2
    pill = glyphs.pill(look.pill) + (f" {look.marks}" if look.marks else "")
    since = look.since if cells.width(pill) + len(look.since) < room else ""
    between = " " * (room - cells.width(pill) - len(since))
    lines: list[Line] = [
        [(mark, "key"), (pill, sign), (between, "text"), (since + " ", "muted")],
        _filled(look.name, room, glyphs, "strong" if look.since else _ink(look), middle=True),
        _filled(look.why, room, glyphs, "muted"),
    ]
    pad = (shape.lines - len(lines)) // 2
    blank: list[Line] = [[(" " * shape.width, "text")]] * pad
    return [*blank, *lines, *blank]


def _filled(text: str, room: int, glyphs: Glyphs, ink: str, *, middle: bool = False) -> list[Part]:
    """A text with a blank at both sides; the first stands apart, as some viewers swallow it."""
    cut = cells.cut_middle if middle else cells.cut_end
    return [(" ", ink), (cells.left(cut(text, room, glyphs.ellipsis), room) + " ", ink)]
