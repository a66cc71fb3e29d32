"""The store on a real SQLite file: private, migrated, shared, whole after a kill."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Layout, Secret, SshTarget, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import Snapshot, TenantView
from alfred_tui.store.snapshot import read_snapshot, write_snapshot
from alfred_tui.store.store import Store, StoreError

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


def tenant(name: str = "acme", **more: object) -> Tenant:
    return Tenant(  # type: ignore[arg-type]
        name=name,
        api_url=f"https://{name}.tail0.ts.example:3100",
        api_key=Secret("k-1"),
        ssh=SshTarget("127.0.0.1", 2222),
        layout=Layout.F3,
        labels={"plane-enabled": "true"},
        **more,
    )


def kept(name: str = "acme", pill: Pill = Pill.OK) -> KeptState:
    reasons = (Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %", since=AT),)
    return KeptState(name, TenantView(name, pill, AT, reasons), AT, frozenset({"alfred"}), "F")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


def test_tenants_come_back_as_they_were(paths: Paths) -> None:
    store = Store.open(paths)
    both = [tenant("b"), tenant("a", connect_address="127.0.0.9")]
    assert store.put_tenants(both).added == ("b", "a")
    store.close()
    again = Store.open(paths)
    assert again.tenants() == both
    changed = tenant("a", location="nbg1")
    report = again.put_tenants([tenant("b"), changed])
    assert (report.changed, report.unchanged) == (("a",), ("b",))
    assert again.tenants()[1] == changed
    again.close()


def test_files_are_private_and_an_open_one_is_tightened(paths: Paths) -> None:
    Store.open(paths).close()
    paths.database.chmod(0o644)
    store = Store.open(paths)
    store.put_tenants([tenant()])
    for file in paths.home.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    store.close()


def test_last_states_follow_their_tenant(paths: Paths) -> None:
    store = Store.open(paths)
    store.put_tenants([tenant("a"), tenant("b")])
    store.keep_states([kept("a"), kept("b", Pill.DOWN), kept("gone")])
    store.keep_states([kept("a", Pill.DEGRADED)])
    assert store.last_states() == {"a": kept("a", Pill.DEGRADED), "b": kept("b", Pill.DOWN)}
    assert store.remove_tenant("b")
    assert not store.remove_tenant("b")
    assert set(store.last_states()) == {"a"}
    store.close()


def test_a_newer_schema_is_refused_and_left_alone(paths: Paths) -> None:
    Store.open(paths).close()
    with sqlite3.connect(paths.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match=r"newer alfred-tui \(schema 9999"):
        Store.open(paths)


def test_a_damaged_file_says_what_to_do(paths: Paths) -> None:
    paths.ensure()
    paths.database.write_bytes(b"this is no database, " * 400)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(paths)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="ALFRED_TUI_HOME"):
        Store.open(Paths(tmp_path / "home"))


WRITER = """
import sys
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.store import Store
store = Store.open(Paths(Path(sys.argv[1])))
for n in range(int(sys.argv[3])):
    name = f"{sys.argv[2]}-{n}"
    store.put_tenants([Tenant(name=name, api_url="https://h.example:1", api_key=Secret("k"))])
    print(name, flush=True)
"""


def writer(paths: Paths, word: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(paths.home), word, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_programs_open_and_write_a_new_store_side_by_side(paths: Paths) -> None:
    both = [writer(paths, word, 15) for word in ("a", "b")]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store = Store.open(paths)
    assert len(store.tenants()) == 30
    store.close()


def test_a_kill_in_the_middle_loses_nothing_acknowledged(paths: Paths) -> None:
    said: list[str] = []
    for turn in range(6):
        process = writer(paths, f"t{turn}", 10_000)
        assert process.stdout is not None
        for _ in range(4 + turn):
            said.append(process.stdout.readline().strip())
        process.kill()
        said += [line for line in process.communicate()[0].split("\n")[:-1] if line]
    store = Store.open(paths)
    assert set(said) <= {held.name for held in store.tenants()}
    store.close()
    with sqlite3.connect(paths.database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_snapshot_comes_back_and_any_damage_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "last-state.bin"
    assert read_snapshot(path) is None
    snapshot = Snapshot(1, AT, (kept().view,))
    write_snapshot(path, snapshot)
    assert read_snapshot(path) == snapshot
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    whole = path.read_bytes()
    for damaged in (whole[:-7], b"", b"\xff" * 50, whole.replace(b"acme", b"\xff\xfe\xfd\xfc")):
        path.write_bytes(damaged)
        assert read_snapshot(path) is None
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
