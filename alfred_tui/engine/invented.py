"""The invented fleet of the demo: a child, and a folder that holds all that is kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from alfred_tui.config import Paths
from alfred_tui.engine import process
from alfred_tui.engine.temporary import TemporaryFolder
from alfred_tui.model.ask import Ask

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.demo_day import DemoDay

INTERVALS = {
    "containers_interval": 1.0,
    "dashboard_interval": 2.0,
    "pulse_interval": 4.0,
    "streams_interval": 6.0,
    "system_interval": 6.0,
    "banner_interval": 4.0,
}
"""Seconds by the clock that stay between two looks, however fast the world is."""


class InventedFleet:
    """``paths`` is where its store and its keys lie as long as it lives."""

    def __init__(self, ask: Ask) -> None:
        self.paths: Paths | None = None
        self._ask = ask
        self._folder: TemporaryFolder | None = None
        self._child: asyncio.subprocess.Process | None = None

    async def begin(self, day: DemoDay) -> tuple[Paths, Callable[[], datetime] | None]:
        """Start it, and put who is in it into a store of its own.

        Returns:
            Where that store is, and what tells the fleet's time where that is not the clock's.

        Raises:
            DemoError, InventoryError, StoreError: it did not come up.
        """
        try:
            return await self._begin(day)
        except BaseException:
            await self.end()
            raise

    async def _begin(self, day: DemoDay) -> tuple[Paths, Callable[[], datetime] | None]:
        from alfred_tui import demo

        self._folder = folder = await self._ask(TemporaryFolder)
        self.paths = paths = Paths(folder.path)
        inventory = folder.path / "inventory.json"
        self._child, pace = await demo.start(day, inventory)

        def keep() -> None:
            from alfred_tui.store.inventory import read_inventory
            from alfred_tui.store.store import Store

            store = Store.open(paths)
            try:
                store.put_tenants(read_inventory(inventory))
            finally:
                store.close()
            inventory.unlink()

        await self._ask(keep)
        return paths, pace.now if pace is not None else None

    async def end(self) -> None:
        """The child is gone, and all that was kept with it; safe to call twice."""
        await process.end(self._child)
        if (folder := self._folder) is not None:
            self._folder = self.paths = None
            await self._ask(folder.remove)


def hurried(settings: Settings, day: DemoDay) -> Settings:
    """The settings for a world that is ``day.speed`` times as fast as the clock.

    Intervals are of the clock, limits and the past of the world: looks come more often, and what
    is measured in intervals of looks gets as much longer as the world is faster.
    """
    speed, poll = day.speed, settings.poll
    often = {name: max(least, getattr(poll, name) / speed) for name, least in INTERVALS.items()}
    stale = settings.limits.stale_intervals * speed
    origins = {k: v for k, v in settings.origins.items() if not k.startswith("tenants.")}
    changed = [*(f"poll.{name}" for name in often), "limits.stale_intervals"]
    return msgspec.structs.replace(
        settings,
        poll=msgspec.structs.replace(poll, **often),
        limits=msgspec.structs.replace(settings.limits, stale_intervals=stale),
        history=msgspec.structs.replace(
            settings.history, sample_every=max(settings.history.sample_every, speed)
        ),
        tenants={},  # those are the operator's own
        origins=origins
        | dict.fromkeys([*changed, "history.sample_every"], f"the demo at {speed:g}x"),
    )
