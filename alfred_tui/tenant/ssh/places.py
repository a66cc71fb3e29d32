"""Places on a connection: a fourth waits its turn, and one is kept for a person."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Place:
    """One place, held by one or by two: a run, and whoever ends what the run has left behind."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._holders = 1

    def share(self) -> None:
        """One more holds it."""
        self._holders += 1

    def leave(self) -> None:
        """One less; free after the last."""
        self._holders -= 1
        if not self._holders:
            self._places.give()


class Places:
    """``count`` places, ``reserve`` of them given to persons alone; persons go first."""

    def __init__(self, count: int, reserve: int) -> None:
        if not 0 <= reserve < count:
            raise ValueError("a reserve must leave a place for the others")
        self.free = count
        self._reserve = reserve
        self._persons: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not each.done() for each in (*self._persons, *self._others))

    async def take(self, *, person: bool) -> Place:
        """A place, after those who came before.

        Raises:
            Exception: what :meth:`close` says.
        """
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._persons if person else self._others).append(mine)
        self._hand_out()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self.give()  # it was ours already
            raise
        return Place(self)

    def give(self) -> None:
        """A place is free again."""
        self.free += 1
        self._hand_out()

    def close(self, why: Callable[[], Exception]) -> None:
        """Nobody who waits gets one any more; each is told ``why``."""
        for each in (*self._persons, *self._others):
            if not each.done():
                each.set_exception(why())
        self._persons.clear()
        self._others.clear()

    def _hand_out(self) -> None:
        while (waiting := self._next()) is not None:
            self.free -= 1
            waiting.set_result(None)

    def _next(self) -> asyncio.Future[None] | None:
        for queue, kept in ((self._persons, 0), (self._others, self._reserve)):
            while queue and queue[0].done():
                queue.popleft()
            if queue and self.free > kept:
                return queue.popleft()
        return None
