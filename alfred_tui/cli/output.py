"""Words to a person or a pipe: cleaned, aligned, coloured only where somebody sees it."""

from __future__ import annotations

import os
import sys
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
_LEVELS = {"ok": 32, "warning": 33, "failing": 31}
_LONGEST = 4000


class Refused(Exception):
    """A command that cannot go on: what to say, each a line, and the exit code."""

    def __init__(self, *lines: str, code: int = 2) -> None:
        super().__init__(*lines)
        self.lines = lines
        self.code = code


def out(text: str) -> None:
    """One piece of text to standard output."""
    print(text)  # noqa: T201


def fail(text: str, code: int = 2) -> int:
    """Say on standard error what is wrong; the exit code to return."""
    print(f"alfred-tui: {clean(text, _LONGEST)}", file=sys.stderr)  # noqa: T201
    return code


def prepare_streams() -> None:
    """No character that a terminal cannot show, no stream that is not there, ends a command."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - it lives as long as we
    for stream in (sys.stdout, sys.stderr):
        if (change := getattr(stream, "reconfigure", None)) is not None:
            change(errors="replace")


def drop_output() -> None:
    """Nobody reads standard output any more: keep the interpreter from complaining at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def pill(value: Pill, *, plain: bool | None = None) -> str:
    """Glyph and word, ten cells wide, in colour on a terminal."""
    text = f"{GLYPHS[value]} {value.value.upper():<8}"
    return painted(text, value, plain=no_color() if plain is None else plain)


def painted(text: str, value: Pill, *, plain: bool) -> str:
    """``text`` in the colour of a pill."""
    return text if plain or value not in _COLOURS else f"\x1b[{_COLOURS[value]}m{text}\x1b[0m"


def level(word: str, *, plain: bool | None = None) -> str:
    """``ok``, ``warning`` or ``failing``, seven cells wide, in colour on a terminal."""
    plain = no_color() if plain is None else plain
    return f"{word:<7}" if plain else f"\x1b[{_LEVELS[word]}m{word:<7}\x1b[0m"


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], pills: Sequence[Pill] | None = None
) -> None:
    """Aligned columns; every cell cleaned, the last one is not padded.

    ``pills`` are one for each row, in a column of their own before the others.
    """
    whole = [list(head), *([clean(cell, 200) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in whole) for i in range(len(head))]
    first = ["", *(pill(each) + "  " for each in pills)] if pills is not None else [""] * len(whole)
    if pills is not None:
        first[0] = f"{'STATUS':<10}  "
    for front, row in zip(first, whole, strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out((front + "  ".join(cells)).rstrip())
