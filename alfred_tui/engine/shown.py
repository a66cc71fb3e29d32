"""What of the engine is read by screens and commands; who fills it is ``engine.Engine``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from alfred_tui.engine.heart import Heart
from alfred_tui.engine.threads import Threads
from alfred_tui.model.view import Counting, Diagnostics, Fact, FleetStatus, Snapshot, TenantView

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.engine.care import Care
    from alfred_tui.engine.past_runs import RunReader
    from alfred_tui.engine.quieter import Quieter
    from alfred_tui.engine.sights import EngineSights
    from alfred_tui.engine.unready import Unready
    from alfred_tui.engine.ways import EngineWays
    from alfred_tui.engine.workshop import Workshop
    from alfred_tui.fleet.past import PastReader
    from alfred_tui.fleet.poller import Poller
    from alfred_tui.fleet.recorder import Recorder
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.demo_day import DemoDay
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.model.verdict import Pill
    from alfred_tui.ops.board import Board
    from alfred_tui.store.store import Store
    from alfred_tui.tenant.door import ApiDoor


class Changes(NamedTuple):
    """Tenants whose view changed since the last call; whether any came or went."""

    ids: frozenset[str]
    membership: bool


class Shown:
    """Its parts are ``None`` until the engine has started."""

    def __init__(
        self,
        settings: Settings,
        *,
        demo: DemoDay | None,
        empty: bool,
        now: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.demo = demo is not None or empty
        self._day = demo
        self.now = now
        self._empty = empty
        self._snapshot = self._first_views()
        self._state: FleetState | None = None
        self._poller: Poller | None = None
        self._door: ApiDoor | None = None
        self._store: Store | None = None
        self._recorder: Recorder | None = None
        self._care: Care | None = None
        self._quieter: Quieter | None = None
        self._workshop: Workshop | None = None
        self._heart = Heart()
        self._tenants: list[Tenant] = []
        self._changed: set[str] = set()
        self._membership = False
        self._threads = Threads()
        self._trouble: list[str] = []
        self._swept = False

    def _first_views(self) -> Snapshot | None:
        if self.demo:
            return None
        from alfred_tui.store.snapshot import read_snapshot

        return read_snapshot(self.settings.paths.snapshot)

    @property
    def speed(self) -> float:
        """How many seconds of ``now`` pass in one of the clock's."""
        return self._day.speed if self._day is not None else 1.0

    def views(self) -> Mapping[str, TenantView]:
        """Every tenant's newest view by name; before ``start`` the last known ones."""
        if self._state is not None:
            return self._state.views
        return {view.name: view for view in self._snapshot.views} if self._snapshot else {}

    def view(self, name: str) -> TenantView | None:
        """One tenant's view, ``None`` for an unknown name."""
        return self.views().get(name)

    def facts(self, name: str) -> tuple[Fact, ...]:
        """Every fact behind a tenant's verdict; none before its first look."""
        return self._state.facts(name) if self._state is not None else ()

    def counting(self, name: str) -> tuple[Counting, ...]:
        """Conditions of a tenant that do not count yet, or are healing; worked out when asked."""
        state = self._state.known(name) if self._state is not None else None
        return state.counting() if state is not None else ()

    def tenants(self) -> list[Tenant]:
        """Who is watched."""
        return list(self._tenants)

    def status(self) -> FleetStatus:
        """The header line."""
        if self._state is None:
            before = self._snapshot.status if self._snapshot else FleetStatus()
            return msgspec.structs.replace(
                before,
                demo=self.demo,
                day=str(self._day or ""),
                stand_in=self._empty,
                polled=0,
                first_sweep_done=False,
                paused=False,
            )
        interval = self._poller.interval if self._poller else 10.0
        floor = self.now().timestamp() - interval * 1.2 * self.speed
        views = [v for v in self._state.views.values() if v.counted]
        polled = sum(1 for v in views if v.oldest is not None and v.oldest.timestamp() >= floor)
        self._swept = self._swept or all(v.oldest or v.reasons for v in views)
        return FleetStatus(
            counts=self._state.counts(),
            polled=polled,
            pollable=len(views),
            interval=interval,
            paused=self._poller.paused if self._poller else False,
            demo=self.demo,
            day=str(self._day or ""),
            stand_in=self._empty,
            network=self._state.network,
            first_sweep_done=self._swept,
            trouble=tuple(dict.fromkeys(filter(None, self._troubles()))),
        )

    def _troubles(self) -> Iterator[str]:
        yield from self._trouble
        yield self._state.own_clock if self._state else ""
        yield self._care.keeper.trouble if self._care and self._care.keeper else ""
        yield self._recorder.trouble if self._recorder else ""

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        """The worst pill of each of a tenant's last 48 hours, the present one last."""
        return self._recorder.hours_of(name) if self._recorder else ()

    @property
    def past(self) -> PastReader:
        """Samples, hours, days and events; nothing before ``start``."""
        from alfred_tui.fleet.past import PastReader

        return PastReader(self._store.history if self._store else None, self._threads.read)

    def take_changes(self) -> Changes:
        """What changed since the last call."""
        changes = Changes(frozenset(self._changed), self._membership)
        self._changed.clear()  # the same set for ever: the wishes for quiet add to it, too
        self._membership = False
        return changes

    def diagnostics(self) -> Diagnostics:
        """The program looking at itself."""
        return self._heart.diagnostics(self._poller, self._door)

    @property
    def quiet(self) -> Quieter | Unready:
        """What is muted and acknowledged, and the way to do it; nothing before ``start``."""
        if self._quieter is not None:
            return self._quieter
        from alfred_tui.engine.unready import Unready

        return Unready()

    @property
    def journal(self) -> RunReader:
        """What was done, with every answer; nothing before ``start``."""
        from alfred_tui.engine.past_runs import RunReader

        return RunReader(self._workshop.journal if self._workshop else None, self._threads.read)

    @property
    def workshop(self) -> Workshop:
        """Where tenants are looked at closely and worked on; after ``start``."""
        assert self._workshop is not None, "start() comes first"
        return self._workshop

    @property
    def board(self) -> Board:
        """Operations: planned, run, written down; after ``start``."""
        return self.workshop.board

    @property
    def sights(self) -> EngineSights:
        """Closer looks at one tenant; after ``start``."""
        return self.workshop.sights

    @property
    def ways(self) -> EngineWays:
        """The ways into a tenant's host; after ``start``."""
        return self.workshop.ways

    def limits_behind(self, name: str, rule: str) -> tuple[tuple[str, object, str], ...]:
        """The settings behind a rule for a tenant: key, value, where it came from."""
        from alfred_tui.fleet.rules.behind import settings_behind

        behind = self.settings.behind
        return tuple((key, *behind(name, key)) for key in settings_behind(rule))
