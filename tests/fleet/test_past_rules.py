"""Rules that know a tenant's past: fires, near-miss, heals; and the trend itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.fleet.trend import Trend, trend
from alfred_tui.model.facts import Scope
from alfred_tui.model.history import DAY, HOUR, Stretch
from alfred_tui.model.observation import FailureKind
from tests.fleet.makers import Story, failure, host, rows

BEGIN = 1_780_272_000


def hours(
    count: int,
    *,
    latency: float | None = 0.1,
    disk: float | None = 40.0,
    per_day: float = 0.0,
    watched: int = HOUR,
) -> list[Stretch]:
    return [
        Stretch(
            BEGIN + n * HOUR,
            HOUR,
            watched,
            latency=latency,
            disk=None if disk is None else disk + per_day * n / 24,
        )
        for n in range(count)
    ]


def look(story: Story, took: float) -> None:
    story.see(rows(at=story.at + timedelta(seconds=10), up=story.up), took=took)


def past(known: Trend) -> Story:
    story = Story()
    story.well()
    story.state.set_trend("acme", known)
    return story


# --- the trend ------------------------------------------------------------------------------


def test_a_normal_is_the_median_hour_and_needs_a_day() -> None:
    now = BEGIN + 30 * DAY
    assert trend(hours(24), now).latency == 0.1
    assert trend(hours(23), now).latency is None
    storm = hours(20) + [
        Stretch(BEGIN + n * HOUR, HOUR, HOUR, latency=9.0, disk=40.0) for n in range(20, 30)
    ]
    assert trend(storm, now).latency == 0.1
    assert trend([], now) == Trend()


def test_the_present_hour_is_not_its_own_normal() -> None:
    listed = hours(25)
    assert trend(listed, listed[-1].begin + 10).span == 23 * HOUR
    assert trend(listed, listed[-1].begin + HOUR).span == 24 * HOUR


def test_hours_that_nobody_watched_say_nothing() -> None:
    assert trend(hours(48, watched=0), BEGIN + 3 * DAY) == Trend()


@given(st.floats(-5, 5), st.integers(24, 168))
def test_a_steady_slope_is_found_whatever_the_span(per_day: float, count: int) -> None:
    found = trend(hours(count, per_day=per_day), BEGIN + 30 * DAY)
    assert found.disk_per_day == pytest.approx(per_day, abs=0.01)


def test_a_peak_in_one_night_is_no_trend() -> None:
    listed = hours(72)
    for n in range(27, 30):
        listed[n] = Stretch(listed[n].begin, HOUR, HOUR, latency=0.1, disk=85.0)
    found = trend(listed, BEGIN + 4 * DAY)
    assert found.disk_per_day == pytest.approx(0.0, abs=0.05)


# --- disk-filling -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "per_day", "span", "fires"),
    [
        (70.0, 5.0, 3 * DAY, True),  # 6 days
        (70.0, 4.0, 3 * DAY, False),  # 7.5 days: on the edge
        (40.0, 5.0, 3 * DAY, False),
        (70.0, 5.0, DAY - HOUR, False),
        (70.0, -5.0, 3 * DAY, False),
        (70.0, 0.0, 3 * DAY, False),
        (93.0, 5.0, 3 * DAY, False),  # disk-high speaks
    ],
)
def test_a_disk_that_fills(percent: float, per_day: float, span: float, fires: bool) -> None:
    story = past(Trend(disk_per_day=per_day, span=span))
    story.see(host(percent), after=600)
    assert ("disk-filling" in story.rules) is fires


def test_it_says_when_and_heals_beyond_a_days_margin() -> None:
    story = past(Trend(disk_per_day=5.0, span=3 * DAY))
    story.see(host(70.0), after=600)
    reason = story.reason("disk-filling")
    assert (reason.text, reason.value, reason.limit) == (
        "disk 70 %, full in 6 d",
        "+5.0 %/day",
        "7 d",
    )
    for _ in range(3):
        story.see(host(62.0), after=600)  # 7.6 days: held
    assert "disk-filling" in story.rules
    story.see(host(50.0), after=600)
    assert "disk-filling" in story.rules
    story.see(host(50.0), after=600)
    assert "disk-filling" not in story.rules


def test_a_containers_root_fills_without_a_word() -> None:
    story = past(Trend(disk_per_day=9.0, span=3 * DAY))
    story.see(host(80.0, Scope.CONTAINER), after=600)
    assert "disk-filling" not in story.rules


# --- slow -------------------------------------------------------------------------------------


def test_ten_times_its_normal_for_five_minutes() -> None:
    story = past(Trend(latency=0.3))
    for _ in range(30):
        look(story, 3.5)
    assert "slow" not in story.rules
    for _ in range(2):
        look(story, 3.5)
    reason = story.reason("slow")
    assert "3.5 s" in reason.text
    assert "300 ms" in reason.text
    look(story, 0.3)
    assert "slow" in story.rules
    look(story, 0.3)
    assert "slow" not in story.rules


@pytest.mark.parametrize(
    ("usual", "took"),
    [
        (0.3, 2.9),  # nine times
        (0.05, 1.9),  # 38 times, but still quick
        (None, 30.0),  # no normal yet
        (1.0, 9.0),  # always slow
    ],
)
def test_slow_is_only_what_is_slow_for_this_tenant(usual: float | None, took: float) -> None:
    story = past(Trend(latency=usual))
    for _ in range(60):
        look(story, took)
    assert "slow" not in story.rules


def test_while_looks_fail_what_was_said_of_slowness_is_held() -> None:
    story = past(Trend(latency=0.3))
    for _ in range(40):
        look(story, 5.0)
    for _ in range(3):
        story.see(failure(FailureKind.COMMAND_FAILED, "docker failed (1)", status=500))
    assert "slow" in story.rules
