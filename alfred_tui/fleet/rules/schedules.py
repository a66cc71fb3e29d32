"""Rules about schedules: paused, missing, late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from alfred_tui.fleet.rules.registry import rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import Schedule, Schedules, Workflows
from alfred_tui.model.look import Look

FEWEST_SECONDS = 60.0
"""No schedule is late by less.

Fixed on purpose: Temporal updates what it lists with some delay, whatever the fleet.
"""

CALENDAR_SECONDS = 3600.0
"""A calendar's next time may lie in the past by this much, or by its next gap if that is less.

Fixed on purpose: a calendar has no interval to measure by, and its gaps are uneven.
"""

IDLE_AT_LEAST = 600.0
"""No schedule is idle before.

Fixed on purpose: the run before it may take its whole time limit of 5 min (runbook.md 14), twice.
"""


def _platform(row: Schedule) -> bool:
    return row.schedule_id.startswith("al-")


@rule("schedule-paused", (Look.SCHEDULES,))
def schedule_paused(sight: Sight) -> Sequence[Finding] | None:
    """A platform schedule is paused: its work does not happen."""
    listed = sight.seen.answer
    if not isinstance(listed, Schedules):
        return None
    return [
        Finding(
            f"{row.schedule_id} paused" + (f" ({row.note})" if row.note else ""),
            subject=row.schedule_id,
            value="paused",
            limit="running",
        )
        for row in listed.rows
        if row.paused and _platform(row)
    ]


@rule("schedule-missing", (Look.SCHEDULES,))
def schedule_missing(sight: Sight) -> Sequence[Finding] | None:
    """A schedule that every tenant has is absent."""
    listed = sight.seen.answer
    if not isinstance(listed, Schedules) or sight.seen.oddities or sight.settling:
        return None
    have = {row.schedule_id for row in listed.rows}
    return [
        Finding(f"schedule {name} is missing", subject=name, value="absent", limit="registered")
        for name in sorted(sight.expectation.schedules - have)
    ]


@rule("schedule-late", (Look.WORKFLOWS,))
def schedule_late(sight: Sight) -> Sequence[Finding] | None:
    """A schedule's next action lies in the past, or nothing happened for three intervals.

    Judged when the running workflows have come, which follow the schedules in each round: a
    schedule whose run is under way skips its actions.
    """
    seen = sight.memory.attempts.get(Look.SCHEDULES)
    flows = sight.memory.attempts.get(Look.WORKFLOWS)
    if sight.settling or seen is None or flows is None:
        return None
    if not isinstance(seen.answer, Schedules) or not isinstance(flows.answer, Workflows):
        return None
    busy = {key for row in flows.answer.rows for key in (row.schedule_id, row.type) if key}
    theirs = seen.at + timedelta(seconds=sight.memory.clock)
    found = []
    for row in seen.answer.rows:
        if row.paused or not row.next_times:
            continue  # one without a next time is over
        running = row.schedule_id in busy or row.workflow_type in busy
        late = _overdue(row, theirs) or (None if running else _idle(row, sight, theirs))
        if late is not None:
            behind, limit = (units.short_duration(seconds) for seconds in late)
            text = f"{row.schedule_id} late by {behind} > {limit}"
            found.append(Finding(text, subject=row.schedule_id, value=behind, limit=limit))
    return found


def _overdue(row: Schedule, theirs: datetime) -> tuple[float, float] | None:
    """By how much its next action is over, and by how much it may be, seconds."""
    overdue = (theirs - row.next_times[0]).total_seconds()
    pace = row.interval or min(_gap(row) or CALENDAR_SECONDS, CALENDAR_SECONDS)
    allowed = max(pace, FEWEST_SECONDS) + row.jitter
    return (overdue, allowed) if overdue > allowed else None


def _idle(row: Schedule, sight: Sight, theirs: datetime) -> tuple[float, float] | None:
    """For how long one with an interval has not acted, and for how long it may, seconds.

    Counted from when it could act: since we have seen it unpaused with this interval, and since
    Temporal came back.
    """
    pace = sight.memory.paces.get(row.schedule_id)
    if row.interval is None or row.last_action is None or pace is None:
        return None
    began = max(row.last_action, pace.since + timedelta(seconds=sight.memory.clock))
    track = sight.memory.services.get("temporal")
    if track is not None and track.back is not None:
        began = max(began, _theirs(track.back, sight))
    idle = (theirs - began).total_seconds()
    allowed = max(sight.limits.schedule_intervals * row.interval, IDLE_AT_LEAST) + row.jitter
    return (idle, allowed) if idle > allowed else None


def _gap(row: Schedule) -> float | None:
    """The time between a calendar's next two actions."""
    if len(row.next_times) < 2:
        return None
    return (row.next_times[1] - row.next_times[0]).total_seconds() or None


def _theirs(moment: float, sight: Sight) -> datetime:
    """An epoch of ours as a time of the tenant's clock."""
    return datetime.fromtimestamp(moment, UTC) + timedelta(seconds=sight.memory.clock)
