"""The simulated fleet as a real process for a test: started, waited for by its own word, ended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.ports import free_port


@contextmanager
def simulator(folder: Path, *more: str, tenants: int = 3) -> Iterator[Path]:
    """The inventory of a running simulator with ``tenants`` tenants."""
    inventory = folder / "inventory.json"
    port = fleet_port()
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "alfred_tui.sim", "--tenants", str(tenants), "--port", str(port)),
            *backups_far(),
            *("--inventory", str(inventory), *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        assert line.startswith("listening: "), process.communicate(timeout=10)
        yield inventory
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0
        process.stdout.close()
        assert process.stderr is not None
        process.stderr.close()


def backups_far() -> list[str]:
    """At three in the morning, too, nobody is away but whom a test has sent away."""
    return ["--backup-hour", str((datetime.now(UTC).hour + 12) % 24)]


def fleet_port() -> int:
    """A port that is free, with its successor, on the first tenant's address."""
    return free_port("127.77.0.2", more=1)


def faults(folder: Path, *listed: dict[str, Any]) -> list[str]:
    """The flags for a fault script holding ``listed``."""
    path = folder / "faults.json"
    path.write_text(json.dumps({"faults": listed}))
    return ["--faults", str(path)]
