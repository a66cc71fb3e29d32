"""What is kept of the past is bounded: by retention, whatever is written and for however long."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alfred_tui.config import Paths
from alfred_tui.model.history import DAY, HOUR, Event, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.store import rolling
from alfred_tui.store.store import Store

BEGIN = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
DOCS = Path(__file__).parents[2] / "docs" / "store.md"


def live(
    store: Store, names: Sequence[str], begin: int, end: int, every: int, keep: HistorySettings
) -> None:
    """Sample everybody ``every`` seconds, an event a day each; pack and drop as time goes on."""
    reasons = (Reason("service-missing", Pill.DOWN, "openclaw is not listed, core", "not listed"),)
    for day in range(begin, end, DAY):
        samples = [
            Sample(name, at, every, Pill.OK, 0.088, 61.0, 48.0, 12, 12)
            for at in range(day, min(day + DAY, end), every)
            for name in names
        ]
        at = datetime.fromtimestamp(day, UTC)
        events = [
            Event(at, name, before=Pill.OK, after=Pill.DOWN, reasons_after=reasons)
            for name in names
        ]
        store.history.write(samples, events)
        while store.history.roll(min(day + DAY, end), keep):
            pass


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as plain:
        return {
            table: int(plain.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("sample", "packed", "hour", "day", "event")
        }


def size(path: Path) -> int:
    """Bytes of the file, once what is in the log is in it."""
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    tenants=st.integers(1, 6),
    every=st.sampled_from([300, 900, 3600]),
    keep=st.builds(
        HistorySettings,
        raw_hours=st.integers(1, 30),
        hour_days=st.integers(1, 3),
        day_days=st.integers(1, 6),
        event_days=st.integers(1, 5),
    ),
)
def test_no_more_is_kept_than_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory, tenants: int, every: int, keep: HistorySettings
) -> None:
    home = tmp_path_factory.mktemp("kept")
    names = [f"t{number}" for number in range(tenants)]
    longest = max(keep.day_days, keep.event_days, keep.hour_days) + 2
    store = Store.open(Paths(home))
    end = BEGIN + longest * DAY
    live(store, names, BEGIN, end, every, keep)
    path = home / "alfred.db"
    full = size(path)
    for later in range(1, 4):
        live(store, names, end, end + DAY, every, keep)
        end += DAY
        held = counts(path)
        assert held["sample"] == 0, "the hours that are over are packed"
        assert held["packed"] == tenants * keep.raw_hours
        assert held["hour"] == tenants * keep.hour_days * 24
        assert held["day"] == tenants * keep.day_days
        # an event at each midnight: the one at the edge is kept until its age is more
        assert held["event"] <= tenants * (keep.event_days + 1)
        assert size(path) <= full + 4 * 4096, f"{later} days later"
    (newest,) = store.history.stretches("t0", end - HOUR, end)
    assert newest.watched == 3600
    store.close()


def test_the_file_stays_within_what_the_docs_promise(tmp_path: Path) -> None:
    """Everything at its default, in the order in which life writes it, until nothing grows."""
    keep, names = HistorySettings(), [f"tenant-{number:02d}" for number in range(20)]
    paths = Paths(tmp_path / "home")
    store = Store.open(paths)
    store.put_tenants([Tenant(name, "https://h.example:1", Secret("k")) for name in names])
    end = BEGIN + (keep.hour_days + 8) * DAY
    live(store, names, BEGIN, end, HOUR, keep)
    # the last days by the minute; days and events of long ago in the order of time
    live(store, names, end, end + 3 * DAY, 60, keep)
    end += 3 * DAY
    long_ago(store, names, BEGIN, keep)
    while store.history.roll(end, keep):
        pass
    store.close()
    held = counts(paths.database)
    assert held["packed"] == 48 * len(names)
    assert held["hour"] == 90 * 24 * len(names)
    assert held["day"] > 790 * len(names)
    measured = size(paths.database) / len(names) / 1000
    promised = re.search(r"(\d+) KB a tenant", DOCS.read_text("utf-8"))
    assert promised is not None
    assert 0.7 * int(promised[1]) < measured < int(promised[1])


def test_one_that_flaps_for_months_fills_no_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "MOST_EVENTS", 50)
    store = Store.open(Paths(tmp_path / "home"))
    at = datetime.fromtimestamp(BEGIN, UTC)
    for minute in range(0, 200, 20):
        moments = [at + timedelta(minutes=minute + n) for n in range(20)]
        store.history.write([], [Event(each, "flapper", after=Pill.DOWN) for each in moments])
        store.history.roll(BEGIN + 200 * 60, HistorySettings())
    found = list(store.history.told())
    assert len(found) == 50
    assert found[-1].at == at + timedelta(minutes=199), "the newest are those that stay"
    store.close()


def long_ago(store: Store, names: Sequence[str], until: int, keep: HistorySettings) -> None:
    """The days, and an event a week, that came before."""
    first = until - (keep.day_days - keep.hour_days - 12) * DAY
    figures = (86400, 86390, 10, 0, 1, 88, 140, 430, 510, 512)
    with store.history._writing() as connection:
        numbers = [n for (n,) in connection.exec_driver_sql("SELECT id FROM series")]
        for day in range(first, until, DAY):
            connection.exec_driver_sql(
                "INSERT INTO day VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                [(number, day, *figures) for number in numbers],
            )
    at = datetime.fromtimestamp(until, UTC)
    weeks = [at - timedelta(weeks=week) for week in range(43, 0, -1)]
    store.history.write([], [Event(each, n, after=Pill.OK) for each in weeks for n in names])


def test_a_clock_that_runs_ahead_for_a_while_drops_nothing(tmp_path: Path) -> None:
    keep = HistorySettings(raw_hours=6, hour_days=2, day_days=5, event_days=5)
    store = Store.open(Paths(tmp_path / "home"))
    end = BEGIN + 3 * DAY
    live(store, ["acme", "birch"], BEGIN, end, 900, keep)
    before = counts(tmp_path / "home" / "alfred.db")
    ahead = end + 3650 * DAY
    for turn in range(7):  # as at every start of a machine whose battery is empty
        for hour in range(ahead, ahead + 2 * HOUR, HOUR):
            store.history.write([Sample("acme", hour, 60, Pill.OK)])
            while store.history.roll(hour + HOUR, keep):
                pass
        live(store, ["acme", "birch"], end, end + 2 * HOUR, 900, keep)
        end += 2 * HOUR
        assert store.history.stretches("birch", BEGIN + 2 * DAY, BEGIN + 3 * DAY), turn
    after = counts(tmp_path / "home" / "alfred.db")
    assert {table: after[table] >= before[table] for table in before} == dict.fromkeys(before, True)
    assert store.history.stretches("birch", BEGIN, end) != []
    # it is set right: what is too old goes again, and days are rolled up again
    live(store, ["acme", "birch"], end, end + 4 * DAY, 900, keep)
    end += 4 * DAY
    held = counts(tmp_path / "home" / "alfred.db")
    strays = {"packed": 2, "hour": 2, "day": 1}
    assert held["packed"] == 2 * keep.raw_hours + strays["packed"]
    assert held["hour"] == 2 * keep.hour_days * 24 + strays["hour"]
    assert 2 * (keep.day_days - 1) <= held["day"] <= 2 * keep.day_days + strays["day"]
    assert held["event"] <= 2 * (keep.event_days + 1 + 7)
    assert len(store.history.stretches("birch", end - 3 * DAY, end)) > 0
    store.close()


def test_after_a_long_time_away_what_is_too_old_goes_once_enough_was_watched(
    tmp_path: Path,
) -> None:
    keep = HistorySettings(raw_hours=6, hour_days=2, day_days=5, event_days=5)
    store = Store.open(Paths(tmp_path / "home"))
    live(store, ["acme"], BEGIN, BEGIN + 3 * DAY, 900, keep)
    back = BEGIN + 90 * DAY
    live(store, ["acme"], back, back + 11 * HOUR, 900, keep)
    assert store.history.stretches("acme", BEGIN, BEGIN + 3 * DAY)
    live(store, ["acme"], back + 11 * HOUR, back + 12 * HOUR, 900, keep)
    assert store.history.stretches("acme", BEGIN, BEGIN + 3 * DAY) == []
    store.close()


def test_a_clock_that_was_wrong_long_ago_costs_no_day_its_figures(tmp_path: Path) -> None:
    keep = HistorySettings(raw_hours=6, hour_days=2, day_days=30, event_days=5)
    store = Store.open(Paths(tmp_path / "home"))
    end = BEGIN + 5 * DAY + 3 * HOUR
    live(store, ["acme"], BEGIN, end, 900, keep)
    before = store.history.stretches("acme", BEGIN, end, DAY)
    store.history.write([Sample("acme", BEGIN - 2000 * DAY, 60, Pill.OK)])
    while store.history.roll(end, keep):
        pass
    assert store.history.stretches("acme", BEGIN, end, DAY) == before
    # what is only late belongs to its day
    late = end - 4 * HOUR
    gone = end - 20 * HOUR  # its samples are dropped, its figures are not
    store.history.write([Sample("acme", at + 1, 60, Pill.DOWN) for at in (gone, late)])
    while store.history.roll(end, keep):
        pass
    (day,) = store.history.stretches("acme", late // DAY * DAY, late // DAY * DAY + DAY, DAY)
    assert (day.worst, day.watched) == (Pill.DOWN, before[-2].watched)
    store.close()
