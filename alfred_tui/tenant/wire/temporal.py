"""What Temporal's command prints through the API: task queue, schedules, workflows (6)."""

from __future__ import annotations

import msgspec

from alfred_tui.model import facts
from alfred_tui.tenant.wire import cadence, shapes, values, words
from alfred_tui.tenant.wire.lenient import MOST_ROWS, Oddities, nothing_usable, read

_QUEUE = msgspec.json.Decoder(shapes.QueueBody)
ACTIONS = 6
"""Actions of a schedule that are kept, the newest."""
_SCHEDULES = msgspec.json.Decoder(list[shapes.ScheduleRow])
_WORKFLOWS = msgspec.json.Decoder(list[shapes.WorkflowRow])
_RUNNING = frozenset({"", "running", "workflow_execution_status_running"})


def queue(body: bytes) -> tuple[facts.Queue, Oddities]:
    """Pollers of a task queue, of both command forms; ``pollers: null`` is none (6.5).

    Raises:
        BadAnswer: no ``pollers``, or none that is usable.
    """
    wire, odd = read(body, _QUEUE)
    if wire.pollers == [] and any(place.path.startswith("$.pollers[") for place in odd):
        raise nothing_usable(odd)
    backlog = [values.integer(row.approximate_backlog_count) or 0 for row in wire.stats or []]
    made = tuple(
        facts.Poller(
            kind=words.word(row.task_queue_type, 12),
            identity=words.name(row.identity, 60),
            last_access=values.parse_time(row.last_access_time),
        )
        for row in (wire.pollers or [])[:MOST_ROWS]
    )
    return facts.Queue(made, sum(backlog) if backlog else None), odd


def schedules(body: bytes) -> tuple[facts.Schedules, Oddities]:
    """Every schedule as listed (6.3).

    Raises:
        BadAnswer: no list, or one without a single usable row.
    """
    wire, odd = read(body, _SCHEDULES, wrapped="schedules")
    return facts.Schedules(tuple([_schedule(row) for row in wire[:MOST_ROWS]])), odd


def _schedule(row: shapes.ScheduleRow) -> facts.Schedule:
    info = row.info or shapes.ScheduleInfo()
    spec = info.spec or shapes.ScheduleSpec()
    intervals = [item.interval for item in spec.interval or []]
    calendars, crons = spec.structured_calendar or [], spec.cron_string or []
    actions = [
        moment
        for action in (info.recent_actions or [])[:MOST_ROWS]
        if (moment := values.parse_time(action.actual_time or action.schedule_time))
    ]
    only = intervals if len(intervals) == 1 and not calendars and not crons else []
    said = cadence.words(intervals, calendars, crons, spec.timezone_name or "")
    return facts.Schedule(
        schedule_id=words.name(row.schedule_id, 120),
        workflow_type=words.name(info.workflow_type.name if info.workflow_type else "", 80),
        paused=bool(info.paused),
        note=words.line(info.notes, 120),
        interval=values.parse_duration(only[0]) if only else None,
        jitter=values.parse_duration(spec.jitter) or 0.0,
        next_times=tuple(
            moment
            for text in (info.future_action_times or [])[:2]
            if (moment := values.parse_time(text))
        ),
        last_action=max(actions, default=None),
        actions=tuple(sorted(actions)[-ACTIONS:]),
        cadence=words.name(said, 60),
    )


def workflows(body: bytes) -> tuple[facts.Workflows, Oddities]:
    """Running workflows (6.1); rows of another status are left out.

    Raises:
        BadAnswer: no list, or one without a single usable row.
    """
    wire, odd = read(body, _WORKFLOWS, wrapped="workflows")
    made = [_workflow(row) for row in wire[:MOST_ROWS] if words.word(row.status, 60) in _RUNNING]
    return facts.Workflows(tuple(made)), odd


def _workflow(row: shapes.WorkflowRow) -> facts.Workflow:
    attributes = (row.search_attributes.indexed_fields if row.search_attributes else None) or {}
    schedule = values.payload(attributes.get("TemporalScheduledById"))
    return facts.Workflow(
        workflow_id=words.line(row.execution.workflow_id, 160),
        run_id=words.line(row.execution.run_id, 60),
        type=words.name(row.type.name if row.type else "", 80),
        started=values.parse_time(row.start_time),
        schedule_id=words.name(schedule, 120) if isinstance(schedule, str) else None,
        task_queue=words.name(row.task_queue, 60),
    )
