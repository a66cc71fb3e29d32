"""What takes minutes, or must wait, before it is done again after its program was killed: in a
world that is hurried it is done to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Outcome
from alfred_tui.ops.board import Job, Yes
from tests.ops.every import CASES
from tests.ops.test_images import quick, quietly, started
from tests.ops.test_kill_every import AGAIN, PLACES, asked, killed, told_right
from tests.support.ops import Fleet, engine_over

KILLS = [(1, place) for place in PLACES]
SPEED = 4
"""For a restart that is watched second by second; 30 s pass in seven and a half."""


async def for_each(
    running: Fleet, what: Callable[[Engine, str], Awaitable[None]], speed: float = 1
) -> None:
    async with engine_over(running, speed=speed) as engine:
        await asyncio.gather(*(what(engine, name) for name in running.names))


async def once(engine: Engine, what: str, name: str) -> Job:
    plan = await engine.board.plan(what, name, {})
    job = await engine.board.start(plan, Yes.KEY)
    await job.done()
    return job


async def timer_off(engine: Engine, name: str) -> None:
    assert (await quietly(engine, name)).calls


async def update(engine: Engine, name: str) -> None:
    """It is run again, or waited for where it goes on; its end is seen."""
    job = await once(engine, "update.run", name)
    assert job.outcome is Outcome.DONE, job.text
    outcomes = [run.outcome for run in await engine.journal.runs(name)]
    assert outcomes[:2] == [Outcome.DONE, Outcome.UNKNOWN]


@pytest.mark.timeout(240)
def test_an_update_that_was_killed_is_done_by_running_it_again(tmp_path: Path) -> None:
    with quick(tmp_path, tenants=len(KILLS)) as running:
        asyncio.run(for_each(running, timer_off))
        before = {name: len(asked(running, name)) for name in running.names}
        runs = killed(running, "update.run", CASES["update.run"], KILLS)
        for name, kill in zip(running.names, KILLS, strict=True):
            told_right(runs[name], asked(running, name)[before[name] :], *kill)
        asyncio.run(for_each(running, update))
        starts = [sum(line.startswith(f"{n} ") for line in started(running)) for n in running.names]
        # one that was answered has ended; one that was under way is waited for, or begun anew
        assert (starts[0], starts[2]) == (1, 2)
        assert starts[1] in (1, 2)


async def learn(engine: Engine, name: str) -> None:
    """Done again as often as the API says to wait; it has no other reason not to do it."""
    async with asyncio.timeout(120):
        while (job := await once(engine, "learn.restart", name)).outcome is not Outcome.DONE:
            assert job.outcome is Outcome.FAILED, job.text
            assert AGAIN["learn.restart"] in job.text
            await asyncio.sleep(0.2)  # only so that it is not asked hundreds of times
    assert job.text.startswith("alfred-learn polls again, ")


@pytest.mark.timeout(240)
def test_a_restart_of_learn_that_was_killed_is_done_once_the_api_lets_it(tmp_path: Path) -> None:
    with quick(tmp_path, tenants=len(KILLS), speed=str(SPEED)) as running:
        runs = killed(running, "learn.restart", CASES["learn.restart"], KILLS)
        for name, kill in zip(running.names, KILLS, strict=True):
            told_right(runs[name], asked(running, name), *kill)
        asyncio.run(for_each(running, learn, SPEED))
