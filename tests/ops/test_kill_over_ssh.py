"""As test_kill_every.py where ctrl-api is away: the call that takes its place goes over SSH."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alfred_tui.model.operation import Outcome
from tests.ops.every import CASES
from tests.ops.test_kill_every import PLACES, again, asked, killed, line_in
from tests.support.ops import fleet

SECOND = 2
"""The number of the call by SSH: the first one finds the API's port closed."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize("what", ["container.restart", "container.stop", "container.start"])
def test_the_journal_is_right_of_a_call_over_ssh(tmp_path: Path, what: str) -> None:
    case = CASES[what]
    trouble = [case.trouble] if case.trouble else []
    away = {"fault": "api-down", "tenant": "all"}
    with fleet(tmp_path, away, *trouble, tenants=len(PLACES)) as running:
        runs = killed(running, what, case, [(SECOND, place) for place in PLACES])
        for name, place in zip(running.names, PLACES, strict=True):
            run = runs[name]
            log = [line for line in asked(running, name) if "ps --format" not in line]  # a look
            assert (run.ended, run.outcome) == (None, Outcome.UNKNOWN)
            first, second = run.calls
            assert (first.door, first.outcome) == ("ctrl-api", Outcome.NOT_SENT)
            assert not line_in(first, log), "a closed port hears nothing"
            assert (second.door, second.answered) == ("ssh", None)
            assert second.outcome is Outcome.UNKNOWN
            if place != "out":  # there the bytes may have been on their way, or not
                assert line_in(second, log) is (place == "after"), (place, log)
            assert len(log) <= 1, "nothing left that the journal does not have"
        asyncio.run(again(running, what, {}, case))
