"""The store in trouble: killed, locked, full, read-only, damaged; each said with what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.errors import StoreDamaged, StoreError, StoreFull, StoreLocked
from alfred_tui.store.store import Store

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
CANARY = "canary-8e2c"


def tenant(name: str) -> Tenant:
    return Tenant(name=name, api_url="https://h.example:1", api_key=Secret(CANARY))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A store with three tenants."""
    made = Paths(tmp_path / "home")
    store = Store.open(made)
    store.put_tenants([tenant(name) for name in "abc"])
    store.close()
    return made


# Imports once and forks, so that twenty kills take seconds: the child reports each write that it
# was told is done, the parent kills it in the middle of the next ones.
KILLER = """
import os, signal, sqlite3, sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.store import Store

paths = Paths(Path(sys.argv[1]))
Store.open(paths).close()
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)

def child(turn, pipe):
    store = Store.open(paths)
    for n in range(100_000):
        name = f"t{turn}-{n}"
        store.put_tenants([Tenant(name=name, api_url="https://h.example:1", api_key=Secret("k"))])
        store.keep_states([KeptState(name, TenantView(name, Pill.OK), AT)])
        os.write(pipe, f"{name}\\n".encode())

acknowledged = set()
for turn in range(20):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            child(turn, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading) as lines:
        for _ in range(1 + turn % 4):
            acknowledged.add(lines.readline().strip())
        os.kill(pid, signal.SIGKILL)
        acknowledged |= {line.strip() for line in lines if line.endswith("\\n")}
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    with closing(sqlite3.connect(paths.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    store = Store.open(paths)
    assert acknowledged <= {held.name for held in store.tenants()}
    assert acknowledged <= set(store.last_states())
    store.close()
print(len(acknowledged))
"""


def test_twenty_kills_leave_it_whole_and_lose_nothing_acknowledged(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 20


def test_a_lock_is_waited_for_and_then_named(paths: Paths) -> None:
    with closing(sqlite3.connect(paths.database)) as other:
        store = Store.open(paths, patience=0.05)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked, match="close the program that holds it"):
            store.put_tenants([tenant("d")])
        other.rollback()
        assert store.put_tenants([tenant("d")]).added == ("d",)
        store.close()


def test_a_full_disk_keeps_what_was_there(paths: Paths) -> None:
    store = Store.open(paths)
    store.close()
    event.listen(store._engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 8"))
    with pytest.raises(StoreFull, match="make room"):
        store.put_tenants([tenant(f"many-{n}") for n in range(2000)])
    assert [held.name for held in store.tenants()] == ["a", "b", "c"]
    store.close()


# Root may write everywhere: what a folder without permission does is seen by somebody else only.
READ_ONLY = """
import os, sys
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.store.store import Store, StoreError
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    Store.open(Paths(Path(sys.argv[1]))).tenants()
except StoreError as trouble:
    print(type(trouble).__name__, trouble)
"""


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_permission_says_so(paths: Paths, there: bool) -> None:
    for folder in paths.home.parents:
        if folder.is_relative_to(Path(os.environ.get("TMPDIR", "/tmp"))) and os.geteuid() == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    home = paths.home if there else paths.home / "below"
    paths.home.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    paths.home.chmod(0o700)
    assert done.stderr == ""
    assert done.stdout.startswith("Store")
    assert "--home" in done.stdout


@pytest.mark.parametrize("part", ["head", "middle", "cut"])
def test_damage_is_named_and_never_a_traceback(paths: Paths, part: str) -> None:
    whole = bytearray(paths.database.read_bytes())
    if part == "head":
        whole[:100] = b"\xff" * 100
    elif part == "middle":
        whole[4096:] = b"\xa5" * (len(whole) - 4096)
    else:
        whole = whole[: len(whole) // 2 + 100]
    paths.database.write_bytes(whole)
    with pytest.raises(StoreError, match="move the file away") as caught:
        store = Store.open(paths)
        store.tenants()
    assert isinstance(caught.value, StoreDamaged)
    assert CANARY not in str(caught.value)


def test_only_a_copy_that_is_there_is_named(paths: Paths) -> None:
    paths.database.write_bytes(b"\xff" * 8192)

    def said() -> str:
        with pytest.raises(StoreDamaged) as caught:
            Store.open(paths)
        return str(caught.value)

    assert said().endswith(": move the file away and import again")
    for name in ("alfred.db.before-0002", "alfred.db.before-0004", "alfred.db.before-0004-wal"):
        (paths.home / name).touch()
    (paths.home / "alfred.database.before-0005").touch()
    assert said().endswith("again, or put the copy beside it in its place (alfred.db.before-0004)")


def test_a_tenant_that_cannot_be_read_is_damage_without_its_key(paths: Paths) -> None:
    with closing(sqlite3.connect(paths.database)) as connection:
        connection.execute("UPDATE tenant SET body = x'00ff' WHERE name = 'b'")
        connection.commit()
    store = Store.open(paths)
    with pytest.raises(StoreDamaged) as caught:
        store.tenants()
    assert CANARY not in str(caught.value)
    store.close()


def test_a_last_state_that_cannot_be_read_is_left_out(paths: Paths) -> None:
    store = Store.open(paths)
    store.keep_states([KeptState(n, TenantView(n, Pill.OK), AT) for n in "abc"])
    with closing(sqlite3.connect(paths.database)) as connection:
        connection.execute("UPDATE last_state SET body = x'7b22' WHERE tenant = 'b'")
        connection.execute("UPDATE last_state SET body = x'ff' WHERE tenant = 'c'")
        connection.commit()
    assert set(store.last_states()) == {"a"}
    store.close()


def test_a_refused_import_leaves_all_as_it_was(paths: Paths) -> None:
    store = Store.open(paths)
    twice = [tenant("d"), Tenant("e", "https://h.example:1", "not a secret")]  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        store.put_tenants(twice)
    assert [held.name for held in store.tenants()] == ["a", "b", "c"]
    store.close()
