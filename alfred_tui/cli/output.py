"""Words to standard output: cleaned, aligned, coloured only where somebody sees it."""

from __future__ import annotations

from collections.abc import Sequence

from alfred_tui.config import no_color
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill

GLYPHS = {
    Pill.OK: "●",
    Pill.DEGRADED: "▲",
    Pill.DOWN: "■",
    Pill.UNKNOWN: "○",
    Pill.STALE: "◌",
    Pill.BUILDING: "◆",
}
_COLOURS = {Pill.OK: 32, Pill.DEGRADED: 33, Pill.DOWN: 31, Pill.BUILDING: 34}


def out(text: str) -> None:
    """One piece of text to standard output."""
    print(text)  # noqa: T201


def pill(value: Pill, *, plain: bool | None = None) -> str:
    """Glyph and word, ten cells wide, in colour on a terminal."""
    text = f"{GLYPHS[value]} {value.value.upper():<8}"
    plain = no_color() if plain is None else plain
    if plain or value not in _COLOURS:
        return text
    return f"\x1b[{_COLOURS[value]}m{text}\x1b[0m"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; every cell cleaned, the last one is not padded."""
    clean_rows = [[clean(cell, 200) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *clean_rows]) for i in range(len(head))]
    for row in [list(head), *clean_rows]:
        out("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
