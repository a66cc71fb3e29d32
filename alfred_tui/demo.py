"""The built-in demo fleet: the simulator as a child that ends with us, even when we are killed."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.config import Settings

TENANTS = 24
STARTS_WITHIN = 20.0


class DemoError(RuntimeError):
    """The demo fleet did not come up; the text says what the simulator said."""


async def start(settings: Settings) -> tuple[asyncio.subprocess.Process, Path]:
    """Start the simulated fleet; its process and the inventory that it wrote.

    Raises:
        DemoError: it ended or stayed silent instead of listening.
    """
    folder = Path(tempfile.mkdtemp(prefix="alfred-tui-demo-"))
    inventory = folder / "inventory.json"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alfred_tui.sim",
        *("--tenants", str(TENANTS), "--seed", "7", "--scenario", "demo"),
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
    if not line.startswith(b"listening"):
        if child.returncode is None:
            child.kill()
        said = (await child.stderr.read()).decode("utf-8", "replace").strip().splitlines()
        raise DemoError(f"the demo fleet did not start: {said[-1] if said else 'no word'}")
    return child, inventory
