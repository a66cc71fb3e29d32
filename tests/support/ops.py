"""Operations in tests: a fleet in a process of its own, its request log, an engine over it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.store.inventory import read_inventory
from tests.engine.test_engine import stored
from tests.support.simulator import faults, simulator


class Fleet(NamedTuple):
    """A running simulated fleet: a home whose store has it, names, and what it was asked."""

    home: Path
    names: list[str]
    log: Path

    def acts(self) -> list[str]:
        """What has changed something, or tried to, in order: ``name METHOD target``."""
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [
            f"{line['tenant']} {line['method']} {line['target']}"
            for line in lines
            if line["method"] in ("POST", "PUT", "PATCH", "DELETE")
        ]

    def commands(self) -> list[str]:
        """What was begun over SSH: ``name command``."""
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [
            f"{each['tenant']} {each['target'].removeprefix('exec ')}"
            for each in lines
            if each["method"] == "SSH exec"
        ]


@contextmanager
def fleet(folder: Path, *trouble: dict[str, Any], tenants: int = 2) -> Iterator[Fleet]:
    """A fleet that is well but for ``trouble``."""
    log = folder / "requests.jsonl"
    more = [*faults(folder, *trouble), "--request-log", str(log)]
    with simulator(folder, *more, tenants=tenants) as listed:
        names = [tenant.name for tenant in read_inventory(listed)]
        yield Fleet(stored(folder / "home", listed), names, log)


@asynccontextmanager
async def engine_over(fleet: Fleet, **flags: object) -> AsyncIterator[Engine]:
    """An engine that polls nobody by itself."""
    given = {key.replace("__", "."): value for key, value in flags.items()}
    engine = Engine(load_settings(given, {"ALFRED_TUI_HOME": str(fleet.home)}))
    await engine.start(poll=False)
    try:
        yield engine
    finally:
        await engine.stop()
