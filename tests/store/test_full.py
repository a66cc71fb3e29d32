"""No room left: what was acknowledged stays, all is read, and once there is room life goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.small_disk import run_on_small_disk
from tests.support.simulator import simulator

FILLED = """
import errno, os, resource, signal, sys
from contextlib import suppress
from pathlib import Path

filler = Path(sys.argv[1]) / "filler"

def fill(left):
    "Leave ``left`` bytes."
    if os.environ.get("BY_LIMIT"):
        # a file may grow no further: what a quota does, told by another error
        largest = max(f.stat().st_size for f in Path(sys.argv[1]).rglob("*") if f.is_file())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + left, resource.RLIM_INFINITY))
        return
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(filler, max(0, filler.stat().st_size - left))

def free():
    if os.environ.get("BY_LIMIT"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    else:
        filler.unlink()
"""
STORE = (
    FILLED
    + """
import sqlite3
from datetime import UTC, datetime, timedelta
from alfred_tui.config import Paths
from alfred_tui.model.history import HOUR, Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.errors import StoreFull
from alfred_tui.store.store import Store

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
NOW = int(AT.timestamp())
paths = Paths(Path(sys.argv[1]) / "home")
store = Store.open(paths)
names = [f"t{n}" for n in range(20)]
tenants = [Tenant(name, "https://h.example:1", Secret("k")) for name in names]
store.put_tenants(tenants)

def write(turn):
    moment = NOW + 60 * turn
    view = TenantView("t0", Pill.OK, uptime=float(turn))
    store.history.write(
        [Sample(name, moment, 60, Pill.OK, 0.1, 40.0, 50.0, 12, 12) for name in names],
        [Event(AT + timedelta(minutes=turn), "t0", after=Pill.OK, text=str(turn) + "x" * 900)],
    )
    acknowledged.append(turn)
    store.keep_states([KeptState("t0", view, AT)])
    states.append(turn)

def check():
    assert [t.name for t in store.tenants()] == names
    told = list(store.history.told("t0"))
    assert [int(e.text.rstrip("x")) for e in told] == acknowledged, (told[-1], acknowledged[-1])
    found = store.history.samples("t7", NOW, NOW + 60 * 10_000)
    assert [(s.at - NOW) // 60 for s in found] == acknowledged
    if states:
        assert store.last_states()["t0"].view.uptime == float(states[-1])
    assert store.history.strips(NOW + 120, 48)["t7"][-1] is Pill.OK

acknowledged, states, troubles = [], [], []
for turn in range(5):
    write(turn)
turn = 5
for left in (150_000, 40_000, 0):
    fill(left)
    try:
        for turn in range(turn, turn + 2000):
            write(turn)
        raise SystemExit("it never was full")
    except StoreFull as trouble:
        troubles.append(str(trouble))
    for work in (
        lambda: store.history.write([Sample("never-kept", NOW, 60, Pill.DOWN)]),
        lambda: store.put_tenants([*tenants, *(Tenant(f"new-{n}", "https://h.example:1",
                                  Secret("k" * 5000)) for n in range(200))]),
    ):
        try:
            for _ in range(200):  # what is freed by a failure may be room for a little
                work()
        except StoreFull as trouble:
            troubles.append(str(trouble))
    check()
    free()
    # no restart: the same store goes on
    turn += 1
    write(turn)
    check()
    turn += 1
for number in store.history.tenants():
    assert number in (*names, "never-kept")
store.history.write([Sample("another", NOW, 60, Pill.OK)])
assert [s.pill for s in store.history.samples("another", NOW, NOW + 60)] == [Pill.OK]
assert {s.pill for s in store.history.samples("never-kept", NOW, NOW + 60)} <= {Pill.DOWN}
# packing what was left behind works, too
while store.history.roll(NOW + 60 * turn + HOUR, HistorySettings()):
    pass
check()
store.close()
plain = sqlite3.connect(paths.database)
assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
assert plain.execute("PRAGMA foreign_key_check").fetchall() == []
again = Store.open(paths)
assert [t.name for t in again.tenants()] == names
assert len(troubles) >= 3
assert all("make room on the disk" in each for each in troubles), troubles
print(len(acknowledged))
"""
)


def test_a_disk_that_fills_up_and_is_freed_again(tmp_path: Path) -> None:
    done = run_on_small_disk(tmp_path, "4m", STORE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert int(done.stdout) >= 8


def test_files_that_may_not_grow_and_may_again(tmp_path: Path) -> None:
    done = subprocess.run(
        ["env", "BY_LIMIT=1", sys.executable, "-c", STORE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert int(done.stdout) >= 8


ENGINE = (
    FILLED
    + """
import asyncio
from datetime import timedelta
from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.snapshot import read_snapshot
from alfred_tui.store.store import Store

home = Path(sys.argv[1]) / "home"
flags = {"poll.containers_interval": 1.0, "history.sample_every": 10.0}
settings = load_settings(flags, {"ALFRED_TUI_HOME": str(home)})

async def until(met, what):
    try:
        async with asyncio.timeout(45):
            while not met():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise SystemExit(f"never: {what}; {engine.status().trouble}")

async def main():
    global engine
    store = Store.open(settings.paths)
    store.put_tenants(read_inventory(Path(sys.argv[2])))
    store.close()
    engine = Engine(settings)
    await engine.start()
    names = [tenant.name for tenant in engine.tenants()]
    await until(lambda: {v.pill for v in engine.views().values()} == {Pill.OK}, "all well")
    await until(lambda: settings.paths.snapshot.exists(), "the first snapshot")
    await until(lambda: bool(engine.hours_of(names[0])), "the first sample")
    before = [await engine.past.samples(n, engine.now() - timedelta(hours=1), engine.now())
              for n in names]
    fill(0)
    for word in ("last state", "history"):
        await until(lambda: any(word in text and ("room" in text or "No space" in text)
                                for text in engine.status().trouble), f"{word} in trouble")
    looks = engine.diagnostics().looks_total
    await until(lambda: engine.diagnostics().looks_total >= looks + 3 * len(names), "looks go on")
    assert {v.pill for v in engine.views().values()} == {Pill.OK}
    assert read_snapshot(settings.paths.snapshot) is not None, "the old one is whole"
    for name, had in zip(names, before, strict=True):
        now = await engine.past.samples(name, engine.now() - timedelta(hours=1), engine.now())
        assert now[: len(had)] == had
    free()
    await until(lambda: engine.status().trouble == (), "all is kept again")
    held = len(before[0])
    async def sampled():
        found = await engine.past.samples(names[0], engine.now() - timedelta(hours=1), engine.now())
        return len(found) > held
    async with asyncio.timeout(45):
        while not await sampled():
            await asyncio.sleep(0.2)
    await engine.stop()
    store = Store.open(settings.paths)
    assert set(store.last_states()) == set(names)
    print("went on")

asyncio.run(main())
"""
)


OPENED = (
    FILLED
    + """
import asyncio, subprocess
from datetime import timedelta
from alfred_tui import logs
from alfred_tui.config import load_settings
from alfred_tui.engine import Engine, care
from alfred_tui.model.history import Event
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.errors import StoreFull
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store

care.KEEP_EVERY = 1.0
home = Path(sys.argv[1]) / "home"
flags = {"poll.containers_interval": 1.0, "history.sample_every": 10.0}
settings = load_settings(flags, {"ALFRED_TUI_HOME": str(home)})
logs.begin(settings.paths, settings.log)
listed = read_inventory(Path(sys.argv[2]))
names = [tenant.name for tenant in listed]
more = Tenant("later", listed[0].api_url, Secret("k"))

async def until(met, what):
    try:
        async with asyncio.timeout(45):
            while not met():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise SystemExit(f"never: {what}; {engine.status().trouble}")

def begun():
    store = Store.open(settings.paths)
    store.put_tenants(listed)
    now = engine.now()
    store.keep_states([KeptState(names[0], TenantView(names[0], Pill.DOWN), now)])
    store.history.write([], [Event(now - timedelta(minutes=5), names[0], after=Pill.DOWN,
                                   text="before")])
    store.close()
    fill(0)
    assert not settings.paths.database.with_name("alfred.db-shm").exists()

def by_hand():
    for reading in (Store.reading, Store.open):
        store = reading(settings.paths)
        assert [tenant.name for tenant in store.tenants()] == names
        for work in (
            lambda: store.put_tenants([more]),
            lambda: store.history.write([], [Event(engine.now(), names[0], text="lost")]),
        ):
            try:
                work()
            except StoreFull as trouble:
                assert "make room on the disk" in str(trouble)
            else:
                raise SystemExit("written where there is no room")
        store.close()

def command(*words):
    program = [sys.executable, "-m", "alfred_tui", "--home", str(home), *words]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done

def commands():
    for words in (["list"], ["tenants", "list"], ["events"], ["info", names[0]], ["health"]):
        done = command(*words)
        assert done.returncode == 0, (words, done.stderr)
        assert (names[0] in done.stdout) or words == ["health"], (words, done.stdout)
    refused = command("tenants", "remove", names[0], "--yes")
    assert refused.returncode == 2
    assert "make room on the disk" in refused.stderr, refused.stderr

async def main():
    await engine.start()
    said = engine.status().trouble
    assert any("make room on the disk" in text for text in said), said
    await until(lambda: {v.pill for v in engine.views().values()} == {Pill.OK}, "all well")
    assert [event.text for event in await engine.past.events()][-1] == "before"
    await until(lambda: any("last-state.bin" in text and "make room" in text
                            for text in engine.status().trouble), "the file is named")
    await until(lambda: any("history not kept" in text and "make room" in text
                            for text in engine.status().trouble), "the past is not kept")
    looks = engine.diagnostics().looks_total
    await until(lambda: engine.diagnostics().looks_total >= looks + 3 * len(names), "looks go on")
    free()
    await until(lambda: not any("last state" in text for text in engine.status().trouble),
                "the last state is kept again")
    async with asyncio.timeout(45):
        # what changed while there was no room is told as well
        while [e.after for e in await engine.past.events(names[0])] != [Pill.OK, Pill.DOWN]:
            await asyncio.sleep(0.1)
        while not await engine.past.samples(
            names[0], engine.now() - timedelta(hours=1), engine.now()
        ):
            await asyncio.sleep(0.1)
    await engine.stop()

engine = Engine(settings)
begun()
by_hand()
commands()
asyncio.run(main())
store = Store.open(settings.paths)
assert store.notices == () and store.refusal is None
assert set(store.last_states()) == set(names)
assert store.put_tenants([more]).added == ("later",)
print("OPENED")
"""
)


@pytest.mark.timeout(150)
def test_one_that_is_opened_without_a_byte_of_room_is_read_and_written_as_soon_as_there_is_some(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with simulator(tmp_path, tenants=3) as listed:
        done = run_on_small_disk(disk, "8m", OPENED, str(listed), timeout=140)
    assert (done.returncode, done.stdout) == (0, "OPENED\n"), done.stderr[-3000:]


KILLED = (
    FILLED
    + """
from alfred_tui.config import Paths
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.store import Store

paths = Paths(Path(sys.argv[1]) / "home")
tenants = [Tenant(f"t{n}", "https://h.example:1", Secret("k")) for n in range(20)]
if not (child := os.fork()):
    Store.open(paths).put_tenants(tenants)
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
fill(0)
assert paths.database.with_name("alfred.db-wal").stat().st_size, "nothing was left in the log"
for reading in (Store.reading, Store.open):
    store = reading(paths)
    assert store.tenants() == tenants
    store.close()
free()
store = Store.open(paths)
store.remove_tenant("t0")
assert store.tenants() == tenants[1:]
print("all of it")
"""
)


def test_what_a_killed_program_left_in_the_log_is_read_without_room(tmp_path: Path) -> None:
    done = run_on_small_disk(tmp_path, "4m", KILLED)
    assert (done.returncode, done.stdout) == (0, "all of it\n"), done.stderr[-3000:]


@pytest.mark.timeout(150)
def test_the_engine_looks_on_while_the_disk_is_full_and_keeps_again_afterwards(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with simulator(tmp_path, tenants=3) as listed:
        done = run_on_small_disk(disk, "8m", ENGINE, str(listed), timeout=140)
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr[-3000:]
