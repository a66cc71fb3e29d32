"""Wishes for quiet on disk: kept with their event, replaced, shrunk, and gone with their tenant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.history import EventKind
from alfred_tui.model.quiet import Acked, Quiet, QuietKind
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.store.store import Store

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DISK = Acked("disk-high", "", Pill.DEGRADED)
SLOW = Acked("slow", "", Pill.DEGRADED)


def tenant(name: str) -> Tenant:
    return Tenant(name, f"https://{name}.ts.example:3100", Secret("k"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Paths(tmp_path))
    opened.put_tenants([tenant("acme"), tenant("birch")])
    yield opened
    opened.close()


def mute(name: str = "acme", rule: str = "", reason: str = "owner knows", **more: object) -> Quiet:
    given = {"until": NOW + HOUR, "who": "ada@desk", **more}
    return Quiet(QuietKind.MUTE, NOW, tenant=name, rule=rule, reason=reason, **given)  # type: ignore[arg-type]


def ack(*held: Acked) -> Quiet:
    return Quiet(QuietKind.ACK, NOW, NOW + HOUR, tenant="acme", reason="seen", acked=held)


def texts(store: Store) -> list[str]:
    events = store.history.events()
    assert {event.kind for event in events} <= {EventKind.QUIET}
    return [f"{event.tenant}: {event.text}" for event in events]


def test_what_is_wished_is_read_again_with_its_event(store: Store) -> None:
    put = store.quiets.put([mute(), mute("", "slow", reason="")], NOW)
    assert store.quiets.read(NOW) == put
    assert len({wish.number for wish in put}) == 2
    assert texts(store) == [
        ": muted slow until 2026-06-01 13:00:00 UTC",
        "acme: muted everything until 2026-06-01 13:00:00 UTC: owner knows",
    ]
    assert store.history.events()[1].who == "ada@desk"


def test_over_is_over(store: Store) -> None:
    store.quiets.put([mute()], NOW)
    assert store.quiets.read(NOW + HOUR) == []
    store.quiets.put([mute("birch", until=NOW + 3 * HOUR)], NOW + 2 * HOUR)
    assert [wish.tenant for wish in store.quiets.read(NOW)] == ["birch"]  # and is swept out


def test_the_same_scope_again_takes_the_place_of_the_older(store: Store) -> None:
    store.quiets.put([mute(), mute(rule="slow"), mute("birch")], NOW)
    store.quiets.put([mute(until=NOW + 2 * HOUR)], NOW)
    kept = store.quiets.read(NOW)
    assert sorted((w.tenant, w.rule) for w in kept) == [
        ("acme", ""),
        ("acme", "slow"),
        ("birch", ""),
    ]
    assert max(w.until for w in kept) == NOW + 2 * HOUR


def test_the_same_twice_at_once_is_one(store: Store) -> None:
    assert len(store.quiets.put([mute(), mute()], NOW)) == 1
    assert len(store.quiets.read(NOW)) == 1


def test_a_second_acknowledgement_keeps_what_the_first_held(store: Store) -> None:
    store.quiets.put([ack(DISK)], NOW)
    store.quiets.put([ack(SLOW, Acked("disk-high", "", Pill.DOWN))], NOW)
    held = store.quiets.read(NOW)[0].acked
    assert set(held) == {SLOW, Acked("disk-high", "", Pill.DOWN)}


def test_a_tenant_that_is_not_there_is_left_out(store: Store) -> None:
    assert store.quiets.put([mute("nobody")], NOW) == []
    assert texts(store) == []


def test_wishes_go_with_their_tenant(store: Store) -> None:
    store.quiets.put([mute(), mute("birch"), mute("", "slow")], NOW)
    store.remove_tenant("acme")
    assert [wish.tenant for wish in store.quiets.read(NOW)] == ["birch", ""]


def test_an_acknowledgement_that_loses_its_last_reason_is_over_and_told_once(store: Store) -> None:
    wish = store.quiets.put([ack(DISK, SLOW)], NOW)[0]
    less = Quiet(**{**_fields(wish), "acked": (SLOW,)})
    store.quiets.shrink([less], NOW)
    assert store.quiets.read(NOW)[0].acked == (SLOW,)
    none = Quiet(**{**_fields(wish), "acked": ()})
    for _ in range(2):  # two dashboards see it end
        store.quiets.shrink([none], NOW)
    assert store.quiets.read(NOW) == []
    assert [text for text in texts(store) if "changed" in text] == [
        "acme: acknowledged reasons changed: loud again (seen)"
    ]


def _fields(wish: Quiet) -> dict[str, object]:
    return {name: getattr(wish, name) for name in Quiet.__struct_fields__}


def test_taking_back_is_told_with_who_did_it_and_only_once(store: Store) -> None:
    put = store.quiets.put([mute(rule="slow")], NOW)
    assert store.quiets.end(put, NOW, "bo@desk") == put
    assert store.quiets.end(put, NOW, "bo@desk") == []
    assert texts(store)[0] == "acme: loud again: slow"
    assert store.history.events()[0].who == "bo@desk"


def test_a_wish_that_cannot_be_read_keeps_nothing_quiet(store: Store, tmp_path: Path) -> None:
    store.quiets.put([mute(), mute("birch")], NOW)
    with closing(sqlite3.connect(tmp_path / "alfred.db")) as raw:
        raw.execute("UPDATE quiet SET body = x'ff' WHERE tenant = 'acme'")
        raw.commit()
    assert [wish.tenant for wish in store.quiets.read(NOW)] == ["birch"]


def test_changes_are_counted_whoever_makes_them(store: Store, tmp_path: Path) -> None:
    before = store.changes()
    store.quiets.put([mute()], NOW)
    middle = store.changes()
    assert middle["quiet"] > before["quiet"]
    assert middle["tenants"] == before["tenants"]
    with closing(sqlite3.connect(tmp_path / "alfred.db")) as raw:
        raw.execute("DELETE FROM tenant WHERE name = 'birch'")
        raw.commit()
    assert store.changes()["tenants"] > middle["tenants"]
