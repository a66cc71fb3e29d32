"""What can be done to a container now: a short list, each with its risk; then plan and confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from alfred_tui.model.text import clean
from alfred_tui.model.view import Fact
from alfred_tui.ops.containers import TIMER, Stop
from alfred_tui.ops.operation import OPERATIONS, Operation
from alfred_tui.screens.asking import READ_ONLY, capital
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import Hint, Hints
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.inks import INK_CLASSES
from alfred_tui.widgets.outcomes import RISK_INKS
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

GROUP = "Containers"
"""The group of facts whose rows are services."""
ARGUMENT = "service"
_ABSENT = "not listed"
_RESTING = ("exited", "created", "dead")
_ASIDES = {Stop.id: TIMER}
_CHROME = 4
_VERB = 10
_RISK = 12


def verb(operation: Operation) -> str:
    """``restart``: the last part of its id."""
    return operation.id.rpartition(".")[2]


def offered(fact: Fact) -> list[Operation]:
    """What makes sense for a service as it was seen last, the gentlest first for one that is away.

    One that is not there can only be started; one that runs needs no start.
    """
    if fact.group != GROUP:
        return []
    value = fact.value.casefold()
    found = [each for each in OPERATIONS.values() if [a.name for a in each.takes] == [ARGUMENT]]
    if value.startswith(_ABSENT):
        return [each for each in found if verb(each) == "start"]
    if value.startswith(_RESTING):
        return found
    return [each for each in found if verb(each) != "start"]


class ActionsScreen(ModalScreen[None]):
    """Over a tenant's page; what is chosen is planned and asked for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "choose", "choose", "choose what is under the cursor", LOOK),
        *(
            Binding(str(number), f"pick({number})", "", show=False, group=LOOK)
            for number in range(1, 10)
        ),
        _key("escape,q", "leave", "leave", "change nothing", LOOK),
    ]

    def __init__(self, alfred: AlfredApp, tenant: str, fact: Fact) -> None:
        super().__init__(name="actions")
        self.alfred = alfred
        self.tenant, self.fact = tenant, fact
        self.offers = offered(fact)
        self.sheet = Sheet(id="actions")
        self._hints = Hints(self._hint_lines)
        self._box = Vertical(id="actions-box")

    def compose(self) -> ComposeResult:
        """A box as high as what it says."""
        self._box.border_title = clean(f"{self.fact.label} on {self.tenant}")
        with self._box:
            yield self.sheet
            yield self._hints

    def on_mount(self) -> None:
        """The choices have the keys."""
        self.sheet.focus()
        self._fit()

    def on_resize(self) -> None:
        """As high as the text is."""
        self._fit()

    def _fit(self) -> None:
        self._box.styles.height = len(self._rows(min(100, self.app.size.width) - 5)) + _CHROME + 1

    @on(Sheet.Written)
    def write(self) -> None:
        """Write it for the present width."""
        if width := self.sheet.scrollable_content_region.width:
            self.sheet.write(self._rows(width))

    def _rows(self, width: int) -> list[Row]:
        now = [Row([(" now      ", "muted"), (clean(self.fact.value), "text")]), Row(())]
        board = self.alfred.board
        if board is not None and board.read_only:
            lines = wrapped(READ_ONLY, width - 2)
            now += [*(Row([(f" {line}", "degraded")]) for line in lines), Row(())]
        for number, each in enumerate(self.offers, 1):
            now += self._offer(number, each, width)
        return now

    def _offer(self, number: int, each: Operation, width: int) -> list[Row]:
        lead = f"  {number}  "
        aside = _ASIDES.get(each.id, "")
        room = width - len(lead) - _VERB - _RISK - cells.width(each.about) - 4
        beside = aside if cells.width(aside) <= room else ""
        row = Row(
            [
                (lead, "key"),
                (cells.left(verb(each), _VERB), "strong"),
                (cells.left(each.risk.value, _RISK), RISK_INKS[each.risk]),
                (each.about, "text"),
                (f"; {beside}" if beside else "", "muted"),
            ],
            key=f"offer {number}",
        )
        if not aside or beside:
            return [row]
        margin = " " * (len(lead) + _VERB + _RISK)
        lines = wrapped(aside, width - len(margin))
        return [row, *(Row([(f"{margin}{line}", "muted")]) for line in lines)]

    def _hint_lines(self) -> list[Hint]:
        lines = hints(self, ascii_only=self.alfred.ascii_only)
        return [line for line in lines if line.action in ("choose", "leave")]

    def action_choose(self) -> None:
        """The one under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.action_pick(int(chosen.key.removeprefix("offer ")))

    def action_pick(self, number: int) -> None:
        """One by its number: it is planned, and asked for."""
        if not 0 < number <= len(self.offers):
            return
        operation = self.offers[number - 1]
        self.dismiss()
        self.alfred.operate(operation.id, self.tenant, {ARGUMENT: self.fact.label})

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss()


def title_of(operation: Operation, fact: Fact, tenant: str) -> str:
    """``Restart openclaw on acme-dental``."""
    return clean(f"{capital(verb(operation))} {fact.label} on {tenant}", 200)
