"""The typed shapes of the wire: only the keys that are used; msgspec skips the rest unread.

Spellings are the tenant's (tenant-api.md 2, 3, 5, 6, 7.1). Nothing secret has a field here:
``openclawCfg``, webhook tokens and ``auth_config`` are never decoded. A field without a default is
needed: a row without it says nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

Moment = str | int | float | dict[str, int | str] | None
"""A time as text, or as the seconds and nanoseconds that an old command may print."""


class ContainerRow(msgspec.Struct, rename="pascal", gc=False):
    service: str
    state: str = ""
    health: str | None = ""
    status: str | None = ""
    created_at: str | None = ""
    id: str | None = msgspec.field(name="ID", default="")
    image: str | None = ""
    labels: str | None = ""


class Ignored(msgspec.Struct, gc=False):
    """An object of which nothing is wanted but that it is there."""


class HealthPart(msgspec.Struct, gc=False):
    disk_percent: float | None = None
    memory_percent: float | None = None
    cloudflared_status: str | None = None


class VaultPart(msgspec.Struct, gc=False):
    records_by_type: dict[str, list[Ignored]] | None = None
    total: int | None = None


class InboxPart(msgspec.Struct, gc=False):
    files: list[str] | None = None


class DashboardBody(msgspec.Struct, gc=False):
    health: HealthPart | None = None
    containers: list[ContainerRow] | msgspec.UnsetType | None = msgspec.UNSET
    devices: Any = msgspec.UNSET
    pairing: Any = msgspec.UNSET
    vault: VaultPart | None = None
    inbox: InboxPart | None = None


class AnyVaultPart(msgspec.Struct, gc=False):
    """The vault by the second way: a record is counted whatever it is."""

    records_by_type: dict[str, list[Any]] | None = None
    total: int | None = None


class AnyDashboardBody(msgspec.Struct, gc=False):
    health: HealthPart | None = None
    containers: list[ContainerRow] | msgspec.UnsetType | None = msgspec.UNSET
    devices: Any = msgspec.UNSET
    pairing: Any = msgspec.UNSET
    vault: AnyVaultPart | None = None
    inbox: InboxPart | None = None


class PollerRow(msgspec.Struct, rename="camel", gc=False):
    task_queue_type: str | None = None
    identity: str | None = ""
    last_access_time: Moment = None


class StatsRow(msgspec.Struct, rename="camel", gc=False):
    approximate_backlog_count: int | str | None = 0


class QueueBody(msgspec.Struct, gc=False):
    pollers: list[PollerRow] | None
    stats: list[StatsRow] | None = None


class IntervalSpec(msgspec.Struct, gc=False):
    interval: str | None = None


class ScheduleSpec(msgspec.Struct, rename="camel", gc=False):
    interval: list[IntervalSpec] | None = None
    structured_calendar: list[dict[str, Any]] | None = None
    cron_string: list[str] | None = None
    jitter: str | None = None
    timezone_name: str | None = None


class TypeName(msgspec.Struct, gc=False):
    name: str | None = ""


class RecentAction(msgspec.Struct, rename="camel", gc=False):
    schedule_time: str | None = None
    actual_time: str | None = None


class ScheduleInfo(msgspec.Struct, rename="camel", gc=False):
    spec: ScheduleSpec | None = None
    workflow_type: TypeName | None = None
    notes: str | None = ""
    paused: bool | None = False
    recent_actions: list[RecentAction] | None = None
    future_action_times: list[str] | None = None


class ScheduleRow(msgspec.Struct, rename="camel", gc=False):
    schedule_id: str
    info: ScheduleInfo | None = None


class Execution(msgspec.Struct, rename="camel", gc=False):
    workflow_id: str
    run_id: str | None = ""


class Attributes(msgspec.Struct, rename="camel", gc=False):
    indexed_fields: dict[str, Any] | None = None


class WorkflowRow(msgspec.Struct, rename="camel", gc=False):
    execution: Execution
    type: TypeName | None = None
    start_time: str | None = None
    status: str | None = ""
    task_queue: str | None = ""
    search_attributes: Attributes | None = None


class StreamRow(msgspec.Struct, gc=False):
    id: str
    name: str | None = ""
    status: str | None = ""
    enabled: bool | None = True
    system: bool | None = False
    last_event_at: str | None = None
    event_count: int | str | None = None
    last_pull_at: str | None = None
    last_pull_status: str | None = ""
    schedule_interval_seconds: float | str | None = None


class StreamsBody(msgspec.Struct, gc=False):
    streams: list[StreamRow]


class StreamBody(msgspec.Struct, gc=False):
    stream: StreamRow


class SystemBody(msgspec.Struct, gc=False):
    uptime: str | None = None
    disk: str | None = None
    memory: str | None = None


class SystemDiskBody(msgspec.Struct, gc=False):
    """H's own disk route (tenant-api.md 4.3)."""

    disk_used_pct: float | None


class WorkerState(msgspec.Struct, gc=False):
    status: str | None = ""
    health_reasons: list[str] | None = None


class WorkersBody(msgspec.Struct, gc=False):
    raw: str | None = None
    workers: dict[str, WorkerState] | None = None
    degraded: bool | None = False
