"""Wires settings, store, doors, poller and fleet state together; knows no Textual.

Importing this module is cheap: HTTP, database and rules load in ``start``, off the event loop,
after the first paint (architecture.md, Starting fast).
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from alfred_tui.engine import process
from alfred_tui.engine.shown import Shown
from alfred_tui.model.kept import KeptState
from alfred_tui.model.observation import Observation
from alfred_tui.model.text import clean

if TYPE_CHECKING:
    from alfred_tui.config import Paths, Settings
    from alfred_tui.engine.invented import InventedFleet
    from alfred_tui.model.damping import Damp
    from alfred_tui.model.demo_day import DemoDay
    from alfred_tui.model.limits import Limits
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.store.store import Store

log = logging.getLogger(__name__)

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
    "alfred_tui.engine.workshop",
    "alfred_tui.engine.digests",
)
FOLLOW_EVERY = 2.0
"""Seconds between two questions to the store whether another program has changed something."""


class Engine(Shown):
    """The program without a face: started by the dashboard and by every command that looks.

    ``demo`` starts the simulated fleet as a child and watches that instead of the store's tenants,
    by that fleet's own time; what is kept of it ends with it. With ``empty`` it does so only until
    the store holds a tenant.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        demo: DemoDay | None = None,
        empty: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(settings, demo=demo, empty=empty, now=now)
        self._invented: InventedFleet | None = None
        self._given, self._paths = settings, settings.paths
        self._digesting: asyncio.Task[None] | None = None
        self._changes: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._polls = False
        self._whole: set[str] = set()

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
        assert self._care is not None
        whom = list(self.views()) if names is None else list(names)
        self._whole.update(whom)
        await self._poller.look_once(whom)
        await self._care.check_network()

    async def reload(self) -> None:
        """Watch who is in the store now; those that stay keep what is known of them.

        Raises:
            StoreError: the store cannot be read.
        """
        from alfred_tui.engine.exchange import differ, exchange
        from alfred_tui.fleet.last_known import last_states

        store, state = self._store, self._state
        if store is None or state is None or self._poller is None:
            return
        known = {tenant.name: tenant for tenant in self._tenants}
        found = await self._threads.ask(store.tenants)
        # who has not changed is held once, not once more for each time that this is read
        tenants = [each if each != known.get(each.name) else known[each.name] for each in found]
        gone, changed = differ(self._tenants, tenants)
        if not gone and not changed:
            return
        kept = await self._threads.ask(lambda: last_states(store)) if changed else {}
        assert self._door is not None
        watching = (state, self._poller, self._recorder, self._door)
        self._changed |= exchange(self._tenants, tenants, kept, *watching)
        self._tenants = tenants
        self._membership = True
        if self._workshop is not None:
            await self._workshop.forget(gone)

    # --- life -----------------------------------------------------------------------------

    async def start(self, *, poll: bool = True) -> None:
        """Load what is heavy, open the store, begin to poll (unless ``poll`` is false).

        Raises:
            StoreError: the store cannot be opened; its text says what to do.
            InventoryError, DemoError: the demo fleet did not come up.
        """
        self._heart.began = asyncio.get_running_loop().time()
        process.more_descriptors()
        for module in HEAVY:
            await self._threads.ask(partial(importlib.import_module, module))
        from alfred_tui.engine import trends
        from alfred_tui.engine.care import Care
        from alfred_tui.fleet.poller import Poller
        from alfred_tui.fleet.state import FleetState
        from alfred_tui.tenant.door import ApiDoor

        if self.demo:
            await self._begin_demo()
        poll_settings = self.settings.poll
        self._store, self._tenants, kept = await self._open_store(self._paths)
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
        self._care = Care(state, self.now, self._changed, self.status)
        await self._begin_keeping()
        self._polls = poll
        if poll:
            await self._begin_recording()
            self._begin(
                self._poller.run(),
                self._care.run(),
                self._heart.beat(),
                trends.learn(self._names, lambda: self.past, state, self.now),
                self._follow_others(),
            )
            self._begin_digests()

    def _begin(self, *jobs: Coroutine[Any, Any, None]) -> list[asyncio.Task[None]]:
        """Background jobs, for as long as the engine lives."""
        tasks = [asyncio.create_task(job) for job in jobs]
        for task in tasks:
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        return tasks

    def _begin_digests(self) -> None:
        """Keep which images well tenants run."""
        from alfred_tui.engine.digests import DigestKeeper, over_ssh

        assert self._store is not None
        if self.settings.ops.digests:
            asks = over_ssh(lambda: self.workshop.ssh())
            shelf, ask = self._store.digests, self._threads.ask
            keeper = DigestKeeper(self.tenants, self.views, asks, shelf, ask, self.now)
            (self._digesting,) = self._begin(keeper.run())

    async def _begin_recording(self) -> None:
        """With what is written already: the strips are there before the first look is."""
        from alfred_tui.fleet.recorder import Recorder

        assert self._state is not None
        assert self._care is not None
        assert self._store is not None
        recorder = Recorder(self._store.history, self._threads.ask, self.settings.history)
        recorder.begin(self._state.views)
        await recorder.load(self.now())
        self._care.recorder = self._recorder = recorder

    def _names(self) -> list[str]:
        return [tenant.name for tenant in self._tenants]

    def _limits_of(self, name: str) -> tuple[Limits, Mapping[str, Damp]]:
        own = self.settings.of(name)
        return own.limits, own.damping.damps()

    async def _begin_keeping(self) -> None:
        """Whatever the store holds of the fleet beside its tenants, and what is kept in it."""
        from alfred_tui.engine.keeper import Keeper
        from alfred_tui.engine.quieter import Quieter
        from alfred_tui.engine.workshop import Workshop

        assert self._state is not None
        assert self._door is not None
        assert self._care is not None
        assert self._store is not None
        store, ask = self._store, self._threads.ask
        self._changes = await ask(store.changes)
        self._care.keeper = Keeper(store, self._paths.snapshot, ask)
        self._quieter = Quieter(store.quiets, ask, self._state, self.now, self._changed)
        await self._quieter.load()
        if self._workshop is not None:
            await self._workshop.aclose()
        self._workshop = Workshop(
            self.settings.ops,
            self._paths.home,
            self._state,
            self._door,
            store,
            ask,
            self.now,
            self._apply,
            self.speed,
        )
        self._workshop.house.judges = self._judges
        await self._load_paused()
        strangers = self.settings.tenants.keys() - {tenant.name for tenant in self._tenants}
        if strangers and not self.demo:
            names = clean(", ".join(sorted(strangers)), 80)
            self._trouble.append(f"settings name tenants that are not there: {names}")

    async def _load_paused(self) -> None:
        """Which schedules were paused with this program and not unpaused."""
        from alfred_tui.engine.pauses import paused
        from alfred_tui.store.errors import StoreDamaged

        assert self._state is not None
        try:
            found = await paused(self.workshop.journal, self._threads.read)
        except StoreDamaged:
            # the journal's own screen tells it; nothing else depends on what is marked here
            log.warning("what was paused cannot be read", exc_info=True)
            return
        self._changed |= self._state.set_paused(found, self.now())

    async def _follow_others(self) -> None:
        """See what other programs change in the store: tenants, wishes for quiet, the journal."""
        assert self._quieter is not None
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            try:
                if self._empty:
                    await self._leave_demo()
                await self._take_changes()
                await self._quieter.follow()
            except (OSError, RuntimeError):
                # the next writing tells a person; here the next question is soon enough
                log.warning("the store cannot be asked for changes", exc_info=True)

    async def _take_changes(self) -> None:
        assert self._quieter is not None
        assert self._store is not None
        changes = await self._threads.ask(self._store.changes)
        if changes.get("tenants") != self._changes.get("tenants"):
            await self.reload()
        if changes.get("quiet") != self._changes.get("quiet"):
            await self._quieter.load(others=True)
        if changes.get("journal") != self._changes.get("journal"):
            await self._load_paused()
        self._changes = changes

    async def _leave_demo(self) -> None:
        """Where the demo stood in for an empty store: watch what the store holds by now."""
        from alfred_tui.engine.exchange import exchange
        from alfred_tui.store.peek import has_tenants

        paths = self.settings.paths
        if not await self._threads.ask(lambda: has_tenants(paths)):
            return
        assert self._state is not None
        assert self._poller is not None
        assert self._door is not None
        store, tenants, kept = await self._open_store(paths)
        exchange(self._tenants, [], {}, self._state, self._poller, self._recorder, self._door)
        await self._close_demo()
        self._store, self._tenants, self._paths = store, tenants, paths
        self.demo = self._empty = self._swept = False
        exchange([], tenants, kept, self._state, self._poller, None, self._door)
        self._membership = True
        try:
            await self._begin_keeping()
            await self._begin_recording()
        except (OSError, RuntimeError) as trouble:
            # half of it is done, and is not done again: a person must know
            self._trouble.append(f"the store could not be read whole, start again: {trouble}")
            raise
        self._begin_digests()

    async def _close_demo(self) -> None:
        """Nothing uses its store any more, then it goes with everything else of it."""
        assert self._care is not None
        self._care.recorder = self._recorder = self._care.keeper = None
        if self._digesting is not None:
            self._digesting.cancel()
            await asyncio.wait({self._digesting})
        if self._workshop is not None:
            await self._workshop.aclose()
        await self._close_store()
        await self._end_invented()

    async def _begin_demo(self) -> None:
        from alfred_tui.engine.invented import InventedFleet, hurried
        from alfred_tui.model.demo_day import DemoDay

        await self._end_invented()  # of a start that failed and is tried again
        self._invented = InventedFleet(self._threads.ask)
        day = self._day or DemoDay()
        self._paths, tells = await self._invented.begin(day)
        if tells is not None:
            self.now, self.settings = tells, hurried(self._given, day)

    async def _end_invented(self) -> None:
        if self._invented is not None:
            await self._invented.end()

    async def _open_store(self, paths: Paths) -> tuple[Store, list[Tenant], dict[str, KeptState]]:
        """The store, who is watched, and what is known of them."""
        from alfred_tui.fleet.last_known import last_states
        from alfred_tui.store.errors import StoreDamaged
        from alfred_tui.store.store import Store

        store = await self._threads.ask(lambda: Store.open(paths))
        tenants = await self._threads.ask(store.tenants)
        try:
            return store, tenants, await self._threads.ask(lambda: last_states(store))
        except StoreDamaged as trouble:  # who is watched is known: they are looked at anew
            self._trouble.append(f"last known states cannot be read: {trouble}")
            return store, tenants, {}

    async def _close_store(self) -> None:
        if (store := self._store) is not None:
            self._store = None
            await self._threads.ask(store.close)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            log.error("a background job ended", exc_info=trouble)
            self._trouble.append("polling stopped because of an error: see the log, restart")

    def _judges(self, name: str) -> bool:
        """Whether every look is taken of a tenant: what a single one shows is no verdict."""
        return self._polls or name in self._whole

    def _apply(self, seen: Observation) -> None:
        assert self._state is not None
        self._heart.note(seen)
        if self._care is not None and self._care.keeper is not None and self._judges(seen.tenant):
            self._care.keeper.dirty.add(seen.tenant)
        if self._state.apply(seen):
            self._changed.add(seen.tenant)
            if self._recorder is not None:
                view, met = self._state.views[seen.tenant], self._state.met(seen.tenant)
                self._recorder.sampler.changed(view, seen.at, met=met)

    async def stop(self) -> None:
        """End everything that was begun; the store is whole afterwards. Safe to call twice."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._workshop is not None:
            await self._workshop.aclose()
        if self._care is not None and (self._polls or self._whole):
            await self._care.keep()
        if self._recorder is not None:
            await self._recorder.end()
        if self._door is not None:
            await self._door.aclose()
        await self._close_store()
        await self._end_invented()
        self._threads.close()
