"""Every schedule that is paused, whoever paused it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alfred_tui.model import units
from alfred_tui.model.facts import Schedule, Schedules
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.screens.across.found import SEEN, TENANT, AcrossList, Found, tenants
from alfred_tui.screens.actions import Chosen
from alfred_tui.screens.pages import schedules
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.table import Column, Item

if TYPE_CHECKING:
    from alfred_tui.model.observation import Observation
    from alfred_tui.model.paused import Paused


class PausedSchedules(AcrossList):
    """With who did it and why, where that was done with this program; else with its note."""

    ID, TITLE = "paused", "Paused schedules"
    LOOK, PAGE = Look.SCHEDULES, schedules.SchedulesPage.NUMBER
    NONE = "no schedule is paused"
    SORTS = ("tenant", "schedule", "longest not run")
    COLUMNS = (
        TENANT,
        Column("SCHEDULE", 40, ends=False, least=16),
        Column("PAUSED BY, NOTE", 60, drop=1, least=16),
        Column("LAST", 7, right=True, drop=2),
        Column("CADENCE", 34, drop=3, least=12),
        Column("TYPE", 32, drop=4, ends=False, least=20),
        SEEN,
    )

    def gathered(self) -> Iterator[Found]:
        """By tenant."""
        sights = self.alfred.engine.sights
        for name, seen in self.looks():
            ours = {each.schedule: each for each in sights.paused(name)}
            if isinstance(seen.answer, Schedules):
                for row in seen.answer.rows:
                    if row.paused:
                        yield self._line(name, row, ours.get(row.schedule_id), seen)

    def figures(self) -> str:
        """Schedules and tenants."""
        count = len({each.chosen[0].tenant for each in self.found.values()})
        return f"{len(self.found):,} paused at {tenants(count)}"

    def _line(self, name: str, row: Schedule, ours: Paused | None, seen: Observation) -> Found:
        note: Part = (clean(row.note, 200), "muted")
        if ours is not None:
            note = (schedules.paused_by(ours, self.alfred.engine.now()), "degraded")
        whose, what = clean(name, 80), clean(row.schedule_id, 120)
        theirs = self.alfred.engine.sights.theirs(name)
        last = units.age(row.last_action, theirs) if row.last_action else ""
        item = Item(
            f"{name} {row.schedule_id}",
            (
                self.named(name),
                (what, "text"),
                note,
                (last, "text"),
                (clean(row.cadence, 80), "text"),
                (clean(row.workflow_type, 80), "muted"),
                self.seen(name, seen),
            ),
            (self.alfred.glyphs.paused, "degraded"),
            f"{whose}: {what} is paused{f': {note[0]}' if note[0] else ''}",
            order=(
                (name, what),
                (what, name),
                row.last_action.timestamp() if row.last_action else 0.0,
            ),
        )
        subject = schedules.subject(row.schedule_id, row.note, paused=True)
        return Found(item, (Chosen(name, subject),), row.schedule_id)
