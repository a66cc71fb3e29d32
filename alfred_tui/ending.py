"""How the dashboard ends: as ``q`` does, by a signal, and in any case."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

SIGNALS = {"SIGTERM": 143, "SIGHUP": 129, "SIGINT": 130}
"""Each with the exit code that it stands for."""


@contextlib.contextmanager
def signals(leave: Callable[[int], None], within: float) -> Iterator[None]:
    """Signals call ``leave`` with their exit code; ``within`` seconds later the process ends."""
    loop = asyncio.get_running_loop()

    def end(code: int) -> None:
        last_resort(code, within)
        leave(code)

    for name, code in SIGNALS.items():
        loop.add_signal_handler(getattr(signal, name), end, code)
    try:
        yield
    finally:
        for name in SIGNALS:
            loop.remove_signal_handler(getattr(signal, name))
            # A second signal must not cut the clean end short.
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def last_resort(code: int, within: float) -> None:
    """End the process hard if the clean end hangs (a terminal that is gone can do that)."""
    timer = threading.Timer(within, os._exit, (code,))
    timer.daemon = True
    timer.start()
