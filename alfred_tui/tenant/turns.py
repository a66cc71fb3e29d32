"""Who may begin now: knocking is paced, handshakes are few at a time."""

from __future__ import annotations

import asyncio
from collections import deque

SPACING = 0.0004
"""Seconds between two connections begun, and two handshakes: each is one step of the loop, and
what is begun together would come back together and hold the loop for all of them at once."""
KNOCKS = 8
"""Connections begun in one step at most, where the loop is late: knocking is cheap."""
HANDSHAKES = 64
"""Handshakes at once; see :class:`Turns`."""
HANDSHAKE_MOST = 0.3
"""Seconds that one of them counts."""


class Pacer:
    """Lets one waiter through every ``spacing`` seconds; a cancelled one costs no turn.

    Where the loop came late, up to ``burst`` are let through together to make up for it.
    """

    def __init__(self, spacing: float, burst: int = 1) -> None:
        self._spacing = spacing
        self._burst = burst
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._running = False

    async def turn(self) -> None:
        """Wait for one's turn; at once when nobody had one lately."""
        loop = asyncio.get_running_loop()
        if not self._running:
            self._running = True
            loop.call_later(self._spacing, self._next, loop, loop.time())
            return
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        await mine

    def _next(self, loop: asyncio.AbstractEventLoop, since: float) -> None:
        now = loop.time()
        owed = max(1, min(self._burst, int((now - since) / self._spacing)))
        passed = 0
        while self._waiting and passed < owed:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                passed += 1
        if passed:
            loop.call_later(self._spacing, self._next, loop, now)
        else:
            self._running = False


class Turn:
    """A place among those who shake hands; ends once, however often it is told to."""

    __slots__ = ("_timer", "_turns", "waited")

    def __init__(self, turns: Turns, waited: float) -> None:
        self._turns: Turns | None = turns
        self._timer = asyncio.get_running_loop().call_later(turns.most, self.end)
        self.waited = waited

    def end(self) -> None:
        """Make room for the next."""
        turns, self._turns = self._turns, None
        if turns is not None:
            self._timer.cancel()
            turns.pass_on()


class Turns:
    """How many may shake hands at once: the others are connected and wait.

    So a sweep over 1,000 hosts knocks at all doors at once, and the dead are known to be dead while
    the handshakes, which are most of a sweep's work, come a few at a time and the loop stays free.
    A turn is over after ``most`` seconds whatever happens: who drips does not hold it.
    """

    def __init__(self, count: int, most: float) -> None:
        self.most = most
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._pacer = Pacer(SPACING)

    async def take(self) -> Turn:
        """A turn, after those who came before."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._free:
            self._free -= 1
        else:
            mine: asyncio.Future[None] = loop.create_future()
            self._waiting.append(mine)
            try:
                await mine
            except asyncio.CancelledError:
                if mine.done() and not mine.cancelled():
                    self.pass_on()  # it was our turn already
                raise
        try:
            await self._pacer.turn()
        except asyncio.CancelledError:
            self.pass_on()
            raise
        return Turn(self, loop.time() - began)

    def pass_on(self) -> None:
        """To the next who still waits, or back."""
        while self._waiting:
            first = self._waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
