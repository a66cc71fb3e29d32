"""The built-in demo fleet: the simulator as a child that ends with us, even when we are killed."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.sim.pace import Pace

if TYPE_CHECKING:
    from alfred_tui.model.demo_day import DemoDay

TENANTS = 24
STARTS_WITHIN = 20.0


class DemoError(RuntimeError):
    """The demo fleet did not come up; the text says what the simulator said."""


class Started(NamedTuple):
    """``pace`` tells the world's time; ``None`` where that is the clock's."""

    child: asyncio.subprocess.Process
    pace: Pace | None


async def start(day: DemoDay, inventory: Path) -> Started:
    """Start the simulated fleet, which writes ``inventory`` and its SSH keys beside it.

    Raises:
        DemoError: it ended or stayed silent instead of listening.
    """
    # a visitor at three in the morning sees trouble, and not a fleet that is being backed up
    later = (datetime.now(UTC).hour + 12) % 24
    hurry = ("--speed", f"{day.speed:.12g}") if day.speed != 1 else ()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alfred_tui.sim",
        *("--tenants", str(TENANTS), "--seed", "7", "--scenario", day.name, *hurry),
        *("--backup-hour", str(later)),
        *("--inventory", str(inventory), "--parent-pid", str(os.getpid())),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            line = await child.stdout.readline()
    except TimeoutError:
        line = b""
    except BaseException:
        child.kill()
        raise
    if not line.startswith(b"listening"):
        if child.returncode is None:
            child.kill()
        said = (await child.stderr.read()).decode("utf-8", "replace").strip().splitlines()
        raise DemoError(f"the demo fleet did not start: {said[-1] if said else 'no word'}")
    return Started(child, Pace.read(line.decode("utf-8", "replace")) if hurry else None)
