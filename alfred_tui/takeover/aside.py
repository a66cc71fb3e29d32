"""Work with a loop of its own in a thread of its own: a screen's loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def aside(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of what ``begin`` makes, run beside this loop.

    Cancelled, it cancels that too and waits until it has ended. Whatever it raises is raised here.
    """
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = []
    given_up = False

    async def guarded() -> T:
        task = asyncio.ensure_future(begin())
        running.append((asyncio.get_running_loop(), task))
        if given_up:
            task.cancel()
        return await task

    thread = ThreadPoolExecutor(1, thread_name_prefix="aside")
    job = asyncio.get_running_loop().run_in_executor(thread, lambda: asyncio.run(guarded()))
    thread.shutdown(wait=False)
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        given_up = True
        for loop, task in running:
            # ended in this very moment: there is nothing to cancel any more
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)
        await asyncio.wait({job})
        if not job.cancelled():
            job.exception()  # told to nobody: nobody waits any more
        raise
