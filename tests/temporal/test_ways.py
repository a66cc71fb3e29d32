"""ctrl-api first, SSH where it fails; what is said of it, and when no other way is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from alfred_tui.model.look import Door, Look
from alfred_tui.model.operation import Outcome
from alfred_tui.ops.board import Yes
from alfred_tui.ops.operation import Unseen
from tests.support.ops import engine_over, fleet


async def test_with_the_api_gone_a_schedule_is_seen_and_paused_all_the_same(
    tmp_path: Path,
) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "api-down"}) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            told = await engine.sights.schedules(name)
            assert told.door is Door.SSH
            assert told.instead.startswith("ctrl-api: ")
            chosen = next(row.schedule_id for row in told.answer.rows if not row.paused)
            given = {"schedule": chosen, "reason": "moving house"}
            plan = await engine.board.plan("schedule.pause", name, given)
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.DONE, job.text
            rows = {r.schedule_id: r for r in (await engine.sights.schedules(name)).answer.rows}
            assert rows[chosen].paused
            assert rows[chosen].note == "moving house"


async def test_where_it_answers_nobody_logs_in(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            told = await engine.sights.workflows(name)
            assert (told.door, told.instead) == (Door.API, "")
        assert running.commands() == []


async def test_where_neither_answers_both_are_told(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "temporal-silent", "sort": "stopped"}) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen) as caught:
                await engine.sights.pollers(running.names[0])
            known = engine.workshop.house.state.known(running.names[0])
            assert known is not None
            # one look of a person is one failure, and it is told to the fleet as ctrl-api said it
            assert known.memory.streaks[Look.QUEUE].count == 1
            failure = known.memory.attempts[Look.QUEUE].failure
            assert failure is not None
            assert "ssh: " not in failure.text
    assert "ctrl-api: " in str(caught.value)
    assert "; ssh: " in str(caught.value)
    assert str(caught.value).count("is not running") == 2


async def test_a_tenant_that_is_asked_too_much_is_not_asked_by_another_way(
    tmp_path: Path,
) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "rate-limited"}) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen, match="rate limited"):
                await engine.sights.schedules(running.names[0])
        assert running.commands() == []
