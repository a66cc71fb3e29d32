"""The line of a tenant's pages: number and word; the present one is marked by more than ink."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import Bar
from alfred_tui.widgets.inks import Line, Part


class Tabs(Bar):
    """``pages`` are number and word; ``present`` says which number is open; a click opens."""

    def __init__(
        self,
        pages: Sequence[tuple[str, str]],
        present: Callable[[], str],
        opens: Callable[[str], None],
    ) -> None:
        super().__init__(self._write, id="tabs", clicked=self._pressed)
        self._pages, self._present, self._opens = pages, present, opens
        self._spots: list[tuple[int, int, str]] = []

    def _write(self, width: int) -> list[Line]:
        line: list[Part] = [(" ", "text")]
        x, self._spots = 1, []
        for number, word in self._pages:
            open_ = number == self._present()
            begins, ends = ("[", "]") if open_ else (" ", " ")
            parts: list[Part] = [
                (begins, "accent"),
                (number, "key"),
                (f" {word}", "title" if open_ else "muted"),
                (ends, "accent"),
                (" ", "text"),
            ]
            size = sum(cells.width(text) for text, _ in parts)
            self._spots.append((x, x + size - 1, number))
            line += parts
            x += size
        return [line]

    def _pressed(self, x: int) -> None:
        for begin, end, number in self._spots:
            if begin <= x < end:
                self._opens(number)
                return
