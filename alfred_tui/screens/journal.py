"""What was done, to the fleet or to one tenant: who, when, what, every answer; newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType

from alfred_tui.model.operation import Outcome, RunRecord
from alfred_tui.ops.export import line
from alfred_tui.ops.standing import teller
from alfred_tui.screens.keys import CHOOSE, LOOK, POLL
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.past_pages import Pages
from alfred_tui.screens.past_screen import PastScreen, Words
from alfred_tui.widgets import journal_lines
from alfred_tui.widgets.inks import Line
from alfred_tui.widgets.run_filter import RunQuery, parse_runs
from alfred_tui.widgets.sheet import Row

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp


class JournalScreen(PastScreen[RunRecord]):
    """One line a run; Enter unfolds it."""

    PLACEHOLDER = "words, outcome:unknown, risk:disruptive, from:2d"
    WORDS = Words(
        "Journal",
        "run",
        "runs",
        "The journal cannot be read",
        "Reading what was done",
        "Nothing has been done yet",
        "Whatever is done to a tenant will stand here, with every answer.",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "clear the filter, or go back", LOOK),
        _key("enter", "show", "all of it", "every call and answer; again: less", LOOK),
        _key("c", "copy", "copy", "copy this run, with every answer", LOOK),
        _key("x", "export", "export", "write what is filtered as JSON lines", LOOK),
        _key("slash", "filter", "filter", "filter as you type", CHOOSE),
        _key("r", "again", "read again", "read the journal again", POLL),
    ]

    def __init__(self, alfred: AlfredApp, tenant: str | None = None) -> None:
        self.alfred = alfred
        self._open: set[str] = set()
        super().__init__(alfred, "journal", tenant)

    def _standing(self, run: RunRecord) -> Outcome | None:
        """By the board of now: this may have been opened before there was one."""
        return teller(self.alfred.board, self.alfred.engine.now)(run)

    def understood(self, text: str) -> RunQuery:
        """Times, words, and a run's own fields."""
        return parse_runs(text, self.alfred.engine.now(), self._standing)

    def pages_of(self, tenant: str | None, size: int) -> Pages[RunRecord]:
        """Runs that match."""
        asked = cast("RunQuery", self.query_asked)
        return Pages(self.alfred.engine.journal.runs, asked, tenant, size)

    def key_of(self, entry: RunRecord) -> str:
        """By its number."""
        return journal_lines.key_of(entry)

    def rows_of(self, entry: RunRecord, width: int) -> Sequence[Row]:
        """One line, and with all of it beneath where that was asked for."""
        outcome, glyphs = self._standing(entry), self.alfred.glyphs
        table = journal_lines.columns(width, named=self.tenant is None)
        rows = [journal_lines.row(entry, outcome, table, glyphs)]
        if rows[0].key in self._open:
            rows += [Row(each) for each in journal_lines.whole(entry, outcome, width, glyphs)]
            rows.append(Row(()))
        return rows

    def details_of(self, entry: RunRecord, now: datetime, width: int, height: int) -> list[Line]:
        """Its head, its calls and their answers, as far as there is room."""
        outcome = self._standing(entry)
        return journal_lines.details(entry, outcome, now, width, height, self.alfred.glyphs)

    def exported(self, entry: RunRecord) -> str:
        """With the outcome as it is told here."""
        return line(entry, self._standing(entry))

    def action_show(self) -> None:
        """All of the run under the cursor, or its line again."""
        if (chosen := self.sheet.chosen) is not None:
            self._open ^= {chosen.key}
            self.rewrite()
