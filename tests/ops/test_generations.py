"""Every generation: pause ends paused, chores by their own route; and the ways over SSH."""

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


def generations() -> dict[str, str]:
    """Who is of which."""
    people = World(TENANTS, 7, datetime(2026, 6, 1, 12, tzinfo=UTC)).people
    return {person.name: person.generation for person in people}


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
        listed = generations()
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


@pytest.mark.timeout(120)
async def test_with_the_api_gone_all_is_seen_and_done_over_ssh_on_every_generation(
    tmp_path: Path,
) -> None:
    trouble = [{"tenant": index, "fault": "api-down"} for index in range(TENANTS)]
    with fleet(tmp_path, *trouble, tenants=TENANTS) as running:
        listed = generations()
        firsts = {listed[name]: name for name in reversed(running.names)}
        assert firsts.keys() == GENERATIONS
        async with engine_over(running) as engine:

            async def one(name: str) -> dict[str, str]:
                eyes = engine.workshop.house.eyes(name)
                assert "alfred" in await eyes.containers()
                schedule = next(each for each in await eyes.schedules() if each.startswith("al-"))
                given = {"container.restart": {"service": "alfred"}}
                given["schedule.trigger"] = {"schedule": schedule}
                for what, arguments in given.items():
                    plan = await engine.board.plan(what, name, arguments)
                    job = await engine.board.start(plan, Yes.KEY)
                    assert await job.done() is Outcome.DONE, (name, what, job.text)
                (run, *_) = await engine.journal.runs(tenant=name)
                return {call.door: call.line for call in run.calls}

            lines = dict(zip(firsts, await asyncio.gather(*map(one, firsts.values())), strict=True))
            host = await engine.sights.host(firsts["H"])
    assert running.acts() == [], "nothing was carried out by the API"
    ways = {generation: line["ssh"].split(" exec ")[0] for generation, line in lines.items()}
    fleets = "docker compose -f /opt/alfred/compose/docker-compose.yaml"
    single = "docker compose -p alfred-black -f /opt/alfred/docker-compose.yaml"
    assert ways == {"F1": fleets, "F2": fleets, "F3": fleets, "H": single}
    assert "hermes" in {usage.service for usage in host.answer.usage}
