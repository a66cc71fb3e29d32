"""Refused logins on disk: the last of each tenant, until it lets us in or is gone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.config import Paths
from alfred_tui.engine.refusals import StoredRefusals
from alfred_tui.model.tenant import RefusedLogin, Tenant
from alfred_tui.store.store import Store

AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
WAY = "deploy@10.0.0.7:22 /keys/acme"
REFUSED = RefusedLogin("acme", WAY, AT)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    opened = Store.open(paths)
    opened.put_tenants([Tenant(name, f"https://{name}.example:1") for name in ("acme", "umbra")])
    yield opened
    opened.close()


async def here(work: Callable[[], Any]) -> Any:
    return work()


def test_the_last_of_each_tenant_is_kept(store: Store) -> None:
    later = RefusedLogin("acme", WAY, AT + timedelta(minutes=5))
    for each in (REFUSED, later, RefusedLogin("nobody", WAY, AT)):
        store.refused.keep(each)
    assert store.refused.every() == [later]
    store.refused.forget("umbra")
    assert store.refused.every() == [later]
    store.refused.forget("acme")
    assert store.refused.every() == []


def test_it_goes_with_its_tenant(store: Store) -> None:
    store.refused.keep(REFUSED)
    store.remove_tenant("acme")
    assert store.refused.every() == []


async def test_what_one_program_was_refused_is_known_to_the_next(
    paths: Paths, store: Store
) -> None:
    ours = StoredRefusals(store, here)
    assert await ours.last("acme") is None
    await ours.keep(REFUSED)
    assert await ours.last("acme") == REFUSED
    other = Store.open(paths)
    theirs = StoredRefusals(other, here)
    assert await theirs.last("acme") == REFUSED
    assert await theirs.last("umbra") is None
    await theirs.forget("acme")
    assert await theirs.last("acme") is None
    assert await StoredRefusals(store, here).last("acme") is None
    other.close()


async def test_whoever_asks_while_it_is_read_knows_what_is_read(store: Store) -> None:
    for name in ("acme", "umbra"):
        store.refused.keep(RefusedLogin(name, WAY, AT))
    reads = 0

    async def slowly(work: Callable[[], Any]) -> Any:
        nonlocal reads
        reads += 1
        await asyncio.sleep(0)  # whoever else is ready asks now
        return work()

    ours = StoredRefusals(store, slowly)
    found = await asyncio.gather(*(ours.last(name) for name in ("acme", "umbra", "acme", "none")))
    assert [each.tenant if each else None for each in found] == ["acme", "umbra", "acme", None]
    assert reads == 1


async def test_a_store_that_fails_makes_nobody_try_again(
    paths: Paths, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(paths.database)) as raw:
        raw.execute("DROP TABLE refused_login")
        raw.commit()
    ours = StoredRefusals(store, here)
    await ours.keep(REFUSED)
    assert await ours.last("acme") == REFUSED
    await ours.forget("acme")
    assert await ours.last("acme") is None
    assert "cannot be kept" in caplog.text
    assert "cannot be read" in caplog.text
    assert "cannot be forgotten" in caplog.text
