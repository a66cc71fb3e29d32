"""A schedule that we paused is told until it was seen running again, and no longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.engine.pauses import left
from alfred_tui.fleet.paused import standing, told
from alfred_tui.model.facts import Oddity, Schedule, Schedules
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.operation import Outcome, Risk, RunRecord
from alfred_tui.model.paused import Paused

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OURS = Paused("acme", "al-plane-sync", "anna@desk", NOON, "moving house")


def listed(minutes: float, *rows: Schedule, odd: bool = False) -> Observation:
    return Observation(
        "acme",
        Look.SCHEDULES,
        NOON + timedelta(minutes=minutes),
        0.1,
        Door.API,
        Schedules(rows),
        oddities=(Oddity("$[3]", "no object"),) if odd else (),
    )


def row(paused: bool) -> Schedule:
    return Schedule("al-plane-sync", paused=paused)


@pytest.mark.parametrize(
    ("seen", "sure", "stands"),
    [
        (None, True, True),
        (None, False, False),
        (listed(1, row(True)), True, True),
        (listed(1, row(True)), False, True),
        (listed(1, row(False)), True, False),
        (listed(-1, row(False)), True, True),  # looked at before it was paused
        (listed(-1, row(False)), False, False),
        (listed(1), True, False),  # it is gone
        (listed(1, odd=True), True, True),  # or only not understood
        (listed(1, odd=True), False, False),
    ],
)
def test_it_stands_until_it_was_seen_running(
    seen: Observation | None, sure: bool, stands: bool
) -> None:
    ours = Paused("acme", "al-plane-sync", "anna@desk", NOON, "moving house", sure)
    assert standing([ours], seen) == ((ours,) if stands else ())


def test_who_and_how_long_ago_and_why_are_told() -> None:
    assert told([OURS], NOON + timedelta(hours=3)) == (
        "al-plane-sync paused by anna@desk, 3 h: moving house",
    )


def run(number: int, verb: str, outcome: Outcome, schedule: str = "al-plane-sync") -> RunRecord:
    return RunRecord(
        number,
        NOON + timedelta(minutes=number),
        "anna@desk",
        "1@desk",
        "acme",
        f"schedule.{verb}",
        "",
        Risk.SAFE,
        {"schedule": schedule, "reason": f"no. {number}"},
        outcome=outcome,
    )


DONE, UNKNOWN, FAILED = Outcome.DONE, Outcome.UNKNOWN, Outcome.FAILED


@pytest.mark.parametrize(
    ("runs", "reasons"),
    [
        ([("pause", DONE)], {"no. 0": True}),
        ([("pause", FAILED)], {}),
        ([("pause", UNKNOWN)], {"no. 0": False}),
        ([("pause", DONE), ("unpause", DONE)], {}),
        ([("pause", DONE), ("unpause", FAILED)], {"no. 0": True}),
        ([("pause", DONE), ("unpause", UNKNOWN)], {"no. 0": True}),
        ([("pause", DONE), ("unpause", DONE), ("pause", DONE)], {"no. 2": True}),
        ([("pause", DONE), ("pause", UNKNOWN)], {"no. 0": True}),
        ([("unpause", DONE)], {}),
    ],
)
def test_the_journal_says_what_was_paused(
    runs: list[tuple[str, Outcome]], reasons: dict[str, bool]
) -> None:
    found = left(run(number, verb, outcome) for number, (verb, outcome) in enumerate(runs))
    assert {each.reason: each.sure for each in found} == reasons


def test_schedules_are_told_apart() -> None:
    found = left([run(0, "pause", DONE), run(1, "pause", DONE, "al-judgment")])
    assert [each.schedule for each in found] == ["al-plane-sync", "al-judgment"]
    assert left([run(0, "pause", DONE), run(1, "unpause", DONE, "al-judgment")]) == found[:1]
