"""The one dialog before anything is changed: what, on whom, how risky, what could go wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from alfred_tui.model.text import clean
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import Hint, Hints
from alfred_tui.widgets.inks import INK_CLASSES
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

_LABEL = 12
_BORDERS = 4
_WIDEST = 100


class Question(NamedTuple):
    """What is about to be done. ``command`` does the same from a shell."""

    title: str
    does: Sequence[str]
    whom: str
    risk: str
    wrong: Sequence[str]
    command: str


class ConfirmScreen(ModalScreen[bool]):
    """Over the screen that asks; true for yes. For what is safe: Enter."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "confirm", "do it", "do what is written here", LOOK),
        _key("escape,q", "refuse", "leave it", "change nothing", LOOK),
        _key("c", "copy", "copy", "copy it as a command for the shell", LOOK),
    ]

    def __init__(self, alfred: AlfredApp, question: Question) -> None:
        super().__init__(name="confirm")
        self.alfred = alfred
        self.question = question
        self.sheet = Sheet(id="question")
        self._hints = Hints(lambda: self._hint_lines())
        self._box = Vertical(id="confirm-box")

    def compose(self) -> ComposeResult:
        """A box as high as what it says."""
        self._box.border_title = clean(self.question.title)
        with self._box:
            yield self.sheet
            yield self._hints

    def on_mount(self) -> None:
        """The sheet scrolls where there is more to say than room."""
        self._fit()
        self.sheet.focus()

    def on_resize(self) -> None:
        """As high as the text is in this width."""
        self._fit()

    def _fit(self) -> None:
        width = min(_WIDEST, self.app.size.width * 98 // 100) - _BORDERS - 1
        self._box.styles.height = len(self._rows(width)) + 4

    @on(Sheet.Written)
    def write(self) -> None:
        """Write it for the present width."""
        self.sheet.write(self._rows(self.sheet.scrollable_content_region.width))

    def _rows(self, width: int) -> list[Row]:
        asked = self.question
        rows: list[Row] = []
        for label, lines, ink in (
            ("does", asked.does, "strong"),
            ("on", (asked.whom,), "text"),
            ("risk", (asked.risk,), "ok"),
            ("may go wrong", asked.wrong, "muted"),
            ("as a command", (asked.command,), "faint"),
        ):
            for index, line in enumerate(self._wrapped(lines, width)):
                lead = f" {label}" if not index else ""
                rows.append(Row([(cells.left(lead, _LABEL + 3), "muted"), (line, ink)]))
            rows.append(Row(()))
        return rows

    def _wrapped(self, lines: Sequence[str], width: int) -> list[str]:
        room = max(20, width - _LABEL - 4)
        return [
            part
            for line in lines
            for part in textwrap.wrap(clean(line, 2000), room, break_on_hyphens=False)
        ]

    def _hint_lines(self) -> list[Hint]:
        mine = {"confirm", "refuse", "copy"}
        lines = hints(self, ascii_only=self.alfred.ascii_only)
        return [line for line in lines if line.action in mine]

    def action_confirm(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_refuse(self) -> None:
        """No."""
        self.dismiss(False)

    def action_copy(self) -> None:
        """The command."""
        self.alfred.copy(self.question.command)
