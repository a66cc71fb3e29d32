"""Pages that went bad, table by table: what does not need them works, the rest is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.history import DAY, HOUR, Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.errors import StoreDamaged
from alfred_tui.store.inspection import inspect_store
from alfred_tui.store.store import Store
from tests.store import years
from tests.store.damage import spoil

TENANTS = 150
NAMES = [f"tenant-{number:04d}" for number in range(TENANTS)]
NOW = years.NOW
AT = datetime.fromtimestamp(NOW, UTC)

Work = Callable[[Store], object]
WORKS: dict[str, tuple[set[str], Work]] = {
    "tenants": ({"tenant"}, lambda s: s.tenants()),
    "put tenants": (
        {"tenant", "host_key"},
        lambda s: s.put_tenants([Tenant("new", "https://h.example:1", Secret("k"))]),
    ),
    "last states": ({"last_state"}, lambda s: s.last_states()),
    "keep states": (
        {"tenant", "last_state"},
        lambda s: s.keep_states([KeptState(n, TenantView(n, Pill.OK), AT) for n in NAMES]),
    ),
    "host keys": ({"host_key"}, lambda s: s.host_keys()),
    "events": ({"event"}, lambda s: list(s.history.told())),
    "a tenant's events": (
        {"event", "event_tenant"},
        lambda s: [list(s.history.told(name)) for name in NAMES],
    ),
    "samples": (
        {"series", "packed", "sqlite_autoindex_packed_1", "sample"},
        lambda s: [s.history.samples(name, NOW - 2 * DAY, NOW + HOUR) for name in NAMES],
    ),
    "hours": (
        {"series", "hour", "sample"},
        lambda s: [s.history.stretches(name, NOW - 90 * DAY, NOW) for name in NAMES],
    ),
    "days": (
        {"series", "day", "hour", "sample"},
        lambda s: [s.history.stretches(name, NOW - 365 * DAY, NOW, DAY) for name in NAMES],
    ),
    "strips": ({"series", "hour", "sample"}, lambda s: s.history.strips(NOW)),
    "a new sample": (
        {"series", "sample"},
        lambda s: s.history.write([Sample(NAMES[-1], NOW + HOUR, 60, Pill.OK)]),
    ),
    "a new event": (
        {"event", "event_at", "event_tenant"},
        lambda s: s.history.write([], [Event(AT, NAMES[-1], after=Pill.OK)]),
    ),
}
"""What is asked of a store, and the tables and indexes that it takes."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a store with a past in every table."""
    paths = Paths(tmp_path_factory.mktemp("whole") / "home")
    Store.open(paths).close()
    years.tenants_and_states(paths.database, TENANTS, host_keys=True)
    years.past(paths.database, TENANTS, hour_days=10)
    store = Store.open(paths)
    for minute in range(50):
        moment = NOW + 60 * minute
        store.history.write([Sample(name, moment, 60, Pill.OK, 0.1, 40.0, 50.0) for name in NAMES])
    store.close()
    with closing(sqlite3.connect(paths.database)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return paths.database.read_bytes()


@pytest.fixture
def paths(tmp_path: Path, whole: bytes) -> Paths:
    made = Paths(tmp_path / "home")
    made.ensure()
    made.database.write_bytes(whole)
    made.database.chmod(0o600)
    return made


def asked(store: Store) -> set[str]:
    """What could not be done; each for a reason that names the file and what to do."""
    failed = set()
    for what, (_, work) in WORKS.items():
        try:
            work(store)
        except StoreDamaged as trouble:
            assert "alfred.db" in str(trouble)
            assert str(trouble).endswith("move the file away and import again")
            assert "canary" not in str(trouble)
            failed.add(what)
    return failed


def test_nothing_fails_of_a_whole_one(paths: Paths) -> None:
    store = Store.open(paths)
    assert asked(store) == set()
    store.close()


@pytest.mark.parametrize(
    "table",
    [
        *("tenant", "last_state", "host_key", "series", "sample", "packed", "hour", "day"),
        *("event", "event_tenant", "sqlite_autoindex_packed_1"),
    ],
)
def test_a_bad_page_spoils_only_what_needs_it(paths: Paths, table: str) -> None:
    spoil(paths.database, table)
    store = Store.open(paths)
    failed = asked(store)
    assert failed
    for what in failed:
        assert table in WORKS[what][0], what
    store.close()
    assert inspect_store(paths.database).trouble
    # it stays as it is for whoever can save something; nothing was made anew over it
    again = Store.open(paths)
    assert asked(again) >= failed - {"put tenants", "a new event", "a new sample"}
    again.close()


@pytest.mark.parametrize("table", ["hour", "packed", "day", "event"])
def test_packing_over_a_bad_page_is_all_or_nothing(paths: Paths, table: str) -> None:
    spoil(paths.database, table)
    store = Store.open(paths)
    before = store.history.samples(NAMES[0], NOW, NOW + HOUR)
    keep = HistorySettings(raw_hours=1, hour_days=1, day_days=1, event_days=1)
    with pytest.raises(StoreDamaged):
        for day in range(NOW + DAY, NOW + 400 * DAY, DAY):
            hours = range(day, day + 12 * HOUR, HOUR)  # so many make an older one too old
            store.history.write([Sample(NAMES[0], hour, 60, Pill.OK) for hour in hours])
            store.history.roll(day + 6 * HOUR, keep)
            store.history.roll(day + 12 * HOUR, keep)
    after = store.history.samples(NAMES[0], NOW, NOW + HOUR)
    assert after in (before, []), "kept, or packed and dropped when its time was over"
    store.close()


VALUES = {
    "packed": ("body", b"\xee" * 26),
    "hour": ("worst", 77),
    "sample": ("pill", -9),
    "event": ("at", 1e300),
    "host_key": ("first_seen", "yesterday"),
}


@pytest.mark.parametrize("table", VALUES)
def test_a_value_that_nobody_wrote_is_damage_too(paths: Paths, table: str) -> None:
    column, value = VALUES[table]
    with closing(sqlite3.connect(paths.database)) as plain:
        plain.execute(f"UPDATE {table} SET {column} = ?", (value,))
        plain.commit()
    store = Store.open(paths)
    failed = asked(store)
    assert failed
    for what in failed:
        assert table in WORKS[what][0], what
    store.close()


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.97])
@pytest.mark.parametrize("odd", [0, 1777])
def test_one_that_was_cut_short_is_named(paths: Paths, part: float, odd: int) -> None:
    size = paths.database.stat().st_size
    with paths.database.open("r+b") as file:
        file.truncate(int(size * part) // 4096 * 4096 + odd)
    failed = set()
    try:
        store = Store.open(paths)
    except StoreDamaged as trouble:
        assert "move the file away" in str(trouble)
    else:
        failed = asked(store)
        assert failed
        store.close()
    assert inspect_store(paths.database).trouble
