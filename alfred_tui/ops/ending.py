"""An end that is come to whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any


async def whatever_comes(ending: Coroutine[Any, Any, None]) -> None:
    """Carry an ending out to its own end: it is not cancelled, however often that is asked."""
    task = asyncio.ensure_future(ending)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()
