"""Everything that an operator needs, looked at; where it fails, what to do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from alfred_tui.model.text import clean
from alfred_tui.model.units import latency
from alfred_tui.screens.desk import Desk
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.takeover.findings import Finding, Level
from alfred_tui.widgets import checks
from alfred_tui.widgets.bar import Bar, Hint, Hints, spread
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

log = logging.getLogger(__name__)
PLURAL = {Level.OK: "ok", Level.WARNING: "warnings", Level.FAILING: "failing"}


class DoctorScreen(Screen[None]):
    """Findings appear as they are made; leaving ends the looking."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "go back", LOOK),
        _key("r", "again", "look again", "look at everything again", LOOK),
        _key("c", "copy", "copy", "copy the line under the cursor, or its command", LOOK),
        _key("a", "unfold", "all", "list every check, or only what needs you", LOOK),
    ]

    def __init__(self, alfred: AlfredApp, desk: Desk) -> None:
        super().__init__(name="doctor", classes=alfred.height_class)
        self.alfred = alfred
        self.desk = desk
        self.found: list[Finding] = []
        self.running = False
        self.failed = ""
        self.unfolded = False
        self.sheet = Sheet(id="checks")
        self._began = 0.0
        self._took = 0.0
        self._due = False
        self._run = 0
        self._top = Bar(self._title, id="top")
        self._hints = Hints(self._hint_lines)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self.sheet
        yield self._hints

    def on_mount(self) -> None:
        """The sheet has the keys, and the looking begins."""
        self.sheet.focus()
        self.action_again()

    def action_again(self) -> None:
        """Look at everything; one that is under way is given up."""
        self.run_worker(self._examine(), exclusive=True, exit_on_error=False)

    async def _examine(self) -> None:
        self.found, self.failed, self.running = [], "", True
        self._began = self.alfred.clock()
        self._run += 1
        self.rewrite()
        try:
            await self.desk.examine(partial(self._heard, self._run))
        except Exception as trouble:
            log.exception("the doctor did not come to an end")
            self.failed = clean(str(trouble) or type(trouble).__name__, 300)
        self.running = False
        self._took = self.alfred.clock() - self._began
        self.rewrite()

    def _heard(self, run: int, part: Sequence[Finding]) -> None:
        """Take in what was found; a fleet's doors answer in one moment and are written once."""
        if run != self._run:
            return  # the last words of one that was given up
        self.found += part
        if not self._due:
            self._due = True
            self.call_after_refresh(self.rewrite)

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew."""
        self._due = False
        width = self.sheet.scrollable_content_region.width
        if not width:
            return
        rows = checks.page(
            self.found,
            width,
            self.alfred.glyphs,
            running=self.running,
            unfolded=self.unfolded,
        )
        self.sheet.write([*self._failed_rows(width), *rows])
        self._top.rewrite()
        self._hints.rewrite()

    def _failed_rows(self, width: int) -> list[Row]:
        if not self.failed:
            return []
        what = f"the doctor could not go on: {self.failed}"
        finding = Finding(
            "doctor",
            "doctor",
            Level.FAILING,
            what,
            f"press {self.alfred.key('again')} to look again",
        )
        return [Row(()), *checks.finding_rows(finding, width, 6, self.alfred.glyphs), Row(())]

    def _title(self, width: int) -> list[Line]:
        left: list[Part] = [(" ", "text"), ("Doctor", "title")]
        if width >= 96:
            left.append(("  everything that an operator needs", "muted"))
        left.append(("    ", "text"))
        for level, count in checks.counted(self.found).items():
            if count:
                pill = checks.PILLS[level]
                word = level.value if count == 1 else PLURAL[level]
                text = f"{self.alfred.glyphs.pills[pill]} {count:,} {word}"
                left += [(text, pill.value), ("   ", "text")]
        return [spread(left, self._when(), width)]

    def _when(self) -> list[Part]:
        now = self.alfred.engine.now()
        clock: Part = (f"{now:%H:%M:%S} UTC", "text")
        if self.running:
            return [("looking ...", "accent"), (" ", "text")]
        return [(f"took {latency(self._took)}    ", "muted"), clock, (" ", "text")]

    def _hint_lines(self) -> list[Hint]:
        return hints(self, ascii_only=self.alfred.ascii_only)

    def action_unfold(self) -> None:
        """Every check, or those that are well on one line."""
        self.unfolded = not self.unfolded
        self.rewrite()

    def action_back(self) -> None:
        """Back to where we came from."""
        self.alfred.action_leave()

    def action_copy(self) -> None:
        """The line under the cursor."""
        if (chosen := self.sheet.chosen) is not None:
            self.alfred.copy(chosen.copy)
