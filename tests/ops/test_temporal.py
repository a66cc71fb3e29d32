"""Schedules, workflows and workers: done by what is seen afterwards, not by what is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from alfred_tui.engine import Engine
from alfred_tui.model import units
from alfred_tui.model.facts import Workflow
from alfred_tui.model.operation import ApiCall, Consent, Outcome, Plan
from alfred_tui.model.tenant import Layout
from alfred_tui.ops.board import Job, Yes
from alfred_tui.ops.operation import OPERATIONS, Eyes, Refused
from alfred_tui.ops.schedules import Trigger
from alfred_tui.store.inventory import read_inventory
from tests.engine.test_engine import stored, until
from tests.support.ops import Fleet, described, engine_over, fleet, without_ssh
from tests.support.simulator import faults, simulator

STUCK = "al-learning"
DAILY = "al-reflection"


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


def triggered(running: Fleet) -> list[str]:
    """Triggers that were begun over SSH, from Temporal's own name on."""
    found = [command.partition("exec -T temporal ")[2] for command in running.commands()]
    return [command for command in found if "schedule trigger" in command]


def by_its_timetable(now: datetime) -> bool:
    """Whether STUCK is about to begin a run by itself, which a trigger's could not be told from."""
    return not (0, 3) <= (now.minute % 15, now.second) < (14, 45)


async def stuck_run(engine: Engine, tenant: str) -> Workflow:
    await until(lambda: not by_its_timetable(engine.now()), "its timetable has nothing to begin")
    rows = await eyes(engine, tenant).workflows()
    (old,) = [row for row in rows if row.schedule_id == STUCK]
    return old


@contextmanager
def hurried(folder: Path, *trouble: dict[str, Any]) -> Iterator[Fleet]:
    """A fleet whose time runs 20 times as fast."""
    log = folder / "requests.jsonl"
    more = [*faults(folder, *trouble), "--request-log", str(log), "--speed", "20"]
    with simulator(folder, *more, tenants=6) as listed:
        names = [tenant.name for tenant in read_inventory(listed)]
        yield Fleet(stored(folder / "home", listed), names, log)


async def tenant_with(engine: Engine, running: Fleet, schedule: str) -> str:
    for name in running.names:
        if schedule in await eyes(engine, name).schedules():
            return name
    raise AssertionError(f"nobody has {schedule}")


async def schedule_like(engine: Engine, tenant: str, begins: str) -> str:
    rows = await eyes(engine, tenant).schedules()
    return next(name for name, row in sorted(rows.items()) if name.startswith(begins))


async def test_a_trigger_is_proved_by_a_new_action(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        job = await done(engine, "schedule.trigger", name, schedule="al-reflection")
        assert (job.outcome, job.text) == (Outcome.DONE, "al-reflection has begun a new run")
    assert well.acts() == [f"{name} POST /api/v1/schedules/al-reflection/trigger"]


async def test_a_trigger_goes_by_the_command_where_the_api_refuses(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "wrong-key"}) as running:
        async with engine_over(running) as engine:
            job = await done(engine, "schedule.trigger", running.names[0], schedule=DAILY)
            assert (job.outcome, job.text) == (Outcome.DONE, f"{DAILY} has begun a new run")
            (run,) = await engine.journal.runs()
        assert [(call.door, call.outcome) for call in run.calls] == [
            ("ctrl-api", Outcome.FAILED),
            ("ssh", Outcome.DONE),
        ]
        assert triggered(running) == [f"temporal schedule trigger --schedule-id {DAILY}"]


async def test_a_trigger_whose_answer_was_lost_is_not_sent_by_another_way(tmp_path: Path) -> None:
    cut = {"tenant": 0, "fault": "answer-cut", "route": "/trigger"}
    with fleet(tmp_path, cut) as running:
        async with engine_over(running) as engine:
            job = await done(engine, "schedule.trigger", running.names[0], schedule=DAILY)
            assert job.outcome is Outcome.DONE, job.text
            (run,) = await engine.journal.runs()
        assert [call.outcome for call in run.calls] == [Outcome.UNKNOWN]
        assert triggered(running) == []


async def test_a_trigger_that_was_skipped_is_not_proved_by_the_next_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = "al-plane-sync"
    monkeypatch.setattr(Trigger, "within", 6.0)
    stuck = {"tenant": "all", "fault": "workflow-stuck", "schedule": often}
    with hurried(tmp_path, stuck) as running:
        async with engine_over(running) as engine:
            name = await tenant_with(engine, running, often)
            (old,) = [r for r in await eyes(engine, name).workflows() if r.schedule_id == often]
            plan = await engine.board.plan("schedule.trigger", name, {"schedule": often})
            job = await engine.board.start(plan, Yes.KEY)
            await until(lambda: any("watching" in told for told in job.told), "the watch")
            path = f"/api/v1/workflows/{quote(old.workflow_id)}/terminate"
            freed = await engine.workshop.house.send(name, ApiCall("free it", "POST", path))
            assert freed.good, freed
            assert await job.done() is Outcome.UNKNOWN, job.text
            assert "by its timetable; it cannot be told" in job.text
            row = (await eyes(engine, name).schedules())[often]
            assert row.last_action is not None
            assert row.last_action.timestamp() > plan.before["last"], "it has begun runs since"


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
        plan = await engine.board.plan("schedule.pause", name, {"schedule": DAILY, "reason": "r"})
        await described(engine, without_ssh)
        job = await engine.board.start(plan, Yes.KEY)
        assert await job.done() is Outcome.FAILED
        missing = f"{name}: no way in over SSH is known. Give it an ssh block"
        assert job.text == f"pause by Temporal's own command: {missing}"
        row = (await eyes(engine, name).schedules())[DAILY]
        assert (row.paused, row.note) == (False, "")
        (run,) = await engine.journal.runs()
    assert (run.outcome, run.text) == (Outcome.FAILED, job.text)
    assert [(call.door, call.outcome, call.status) for call in run.calls] == [
        ("ctrl-api", Outcome.FAILED, 500),
        ("ssh", Outcome.NOT_SENT, None),
    ]
    assert missing in run.calls[1].text
    assert well.acts() == [f"{name} POST /api/v1/schedules/{DAILY}/pause"]
    assert well.commands() == []


async def test_alfred_learn_is_back_when_both_kinds_poll_and_a_second_time_must_wait(
    well: Fleet,
) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        job = await done(engine, "learn.restart", name)
        assert job.outcome is Outcome.DONE
        assert job.text.startswith("alfred-learn polls again, ")
        await polls_since_its_start(eyes(engine, name))
    with_learn = [act for act in well.acts() if act.endswith("restart-learn")]
    assert len(with_learn) == 1


async def polls_since_its_start(eyes: Eyes) -> None:
    """Hold the pollers against the container: a dead worker's polls are older than that."""
    polls = await eyes.pollers()
    row = (await eyes.containers())["alfred-learn"]
    assert row.up is not None
    earliest = eyes.now() + timedelta(seconds=eyes.clock - row.up.high)
    for kind in ("workflow", "activity"):
        seen = [poll.last_access for poll in polls if poll.kind == kind and poll.last_access]
        assert max(seen) > earliest + timedelta(seconds=1), "the new worker has polled"


async def test_a_restart_too_soon_is_refused_by_the_api_and_says_how_long(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        plan = await engine.board.plan("learn.restart", name, {})
        assert (await engine.workshop.house.send(name, plan.calls[0])).good
        again = await done(engine, "learn.restart", name)
        (run,) = await engine.journal.runs()
    assert again.outcome is Outcome.FAILED
    assert run.calls[0].status == 429
    assert re.fullmatch(r"restart alfred-learn: rate limited: again in \d+ s", again.text)
    assert len([act for act in well.acts() if act.endswith("restart-learn")]) == 2


async def test_the_first_generation_cannot_restart_learn_so(well: Fleet) -> None:
    class First:
        name, layout = "acme", Layout.F1

    with pytest.raises(Refused, match="restart the service alfred-learn instead"):
        await OPERATIONS["learn.restart"].plan(First(), {})  # type: ignore[arg-type]


async def test_the_vault_workers_restart_with_their_container(well: Fleet) -> None:
    async with engine_over(well) as engine:
        job = await done(engine, "workers.restart", well.names[0])
        assert (job.outcome, job.text) == (Outcome.DONE, "alfred is running again")


async def test_a_stuck_workflow_is_ended_and_begun_anew(tmp_path: Path) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK}
    with fleet(tmp_path, stuck) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            old = await stuck_run(engine, name)
            job = await done(engine, "workflow.restart", name, workflow=old.workflow_id)
            assert job.outcome is Outcome.DONE, job.text
            assert job.text == f"the stuck run has ended, and {STUCK} has begun a new one"
            left = {row.run_id for row in await eyes(engine, name).workflows()}
            assert old.run_id not in left
        verbs = [act.rpartition("/")[2] for act in running.acts()]
        assert verbs == ["terminate", "trigger"]


async def test_a_stuck_workflow_is_restarted_by_the_command_where_the_api_refuses(
    tmp_path: Path,
) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK}
    with fleet(tmp_path, stuck, {"tenant": 0, "fault": "wrong-key"}) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            old = await stuck_run(engine, name)
            job = await done(engine, "workflow.restart", name, workflow=old.workflow_id)
            assert job.outcome is Outcome.DONE, job.text
            (run,) = await engine.journal.runs()
        assert [call.door for call in run.calls] == ["ctrl-api", "ssh", "ctrl-api", "ssh"]
        (ended,) = [line for line in running.commands() if "workflow terminate" in line]
        assert f"--workflow-id {old.workflow_id} --run-id {old.run_id} " in ended
        assert triggered(running) == [f"temporal schedule trigger --schedule-id {STUCK}"]


async def test_a_run_that_could_not_be_ended_is_not_triggered_beside(tmp_path: Path) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK}
    with fleet(tmp_path, stuck, {"tenant": 0, "fault": "wrong-key"}) as running:
        async with engine_over(running) as engine:
            old = await stuck_run(engine, running.names[0])
            given = {"workflow": old.workflow_id}
            plan = await engine.board.plan("workflow.restart", running.names[0], given)
            await described(engine, without_ssh)
            job = await engine.board.start(plan, Yes.KEY)
            await job.done()
            assert job.outcome is Outcome.FAILED
            assert job.text.startswith(f"terminate {old.workflow_id}: ")
            assert job.text.endswith(f"; {STUCK} was not triggered")
        assert [act.rpartition("/")[2] for act in running.acts()] == ["terminate"]
        assert triggered(running) == []


async def test_a_terminate_whose_answer_was_lost_is_followed_once_the_run_is_gone(
    tmp_path: Path,
) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK}
    cut = {"tenant": 0, "fault": "answer-cut", "route": "/terminate"}
    with fleet(tmp_path, stuck, cut) as running:
        async with engine_over(running) as engine:
            old = await stuck_run(engine, running.names[0])
            given = {"workflow": old.workflow_id}
            job = await done(engine, "workflow.restart", running.names[0], **given)
            assert job.outcome is Outcome.DONE, job.text
        assert [act.rpartition("/")[2] for act in running.acts()] == ["terminate", "trigger"]


async def test_a_run_that_ended_without_a_trigger_is_followed_by_doing_it_again(
    tmp_path: Path,
) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK}
    limited = {"tenant": 0, "fault": "rate-limited", "route": "/trigger"}
    with fleet(tmp_path, stuck, limited) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            old = await stuck_run(engine, name)
            given = {"workflow": old.workflow_id}
            plan = await engine.board.plan("workflow.restart", name, given)
            ssh = {each.name: each.ssh for each in engine.tenants()}
            await described(engine, without_ssh)
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.FAILED
            said = f"the run has ended, {STUCK} was not triggered: trigger it ("
            assert job.text.startswith(said), job.text
            with pytest.raises(Refused, match="what has ended cannot be listed"):
                await engine.board.plan("workflow.restart", name, given)
            await described(engine, lambda each: msgspec.structs.replace(each, ssh=ssh[each.name]))
            plan = await engine.board.plan("workflow.restart", name, given)
            assert plan.title == f"trigger {STUCK} on {name}, whose run has ended"
            assert (plan.consent, len(plan.calls)) == (Consent.ENTER, 2)
            assert "has ended before (terminated)" in plan.wrong[0]
            job = await engine.board.start(plan, Yes.ENTER)
            assert await job.done() is Outcome.DONE, job.text
            assert job.text == f"the stuck run had ended before, and {STUCK} has begun a new one"
            with pytest.raises(Refused, match=f"ended already .* {STUCK} has begun another run"):
                await engine.board.plan("workflow.restart", name, given)
        assert triggered(running) == [f"temporal schedule trigger --schedule-id {STUCK}"]


async def test_how_long_a_run_has_lasted_is_by_the_tenant_s_clock(tmp_path: Path) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "schedule": STUCK, "seconds": 3 * 3600}
    skew = {"tenant": 0, "fault": "clock-skew", "seconds": -7200}
    with fleet(tmp_path, stuck, skew) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            old = await stuck_run(engine, name)
            seen = eyes(engine, name)
            assert abs(seen.clock + 7200) < 5
            assert old.started is not None
            ran = (engine.now() - old.started).total_seconds() - 7200
            plan = await engine.board.plan("workflow.restart", name, {"workflow": old.workflow_id})
            assert f"has run for {units.short_duration(ran)}: " in plan.wrong[0]


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
