"""A screen whose lines are filtered as somebody types: the box, where it lies, how it is left."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.screen import Screen
from textual.widget import Widget

from alfred_tui.widgets.bar import Bar
from alfred_tui.widgets.filter_input import PROMPT, FilterInput
from alfred_tui.widgets.inks import Part


class FilterScreen(Screen[None]):
    """What is typed goes to ``narrow`` at each key and stays in force when the box is left."""

    PLACEHOLDER: ClassVar[str] = ""

    def typed(self) -> str:
        """What has been typed so far."""
        raise NotImplementedError

    def narrow(self, text: str) -> None:
        """Show what matches ``text``; everything for none."""
        raise NotImplementedError

    def filter_bar(self) -> Bar:
        """The line over which the box lies."""
        raise NotImplementedError

    def resting(self) -> Widget:
        """Who has the keys while nobody types."""
        raise NotImplementedError

    def step(self, by: int) -> None:
        """Move the cursor behind the box."""
        raise NotImplementedError

    @property
    def box_width(self) -> int:
        """Cells of the box and its prompt."""
        return max(20, self.size.width // 2)

    @property
    def typing(self) -> bool:
        """Whether the box is open."""
        return bool(self.query(FilterInput))

    def prompt(self) -> list[Part]:
        """What stands in the line beneath the open box."""
        return [(" ", "text"), ("/", "key"), (" " * (self.box_width - PROMPT + 1), "text")]

    async def action_filter(self) -> None:
        """Type a filter; it works as it is typed.

        The box has the keys before the next one is taken: what is typed ahead carries nothing out.
        """
        if self.typing:
            return
        box = FilterInput(self.typed(), self.PLACEHOLDER)
        box.place(self.filter_bar().region.y, self.box_width)
        self.filter_bar().remove_class("hidden")
        await self.mount(box)
        self.set_focus(box)
        self.filter_bar().rewrite()
        self.call_after_refresh(self.place_box)

    def on_resize(self) -> None:
        """The box lies over the filter line, wherever that is."""
        self.call_after_refresh(self.place_box)

    def place_box(self) -> None:
        """Put the open box where it belongs."""
        for box in self.query(FilterInput):
            box.place(self.filter_bar().region.y, self.box_width)

    @on(FilterInput.Changed)
    def _typed(self, event: FilterInput.Changed) -> None:
        event.stop()
        self.narrow(event.value)

    async def leave_box(self) -> None:
        """Give the keys back; what was typed stays in force."""
        if boxes := self.query(FilterInput):
            await boxes.remove()
            self.resting().focus()
            self.narrow(self.typed())

    @on(FilterInput.Left)
    async def _left_box(self, event: FilterInput.Left) -> None:
        if event.clear:
            self.narrow("")
        await self.leave_box()

    @on(FilterInput.Steps)
    def _steps(self, event: FilterInput.Steps) -> None:
        self.step(event.by)
