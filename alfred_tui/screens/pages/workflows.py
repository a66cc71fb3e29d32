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
from alfred_tui.widgets.glyphs import Glyphs
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
        Column("LIMIT", 7, right=True, drop=1),
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
        return [item(row, self._limit(row), now, self.alfred.glyphs) for row in answer.rows]

    def _limit(self, row: Workflow) -> float | None:
        return self.alfred.engine.sights.allowance(self.tenant, row.type)

    def details(self, answer: Workflows) -> str:
        """How many run, how many of them too long."""
        now = self.now()
        late = sum(stuck(row, self._limit(row), now) for row in answer.rows)
        return f"{len(answer.rows)} running" + (f", {late} too long" if late else "")

    def offers(self, key: str) -> Subject | None:
        """Restart of one that is stuck, and of any other."""
        rows = self.told.answer.rows if self.told is not None else ()
        for row in rows:
            if key in (row.run_id, row.workflow_id):
                return subject(row, self.now())
        return None


def lasts(row: Workflow, now: datetime) -> float | None:
    """Seconds that a run has lasted; ``now`` is its tenant's."""
    return (now - row.started).total_seconds() if row.started is not None else None


def stuck(row: Workflow, limit: float | None, now: datetime) -> bool:
    """Whether a run has lasted longer than it may; ``limit`` in seconds, ``None``: for days."""
    seconds = lasts(row, now)
    return seconds is not None and limit is not None and seconds > limit


def subject(row: Workflow, now: datetime) -> Subject:
    """What can be done to a run."""
    told = f"{row.type}, runs for {units.age(row.started, now)}"
    return Subject(row.workflow_id, told, (OPERATIONS[RESTART],), "workflow")


def item(row: Workflow, limit: float | None, now: datetime, glyphs: Glyphs) -> Item:
    """The line of a run, in the page's columns."""
    seconds, late = lasts(row, now), stuck(row, limit, now)
    kind, name = clean(row.type, 80), clean(row.workflow_id, 160)
    shown = units.short_duration(seconds) if seconds is not None else "?"
    return Item(
        row.run_id or row.workflow_id,
        (
            (shown, "degraded" if late else "text"),
            (units.short_duration(limit) if limit is not None else "none", "muted"),
            (kind, "strong"),
            (name, "text"),
            (clean(row.schedule_id or "", 120), "muted"),
            (clean(row.task_queue, 60), "muted"),
            (clean(row.run_id, 60), "muted"),
        ),
        (glyphs.pills[Pill.DEGRADED], "degraded") if late else (" ", "text"),
        f"{name} ({kind}), runs for {shown}",
        "stuck" if late else "",
        (-(seconds or 0.0), kind, row.schedule_id or "~"),
    )
