"""Reading a database that somebody else owns: nothing of it changes, and its writer never waits."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.config import Paths
from alfred_tui.store.store import Store
from alfred_tui.takeover import copying
from alfred_tui.takeover.copying import copied
from alfred_tui.takeover.former import read_former
from alfred_tui.takeover.found import SourceError
from alfred_tui.takeover.plan import read_path_aside
from tests.support.commands import alfred
from tests.takeover.former import ROW, former_tool, insert, opened

ENDS = ("", "-wal", "-shm", "-journal")


def trace(file: Path) -> dict[str, tuple[str, int, int, int]]:
    """Bytes, time of change, inode and mode of a database and all that lies beside it."""
    found = {}
    for path in sorted(file.parent.iterdir()):
        if path.is_file():
            about = path.stat()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[path.name] = (digest, about.st_mtime_ns, about.st_ino, about.st_mode)
    return found


def test_nothing_changes_of_one_that_is_closed(tmp_path: Path) -> None:
    file = former_tool(tmp_path)
    before = trace(file)
    assert set(before) == {file.name}
    assert len(read_former(file).found) == 1
    assert trace(file) == before


def test_nothing_changes_of_one_that_is_open_and_its_log_is_read(tmp_path: Path) -> None:
    file = former_tool(tmp_path)
    with closing(opened(file)) as owner:
        insert(owner, {**ROW, "customer_name": "only-in-the-log"})
        owner.commit()
        insert(owner, {**ROW, "customer_name": "not-committed"})
        before = trace(file)
        assert set(before) == {f"{file.name}{end}" for end in ENDS[:3]}
        names = [found.name for found in read_former(file).found]
        assert names == ["acme", "only-in-the-log"]
        assert trace(file) == before
        owner.rollback()


def test_a_medium_that_cannot_be_written_will_do(tmp_path: Path) -> None:
    file = former_tool(tmp_path)
    with closing(opened(file)) as owner:
        insert(owner, {**ROW, "customer_name": "only-in-the-log"})
        owner.commit()
        medium = tmp_path / "medium"
        medium.mkdir()
        for end in ENDS[:2]:  # a copy made without the -shm, as backups are
            (medium / f"x.db{end}").write_bytes(Path(f"{file}{end}").read_bytes())
    for path in medium.iterdir():
        path.chmod(0o400)
    medium.chmod(0o500)
    before = trace(medium / "x.db")
    try:
        assert len(read_former(medium / "x.db").found) == 2
        assert trace(medium / "x.db") == before
    finally:
        medium.chmod(0o700)


def test_what_a_killed_writer_left_is_rolled_back_in_the_copy_only(tmp_path: Path) -> None:
    file = former_tool(tmp_path)
    script = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("PRAGMA journal_mode = DELETE")
c.execute("PRAGMA cache_size = 1")
c.execute("BEGIN IMMEDIATE")
c.execute("UPDATE instances SET customer_name = 'halfway'")
new = "INSERT INTO events (instance_id, event_type, message) VALUES (1, 'x', ?)"
for n in range(200):
    c.execute(new, ("m" * 4000,))
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", script, str(file)], check=True, timeout=60)
    before = trace(file)
    assert f"{file.name}-journal" in before, "the writer left its journal"
    assert [found.name for found in read_former(file).found] == ["acme"]
    assert trace(file) == before


WRITER = """
import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
c.execute("PRAGMA journal_mode = WAL")
c.execute("PRAGMA foreign_keys = ON")
c.execute(f"PRAGMA wal_autocheckpoint = {sys.argv[2]}")
c.execute("PRAGMA busy_timeout = 0")
n = 0
print("ready", flush=True)
while True:
    n += 1
    c.execute("BEGIN IMMEDIATE")
    c.execute("UPDATE instances SET server_id = ?, volume_id = ?", (n, n + 1_000_000))
    c.execute("INSERT INTO health_checks (instance_id, status, response_json) VALUES (1, 'ok', ?)",
              ("x" * 3000,))
    c.execute("DELETE FROM health_checks WHERE id < (SELECT max(id) FROM health_checks) - 200")
    c.execute("COMMIT")
    print(n, flush=True)
"""
"""Waits for nobody: any lock that it met would end it with an error."""
APART = 1_000_000
"""Between the two numbers of one moment."""


def known(home: Path) -> Any:
    """What the store has of the only tenant."""
    store = Store.open(Paths(home))
    (tenant,) = store.tenants()
    store.close()
    return tenant.estate


@contextmanager
def writing(file: Path, checkpoint: int) -> Iterator[Callable[[], int]]:
    """A tool at work; how far it has come. That it never met a lock is seen at the end."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), str(checkpoint)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = writer.stdout
    assert said is not None
    assert said.readline() == "ready\n"
    try:
        yield lambda: int(said.readline())
        assert writer.poll() is None, writer.communicate()[1]
    finally:
        writer.kill()
        writer.communicate()


@pytest.mark.parametrize("checkpoint", [5, 1000])
def test_a_writer_at_work_is_never_held_up_and_every_copy_is_one_moment(
    tmp_path: Path, checkpoint: int
) -> None:
    """5: its log begins anew every few writes, which is what could tear a copy apart."""
    file = former_tool(tmp_path)
    reached: list[int] = []
    with writing(file, checkpoint) as written:
        for _ in range(15):
            before = written()
            with copied(file) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                row = copy.execute("SELECT server_id, volume_id FROM instances").fetchone()
            assert row["server_id"] == row["volume_id"] - APART
            assert row["server_id"] >= before, "what was committed before is in the copy"
            reached.append(row["server_id"])
    assert reached == sorted(reached)


def test_an_import_takes_one_moment_of_a_tool_at_work_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "tool").mkdir()
    home, file = tmp_path / "home", former_tool(tmp_path / "tool")
    with writing(file, 5) as written:
        for words in ((), ("--prefer", "theirs"), ("--prefer", "theirs")):
            before = written()
            done = alfred(home, "import", str(file), *words)
            assert done.returncode == 0, done.stderr
            estate = known(home)
            assert estate.server_id == estate.volume_id - APART >= before


@pytest.mark.parametrize(("checkpoint", "tries"), [("PASSIVE", 1), ("RESTART", 2), ("TRUNCATE", 2)])
def test_a_log_begun_anew_while_copying_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoint: str, tries: int
) -> None:
    """The database is copied; its owner writes, checkpoints and writes again; the log is copied."""
    file = former_tool(tmp_path)
    real, copies = copying._copy_file, []
    new = "INSERT INTO events (instance_id, event_type, message) VALUES (1, 'x', ?)"
    with closing(opened(file)) as owner:
        owner.execute("PRAGMA wal_autocheckpoint = 0")
        owner.execute(new, ("first",))
        owner.commit()

        def interrupted(source: Path, target: Path, stop: threading.Event) -> None:
            real(source, target, stop)
            if source != file:
                return
            copies.append(source)
            if len(copies) == 1:
                owner.executemany(new, [("m" * 3000,)] * 100)
                owner.commit()
                owner.execute(f"PRAGMA wal_checkpoint({checkpoint})").fetchall()
                if checkpoint != "PASSIVE":  # a write after a whole one begins the log anew
                    owner.execute(new, ("last",))
                    owner.commit()

        monkeypatch.setattr(copying, "_copy_file", interrupted)
        with copied(file) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert copy.execute("SELECT count(*) FROM events").fetchone()[0] == 100 + tries
    assert len(copies) == tries, "a checkpoint alone does no harm"


def test_no_copy_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    with copied(former_tool(tmp_path)) as copy:
        (made,) = folder.iterdir()
        assert made.stat().st_mode & 0o777 == 0o700
        assert copy.execute("SELECT count(*) FROM instances").fetchone()[0] == 1
    assert list(folder.iterdir()) == []


async def test_an_import_that_is_cancelled_stops_copying_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy never comes to its end by itself: only stopping ends the thread."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    file = former_tool(tmp_path)
    real, begun, ended = copying._copy_file, threading.Event(), threading.Event()

    def endless(source: Path, target: Path, stop: threading.Event) -> None:
        try:
            while True:
                real(source, target, stop)
                begun.set()
        finally:
            ended.set()

    monkeypatch.setattr(copying, "_copy_file", endless)
    reading = asyncio.create_task(read_path_aside(file))
    assert await asyncio.to_thread(begun.wait, 30)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.get_running_loop().shutdown_default_executor()  # waits for the thread's end
    assert ended.is_set()
    assert not any(folder.iterdir())


def test_a_copy_without_room_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("U", (), {"free": 1000})())
    with pytest.raises(SourceError, match="TMPDIR"):
        read_former(former_tool(tmp_path))


def test_an_endless_writer_is_given_up_in_time(tmp_path: Path) -> None:
    """A database in the old mode that changes between any two looks."""
    file = former_tool(tmp_path)
    with closing(sqlite3.connect(file)) as owner:
        owner.execute("PRAGMA journal_mode = DELETE")

    real = Path.open
    times = iter(range(1, 1_000_000))

    def touched(self: Path, *more: object, **named: object) -> object:
        if self == file:
            os.utime(file, ns=(next(times), next(times)))
        return real(self, *more, **named)  # type: ignore[call-overload]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", touched)
        with pytest.raises(SourceError, match="without a rest"), copied(file, patience=0.05):
            raise AssertionError("no copy of it can be whole")
