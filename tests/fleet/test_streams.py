"""Streams: silent, broken, quiet, pushed; in a row means in a row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alfred_tui.fleet.pulls import pull_failed
from alfred_tui.model.facts import Stream, Streams
from alfred_tui.model.limits import Limits
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import Story


def stream(story: Story, ago: float | None, **more: object) -> Stream:
    at = story.at + timedelta(seconds=10)
    pulled = None if ago is None else at - timedelta(seconds=ago)
    given = {"interval": 300.0, "last_pull_status": "ok", "last_pull": pulled, **more}
    return Stream("gmail", "Gmail", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ago", "more", "fires"),
    [
        (901.0, {}, True),
        (899.0, {}, False),
        (None, {}, False),
        (9000.0, {"enabled": False}, False),
        (9000.0, {"status": "paused"}, False),
        (9000.0, {"system": True}, False),
        (9000.0, {"interval": None}, False),
        (60.0, {"event_count": 0, "last_event": None}, False),
    ],
)
def test_a_silent_stream(ago: float | None, more: dict[str, object], fires: bool) -> None:
    story = Story().well()
    story.see(Streams((stream(story, ago, **more),)))
    assert story.rules == (["stream-silent"] if fires else [])
    if fires:
        assert story.reasons[0].text == "stream Gmail silent for 15 min > 15 min"
        for _ in range(2):
            story.see(Streams((stream(story, 30.0),)))
        assert story.pill is Pill.OK


def test_a_broken_stream_is_told_apart_from_a_silent_one() -> None:
    story = Story().well()
    bad = "error: Complete result exceeds size limit"
    for turn in range(3):
        assert story.pill is Pill.OK, turn
        story.see(Streams((stream(story, 30.0, last_pull_status=bad),)))
    assert story.reasons[0].text == f"stream Gmail broken: {bad}"


def test_one_failed_pull_seen_three_times_is_one() -> None:
    story = Story().well()
    once = stream(story, 30.0, last_pull_status="error: rate limit", interval=3600.0)
    story.see(*[Streams((once,))] * 5)
    assert story.pill is Pill.OK


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        ("", False),
        ("ok", False),
        ("OK: 3 events", False),
        ("success", False),
        ("empty", False),
        ("no new messages", False),
        ("200", False),
        ("http 204", False),
        ("completed, 0 errors", False),
        ("error: Complete result exceeds size limit", True),
        ("http 500", True),
        ("410 gone", True),
        ("auth_expired", True),
        ("rate_limited", True),
        ("invalid grant", True),
        ("Unauthorized", True),
        ("no connection", True),
        ("success with errors", True),
        ("\u2717", True),
    ],
)
def test_a_pull_failed_unless_its_word_is_known_to_be_good(status: str, failed: bool) -> None:
    assert pull_failed(status) is failed


BAD = "http 500"


def pulled(story: Story, *statuses: str, every: float) -> Story:
    """Looks that are so far apart, each at a pull of 30 s ago."""
    for status in statuses:
        ago = stream(story, 30.0 - every, last_pull_status=status)
        story.see(Streams((ago,)), after=10.0 + every)
    return story


def test_failures_with_pulls_between_them_that_we_did_not_meet_are_not_in_a_row() -> None:
    assert pulled(Story().well(), *[BAD] * 9, every=890.0).pill is Pill.OK
    story = pulled(Story().well(), *[BAD] * 3, every=290.0)
    assert story.reasons[0].text == f"stream Gmail broken: {BAD}"
    assert story.reasons[0].value == "3 pulls failed"


def test_a_good_pull_between_ends_the_row() -> None:
    story = pulled(Story().well(), BAD, BAD, "ok", BAD, BAD, every=290.0)
    assert story.pill is Pill.OK
    assert pulled(story, BAD, every=290.0).rules == ["stream-silent"]
    assert pulled(story, "ok", every=290.0).pill is Pill.DEGRADED
    assert pulled(story, "ok", every=290.0).pill is Pill.OK


def test_details_that_could_not_be_read_in_between_change_no_count() -> None:
    story = pulled(Story().well(), BAD, BAD, every=140.0)
    story.see(Streams((Stream("gmail", "Gmail"),), detailed=False))
    assert pulled(story, BAD, every=130.0).rules == ["stream-silent"]


def test_a_stream_whose_own_state_is_error_is_broken_whatever_its_pull_said() -> None:
    story = Story().well()
    for status in ("", "ok"):
        story.see(Streams((stream(story, 30.0, status="error", last_pull_status=status),)))
        assert story.reasons[0].text == "stream Gmail broken: its state is error"
    story.see(Streams((Stream("gmail", "Gmail", "error"),), detailed=False))
    assert story.rules == ["stream-silent"], "its state stands in the list"
    story.see(*[Streams((stream(story, 30.0),))] * 2)
    assert story.pill is Pill.OK


def test_one_that_never_pulled_is_silent_after_its_intervals() -> None:
    story = Story().well()
    for _ in range(4):
        story.see(Streams((stream(story, None),)), after=300)
    assert story.pill is Pill.OK
    story.see(Streams((stream(story, None),)))
    assert story.reasons[0].text == "stream Gmail silent for 15 min > 15 min, never pulled"
    for _ in range(2):
        story.see(Streams((stream(story, 30.0),)))
    assert story.pill is Pill.OK


def test_a_pushed_stream_is_not_judged() -> None:
    story = Story().well()
    for _ in range(40):
        story.see(Streams((stream(story, None, interval=None),)), after=86400)
    assert story.pill is Pill.OK


def test_one_that_names_no_interval_is_taken_to_pull_once_a_day() -> None:
    day = 86400.0
    story = Story().well()
    story.see(Streams((stream(story, 3 * day - 1, interval=None),)))
    assert story.pill is Pill.OK
    story.see(Streams((stream(story, 3 * day + 1, interval=None),)))
    assert story.rules == ["stream-silent"]
    hourly = Story(limits=Limits(stream_interval=3600.0)).well()
    hourly.see(Streams((stream(hourly, 3 * 3600.0 + 1, interval=None),)))
    assert hourly.rules == ["stream-silent"]


def test_without_an_interval_nothing_is_in_a_row_but_its_own_state_tells() -> None:
    story = Story().well()
    for _ in range(9):
        story.see(Streams((stream(story, 30.0, interval=None, last_pull_status=BAD),)), after=60)
    assert story.pill is Pill.OK
    given_up = stream(story, 30.0, interval=None, last_pull_status=BAD, status="error")
    story.see(Streams((given_up,)))
    assert story.reasons[0].text == f"stream Gmail broken: {BAD}"


def test_failures_after_a_stream_that_had_never_pulled_are_counted_from_one() -> None:
    story = Story().well()
    story.see(Streams((stream(story, None),)))
    pulled(story, BAD, BAD, every=290.0)
    assert story.pill is Pill.OK
    assert pulled(story, BAD, every=290.0).rules == ["stream-silent"]
