"""What an operation must be told beside what the cursor was on: a box a word, then the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from alfred_tui.model.text import clean
from alfred_tui.ops.bulk import Target
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.widgets.bar import Bar, Hint, Hints
from alfred_tui.widgets.filter_input import TYPE
from alfred_tui.widgets.inks import INK_CLASSES, Line

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.operation import Argument, Operation


def missing(operation: Operation, targets: Sequence[Target]) -> list[Argument]:
    """What must be asked for before it can be planned."""
    return [each for each in operation.takes if any(each.name not in t.arguments for t in targets)]


class TellInput(Input):
    """One line, typed as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.told", "go on", group=TYPE, tooltip="go on to the plan"),
        Binding("escape", "screen.leave", "leave", group=TYPE, tooltip="change nothing"),
    ]

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False


class TellScreen(ModalScreen[None]):
    """Asks for the first thing that is missing; with more of them, one after the other."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape", "leave", "leave", "change nothing", LOOK),
    ]

    def __init__(
        self,
        alfred: AlfredApp,
        operation: Operation,
        targets: Sequence[Target],
    ) -> None:
        """Each of ``targets`` is told the same beside what it is told already."""
        super().__init__(name="telling")
        self.alfred, self.operation, self.targets = alfred, operation, targets
        self._missing = missing(operation, targets)
        self._said = ""
        self._about = Bar(self._lines, id="tell-about")
        self.box = TellInput()
        self._hints = Hints(self._hint_lines)
        self._frame = Vertical(id="tell-box")

    def compose(self) -> ComposeResult:
        """A box with a line to type in."""
        from alfred_tui.screens.asking import title_of

        first, count = self.targets[0], len({target.tenant for target in self.targets})
        whom = first.tenant if count == 1 else f"{count} tenants"
        self._frame.border_title = title_of(self.operation.id, whom, first.arguments)
        with self._frame:
            yield self._about
            yield self.box
            yield self._hints

    def on_mount(self) -> None:
        """Type at once."""
        self.box.focus()

    def _lines(self, width: int) -> list[Line]:
        asked = self._missing[0]
        line: Line = [(f" {asked.name} ", "accent"), (clean(asked.about, 120), "muted")]
        if self._said:
            return [line, [(f" {self._said}", "degraded")]]
        return [line, []]

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    def action_told(self) -> None:
        """Take it; the next question, or the plan."""
        text = clean(self.box.value, 2000).strip()
        if not text:
            self._said = f"{self._missing[0].name} is missing: esc leaves"
            self._about.rewrite()
            return
        told = {self._missing[0].name: text}
        self.dismiss()
        targets = [Target(each.tenant, {**each.arguments, **told}) for each in self.targets]
        self.alfred.call_later(self.alfred.operate_many, self.operation.id, targets)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss()
