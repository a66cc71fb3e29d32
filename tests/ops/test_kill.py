"""Killed at any place: the journal says what was sent, or that nobody knows. Again, all is well."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.operation import Outcome, Plan
from alfred_tui.ops.board import Board, Yes
from alfred_tui.ops.operation import Refused
from alfred_tui.store.store import Store
from tests.support.ops import Fleet, engine_over, fleet

ROOT = Path(__file__).parents[2]
PLACES = ("begun", "intended", "sent", "answered, unwritten", "answered", "seen", "ended")
SENT = PLACES[2:]


def killed(running: Fleet, what: str, service: str, place: str) -> None:
    environ = os.environ | {"ALFRED_TUI_HOME": str(running.home), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.ops.killed", running.names[0], what, service, place]
    done = subprocess.run(
        words, cwd=ROOT, env=environ, timeout=60, check=False, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


async def planned(board: Board, tenant: str) -> Plan:
    """A plan, once the restart that was under way has ended."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await board.plan("container.restart", tenant, {"service": "alfred"})
            except Refused:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("place", PLACES)
async def test_the_journal_is_right_wherever_it_ended(tmp_path: Path, place: str) -> None:
    slow = {"tenant": 0, "fault": "slow", "seconds": 2, "route": "/restart"}
    with fleet(tmp_path, slow) as running:
        killed(running, "container.restart", "alfred", place)
        store = Store.open(Paths(running.home))
        (run,) = store.journal.runs()
        store.close()
        acts = running.acts()
        assert len(acts) == (1 if place in SENT else 0)
        assert len(run.calls) == (0 if place == "begun" else 1)
        if run.calls:
            (call,) = run.calls
            known = place in ("answered", "seen", "ended")
            assert call.outcome is (Outcome.DONE if known else Outcome.UNKNOWN)
            assert (call.answered is not None) is known
        assert run.outcome is (Outcome.DONE if place == "ended" else Outcome.UNKNOWN)
        assert (run.ended is not None) is (place == "ended")
        async with engine_over(running) as engine:
            plan = await planned(engine.board, running.names[0])
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.DONE
        assert len(running.acts()) == len(acts) + 1
