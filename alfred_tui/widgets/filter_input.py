"""The box that a filter is typed into; it lies over the filter line, taking no room."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterInput(Input):
    """Escape clears and leaves, Enter keeps and leaves, up and down move the grid behind it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "clear the filter", show=False),
        Binding("enter", "leave(False)", "keep the filter", show=False),
        Binding("down", "step(1)", show=False),
        Binding("up", "step(-1)", show=False),
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

    def __init__(
        self, value: str, placeholder: str = "words, status:red, why:disk, loc:fsn1"
    ) -> None:
        super().__init__(value, placeholder=placeholder, select_on_focus=False, compact=True)
        self.cursor_blink = False

    def place(self, y: int, width: int) -> None:
        """Lie at line ``y`` of the screen, ``width`` cells wide."""
        self.styles.offset = (0, y)
        self.styles.width = width

    def action_leave(self, clear: bool) -> None:
        """Give the keys back."""
        self.post_message(self.Left(self, clear))

    def action_step(self, by: int) -> None:
        """Move the grid without leaving."""
        self.post_message(self.Steps(by))
