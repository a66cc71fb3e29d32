"""An import on the screen: where to look, what was found, whose word counts, and then yes or no.

The same reading, the same merge and the same writing as ``alfred-tui import``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from alfred_tui.model.text import clean
from alfred_tui.screens.confirm import ConfirmScreen, Question
from alfred_tui.screens.desk import Desk
from alfred_tui.screens.keys import CHOOSE, LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.takeover.found import SourceError
from alfred_tui.takeover.gathering import Reading, Request
from alfred_tui.takeover.merge import Outcome, Preference, Side
from alfred_tui.takeover.plan import Gathered, Import
from alfred_tui.widgets import differences
from alfred_tui.widgets.bar import Bar, Hint, Hints, spread
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

log = logging.getLogger(__name__)


class Phase(Enum):
    """Where an import stands."""

    READING = "reading"
    PLAN = "plan"
    WRITING = "writing"


_ONLY = frozenset({"side", "rest", "take"})
"""Actions that make sense only when there is a plan."""


def _what(outcome: Outcome) -> str:
    return f"{len(outcome.added):,} added, {len(outcome.changed):,} changed"


class Lines(Sheet):
    """A sheet whose cursor can be sent to a line."""

    def go(self, key: str) -> bool:
        """Put the cursor on the line with this key; false if there is none."""
        for index, row in enumerate(self.rows):
            if row.key == key:
                self._choose(index)
                return True
        return False


class TakeoverScreen(Screen[None]):
    """Both sides of every conflict, what is new, and what would be filled in."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "take", "take over", "take over what is decided, after a question", LOOK),
        _key("escape,q", "back", "back", "go back", LOOK),
        _key("r", "again", "read again", "read the sources again", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor", LOOK),
        _key("a", "unfold", "", "list those that stay as they are, too", LOOK),
        _key("1,left", "side('ours')", "ours", "decide it: what is known here", CHOOSE),
        _key("2,right", "side('theirs')", "theirs", "decide it: what the source says", CHOOSE),
        _key("O", "rest('ours')", "", "decide the rest: what is known here", CHOOSE),
        _key("T", "rest('theirs')", "", "decide the rest: what the sources say", CHOOSE),
    ]  # fmt: skip

    def __init__(self, alfred: AlfredApp, desk: Desk, request: Request) -> None:
        super().__init__(name="takeover", classes=alfred.height_class)
        self.alfred = alfred
        self.desk = desk
        self.request = request
        self.phase = Phase.READING
        self.trouble: list[str] = []
        self.reading = Reading(Gathered())
        self.plan = Import(Outcome())
        self.read = False
        self.choices: dict[str, Side] = {}
        self.unfolded = False
        self.done = ""
        self.sheet = Lines(id="takeover")
        self._asked = ""
        self._top = Bar(self._title, id="top")
        self._hints = Hints(self._hint_lines)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self.sheet
        yield self._hints

    def on_mount(self) -> None:
        """The sheet has the keys, and the reading begins."""
        self.sheet.focus()
        self.action_again()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key promises what the present step has not."""
        if action in _ONLY and (self.phase is not Phase.PLAN or not self.read):
            return False
        return bool(self.plan.outcome.conflicts) if action in ("side", "rest") else True

    # What is written

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew."""
        width = self.sheet.scrollable_content_region.width
        if not width:
            return
        self.sheet.write(self._rows(width))
        self._top.rewrite()
        self._hints.rewrite()

    def _rows(self, width: int) -> list[Row]:
        glyphs = self.alfred.glyphs
        if self.phase is Phase.READING:
            what = clean(self._asked, 200) or "what was asked for"
            return [Row(()), Row([(" reading ", "muted"), (what, "strong"), (" ...", "muted")])]
        notes = self.reading.notes
        rows = differences.page(
            self.plan,
            self.choices,
            notes,
            width,
            glyphs,
            unfolded=self.unfolded,
            keys=(self.alfred.key("side_ours"), self.alfred.key("side_theirs")),
        )
        if not rows and self.read:
            back = self.alfred.key("back")
            rows = [
                Row(()),
                Row([(f" No tenants are known there; {back} names other sources", "muted")]),
            ]
        return [*self._told(width), *rows]

    def _told(self, width: int) -> list[Row]:
        """What went wrong, or what was done."""
        if self.trouble:
            glyphs, written = self.alfred.glyphs, bool(self.done)
            keys = self.alfred.key("again"), self.alfred.key("back")
            return differences.trouble(self.trouble, width, glyphs, written=written, keys=keys)
        return [Row([(f" {self.done}", "ok")]), Row(())] if self.done else []

    def _title(self, width: int) -> list[Line]:
        left: list[Part] = [(" ", "text"), ("Import", "title"), ("    ", "text")]
        if self.phase is Phase.READING:
            return [spread(left[:2], [("reading ...", "accent"), (" ", "text")], width)]
        outcome = self.plan.outcome
        for count, what, ink in (
            (len(self._undecided()), "undecided", "degraded"),
            (len(outcome.added), "new", "ok"),
            (len(outcome.changed), "changed", "building"),
            (len(outcome.left_out), "left out", "stale"),
            (len(outcome.unchanged), "as they are", "muted"),
        ):
            left += [(f"{count:,} {what}", ink), ("   ", "text")] if count else []
        right: list[Part] = []
        if self.phase is Phase.WRITING:
            right = [("writing ...", "accent"), (" ", "text")]
        return [spread(left, right, width)]

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    def _undecided(self) -> list[str]:
        conflicts = self.plan.outcome.conflicts
        return [each.key for each in conflicts if each.key not in self.choices]

    # What is found

    def action_again(self) -> None:
        """Read the sources again; decisions are kept."""
        self.run_worker(self._read(), exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        self.phase, self.trouble, self.done, self._asked = Phase.READING, [], "", ""
        self.rewrite()
        with self._troubles_told():
            self.reading = await self.desk.gather(self.request, self._reading_now)
            self.plan = await self.desk.weigh(self.reading.gathered, self._preference)
            self.phase, self.read = Phase.PLAN, True
            self.rewrite()
            self._next_undecided()

    def _reading_now(self, source: str) -> None:
        self._asked = source
        self.rewrite()

    @contextmanager
    def _troubles_told(self) -> Iterator[None]:
        """Whatever goes wrong is said, and there is a way on."""
        try:
            yield
        except SourceError as trouble:
            self._failed(str(trouble))
        except Exception as trouble:
            log.exception("an import did not come to an end")
            self._failed(f"{type(trouble).__name__}: {trouble}")

    def _failed(self, text: str) -> None:
        self.trouble = text.splitlines()
        self.phase = Phase.PLAN
        self.rewrite()

    # Whose word counts

    @property
    def _preference(self) -> Preference:
        return Preference(single=dict(self.choices))

    def action_side(self, side: str) -> None:
        """Decide the conflict under the cursor; the same side again takes the decision back."""
        key = differences.conflict_of(self.sheet.chosen.key if self.sheet.chosen else "")
        if not key:
            self.alfred.say("the cursor is on no conflict")
            return
        if self.choices.get(key) == side:
            del self.choices[key]
        else:
            self.choices[key] = Side(side)
        self._decided()
        if key in self.choices:
            self._next_undecided()

    def action_rest(self, side: str) -> None:
        """Decide all that are undecided, but for those that may be another's: one by one only."""
        alone = {each.key for each in self.plan.outcome.conflicts if each.why}
        rest = [key for key in self._undecided() if key not in alone]
        self.choices |= dict.fromkeys(rest, Side(side))
        self._decided()
        if alone.intersection(self._undecided()):
            self.alfred.say("what may be another's machine is decided one by one")
            self._next_undecided()

    def _decided(self) -> None:
        self.done = ""
        self.rewrite()
        self.run_worker(self._weigh(), exclusive=True, exit_on_error=False)

    async def _weigh(self) -> None:
        """What follows from the decisions: a later source may contradict what was chosen."""
        with self._troubles_told():
            self.plan = await self.desk.weigh(self.reading.gathered, self._preference)
            self.trouble = []
            self.rewrite()

    def _next_undecided(self) -> None:
        for key in self._undecided()[:1]:
            self.sheet.go(f"{differences.CONFLICT}{key}|")

    # Yes or no

    def action_take(self) -> None:
        """Ask, once it is known what the decisions come to."""
        self.run_worker(self._ask(), exclusive=True, exit_on_error=False)

    async def _ask(self) -> None:
        await self._weigh()
        outcome = self.plan.outcome
        if self.trouble:
            return
        if not (outcome.added or outcome.changed):
            held = len(outcome.held_back)
            why = f"{held} with undecided conflicts" if held else "all of it is here already"
            self.alfred.say(f"nothing to take over: {why}")
            return
        self.alfred.push_screen(ConfirmScreen(self.alfred, self._question()), self._answered)

    def _question(self) -> Question:
        outcome = self.plan.outcome
        whom = [*outcome.added, *outcome.changed]
        more = f" and {len(whom) - 8:,} more" if len(whom) > 8 else ""
        does = [f"in this program's own store: {_what(outcome)}"]
        if held := len(outcome.held_back):
            does.append(f"left alone because of undecided conflicts: {held:,}")
        return Question(
            "Take over",
            does,
            ", ".join(clean(name, 60) for name in whom[:8]) + more,
            "safe: no tenant, no server and no source is changed",
            [
                "a wrong address shows as DOWN or as a certificate of another name; "
                "`alfred-tui tenants edit` and `remove` mend it"
            ],
            self.request.command(self._preference),
        )

    def _answered(self, yes: bool | None) -> None:
        if yes:
            self.phase = Phase.WRITING
            self.rewrite()
            # the app's, not the screen's: leaving must not part what is written from what is shown
            self.alfred.run_worker(self._take(), exit_on_error=False)

    async def _take(self) -> None:
        with self._troubles_told():
            made = (await self.desk.take(self.reading.gathered, self._preference)).outcome
            self.done = f"taken over: {_what(made)}"
            self.alfred.say(self.done)
            await self.alfred.reload_tenants()
            self.plan = await self.desk.weigh(self.reading.gathered, self._preference)
            self.phase = Phase.PLAN
            self.rewrite()

    def action_unfold(self) -> None:
        """Those that stay as they are, by name or counted."""
        self.unfolded = not self.unfolded
        self.rewrite()

    def action_back(self) -> None:
        """To the sources, to name others; once it is done, to the fleet."""
        if self.done:
            self.alfred.go_home()
        else:
            self.alfred.action_leave()

    def action_copy(self) -> None:
        """The line under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.alfred.copy(chosen.copy)
