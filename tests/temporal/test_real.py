"""Both ways to a real Temporal: the same answers; and what is done to a schedule is really done."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from alfred_tui.config import Paths, load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.facts import Queue, Schedules, Workflows
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.operation import Outcome
from alfred_tui.model.tenant import Secret
from alfred_tui.ops.board import Job, Yes
from alfred_tui.ops.operation import Refused
from alfred_tui.store.store import Store
from alfred_tui.tenant.stack import FLEET
from alfred_tui.tenant.temporal.door import LOOKS, OverApi
from alfred_tui.tenant.temporal.shell import OverSsh
from tests.temporal import world as worlds
from tests.temporal.world import NEW, NOTE, OLD, World

pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("temporal")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with worlds.world(tmp_path_factory.mktemp("temporal")) as found:
        yield found


@asynccontextmanager
async def engine_over(world: World, home: Path) -> AsyncIterator[Engine]:
    store = Store.open(Paths(home))
    store.put_tenants([world.tenant])
    store.close()
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}))
    await engine.start(poll=False)
    try:
        yield engine
    finally:
        await engine.stop()


async def by_both(engine: Engine, world: World, look: Look) -> tuple[Observation, Observation]:
    shop = engine.workshop
    over_api = OverApi(shop.house._door.look)
    over_ssh = OverSsh(shop.ssh, engine.now, lambda _: FLEET)
    first = await over_api.look(world.tenant, look)
    second = await over_ssh.look(world.tenant, look)
    assert (first.door, second.door) == (Door.API, Door.SSH)
    assert (first.failure, second.failure) == (None, None)
    assert (first.oddities, second.oddities) == ((), ())
    return first, second


async def test_both_ways_list_the_same_schedules(world: World, tmp_path: Path) -> None:
    async with engine_over(world, tmp_path) as engine:
        first, second = await by_both(engine, world, Look.SCHEDULES)
    assert isinstance(first.answer, Schedules)
    assert isinstance(second.answer, Schedules)
    assert by_id(first.answer) == by_id(second.answer)
    rows = by_id(first.answer)
    assert set(rows) == {"al-plane-sync", "al-learning", "al-drift", "chore-weekly"}
    weekly = rows["chore-weekly"]
    assert (weekly.paused, weekly.note) == (True, NOTE)
    assert (rows["al-learning"].paused, rows["al-learning"].note) == (False, "a note is no pause")
    assert rows["al-plane-sync"].interval == 3600
    assert rows["al-plane-sync"].last_action is not None


def by_id(listed: Schedules) -> Mapping[str, object]:
    return {row.schedule_id: row for row in listed.rows}


async def test_both_ways_list_what_runs(world: World, tmp_path: Path) -> None:
    async with engine_over(world, tmp_path) as engine:
        first, second = await by_both(engine, world, Look.WORKFLOWS)
    assert isinstance(first.answer, Workflows)
    assert isinstance(second.answer, Workflows)
    assert set(first.answer.rows) == set(second.answer.rows)
    kinds = {row.type: row.schedule_id for row in first.answer.rows}
    assert kinds["LearningWorkflow"] == "al-learning"
    assert kinds["DriftWorkflow"] == "al-drift"


async def test_both_ways_list_the_pollers_dead_ones_too(world: World, tmp_path: Path) -> None:
    """Who polls on may have done so between the looks: SSH's lies within the API's two."""
    async with engine_over(world, tmp_path) as engine:
        first, second = await by_both(engine, world, Look.QUEUE)
        third, _ = await by_both(engine, world, Look.QUEUE)
    before, between, after = (polls(each) for each in (first, second, third))
    who = {(kind, identity) for kind in ("workflow", "activity") for identity in (OLD, NEW)}
    assert set(before) == set(between) == set(after) == who
    for poller in who:
        assert before[poller] <= between[poller] <= after[poller], poller
    for kind in ("workflow", "activity"):
        assert before[kind, OLD] == between[kind, OLD], "the dead one polls no more"
        assert between[kind, OLD] < between[kind, NEW]


def polls(seen: Observation) -> Mapping[tuple[str, str], datetime]:
    """When each had polled last, by kind and identity."""
    assert isinstance(seen.answer, Queue)
    found: dict[tuple[str, str], datetime] = {}
    for poller in seen.answer.pollers:
        assert poller.last_access is not None, poller
        found[poller.kind, poller.identity] = poller.last_access
    assert len(found) == len(seen.answer.pollers), "each once"
    return found


@pytest.mark.parametrize("look", LOOKS)
async def test_where_the_api_refuses_ssh_answers_and_it_is_said(
    world: World, tmp_path: Path, look: Look
) -> None:
    wrong = msgspec.structs.replace(world.tenant, api_key=Secret("ak_" + "0" * 40))
    async with engine_over(world._replace(tenant=wrong), tmp_path) as engine:
        found = await engine.workshop.house.temporal.see(wrong, look)
        assert found.told.door is Door.SSH
        assert found.told.failure is None
        assert found.instead.startswith("ctrl-api: ")


async def done(engine: Engine, operation: str, **given: str) -> Job:
    plan = await engine.board.plan(operation, "acme", given)
    job = await engine.board.start(plan, Yes.NAME, typed="acme")
    await job.done()
    return job


async def test_a_pause_is_one_although_the_api_cannot(world: World, tmp_path: Path) -> None:
    async with engine_over(world, tmp_path) as engine:
        assert not world.paused("al-plane-sync")
        job = await done(engine, "schedule.pause", schedule="al-plane-sync", reason="it's $HOME")
        assert (job.outcome, job.text) == (Outcome.DONE, "al-plane-sync is paused")
        assert world.paused("al-plane-sync")
        rows = {row.schedule_id: row for row in (await engine.sights.schedules("acme")).answer.rows}
        assert rows["al-plane-sync"].note == "it's $HOME"
        (run,) = await engine.journal.runs("acme")
        assert [(call.door, call.outcome) for call in run.calls] == [
            ("ctrl-api", Outcome.FAILED),
            ("ssh", Outcome.DONE),
        ]
        job = await done(engine, "schedule.unpause", schedule="al-plane-sync")
        assert job.outcome is Outcome.DONE
        assert not world.paused("al-plane-sync")


@contextmanager
def ticking(world: World, *names: str) -> Iterator[None]:
    """Schedules that act every second, for nobody."""
    spec = ("--interval", "1s", "--overlap-policy", "AllowAll")
    work = ("--type", "TickWorkflow", "--task-queue", "nobody", "--execution-timeout", "2s")
    for name in names:
        of = ("--schedule-id", name, "--workflow-id", f"{name}-run")
        world.temporal.said("schedule", "create", *of, *spec, *work)
    try:
        yield
    finally:
        for name in names:
            world.temporal.said("schedule", "delete", "--schedule-id", name)
        running = "WorkflowType='TickWorkflow' AND ExecutionStatus='Running'"
        worlds.until(lambda: not world.runs(running), "the end of their runs")


def acted(world: World, name: str) -> int:
    """How often Temporal says that a schedule has acted."""
    text = world.temporal.said("schedule", "describe", "-s", name, "-o", "json")
    return int(json.loads(text)["info"].get("actionCount", 0))


async def test_what_is_paused_begins_nothing_until_it_is_unpaused(
    world: World, tmp_path: Path
) -> None:
    with ticking(world, "tick", "tock"):
        async with engine_over(world, tmp_path) as engine:
            worlds.until(lambda: acted(world, "tick") > 0, "its first run")
            job = await done(engine, "schedule.pause", schedule="tick", reason="quiet")
            assert job.outcome is Outcome.DONE, job.text
            before, others = acted(world, "tick"), acted(world, "tock")
            worlds.until(lambda: acted(world, "tock") >= others + 3, "three runs of the other one")
            assert acted(world, "tick") == before
            job = await done(engine, "schedule.unpause", schedule="tick")
            assert job.outcome is Outcome.DONE, job.text
            worlds.until(lambda: acted(world, "tick") > before, "its next run")


async def test_a_chore_is_unpaused_and_paused_by_its_own_route(
    world: World, tmp_path: Path
) -> None:
    async with engine_over(world, tmp_path) as engine:
        assert world.paused("chore-weekly")
        job = await done(engine, "schedule.unpause", schedule="chore-weekly")
        assert job.outcome is Outcome.DONE
        assert not world.paused("chore-weekly")
        job = await done(engine, "schedule.pause", schedule="chore-weekly", reason="again")
        assert job.outcome is Outcome.DONE
        assert world.paused("chore-weekly")
        runs = await engine.journal.runs("acme")
        assert {call.door for run in runs for call in run.calls} == {"ctrl-api"}


async def test_a_trigger_gives_a_new_run(world: World, tmp_path: Path) -> None:
    asked = 'WorkflowType="PlaneSyncWorkflow"'
    async with engine_over(world, tmp_path) as engine:
        before = len(world.runs(asked))
        job = await done(engine, "schedule.trigger", schedule="al-plane-sync")
        assert job.outcome is Outcome.DONE, job.text
    worlds.until(lambda: len(world.runs(asked)) == before + 1, "the new run")


@pytest.mark.parametrize("kind", ["LearningWorkflow", "DriftWorkflow"])
async def test_a_stuck_workflow_is_restarted(world: World, tmp_path: Path, kind: str) -> None:
    async with engine_over(world, tmp_path) as engine:
        rows = (await engine.sights.workflows("acme")).answer.rows
        (row,) = [row for row in rows if row.type == kind]
        job = await done(engine, "workflow.restart", workflow=row.workflow_id)
        assert job.outcome is Outcome.DONE, job.text
    (old,) = world.runs(f'RunId="{row.run_id}"')
    assert old["status"] == "WORKFLOW_EXECUTION_STATUS_TERMINATED"
    newest = max(world.runs(f'WorkflowType="{kind}"'), key=lambda each: each["startTime"])
    assert newest["execution"]["runId"] != row.run_id


async def test_a_run_that_has_ended_is_followed_by_its_schedule_alone(
    world: World, tmp_path: Path
) -> None:
    async with engine_over(world, tmp_path) as engine:
        rows = (await engine.sights.workflows("acme")).answer.rows
        (row,) = [row for row in rows if row.type == "LearningWorkflow"]
        world.temporal.said("workflow", "terminate", "-w", row.workflow_id, "-r", row.run_id)
        mine = f'RunId="{row.run_id}" AND ExecutionStatus="Terminated"'
        worlds.until(lambda: len(world.runs(mine)) == 1, "the end of the run in the list")
        job = await done(engine, "workflow.restart", workflow=row.workflow_id)
        assert job.outcome is Outcome.DONE, job.text
        assert job.text == "the stuck run had ended before, and al-learning has begun a new one"
        with pytest.raises(Refused, match="ended already"):
            await engine.board.plan("workflow.restart", "acme", {"workflow": row.workflow_id})


async def test_a_trigger_goes_over_ssh_where_the_api_refuses(world: World, tmp_path: Path) -> None:
    asked = 'WorkflowType="PlaneSyncWorkflow"'
    wrong = msgspec.structs.replace(world.tenant, api_key=Secret("ak_" + "0" * 40))
    async with engine_over(world._replace(tenant=wrong), tmp_path) as engine:
        before = len(world.runs(asked))
        job = await done(engine, "schedule.trigger", schedule="al-plane-sync")
        assert job.outcome is Outcome.DONE, job.text
        (run,) = await engine.journal.runs("acme")
        assert [(call.door, call.outcome) for call in run.calls] == [
            ("ctrl-api", Outcome.FAILED),
            ("ssh", Outcome.DONE),
        ]
    worlds.until(lambda: len(world.runs(asked)) == before + 1, "the new run")
