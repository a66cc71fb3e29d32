"""What can be done to lines of a list and to their tenants: each offer with its risk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Reason
from alfred_tui.model.view import Fact
from alfred_tui.ops.bulk import Target
from alfred_tui.ops.containers import TIMER, Stop
from alfred_tui.ops.operation import OPERATIONS, Operation
from alfred_tui.screens.asking import READ_ONLY
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import Hint, Hints
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.inks import INK_CLASSES, Part
from alfred_tui.widgets.outcomes import RISK_INKS
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

GROUP = "Containers"
"""The group of facts whose rows are services."""
SERVICE = "service"
OF_A_LINE = frozenset({SERVICE, "schedule", "workflow"})
"""What an operation is told that is about one line of a list and not about the tenant."""
_ABSENT = "not listed"
_RESTING = ("exited", "created", "dead")
_ASIDES = {Stop.id: TIMER}
_CHROME = 4
_NOW = 10
_NAMES = 4
"""Lines of names, where there are several."""
_KEYS = 9
"""Offers that have a number key."""
_VERB = 10
_RISK = 12


def verb(operation: Operation) -> str:
    """``restart``: the last part of its id."""
    return operation.id.rpartition(".")[2]


def offered(fact: Fact) -> list[Operation]:
    """What makes sense for a service as it was seen last; nothing for what is none.

    One that is not there can only be started; one that runs needs no start.
    """
    if fact.group != GROUP:
        return []
    value = fact.value.casefold()
    found = [each for each in OPERATIONS.values() if [a.name for a in each.takes] == [SERVICE]]
    if value.startswith(_ABSENT):
        return [each for each in found if verb(each) == "start"]
    if value.startswith(_RESTING):
        return found
    return [each for each in found if verb(each) != "start"]


def of_tenant() -> list[Operation]:
    """What can be done to a tenant as a whole: operations that are about no line of a list."""
    return [
        each
        for each in OPERATIONS.values()
        if not any(argument.name in OF_A_LINE for argument in each.takes)
    ]


def of_many() -> list[Operation]:
    """What can be done to several tenants alike: what one word says of all of them."""
    return [
        each
        for each in OPERATIONS.values()
        if not any(argument.name == "workflow" for argument in each.takes)
    ]


class Subject(NamedTuple):
    """What the cursor is on: its name, how it is now, what can be done to it.

    ``argument`` is as what its name is told to the operations.
    """

    name: str
    now: str
    operations: tuple[Operation, ...]
    argument: str = SERVICE


def of_fact(fact: Fact | None) -> Subject | None:
    """The container of a fact; ``None`` where it is of none."""
    if fact is None or not (found := offered(fact)):
        return None
    return Subject(fact.label, fact.value, tuple(found))


def of_reasons(reasons: Iterable[Reason], facts: Iterable[Fact]) -> Subject | None:
    """The first container that a reason names, worst first: what is wrong is what is mended."""
    known = {fact.label: fact for fact in facts if fact.group == GROUP}
    named = (name for reason in reasons for name in (reason.subject, *reason.parts))
    return next((of_fact(known[name]) for name in named if name in known), None)


class Chosen(NamedTuple):
    """A tenant, and the line of one of its lists that is meant, if one is."""

    tenant: str
    subject: Subject | None = None

    @property
    def target(self) -> Target:
        """As an operation is told of it."""
        subject = self.subject
        return Target(self.tenant, {subject.argument: subject.name} if subject else {})


class Offer(NamedTuple):
    """An operation, and on whom; ``of_lines``: on what of them the cursor or a mark is on."""

    operation: Operation
    targets: Sequence[Target]
    of_lines: bool


def offers(chosen: Sequence[Chosen]) -> list[Offer]:
    """What can be done to all of them alike; to a single one, what concerns its tenant, too."""
    subjects = [each.subject for each in chosen if each.subject is not None]
    found = []
    if len(subjects) == len(chosen):
        targets = [each.target for each in chosen]
        found += [
            Offer(each, targets, of_lines=True)
            for each in subjects[0].operations
            if all(each in other.operations for other in subjects)
        ]
    if len(chosen) == 1 or not subjects:
        whole = [Target(each.tenant, {}) for each in chosen]
        known = of_tenant() if len(chosen) == 1 else of_many()
        found += [Offer(each, whole, of_lines=False) for each in known]
    return found


class ActionsScreen(ModalScreen[None]):
    """Over the fleet or a list; what is picked is planned and asked for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "choose", "choose", "choose what is under the cursor", LOOK),
        *(
            Binding(str(number), f"pick({number})", "", show=False, group=LOOK)
            for number in range(1, _KEYS + 1)
        ),
        _key("escape,q", "leave", "leave", "change nothing", LOOK),
    ]

    def __init__(self, alfred: AlfredApp, chosen: Sequence[Chosen]) -> None:
        super().__init__(name="actions")
        self.alfred, self.chosen = alfred, chosen
        self.offers = offers(chosen)
        self.sheet = Sheet(id="actions")
        self._hints = Hints(self._hint_lines)
        self._box = Vertical(id="actions-box")

    def compose(self) -> ComposeResult:
        """A box as high as what it says."""
        first, tenants = self.chosen[0], {each.tenant for each in self.chosen}
        whom = f"{len(tenants)} tenants" if len(tenants) > 1 else first.tenant
        what = ""
        if (subject := first.subject) is not None:
            several = f"{len(self.chosen)} {subject.argument}s"
            what = f"{subject.name if len(self.chosen) == 1 else several} on "
        self._box.border_title = clean(f"{what}{whom}")
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
        width = min(100, self.app.size.width * 98 // 100) - 5
        self._box.styles.height = len(self._rows(width)) + _CHROME + 1

    @on(Sheet.Written)
    def write(self) -> None:
        """Write it for the present width."""
        if width := self.sheet.scrollable_content_region.width:
            self.sheet.write(self._rows(width))

    def _rows(self, width: int) -> list[Row]:
        rows = self._head(width)
        for number, offer in enumerate(self.offers, 1):
            first = number == 1 or self.offers[number - 2].of_lines
            if not offer.of_lines and first:
                blank = [Row(())] if number > 1 else []
                text = " each of them" if len(self.chosen) > 1 else " the tenant"
                rows += [*blank, Row([(text, "accent")])]
            rows += self._offer(number, offer, width)
        return rows

    def _head(self, width: int) -> list[Row]:
        """How it is now, where more can be done, whether anything may."""
        board, subject = self.alfred.board, self.chosen[0].subject
        if len(self.chosen) > 1:
            rows = self._names(width)
        elif subject is not None:
            now, *rest = wrapped(clean(subject.now, 400), width - _NOW - 1) or [""]
            rows = [Row([(cells.left(" now", _NOW), "muted"), (now, "text")])]
            rows += [Row([(" " * _NOW + line, "text")]) for line in rest]
            rows.append(Row(()))
        else:
            key = self.alfred.key("actions")
            text = f"a container, schedule or workflow: {key} on its line of the tenant's lists"
            rows = [Row([(f" {line}", "muted")]) for line in wrapped(text, width - 2)]
            rows.append(Row(()))
        if board is not None and board.read_only:
            rows += [Row([(f" {line}", "degraded")]) for line in wrapped(READ_ONLY, width - 2)]
            rows.append(Row(()))
        return rows

    def _names(self, width: int) -> list[Row]:
        """Who is meant, as many as there is room for."""
        names = [
            clean(f"{each.tenant} {each.subject.name}" if each.subject else each.tenant, 120)
            for each in self.chosen
        ]
        lines = wrapped(", ".join(names), width - 2)
        rows = [Row([(f" {line}", "muted")]) for line in lines[:_NAMES]]
        if len(lines) > _NAMES:
            rows.append(Row([(f" and more, {len(names):,} in all", "muted")]))
        return [*rows, Row(())]

    def _offer(self, number: int, offer: Offer, width: int) -> list[Row]:
        each = offer.operation
        lead: list[Part] = [(f"  {number if number <= _KEYS else ' '}  ", "key")]
        if offer.of_lines:
            lead.append((cells.left(verb(each), _VERB), "strong"))
        lead.append((cells.left(each.risk.value, _RISK), RISK_INKS[each.risk]))
        margin = sum(cells.width(text) for text, _ in lead)
        aside = _ASIDES.get(each.id, "")
        about, *rest = wrapped(each.about, width - margin - 1)
        beside = not rest and cells.width(f"{about}; {aside}") < width - margin
        more = f"; {aside}" if aside and beside else ""
        rows = [Row([*lead, (about, "text"), (more, "muted")], key=f"offer {number}")]
        rows += [Row([(" " * margin + line, "text")]) for line in rest]
        if aside and not beside:
            rows += [
                Row([(" " * margin + line, "muted")]) for line in wrapped(aside, width - margin)
            ]
        return rows

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
        offer = self.offers[number - 1]
        self.dismiss()
        self.alfred.operate_many(offer.operation.id, offer.targets)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss()
