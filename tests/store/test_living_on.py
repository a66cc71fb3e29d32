"""The engine on a store in trouble: it looks on, shows what can be read, and says what is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.engine import Engine
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.engine.test_engine import pills, running, stored, until
from tests.store import years
from tests.store.damage import spoil
from tests.store.small_disk import run_on_small_disk
from tests.support.simulator import faults, simulator

HOLDER = """
import sqlite3, sys
there = sqlite3.connect(sys.argv[1], timeout=30)
there.execute("BEGIN EXCLUSIVE")
there.execute("UPDATE tenant SET position = position")
print("held", flush=True)
sys.stdin.read()
there.rollback()
"""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program holds the store's write lock."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.communicate(timeout=30)
    assert holder.returncode == 0


async def looks_on(engine: Engine) -> None:
    looks = engine.diagnostics().looks_total
    wanted = looks + 3 * len(engine.views())
    await until(lambda: engine.diagnostics().looks_total >= wanted, "looks go on")


async def test_locked_for_long_it_looks_on_and_loses_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.engine.care.KEEP_EVERY", 1.0)
    # ten seconds of patience would only make this longer
    monkeypatch.setitem(Store.open.__func__.__kwdefaults__, "patience", 0.3)  # type: ignore[attr-defined]
    fault = {"tenant": 0, "fault": "container-exit", "service": "alfred", "at": 10, "for": 600}
    with simulator(tmp_path, *faults(tmp_path, fault), tenants=2) as listed:
        home = stored(tmp_path / "home", listed)
        name = read_inventory(listed)[0].name
        async with running(home) as engine:
            await until(lambda: pills(engine) == {Pill.OK}, "all well")
            await until(lambda: bool(engine.hours_of(name)), "the first sample")
            with held(home / "alfred.db"):
                await until(lambda: engine.views()[name].pill is Pill.DOWN, "the outage")
                await until(
                    lambda: any("close the program" in t for t in engine.status().trouble),
                    "the trouble",
                )
                await looks_on(engine)
                begin = engine.now() - timedelta(hours=1)
                assert await engine.past.samples(name, begin, engine.now())
                assert await engine.past.events(name) == []
                assert engine.hours_of(name)[-1] is Pill.DOWN
            await until(lambda: engine.status().trouble == (), "all is kept again")
            (event,) = await engine.past.events(name)
            assert (event.before, event.after) == (Pill.OK, Pill.DOWN)
    store = Store.open(Paths(home))
    assert store.last_states()[name].view.pill is Pill.DOWN
    store.close()


async def test_one_that_is_locked_is_opened_all_the_same(tmp_path: Path) -> None:
    with simulator(tmp_path, tenants=2) as listed:
        home = stored(tmp_path / "home", listed)
        with held(home / "alfred.db"):
            async with running(home) as engine:
                await until(lambda: pills(engine) == {Pill.OK}, "all well")


@pytest.mark.parametrize("table", ["hour", "packed", "event", "series"])
async def test_a_bad_page_of_the_past_stops_nobody_from_looking(
    tmp_path: Path, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.engine.care.KEEP_EVERY", 1.0)
    with simulator(tmp_path, tenants=2) as listed:
        home = tmp_path / "home"
        Store.open(Paths(home)).close()
        years.tenants_and_states(home / "alfred.db", 300, host_keys=False)
        years.past(home / "alfred.db", 300, hour_days=3)
        store = Store.open(Paths(home))
        for tenant in store.tenants():
            store.remove_tenant(tenant.name)  # only their past stays
        store.close()
        spoil(home / "alfred.db", table)
        stored(home, listed)
        async with running(home) as engine:
            await until(lambda: pills(engine) == {Pill.OK}, "all well")
            await looks_on(engine)
            assert not [t for t in engine.status().trouble if "polling stopped" in t]
            await until(lambda: (home / "last-state.bin").exists(), "the snapshot")
        store = Store.open(Paths(home))
        assert set(store.last_states()) >= {tenant.name for tenant in read_inventory(listed)}
        store.close()


READ_ONLY = """
import asyncio, subprocess, sys
from datetime import timedelta
from pathlib import Path
from alfred_tui import logs
from alfred_tui.cli import run
from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.history import Event
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store

home = Path(sys.argv[1]) / "home"
settings = load_settings({"poll.containers_interval": 1.0}, {"ALFRED_TUI_HOME": str(home)})
logs.begin(settings.paths, settings.log)
store = Store.open(settings.paths)
store.put_tenants(read_inventory(Path(sys.argv[2])))
first = store.tenants()[0].name

async def main():
    engine = Engine(settings)
    store.history.write([], [Event(engine.now(), first, after=Pill.OK, text="before")])
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
    await engine.start()
    async with asyncio.timeout(60):
        while {view.pill for view in engine.views().values()} != {Pill.OK}:
            await asyncio.sleep(0.05)
        while not any("only" in text for text in engine.status().trouble):
            await asyncio.sleep(0.05)
    assert [event.text for event in await engine.past.events()] == ["before"]
    looks = engine.diagnostics().looks_total
    async with asyncio.timeout(60):
        while engine.diagnostics().looks_total < looks + 6:
            await asyncio.sleep(0.05)
    assert not [text for text in engine.status().trouble if "polling stopped" in text]
    await engine.stop()

asyncio.run(main())
for words in (["info", first], ["events"], ["list"], ["tenants", "list"], ["health"]):
    assert run(["--home", str(home), *words]) == 0, words
assert run(["--home", str(home), "tenants", "remove", first, "--yes"]) == 2
print("READ")
"""


def test_where_nothing_can_be_written_it_looks_and_shows(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with simulator(tmp_path, tenants=2) as listed:
        done = run_on_small_disk(disk, "8m", READ_ONLY, str(listed))
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.endswith("READ\n")
    assert "before" in done.stdout
    assert "nothing new is kept" in done.stderr
    assert "Traceback" not in done.stderr
