"""The engine's two threads: one for the store and whatever else blocks, one for who only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """Both begin when first needed; both methods fit ``model.ask.Ask``."""

    def __init__(self) -> None:
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._reads = ThreadPoolExecutor(1, thread_name_prefix="past")

    async def ask(self, work: Callable[[], T]) -> T:
        """The answer of something that is run on the store's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)

    async def read(self, work: Callable[[], T]) -> T:
        """Run beside the store's own thread: who only reads does not wait for who writes."""
        return await asyncio.get_running_loop().run_in_executor(self._reads, work)

    def close(self) -> None:
        """No further work; what only reads is not waited for."""
        self._disk.shutdown(wait=False)
        self._reads.shutdown(wait=False, cancel_futures=True)
