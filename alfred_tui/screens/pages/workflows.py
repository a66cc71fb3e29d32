"""What runs at a tenant, the longest first; what is stuck says so."""

from __future__ import annotations

from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.facts import Workflow, Workflows
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.operation import OPERATIONS
from alfred_tui.screens.actions import Subject
from alfred_tui.screens.pages.page import ListPage
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.table import Column, Item

RESTART = "workflow.restart"


class WorkflowsPage(ListPage[Workflows]):
    """A run is stuck when it has lasted longer than its type may (docs/rules)."""

    NUMBER, WORD = "3", "Workflows"
    LOOK = Look.WORKFLOWS
    SORTS = ("longest first", "type", "schedule")
    NONE = "no workflow is running"
    COLUMNS = (
        Column("RUNS FOR", 8, right=True),
        Column("MAY", 7, right=True, drop=1),
        Column("TYPE", 36, ends=False, least=18),
        Column("WORKFLOW", 60, ends=False, least=20),
        Column("SCHEDULE", 36, drop=2, ends=False, least=14),
        Column("QUEUE", 20, drop=4),
        Column("RUN", 36, drop=5, ends=False),
    )

    async def ask(self) -> Told[Workflows]:
        """What runs now."""
        return await self.alfred.engine.sights.workflows(self.tenant)

    def items(self, answer: Workflows, now: datetime) -> list[Item]:
        """All that run."""
        return [self._item(row, now) for row in answer.rows]

    def _item(self, row: Workflow, now: datetime) -> Item:
        lasts = (now - row.started).total_seconds() if row.started is not None else None
        limit = self.alfred.engine.sights.allowance(self.tenant, row.type)
        stuck = lasts is not None and limit is not None and lasts > limit
        sign: Part = (" ", "text")
        if stuck:
            sign = (self.alfred.glyphs.pills[Pill.DEGRADED], "degraded")
        may = units.short_duration(limit) if limit is not None else "days"
        kind, name = clean(row.type, 80), clean(row.workflow_id, 160)
        shown = units.short_duration(lasts) if lasts is not None else "?"
        return Item(
            row.run_id or row.workflow_id,
            (
                (shown, "degraded" if stuck else "text"),
                (may, "muted"),
                (kind, "strong"),
                (name, "text"),
                (clean(row.schedule_id or "", 120), "muted"),
                (clean(row.task_queue, 60), "muted"),
                (clean(row.run_id, 60), "muted"),
            ),
            sign,
            f"{name} ({kind}), runs for {shown}",
            "stuck" if stuck else "",
            (-(lasts or 0.0), kind, row.schedule_id or "~"),
        )

    def details(self, answer: Workflows) -> str:
        """How many run, how many of them too long."""
        now = self.alfred.engine.now()
        stuck = sum(item.words == "stuck" for item in self.items(answer, now))
        return f"{len(answer.rows)} running" + (f", {stuck} too long" if stuck else "")

    def offers(self, key: str) -> Subject | None:
        """Restart of one that is stuck, and of any other."""
        rows = self.told.answer.rows if self.told is not None else ()
        for row in rows:
            if key in (row.run_id, row.workflow_id):
                lasts = units.age(row.started, self.alfred.engine.now())
                now = f"{row.type}, runs for {lasts}"
                return Subject(row.workflow_id, now, (OPERATIONS[RESTART],), "workflow")
        return None
