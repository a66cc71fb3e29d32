"""An event loop whose clock jumps: hours of polling in a blink, in the same order every time.

For code that waits by the loop's clock only (``asyncio.sleep``, ``asyncio.timeout``,
``loop.time()``) and does no real I/O. When nothing is ready, time jumps to the next timer; when
there is no timer either, the loop is stuck, and says so instead of hanging.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

EPOCH = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Stuck(RuntimeError):
    """Everybody waits and no timer is set: real time would never help."""


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Stuck("nothing is ready, and nothing is scheduled")
        self._jump(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """``loop.time()`` begins at 0 and moves only when everybody waits."""

    def __init__(self) -> None:
        self._virtual = 0.0
        super().__init__(_JumpingSelector(self._jump))

    def _jump(self, seconds: float) -> None:
        # a hair more, so that a timer is due in spite of rounding
        self._virtual += max(0.0, seconds) + 1e-9

    def time(self) -> float:
        return self._virtual

    def now(self, start: datetime = EPOCH) -> datetime:
        """The wall clock that goes with the loop's."""
        return start + timedelta(seconds=self._virtual)


def run_virtually(main: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Run ``main(loop)`` to its end; tasks that it left behind are an error."""
    loop = VirtualLoop()
    try:
        result = loop.run_until_complete(main(loop))
        left = asyncio.all_tasks(loop)
        assert not left, f"left running: {left}"
        return result
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.close()
