"""An engine without a fleet: fixed clock, invented tenants, a record of what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from alfred_tui.model.look import Door
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import (
    Counting,
    Counts,
    Diagnostics,
    Fact,
    FleetStatus,
    OwnNetwork,
    TenantView,
)

if TYPE_CHECKING:
    from alfred_tui.ops.board import Board
    from tests.ui.fake_ops import FakeHouse, FakeJournal
    from tests.ui.fake_past import FakePast
    from tests.ui.fake_quiet import FakeQuiet
    from tests.ui.fake_sights import FakeSights, FakeWays

NOW = datetime(2026, 6, 1, 12, 4, 31, tzinfo=UTC)
NAMES = (
    "acme-dental", "alder-kitchens", "amber-optics", "ash-and-oak", "beacon-travel",
    "birch-studio", "bluebird-bakery", "canal-street-books", "cedar-clinic", "cobalt-design",
    "copper-kettle", "dune-records", "elm-physio", "ember-ceramics", "fable-films",
    "fern-and-moss", "finch-audio", "garnet-legal", "glasshouse-gardens", "harbor-law",
    "hazel-farm", "heron-sailing", "indigo-print", "iris-florist",
)  # fmt: skip


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def reason(
    rule: str,
    pill: Pill,
    text: str,
    since: float | None = None,
    *,
    value: str = "",
    limit: str = "",
    door: Door = Door.API,
    seen: float = 4,
) -> Reason:
    return Reason(
        rule,
        pill,
        text,
        value,
        limit,
        ago(since) if since is not None else None,
        ago(seen),
        door,
    )


def tenant(name: str, pill: Pill = Pill.OK, index: int = 0, **changes: object) -> TenantView:
    """A healthy, plausible row; ``changes`` replaces fields."""
    view = TenantView(
        name=name,
        pill=pill,
        since=ago(86400 * 3),
        host=f"{name}.ts.example",
        address=f"100.64.{index // 200}.{index % 200 + 2}",
        server_type=("cx43", "cx53", "cpx41")[index % 3],
        location=("fsn1", "nbg1", "hel1")[index % 3],
        layout=("F2", "F3", "H", "F1")[index % 4],
        labels={"ring": "early" if index % 5 == 0 else "late"},
        uptime=86400.0 * (3 + index * 7 % 60),
        seen=12 + index % 9,
        expected=12 + index % 9,
        disk=38.0 + index * 13 % 50,
        disk_sure=index % 4 != 1,
        memory=35.0 + index * 7 % 45,
        latency=0.061 + (index * 37 % 90) / 1000,
        oldest=ago(2 + index % 27),
        images=(("openclaw", "sha256:9f2c41aa" if index % 6 == 0 else "sha256:77b0e2d1"),),
    )
    return msgspec.structs.replace(view, **changes)


def healthy(count: int = 24) -> list[TenantView]:
    names = [NAMES[i] if i < len(NAMES) else f"tenant-{i:04d}" for i in range(count)]
    return [tenant(name, index=i) for i, name in enumerate(names)]


def troubled(count: int = 24) -> list[TenantView]:
    """A fleet with one of everything that a pill can be."""
    views = {view.name: view for view in healthy(count)}

    def change(name: str, pill: Pill, *reasons: Reason, **changes: object) -> None:
        since = reasons[0].since if reasons else None
        views[name] = msgspec.structs.replace(
            views[name], pill=pill, reasons=reasons, since=since, **changes
        )

    change(
        "harbor-law",
        Pill.DOWN,
        reason("host-down", Pill.DOWN, "no answer on 3100 and 22", 130, door=Door.PORT22),
        seen=0,
        uptime=None,
        disk=None,
        memory=None,
        latency=None,
        oldest=ago(134),
    )
    change(
        "acme-dental",
        Pill.DEGRADED,
        reason("learn-no-pollers", Pill.DEGRADED, "alfred-learn: no pollers", 660,
               value="0 pollers", limit="1 of each kind within 2 min"),
        reason("memory-high", Pill.DEGRADED, "memory 96 % > 95 %", 420, value="96 %", limit="95 %"),
        memory=96.0,
    )  # fmt: skip
    change(
        "fable-films",
        Pill.DEGRADED,
        reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %", 840, value="93 %", limit="90 %"),
        disk=93.0,
        disk_sure=True,
        marks="s",
    )
    change(
        "iris-florist",
        Pill.DOWN,
        reason("service-missing", Pill.DOWN, "ctrl-api: service openclaw is not listed", 75),
        seen=11,
        expected=12,
    )
    change("dune-records", Pill.STALE, oldest=ago(190))
    change("hazel-farm", Pill.UNKNOWN, seen=None, uptime=None, disk=None, memory=None,
           latency=None, oldest=None)  # fmt: skip
    change("indigo-print", Pill.BUILDING, seen=4, expected=12, lifecycle="bootstrapping")
    views["finch-audio"] = msgspec.structs.replace(
        views["finch-audio"], notes=("backup running",), marks="p"
    )
    return list(views.values())


def counts_of(views: Iterable[TenantView]) -> Counts:
    counted = ["quiet" if view.quiet else view.pill.value for view in views if view.counted]
    return Counts(len(counted), **{n: counted.count(n) for n in (*Pill, "quiet")})


def facts_of(name: str) -> tuple[Fact, ...]:
    """What a healthy F2 tenant has behind its verdict, with one unhealthy container."""
    api = Door.API
    services = (
        "openclaw", "ctrl-api", "temporal", "postgres", "alfred-learn", "caddy", "redis",
        "vaultwarden", "plane-web", "plane-api", "sure-web", "watchtower",
    )  # fmt: skip
    rows = [
        Fact("Host", "uptime", "41 d", api, ago(212), "host"),
        Fact("Host", "memory", "48 %", api, ago(24), "host"),
        Fact("Host", "disk", "61 %", api, ago(24), "volume /srv"),
        Fact("Host", "disk", "~43 %", api, ago(24), "container root, never judged"),
        Fact("Host", "clock", "0.2 s behind ours, ± 1.1 s", api, ago(4), "Date header"),
    ]
    rows += [
        Fact("Containers", service, "running, healthy, up 12 d", api, ago(4), "docker compose")
        for service in services
    ]
    rows[7] = msgspec.structs.replace(
        rows[7], value="running, unhealthy for 3 min", pill=Pill.DEGRADED
    )
    rows += [
        Fact("Workers", "vault-sync", "idle", api, ago(200), "vault worker"),
        Fact("Workers", "inbox", "busy: 3 files", api, ago(200), "vault worker"),
        Fact("Temporal", "queue alfred-learn", "2 workflow, 2 activity pollers", api, ago(200)),
        Fact("Temporal", "schedules", "14, none paused", api, ago(201)),
        Fact("Temporal", "running workflows", "3, longest 4 min", api, ago(202)),
        Fact("Streams", "mail", "pulled 3 min ago, every 5 min", api, ago(203)),
        Fact("Vault", "records", "4,812", api, ago(24)),
        Fact("Vault", "inbox", "2 files", api, ago(24)),
        Fact("Doors", "containers", "answered in 88 ms", api, ago(4), name),
        Fact("Doors", "SSH banner", "SSH-2.0-OpenSSH_9.2p1", Door.PORT22, ago(3600)),
    ]
    return tuple(rows)


class FakeChanges(NamedTuple):
    ids: frozenset[str] = frozenset()
    membership: bool = False


class FakeEngine:
    """Fits ``FleetEngine``. ``asked`` lists every wish in order; ``put`` and ``drop`` change it."""

    def __init__(self, views: Iterable[TenantView] = (), **status: object) -> None:
        self.rows: dict[str, TenantView] = {view.name: view for view in views}
        self.moment = NOW
        self.asked: list[tuple[object, ...]] = []
        self.start_error: Exception | None = None
        self.stopped = False
        self.started = False
        self._changed: set[str] = set()
        self._membership = False
        self.hours: dict[str, Sequence[Pill | None]] = {}
        self._facts: dict[str, tuple[Fact, ...]] = {}
        self.counted: dict[str, tuple[Counting, ...]] = {}
        base = FleetStatus(
            counts_of(self.rows.values()),
            polled=len(self.rows),
            pollable=len(self.rows),
            first_sweep_done=True,
            network=OwnNetwork("up", "up", "", NOW),
        )
        self.state = msgspec.structs.replace(base, **status)

    # what a test does to it

    def put(self, *views: TenantView) -> None:
        for view in views:
            self._membership |= view.name not in self.rows
            self.rows[view.name] = view
            self._changed.add(view.name)
        self.set_status(counts=counts_of(self.rows.values()))

    def change(self, name: str, **changes: object) -> None:
        self.put(msgspec.structs.replace(self.rows[name], **changes))

    def drop(self, name: str) -> None:
        del self.rows[name]
        self._membership = True
        self.set_status(counts=counts_of(self.rows.values()))

    def set_status(self, **changes: object) -> None:
        self.state = msgspec.structs.replace(self.state, **changes)

    def set_facts(self, name: str, facts: tuple[Fact, ...]) -> None:
        self._facts[name] = facts
        self._changed.add(name)

    # what a screen asks of it

    def views(self) -> Mapping[str, TenantView]:
        return self.rows

    def view(self, name: str) -> TenantView | None:
        return self.rows.get(name)

    def status(self) -> FleetStatus:
        return self.state

    def take_changes(self) -> FakeChanges:
        changes = FakeChanges(frozenset(self._changed), self._membership)
        self._changed, self._membership = set(), False
        return changes

    def facts(self, name: str) -> tuple[Fact, ...]:
        if name not in self.rows:
            return ()
        return self._facts.get(name, facts_of(name))

    def counting(self, name: str) -> tuple[Counting, ...]:
        return self.counted.get(name, ())

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        return self.hours.get(name, ())

    @cached_property
    def past(self) -> FakePast:
        """Empty until a test puts something into it; the first paint must not need it."""
        from tests.ui.fake_past import FakePast

        return FakePast()

    @cached_property
    def quiet(self) -> FakeQuiet:
        """Nothing is quiet until a test wishes it."""
        from tests.ui.fake_quiet import FakeQuiet

        return FakeQuiet(self)

    @cached_property
    def house(self) -> FakeHouse:
        """What operations see and send to."""
        from tests.ui.fake_ops import FakeHouse

        return FakeHouse(self)

    @cached_property
    def journal(self) -> FakeJournal:
        """Empty until something is done."""
        from tests.ui.fake_ops import FakeJournal

        return FakeJournal()

    @cached_property
    def board(self) -> Board:
        """The real one."""
        from tests.ui.fake_ops import board_over

        return board_over(self.house, self.journal)

    @cached_property
    def sights(self) -> FakeSights:
        """Closer looks at invented lists."""
        from tests.ui.fake_sights import FakeSights

        return FakeSights(self)

    @cached_property
    def ways(self) -> FakeWays:
        """Ways into no host."""
        from tests.ui.fake_sights import FakeWays

        return FakeWays()

    def limits_behind(self, name: str, rule: str) -> tuple[tuple[str, object, str], ...]:
        own = "config.toml, for this tenant"
        return {
            "disk-high": (
                ("limits.disk_degraded", 90.0, own),
                ("limits.disk_down", 97.0, "default"),
                ("damping.disk_high", "", "default"),
            ),
        }.get(rule, ())

    async def reload(self) -> None:
        self.asked.append(("reload",))

    def diagnostics(self) -> Diagnostics:
        return Diagnostics(
            lag_p50=0.0011,
            lag_p99=0.0123,
            lag_max=0.041,
            sweep_last=1.31,
            in_flight=7,
            in_flight_limit=64,
            connecting=2,
            queued=0,
            looks_total=48_212,
            looks_failed=310,
            looks_per_second=4.2,
            bytes_total=1_234_567_890,
            errors=(("timed out", 290), ("connection refused", 20)),
            slowest=(("canal-street-books", 3.2), ("acme-dental", 1.1)),
            memory_bytes=97_000_000,
            tasks=31,
            last_errors=((ago(12), "harbor-law", "timed out after 2.5 s"),),
        )

    def pause(self) -> None:
        self.asked.append(("pause",))
        self.set_status(paused=True)

    def resume(self) -> None:
        self.asked.append(("resume",))
        self.set_status(paused=False)

    def refresh(self, names: Iterable[str] | None = None) -> None:
        self.asked.append(("refresh", None if names is None else tuple(names)))

    def set_interval(self, seconds: float) -> None:
        self.asked.append(("interval", seconds))
        self.set_status(interval=seconds)

    def focus(self, name: str | None) -> None:
        self.asked.append(("focus", name))

    def now(self) -> datetime:
        return self.moment

    async def start(self) -> None:
        if self.start_error is not None:
            raise self.start_error
        self.started = True

    async def stop(self) -> None:
        self.stopped = True
