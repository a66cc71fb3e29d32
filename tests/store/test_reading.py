"""A store that is only read: never made, never changed, whoever holds it and wherever it lies."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.history import Event
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.store import history
from alfred_tui.store.errors import StoreAbsent, StoreNewer, StoreReadOnly, typed
from alfred_tui.store.store import Store
from tests.store.revisions import at_revision, head

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


def tenant(name: str) -> Tenant:
    return Tenant(name=name, api_url="https://h.example:1", api_key=Secret("canary-7c"))


@pytest.fixture
def paths() -> Iterator[Paths]:
    """A store with two tenants and an event, where anybody may come: pytest's folder is closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield begun(Paths(Path(folder) / "home"))


def begun(made: Paths) -> Paths:
    store = Store.open(made)
    store.put_tenants([tenant("a"), tenant("b")])
    store.history.write([], [Event(AT, "a", before=Pill.OK, after=Pill.DOWN)])
    store.close()
    return made


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreAbsent, match="alfred-tui import"):
        Store.reading(Paths(tmp_path / "home"))
    assert list(tmp_path.iterdir()) == []


def test_it_is_read_and_refuses_to_be_written(paths: Paths) -> None:
    store = Store.reading(paths)
    assert [each.name for each in store.tenants()] == ["a", "b"]
    with pytest.raises(StoreReadOnly, match="--home"):
        store.put_tenants([tenant("c")])
    with pytest.raises(StoreReadOnly):
        store.history.write([], [Event(AT, "a")])
    assert [each.tenant for each in store.history.told()] == ["a"]
    store.close()


def test_a_lock_of_another_one_does_not_matter(paths: Paths) -> None:
    with closing(sqlite3.connect(paths.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE tenant SET position = 9")
        store = Store.reading(paths, patience=0.0)
        assert [each.name for each in store.tenants()] == ["a", "b"]
        assert len(list(store.history.told())) == 1
        store.close()


def test_what_is_written_meanwhile_is_seen(paths: Paths) -> None:
    reading, writing = Store.reading(paths), Store.open(paths)
    writing.put_tenants([tenant("c")])
    assert [each.name for each in reading.tenants()] == ["a", "b", "c"]
    reading.close()
    writing.close()


def test_a_newer_one_is_refused(paths: Paths) -> None:
    with closing(sqlite3.connect(paths.database)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()
    with pytest.raises(StoreNewer, match="9999"):
        Store.reading(paths)


def test_an_older_one_is_brought_up_to_date(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    at_revision(paths.database, "0002")
    with closing(sqlite3.connect(paths.database)) as plain:
        body = b'{"api_url": "https://h.example:1"}'
        plain.execute("INSERT INTO tenant VALUES ('old', 'canary-7c', ?, 1)", (body,))
        plain.commit()
    store = Store.reading(paths)
    assert [each.name for each in store.tenants()] == ["old"]
    assert list(store.history.told()) == []
    assert any(f"before-{head()}" in notice for notice in store.notices)
    store.close()


# Root may write everywhere: what somebody sees who may not is seen by somebody else only.
STRANGER = """
import os, sys
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.store.store import Store, StoreError
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
paths = Paths(Path(sys.argv[1]))
for opened in (Store.reading, Store.open):
    store = opened(paths)
    print(*(tenant.name for tenant in store.tenants()), len(store.history.events()))
    print(*store.notices)
    try:
        store.remove_tenant("a")
    except StoreError as trouble:
        print(type(trouble).__name__)
"""


@pytest.mark.parametrize("how", ["nobody has it open", "somebody has it open", "one was killed"])
def test_where_nothing_may_be_written_it_is_read_all_the_same(paths: Paths, how: str) -> None:
    store = Store.open(paths) if how == "somebody has it open" else None
    if store is not None:
        store.put_tenants([tenant("c")])
    if how == "one was killed":
        # leaves its log behind, with a tenant in it
        child = "import os,sys\n" + STRANGER.split("if os.geteuid")[0].replace("import os, sys", "")
        child += "from alfred_tui.model.tenant import Secret, Tenant\n"
        child += "store = Store.open(Paths(Path(sys.argv[1])))\n"
        child += "store.put_tenants([Tenant('c', 'https://h.example:1', Secret('k'))])\nos._exit(0)"
        subprocess.run([sys.executable, "-c", child, str(paths.home)], check=True, timeout=60)
        assert paths.database.with_name("alfred.db-wal").stat().st_size > 0
    for file in paths.home.iterdir():
        file.chmod(0o444)
    paths.home.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", STRANGER, str(paths.home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    paths.home.chmod(0o700)
    if store is not None:
        store.close()
    assert done.stderr.count("\n") <= 1, done.stderr  # the notice, in the log's place
    names = "a b 1" if how == "nobody has it open" else "a b c 1"
    first, silent, refused, again, notice, refused_again = done.stdout.splitlines()
    assert (first, again) == (names, names)
    assert silent == ""
    assert "nothing new is kept" in notice
    assert (refused, refused_again) == ("StoreReadOnly", "StoreReadOnly")


def test_events_are_told_in_the_order_of_time_page_by_page(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 3)
    store = Store.open(paths)
    # several at one moment, over the edge of a page; and some that were written late
    moments = [5, 5, 5, 5, 5, 1, 2, 9, 9, 3]
    told = [
        Event(AT + timedelta(hours=hour), name, text=str(number))
        for number, hour in enumerate(moments)
        for name in ("acme", "beta")
    ]
    store.history.write([], told)
    found = list(store.history.told("acme"))
    assert [(each.at, each.number) for each in found] == sorted((e.at, e.number) for e in found)
    assert sorted(int(each.text) for each in found) == list(range(10))
    everybody = list(store.history.told())
    assert len(everybody) == len({each.number for each in everybody}) == 21
    for last in (0, 1, 4, 20, 99):
        assert list(store.history.told(last=last)) == everybody[len(everybody) - min(last, 21) :]
        assert list(store.history.told("acme", last=last)) == found[max(0, 10 - last) :]
    since, until = AT + timedelta(hours=2), AT + timedelta(hours=9)
    between = [each for each in found if since <= each.at < until]
    assert list(store.history.told("acme", since=since, until=until)) == between
    assert list(store.history.told("acme", since=since, until=until, last=2)) == between[-2:]
    assert list(store.history.told("nobody")) == []
    store.close()


def test_a_disk_that_cannot_be_read_is_not_said_to_be_full() -> None:
    said = "disk I/O error"
    assert "make room" in str(typed(Path("x"), said, "SQLITE_IOERR_WRITE"))
    assert "the disk fails" in str(typed(Path("x"), said, "SQLITE_IOERR_READ"))


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", "ä b"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    paths = Paths(tmp_path / name)
    store = Store.open(paths)
    store.put_tenants([tenant("a")])
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert paths.database.exists()
    reading = Store.reading(paths)
    assert [each.name for each in reading.tenants()] == ["a"]
    reading.close()
