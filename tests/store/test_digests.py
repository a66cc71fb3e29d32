"""Image digests on disk: seen again, kept for a while, gone with their tenant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.images import Image, KeptImage
from alfred_tui.model.tenant import Tenant
from alfred_tui.store.digests import MOST
from alfred_tui.store.errors import StoreDamaged
from alfred_tui.store.store import Store

AT = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)


def image(service: str, number: int, *digests: str) -> Image:
    return Image(service, f"registry.example/{service}:latest", f"sha256:{number:064x}", digests)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "home")


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    opened = Store.open(paths)
    opened.put_tenants([Tenant(name, f"https://{name}.example:1") for name in ("acme", "umbra")])
    yield opened
    opened.close()


def test_what_was_seen_again_keeps_when_it_was_seen_first(store: Store) -> None:
    old, new = image("alfred", 1, "a@sha256:1"), image("alfred", 2, "a@sha256:2")
    store.digests.keep("acme", [old, image("temporal", 3)], AT)
    store.digests.keep("acme", [new, image("temporal", 3)], LATER)
    assert store.digests.of("acme") == [
        KeptImage("acme", new, LATER, LATER),
        KeptImage("acme", old, AT, AT),
        KeptImage("acme", image("temporal", 3), AT, LATER),
    ]
    assert store.digests.of("umbra") == []


def test_a_digest_that_is_not_told_any_more_is_not_lost(store: Store) -> None:
    store.digests.keep("acme", [image("alfred", 1, "a@sha256:1")], AT)
    store.digests.keep("acme", [image("alfred", 1)], LATER)
    (kept,) = store.digests.of("acme")
    assert kept.image.digests == ("a@sha256:1",)
    store.digests.keep("acme", [image("alfred", 1, "a@sha256:1", "b@sha256:1")], LATER)
    (kept,) = store.digests.of("acme")
    assert kept.image.digests == ("a@sha256:1", "b@sha256:1")


def test_the_oldest_of_a_service_go_and_no_other_s(store: Store) -> None:
    store.digests.keep("acme", [image("temporal", 99)], AT)
    store.digests.keep("umbra", [image("alfred", 99)], AT)
    for number in range(MOST + 3):
        store.digests.keep("acme", [image("alfred", number)], AT + timedelta(minutes=number))
    kept = store.digests.everywhere()
    assert [(each.tenant, each.image.service) for each in kept] == [
        *[("acme", "alfred")] * MOST,
        ("acme", "temporal"),
        ("umbra", "alfred"),
    ]
    newest = [int(each.image.image_id[-4:], 16) for each in kept[:MOST]]
    assert newest == list(range(MOST + 2, 2, -1))


def test_they_go_with_their_tenant_and_none_is_kept_of_a_stranger(store: Store) -> None:
    store.digests.keep("stranger", [image("alfred", 1)], AT)
    store.digests.keep("acme", [image("alfred", 1)], AT)
    store.digests.keep("umbra", [image("alfred", 1)], AT)
    store.remove_tenant("acme")
    assert [each.tenant for each in store.digests.everywhere()] == ["umbra"]


def test_another_program_reads_them(store: Store, paths: Paths) -> None:
    store.digests.keep("acme", [image("alfred", 1, "a@sha256:1")], AT)
    other = Store.reading(paths)
    assert other.digests.of("acme") == store.digests.of("acme")
    other.close()


def test_what_nobody_can_have_written_is_told_as_damage(store: Store, paths: Paths) -> None:
    store.digests.keep("acme", [image("alfred", 1)], AT)
    with closing(sqlite3.connect(paths.database)) as raw, raw:
        raw.execute("UPDATE digest SET digests = ?", (b"{",))
    with pytest.raises(StoreDamaged, match="digests"):
        store.digests.of("acme")
