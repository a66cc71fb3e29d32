"""Wishes for many tenants as lines: one that sums up, and one for each tenant's part."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from alfred_tui.model.text import clean
from alfred_tui.ops.bulk import State
from alfred_tui.ops.bulk import names as named
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.sheet import Row

if TYPE_CHECKING:
    from alfred_tui.ops.bulk import Bulk
    from alfred_tui.ops.bulk import Line as OfOne

_INKS = {
    State.WAITS: "muted",
    State.RUNS: "building",
    State.DONE: "ok",
    State.FAILED: "down",
    State.UNKNOWN: "degraded",
    State.REFUSED: "degraded",
    State.HELD: "muted",
    State.CANCELLED: "muted",
}
_STATE = 10


def key_of(bulk: Bulk) -> str:
    """What the row of a wish is called."""
    return f"bulk {bulk.name}"


def part_key(bulk: Bulk, number: int) -> str:
    """What the row of one target is called; targets are counted from 0."""
    return f"{key_of(bulk)} {number}"


def row(bulk: Bulk, width: int, glyphs: Glyphs) -> Row:
    """What, for how many, how far."""
    counts = Counter(line.state for line in bulk.lines)
    title = clean(bulk.title, 200)
    line: list[Part] = [
        (" ", "text"),
        (cells.left("runs" if bulk.running else "ended", _STATE), "building"),
        (cells.cut_middle(title, max(20, width // 2), glyphs.ellipsis), "strong"),
        ("  ", "text"),
    ]
    for state in State:
        if counts[state]:
            line += [(f"{counts[state]} {state.value}", _INKS[state]), ("  ", "text")]
    return Row(line, key_of(bulk), f"{title}: {bulk.summary}")


def parts(bulk: Bulk, width: int, glyphs: Glyphs) -> list[Row]:
    """A line a target: state, name, how it ended."""
    names = named([each.target for each in bulk.lines])
    room = min(60, max(map(cells.width, names), default=0), max(12, width // 3))
    rows = []
    for number, (each, name) in enumerate(zip(bulk.lines, names, strict=True)):
        shown = cells.left(cells.cut_middle(name, room, glyphs.ellipsis), room)
        rows.append(_part(part_key(bulk, number), each, name, shown))
    return rows


def _part(key: str, each: OfOne, name: str, shown: str) -> Row:
    said = clean(each.text or (each.job.told[-1] if each.job and each.job.told else ""), 400)
    line: list[Part] = [
        ("   ", "text"),
        (cells.left(each.state.value, _STATE), _INKS[each.state]),
        (f"{shown}  ", "strong"),
        (said, "muted"),
    ]
    copied = f"{name}: {each.state.value}{f': {said}' if said else ''}"
    return Row(line, key, copied)
