"""An event loop whose clock runs faster, for a client of a simulator with ``--speed``.

Everything that waits by the loop's clock (``asyncio.sleep``, ``asyncio.timeout``, ``call_later``)
waits in the world's seconds, and sockets are real.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _HurriedSelector(selectors.DefaultSelector):
    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self.speed if timeout else timeout)


class HurriedLoop(asyncio.SelectorEventLoop):
    """``loop.time()`` runs ``speed`` times as fast as the clock."""

    def __init__(self, speed: float) -> None:
        self._begun, self._speed = time.monotonic(), speed
        selector = _HurriedSelector()
        selector.speed = speed
        super().__init__(selector)

    def time(self) -> float:
        return self._begun + (time.monotonic() - self._begun) * self._speed


def run_hurried(speed: float, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``main()`` to its end on such a loop."""
    with asyncio.Runner(loop_factory=lambda: HurriedLoop(speed)) as runner:
        return runner.run(main())
