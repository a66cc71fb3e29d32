"""Named inks: the colours and weights of styles.tcss as ready Rich styles for line-API widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from alfred_tui.widgets.cells import cut_end, width

if TYPE_CHECKING:
    from textual.widget import Widget

Part = tuple[str, str]
"""A piece of text and the ink it is written in."""
Line = Sequence[Part]

INKS = (
    "text",
    "strong",
    "muted",
    "faint",
    "rule",
    "title",
    "head",
    "key",
    "accent",
    "demo",
    "ok",
    "degraded",
    "down",
    "stale",
    "unknown",
    "building",
)
INK_CLASSES = {f"ink--{name}" for name in INKS} | {"ink--raised"}
"""For ``COMPONENT_CLASSES`` of every *screen* whose widgets write with inks: matching seventeen
rules once a screen instead of once a widget is a tenth of the first paint. ``raised`` is the
cursor's row."""


class Inks:
    """The inks of one widget on its own background, looked up once per style change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[str, bool], Style] = {}

    def clear(self) -> None:
        """Forget everything: theme or style sheet changed."""
        self._styles.clear()

    def style(self, ink: str, raised: bool = False) -> Style:
        """The Rich style of an ink, on the cursor's background if ``raised``."""
        style = self._styles.get((ink, raised))
        if style is None:
            find = self._widget.screen.get_component_rich_style
            style = self._widget.rich_style + find(f"ink--{ink}", partial=True)
            if raised:
                lift = find("ink--raised", partial=True)
                keep = lift.color if self._widget.app.native_ansi_color else style.color
                style = style + Style(color=keep, bgcolor=lift.bgcolor, bold=style.bold)
            self._styles[(ink, raised)] = style
        return style

    def strip(self, line: Line, cells: int, raised: bool = False) -> Strip:
        """A line of exactly ``cells`` cells: what is too long is cut, what is short is filled."""
        pieces: list[tuple[str, Style]] = []
        style = self.style("text", raised)
        room = cells
        for text, ink in line:
            taken = width(text)
            if taken > room:
                text = cut_end(text, room)
                taken = width(text)
            room -= taken
            # Blanks look the same in every ink: they go to the piece before, which makes for
            # fewer escape sequences, and some viewers of pictures swallow leading blanks.
            bare = text.lstrip(" ")
            if len(bare) != len(text):
                before, its = pieces.pop() if pieces else ("", self.style("text", raised))
                pieces.append((before + text[: len(text) - len(bare)], its))
                text = bare
            if not text:
                continue
            style = self.style(ink, raised)
            pieces.append((text, style))
        if room > 0:
            before, style = pieces.pop() if pieces else ("", style)
            pieces.append((before + " " * room, style))
        segments = [Segment(text, style) for text, style in pieces]
        return Strip(segments, cells)
