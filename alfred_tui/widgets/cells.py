"""Text in terminal cells: measured, cut and padded, whatever it is made of."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def width(text: str) -> int:
    """How many cells ``text`` takes: a CJK letter or an emoji takes two, an accent none."""
    return len(text) if text.isascii() else cell_len(text)


def _head(text: str, cells: int) -> str:
    return text[:cells] if text.isascii() else set_cell_size(text, cells)


def _tail(text: str, cells: int) -> str:
    """The end of ``text`` in at most ``cells`` cells; a split wide letter is left out."""
    if text.isascii():
        return text[-cells:] if cells > 0 else ""
    start, used = len(text), 0
    while start > 0:
        used += cell_len(text[start - 1])
        if used > cells:
            break
        start -= 1
    return text[start:]


def cut_end(text: str, cells: int, ellipsis: str = "…") -> str:
    """At most ``cells`` cells, the end cut off; not padded."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 0:
        return ellipsis[: max(0, cells)]
    return _head(text, room).rstrip() + ellipsis


def cut_middle(text: str, cells: int, ellipsis: str = "…") -> str:
    """At most ``cells`` cells, the middle cut out: both ends tell names apart."""
    if width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room <= 0:
        return ellipsis[: max(0, cells)]
    return _head(text, (room + 1) // 2) + ellipsis + _tail(text, room // 2)


def left(text: str, cells: int) -> str:
    """Padded to exactly ``cells`` cells, flush left; ``text`` must fit."""
    return text + " " * (cells - width(text))


def right(text: str, cells: int) -> str:
    """Padded to exactly ``cells`` cells, flush right; ``text`` must fit."""
    return " " * (cells - width(text)) + text
