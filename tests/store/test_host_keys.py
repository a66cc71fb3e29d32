"""Pinned host keys, what a tenant owns, older schemas, and looking at a store from outside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import create_engine

from alfred_tui.config import Paths
from alfred_tui.model.tenant import Estate, HostKey, Secret, Tenant
from alfred_tui.store.inspection import inspect_store
from alfred_tui.store.schema import MIGRATIONS
from alfred_tui.store.store import Store

AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
ESTATE = Estate(instance_id="7", server_id=4711, created_at=AT, luks_key_file="/k/luks.key")


def tenant(name: str = "acme") -> Tenant:
    return Tenant(name, "https://h.example:1", Secret("canary-1"), estate=ESTATE)


def key(name: str = "acme", fingerprint: str = "SHA256:one", kind: str = "") -> HostKey:
    return HostKey(name, fingerprint, "seen", AT, kind)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


def test_a_pin_stays_and_goes_with_its_tenant(paths: Paths) -> None:
    store = Store.open(paths)
    store.put_tenants([tenant(), tenant("umbra")])
    store.pin([key(), key("umbra"), key("stranger")])
    store.pin([key(fingerprint="SHA256:two"), key(fingerprint="SHA256:rsa", kind="ssh-rsa")])
    expected = [key(), key(fingerprint="SHA256:rsa", kind="ssh-rsa"), key("umbra")]
    assert store.host_keys() == expected
    store.remove_tenant("acme")
    assert store.host_keys() == [key("umbra")]
    store.close()


def test_what_a_tenant_owns_comes_back(paths: Paths) -> None:
    store = Store.open(paths)
    store.put_tenants([tenant()])
    store.close()
    again = Store.open(paths)
    assert again.tenants() == [tenant()]
    again.close()


def test_a_change_is_all_or_nothing_with_its_pins(paths: Paths) -> None:
    store = Store.open(paths)

    def broken(_: list[Tenant], __: list[HostKey]) -> tuple[list[Tenant], list[HostKey]]:
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        store.change_tenants(broken)
    report = store.change_tenants(lambda there, pins: ([*there, tenant()], [*pins, key()]))
    assert report.added == ("acme",)
    assert store.host_keys() == [key()]
    store.close()


def old_store(paths: Paths, revision: str) -> None:
    """A store as an older version left it, with a tenant in the form of that time."""
    paths.ensure()
    engine = create_engine(f"sqlite:///{paths.database}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql(
            "INSERT INTO tenant VALUES ('old', 'canary-1', ?, 1)",
            (b'{"api_url": "https://h.example:1", "labels": {"a": "1"}}',),
        )
        connection.commit()
    engine.dispose()
    paths.database.chmod(0o600)


def test_a_store_of_the_first_version_is_brought_along(paths: Paths) -> None:
    old_store(paths, "0001")
    seen = inspect_store(paths.database)
    assert (seen.revision, seen.older, seen.trouble) == ("0001", True, "")
    assert [held.name for held in seen.tenants] == ["old"]
    store = Store.open(paths)
    assert "newer schema" in store.notices[0]
    (held,) = store.tenants()
    assert (held.estate, held.labels) == (Estate(), {"a": "1"})
    store.pin([key("old")])
    assert store.host_keys() == [key("old")]
    store.close()
    copies = list(paths.home.glob("alfred.db.before-*"))
    assert len(copies) == 1
    assert inspect_store(copies[0]).revision == "0001"


def test_looking_from_outside_opens_changes_and_makes_nothing(paths: Paths) -> None:
    assert not inspect_store(paths.database).exists
    assert not paths.home.exists()
    store = Store.open(paths)
    store.put_tenants([tenant()])
    store.close()
    paths.database.chmod(0o644)
    before = paths.database.read_bytes()
    seen = inspect_store(paths.database)
    assert (seen.exists, seen.older, seen.trouble) == (True, False, "")
    assert seen.revision == seen.head
    assert seen.tenants == (tenant(),)
    assert "canary-1" not in repr(seen)
    assert paths.database.read_bytes() == before
    assert paths.database.stat().st_mode & 0o777 == 0o644


def test_a_store_that_another_one_is_writing_is_looked_at_too(paths: Paths) -> None:
    store = Store.open(paths)
    store.put_tenants([tenant()])
    with closing(sqlite3.connect(paths.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert inspect_store(paths.database).trouble == ""
        other.execute("ROLLBACK")
    store.close()


def test_damage_is_words_and_no_exception(paths: Paths) -> None:
    store = Store.open(paths)
    store.put_tenants([tenant(f"t{n}") for n in range(300)])
    store.close()
    whole = bytearray(paths.database.read_bytes())
    assert len(whole) > 40_000
    whole[8192:40_000] = b"\xa5" * (40_000 - 8192)
    paths.database.write_bytes(whole)
    assert inspect_store(paths.database).trouble
    paths.database.write_bytes(b"")
    assert inspect_store(paths.database).trouble
