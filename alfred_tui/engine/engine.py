"""Wires settings, store, doors, poller and fleet state together; knows no Textual.

Importing this module is cheap: HTTP, database and rules load in ``start``, off the event loop,
after the first paint (architecture.md, Starting fast).
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from alfred_tui import heap
from alfred_tui.engine import process
from alfred_tui.engine.heart import Heart
from alfred_tui.model.kept import KeptState
from alfred_tui.model.observation import Observation
from alfred_tui.model.text import clean
from alfred_tui.model.view import Diagnostics, Fact, FleetStatus, Snapshot, TenantView

if TYPE_CHECKING:
    from pathlib import Path

    from alfred_tui.config import Settings
    from alfred_tui.engine.keeper import Keeper
    from alfred_tui.engine.past_runs import RunReader
    from alfred_tui.engine.quieter import Quieter
    from alfred_tui.engine.sights import EngineSights
    from alfred_tui.engine.unready import Unready
    from alfred_tui.engine.ways import EngineWays
    from alfred_tui.fleet.past import PastReader
    from alfred_tui.fleet.poller import Poller
    from alfred_tui.fleet.recorder import Recorder
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.damping import Damp
    from alfred_tui.model.limits import Limits
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.model.verdict import Pill
    from alfred_tui.ops.board import Board
    from alfred_tui.store.store import Store
    from alfred_tui.tenant.door import ApiDoor
    from alfred_tui.tenant.ssh.door import SshDoor

log = logging.getLogger(__name__)
T = TypeVar("T")

HEAVY = (
    "alfred_tui.fleet.state",
    "alfred_tui.fleet.poller",
    "alfred_tui.fleet.network",
    "alfred_tui.fleet.recorder",
    "alfred_tui.tenant.door",
    "alfred_tui.store.store",
    "alfred_tui.store.inventory",
    "alfred_tui.engine.keeper",
    "alfred_tui.engine.quieter",
)
KEEP_EVERY = 15.0
FOLLOW_EVERY = 2.0
"""Seconds between two questions to the store whether another program has changed something."""
NETWORK_EVERY = 15.0
SETTLE_AFTER = 90.0
"""Seconds after which every look has been taken of everybody."""


class Changes(NamedTuple):
    """Tenants whose view changed since the last call; whether any came or went."""

    ids: frozenset[str]
    membership: bool


class Engine:
    """The program without a face: started by the dashboard and by every command that looks.

    ``demo`` starts the simulated fleet as a child and watches that instead of the store's tenants;
    nothing of it is kept. With ``empty`` it does so only until the store holds a tenant.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        demo: bool = False,
        empty: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.demo = demo or empty
        self.now = now
        self._empty = empty
        self._snapshot = self._first_views()
        self._state: FleetState | None = None
        self._poller: Poller | None = None
        self._door: ApiDoor | None = None
        self._store: Store | None = None
        self._recorder: Recorder | None = None
        self._keeper: Keeper | None = None
        self._quieter: Quieter | None = None
        self._board: Board | None = None
        self._ssh: SshDoor | None = None
        self._sights: EngineSights | None = None
        self._ways: EngineWays | None = None
        self._demo_files: Path | None = None
        self._heart = Heart()
        self._changes: dict[str, int] = {}
        self._tenants: list[Tenant] = []
        self._changed: set[str] = set()
        self._membership = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._reads = ThreadPoolExecutor(1, thread_name_prefix="past")
        self._child: asyncio.subprocess.Process | None = None
        self._trouble: list[str] = []
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
                before,
                demo=self.demo,
                stand_in=self._empty,
                polled=0,
                first_sweep_done=False,
                paused=False,
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
            stand_in=self._empty,
            network=self._state.network,
            first_sweep_done=self._swept,
            trouble=tuple(dict.fromkeys(filter(None, self._troubles()))),
        )

    def _troubles(self) -> Iterator[str]:
        yield from self._trouble
        yield self._state.own_clock if self._state else ""
        yield self._keeper.trouble if self._keeper else ""
        yield self._recorder.trouble if self._recorder else ""

    def hours_of(self, name: str) -> Sequence[Pill | None]:
        """The worst pill of each of a tenant's last 48 hours, the present one last."""
        return self._recorder.hours_of(name) if self._recorder else ()

    @property
    def past(self) -> PastReader:
        """Samples, hours, days and events; nothing before ``start`` and in the demo."""
        from alfred_tui.fleet.past import PastReader

        return PastReader(self._store.history if self._store else None, self._reading)

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
        """What was done, with every answer; nothing before ``start`` and in the demo."""
        from alfred_tui.engine.past_runs import RunReader

        return RunReader(self._store.journal if self._store else None, self._reading)

    @property
    def board(self) -> Board:
        """Operations: planned, run, written down; after ``start``."""
        assert self._board is not None, "start() comes first"
        return self._board

    @property
    def sights(self) -> EngineSights:
        """Closer looks at one tenant; after ``start``."""
        assert self._sights is not None, "start() comes first"
        return self._sights

    @property
    def ways(self) -> EngineWays:
        """The ways into a tenant's host; after ``start``."""
        assert self._ways is not None, "start() comes first"
        return self._ways

    def limits_behind(self, name: str, rule: str) -> tuple[tuple[str, object, str], ...]:
        """The settings behind a rule for a tenant: key, value, where it came from."""
        from alfred_tui.fleet.rules.behind import settings_behind

        behind = self.settings.behind
        return tuple((key, *behind(name, key)) for key in settings_behind(rule))

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

    async def reload(self) -> None:
        """Watch who is in the store now; those that stay keep what is known of them.

        Raises:
            StoreError: the store cannot be read.
        """
        from alfred_tui.engine.exchange import differ, exchange

        store, state = self._store, self._state
        if store is None or state is None or self._poller is None:
            return
        tenants = await self._ask(store.tenants)
        gone, changed = differ(self._tenants, tenants)
        if not gone and not changed:
            return
        kept = await self._ask(store.last_states) if changed else {}
        self._changed |= exchange(self._tenants, tenants, kept, state, self._poller, self._recorder)
        self._tenants = tenants
        self._membership = True
        if self._ssh is not None:
            for name in gone:
                await self._ssh.forget(name)

    # --- life -----------------------------------------------------------------------------

    async def start(self, *, poll: bool = True) -> None:
        """Load what is heavy, open the store, begin to poll (unless ``poll`` is false).

        Raises:
            StoreError: the store cannot be opened; its text says what to do.
            InventoryError, DemoError: the demo fleet did not come up.
        """
        loop = asyncio.get_running_loop()
        self._heart.began = loop.time()
        process.more_descriptors()
        for module in HEAVY:
            await loop.run_in_executor(self._disk, importlib.import_module, module)
        from alfred_tui.engine import trends
        from alfred_tui.fleet.poller import Poller
        from alfred_tui.fleet.state import FleetState
        from alfred_tui.tenant.door import ApiDoor

        poll_settings = self.settings.poll
        kept = await (self._begin_demo() if self.demo else self._open_store())
        state = FleetState(
            self.settings.limits,
            now=self.now,
            containers_interval=poll_settings.containers_interval,
            own=self._limits_of,
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
        await self._begin_keeping()
        if poll:
            self._begin_recording()
            for job in (
                self._poller.run(),
                self._look_after(),
                self._heart.beat(),
                trends.learn(self._with_a_past, lambda: self.past, state, self.now),
                self._follow_others(),
            ):
                task = asyncio.create_task(job)
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    def _begin_recording(self) -> None:
        from alfred_tui.fleet.recorder import Nowhere, Recorder

        assert self._state is not None
        past = self._store.history if self._store is not None else Nowhere()
        self._recorder = Recorder(past, self._ask, self.settings.history)
        self._recorder.begin(self._state.views)

    def _with_a_past(self) -> list[str]:
        return [tenant.name for tenant in self._tenants] if self._store is not None else []

    def _limits_of(self, name: str) -> tuple[Limits, Mapping[str, Damp]]:
        own = self.settings.of(name)
        return own.limits, own.damping.damps()

    async def _begin_keeping(self) -> None:
        """Whatever the store holds of the fleet beside its tenants, and what is kept in it."""
        from alfred_tui.engine.keeper import Keeper
        from alfred_tui.engine.quieter import InMemory, Quieter

        assert self._state is not None
        shelf = InMemory() if self._store is None else self._store.quiets
        if self._store is not None:
            self._changes = await self._ask(self._store.changes)
            self._keeper = Keeper(self._store, self.settings.paths.snapshot, self._ask)
        self._quieter = Quieter(shelf, self._ask, self._state, self.now, self._changed)
        await self._quieter.load()
        await self._end_board()
        self._board = self._new_board()
        strangers = self.settings.tenants.keys() - {tenant.name for tenant in self._tenants}
        if strangers and not self.demo:
            names = clean(", ".join(sorted(strangers)), 80)
            self._trouble.append(f"settings name tenants that are not there: {names}")

    async def _end_board(self) -> None:
        if self._board is not None:
            await self._board.aclose()
        if self._ssh is not None:
            await self._ssh.aclose()
            self._ssh = None

    def _new_board(self) -> Board:
        from alfred_tui.engine.house import EngineHouse
        from alfred_tui.engine.quieter import who
        from alfred_tui.engine.sights import EngineSights
        from alfred_tui.engine.ways import EngineWays
        from alfred_tui.ops.board import Board
        from alfred_tui.ops.hands import Writer
        from alfred_tui.ops.unkept import Unkept

        assert self._state is not None
        assert self._door is not None
        journal = Unkept() if self._store is None else self._store.journal
        house = EngineHouse(
            self._state, self._door, self.tenants, self.now, self._apply, self._ssh_door
        )
        self._sights = EngineSights(house)
        self._ways = EngineWays(house, self._ssh_door, self.settings.paths.home / "ssh")
        writer = Writer(journal, self._ask)
        return Board(house, writer, who(), read_only=self.settings.ops.read_only)

    async def _ssh_door(self) -> SshDoor:
        """The SSH door, opened when it is first needed: its library is a heavy one."""
        if self._ssh is None:
            await asyncio.to_thread(importlib.import_module, "alfred_tui.tenant.ssh.door")
        if self._ssh is None:
            from alfred_tui.engine.pins import StoredPins, UnkeptPins
            from alfred_tui.tenant.ssh.door import SshDoor

            assert self._door is not None
            pins = UnkeptPins() if self._store is None else StoredPins(self._store, self._ask)
            self._ssh = SshDoor(tcp=self._door.dialer, pins=pins, now=self.now)
        return self._ssh

    async def _follow_others(self) -> None:
        """See what other programs change in the store: tenants, wishes for quiet."""
        assert self._quieter is not None
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            try:
                if self._store is None:
                    await self._leave_demo()
                else:
                    await self._take_changes_of(self._store)
                await self._quieter.follow()
            except (OSError, RuntimeError):
                # the next writing tells a person; here the next question is soon enough
                log.warning("the store cannot be asked for changes", exc_info=True)

    async def _take_changes_of(self, store: Store) -> None:
        assert self._quieter is not None
        changes = await self._ask(store.changes)
        if changes.get("tenants") != self._changes.get("tenants"):
            await self.reload()
        if changes.get("quiet") != self._changes.get("quiet"):
            await self._quieter.load()
        self._changes = changes

    async def _leave_demo(self) -> None:
        """Where the demo stood in for an empty store: watch what the store holds by now."""
        from alfred_tui.engine.exchange import exchange
        from alfred_tui.store.peek import has_tenants

        paths = self.settings.paths
        if not self._empty or not await self._ask(lambda: has_tenants(paths)):
            return
        assert self._state is not None
        assert self._poller is not None
        demo = self._tenants
        exchange(demo, [], {}, self._state, self._poller, self._recorder)
        await self._end_demo()
        kept = await self._open_store()
        self.demo = self._empty = self._swept = False
        exchange([], self._tenants, kept, self._state, self._poller, None)
        self._membership = True
        await self._begin_keeping()
        self._begin_recording()
        if self._recorder is not None:
            await self._recorder.load(self.now())

    async def _reading(self, work: Callable[[], T]) -> T:
        """Run beside the store's own thread: who only reads does not wait for who writes."""
        return await asyncio.get_running_loop().run_in_executor(self._reads, work)

    async def _ask(self, work: Callable[[], T]) -> T:
        """The answer of something that is run on the store's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    async def _begin_demo(self) -> dict[str, KeptState]:
        from alfred_tui import demo

        self._child, inventory = await demo.start(self.settings)
        from alfred_tui.store.inventory import read_inventory

        self._tenants = await self._ask(lambda: read_inventory(inventory))
        # the keys of its SSH boxes lie beside it and are needed as long as it lives
        self._demo_files = inventory.parent
        await self._ask(lambda: inventory.unlink(missing_ok=True))
        return {}

    async def _end_demo(self) -> None:
        """The simulated fleet is gone, and its files with it."""
        await process.end(self._child)
        if (folder := self._demo_files) is not None:
            self._demo_files = None
            await self._ask(lambda: shutil.rmtree(folder, True))

    async def _open_store(self) -> dict[str, KeptState]:
        """Open it and learn who is watched; what is known of them."""
        from alfred_tui.store.store import Store

        store = await self._ask(lambda: Store.open(self.settings.paths))
        self._store, self._tenants = store, await self._ask(store.tenants)
        from alfred_tui.store.errors import StoreDamaged

        try:
            return await self._ask(store.last_states)
        except StoreDamaged as trouble:  # who is watched is known: they are looked at anew
            self._trouble.append(f"last known states cannot be read: {trouble}")
            return {}

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            log.error("a background job ended", exc_info=trouble)
            self._trouble.append("polling stopped because of an error: see the log, restart")

    def _apply(self, seen: Observation) -> None:
        assert self._state is not None
        self._heart.note(seen)
        if self._keeper is not None:
            self._keeper.dirty.add(seen.tenant)
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

    async def _keep(self) -> None:
        """Write the last known state: the store, and the small file of the first paint."""
        if self._state is not None and self._keeper is not None:
            await self._keeper.keep(self._state, self.status(), self.now())

    async def stop(self) -> None:
        """End everything that was begun; the store is whole afterwards. Safe to call twice."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end_board()
        await self._keep()
        if self._recorder is not None and self._store is not None:
            await self._recorder.end()
        if self._door is not None:
            await self._door.aclose()
        await self._end_demo()
        if self._store is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._disk, self._store.close)
            self._store = None
        self._disk.shutdown(wait=False)
        self._reads.shutdown(wait=False, cancel_futures=True)
