"""Operations in tests: a fleet in a process of its own, its request log, an engine over it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.tenant import Tenant
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


def hurried(speed: float) -> Callable[[], datetime]:
    """A clock that goes on as a simulator's does at this speed, from now."""
    began, at = time.monotonic(), datetime.now(UTC)
    return lambda: at + timedelta(seconds=(time.monotonic() - began) * speed)


@asynccontextmanager
async def engine_over(fleet: Fleet, *, speed: float = 1, **flags: object) -> AsyncIterator[Engine]:
    """An engine that polls nobody by itself, by a clock as quick as the fleet's."""
    given = {key.replace("__", "."): value for key, value in flags.items()}
    engine = Engine(load_settings(given, {"ALFRED_TUI_HOME": str(fleet.home)}), now=hurried(speed))
    await engine.start(poll=False)
    try:
        yield engine
    finally:
        await engine.stop()


async def described(engine: Engine, change: Callable[[Tenant], Tenant]) -> None:
    """Every tenant is described otherwise by somebody else, and the engine hears of it."""
    assert engine._store is not None
    engine._store.put_tenants([change(tenant) for tenant in engine._store.tenants()])
    await engine.reload()


def without_ssh(tenant: Tenant) -> Tenant:
    """A tenant that nobody can log in to."""
    return msgspec.structs.replace(tenant, ssh=None)
