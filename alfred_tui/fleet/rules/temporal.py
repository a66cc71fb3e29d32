"""Rules about Temporal: itself, its worker, workflows and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alfred_tui.fleet.known import allowance
from alfred_tui.fleet.rules.registry import TEMPORAL_LOOKS, rule
from alfred_tui.fleet.sight import Finding, Sight
from alfred_tui.model import units
from alfred_tui.model.facts import Queue, Schedule, Schedules, Workflow, Workflows
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TRANSPORT, FailureKind

SILENT_APART = 10.0
"""Seconds between two silent looks that count as two."""

FEWEST_SECONDS = 60.0
"""No schedule is late by less: Temporal updates what it lists with some delay."""

IDLE_AT_LEAST = 600.0
"""No schedule is idle before: the run before it may take its whole time limit of 5 min."""


@rule("temporal-silent", TEMPORAL_LOOKS, by_look=True)
def temporal_silent(sight: Sight) -> Sequence[Finding] | None:
    """Temporal's routes fail: not running, frozen or paused; the text tells which."""
    failure = sight.seen.failure
    if failure is None:
        return ()
    unanswered = failure.kind in TRANSPORT
    if not unanswered and failure.kind is not FailureKind.COMMAND_FAILED:
        return None
    # with Docker or the whole API silent it is a consequence
    if sight.settling or sight.recreating or Look.CONTAINERS in sight.memory.streaks:
        return None
    text = f"{sight.look} {failure.kind.value}" if unanswered else failure.text
    return (
        Finding(
            f"Temporal does not answer: {text}",
            subject=sight.look,
            value=failure.kind.value,
            limit="answers",
            looks=2,
            apart=SILENT_APART,
            down_after=sight.limits.temporal_down_after,
        ),
    )


@rule("learn-no-pollers", (Look.QUEUE,))
def learn_no_pollers(sight: Sight) -> Sequence[Finding] | None:
    """Nobody takes work from queue ``alfred-learn`` though its service is up."""
    queue = sight.seen.answer
    if not isinstance(queue, Queue) or sight.settling or sight.seen.oddities:
        return None
    if Look.CONTAINERS in sight.memory.answers:
        row = sight.memory.rows.get("alfred-learn")
        if row is None or row.state != "running":
            return ()  # its absence is a reason of its own
    if queue.pollers and all(p.last_access is None for p in queue.pollers):
        return None
    within = sight.limits.pollers_seen_within
    floor = sight.theirs - timedelta(seconds=within)
    fresh = {p.kind for p in queue.pollers if p.last_access is not None and p.last_access >= floor}
    # an old build does not say of which kind a poller is
    lacking = [] if "" in fresh else [k for k in ("workflow", "activity") if k not in fresh]
    if not lacking:
        return ()
    newest = max(
        (p.last_access for p in queue.pollers if p.last_access and p.kind in (*lacking, "")),
        default=None,
    )
    limit = units.short_duration(within)
    return (
        Finding(
            "alfred-learn: " + ("no pollers" if len(lacking) == 2 else f"no {lacking[0]} poller"),
            value="none listed" if newest is None else f"{units.age(newest, sight.theirs)} ago",
            limit=f"seen within {limit}",
            down_after=sight.limits.pollers_down_after,
            since=None if newest is None else newest - timedelta(seconds=sight.memory.clock),
        ),
    )


@rule("workflow-stuck", (Look.WORKFLOWS,))
def workflow_stuck(sight: Sight) -> Sequence[Finding] | None:
    """Workflows of a type have been running beyond its allowance; one reason for each type."""
    listed = sight.seen.answer
    if not isinstance(listed, Workflows) or sight.settling:
        return None
    theirs, stuck = sight.theirs, dict[str, list[Workflow]]()
    for row in listed.rows:
        limit = allowance(row.type, sight.limits.workflow_allowance)
        if limit is None or row.started is None:
            continue
        if (theirs - row.started).total_seconds() > limit:
            stuck.setdefault(row.type, []).append(row)
    return [_stuck(sight, kind, rows) for kind, rows in sorted(stuck.items())]


def _stuck(sight: Sight, kind: str, rows: list[Workflow]) -> Finding:
    started = min(row.started for row in rows if row.started is not None)
    limit = allowance(kind, sight.limits.workflow_allowance) or 0.0
    value = units.short_duration((sight.theirs - started).total_seconds())
    count = f" ({len(rows)} of them)" if len(rows) > 1 else ""
    return Finding(
        f"{kind} running {value} > {units.short_duration(limit)}{count}",
        subject=kind,
        value=value,
        limit=units.short_duration(limit),
        since=started + timedelta(seconds=limit - sight.memory.clock),
    )


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
        if row.paused:
            continue
        running = row.schedule_id in busy or row.workflow_type in busy
        late = _lateness(row, sight, theirs, running=running)
        if late is not None:
            behind, limit = (units.short_duration(seconds) for seconds in late)
            text = f"{row.schedule_id} late by {behind} > {limit}"
            found.append(Finding(text, subject=row.schedule_id, value=behind, limit=limit))
    return found


def _lateness(
    row: Schedule, sight: Sight, theirs: datetime, *, running: bool
) -> tuple[float, float] | None:
    """How late, and how late it may be, seconds; ``None`` where it is on time or new."""
    gap = row.interval or _gap(row)
    if row.next_times:
        overdue = (theirs - row.next_times[0]).total_seconds()
        allowed = max(gap or 3600.0, FEWEST_SECONDS) + row.jitter
        if overdue > allowed:
            return overdue, allowed
    if gap is None or running or row.last_action is None:
        return None
    # counted from when it could act: after a pause that we saw, after Temporal came back
    began = max(row.last_action, sight.memory.unpaused.get(row.schedule_id, row.last_action))
    track = sight.memory.services.get("temporal")
    if track is not None and track.back is not None:
        back = seconds_to_time(track.back, sight)
        began = max(began, back)
    idle = (theirs - began).total_seconds()
    allowed = max(sight.limits.schedule_intervals * gap, IDLE_AT_LEAST) + row.jitter
    return (idle, allowed) if idle > allowed else None


def _gap(row: Schedule) -> float | None:
    """The interval of a calendar, as far as its next times show it."""
    if len(row.next_times) < 2:
        return None
    return (row.next_times[1] - row.next_times[0]).total_seconds() or None


def seconds_to_time(moment: float, sight: Sight) -> datetime:
    """An epoch of ours as a time of the tenant's clock."""
    return datetime.fromtimestamp(moment, sight.now.tzinfo) + timedelta(seconds=sight.memory.clock)
