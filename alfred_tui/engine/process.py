"""What the program asks of its operating system: descriptors, and a child that ends."""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress

DESCRIPTORS = 8192
PATIENCE = 2.0
"""Seconds that a child has for its own end."""


def more_descriptors() -> None:
    """Allow ourselves as many open connections as the system does: a fleet is looked at at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def end(child: asyncio.subprocess.Process | None) -> None:
    """The child is gone when this returns; ``None`` and one that has ended are fine."""
    if child is None or child.returncode is not None:
        return
    child.terminate()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await child.wait()
    if child.returncode is None:
        child.kill()
        await child.wait()
