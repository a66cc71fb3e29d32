"""When digests are asked for: of whom is well, has settled, and has something new; never in haste.

The clock is virtual; the last tests ask a simulated fleet over SSH.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest

from alfred_tui.engine import Engine
from alfred_tui.engine.digests import DigestKeeper, Pace, over_ssh
from alfred_tui.model.images import Image, KeptImage
from alfred_tui.model.tenant import SshTarget, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.errors import StoreDamaged
from alfred_tui.store.store import Store
from alfred_tui.tenant.ssh.errors import Refused
from tests.engine.test_engine import until
from tests.support.ops import Fleet, engine_over, fleet
from tests.support.virtual_loop import VirtualLoop, run_virtually

T = TypeVar("T")
EPOCH = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PACE = Pace()
DAY = 86_400.0


def ident(number: int) -> str:
    return f"sha256:{number:012x}{0:052x}"


class World:
    """Some tenants with what they run; counts who is asked when (the loop's seconds)."""

    def __init__(self, *names: str) -> None:
        self.tenants = [Tenant(name, "https://x.example:1", ssh=SshTarget("x")) for name in names]
        self.views: dict[str, TenantView] = {}
        for name in names:
            self.runs(name, 1)
        self.asked: list[tuple[str, float]] = []
        self.kept: list[KeptImage] = []
        self.fails = False
        self.at_once = self.most_at_once = 0
        self.takes = 1.0
        self.meanwhile: Callable[[], None] = lambda: None

    def runs(self, name: str, number: int, pill: Pill = Pill.OK) -> None:
        self.views[name] = TenantView(name, pill, images=(("alfred", ident(number)[7:19]),))

    async def asks(self, tenant: Tenant) -> Sequence[Image]:
        self.asked.append((tenant.name, asyncio.get_running_loop().time()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        seen = self.views[tenant.name].images
        await asyncio.sleep(self.takes)
        self.at_once -= 1
        self.meanwhile()
        if self.fails:
            raise Refused(tenant.name, "nothing listens")
        return [
            Image(service, "r/alfred:latest", image, ("r/alfred@x",)) for service, image in seen
        ]

    def keep(self, tenant: str, images: Sequence[Image], at: datetime) -> None:
        self.kept += [KeptImage(tenant, image, at, at) for image in images]

    def everywhere(self) -> list[KeptImage]:
        return list(self.kept)

    async def ask(self, work: Callable[[], T]) -> T:
        return work()

    def keeper(self, **more: Any) -> DigestKeeper:
        loop = asyncio.get_running_loop()
        began = loop.time()

        def now() -> datetime:
            return EPOCH + timedelta(seconds=loop.time() - began)

        return DigestKeeper(
            lambda: self.tenants, lambda: self.views, self.asks, self, self.ask, now, **more
        )


def watched(world: World, *steps: float | Callable[[], None]) -> None:
    """Let the keeper run for some seconds, do something, and so on."""

    async def all_of_it(_: VirtualLoop) -> None:
        job = asyncio.create_task(world.keeper().run())
        for step in steps:
            if callable(step):
                step()
            else:
                await asyncio.sleep(step)
        assert not job.done()
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job

    run_virtually(all_of_it)


def kept(world: World) -> list[tuple[str, int]]:
    return [(each.tenant, int(each.image.image_id[7:19], 16)) for each in world.kept]


def test_one_that_is_well_is_asked_once_it_has_settled_and_then_daily() -> None:
    world = World("acme")
    watched(world, PACE.settle - 20)
    assert world.asked == []
    watched(world, PACE.settle + 60)
    assert kept(world) == [("acme", 1)]
    watched(world, 0.85 * DAY)
    assert len(world.asked) == 1, "it was kept before this program began"
    watched(world, 1.2 * DAY)
    assert len(world.asked) == 2
    assert kept(world) == [("acme", 1)] * 2


@pytest.mark.parametrize("pill", [pill for pill in Pill if pill is not Pill.OK])
def test_one_that_is_not_well_is_never_asked(pill: Pill) -> None:
    world = World("acme")
    world.runs("acme", 1, pill)
    watched(world, 2 * DAY)
    assert world.asked == []


def test_a_new_image_is_asked_for_when_it_has_settled() -> None:
    world = World("acme")
    begun: list[float] = []

    def update() -> None:
        world.runs("acme", 2)
        begun.append(asyncio.get_running_loop().time())

    watched(world, PACE.settle + 60, update, PACE.settle + 60)
    assert kept(world) == [("acme", 1), ("acme", 2)]
    assert world.asked[1][1] >= begun[0] + PACE.settle


def test_one_that_was_unwell_for_a_moment_must_settle_anew() -> None:
    world = World("acme")

    def ill() -> None:
        world.runs("acme", 1, Pill.DEGRADED)

    watched(world, PACE.settle - 30, ill, 30, lambda: world.runs("acme", 1), PACE.settle - 30)
    assert world.asked == []


def test_an_answer_that_comes_when_it_is_not_well_any_more_is_not_kept() -> None:
    world = World("acme")
    world.meanwhile = lambda: world.runs("acme", 1, Pill.DOWN)
    watched(world, PACE.settle + 60)
    assert len(world.asked) == 1
    assert world.kept == []


def test_what_docker_does_not_tell_of_the_same_image_is_not_kept() -> None:
    world = World("acme")
    world.views["acme"] = TenantView("acme", Pill.OK, images=(("alfred", ident(7)[7:19]),))
    other = [Image("alfred", "r", ident(8)), Image("stranger", "r", ident(7))]

    async def asks(_: Tenant) -> Sequence[Image]:
        return other

    world.asks = asks  # type: ignore[method-assign]
    watched(world, PACE.settle + 60)
    assert world.kept == []


def test_a_failure_waits_and_waits_longer_each_time() -> None:
    world = World("acme")
    world.fails = True
    watched(world, 1.5 * DAY)
    times = [at for _, at in world.asked]
    waits = [later - at for at, later in pairwise(times)]
    assert len(waits) >= 4
    assert all(wait >= 0.9 * PACE.wait * 2**number for number, wait in enumerate(waits))
    assert all(wait <= 1.1 * PACE.wait * 2**number + 20 for number, wait in enumerate(waits))
    assert world.kept == []


def test_without_ssh_nobody_is_asked() -> None:
    world = World("acme")
    world.tenants = [Tenant("acme", "https://x.example:1")]
    watched(world, 2 * DAY)
    assert world.asked == []


def test_a_fleet_is_asked_one_after_another_and_few_at_a_time() -> None:
    world = World(*[f"t{number}" for number in range(40)])
    world.takes = 60.0
    watched(world, PACE.settle + 40 * 60)
    assert sorted({name for name, _ in world.asked}) == sorted(t.name for t in world.tenants)
    assert len(world.asked) == 40
    assert world.most_at_once == PACE.at_once
    times = [at for _, at in world.asked]
    gaps = [later - at for at, later in pairwise(times)]
    assert min(gaps) >= 0.5 * PACE.beat


def test_a_store_that_cannot_be_read_is_no_end() -> None:
    world = World("acme")

    def damaged() -> list[KeptImage]:
        raise StoreDamaged(Path("alfred.db"), "digests")

    world.everywhere = damaged  # type: ignore[method-assign]
    watched(world, PACE.settle + 60)
    assert kept(world) == [("acme", 1)]


# --- over SSH -------------------------------------------------------------------------------------

QUICK = Pace(beat=0.05, settle=0.2, again=3600.0, wait=0.5)


async def recorded(
    fleet: Fleet, ready: Callable[[Engine], bool], done: Callable[[Store], bool]
) -> list[KeptImage]:
    """What an engine's keeper has recorded by the time that it is ``done``."""
    async with engine_over(fleet) as engine:
        store = engine._store
        assert store is not None
        keeper = DigestKeeper(
            lambda: engine._tenants,
            engine.views,
            over_ssh(engine.workshop.ssh),
            store.digests,
            engine._threads.ask,
            engine.now,
            QUICK,
        )
        while not ready(engine):
            await engine.look_once()
        job = asyncio.create_task(keeper.run())
        try:
            await until(lambda: done(store), "digests")
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
        return store.digests.everywhere()


async def test_every_service_of_a_well_tenant_is_recorded_and_no_sick_one_s(
    tmp_path: Path,
) -> None:
    sick = {"tenant": 1, "fault": "service-paused", "service": "ollama", "at": 0}
    with fleet(tmp_path, sick, tenants=3) as three:
        well, ill, other = three.names

        def ready(engine: Engine) -> bool:
            views = engine.views()
            sick = views[ill].pill not in (Pill.OK, Pill.UNKNOWN)
            return sick and {views[well].pill, views[other].pill} == {Pill.OK}

        def done(store: Store) -> bool:
            return bool(store.digests.of(well) and store.digests.of(other))

        found = await recorded(three, ready, done)
        assert {each.tenant for each in found} == {well, other}
        for each in found:
            repository = each.image.reference.rpartition(":")[0]
            (digest,) = each.image.digests
            assert digest.startswith(f"{repository}@sha256:")
        services = {each.image.service for each in found if each.tenant == well}
        assert {"temporal", "alfred", "alfred-learn", "ctrl-api"} <= services
        asked = three.commands()
        assert not [line for line in asked if line.startswith(f"{ill} ")]
        assert len(asked) == 2, "one command a tenant"
