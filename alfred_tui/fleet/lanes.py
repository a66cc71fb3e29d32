"""Bounds on what is in flight, in two lanes: a slow look keeps no quick one waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from alfred_tui.model.observation import Observation


class Lanes:
    """Bounds what is in flight. A look that outstays its patience moves to the slow lane.

    So a dead or dripping host delays nobody: it gives its fast place back long before it ends.
    """

    def __init__(self, fast: int, slow: int, patience: float) -> None:
        self._fast = asyncio.Semaphore(fast)
        self._slow = asyncio.Semaphore(slow)
        self.patience = patience
        self.limit = fast + slow
        self.in_flight = 0
        self.waiting = 0

    async def run(self, ask: Callable[[], asyncio.Task[Observation]], *, slow: bool) -> Observation:
        """Ask within a lane; ``slow`` begins in the slow one. With that one full it stays."""
        lane = self._slow if slow else self._fast
        self.waiting += 1
        try:
            await lane.acquire()
        finally:
            self.waiting -= 1
        self.in_flight += 1
        task = ask()
        try:
            if not slow:
                done, _ = await asyncio.wait({task}, timeout=self.patience)
                if not done and not self._slow.locked():
                    await self._slow.acquire()
                    lane.release()
                    lane = self._slow
            return await task
        finally:
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            self.in_flight -= 1
            lane.release()
