"""Operations and digests against a real Docker engine with ``docker compose`` and a registry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.engine.digests import over_ssh
from alfred_tui.model.look import Door
from alfred_tui.model.operation import Outcome
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.board import Job, Yes
from alfred_tui.ops.containers import STAYS, Restart
from alfred_tui.ops.images import wrong
from alfred_tui.ops.operation import Refused
from tests.docker import world as made
from tests.docker.world import CHECKED, LOCAL, LOOPING, PAUSED, STOPPED, UNHEALTHY, WELL, World
from tests.support.docker import until

PATIENCE = 60.0
ALL = {WELL, CHECKED, LOOPING, PAUSED, STOPPED, UNHEALTHY, LOCAL}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with made.world(tmp_path_factory.mktemp("docker")) as running:
        yield running


@pytest.fixture
def world(shared: World) -> World:
    shared.settle()
    shared.api.asked.clear()
    return shared


@asynccontextmanager
async def engine_over(world: World, folder: Path, **limits: float) -> AsyncIterator[Engine]:
    home = world.stored(folder / "home")
    flags = {f"limits.{name}": value for name, value in limits.items()}
    engine = Engine(load_settings(flags, {"ALFRED_TUI_HOME": str(home)}))
    await engine.start(poll=False)
    try:
        yield engine
    finally:
        await engine.stop()


async def does(engine: Engine, what: str, service: str) -> Job:
    plan = await engine.board.plan(f"container.{what}", "acme", {"service": service})
    job = await engine.board.start(plan, Yes.KEY)
    await job.done()
    return job


def posts(world: World) -> list[str]:
    return [line.partition("/containers/")[2] for line in world.api.asked if "POST" in line]


async def test_a_restart_is_a_younger_container_that_stays(world: World, tmp_path: Path) -> None:
    before = world.docker.state(WELL)
    async with engine_over(world, tmp_path) as engine:
        job = await does(engine, "restart", WELL)
    assert job.outcome is Outcome.DONE, job.text
    assert job.text.startswith("alfred is running again, up ")
    after = world.docker.state(WELL)
    assert after["Status"] == "running"
    assert str(after["StartedAt"]) > str(before["StartedAt"])
    assert posts(world) == [f"{WELL}/restart"]


async def test_a_guarded_restart_is_sent_with_its_header_and_ends_healthy(
    world: World, tmp_path: Path
) -> None:
    before = world.docker.state(CHECKED)
    async with engine_over(world, tmp_path) as engine:
        job = await does(engine, "restart", CHECKED)
    assert job.outcome is Outcome.DONE, job.text
    assert world.health(CHECKED) == "healthy"
    assert str(world.docker.state(CHECKED)["StartedAt"]) > str(before["StartedAt"])


async def test_a_stop_takes_it_off_the_list_and_a_start_brings_it_back(
    world: World, tmp_path: Path
) -> None:
    async with engine_over(world, tmp_path) as engine:
        job = await does(engine, "stop", WELL)
        assert (job.outcome, job.text) == (Outcome.DONE, f"{WELL} is stopped")
        assert world.docker.state(WELL)["Status"] == "exited"
        with pytest.raises(Refused, match="start it instead"):
            await engine.board.plan("container.restart", "acme", {"service": WELL})
        job = await does(engine, "start", WELL)
        assert (job.outcome, job.text) == (Outcome.DONE, f"{WELL} is running")
        assert world.docker.state(WELL)["Status"] == "running"
        with pytest.raises(Refused, match="running already"):
            await engine.board.plan("container.start", "acme", {"service": WELL})
    assert posts(world) == [f"{WELL}/stop", f"{WELL}/start"]


async def test_both_ways_list_the_same(world: World, tmp_path: Path) -> None:
    async with engine_over(world, tmp_path / "api") as engine:
        by_api = await engine.sights.containers("acme")
    async with engine_over(world.without_api(), tmp_path / "ssh") as engine:
        by_ssh = await engine.sights.containers("acme")
    assert (by_api.door, by_ssh.door) == (Door.API, Door.SSH)
    assert by_ssh.instead.startswith("ctrl-api: ")
    api, ssh = by_api.answer.by_service, by_ssh.answer.by_service
    assert ssh.keys() == ALL - {STOPPED}
    for service, row in ssh.items():
        same = api[service]
        assert (row.container_id, row.created_at) == (same.container_id, same.created_at)
        assert (row.image, row.image_id) == (same.image, same.image_id)
        if service != LOOPING:
            assert (row.state, row.health) == (same.state, same.health)


async def test_with_the_api_gone_services_are_moved_over_ssh(world: World, tmp_path: Path) -> None:
    before = world.docker.state(WELL)
    async with engine_over(world.without_api(), tmp_path) as engine:
        job = await does(engine, "restart", WELL)
        assert job.outcome is Outcome.DONE, job.text
        assert str(world.docker.state(WELL)["StartedAt"]) > str(before["StartedAt"])
        job = await does(engine, "stop", CHECKED)
        assert (job.outcome, job.text) == (Outcome.DONE, f"{CHECKED} is stopped")
        assert world.docker.state(CHECKED)["Status"] == "exited"
        job = await does(engine, "start", CHECKED)
        assert (job.outcome, job.text) == (Outcome.DONE, f"{CHECKED} is running")
        assert world.health(CHECKED) == "healthy"
    assert posts(world) == []


@pytest.mark.parametrize("tries", [0.3, STAYS - 3])
async def test_the_restart_of_one_in_a_loop_is_told_as_failed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tries: float
) -> None:
    # longer than it takes to be taken for well, and looked at often: each try is seen
    monkeypatch.setattr(Restart, "within", 2 * STAYS)
    monkeypatch.setattr(Restart, "every", 0.2)
    world.pace(tries)
    async with engine_over(world, tmp_path) as engine:
        job = await does(engine, "restart", LOOPING)
        world.pace(0.3)
        assert job.outcome is Outcome.FAILED, job.text
        assert job.text.startswith("not seen: until alfred-learn is listed")
    until(lambda: bool(world.docker.state(LOOPING)["RestartCount"]), "a restart loop")
    assert posts(world) == [f"{LOOPING}/restart"]


async def test_the_restart_of_a_paused_one_ends_the_pause(world: World, tmp_path: Path) -> None:
    async with engine_over(world, tmp_path) as engine:
        job = await does(engine, "restart", PAUSED)
    assert job.outcome is Outcome.DONE, job.text
    state = world.docker.state(PAUSED)
    assert (state["Status"], state["Paused"]) == ("running", False)


async def test_an_update_of_one_with_a_paused_service_is_said_to_fail(
    world: World, tmp_path: Path
) -> None:
    """It is: ``up`` cannot start a paused container."""
    async with engine_over(world, tmp_path) as engine:
        rows = (await engine.sights.containers("acme")).answer.by_service
    assert "ends as failed" in wrong(rows)[0]
    with pytest.raises(AssertionError, match="cannot start a paused container"):
        world.docker.compose("up", "--detach")


async def test_a_service_whose_container_was_removed_is_not_started_whatever_is_answered(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alfred_tui.ops.containers import Start

    monkeypatch.setattr(Start, "within", 3.0)
    world.docker.compose("rm", "--stop", "--force", STOPPED)
    async with engine_over(world, tmp_path) as engine:
        plan = await engine.board.plan("container.start", "acme", {"service": STOPPED})
        job = await engine.board.start(plan, Yes.ENTER)
        assert await job.done() is Outcome.FAILED
        assert "not seen" in job.text


async def test_each_trouble_is_judged_as_what_it_is(world: World, tmp_path: Path) -> None:
    # no patience with what is new or unhealthy: all of it has just been made
    async with engine_over(world, tmp_path, start_allowance=1.0, unhealthy_for=1.0) as engine:
        rows = (await engine.sights.containers("acme")).answer.by_service
        assert rows.keys() == ALL - {STOPPED}, "neither the stopped one nor the one-shot"
        assert (rows[PAUSED].state, rows[UNHEALTHY].health) == ("paused", "unhealthy")
        assert (rows[WELL].state, rows[WELL].health) == ("running", "")
        assert rows[CHECKED].health == "healthy"
        assert rows[LOOPING].state in ("restarting", "running")
        assert rows[WELL].image == world.image
        image = str(world.docker.state(WELL)["Image"])
        assert image.startswith(f"sha256:{rows[WELL].image_id}")

        wanted = {
            ("service-paused", PAUSED),
            ("service-unhealthy", UNHEALTHY),
            ("service-restarting", LOOPING),
        }
        told: set[tuple[str, str]] = set()
        async with asyncio.timeout(PATIENCE):
            while not told >= wanted:
                await engine.sights.containers("acme")
                view = engine.view("acme")
                assert view is not None
                told = {(reason.rule, reason.subject) for reason in view.reasons}
        assert not {(rule, name) for rule, name in told if name in (WELL, CHECKED, LOCAL)}
        assert view.pill in (Pill.DEGRADED, Pill.DOWN)


async def test_digests_are_what_the_registry_says_and_of_a_local_image_none(
    world: World, tmp_path: Path
) -> None:
    async with engine_over(world, tmp_path) as engine:
        found = await over_ssh(engine.workshop.ssh)(world.tenant)
    images = {image.service: image for image in found}
    # one in a loop runs only at times; Docker lists it either way
    assert images.keys() == ALL - {STOPPED}
    for service, image in images.items():
        assert image.image_id == world.docker.state(service)["Image"]
        assert image.digests == (() if service == LOCAL else (world.docker.digest(world.image),))
    assert images[WELL].reference == world.image


async def test_a_release_has_another_digest_once_it_was_pulled_and_the_old_one_is_kept(
    world: World, tmp_path: Path
) -> None:
    async with engine_over(world, tmp_path) as engine:
        asks = over_ssh(engine.workshop.ssh)
        store = engine._store
        assert store is not None
        before = {image.service: image for image in await asks(world.tenant)}[WELL]
        store.digests.keep("acme", [before], engine.now())
        fresh = world.docker.publish("alfred")
        assert fresh == world.image
        world.docker.compose("pull", "--quiet", WELL)
        unchanged = {image.service: image for image in await asks(world.tenant)}[WELL]
        assert unchanged.image_id == before.image_id, "it runs on until it is recreated"
        world.docker.compose("up", "--detach", "--no-deps", WELL)
        after = {image.service: image for image in await asks(world.tenant)}[WELL]
        store.digests.keep("acme", [after], engine.now())
        assert after.image_id != before.image_id
        assert after.digests == (world.docker.digest(fresh),)
        assert [each.image for each in store.digests.of("acme")] == [after, before]
        # the way back: what was kept can be pulled again by it
        world.docker.said("pull", "--quiet", before.digests[0])
        said = world.docker.said("image", "inspect", "--format", "{{.Id}}", before.digests[0])
        assert said.strip() == before.image_id
