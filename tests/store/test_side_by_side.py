"""Several programs on one store for a while: nobody is refused, nothing is lost, all is seen."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.history import Event
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.support.commands import alfred, entry, inventory, surroundings
from tests.support.simulator import faults, simulator

ROUNDS = 4
PATIENCE = 60.0

# A dashboard without its screen: it says who is watched when that changes, until its input ends.
ENGINE = """
import asyncio, json, os, sys
from alfred_tui import logs
from alfred_tui.config import load_settings
from alfred_tui.engine import Engine

settings = load_settings({"poll.containers_interval": 1.0, "history.sample_every": 10.0})
logs.begin(settings.paths, settings.log)

async def main():
    engine = Engine(settings)
    await engine.start()
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    told = troubles = None
    while not ended.done():
        names = sorted(engine.views())
        if names != told:
            told = names
            print(json.dumps({"names": names}), flush=True)
        if engine.status().trouble:
            print(json.dumps({"trouble": engine.status().trouble}), flush=True)
        await asyncio.sleep(0.1)
    await engine.stop()

asyncio.run(main())
"""
# Events and samples of its own, numbered; what it says was acknowledged.
WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.model.history import Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.verdict import Pill
from alfred_tui.store.store import Store

store, who, rounds = Store.open(Paths(Path(sys.argv[1]))), sys.argv[2], int(sys.argv[3])
begin = datetime(2026, 6, 1, 9, tzinfo=UTC)
for n in range(rounds):
    at = begin + timedelta(minutes=n)
    samples = [Sample(f"{who}-{k}", int(at.timestamp()), 60, Pill.OK) for k in range(20)]
    store.history.write(samples, [Event(at, who, after=Pill.OK, text=str(n))])
    if n % 10 == 0:
        store.history.roll(int(at.timestamp()), HistorySettings())
store.close()
"""


class Watcher:
    """A running engine; ``lines`` are what it has said."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ENGINE],
            env=surroundings(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.troubles: list[str] = []

    def until(self, wanted: set[str], what: str) -> None:
        """Read on until it watches just those."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + PATIENCE
        for text in iter(self.process.stdout.readline, ""):
            said = json.loads(text)
            self.troubles += said.get("trouble", ())
            if set(said.get("names", ())) == wanted:
                return
            assert time.monotonic() < deadline, what
        pytest.fail(f"it ended before: {what}; {self.process.communicate()[1]}")

    def end(self) -> None:
        rest, errors = self.process.communicate(timeout=PATIENCE)
        for text in rest.splitlines():
            self.troubles += json.loads(text).get("trouble", ())
        assert (self.process.returncode, errors) == (0, "")


@contextmanager
def watching(home: Path, count: int) -> Iterator[list[Watcher]]:
    made = [Watcher(home) for _ in range(count)]
    try:
        yield made
        for each in made:
            each.end()
    finally:
        for each in made:
            each.process.kill()
            each.process.wait()


@pytest.mark.timeout(300)
def test_two_dashboards_and_commands_beside_them(tmp_path: Path) -> None:
    home, began = tmp_path / "h", time.time() - 60
    fault = {"tenant": 0, "fault": "container-exit", "service": "alfred", "at": 8, "for": 600}
    with simulator(tmp_path, *faults(tmp_path, fault), tenants=3) as listed:
        assert alfred(home, "import", str(listed)).returncode == 0
        fleet = {tenant.name for tenant in read_inventory(listed)}
        with watching(home, 2) as both:
            for each in both:
                each.until(fleet, "the fleet")
            expected = set(fleet)
            for turn in range(ROUNDS):
                new = [entry(f"r{turn}-{k}", lifecycle="suspended") for k in range(5)]
                file = inventory(tmp_path / "new.json", *new)
                done = alfred(home, "import", str(file))
                assert (done.returncode, done.stderr) == (0, ""), turn
                expected |= {str(each["name"]) for each in new}
                for each in both:
                    each.until(expected, f"those of round {turn}")
                done = alfred(home, "tenants", "remove", f"r{turn}-0", "--yes")
                assert (done.returncode, done.stderr) == (0, ""), turn
                expected.discard(f"r{turn}-0")
                done = alfred(home, "events", "--json")
                assert done.returncode == 0, done.stderr
                for each in both:
                    each.until(expected, f"without that of round {turn}")
        assert [each.troubles for each in both] == [[], []]
    said = (home / "alfred-tui.log").read_text() if (home / "alfred-tui.log").exists() else ""
    assert "locked" not in said, said
    store = Store.open(Paths(home))
    assert {tenant.name for tenant in store.tenants()} == expected
    assert set(store.last_states()) >= fleet
    assert set(store.history.tenants()) >= fleet
    broken = read_inventory(listed)[0].name
    changes = [(e.before, e.after) for e in store.history.told(broken)]
    assert changes[0] == (Pill.OK, Pill.DOWN)
    assert len(changes) == 1, "both saw it, it is told once"
    (hour, *_) = store.history.stretches(broken, 0, 1 << 40)
    assert hour.watched <= time.time() - began
    store.close()
    whole(home)


def whole(home: Path) -> None:
    with closing(sqlite3.connect(home / "alfred.db")) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert plain.execute("PRAGMA foreign_key_check").fetchall() == []


def test_writers_of_the_past_lose_nothing_to_each_other(tmp_path: Path) -> None:
    home, rounds = tmp_path / "h", 150
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(home), who, str(rounds)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for who in ("a", "b", "c")
    ]
    seen = 0
    reader: Store | None = None
    while any(writer.poll() is None for writer in writers):
        if not (home / "alfred.db").exists():
            continue
        reader = reader or Store.open(Paths(home))
        found: list[Event] = list(reader.history.told())
        assert len(found) >= seen, "what was seen once is never gone again"
        seen = len(found)
    for writer in writers:
        assert (writer.communicate()[1], writer.returncode) == ("", 0)
    assert reader is not None
    for who in ("a", "b", "c"):
        assert [e.text for e in reader.history.told(who)] == [str(n) for n in range(rounds)]
        for number in (0, 19):
            begin = int(next(reader.history.told(who)).at.timestamp())
            found_ = reader.history.samples(f"{who}-{number}", begin, begin + rounds * 60)
            assert len(found_) == rounds
    assert len(reader.history.tenants()) == 60
    reader.close()
    whole(home)


BEGINNER = """
import sys
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.store import Store
print("ready", flush=True)
for home in sys.stdin:
    store = Store.open(Paths(Path(home.strip())))
    store.put_tenants([Tenant(sys.argv[1], "https://h.example:1", Secret("k"))])
    store.close()
    print("done", flush=True)
"""


def test_a_new_store_is_begun_by_several_at_once_again_and_again(tmp_path: Path) -> None:
    beginners = [
        subprocess.Popen(
            [sys.executable, "-c", BEGINNER, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    try:
        for each in beginners:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for turn in range(25):
            home = tmp_path / f"h{turn}"
            for each in beginners:
                assert each.stdin is not None
                each.stdin.write(f"{home}\n")
                each.stdin.flush()
            for each in beginners:
                assert each.stdout is not None
                assert each.stdout.readline() == "done\n", each.communicate()[1]
            with closing(sqlite3.connect(home / "alfred.db")) as plain:
                assert plain.execute("SELECT count(*) FROM tenant").fetchone() == (3,)
    finally:
        for each in beginners:
            each.communicate(timeout=30)
    assert [each.returncode for each in beginners] == [0, 0, 0]
