"""Pause and unpause end paused or unpaused on every generation, chores by their own route."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Outcome
from alfred_tui.ops.board import Yes
from alfred_tui.sim.world import World
from tests.support.ops import engine_over, fleet

TENANTS = 12
GENERATIONS = {"F1", "F2", "F3", "H"}


async def ends(engine: Engine, verb: str, name: str, schedule: str) -> bool:
    """Do it; whether the schedule is listed as paused afterwards."""
    given = {"schedule": schedule} | ({"reason": "moving house"} if verb == "pause" else {})
    plan = await engine.board.plan(f"schedule.{verb}", name, given)
    job = await engine.board.start(plan, Yes.KEY)
    assert await job.done() is Outcome.DONE, (name, schedule, job.text)
    rows = await engine.workshop.house.eyes(name).schedules()
    return rows[schedule].paused


@pytest.mark.timeout(120)
async def test_on_every_generation_platform_schedules_and_chores(tmp_path: Path) -> None:
    with fleet(tmp_path, tenants=TENANTS) as running:
        people = World(TENANTS, 7, datetime(2026, 6, 1, 12, tzinfo=UTC)).people
        listed = {person.name: person.generation for person in people}
        async with engine_over(running) as engine:

            async def one(name: str) -> tuple[str, set[str]]:
                rows = await engine.workshop.house.eyes(name).schedules()
                done = set[str]()
                for kind in ("al-", "chore-"):
                    found = [each for each in sorted(rows) if each.startswith(kind)]
                    fit = [each for each in found if not rows[each].paused]
                    if fit:
                        assert await ends(engine, "pause", name, fit[0])
                        assert not await ends(engine, "unpause", name, fit[0])
                        done.add(kind)
                return listed[name], done

            found = await asyncio.gather(*map(one, running.names))
    assert {generation for generation, done in found if done == {"al-", "chore-"}} == GENERATIONS
