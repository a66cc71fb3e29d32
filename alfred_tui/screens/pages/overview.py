"""The first page of a tenant: its verdict, its past, and every fact behind that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alfred_tui.model.view import Fact, TenantView
from alfred_tui.screens.actions import Subject, of_fact, of_reasons
from alfred_tui.screens.tenant_past import story_of
from alfred_tui.widgets import overview, why
from alfred_tui.widgets.page_parts import Table
from alfred_tui.widgets.sheet import Row, Sheet
from alfred_tui.widgets.story import Story, story_rows
from alfred_tui.widgets.why import Asides

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

NUMBER, WORD = "1", "Overview"


class Overview:
    """``days``: its past by days, not hours; ``limits``: all settings behind the reasons."""

    def __init__(self, alfred: AlfredApp, tenant: str) -> None:
        self.alfred, self.tenant = alfred, tenant
        self.needle = ""
        self.days = False
        self.limits = False
        self.blind = False
        """Whether its past was read before there was anything to read."""
        self._story: Story | None = None

    async def read_past(self) -> None:
        """Read it anew; what was read before is shown meanwhile."""
        engine = self.alfred.engine
        self.blind = self.alfred.board is None
        self._story = await story_of(engine.past, self.tenant, engine.now())

    def columns(self, width: int) -> list[tuple[Fact, ...]]:
        """The facts beside each other, or one under the other."""
        return overview.columns(self.alfred.engine.facts(self.tenant), width)

    def write(
        self, view: TenantView, columns: Sequence[tuple[Fact, ...]], sheets: Sequence[Sheet]
    ) -> None:
        """Every column into its sheet."""
        now, glyphs = self.alfred.engine.now(), self.alfred.glyphs
        for sheet, facts in zip(sheets, columns, strict=False):
            width = sheet.scrollable_content_region.width
            if width:
                rows = overview.page(
                    view,
                    facts,
                    now,
                    width,
                    glyphs,
                    self.needle,
                    why=sheet is sheets[0],
                    asides=self._asides(),
                    between=self._history if facts is columns[-1] else lambda table: [],
                )
                sheet.write(rows)

    def _history(self, table: Table) -> list[Row]:
        """The tenant's past, at the head of the facts of the last column."""
        engine, glyphs = self.alfred.engine, self.alfred.glyphs
        strip, story = engine.hours_of(self.tenant), self._story
        if story is None or story.bare:
            if self.alfred.failed:
                again = f"{self.alfred.key('refresh')} tries again"
                story = Story(trouble=f"the program could not start: {self.alfred.failed}; {again}")
            elif self.alfred.starting:
                story = None
        return story_rows(story, strip, engine.now(), table, glyphs, days=self.days)

    def _asides(self) -> Asides:
        engine, name = self.alfred.engine, self.tenant
        quiet = () if self.alfred.starting else engine.quiet.wishes
        wishes = tuple(wish for wish in quiet if wish.tenant in ("", name))
        return Asides(
            wishes,
            lambda rule: engine.limits_behind(name, rule),
            self.limits,
            engine.counting(name),
        )

    def subject(self, row: Row | None) -> Subject | None:
        """What can be done to what is on a line: a container, or the one that a reason names."""
        view, facts = self.alfred.engine.view(self.tenant), self.alfred.engine.facts(self.tenant)
        if row is None or view is None:
            return None
        here = [each for each in view.reasons if why.key_of(each) == row.key]
        return of_reasons(here, facts) or of_fact(self.fact(row))

    def fact(self, row: Row | None) -> Fact | None:
        """The fact of a line."""
        if row is None:
            return None
        facts = self.alfred.engine.facts(self.tenant)
        return next((fact for fact in facts if overview.key_of(fact) == row.key), None)
