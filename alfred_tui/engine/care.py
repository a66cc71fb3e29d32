"""What time alone does to the fleet: ageing, the check of our network, keeping what is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui import heap

if TYPE_CHECKING:
    from alfred_tui.engine.keeper import Keeper
    from alfred_tui.fleet.recorder import Recorder
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.view import FleetStatus

KEEP_EVERY = 15.0
NETWORK_AFTER = 8.0
NETWORK_EVERY = 15.0
SETTLE_AFTER = 90.0
"""Seconds after which every look has been taken of everybody."""


class Care:
    """``changed`` gathers the names whose view is another one by now.

    ``recorder`` and ``keeper`` may come later, and be exchanged: where the demo is left.
    """

    def __init__(
        self,
        state: FleetState,
        now: Callable[[], datetime],
        changed: set[str],
        status: Callable[[], FleetStatus],
    ) -> None:
        self._state, self._now, self._changed, self._status = state, now, changed, status
        self.recorder: Recorder | None = None
        self.keeper: Keeper | None = None

    async def run(self) -> None:
        """For ever, once a second."""
        loop = asyncio.get_running_loop()
        network_at, keep_at = loop.time() + NETWORK_AFTER, loop.time() + KEEP_EVERY
        settle_at = loop.time() + SETTLE_AFTER
        while True:
            await asyncio.sleep(1.0)
            self._changed |= self._state.age(self._now())
            if self.recorder is not None:
                await self.recorder.beat(self._state.views, self._now())
            if loop.time() >= network_at or self._state.suspect:
                await self.check_network()
                network_at = loop.time() + NETWORK_EVERY
            if loop.time() >= keep_at:
                await self.keep()
                keep_at = loop.time() + KEEP_EVERY
            if loop.time() >= settle_at:
                heap.settle()  # by now everything that lives for ever is known
                settle_at = float("inf")

    async def check_network(self) -> None:
        """Whether what is wrong may be our own way to the fleet."""
        from alfred_tui.fleet import network

        found = await network.check(self._state, self._now)
        if found is not None:
            self._state.network = found

    async def keep(self) -> None:
        """Write the last known state: the store, and the small file of the first paint."""
        if self.keeper is not None:
            await self.keeper.keep(self._state, self._status(), self._now())
