"""Mute or acknowledge what the cursor or the marks are on; take back what is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from alfred_tui.model.quiet import Quiet, QuietKind, acked
from alfred_tui.model.text import clean
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.widgets import quiet_lines
from alfred_tui.widgets.bar import Bar, Hint, Hints
from alfred_tui.widgets.filter_input import TYPE
from alfred_tui.widgets.inks import INK_CLASSES, Line
from alfred_tui.widgets.quiet_lines import Choice
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

_CHROME = 5
"""Lines of the box beside the sheet's: borders, the reason, the hints."""
_LONGEST_REASON = 200
_WHY = "why, for who comes next"
_QUESTIONS = {
    "when": ("how long", "or until when, in UTC"),
    "rule": ("which rule", "also one that says nothing now"),
}


class ReasonInput(Input):
    """Why it is to be quiet, for who comes next; before that a time or a rule that is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.confirm", "do it", group=TYPE, tooltip="keep quiet"),
        Binding("escape", "screen.rethink", "back", group=TYPE, tooltip="choose otherwise"),
    ]

    def __init__(self) -> None:
        super().__init__(placeholder=_WHY, compact=True, max_length=_LONGEST_REASON)
        self.cursor_blink = False

    def ask(self, placeholder: str) -> None:
        """Be there for an answer; what was typed stays where the question is the same."""
        if placeholder != self.placeholder:
            self.value, self.placeholder = "", placeholder
        self.display = True
        self.focus()


class QuietScreen(ModalScreen[None]):
    """Over the fleet or a tenant: first how long, then why."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "choose", "choose", "choose what is under the cursor", LOOK),
        *(
            Binding(str(number), f"pick('{number}')", "", show=False, group=LOOK)
            for number in range(1, 8)
        ),
        _key("s", "scope(1)", "about what", "everything, one rule, one rule everywhere", LOOK),
        _key("S", "scope(-1)", "", "the scope before", LOOK),
        _key("r", "rule", "any rule", "type the rule that a mute is about", LOOK),
        _key("u", "take_back", "take back", "make loud what is under the cursor", LOOK),
        _key("escape,q", "leave", "leave", "change nothing", LOOK),
    ]

    def __init__(self, alfred: AlfredApp, names: Sequence[str]) -> None:
        super().__init__(name="quiet")
        self.alfred = alfred
        self.names = list(names)
        views = [view for name in names if (view := alfred.engine.view(name)) is not None]
        # what comes while the reason is typed is not acknowledged with it
        self._shown = {view.name: acked(view.reasons) for view in views if view.reasons}
        self._scopes = quiet_lines.scopes(views)
        self._scope = 0
        self._chosen: Choice | None = None
        self._asks = ""  # what is typed: a time, a rule, or nothing but the reason
        self._said = ""
        self._work: asyncio.Task[None] | None = None
        self.sheet = Sheet(id="quiet")
        self._reason = ReasonInput()
        self._line = Bar(self._reason_lines, id="quiet-reason")
        self._hints = Hints(self._hint_lines)
        self._box = Vertical(id="quiet-box")

    def compose(self) -> ComposeResult:
        """A box as high as what it says."""
        self._box.border_title = "Keep quiet"
        with self._box:
            yield self.sheet
            yield self._line
            yield self._reason
            yield self._hints

    def on_mount(self) -> None:
        """The choices have the keys; the reason is asked for afterwards."""
        self._reason.display = False
        self.sheet.focus()
        self._fit()

    def on_resize(self) -> None:
        """As high as the text is."""
        self._fit()

    def fleet_changed(self, changes: object) -> None:
        """Times tick, wishes come and go."""
        self._fit()
        self.write()

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """While a reason is typed other keys work than on the choices."""
        self._hints.rewrite()

    def _wishes(self) -> list[Quiet]:
        """What is quiet about these tenants, and about every one."""
        names = set(self.names)
        return [w for w in self.alfred.engine.quiet.wishes if not w.tenant or w.tenant in names]

    def _rows(self, width: int) -> list[Row]:
        now = self.alfred.engine.now()
        offered = quiet_lines.choices(now)
        rows = quiet_lines.choice_rows(offered, self._scopes[self._scope], self.names)
        ellipsis = self.alfred.glyphs.ellipsis
        return [*rows, *quiet_lines.wish_rows(self._wishes(), now, width, ellipsis)]

    def _fit(self) -> None:
        self._box.styles.height = len(self._rows(80)) + _CHROME + 1

    @on(Sheet.Written)
    def write(self) -> None:
        """Write it for the present width."""
        if width := self.sheet.scrollable_content_region.width:
            self.sheet.write(self._rows(width))
            self._line.rewrite()

    def _reason_lines(self, width: int) -> list[Line]:
        if self._said:
            return [[(f" {self._said}", "degraded")]]
        if self._asks:
            key, words = _QUESTIONS[self._asks]
            return [[(f" {key}", "key"), (f"   {words}", "muted")]]
        if self._chosen is None:
            return [[("", "text")]]
        return [[(" why", "key"), (f"   {self._chosen.words}", "muted")]]

    def _hint_lines(self) -> list[Hint]:
        mine = {
            "choose",
            "scope(1)",
            "rule",
            "take_back",
            "leave",
            "screen.confirm",
            "screen.rethink",
        }
        lines = hints(self, ascii_only=self.alfred.ascii_only)
        return [line for line in lines if line.action in mine]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a reason is typed its letters are letters."""
        typing = self.focused is self._reason
        return not typing or action in ("confirm", "rethink")

    # What hands do

    def action_choose(self) -> None:
        """The choice under the cursor."""
        kind, _, key = self.sheet.chosen.key.partition(" ") if self.sheet.chosen else ("", "", "")
        if kind == "choice":
            self.action_pick(key)

    def action_pick(self, key: str) -> None:
        """A choice; then why."""
        choice = next(c for c in quiet_lines.choices(self.alfred.engine.now()) if c.key == key)
        if choice.kind is QuietKind.ACK and not self._shown:
            self._say("there is nothing loud to acknowledge")
            return
        self._said, self._asks = "", "when" if key == quiet_lines.OWN else ""
        self._chosen = None if self._asks else choice
        self._reason.ask(quiet_lines.TIMES if self._asks else _WHY)
        self._line.rewrite()

    def action_rule(self) -> None:
        """Which rule, also one that says nothing now: before work that is planned."""
        self._chosen, self._said, self._asks = None, "", "rule"
        self._reason.ask(quiet_lines.RULE_HINT)
        self._line.rewrite()

    def action_rethink(self) -> None:
        """Back to the choices."""
        self._chosen, self._said, self._asks = None, "", ""
        self._reason.display = False
        self.sheet.focus()
        self._line.rewrite()

    def action_scope(self, by: int) -> None:
        """About what a mute is."""
        self._scope = (self._scope + by) % len(self._scopes)
        self.write()

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss()

    def action_confirm(self) -> None:
        """Keep it quiet: only with a reason where something is muted."""
        if self._asks:
            self._take_answer()
            return
        choice, reason = self._chosen, clean(self._reason.value, _LONGEST_REASON).strip()
        if choice is None or (self._work is not None and not self._work.done()):
            return
        if choice.kind is QuietKind.MUTE and not reason:
            self._say("say why: who comes next must know")
            return
        self._work = asyncio.create_task(self._wish(choice, reason))

    def _take_answer(self) -> None:
        """A time was typed: then why. A rule was: then for how long."""
        try:
            if self._asks == "rule":
                self._take_rule(self._reason.value)
                return
            found = quiet_lines.own_choice(self._reason.value, self.alfred.engine.now())
        except ValueError as trouble:
            self._say(str(trouble))
            return
        self._chosen, self._said, self._asks = found, "", ""
        self._reason.ask(_WHY)
        self._line.rewrite()

    def _take_rule(self, text: str) -> None:
        from alfred_tui.fleet.rules import RULE_IDS

        rule = quiet_lines.rule_named(text, RULE_IDS)
        self._scopes, self._scope = quiet_lines.with_rule(self._scopes, rule)
        self.action_rethink()
        self.write()

    async def _wish(self, choice: Choice, reason: str) -> None:
        quiet, scope = self.alfred.engine.quiet, self._scopes[self._scope]
        try:
            if choice.kind is QuietKind.ACK:
                await quiet.acknowledge(self._shown, reason, choice.until)
            else:
                names = [] if scope.everywhere else self.names
                await quiet.mute(names, scope.rule, choice.until, reason)
        except (OSError, RuntimeError) as trouble:
            self._say(f"not kept: {clean(str(trouble))}")
            return
        self.alfred.flush()
        self.alfred.say(f"quiet: {choice.words.partition(':')[0]}")
        self.dismiss()

    def action_take_back(self) -> None:
        """Make loud what is under the cursor, or the only one there is."""
        wishes = self._wishes()
        key = self.sheet.chosen.key if self.sheet.chosen else ""
        chosen = [w for w in wishes if key == f"wish {w.number}"] or wishes[: len(wishes) == 1]
        if not chosen:
            self._say("choose with the cursor what is to be loud again")
            return
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._end(chosen))

    async def _end(self, wishes: list[Quiet]) -> None:
        try:
            await self.alfred.engine.quiet.end(wishes)
        except (OSError, RuntimeError) as trouble:
            self._say(f"not taken back: {clean(str(trouble))}")
            return
        self.alfred.flush()
        self.alfred.say(f"loud again: {clean(wishes[0].scope)}")
        self.write()

    def _say(self, text: str) -> None:
        self._said = text
        self._line.rewrite()
