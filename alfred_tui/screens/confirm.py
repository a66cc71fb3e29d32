"""The one dialog before anything is changed: what, on whom, how risky, what could go wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from alfred_tui.model.operation import Consent
from alfred_tui.model.text import clean
from alfred_tui.screens.asking import Anew, AsIs, Asking, Bounded, Question
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import Bar, Hint, Hints
from alfred_tui.widgets.filter_input import TYPE
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Yes

__all__ = ["ConfirmScreen", "Question"]

_LABEL = 12
_BORDERS = 4
_WIDEST = 100
READ = 0.3
"""Seconds for which a question that has just come takes no yes: it was meant for what was there."""


class NameInput(Input):
    """The tenant's name, typed as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "screen.named", "do it", group=TYPE, tooltip="do what is written here"),
        Binding("tab", "screen.other", "read", group=TYPE, tooltip="to the text, and back"),
        Binding("escape", "screen.refuse", "leave it", group=TYPE, tooltip="change nothing"),
    ]

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.cursor_blink = False


class ConfirmScreen(ModalScreen[bool]):
    """Over the screen that asks; true for yes, once what follows has begun.

    Safe: Enter. Disruptive: ``y``. Destructive: the name. While a question is looked for it says
    so, and can be left.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "confirm", "do it", "do what is written here", LOOK),
        _key("y", "agree", "do it", "do what is written here, though it disrupts", LOOK),
        _key("r", "again", "look again", "look again", LOOK),
        _key("escape,q", "refuse", "leave it", "change nothing", LOOK),
        _key("c", "copy", "copy", "copy it as a command for the shell", LOOK),
        _key("tab", "other", "type", "to the name, and back", LOOK),
        _key("plus,equals_sign", "at_once(1)", "more at once", "more of them at once", LOOK),
        _key("minus", "at_once(-1)", "", "fewer of them at once", LOOK),
        _key("greater_than_sign", "failures(1)", "more failures", "stop after more failures", LOOK),
        _key("less_than_sign", "failures(-1)", "", "stop after fewer failures", LOOK),
    ]

    def __init__(self, alfred: AlfredApp, asks: Question | Asking) -> None:
        super().__init__(name="confirm")
        self.alfred = alfred
        self.asking: Asking = AsIs(asks) if isinstance(asks, Question) else asks
        self.sheet = Sheet(id="question")
        self._looking = self.asking.question is None
        self._doing = False
        self._said: list[Part] = []
        self._since = float("-inf")
        self._typed: NameInput | None = None
        self._ask_name = Bar(self._name_lines, id="confirm-name", classes="hidden")
        self._hints = Hints(self._hint_lines)
        self._box = Vertical(id="confirm-box")

    def compose(self) -> ComposeResult:
        """A box as high as what it says."""
        with self._box:
            yield self.sheet
            yield self._ask_name
            yield self._hints

    def on_mount(self) -> None:
        """The sheet scrolls where there is more to say than room."""
        self.sheet.focus()
        if self._looking:
            self.action_again()
        else:
            self._put()

    def on_resize(self) -> None:
        """As high as the text is in this width."""
        self._fit()

    def fleet_changed(self, changes: object) -> None:
        """The pill beside the name is the present one, and the plan grows older."""
        self._fit()
        self.write()

    @on(events.DescendantFocus)
    def _keys_changed(self) -> None:
        """While a name is typed its letters are letters."""
        self._hints.rewrite()

    # Looking

    def action_again(self) -> None:
        """Look for the question; it can be left meanwhile."""
        self._look([])

    def _look(self, lead: list[Part]) -> None:
        self._looking, self._said = True, []
        work = self._looked(lead)
        self.run_worker(work, group="look", exclusive=True, exit_on_error=False)
        self._rewrite()

    async def _looked(self, lead: list[Part]) -> None:
        from alfred_tui.ops.operation import Refused, Unseen

        try:
            changed = await self.asking.look()
        except Refused as trouble:
            self._said = [("not done: ", "degraded"), (clean(str(trouble), 600), "text")]
        except (Unseen, OSError, RuntimeError) as trouble:
            self._said = [("cannot be told: ", "degraded"), (clean(str(trouble), 600), "text")]
        else:
            self._said = [*lead, (f"; {changed}. Say yes again.", "text")] if lead else []
            self._since = self.alfred.clock()
        self._looking = False
        self._put()

    def _put(self) -> None:
        """There is something to say yes to, or the reason why not."""
        question = self._asked()
        if question is not None and question.consent is Consent.NAME and self._typed is None:
            self._typed = NameInput()
            self._ask_name.remove_class("hidden")
            self._box.mount(self._typed, after=self._ask_name)
            self._typed.focus()
        self._rewrite()

    def _asked(self) -> Question | None:
        """The question, where a yes is taken."""
        return None if self._looking or self.asking.refused else self.asking.question

    # Writing

    def _rewrite(self) -> None:
        self._fit()
        self.write()
        self._hints.rewrite()

    def _fit(self) -> None:
        width = min(_WIDEST, self.app.size.width * 98 // 100) - _BORDERS - 1
        self._box.border_title = clean(self.asking.title)
        named = 2 if self._typed is not None else 0
        self._box.styles.height = len(self._rows(width)) + 4 + named

    @on(Sheet.Written)
    def write(self) -> None:
        """Write it for the present width."""
        if width := self.sheet.scrollable_content_region.width:
            self.sheet.write(self._rows(width))
        self._ask_name.rewrite()

    def _rows(self, width: int) -> list[Row]:
        rows = self._said_rows(width)
        asked = None if self._looking else self.asking.question
        if asked is None:
            return rows
        sign, ink = asked.sign
        whom = f"{sign}  {asked.whom}" if sign else asked.whom
        for label, lines, shade in (
            ("does", asked.does, "strong"),
            ("on", (whom,), "text"),
            ("risk", (asked.risk,), asked.ink),
            ("may go wrong", asked.wrong, "muted"),
            ("watched", (asked.watches,), "muted"),
            ("seen", (asked.seen,), "degraded" if asked.late else "muted"),
            ("as a command", (asked.command,), "faint"),
        ):
            for index, line in enumerate(_wrapped(lines, width)):
                lead = f" {label}" if not index else ""
                parts: list[Part] = [(cells.left(lead, _LABEL + 3), "muted"), (line, shade)]
                if label == "on" and sign and not index:
                    parts[1:] = [(sign, ink), (line[len(sign) :], shade)]
                rows.append(Row(parts))
            if any(lines):
                rows.append(Row(()))
        return rows

    def _said_rows(self, width: int) -> list[Row]:
        """What was said to the last yes, what is being looked at, why no yes is taken."""
        said = self._said
        if self._looking:
            said = [(f"{self.asking.looking} {self.alfred.glyphs.ellipsis}", "muted")]
        elif self.asking.refused:
            said = [("", "degraded"), (self.asking.refused, "degraded")]
        if not said:
            return []
        lead, ink = said[0]
        text = "".join(part for part, _ in said)
        rows = []
        for index, line in enumerate(textwrap.wrap(text, max(20, width - 2))):
            head = line[: len(lead)] if not index else ""
            rows.append(Row([(f" {head}", ink), (line[len(head) :], said[-1][1])]))
        return [*rows, Row(())]

    def _name_lines(self, width: int) -> list[Line]:
        asked = self.asking.question
        name = clean(asked.name, 80) if asked is not None else ""
        return [[(" type ", "muted"), (name, "key"), (" to say yes", "muted")]]

    def _hint_lines(self) -> list[Hint]:
        mine = {"confirm", "agree", "again", "refuse", "copy", "other"}
        mine |= {"at_once(1)", "failures(1)"}
        mine |= {"screen.named", "screen.other", "screen.refuse"}
        lines = hints(self, ascii_only=self.alfred.ascii_only)
        asked = self._asked()
        yes, no = asked.verbs if asked is not None else ("", "")
        words = {"confirm": yes, "agree": yes, "screen.named": yes, "refuse": no}
        return [
            line._replace(does=words.get(line.action) or line.does)
            for line in lines
            if line.action in mine
        ]

    # What hands do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the key that this risk asks for says yes."""
        if self._typed is not None and self.focused is self._typed:
            return action in ("named", "other", "refuse", "quit", "picture")
        asked = self._asked()
        consent = asked.consent if asked is not None else None
        match action:
            case "confirm":
                return consent in (Consent.NONE, Consent.ENTER)
            case "agree":
                return consent is Consent.YES
            case "other":
                return self._typed is not None
            case "again":
                return not self._looking and self.asking.question is None
            case "at_once" | "failures":
                return asked is not None and isinstance(self.asking, Bounded)
            case "copy":
                shown = self.asking.question
                return shown is not None and bool(shown.copies or shown.command)
        return True

    def action_confirm(self) -> None:
        """Yes, with Enter."""
        from alfred_tui.ops.board import Yes

        self._take(Yes.ENTER)

    def action_agree(self) -> None:
        """Yes, with a key of its own."""
        from alfred_tui.ops.board import Yes

        self._take(Yes.KEY)

    def action_named(self) -> None:
        """Yes, with the name."""
        from alfred_tui.ops.board import Yes

        self._take(Yes.NAME, self._typed.value if self._typed is not None else "")

    def _take(self, yes: Yes, typed: str = "") -> None:
        """A yes counts once, and only for what could be read."""
        fresh = self.alfred.clock() - self._since < READ
        if self._doing or fresh or self._asked() is None:
            return
        self._doing = True
        work = self._agree(yes, typed)
        self.run_worker(work, group="agree", exclusive=True, exit_on_error=False)

    async def _agree(self, yes: Yes, typed: str) -> None:
        from alfred_tui.ops.operation import Refused, Unseen

        done = False
        try:
            await self.asking.agree(yes, typed)
            done = True
            self.dismiss(True)
        except Anew as why:
            if self._typed is not None:
                self._typed.value = ""
            self._look([(str(why), "degraded")])
        except (Refused, Unseen, OSError, RuntimeError) as trouble:
            self._said = [("not done: ", "degraded"), (clean(str(trouble), 600), "text")]
            self._rewrite()
            self.sheet.action_edge(0)
        finally:
            self._doing = done

    def action_refuse(self) -> None:
        """No; what is being begun is not left in the middle."""
        if not self._doing:
            self.dismiss(False)

    def action_at_once(self, steps: int) -> None:
        """More or fewer of many at once."""
        self._bound(at_once=steps)

    def action_failures(self, steps: int) -> None:
        """After how many failures nobody else of many is begun."""
        self._bound(failures=steps)

    def _bound(self, **steps: int) -> None:
        if isinstance(self.asking, Bounded):
            self.asking.bound(**steps)
            self._rewrite()

    def action_other(self) -> None:
        """From the name to the text, and back."""
        if self._typed is not None:
            (self.sheet if self.focused is self._typed else self._typed).focus()

    def action_copy(self) -> None:
        """The commands."""
        if (asked := self.asking.question) is not None:
            if asked.copies:
                self.alfred.copy(asked.copies, "copied as shell commands")
            else:
                self.alfred.copy(asked.command)


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    room = max(20, width - _LABEL - 4)
    return [
        part
        for line in lines
        for part in textwrap.wrap(clean(line, 2000), room, break_on_hyphens=False)
    ]
