"""As test_kill_every.py where ctrl-api is away: the call that takes its place goes over SSH."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alfred_tui.model.operation import Outcome
from tests.ops.every import CASES, STUCK
from tests.ops.test_kill_every import (
    PLACES,
    again,
    asked,
    begun_anew,
    killed,
    line_in,
    stuck_runs,
)
from tests.support.ops import fleet

LOOKS = ("ps --format", "temporal schedule list", "temporal workflow list", "schedule describe")


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("container.restart", 2),
        ("container.stop", 2),
        ("container.start", 2),
        ("schedule.pause", 2),
        ("schedule.unpause", 2),
        ("schedule.trigger", 2),
        ("workflow.restart", 2),
        ("workflow.restart", 4),
    ],
)
def test_the_journal_is_right_of_a_call_over_ssh(tmp_path: Path, what: str, number: int) -> None:
    """Of each pair of calls the first finds the API's port closed, and the second goes out."""
    case = CASES[what]
    trouble = [case.trouble] if case.trouble else []
    away = {"fault": "api-down", "tenant": "all"}
    with fleet(tmp_path, away, *trouble, tenants=len(PLACES)) as running:
        stuck = asyncio.run(stuck_runs(running)) if STUCK in case.given.values() else {}
        runs = killed(running, what, case, [(number, place) for place in PLACES])
        for name, place in zip(running.names, PLACES, strict=True):
            run = runs[name]
            log = [line for line in asked(running, name) if not any(e in line for e in LOOKS)]
            assert (run.ended, run.outcome) == (None, Outcome.UNKNOWN)
            *before, last = run.calls
            assert len(run.calls) == number
            for each in before[::2]:
                assert (each.door, each.outcome) == ("ctrl-api", Outcome.NOT_SENT)
                assert not line_in(each, log), "a closed port hears nothing"
            assert all(each.door == "ssh" and line_in(each, log) for each in before[1::2])
            assert (last.door, last.answered) == ("ssh", None)
            assert last.outcome is Outcome.UNKNOWN
            if place != "out":  # there the bytes may have been on their way, or not
                assert line_in(last, log) is (place == "after"), (place, log)
            assert len(log) <= number // 2, "nothing left that the journal does not have"
        asyncio.run(again(running, what, stuck, case))
        if stuck:
            asyncio.run(begun_anew(running, stuck))
