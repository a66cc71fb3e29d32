"""The small notations of the wire, each in the spellings that tenants really use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.facts import Disk, Scope, Uptime
from alfred_tui.tenant.wire import values


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-01T10:00:00Z", at(2026, 6, 1, 10)),
        ("2026-06-01T10:00:00.1Z", at(2026, 6, 1, 10, 0, 0, 100000)),
        ("2026-06-01T10:00:00.085965069Z", at(2026, 6, 1, 10, 0, 0, 85965)),
        ("2026-06-01T10:00:60Z", at(2026, 6, 1, 10, 0, 59)),
        ("2026-06-01T12:00:00+02:00", at(2026, 6, 1, 10)),
        ("2026-06-01T04:30:00.5-0530", at(2026, 6, 1, 10, 0, 0, 500000)),
        ("2026-06-01T10:00:00", at(2026, 6, 1, 10)),
        ("2026-11-23 12:43:16 +0000 UTC", at(2026, 11, 23, 12, 43, 16)),
        ("2026-11-23 13:43:16 +0100 CET", at(2026, 11, 23, 12, 43, 16)),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01 00:00:00 +0000 UTC", None),
        ("9999-12-31T23:59:59Z", None),
        ("2026-13-01T10:00:00Z", None),
        ("2026-06-01", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ({"seconds": "1780308000", "nanos": 500_000_000}, at(2026, 6, 1, 10, 0, 0, 500000)),
        (1780308000, at(2026, 6, 1, 10)),
        (True, None),
        (1e300, None),
        (float("nan"), None),
    ],
)
def test_times(text: object, moment: datetime | None) -> None:
    found = values.parse_time(text)
    assert found == moment
    assert found is None or found.utcoffset() == timedelta(0)


@given(st.integers(63_072_000_000_000, 32_400_000_000_000_000), st.integers(-840, 840))
def test_a_time_means_the_same_however_it_is_spelt(micros: int, minutes: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    seconds = moment.replace(microsecond=0)
    assert values.parse_time(there.isoformat()) == moment
    assert values.parse_time(moment.isoformat().replace("+00:00", "Z")) == moment
    assert values.parse_time(f"{seconds:%Y-%m-%d %H:%M:%S} +0000 UTC") == seconds


@given(st.text(max_size=40))
def test_no_text_is_an_exception(text: str) -> None:
    for parse in (
        values.parse_time,
        values.parse_uptime,
        values.parse_host_uptime,
        values.parse_duration,
        values.parse_df,
        values.parse_free,
        values.payload,
        values.integer,
        values.seconds,
        values.image_id,
    ):
        parse(text)


@pytest.mark.parametrize(
    ("text", "up"),
    [
        ("Up Less than a second", Uptime(0, 1)),
        ("Up 46 seconds (Paused)", Uptime(46, 47)),
        ("Up About a minute (healthy)", Uptime(60, 120)),
        ("Up 5 minutes (health: starting)", Uptime(300, 360)),
        ("Up About an hour", Uptime(3600, 5400)),
        ("Up 5 hours (healthy)", Uptime(16200, 19800)),
        ("Up 3 days (healthy)", Uptime(257400, 343800)),
        ("Restarting (1) 4 seconds ago", None),
        ("Exited (0) 2 hours ago", None),
        ("", None),
    ],
)
def test_dockers_words_are_intervals(text: str, up: Uptime | None) -> None:
    assert values.parse_uptime(text) == up


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("up 44 minutes", 2640),
        ("up 3 weeks, 2 days, 44 minutes", 1989840 + 0),
        ("up 1 hour", 3600),
        ("up", 0),
        ("unknown", None),
        ("up and away", None),
    ],
)
def test_uptime_of_a_host(text: str, seconds: float | None) -> None:
    assert values.parse_host_uptime(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300s", 300),
        ("0.500s", 0.5),
        ("5m 24.373293328s", 324.373293328),
        ("2d 4h 0m 0s", 187200),
        ("350m s", 0.35),
        ("160.000006440s", 160.00000644),
        ("0s", 0),
        ("100000h", None),
        ("soon", None),
        (5, None),
    ],
)
def test_durations(text: object, seconds: float | None) -> None:
    assert values.parse_duration(text) == pytest.approx(seconds)


HEAD = "Filesystem      Size  Used Avail Use% Mounted on\n"


@pytest.mark.parametrize(
    ("text", "disk"),
    [
        (f"{HEAD}overlay         252G   24G   68G  26% /", Disk(26, Scope.CONTAINER, "/")),
        (f"{HEAD}/dev/mapper/alfred-data 50G 30G 18G 63% /mnt/encrypted",
         Disk(63, Scope.VOLUME, "/mnt/encrypted")),
        (f"{HEAD}/dev/mapper/a-very-long-device-name-indeed\n  50G 30G 18G 63% /mnt/encrypted",
         Disk(63, Scope.VOLUME, "/mnt/encrypted")),
        (f"{HEAD}/dev/sda1 75G 30G 42G 42% /", Disk(42, Scope.HOST, "/")),
        ("unknown", None),
        (f"{HEAD}/dev/sda1 75G 30G 42G 999% /", None),
    ],
)  # fmt: skip
def test_df_is_read_from_the_right(text: str, disk: Disk | None) -> None:
    assert values.parse_df(text) == disk


def test_memory_in_use_is_what_is_not_available() -> None:
    free = (
        "total        used        free      shared  buff/cache   available\n"
        "Mem:           24105        1109       19954           8        3358       22996\n"
        "Swap:              0           0           0"
    )
    assert values.parse_free(free) == pytest.approx(100 * (24105 - 22996) / 24105)
    assert values.parse_free("unknown") is None
    assert values.parse_free("Mem: 0 0 0 0 0 0") is None


def test_search_attributes_come_wrapped_or_plain() -> None:
    wrapped = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImFsLXBsYW5lLXN5bmMi"}
    assert values.payload(wrapped) == "al-plane-sync"
    assert values.payload("al-plane-sync") == "al-plane-sync"
    assert values.payload({"data": "!!"}) is None
    assert values.payload({"data": 7}) is None


def test_int64_comes_as_text() -> None:
    assert values.integer("42") == values.integer(42) == 42
    assert values.integer("4e2") is values.integer(True) is values.integer(1 << 63) is None
    assert values.integer("9" * 19) is None
