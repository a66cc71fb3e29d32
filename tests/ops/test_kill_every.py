"""Killed around each outgoing call of each operation: the journal says what the tenant was asked,
or that nobody knows; and done again it ends right."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from alfred_tui.config import Paths
from alfred_tui.engine import Engine
from alfred_tui.model.operation import CallRecord, Outcome, RunRecord
from alfred_tui.ops import lock
from alfred_tui.ops.board import Yes
from alfred_tui.ops.operation import OPERATIONS, Refused
from alfred_tui.store.store import Store
from tests.ops.every import CASES, CHORE, CHORES, STUCK, Case, told
from tests.support.ops import Fleet, engine_over, fleet

ROOT = Path(__file__).parents[2]
SCHEDULE = "al-learning"
"""Whose run stands for STUCK."""
PLACES = ("before", "out", "after")
AGAIN = {"learn.restart": "rate limited"}
"""What may stand in the way of doing it again at once, as it should."""
LONG = frozenset({"update.run"})
"""Takes minutes: that it can be planned anew is enough here, test_kill_again.py does it again."""


def test_there_is_a_case_for_every_operation() -> None:
    assert set(CASES) == set(OPERATIONS)


def asked(running: Fleet, tenant: str) -> list[str]:
    """What the tenant's own log has of calls: ``METHOD path``, or the command."""
    acts = [act.split(" ", 1) for act in running.acts()]
    commands = [command.split(" ", 1) for command in running.commands()]
    own = [what for name, what in (*acts, *commands) if name == tenant]
    looks = (
        "flock -w",
        f"cat {lock.FILE}",
        "list-timers",
        "systemctl show",
        "-o json",
        "docker inspect",
    )
    return [what for what in own if not any(each in what for each in looks)]


def line_in(call: CallRecord, log: list[str]) -> bool:
    """Whether the log has it; a body and quoting are not in both."""
    if call.door == "ctrl-api":
        return " ".join(call.line.split(" ")[:2]) in log
    return any(call.line.removeprefix("sudo ") in line for line in log)


def killed(
    running: Fleet,
    what: str,
    case: Case,
    kills: Sequence[tuple[int | str, str]],
    program: str = "tests.ops.killed_anywhere",
) -> dict[str, RunRecord]:
    """A program per tenant, killed at its place around its call: what the journal has of each."""
    environ = os.environ | {"ALFRED_TUI_HOME": str(running.home), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", program]
    children = [
        subprocess.Popen(
            [*words, name, what, json.dumps(case.given), str(number), place],
            cwd=ROOT,
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, (number, place) in zip(running.names, kills, strict=True)
    ]
    for child, kill in zip(children, kills, strict=True):
        said = child.communicate(timeout=120)[1]
        assert child.returncode == -signal.SIGKILL, (kill, said)
    store = Store.open(Paths(running.home))
    runs = {run.tenant: run for run in reversed(store.journal.runs())}  # of each its newest
    store.close()
    return runs


def told_right(run: RunRecord, log: list[str], number: int, place: str) -> None:
    """What the journal has of one that was killed there, held against the tenant's own log."""
    assert (run.ended, run.outcome) == (None, Outcome.UNKNOWN)
    assert len(run.calls) == number
    *before, last = run.calls
    assert all(call.answered is not None and line_in(call, log) for call in before)
    assert (last.answered, last.outcome) == (None, Outcome.UNKNOWN)
    if place != "out":  # there the bytes may have been on their way, or not
        assert line_in(last, log) is (place == "after"), (number, place, log)
    assert len(log) <= len(run.calls), "nothing left that the journal does not have"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("what", sorted(CASES))
def test_the_journal_is_right_wherever_it_ended(tmp_path: Path, what: str) -> None:
    case = CASES[what]
    kills = [(number, place) for number in range(1, case.calls + 1) for place in PLACES]
    trouble = [case.trouble] if case.trouble else []
    with fleet(tmp_path, *trouble, tenants=len(kills)) as running:
        stuck = asyncio.run(stuck_runs(running)) if STUCK in case.given.values() else {}
        runs = killed(running, what, case, kills)
        for name, kill in zip(running.names, kills, strict=True):
            told_right(runs[name], asked(running, name), *kill)
        asyncio.run(again(running, what, stuck, case))
        if what == "workflow.restart":
            asyncio.run(begun_anew(running, stuck))
            triggered = {act.split()[0] for act in running.acts() if act.endswith("/trigger")}
            assert triggered == set(running.names)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("what", sorted(CHORES))
def test_the_journal_is_right_of_a_chore_s_own_route(tmp_path: Path, what: str) -> None:
    case, paused = CHORES[what], what == "schedule.pause"
    kills = [(1, place) for place in PLACES]
    trouble = [case.trouble] if case.trouble else []
    with fleet(tmp_path, *trouble, tenants=len(kills)) as running:
        runs = killed(running, what, case, kills)
        for name, kill in zip(running.names, kills, strict=True):
            told_right(runs[name], asked(running, name), *kill)
        asyncio.run(again(running, what, {}, case))
        route = f"/api/v1/chores/{CHORE.removeprefix('chore-')}/{'pause' if paused else 'resume'}"
        assert set(running.acts()) == {f"{name} POST {route}" for name in running.names}
        assert not any("schedule toggle" in command for command in running.commands())
        assert asyncio.run(are_paused(running)) == dict.fromkeys(running.names, paused)


async def are_paused(running: Fleet) -> dict[str, bool]:
    async with engine_over(running) as engine:
        looks = {name: engine.board._house.eyes(name) for name in running.names}
        return {name: (await eyes.schedules())[CHORE].paused for name, eyes in looks.items()}


class Stuck(NamedTuple):
    """The run that is to be restarted: its ids, and when its schedule had acted last."""

    workflow: str
    run: str
    acted: datetime


async def stuck_runs(running: Fleet) -> dict[str, Stuck]:
    """By tenant, before anything is done to it."""
    async with engine_over(running) as engine:
        return {name: await stuck_run(engine, name) for name in running.names}


async def stuck_run(engine: Engine, name: str) -> Stuck:
    eyes = engine.board._house.eyes(name)
    (run,) = [row for row in await eyes.workflows() if row.schedule_id == SCHEDULE]
    acted = (await eyes.schedules())[SCHEDULE].last_action
    assert acted is not None
    return Stuck(run.workflow_id, run.run_id, acted)


async def begun_anew(running: Fleet, stuck: dict[str, Stuck]) -> None:
    """Wherever it was killed: the old run is gone, and its schedule has acted since."""
    async with engine_over(running) as engine:
        for name, old in stuck.items():
            eyes = engine.board._house.eyes(name)
            assert old.run not in {row.run_id for row in await eyes.workflows()}, name
            acted = (await eyes.schedules())[SCHEDULE].last_action
            assert acted is not None, name
            assert acted > old.acted, name


async def again(running: Fleet, what: str, stuck: dict[str, Stuck], case: Case) -> None:
    """Done once more it ends right: done, or refused because it was done already."""
    async with engine_over(running) as engine:

        async def one(name: str) -> None:
            try:
                given = await told(engine, name, case.given)
                if name in stuck:
                    given["workflow"] = stuck[name].workflow
                plan = await engine.board.plan(what, name, given)
                if what in LONG:
                    return
                job = await engine.board.start(plan, Yes.NAME, typed=name)
            except Refused as already:
                assert "already" in str(already), (name, str(already))
                return
            if await job.done() is not Outcome.DONE:
                assert AGAIN.get(what, "\0") in job.text, (name, job.text)

        await asyncio.gather(*map(one, running.names))
