"""A screen whose lines are filtered as somebody types: the box, where it lies, how it is left."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.await_remove import AwaitRemove
from textual.screen import Screen
from textual.widget import Widget

from alfred_tui.widgets.bar import Bar
from alfred_tui.widgets.filter_input import PROMPT, FilterInput
from alfred_tui.widgets.inks import Part


class FilterScreen(Screen[None]):
    """What is typed goes to ``narrow`` at each key and stays in force when the box is left."""

    PLACEHOLDER: ClassVar[str] = ""
    _box: FilterInput | None = None

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
        return self._box is not None

    def prompt(self) -> list[Part]:
        """What stands in the line beneath the open box."""
        return [(" ", "text"), ("/", "key"), (" " * (self.box_width - PROMPT + 1), "text")]

    async def action_filter(self) -> None:
        """Type a filter; it works as it is typed.

        The box has the keys before the next one is taken: what is typed ahead carries nothing out,
        and comes into the box by :meth:`type_ahead`.
        """
        if self.typing:
            return
        box = self._box = FilterInput(self.typed(), self.PLACEHOLDER)
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
        if self._box is not None:
            self._box.place(self.filter_bar().region.y, self.box_width)

    def type_ahead(self, event: events.Key) -> None:
        """A key that was under way to another widget when the box opened belongs into it."""
        box = self._box
        if box is not None and self.focused is box and event.is_printable and event.character:
            box.insert_text_at_cursor(event.character)
            event.prevent_default()

    @on(FilterInput.Changed)
    def _typed(self, event: FilterInput.Changed) -> None:
        event.stop()
        if event.input is self._box:  # what a box says that is gone is about what was before
            self.narrow(event.value)

    async def leave_box(self) -> None:
        """Give the keys back; what was typed stays in force."""
        if (gone := self.shut_box()) is not None:
            await gone
            self.resting().focus()
            self.narrow(self.typed())

    def shut_box(self) -> AwaitRemove | None:
        """Nobody types any more; what is returned ends when the box is gone."""
        box, self._box = self._box, None
        return None if box is None else box.remove()

    @on(FilterInput.Left)
    async def _left_box(self, event: FilterInput.Left) -> None:
        if event.clear:
            self.narrow("")
        await self.leave_box()

    @on(FilterInput.Steps)
    def _steps(self, event: FilterInput.Steps) -> None:
        self.step(event.by)
