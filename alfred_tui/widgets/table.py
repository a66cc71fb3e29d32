"""A list in columns: as wide as what is in them needs, fewer where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.sheet import Row

GAP = 2
LEAD = 3
LEAST = 8
"""Cells below which no column is squeezed."""


class Column(NamedTuple):
    """``most`` cells it gets; ``drop``: the higher, the sooner it goes where room is short.

    0 never goes. ``least`` cells will do where room is short (0: all that it needs). ``ends``: what
    is too long loses its end and not its middle.
    """

    head: str
    most: int = 40
    right: bool = False
    drop: int = 0
    ends: bool = True
    least: int = 0


class Item(NamedTuple):
    """A line: a part a column, a sign before them, what ``c`` copies, what it is sorted by.

    ``words`` are found by the filter beside what is shown; ``order`` has a value for each sort.
    """

    key: str
    parts: tuple[Part, ...]
    sign: Part = (" ", "text")
    copy: str = ""
    words: str = ""
    order: tuple[object, ...] = ()


def matches(item: Item, needle: str) -> bool:
    """Whether all words occur in what is shown or known of it."""
    text = " ".join((*(text for text, _ in item.parts), item.words)).casefold()
    return all(word in text for word in needle.casefold().split())


def laid(
    columns: Sequence[Column], items: Sequence[Item], width: int, glyphs: Glyphs
) -> tuple[Line, list[Row]]:
    """The line of heads, and a row an item."""
    natural = [
        min(
            column.most,
            max(cells.width(column.head), *(cells.width(item.parts[n][0]) for item in items), 0),
        )
        for n, column in enumerate(columns)
    ]
    kept = _that_fit(columns, natural, width - LEAD - 1)
    sizes = _squeezed(columns, natural, kept, width - LEAD - 1)
    gaps = {n: " " * (GAP if n != kept[-1] else 0) for n in kept}
    head: list[Part] = [(" " * LEAD, "head")]
    for n in kept:
        head.append((_fit(columns[n].head, sizes[n], columns[n], glyphs) + gaps[n], "head"))
    rows = []
    for item in items:
        line: list[Part] = [(" ", "text"), item.sign, (" ", "text")]
        for n in kept:
            text, ink = item.parts[n]
            line.append((_fit(text, sizes[n], columns[n], glyphs) + gaps[n], ink))
        rows.append(Row(line, item.key, item.copy))
    return head, rows


def _that_fit(columns: Sequence[Column], natural: Sequence[int], room: int) -> list[int]:
    """Columns that stay: those that may go are let go of one by one, until the rest fits."""
    kept = list(range(len(columns)))
    needs = [_least(column, size) for column, size in zip(columns, natural, strict=True)]
    while sum(needs[n] + GAP for n in kept) - GAP > room:
        going = max(kept, key=lambda n: columns[n].drop)
        if not columns[going].drop:
            break
        kept.remove(going)
    return kept


def _least(column: Column, size: int) -> int:
    return min(column.least or size, size)


def _squeezed(
    columns: Sequence[Column], natural: Sequence[int], kept: Sequence[int], room: int
) -> dict[int, int]:
    """Cells of each column that stays: those that can do with less give way first."""
    sizes = {n: natural[n] for n in kept}
    over = sum(sizes.values()) + GAP * (len(kept) - 1) - room
    for floors in (
        {n: max(LEAST, _least(columns[n], natural[n])) for n in kept},
        dict.fromkeys(kept, LEAST),
    ):
        while over > 0:
            wide = [n for n in kept if sizes[n] > floors[n]]
            if not wide:
                break
            sizes[max(wide, key=lambda n: sizes[n] - floors[n])] -= 1
            over -= 1
    return sizes


def _fit(text: str, size: int, column: Column, glyphs: Glyphs) -> str:
    cut = cells.cut_end if column.ends else cells.cut_middle
    shown = cut(text, size, glyphs.ellipsis)
    return cells.right(shown, size) if column.right else cells.left(shown, size)
