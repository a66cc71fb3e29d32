"""One decoder per look: bytes of a 200 answer in, facts and odd places out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import msgspec

from alfred_tui.model import facts
from alfred_tui.model.facts import Answer, Oddity
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean, first_line
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire import cadence, shapes, values
from alfred_tui.tenant.wire.tolerant import (
    Oddities,
    kind,
    nothing_usable,
    part,
    rows,
    typed_or,
)

Decoded = tuple[Answer, tuple[Oddity, ...]]
MOST_ROWS = 5_000
"""Rows kept of any list; a tenant has some dozens."""


def decode(look: Look, body: bytes) -> Decoded:
    """The facts in the body of a 200 answer to ``look``, and the places not understood.

    Raises:
        BadAnswer: nothing in it could be used; ``failure.path`` is the JSON path.
    """
    return DECODERS[look](body)


def _unwrap(value: Any, *keys: str) -> Any:
    """The list itself, or the list under one of ``keys`` where some build wraps it."""
    if isinstance(value, dict):
        for key in keys:
            if key in value:
                return value[key]
    return value


def _list_or_bad(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and isinstance(value.get("raw"), str):
        raise BadAnswer(f"only text came: {first_line(value['raw'], 60)}", path="$.raw")
    raise BadAnswer(f"Expected `array`, got `{kind(value)}`", path="$")


# --- containers (3.1) -------------------------------------------------------------------------

_CONTAINERS = msgspec.json.Decoder(list[shapes.ContainerRow])


def _containers(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> list[shapes.ContainerRow]:
        listed = _list_or_bad(_unwrap(value, "containers"))
        found = rows(listed, shapes.ContainerRow, "$", odd)
        if listed and not found:
            raise nothing_usable(odd)
        return found

    wire, odd = typed_or(body, _CONTAINERS, slow)
    return _container_facts(wire), odd


def _container_facts(wire: list[shapes.ContainerRow]) -> facts.Containers:
    return facts.Containers(tuple(_container(row) for row in wire[:MOST_ROWS]))


def _container(row: shapes.ContainerRow) -> facts.Container:
    status = row.status or ""
    return facts.Container(
        service=sys.intern(clean(row.service, 60)),
        state=sys.intern(clean(row.state, 20).lower()),
        health=sys.intern(clean(row.health or "", 20).lower()),
        status=clean(status, 60),
        up=values.parse_uptime(status),
        created_at=values.parse_time(row.created_at),
        container_id=clean(row.i_d or "", 12),
        image=sys.intern(clean(row.image or "", 120)),
        image_id=sys.intern(clean(values.image_id(row.labels or ""), 12)),
    )


# --- dashboard (2) ----------------------------------------------------------------------------

_DASHBOARD = msgspec.json.Decoder(shapes.DashboardBody)


def _dashboard(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> shapes.DashboardBody:
        if not isinstance(value, dict):
            raise BadAnswer(f"Expected `object`, got `{kind(value)}`", path="$")
        made = shapes.DashboardBody(
            health=part(value.get("health"), shapes.HealthPart, "$.health", odd),
            containers=(
                rows(value["containers"], shapes.ContainerRow, "$.containers", odd)
                if value.get("containers") is not None
                else None
            ),
            vault=_vault_by_type(value.get("vault"), odd),
            inbox=part(value.get("inbox"), shapes.InboxPart, "$.inbox", odd),
        )
        if "pairing" in value:
            made.pairing = msgspec.Raw(b"null")
        if "devices" in value or "openclawCfg" in value:
            made.devices = msgspec.Raw(msgspec.json.encode(value.get("devices")))
        return made

    wire, odd = typed_or(body, _DASHBOARD, slow)
    if wire == shapes.DashboardBody():
        raise BadAnswer("none of the dashboard's parts is there", path="$")
    return _dashboard_facts(wire), odd


def _vault_by_type(value: Any, odd: Oddities) -> shapes.VaultPart | None:
    if not isinstance(value, dict):
        return part(value, shapes.VaultPart, "$.vault", odd)
    listed = value.get("records_by_type")
    kept: dict[str, list[shapes.Ignored]] = {}
    if isinstance(listed, dict):
        for name, records in listed.items():
            kept[name] = rows(records, shapes.Ignored, f"$.vault.records_by_type.{name}", odd)
    elif listed is not None:
        odd.note("$.vault.records_by_type", f"Expected `object`, got `{kind(listed)}`")
    total = value.get("total")
    if total is not None and values.integer(total) is None:
        odd.note("$.vault.total", f"Expected `int`, got `{kind(total)}`")
    return shapes.VaultPart(kept, values.integer(total))


def _dashboard_facts(wire: shapes.DashboardBody) -> facts.Dashboard:
    health = wire.health or shapes.HealthPart()
    by_type = wire.vault.records_by_type if wire.vault else None
    named = list((by_type or {}).items())[:200]
    counted = tuple(sorted((clean(name, 40), len(records)) for name, records in named))
    generation = "H" if wire.pairing is not msgspec.UNSET else None
    pending = None
    if wire.devices is not msgspec.UNSET:
        generation = generation or "F"
        pending = _pending(bytes(wire.devices))
    disk = health.disk_percent
    files = wire.inbox.files if wire.inbox else None
    return facts.Dashboard(
        generation=generation,
        containers=None if wire.containers is None else _container_facts(wire.containers),
        disk=(
            facts.Disk(disk, facts.Scope.CONTAINER)
            if disk is not None and 0 <= disk <= 100
            else None
        ),
        memory_percent=health.memory_percent,
        tunnel=clean(health.cloudflared_status, 20) if health.cloudflared_status else None,
        records=(
            wire.vault.total
            if wire.vault and wire.vault.total is not None
            else (sum(n for _, n in counted) if by_type is not None else None)
        ),
        records_by_type=counted,
        inbox=(
            None
            if files is None
            else sum(1 for name in files if name not in ("processed", "_quarantine"))
        ),
        pending_devices=pending,
        health_answered=wire.health is not None,
    )


def _pending(raw: bytes) -> int | None:
    """How many devices wait for approval; ``None`` where the part is missing or text."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    listed = value.get("pending") if isinstance(value, dict) else None
    return len(listed) if isinstance(listed, list) else None


# --- task queue (6.5) -------------------------------------------------------------------------

_QUEUE = msgspec.json.Decoder(shapes.QueueBody)


def _queue(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> shapes.QueueBody:
        if not isinstance(value, dict):
            raise BadAnswer(f"Expected `object`, got `{kind(value)}`", path="$")
        found = rows(value.get("pollers"), shapes.PollerRow, "$.pollers", odd)
        if value.get("pollers") and not found:
            raise nothing_usable(odd)
        return shapes.QueueBody(found, rows(value.get("stats"), shapes.StatsRow, "$.stats", odd))

    wire, odd = typed_or(body, _QUEUE, slow)
    if b'"pollers"' not in body and b'"taskQueues"' not in body:
        raise BadAnswer("no `pollers` in it", path="$.pollers")
    backlog = [values.integer(row.approximate_backlog_count) or 0 for row in wire.stats or []]
    made = tuple(
        facts.Poller(
            kind=sys.intern(clean((row.task_queue_type or "").lower(), 12)),
            identity=clean(row.identity or "", 60),
            last_access=values.parse_time(row.last_access_time),
        )
        for row in (wire.pollers or [])[:MOST_ROWS]
    )
    return facts.Queue(made, sum(backlog) if backlog else None), odd


# --- schedules (6.3) --------------------------------------------------------------------------

_SCHEDULES = msgspec.json.Decoder(list[shapes.ScheduleRow])


def _schedules(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> list[shapes.ScheduleRow]:
        listed = _list_or_bad(_unwrap(value, "schedules"))
        found = rows(listed, shapes.ScheduleRow, "$", odd)
        if listed and not found:
            raise nothing_usable(odd)
        return found

    wire, odd = typed_or(body, _SCHEDULES, slow)
    return facts.Schedules(tuple(_schedule(row) for row in wire[:MOST_ROWS])), odd


def _schedule(row: shapes.ScheduleRow) -> facts.Schedule:
    info = row.info or shapes.ScheduleInfo()
    spec = info.spec or shapes.ScheduleSpec()
    intervals = [item.interval for item in spec.interval or []]
    actions = [
        moment
        for action in info.recent_actions or []
        if (moment := values.parse_time(action.actual_time or action.schedule_time))
    ]
    calendars = spec.structured_calendar or []
    only = intervals if len(intervals) == 1 and not calendars else []
    return facts.Schedule(
        schedule_id=sys.intern(clean(row.schedule_id, 120)),
        workflow_type=sys.intern(clean((info.workflow_type or shapes.TypeName()).name or "", 80)),
        paused=bool(info.paused),
        note=clean(info.notes or "", 120),
        interval=values.parse_duration(only[0]) if only else None,
        jitter=values.parse_duration(spec.jitter) or 0.0,
        next_times=tuple(
            moment
            for text in (info.future_action_times or [])[:2]
            if (moment := values.parse_time(text))
        ),
        last_action=max(actions, default=None),
        cadence=sys.intern(
            clean(cadence.words(intervals, calendars, spec.timezone_name or ""), 60)
        ),
    )


# --- workflows (6.1) --------------------------------------------------------------------------

_WORKFLOWS = msgspec.json.Decoder(list[shapes.WorkflowRow])


def _workflows(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> list[shapes.WorkflowRow]:
        listed = _list_or_bad(_unwrap(value, "workflows", "executions"))
        found = rows(listed, shapes.WorkflowRow, "$", odd)
        if listed and not found:
            raise nothing_usable(odd)
        return found

    wire, odd = typed_or(body, _WORKFLOWS, slow)
    made = tuple(
        _workflow(row)
        for row in wire[:MOST_ROWS]
        if (row.status or "").upper() in ("", "RUNNING", "WORKFLOW_EXECUTION_STATUS_RUNNING")
    )
    return facts.Workflows(made), odd


def _workflow(row: shapes.WorkflowRow) -> facts.Workflow:
    fields = (row.search_attributes or shapes.Attributes()).indexed_fields or {}
    schedule = values.payload(fields.get("TemporalScheduledById"))
    return facts.Workflow(
        workflow_id=clean(row.execution.workflow_id, 160),
        run_id=clean(row.execution.run_id or "", 60),
        type=sys.intern(clean((row.type or shapes.TypeName()).name or "", 80)),
        started=values.parse_time(row.start_time),
        schedule_id=clean(schedule, 120) if isinstance(schedule, str) else None,
        task_queue=sys.intern(clean(row.task_queue or "", 60)),
    )


# --- streams (7.1) ----------------------------------------------------------------------------

_STREAMS = msgspec.json.Decoder(shapes.StreamsBody)
_STREAM = msgspec.json.Decoder(shapes.StreamBody)


def _streams(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> shapes.StreamsBody:
        listed = _list_or_bad(_unwrap(value, "streams"))
        found = rows(listed, shapes.StreamRow, "$.streams", odd)
        if listed and not found:
            raise nothing_usable(odd, "$.streams")
        return shapes.StreamsBody(found)

    wire, odd = typed_or(body, _STREAMS, slow)
    made = tuple(_stream(row) for row in wire.streams[:MOST_ROWS])
    return facts.Streams(made, detailed=False), odd


def decode_stream(body: bytes) -> facts.Stream:
    """One stream's detail: the only place where its last pull is shown (tenant-api.md 7.1)."""

    def slow(value: Any, odd: Oddities) -> shapes.StreamBody:
        row = part(_unwrap(value, "stream"), shapes.StreamRow, "$.stream", odd)
        if row is None:
            raise nothing_usable(odd, "$.stream")
        return shapes.StreamBody(row)

    wire, _ = typed_or(body, _STREAM, slow)
    return _stream(wire.stream)


def _stream(row: shapes.StreamRow) -> facts.Stream:
    return facts.Stream(
        stream_id=clean(row.id, 120),
        name=clean(row.name or row.id, 60),
        status=sys.intern(clean(row.status or "", 20).lower()),
        enabled=row.enabled is not False,
        system=bool(row.system),
        last_event=values.parse_time(row.last_event_at),
        event_count=values.integer(row.event_count),
        last_pull=values.parse_time(row.last_pull_at),
        last_pull_status=clean(row.last_pull_status or "", 120),
        interval=_seconds(row.schedule_interval_seconds),
    )


def _seconds(value: float | str | None) -> float | None:
    if isinstance(value, str):
        whole = values.integer(value)
        return float(whole) if whole and whole > 0 else None
    return float(value) if value and value > 0 else None


# --- host and workers (4.2, 4.3, 5.1) ---------------------------------------------------------

_SYSTEM = msgspec.json.Decoder(shapes.SystemBody)
_SYSTEM_DISK = msgspec.json.Decoder(shapes.SystemDiskBody)
_WORKERS = msgspec.json.Decoder(shapes.WorkersBody)


def _system(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> shapes.SystemBody:
        if not isinstance(value, dict):
            raise BadAnswer(f"Expected `object`, got `{kind(value)}`", path="$")
        return shapes.SystemBody(
            **{
                key: part(value.get(key), str, f"$.{key}", odd)
                for key in ("uptime", "disk", "memory")
            }
        )

    wire, odd = typed_or(body, _SYSTEM, slow)
    if wire.uptime is None and wire.disk is None and wire.memory is None:
        raise BadAnswer(
            odd[0].text if odd else "no host facts in it", path=odd[0].path if odd else "$"
        )
    made = facts.System(
        uptime=values.parse_host_uptime(wire.uptime or ""),
        memory_percent=values.parse_free(wire.memory or ""),
        disk=values.parse_df(wire.disk or ""),
    )
    return made, odd


def decode_system_disk(body: bytes) -> facts.Disk | None:
    """H's disk route: the filesystem of its state database, a host figure; ``None`` unsampled."""
    wire, _ = typed_or(
        body,
        _SYSTEM_DISK,
        lambda value, odd: part(value, shapes.SystemDiskBody, "$", odd) or shapes.SystemDiskBody(),
    )
    used = wire.disk_used_pct
    return facts.Disk(used, facts.Scope.HOST) if used is not None and 0 <= used <= 100 else None


def _workers(body: bytes) -> Decoded:
    def slow(value: Any, odd: Oddities) -> shapes.WorkersBody:
        if not isinstance(value, dict):
            raise BadAnswer(f"Expected `object`, got `{kind(value)}`", path="$")
        listed = value.get("workers")
        known: dict[str, shapes.WorkerState] = {}
        if isinstance(listed, dict):
            for name, state in listed.items():
                got = part(state, shapes.WorkerState, f"$.workers.{name}", odd)
                if got is not None:
                    known[name] = got
        elif listed is not None:
            odd.note("$.workers", f"Expected `object`, got `{kind(listed)}`")
        raw = part(value.get("raw"), str, "$.raw", odd)
        if raw is None and not known:
            raise nothing_usable(odd)
        return shapes.WorkersBody(raw, known, value.get("degraded") is True)

    wire, odd = typed_or(body, _WORKERS, slow)
    if wire.raw is None and wire.workers is None and not wire.degraded:
        raise BadAnswer("neither `raw` nor `workers` in it", path="$")
    named = tuple(
        facts.Worker(
            clean(name, 40),
            clean(state.status or "", 20),
            ", ".join(map(clean, state.health_reasons or [])),
        )
        for name, state in sorted((wire.workers or {}).items())[:20]
    )
    return facts.Workers(
        named or _workers_from_text(wire.raw or ""),
        first_line(wire.raw or "", 80),
        bool(wire.degraded),
    ), odd


def _workers_from_text(text: str) -> tuple[facts.Worker, ...]:
    """Rows ``curator running queue=3`` of the CLI's status text; other lines are left alone."""
    found = []
    for line in text.splitlines()[:40]:
        words = clean(line, 120).split()
        if len(words) >= 2 and words[0] in ("curator", "janitor", "distiller", "surveyor"):
            found.append(facts.Worker(words[0], words[1], " ".join(words[2:])))
    return tuple(found)


DECODERS: dict[Look, Callable[[bytes], Decoded]] = {
    Look.CONTAINERS: _containers,
    Look.DASHBOARD: _dashboard,
    Look.QUEUE: _queue,
    Look.SCHEDULES: _schedules,
    Look.WORKFLOWS: _workflows,
    Look.STREAMS: _streams,
    Look.SYSTEM: _system,
    Look.WORKERS: _workers,
}
"""A decoder for every look that reads JSON."""
