"""Schedules, workflows and workers: done by what is seen afterwards, not by what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Consent, Outcome, Plan
from alfred_tui.ops.board import Job, Yes
from alfred_tui.ops.operation import Eyes, Refused
from tests.support.ops import Fleet, engine_over, fleet

STUCK = "al-learning"


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


async def done(engine: Engine, what: str, tenant: str, **given: str) -> Job:
    plan = await engine.board.plan(what, tenant, given)
    job = await engine.board.start(plan, Yes.NAME, typed=tenant)
    await job.done()
    return job


def eyes(engine: Engine, tenant: str) -> Eyes:
    return engine.board._house.eyes(tenant)


async def schedule_like(engine: Engine, tenant: str, begins: str) -> str:
    rows = await eyes(engine, tenant).schedules()
    return next(name for name, row in sorted(rows.items()) if name.startswith(begins))


async def test_a_trigger_is_proved_by_a_new_action(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        job = await done(engine, "schedule.trigger", name, schedule="al-reflection")
        assert (job.outcome, job.text) == (Outcome.DONE, "al-reflection has begun a new run")
    assert well.acts() == [f"{name} POST /api/v1/schedules/al-reflection/trigger"]


async def test_a_chore_is_paused_and_resumed_by_its_own_route(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        chore = await schedule_like(engine, name, "chore-")
        rows = await eyes(engine, name).schedules()
        first, second = ("unpause", "pause") if rows[chore].paused else ("pause", "unpause")
        for verb in (first, second):
            given = {"schedule": chore} | ({"reason": "moving house"} if verb == "pause" else {})
            job = await done(engine, f"schedule.{verb}", name, **given)
            word = "paused" if verb == "pause" else "not paused"
            assert (job.outcome, job.text) == (Outcome.DONE, f"{chore} is {word}")
            with pytest.raises(Refused, match="already"):
                await engine.board.plan(f"schedule.{verb}", name, given)
    slug = chore.removeprefix("chore-")
    assert {act.split()[2] for act in well.acts()} == {
        f"/api/v1/chores/{slug}/pause",
        f"/api/v1/chores/{slug}/resume",
    }


async def test_a_platform_schedule_is_paused_by_the_command_since_the_route_fails(
    well: Fleet,
) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        given = {"schedule": "al-reflection", "reason": "it's $HOME; moving"}
        plan = await engine.board.plan("schedule.pause", name, given)
        assert "which fails as far as is known" in plan.shell()
        job = await engine.board.start(plan, Yes.KEY)
        assert (await job.done(), job.text) == (Outcome.DONE, "al-reflection is paused")
        row = (await eyes(engine, name).schedules())["al-reflection"]
        assert (row.paused, row.note) == (True, given["reason"])
        (run,) = await engine.journal.runs()
        job = await done(engine, "schedule.unpause", name, schedule="al-reflection")
        assert (job.outcome, job.text) == (Outcome.DONE, "al-reflection is not paused")
    first, second = run.calls
    assert (first.outcome, first.status) == (Outcome.FAILED, 500)
    assert "unknown flag" in first.text
    assert (second.outcome, second.status, second.door) == (Outcome.DONE, 0, "ssh")
    toggles = [command for command in well.commands() if "toggle" in command]
    assert [command.rpartition("--")[2] for command in toggles][1] == "unpause"


async def test_without_ssh_a_platform_schedule_is_not_said_to_be_paused(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        plan = await engine.board.plan(
            "schedule.pause", name, {"schedule": "al-reflection", "reason": "r"}
        )
        engine._tenants = [msgspec.structs.replace(each, ssh=None) for each in engine._tenants]
        job = await engine.board.start(plan, Yes.KEY)
        assert await job.done() is Outcome.FAILED
        assert "no ssh" in job.text.lower() or "ssh" in job.text
        assert not (await eyes(engine, name).schedules())["al-reflection"].paused
        (run,) = await engine.journal.runs()
    assert run.calls[1].outcome is Outcome.NOT_SENT


async def test_alfred_learn_is_back_when_both_kinds_poll_and_a_second_time_must_wait(
    well: Fleet,
) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        job = await done(engine, "learn.restart", name)
        assert job.outcome is Outcome.DONE
        assert job.text.startswith("alfred-learn polls again, ")
        kinds = {poller.kind for poller in await eyes(engine, name).pollers()}
        assert kinds == {"workflow", "activity"}
    with_learn = [act for act in well.acts() if act.endswith("restart-learn")]
    assert len(with_learn) == 1


async def test_a_restart_too_soon_is_refused_by_the_api_and_says_how_long(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        plan = await engine.board.plan("learn.restart", name, {})
        first = await engine.board.start(plan, Yes.KEY)
        await first.done()
        again = await done(engine, "learn.restart", name)
        runs = await engine.journal.runs()
    if again.outcome is Outcome.FAILED:  # the first one took less than its 30 s
        assert runs[0].calls[0].status == 429
        assert "s" in again.text
    else:
        assert runs[0].calls[0].status == 200


async def test_the_vault_workers_restart_with_their_container(well: Fleet) -> None:
    async with engine_over(well) as engine:
        job = await done(engine, "workers.restart", well.names[0])
        assert (job.outcome, job.text) == (Outcome.DONE, "alfred is running again")


async def test_a_stuck_workflow_is_ended_and_begun_anew(tmp_path: Path) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK}
    with fleet(tmp_path, stuck) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            rows = await eyes(engine, name).workflows()
            (old,) = [row for row in rows if row.schedule_id == STUCK]
            job = await done(engine, "workflow.restart", name, workflow=old.workflow_id)
            assert job.outcome is Outcome.DONE, job.text
            assert job.text == f"the stuck run has ended, and {STUCK} has begun a new one"
            left = {row.run_id for row in await eyes(engine, name).workflows()}
            assert old.run_id not in left
        verbs = [act.rpartition("/")[2] for act in running.acts()]
        assert verbs == ["terminate", "trigger"]


async def test_a_durable_run_asks_for_the_typed_name(tmp_path: Path) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": "al-task-runner"}
    with fleet(tmp_path, stuck) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            rows = await eyes(engine, name).workflows()
            (old,) = [row for row in rows if row.schedule_id == "al-task-runner"]
            plan: Plan = await engine.board.plan(
                "workflow.restart", name, {"workflow": old.workflow_id}
            )
            assert plan.consent is Consent.NAME
            assert "nobody takes up again" in plan.wrong[0]
            with pytest.raises(Refused, match=f"type {name}"):
                await engine.board.start(plan, Yes.KEY)
        assert running.acts() == []


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        ("schedule.trigger", {"schedule": "al-reflectoin"}, "did you mean al-reflection"),
        ("schedule.trigger", {"schedule": "--help"}, "no schedule's id"),
        ("schedule.pause", {"schedule": "al-reflection"}, "needs reason"),
        ("schedule.trigger", {}, "needs schedule"),
        ("workflow.restart", {"workflow": "nothing"}, "runs on"),
        ("learn.restart", {"service": "x"}, "takes nothing"),
    ],
)
async def test_what_is_not_there_gets_no_request(
    well: Fleet, what: str, given: dict[str, str], said: str
) -> None:
    async with engine_over(well) as engine:
        with pytest.raises(Refused, match=said):
            await engine.board.plan(what, well.names[0], given)
    assert well.acts() == []
