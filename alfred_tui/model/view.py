"""What screens and commands show of a tenant and of the fleet; made by ``fleet``, stored as is."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alfred_tui.model import units
from alfred_tui.model.look import Door
from alfred_tui.model.verdict import Pill, Reason


class TenantView(msgspec.Struct, frozen=True, gc=False):
    """One row of the grid: everything it shows, nothing secret.

    ``uptime`` seconds, ``disk`` and ``memory`` percent, ``latency`` seconds of the last containers
    look. ``disk_sure`` is false where the figure's scope is uncertain (shown with ``~``).
    ``oldest`` is the time of the oldest fact used (the AGE column); ``None`` = never seen.
    ``images`` are ``(service, local image id)``. ``marks`` holds mark letters (ux.md: z, p, s).
    ``quieted`` are muted and acknowledged reasons; with ``quiet`` there are no others, the pill is
    theirs, greyed and counted apart.
    """

    name: str
    pill: Pill
    since: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    host: str = ""
    address: str = ""
    server_type: str = ""
    location: str = ""
    layout: str = ""
    lifecycle: str = "running"
    labels: dict[str, str] = {}
    uptime: float | None = None
    seen: int | None = None
    expected: int | None = None
    disk: float | None = None
    disk_sure: bool = True
    memory: float | None = None
    latency: float | None = None
    oldest: datetime | None = None
    images: tuple[tuple[str, str], ...] = ()
    marks: str = ""
    counted: bool = True
    quieted: tuple[Reason, ...] = ()
    quiet: bool = False

    @property
    def told(self) -> tuple[Reason, ...]:
        """The reasons that stand beside the pill: the loud ones, else the quiet ones."""
        return self.reasons or self.quieted

    @property
    def rank(self) -> int:
        """Worst first; what is quiet stands after all that is not OK, and before what is."""
        return 2 * Pill.OK.severity - 1 if self.quiet else 2 * self.pill.severity

    @property
    def whole(self) -> Pill:
        """The pill as if nothing were muted: what the past remembers."""
        if not self.quieted or self.pill not in (Pill.DOWN, Pill.DEGRADED):
            return self.pill
        return min((self.pill, *(r.pill for r in self.quieted)), key=lambda pill: pill.severity)


class Counting(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A condition that was not seen often or long enough to be a reason, or is one no longer seen.

    ``reason`` is what will be said of it, once it was seen at ``needed`` looks (of the last ``of``,
    if that is not 0; in a row otherwise) and for ``lasting`` seconds; ``looks`` and ``lasted`` are
    how far that is. ``healing``: it is a reason still, and ``looks`` of the ``needed`` that end it
    were without it.
    """

    reason: Reason
    looks: int
    needed: int
    of: int = 0
    lasted: float = 0.0
    lasting: float = 0.0
    healing: bool = False

    @property
    def progress(self) -> str:
        """``1 of 2 looks``, ``2 of 3 looks, of the last 5``, ``40 s of 5 min``: what is short."""
        looks = f"{self.looks} of {self.needed} looks"
        if self.healing:
            return f"{looks} without it"
        if self.of:
            looks += f", of the last {self.of}"
        if self.lasted >= self.lasting:
            return looks
        spans = f"{units.short_duration(self.lasted)} of {units.short_duration(self.lasting)}"
        return f"{looks}, {spans}" if self.looks < self.needed else spans


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One fact behind a verdict, ready to be read: where from, of what, how old.

    ``group`` orders facts on the overview (``Host``, ``Containers``, ``Workers``, ``Temporal``,
    ``Streams``, ``Vault``, ``Doors``); ``value`` carries its unit; ``scope`` says what it is of.
    """

    group: str
    label: str
    value: str
    door: Door
    at: datetime | None
    scope: str = ""
    pill: Pill | None = None


class Counts(msgspec.Struct, frozen=True, gc=False):
    """Tenants by pill; suspended and destroyed ones are not in it.

    Those that are ``quiet`` are counted there and not under their pill.
    """

    total: int = 0
    ok: int = 0
    degraded: int = 0
    down: int = 0
    stale: int = 0
    unknown: int = 0
    building: int = 0
    quiet: int = 0


class OwnNetwork(msgspec.Struct, frozen=True, gc=False):
    """Our own way to the fleet. ``state``: ``up``, ``offline``, ``partition``, ``unchecked``.

    ``tailnet`` is what the tailscale client says (``up``, ``stopped``, ``needs login`` ...;
    ``""`` without a client); ``text`` is the banner for a person when something is wrong.
    """

    state: str = "unchecked"
    tailnet: str = ""
    text: str = ""
    at: datetime | None = None


class FleetStatus(msgspec.Struct, frozen=True, gc=False):
    """The header line: who was polled how recently, whether we are paused, our own network.

    ``stand_in``: the demo is shown only until there is a tenant. ``day`` says which day a
    demo lives through and how fast, where that is not the usual: ``image-regression 60x``.
    """

    counts: Counts = Counts()
    polled: int = 0
    pollable: int = 0
    interval: float = 10.0
    paused: bool = False
    demo: bool = False
    stand_in: bool = False
    day: str = ""
    network: OwnNetwork = OwnNetwork()
    first_sweep_done: bool = False
    trouble: tuple[str, ...] = ()


class Diagnostics(msgspec.Struct, frozen=True, gc=False):
    """The program looking at itself: seconds unless a name says otherwise."""

    lag_p50: float = 0.0
    lag_p99: float = 0.0
    lag_max: float = 0.0
    sweep_last: float | None = None
    in_flight: int = 0
    in_flight_limit: int = 0
    connecting: int = 0
    queued: int = 0
    looks_total: int = 0
    looks_failed: int = 0
    looks_per_second: float = 0.0
    bytes_total: int = 0
    errors: tuple[tuple[str, int], ...] = ()
    slowest: tuple[tuple[str, float], ...] = ()
    memory_bytes: int = 0
    tasks: int = 0
    last_errors: tuple[tuple[datetime, str, str], ...] = ()


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The last known state as it is kept for the first paint: derived and disposable, no secret."""

    version: int
    saved_at: datetime
    views: tuple[TenantView, ...] = ()
    status: FleetStatus = FleetStatus()
