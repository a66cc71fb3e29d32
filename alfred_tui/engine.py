"""Wires settings, store, doors, poller and fleet state together; knows no Textual.

Importing this module is cheap: HTTP, database and rules load in ``start``, off the event loop,
after the first paint (architecture.md, Starting fast).
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import resource
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from alfred_tui import heap
from alfred_tui.model.kept import KeptState
from alfred_tui.model.observation import Observation
from alfred_tui.model.view import Diagnostics, Fact, FleetStatus, Snapshot, TenantView

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.fleet.past import PastReader
    from alfred_tui.fleet.poller import Poller
    from alfred_tui.fleet.recorder import Recorder
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.model.verdict import Pill
    from alfred_tui.store.store import Store
    from alfred_tui.tenant.door import ApiDoor

log = logging.getLogger(__name__)

HEAVY = (
    "alfred_tui.fleet.state",
    "alfred_tui.fleet.poller",
    "alfred_tui.fleet.network",
    "alfred_tui.fleet.recorder",
    "alfred_tui.tenant.door",
    "alfred_tui.store.store",
    "alfred_tui.store.inventory",
)
KEEP_EVERY = 15.0
KEEP_AT_ONCE = 32
"""Tenants whose state is gathered in one step of the loop."""
NETWORK_EVERY = 15.0
LAG_BEAT = 0.02
DESCRIPTORS = 8192
SETTLE_AFTER = 90.0
"""Seconds after which every look has been taken of everybody."""
TRENDS_EVERY = 600.0
"""Seconds in which every tenant's trend is made once."""


class Changes(NamedTuple):
    """Tenants whose view changed since the last call; whether any came or went."""

    ids: frozenset[str]
    membership: bool


class Engine:
    """The program without a face: started by the dashboard and by every command that looks.

    ``demo`` starts the simulated fleet as a child and watches that instead of the store's tenants;
    nothing of it is kept.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        demo: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.demo = demo
        self.now = now
        self._snapshot = self._first_views()
        self._state: FleetState | None = None
        self._poller: Poller | None = None
        self._door: ApiDoor | None = None
        self._store: Store | None = None
        self._recorder: Recorder | None = None
        self._tenants: list[Tenant] = []
        self._changed: set[str] = set()
        self._dirty: set[str] = set()
        self._membership = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._child: asyncio.subprocess.Process | None = None
        self._lags: deque[float] = deque(maxlen=1500)
        self._errors: deque[tuple[datetime, str, str]] = deque(maxlen=50)
        self._trouble: list[str] = []
        self._began = 0.0
        self._swept = False

    def _first_views(self) -> Snapshot | None:
        if self.demo:
            return None
        from alfred_tui.store.snapshot import read_snapshot

        return read_snapshot(self.settings.paths.snapshot)

    # --- what is shown --------------------------------------------------------------------

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

    def tenants(self) -> list[Tenant]:
        """Who is watched."""
        return list(self._tenants)

    def status(self) -> FleetStatus:
        """The header line."""
        if self._state is None:
            before = self._snapshot.status if self._snapshot else FleetStatus()
            return msgspec.structs.replace(
                before, demo=self.demo, polled=0, first_sweep_done=False, paused=False
            )
        interval = self._poller.interval if self._poller else 10.0
        floor = self.now().timestamp() - interval * 1.2
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
            network=self._state.network,
            first_sweep_done=self._swept,
            trouble=(*self._trouble, *filter(None, (self._state.own_clock, self._history_trouble))),
        )

    @property
    def _history_trouble(self) -> str:
        return self._recorder.trouble if self._recorder else ""

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        """The worst pill of each of a tenant's last 48 hours, the present one last."""
        return self._recorder.hours_of(name) if self._recorder else ()

    @property
    def past(self) -> PastReader:
        """Samples, hours, days and events; nothing before ``start`` and in the demo."""
        from alfred_tui.fleet.past import PastReader

        return PastReader(self._store.history if self._store else None, self._on_disk)

    def take_changes(self) -> Changes:
        """What changed since the last call."""
        changes = Changes(frozenset(self._changed), self._membership)
        self._changed.clear()
        self._membership = False
        return changes

    def diagnostics(self) -> Diagnostics:
        """The program looking at itself."""
        lags = sorted(self._lags) or [0.0]
        stats = self._poller.stats() if self._poller else None
        elapsed = max(0.001, asyncio.get_running_loop().time() - self._began)
        return Diagnostics(
            lag_p50=lags[len(lags) // 2],
            lag_p99=lags[int(len(lags) * 0.99) - 1] if len(lags) > 1 else lags[0],
            lag_max=lags[-1],
            sweep_last=stats.sweep if stats else None,
            in_flight=stats.in_flight if stats else 0,
            in_flight_limit=stats.limit if stats else 0,
            connecting=self._door.connecting if self._door else 0,
            queued=stats.queued if stats else 0,
            looks_total=stats.looks if stats else 0,
            looks_failed=stats.failed if stats else 0,
            looks_per_second=(stats.looks / elapsed) if stats else 0.0,
            bytes_total=self._door.bytes_total if self._door else 0,
            errors=tuple(sorted(stats.errors.items(), key=lambda e: -e[1])) if stats else (),
            slowest=stats.slowest if stats else (),
            memory_bytes=_resident(),
            tasks=len(asyncio.all_tasks()),
            last_errors=tuple(self._errors),
        )

    # --- what an operator asks for --------------------------------------------------------

    def pause(self) -> None:
        """Begin no further look."""
        if self._poller:
            self._poller.pause()

    def resume(self) -> None:
        """Go on looking."""
        if self._poller:
            self._poller.resume()

    def refresh(self, names: Iterable[str] | None = None) -> None:
        """Look at these tenants now, at all of them for ``None``."""
        if self._poller:
            self._poller.refresh(names)

    def set_interval(self, seconds: float) -> None:
        """Change the containers beat, seconds."""
        if self._poller and self._state:
            self._poller.set_interval(seconds)
            self._state.containers_interval = self._poller.interval

    def focus(self, name: str | None) -> None:
        """A tenant is on the screen: look at its containers more often; ``None`` for nobody."""
        if self._poller:
            self._poller.focus(name)

    async def look_once(self, names: Iterable[str] | None = None) -> None:
        """Every look at every named tenant, once; needs ``start``."""
        assert self._poller is not None, "start() comes first"
        await self._poller.look_once(names)
        await self._check_network()

    # --- life -----------------------------------------------------------------------------

    async def start(self, *, poll: bool = True) -> None:
        """Load what is heavy, open the store, begin to poll (unless ``poll`` is false).

        Raises:
            StoreError: the store cannot be opened; its text says what to do.
            InventoryError, DemoError: the demo fleet did not come up.
        """
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        _more_descriptors()
        for module in HEAVY:
            await loop.run_in_executor(self._disk, importlib.import_module, module)
        from alfred_tui.fleet.poller import Poller
        from alfred_tui.fleet.state import FleetState
        from alfred_tui.tenant.door import ApiDoor

        poll_settings = self.settings.poll
        kept = await self._load()
        state = FleetState(
            self.settings.limits,
            now=self.now,
            containers_interval=poll_settings.containers_interval,
        )
        for tenant in self._tenants:
            state.add(tenant, kept.get(tenant.name))
        self._door = ApiDoor(poll=poll_settings, now=self.now)
        self._poller = Poller(
            self._door,
            poll_settings,
            on_observation=self._apply,
            vanished=state.vanished,
            healing=state.healing,
        )
        state.trying = self._poller.trying
        self._poller.set_tenants(self._tenants)
        self._state = state
        self._membership = True
        if poll:
            self._begin_recording()
            jobs = [self._poller.run(), self._look_after(), self._beat_heart()]
            if self._store is not None:
                jobs.append(self._learn_trends())
            for job in jobs:
                task = asyncio.create_task(job)
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    def _begin_recording(self) -> None:
        from alfred_tui.fleet.recorder import Nowhere, Recorder

        assert self._state is not None
        past = self._store.history if self._store is not None else Nowhere()
        self._recorder = Recorder(past, self._on_disk, self.settings.history)
        self._recorder.begin(self._state.views)

    async def _learn_trends(self) -> None:
        """Hold every tenant's past against its present: a few at a time, over and over."""
        from alfred_tui.fleet.trend import DAYS, trend

        while True:
            names = [tenant.name for tenant in self._tenants]
            pause = TRENDS_EVERY / max(1, len(names))
            for name in names:
                now = self.now()
                try:
                    hours = await self.past.stretches(name, now - timedelta(days=DAYS), now)
                except (OSError, RuntimeError):
                    log.warning("the past of %s cannot be read", name, exc_info=True)
                    hours = []
                if self._state is not None:
                    self._state.set_trend(name, trend(hours, int(now.timestamp())))
                await asyncio.sleep(pause)
            if not names:
                await asyncio.sleep(TRENDS_EVERY)

    async def _on_disk(self, work: Callable[[], object]) -> object:
        """Run on the store's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    async def _load(self) -> dict[str, KeptState]:
        loop = asyncio.get_running_loop()
        if self.demo:
            from alfred_tui import demo

            self._child, inventory = await demo.start(self.settings)
            from alfred_tui.store.inventory import read_inventory

            self._tenants = await loop.run_in_executor(self._disk, read_inventory, inventory)
            await loop.run_in_executor(self._disk, shutil.rmtree, inventory.parent, True)
            return {}
        from alfred_tui.store.store import Store

        self._store = await loop.run_in_executor(self._disk, Store.open, self.settings.paths)
        self._tenants = await loop.run_in_executor(self._disk, self._store.tenants)
        return await loop.run_in_executor(self._disk, self._store.last_states)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            log.error("a background job ended", exc_info=trouble)
            self._trouble.append("polling stopped because of an error: see the log, restart")

    def _apply(self, seen: Observation) -> None:
        assert self._state is not None
        if seen.failure is not None:
            text = f"{seen.failure.kind.value}: {seen.failure.text}"
            self._errors.append((seen.at, f"{seen.tenant} {seen.look.value}", text))
        self._dirty.add(seen.tenant)
        if self._state.apply(seen):
            self._changed.add(seen.tenant)
            if self._recorder is not None:
                self._recorder.sampler.changed(self._state.views[seen.tenant], seen.at)

    async def _look_after(self) -> None:
        """What time alone does: ageing, the network check, keeping what is known."""
        loop = asyncio.get_running_loop()
        network_at, keep_at = loop.time() + 8.0, loop.time() + KEEP_EVERY
        settle_at = loop.time() + SETTLE_AFTER
        if self._recorder is not None:
            await self._recorder.load(self.now())
        while True:
            await asyncio.sleep(1.0)
            assert self._state is not None
            self._changed |= self._state.age(self.now())
            if self._recorder is not None:
                await self._recorder.beat(self._state.views, self.now())
            if loop.time() >= network_at or self._state.suspect:
                await self._check_network()
                network_at = loop.time() + NETWORK_EVERY
            if loop.time() >= keep_at:
                await self._keep()
                keep_at = loop.time() + KEEP_EVERY
            if loop.time() >= settle_at:
                heap.settle()  # by now everything that lives for ever is known
                settle_at = float("inf")

    async def _check_network(self) -> None:
        from alfred_tui.fleet import network

        assert self._state is not None
        found = await network.check(self._state, self.now)
        if found is not None:
            self._state.network = found

    async def _beat_heart(self) -> None:
        """Measure how late the event loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_BEAT
            await asyncio.sleep(LAG_BEAT)
            self._lags.append(max(0.0, loop.time() - due))

    async def _keep(self) -> None:
        """Write the last known state: the store, and the small file of the first paint."""
        if self._state is None or self._store is None or self.demo:
            return
        names = list(self._dirty & self._state.views.keys())
        self._dirty.clear()
        try:
            await self._write_states(names)
        except asyncio.CancelledError:
            self._dirty.update(names)  # the last write of all, at the end, has them
            raise

    async def _write_states(self, names: Sequence[str]) -> None:
        from alfred_tui.store.snapshot import write_snapshot

        assert self._state is not None
        assert self._store is not None
        now = self.now()
        kept: list[KeptState] = []
        for place in range(0, len(names), KEEP_AT_ONCE):
            kept += self._state.kept(now, names[place : place + KEEP_AT_ONCE])
            await asyncio.sleep(0)
        views = tuple(self._state.views.values())
        snapshot = Snapshot(version=1, saved_at=now, views=views, status=self.status())
        store, path = self._store, self.settings.paths.snapshot
        try:
            await self._on_disk(lambda: store.keep_states(kept))
            await self._on_disk(lambda: write_snapshot(path, snapshot))
        except (OSError, RuntimeError) as trouble:
            text = f"last state not kept: {trouble}"
            if text not in self._trouble:
                self._trouble.append(text)
            log.warning("last state not kept", exc_info=True)

    async def stop(self) -> None:
        """End everything that was begun; the store is whole afterwards. Safe to call twice."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keep()
        if self._recorder is not None and self._store is not None:
            await self._recorder.end()
        if self._door is not None:
            await self._door.aclose()
        if self._child is not None and self._child.returncode is None:
            self._child.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._child.wait()
            if self._child.returncode is None:
                self._child.kill()
                await self._child.wait()
        if self._store is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._disk, self._store.close)
            self._store = None
        self._disk.shutdown(wait=False)


def _more_descriptors() -> None:
    """Allow ourselves as many open connections as the system does: a fleet is looked at at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _resident() -> int:
    """Resident memory of this process, bytes; 0 where it cannot be read."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
