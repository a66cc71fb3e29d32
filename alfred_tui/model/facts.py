"""What a tenant answered, in our own words: decoded, reduced to what rules and screens use.

Wire spellings stay in ``tenant/wire``; everything here is plain values. Times are aware UTC,
durations seconds, shares percent.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Oddity(msgspec.Struct, frozen=True, gc=False):
    """One place of an answer that was not understood: JSON path and what was wrong there."""

    path: str
    text: str


class Uptime(msgspec.Struct, frozen=True, gc=False):
    """Docker's rounded "Up 3 minutes" as the interval of seconds it stands for."""

    low: float
    high: float


class Container(msgspec.Struct, frozen=True, gc=False):
    """One row of ``docker compose ps`` (tenant-api.md 3.1). Known by ``service``, never by name.

    ``state`` and ``health`` are Docker's words (``""`` = no healthcheck). ``image_id`` is the local
    image id out of the labels: it tells that an image changed, not which one.
    """

    service: str
    state: str
    health: str = ""
    status: str = ""
    up: Uptime | None = None
    created_at: datetime | None = None
    container_id: str = ""
    image: str = ""
    image_id: str = ""


class Containers(msgspec.Struct, frozen=True, gc=False):
    """All listed containers; ``None`` rows never occur: a silent Docker is a failed look."""

    rows: tuple[Container, ...] = ()

    @property
    def by_service(self) -> dict[str, Container]:
        """Rows by compose service; of replicas the worst is not chosen, the last listed wins."""
        return {row.service: row for row in self.rows}


class Scope(StrEnum):
    """What a disk figure was measured on (tenant-api.md 4.1-4.3)."""

    VOLUME = "volume"
    HOST = "host"
    CONTAINER = "container root"


class Disk(msgspec.Struct, frozen=True, gc=False):
    """Share used of a filesystem, percent, and which one; a container root is never judged."""

    percent: float
    scope: Scope
    mount: str = ""


class Dashboard(msgspec.Struct, frozen=True, gc=False):
    """The combined dashboard (tenant-api.md 2). A part the tenant could not fill is ``None``.

    ``generation`` is what its keys betray: ``"H"`` (pairing) or ``"F"`` (devices, openclawCfg).
    """

    generation: str | None = None
    containers: Containers | None = None
    disk: Disk | None = None
    memory_percent: float | None = None
    tunnel: str | None = None
    records: int | None = None
    records_by_type: tuple[tuple[str, int], ...] = ()
    inbox: int | None = None
    pending_devices: int | None = None
    health_answered: bool = False


class Poller(msgspec.Struct, frozen=True, gc=False):
    """One poller of a task queue; ``kind`` is ``workflow`` or ``activity`` (``""`` unknown)."""

    kind: str
    identity: str
    last_access: datetime | None


class Queue(msgspec.Struct, frozen=True, gc=False):
    """Pollers of task queue ``alfred-learn`` (tenant-api.md 6.5): listed is not alive."""

    pollers: tuple[Poller, ...] = ()
    backlog: int | None = None


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """A Temporal schedule as listed (tenant-api.md 6.3). ``interval`` in seconds if it is one.

    ``actions`` are when it acted of late, the newest last.
    """

    schedule_id: str
    workflow_type: str = ""
    paused: bool = False
    note: str = ""
    interval: float | None = None
    jitter: float = 0.0
    next_times: tuple[datetime, ...] = ()
    last_action: datetime | None = None
    cadence: str = ""
    actions: tuple[datetime, ...] = ()


class Schedules(msgspec.Struct, frozen=True, gc=False):
    """Every schedule of the tenant."""

    rows: tuple[Schedule, ...] = ()


class Workflow(msgspec.Struct, frozen=True, gc=False):
    """A running workflow execution (tenant-api.md 6.1)."""

    workflow_id: str
    run_id: str
    type: str
    started: datetime | None
    schedule_id: str | None = None
    task_queue: str = ""


class Workflows(msgspec.Struct, frozen=True, gc=False):
    """Running workflows only: the listing always carries a query."""

    rows: tuple[Workflow, ...] = ()


class Stream(msgspec.Struct, frozen=True, gc=False):
    """A stream and its last pull (tenant-api.md 7.1): list row joined with its detail."""

    stream_id: str
    name: str
    status: str = ""
    enabled: bool = True
    system: bool = False
    last_event: datetime | None = None
    event_count: int | None = None
    last_pull: datetime | None = None
    last_pull_status: str = ""
    interval: float | None = None


class Streams(msgspec.Struct, frozen=True, gc=False):
    """All streams; ``detailed`` tells whether last pulls could be read."""

    rows: tuple[Stream, ...] = ()
    detailed: bool = True


class System(msgspec.Struct, frozen=True, gc=False):
    """Host facts: uptime in seconds, memory percent, a disk with its scope (tenant-api.md 4.2)."""

    uptime: float | None = None
    memory_percent: float | None = None
    disk: Disk | None = None


class Worker(msgspec.Struct, frozen=True, gc=False):
    """One vault worker: its name and the state it reports."""

    name: str
    state: str
    note: str = ""


class Workers(msgspec.Struct, frozen=True, gc=False):
    """Vault workers (tenant-api.md 5.1); ``raw`` keeps the first lines where only text came."""

    rows: tuple[Worker, ...] = ()
    raw: str = ""
    degraded: bool = False


class Banner(msgspec.Struct, frozen=True, gc=False):
    """What port 22 said: the SSH identification line, e.g. ``SSH-2.0-OpenSSH_9.2p1``."""

    text: str


class Shell(msgspec.Struct, frozen=True, gc=False):
    """A connection over SSH stands. ``fingerprint`` is that of the host key, OpenSSH's way."""

    fingerprint: str


Answer = (
    Containers
    | Dashboard
    | Queue
    | Schedules
    | Workflows
    | Streams
    | System
    | Workers
    | Banner
    | Shell
)
