"""Everybody sees what was paused with this program, by whomever, until it is undone."""

from __future__ import annotations

from pathlib import Path

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Outcome
from alfred_tui.ops.board import Yes
from tests.engine.test_engine import running, until
from tests.support.ops import engine_over, fleet


async def done(engine: Engine, verb: str, tenant: str, **given: str) -> None:
    plan = await engine.board.plan(f"schedule.{verb}", tenant, given)
    job = await engine.board.start(plan, Yes.KEY)
    assert await job.done() is Outcome.DONE, job.text


async def test_a_pause_marks_the_tenant_for_everybody_until_it_is_undone(tmp_path: Path) -> None:
    with fleet(tmp_path) as world:
        name, other = world.names
        async with engine_over(world) as mine:
            rows = (await mine.sights.schedules(name)).answer.rows
            chosen = next(row.schedule_id for row in rows if not row.paused)
            await done(mine, "pause", name, schedule=chosen, reason="moving house")
        async with running(world.home) as theirs:  # it was done before they came
            assert "s" in theirs.views()[name].marks
            await until(lambda: theirs.views()[name].notes != (), "who and why")
            (note,) = theirs.views()[name].notes
            assert note.startswith(f"{chosen} paused by ")
            assert note.endswith(": moving house")
            assert "s" not in theirs.views()[other].marks
            async with engine_over(world) as mine:
                await done(mine, "unpause", name, schedule=chosen)
            await until(lambda: "s" not in theirs.views()[name].marks, "the mark's end")
            async with engine_over(world) as mine:
                await done(mine, "pause", name, schedule=chosen, reason="again")
            await until(lambda: "s" in theirs.views()[name].marks, "the mark of somebody else")
