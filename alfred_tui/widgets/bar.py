"""A few lines of parts, written at once: heads, hints, banners. No children, no layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual import events
from textual.dom import DOMNode
from textual.strip import Strip
from textual.widget import Widget

from alfred_tui.widgets import cells
from alfred_tui.widgets.inks import Inks, Line

_ALWAYS = frozenset({"help", "leave", "back"})
Writer = Callable[[int], list[Line]]
"""Given the width, the lines to show."""


class Bar(Widget):
    """Shows what ``writer`` returns for its width; ``rewrite`` asks it again.

    Height follows the style sheet; a bar whose style says ``auto`` is as high as its lines.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        clicked: Callable[[int], None] | None = None,
    ) -> None:
        """``clicked`` is told the cell in which the mouse was pressed."""
        super().__init__(id=id, classes=classes)
        self._writer = writer
        self._clicked = clicked
        self._inks = Inks(self)
        self._lines: list[Line] | None = None
        self._for_width = -1

    def notify_style_update(self) -> None:
        """Forget inks with the style they came from."""
        super().notify_style_update()
        self._inks.clear()

    def rewrite(self) -> None:
        """Ask the writer again, and draw if anything differs."""
        lines = self._writer(self.size.width)
        if lines != self._lines or self.size.width != self._for_width:
            grown = self._lines is not None and len(lines) != len(self._lines)
            self._lines, self._for_width = lines, self.size.width
            self.refresh(layout=grown and self.styles.is_auto_height)

    def on_click(self, event: events.Click) -> None:
        """Hand the cell on to whoever wants it."""
        if self._clicked is not None:
            self._clicked(event.x)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the writer has for this width."""
        return len(self._writer(width))

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.size.width
        if self._lines is None or self._for_width != width:
            self._lines, self._for_width = self._writer(width), width
        line = self._lines[y] if y < len(self._lines) else ()
        return self._inks.strip(line, width)


def spread(left: Line, right: Line, width: int) -> list[tuple[str, str]]:
    """``left`` flush left and ``right`` flush right; what does not fit of ``right`` is left out."""
    used = sum(cells.width(text) for text, _ in left)
    kept: list[tuple[str, str]] = []
    taken = 0
    for text, ink in reversed(list(right)):
        size = cells.width(text)
        if used + taken + size + 2 > width:
            break
        kept.insert(0, (text, ink))
        taken += size
    return [*left, (" " * (width - used - taken), "text"), *kept]


class Hint(NamedTuple):
    """A key as shown, what it does, and the action that ``node`` carries out for it."""

    key: str
    does: str
    action: str
    node: DOMNode


class Hints(Bar):
    """The bottom line: keys that exist here, as many as fit, each of them a place to click."""

    def __init__(self, hints: Callable[[], list[Hint]]) -> None:
        """``hints`` gives them in order of importance."""
        super().__init__(self._write, id="hints")
        self._hints = hints
        self._spots: list[tuple[int, int, Hint]] = []

    def _write(self, width: int) -> list[Line]:
        line: list[tuple[str, str]] = [(" ", "text")]
        x = 1
        gap = 3 if width >= 96 else 2
        self._spots = []
        for hint in self._that_fit(width - 2, gap):
            size = cells.width(hint.key) + cells.width(hint.does) + 1
            line += [(hint.key, "key"), (f" {hint.does}", "muted"), (" " * gap, "text")]
            self._spots.append((x, x + size, hint))
            x += size + gap
        return [line[:-1] if self._spots else line]

    def _that_fit(self, room: int, gap: int) -> list[Hint]:
        """All hints if there is room, else as many as fit beside the ways to help and out."""
        found = self._hints()

        def size(hint: Hint) -> int:
            return cells.width(hint.key) + cells.width(hint.does) + 1 + gap

        room += gap - sum(size(hint) for hint in found if hint.action in _ALWAYS)
        kept = []
        for hint in found:
            if hint.action not in _ALWAYS:
                room -= size(hint)
                if room < 0:
                    continue
            kept.append(hint)
        return kept

    async def on_click(self, event: events.Click) -> None:  # type: ignore[override]
        """A click on a hint does what its key does."""
        for start, end, hint in self._spots:
            if start <= event.x < end:
                await self.app.run_action(hint.action, hint.node)
                return
