"""A tenant's schedules: when next, when last, how often, and which are paused, by whom and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.model import units
from alfred_tui.model.facts import Schedule, Schedules
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.model.told import Told
from alfred_tui.ops.operation import OPERATIONS
from alfred_tui.screens.actions import Subject
from alfred_tui.screens.pages.page import ListPage
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.table import Column, Item

if TYPE_CHECKING:
    from alfred_tui.model.paused import Paused

PAUSE, UNPAUSE, TRIGGER = "schedule.pause", "schedule.unpause", "schedule.trigger"


class SchedulesPage(ListPage[Schedules]):
    """A note is not a pause: it stands there, and the state says what it is."""

    NUMBER, WORD = "4", "Schedules"
    LOOK = Look.SCHEDULES
    SORTS = ("paused first", "id", "next", "last")
    NONE = "it has no schedule"
    COLUMNS = (
        Column("SCHEDULE", 40, ends=False, least=20),
        Column("STATE", 7),
        Column("NEXT", 9, right=True),
        Column("LAST", 7, right=True),
        Column("CADENCE", 34, drop=2, least=12),
        Column("NOTE", 60, drop=1, least=18),
        Column("TYPE", 32, drop=3, ends=False, least=20),
    )

    async def ask(self) -> Told[Schedules]:
        """Every schedule now."""
        return await self.alfred.engine.sights.schedules(self.tenant)

    def items(self, answer: Schedules, now: datetime) -> list[Item]:
        """All of them."""
        ours = {each.schedule: each for each in self.alfred.engine.sights.paused(self.tenant)}
        return [
            self._item(row, self._note(row, ours.get(row.schedule_id)), now) for row in answer.rows
        ]

    def _note(self, row: Schedule, ours: Paused | None) -> Part:
        if row.paused and ours is not None:
            return (paused_by(ours, self.alfred.engine.now()), "degraded")
        return (clean(row.note, 200), "muted")

    def _item(self, row: Schedule, note: Part, now: datetime) -> Item:
        glyphs = self.alfred.glyphs
        following = min((each for each in row.next_times if each >= now), default=None)
        until = (following - now).total_seconds() if following is not None else None
        name = clean(row.schedule_id, 120)
        state: Part = ("paused", "degraded") if row.paused else ("on", "ok")
        waits = "" if until is None or row.paused else f"in {units.short_duration(until)}"
        last = units.age(row.last_action, now) if row.last_action else ""
        sign = (glyphs.paused, "degraded") if row.paused else (" ", "text")
        return Item(
            row.schedule_id,
            (
                (name, "strong"),
                state,
                (waits, "text"),
                (last, "text"),
                (clean(row.cadence, 80), "text"),
                note,
                (clean(row.workflow_type, 80), "muted"),
            ),
            sign,
            f"{name}: {state[0]}, {clean(row.cadence, 80)}",
            order=(
                (not row.paused, name),
                name,
                until if not row.paused else None,
                -row.last_action.timestamp() if row.last_action else None,
            ),
        )

    def details(self, answer: Schedules) -> str:
        """How many, how many of them paused."""
        paused = sum(row.paused for row in answer.rows)
        return f"{len(answer.rows)} schedules" + (f", {paused} paused" if paused else "")

    def row(self, key: str) -> Schedule | None:
        """The schedule of a line."""
        rows = self.told.answer.rows if self.told is not None else ()
        return next((row for row in rows if row.schedule_id == key), None)

    def offers(self, key: str) -> Subject | None:
        """Pause what is on, unpause what is paused, trigger either."""
        row = self.row(key)
        return subject(row.schedule_id, row.note, paused=row.paused) if row is not None else None


def subject(name: str, note: str, *, paused: bool) -> Subject:
    """What can be done to a schedule."""
    verbs = (UNPAUSE if paused else PAUSE, TRIGGER)
    now = "paused" if paused else "not paused"
    if note:
        now += f"; note: {note}"
    return Subject(name, now, tuple(OPERATIONS[verb] for verb in verbs), "schedule")


def paused_by(ours: Paused, now: datetime) -> str:
    """Who paused it with this program, how long ago by our clock, why."""
    why = f": {ours.reason}" if ours.reason else ""
    return clean(f"by {ours.who}, {units.age(ours.at, now)} ago{why}", 200)
