"""The past on a real SQLite file: written by the minute, packed by the hour, rolled up by day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from alfred_tui.config import Paths
from alfred_tui.model.history import (
    DAY,
    HOUR,
    NUMBER,
    RANK,
    Event,
    EventKind,
    Sample,
    Stretch,
)
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.store import points
from alfred_tui.store.history import History
from alfred_tui.store.store import Store

NOON = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())
KEEP = HistorySettings()


class Past(NamedTuple):
    history: History
    store: Store


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    store = Store.open(Paths(tmp_path / "home"))
    yield Past(store.history, store)
    store.close()


def sample(at: int, pill: Pill = Pill.OK, tenant: str = "acme", **more: object) -> Sample:
    figures: dict[str, object] = {"latency": 0.088, "disk": 61.0, "memory": 48.0}
    return Sample(tenant, at, 60, pill, **(figures | {"seen": 12, "expected": 12} | more))  # type: ignore[arg-type]


def minutes(since: int, count: int, pill: Pill = Pill.OK, tenant: str = "acme") -> list[Sample]:
    return [sample(since + 60 * n, pill, tenant) for n in range(count)]


def roll(history: History, now: int, keep: HistorySettings = KEEP) -> None:
    while history.roll(now, keep):
        pass


def test_samples_come_back_as_they_were_before_and_after_packing(past: Past) -> None:
    written = [*minutes(NOON, 90), sample(NOON + 5400, latency=None, disk=None, memory=None)]
    past.history.write(written)
    assert past.history.samples("acme", NOON, NOON + 2 * HOUR) == written
    roll(past.history, NOON + HOUR)
    assert past.history.samples("acme", NOON, NOON + 2 * HOUR) == written
    assert past.history.samples("acme", NOON + 600, NOON + 660) == written[10:11]
    assert past.history.samples("nobody", 0, NOON * 2) == []


def test_an_hour_is_the_same_while_it_runs_and_when_it_is_over(past: Past) -> None:
    past.history.write(
        [
            *minutes(NOON, 40),
            *minutes(NOON + 2400, 15, Pill.DEGRADED),
            *minutes(NOON + 3300, 5, Pill.DOWN),
        ]
    )
    (running,) = past.history.stretches("acme", NOON, NOON + HOUR)
    roll(past.history, NOON + HOUR)
    (over,) = past.history.stretches("acme", NOON, NOON + HOUR)
    assert running == over
    assert (over.watched, over.ok, over.degraded, over.down) == (3600, 2400, 900, 300)
    assert over.worst is Pill.DOWN
    assert over.availability == pytest.approx(100 * 3300 / 3600)
    assert (over.latency, over.disk, over.memory) == (0.088, 61.0, 48.0)


def test_days_and_months_add_up(past: Past) -> None:
    midnight = NOON // DAY * DAY
    for hour in range(48):
        pill = Pill.DOWN if hour == 5 else Pill.OK
        past.history.write(minutes(midnight + hour * HOUR, 60, pill))
    before = past.history.stretches("acme", midnight, midnight + 2 * DAY, DAY)
    roll(past.history, midnight + 2 * DAY)
    after = past.history.stretches("acme", midnight, midnight + 2 * DAY, DAY)
    assert [rounded(day) for day in before] == after
    assert [day.down for day in after] == [3600, 0]
    whole = past.history.availability("acme", midnight, midnight + 2 * DAY)
    assert whole is not None
    assert (whole.watched, whole.down, whole.worst) == (2 * DAY, 3600, Pill.DOWN)
    assert whole.availability == pytest.approx(100 * 47 / 48)
    assert past.history.availability("nobody", midnight, midnight + DAY) is None


def rounded(day: Stretch) -> Stretch:
    return msgspec.structs.replace(day, latency=round(day.latency or 0.0, 3))


def test_time_that_nobody_judged_is_no_outage(past: Past) -> None:
    past.history.write([*minutes(NOON, 30), *minutes(NOON + 1800, 30, Pill.UNKNOWN)])
    (hour,) = past.history.stretches("acme", NOON, NOON + HOUR)
    assert hour.availability == 100.0
    assert Stretch(0, HOUR).availability is None


def test_strips_show_the_worst_of_every_hour_and_gaps(past: Past) -> None:
    past.history.write(minutes(NOON - 3 * HOUR, 60) + minutes(NOON - HOUR, 60, Pill.DEGRADED))
    past.history.write([sample(NOON + 60), sample(NOON + 120, Pill.DOWN), sample(NOON + 180)])
    past.history.write([sample(NOON + 60, tenant="beta")])
    roll(past.history, NOON + 200)
    strips = past.history.strips(NOON + 200, hours=4)
    assert strips == {
        "acme": [Pill.OK, None, Pill.DEGRADED, Pill.DOWN],
        "beta": [None, None, None, Pill.OK],
    }


@pytest.mark.parametrize("packed", [0, 31, 47])
def test_strips_are_the_worst_of_each_of_48_hours_packed_or_not(past: Past, packed: int) -> None:
    dice, first = Random(packed), NOON - 47 * HOUR
    strips = {name: dice.choices([None, *RANK], k=48) for name in ("acme", "beta", "gamma")}
    strips["well"] = [Pill.OK] * 48
    strips["once"] = [Pill.DOWN] + [None] * 47
    hours = [
        (first + place * HOUR, pill, name)
        for name, strip in strips.items()
        for place, pill in enumerate(strip)
        if pill is not None
    ]
    past.history.write([sample(*hour) for hour in hours])
    past.history.write([sample(at + 60, Pill.OK, name) for at, _, name in hours])
    past.history.write([sample(first - 60, Pill.DOWN, "acme"), sample(NOON + 300, Pill.DOWN)])
    roll(past.history, first + packed * HOUR)
    assert past.history.strips(NOON + 120) == strips


def test_strips_come_in_few_rows_however_many_there_are(past: Past) -> None:
    """Each row that is fetched waits for whoever has the interpreter: the looks of a start."""
    many = [f"tenant-{number}" for number in range(40)]
    past.history.write([sample(NOON - HOUR, tenant=name) for name in many])
    past.history.write([sample(NOON, tenant=name) for name in many])
    past.history.write([], [change(NOON + 60, Pill.OK, Pill.DOWN, name) for name in many])
    roll(past.history, NOON + 120)
    fetched = []

    def noted(_: sqlite3.Cursor, row: tuple[object, ...]) -> tuple[object, ...]:
        fetched.append(row)
        return row

    def counted(connection: sqlite3.Connection, *_: object) -> None:
        connection.row_factory = noted

    event.listen(past.history._engine, "checkout", counted)
    assert past.history.strips(NOON + 120, 2) == {name: [Pill.OK, Pill.DOWN] for name in many}
    assert 0 < len(fetched) < 10


def change(at: int, before: Pill, after: Pill, tenant: str = "acme") -> Event:
    return Event(datetime.fromtimestamp(at, UTC), tenant, before=before, after=after)


def test_an_outage_that_no_sample_met_is_in_the_strip(past: Past) -> None:
    past.history.write(minutes(NOON - HOUR, 60) + minutes(NOON, 5))
    down, up = NOON - 10, NOON + 20
    changes = [change(down, Pill.OK, Pill.DOWN), change(up, Pill.DOWN, Pill.OK)]
    past.history.write([], changes)
    for _ in range(2):
        assert past.history.strips(NOON + 400, hours=3)["acme"] == [None, Pill.DOWN, Pill.DOWN]
        roll(past.history, NOON + 400)


def test_what_was_before_a_rest_is_not_told_of_the_hour_after_it(past: Past) -> None:
    past.history.write([sample(NOON - 5 * HOUR, Pill.DOWN), sample(NOON + 60)])
    past.history.write([], [change(NOON + 30, Pill.DOWN, Pill.OK)])
    assert past.history.strips(NOON + 90, hours=2)["acme"] == [None, Pill.OK]
    assert past.history.strips(NOON + 10, hours=1) == {}, "what is to come is not told"


def test_a_sample_that_comes_late_joins_its_hour_and_its_day(past: Past) -> None:
    midnight = NOON // DAY * DAY
    past.history.write(minutes(midnight, 60))
    roll(past.history, midnight + DAY)
    past.history.write([sample(midnight + 30, Pill.DOWN), *minutes(midnight + HOUR, 10)])
    roll(past.history, midnight + DAY + 1)
    assert len(past.history.samples("acme", midnight, midnight + HOUR)) == 61
    (day,) = past.history.stretches("acme", midnight, midnight + DAY, DAY)
    assert (day.watched, day.down) == (3600 + 600, 30), "no second counts twice"
    found = past.history.samples("acme", midnight, midnight + HOUR)
    assert [each.at for each in found] == sorted(each.at for each in found)


def test_rolling_again_changes_nothing(past: Past) -> None:
    past.history.write(minutes(NOON, 180))
    roll(past.history, NOON + 3 * HOUR)
    before = past.history.stretches("acme", NOON, NOON + 3 * HOUR)
    roll(past.history, NOON + 3 * HOUR)
    assert past.history.stretches("acme", NOON, NOON + 3 * HOUR) == before


def test_a_year_is_rolled_a_few_hours_at_a_time(past: Past) -> None:
    past.history.write([sample(NOON + hour * HOUR) for hour in range(20)])
    steps = 1
    while past.history.roll(NOON + 20 * HOUR, KEEP):
        steps += 1
    assert steps == 4
    assert len(past.history.stretches("acme", NOON, NOON + 20 * HOUR)) == 20


def test_what_is_too_old_goes_and_the_rest_stays(past: Past) -> None:
    keep = HistorySettings(raw_hours=2, hour_days=1, day_days=3, event_days=2)
    begin = NOON // DAY * DAY
    for hour in range(24 * 5):
        past.history.write([sample(begin + hour * HOUR)])
    for day in range(5):
        at = datetime.fromtimestamp(begin + day * DAY, UTC)
        past.history.write([], [Event(at, "acme", after=Pill.DOWN)])
    now = begin + 5 * DAY
    roll(past.history, now, keep)
    assert len(past.history.samples("acme", 0, now)) == 2
    assert len(past.history.stretches("acme", 0, now)) == 24
    assert len(past.history.stretches("acme", 0, now, DAY)) == 3
    assert len(past.history.events()) == 2


def test_events_are_read_newest_first_by_tenant_time_and_page(past: Past) -> None:
    at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    why = (Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %", since=at),)
    written = [
        Event(at, "acme", before=Pill.OK, after=Pill.DEGRADED, reasons_after=why),
        Event(at + timedelta(minutes=1), "beta", EventKind.QUIET, text="muted", who="kim"),
        Event(at + timedelta(minutes=2), "acme", before=Pill.DEGRADED, after=Pill.OK,
              reasons_before=why),
    ]  # fmt: skip
    past.history.write([], written)
    found = past.history.events()
    assert [event.number for event in found] == [3, 2, 1]
    assert [bare(event) for event in found] == written[::-1]
    assert [e.number for e in past.history.events("acme")] == [3, 1]
    assert [e.number for e in past.history.events(since=at + timedelta(seconds=1))] == [3, 2]
    assert [e.number for e in past.history.events(until=at + timedelta(seconds=1))] == [1]
    assert [e.number for e in past.history.events(before=3, limit=1)] == [2]


def bare(event: Event) -> Event:
    return msgspec.structs.replace(event, number=0)


def test_a_name_keeps_its_past_when_its_tenant_is_removed(past: Past) -> None:
    past.history.write(minutes(NOON, 5))
    assert not past.store.remove_tenant("acme")
    assert past.history.tenants() == ["acme"]
    assert len(past.history.samples("acme", NOON, NOON + HOUR)) == 5


def test_two_programs_that_watch_one_tenant_watch_it_once(past: Past) -> None:
    for offset in (0, 23):
        past.history.write([sample(NOON + 60 * n + offset) for n in range(1, 60)])
    (running,) = past.history.stretches("acme", NOON, NOON + HOUR)
    roll(past.history, NOON + HOUR)
    (over,) = past.history.stretches("acme", NOON, NOON + HOUR)
    assert running == over
    assert over.watched == 59 * 60 + 23
    assert len(past.history.samples("acme", NOON, NOON + HOUR)) == 118


def test_a_change_that_two_programs_saw_is_told_once(past: Past) -> None:
    at = datetime.fromtimestamp(NOON, UTC)

    def change(seconds: float, before: Pill, after: Pill, tenant: str = "acme") -> None:
        moment = at + timedelta(seconds=seconds)
        past.history.write([], [Event(moment, tenant, before=before, after=after)])

    change(0, Pill.OK, Pill.DOWN)
    change(2, Pill.OK, Pill.DOWN)  # the other program
    change(-2, Pill.OK, Pill.DOWN)  # one that wrote late
    change(1, Pill.OK, Pill.DOWN, "beta")
    change(30, Pill.DOWN, Pill.OK)
    change(31, Pill.DOWN, Pill.OK)
    change(50, Pill.OK, Pill.DOWN)  # it flaps: that is another change
    change(4000, Pill.OK, Pill.DOWN)  # so long after it is a new one: nobody saw it heal
    past.history.write([], [Event(at, "acme", EventKind.QUIET, text="x")] * 2)
    told = [(e.tenant, int((e.at - at).total_seconds()), e.after) for e in past.history.told()]
    assert told == [
        ("acme", 0, Pill.DOWN),
        ("acme", 0, None),
        ("acme", 0, None),
        ("beta", 1, Pill.DOWN),
        ("acme", 30, Pill.OK),
        ("acme", 50, Pill.DOWN),
        ("acme", 4000, Pill.DOWN),
    ]


def test_a_number_given_in_what_was_not_kept_is_given_anew(past: Past) -> None:
    with pytest.raises(KeyError):
        past.history.write([Sample("acme", NOON, 60, "no pill")])  # type: ignore[arg-type]
    past.history.write(minutes(NOON, 2))
    assert past.history.tenants() == ["acme"]
    assert past.history.strips(NOON, 1) == {"acme": [Pill.OK]}
    assert past.history.samples("acme", NOON, NOON + HOUR) == minutes(NOON, 2)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 3599),
        st.integers(1, 3600),
        st.sampled_from(list(Pill)),
        st.none() | st.floats(0, 60),
        st.none() | st.floats(0, 100),
        st.none() | st.integers(0, 254),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(ROWS)
def test_packing_loses_no_more_than_a_millisecond_and_a_tenth(
    rows: list[tuple[int, int, Pill, float | None, float | None, int | None]],
) -> None:
    wanted = [
        Sample("acme", NOON + at, span, pill, latency, disk, disk, seen, seen)
        for at, span, pill, latency, disk, seen in rows
    ]
    body = points.packed(NOON, [points.row(1, each) for each in wanted])
    found = points.unpacked("acme", NOON, body)
    assert len(body) == 13 * len(wanted)
    for given_, read in zip(wanted, found, strict=True):
        assert (read.at, read.span, read.pill, read.seen) == (
            given_.at,
            given_.span,
            given_.pill,
            given_.seen,
        )
        assert read.latency == pytest.approx(given_.latency, abs=0.0006)
        assert read.disk == pytest.approx(given_.disk, abs=0.06)
    assert points.unpacked("acme", NOON, body[:-1]) == found[:-1]


def test_numbers_of_pills_never_change() -> None:
    assert {pill.value: number for pill, number in NUMBER.items()} == {
        "down": 0,
        "degraded": 1,
        "stale": 2,
        "unknown": 3,
        "building": 4,
        "ok": 5,
    }
