"""Everybody sees what was paused with this program, by whomever, until it is undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from alfred_tui.engine import Engine
from alfred_tui.engine.pauses import PAUSE, left
from alfred_tui.model.operation import Outcome, Risk, RunRecord
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


def test_a_list_from_while_the_pause_was_under_way_says_nothing_of_it() -> None:
    """Another program's look may fall between a run's beginning and the call that pauses."""
    began = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
    run = RunRecord(
        number=1,
        at=began,
        who="ada@desk",
        program="alfred-tui",
        tenant="acme",
        operation=PAUSE,
        title="pause",
        risk=Risk.DISRUPTIVE,
        arguments={"schedule": "al-plane-sync"},
        ended=began + timedelta(seconds=3),
        outcome=Outcome.DONE,
    )
    (paused,) = left([run])
    assert paused.at == run.ended
