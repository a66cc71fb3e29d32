"""The box that a filter is typed into; it lies over the filter line, taking no room."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

TYPE = Binding.Group("While typing")
"""Keys of the box itself; every other printable key is typed into it."""
PROMPT = 2
"""Cells to the left of the box, where the line beneath shows its prompt."""


class FilterInput(Input):
    """Escape clears and leaves, Enter keeps and leaves, up and down move the grid behind it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave(False)", "keep", group=TYPE, tooltip="keep the filter, go on"),
        Binding("escape", "leave(True)", "clear", group=TYPE, tooltip="clear the filter"),
        Binding("down", "step(1)", "down", group=TYPE, tooltip="move the cursor behind it"),
        Binding("up", "step(-1)", "up", group=TYPE, tooltip="move the cursor behind it"),
    ]

    class Left(Message):
        """The box is to go; ``clear`` if the filter goes with it."""

        def __init__(self, box: FilterInput, clear: bool) -> None:
            super().__init__()
            self.box = box
            self.clear = clear

    class Steps(Message):
        """The grid's cursor is to move."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, value: str, placeholder: str) -> None:
        super().__init__(value, placeholder=placeholder, select_on_focus=False, compact=True)
        self.cursor_blink = False

    def place(self, y: int, width: int) -> None:
        """Lie at line ``y`` of the screen behind the prompt, both ``width`` cells wide."""
        self.styles.offset = (PROMPT, y)
        self.styles.width = width - PROMPT

    def action_leave(self, clear: bool) -> None:
        """Give the keys back."""
        self.post_message(self.Left(self, clear))

    def action_step(self, by: int) -> None:
        """Move the grid without leaving."""
        self.post_message(self.Steps(by))
