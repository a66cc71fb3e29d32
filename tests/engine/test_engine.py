"""The engine over real sockets: a simulated fleet in another process, a store, and no screen."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from alfred_tui.config import Paths, load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.demo_day import DemoDay
from alfred_tui.model.history import Sample
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.board import Yes
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.support.simulator import faults, simulator

PATIENCE = 60.0


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Path]:
    """A home whose store has the four tenants of a running, quiet fleet."""
    with simulator(tmp_path, tenants=4) as listed:
        yield stored(tmp_path / "home", listed)


def stored(home: Path, listed: Path) -> Path:
    store = Store.open(Paths(home))
    store.put_tenants(read_inventory(listed))
    store.close()
    return home


def settings_of(home: Path, **poll: float) -> Engine:
    flags = {f"poll.{name}": value for name, value in poll.items()}
    return Engine(load_settings(flags, {"ALFRED_TUI_HOME": str(home)}))


@asynccontextmanager
async def running(home: Path, **poll: float) -> AsyncIterator[Engine]:
    engine = settings_of(home, **{"containers_interval": 1.0, **poll})
    before = asyncio.all_tasks()
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()
    assert asyncio.all_tasks() == before


async def until(met: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not met():  # noqa: ASYNC110 - what is waited for sets no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"never: {what}")


def pills(engine: Engine) -> set[Pill]:
    return {view.pill for view in engine.views().values()}


async def test_everybody_is_seen_and_kept_for_the_next_start(fleet: Path) -> None:
    async with running(fleet) as engine:
        assert engine.take_changes().membership
        await until(lambda: pills(engine) == {Pill.OK}, "all well")
        names = set(engine.views())
        assert engine.take_changes().ids == names
        await until(lambda: bool(engine.take_changes().ids), "further looks")
        status = engine.status()
        assert (status.counts.total, status.counts.ok, status.pollable) == (4, 4, 4)
        assert status.first_sweep_done
        await until(
            lambda: all("Temporal" in {f.group for f in engine.facts(n)} for n in names),
            "the pulse of everybody",
        )
        engine.set_interval(600)  # what follows is from the store
        first = sorted(names)[0]
        await until(lambda: bool(engine.hours_of(first)), "the first sample")
        begin, end = engine.now() - timedelta(hours=1), engine.now() + timedelta(minutes=1)
        (sample,) = await engine.past.samples(first, begin, end)
        assert (sample.pill, sample.seen == sample.expected) == (Pill.OK, True)
        assert engine.hours_of(first)[-1] is Pill.OK
        assert await engine.past.events() == [], "nothing changed"
    again = settings_of(fleet)
    assert set(again.views()) == names
    assert pills(again) == {Pill.OK}
    assert again.status().polled == 0, "nothing old may look live"
    await again.stop()


async def test_paused_it_asks_nobody_and_says_that_what_it_shows_is_old(fleet: Path) -> None:
    async with running(fleet) as engine:
        await until(lambda: pills(engine) == {Pill.OK}, "all well")
        engine.pause()
        await until(lambda: engine.diagnostics().in_flight == 0, "the last look")
        asked = engine.diagnostics().looks_total
        await until(lambda: pills(engine) == {Pill.STALE}, "all stale")
        assert engine.diagnostics().looks_total == asked
        assert engine.status().paused
        engine.resume()
        await until(lambda: pills(engine) == {Pill.OK}, "all well again")


async def test_refresh_looks_at_those_asked_for_and_at_all_of_them(fleet: Path) -> None:
    async with running(fleet, containers_interval=600) as engine:
        await until(lambda: None not in {v.oldest for v in engine.views().values()}, "first looks")
        first, *others = sorted(engine.views())
        before = {name: view.oldest for name, view in engine.views().items()}
        engine.refresh([first])
        await until(lambda: engine.views()[first].oldest != before[first], "a new look")
        assert all(engine.views()[name].oldest == before[name] for name in others)
        engine.set_interval(1)
        await until(
            lambda: all(engine.views()[name].oldest != before[name] for name in others),
            "the shorter interval",
        )


async def test_dead_hosts_delay_nobody(tmp_path: Path) -> None:
    """They hang for minutes and would fill every place; the others are looked at meanwhile."""
    black = [{"tenant": index, "fault": "host-blackholed"} for index in (0, 20)]
    with simulator(tmp_path, *faults(tmp_path, *black), tenants=40) as listed:
        home = stored(tmp_path / "home", listed)
        tenants = [tenant.name for tenant in read_inventory(listed)]
        dead = {tenants[0], tenants[20]}
        slots = {"max_in_flight": 2, "patience": 0.2, "connect_timeout": 300}
        async with running(home, **slots) as engine:
            looks: dict[str, int] = dict.fromkeys(engine.views(), 0)
            heard = engine._apply

            def count(seen: Observation) -> None:
                looks[seen.tenant] += seen.look is Look.CONTAINERS
                heard(seen)

            assert engine._poller is not None
            engine._poller._hand_over = count
            alive = looks.keys() - dead
            await until(lambda: min(looks[name] for name in alive) >= 3, "three looks at everybody")
            assert [looks[name] for name in dead] == [0, 0], "the dead hang all the while"
            assert {engine.views()[name].pill for name in alive} <= {Pill.OK, Pill.DEGRADED}


async def test_a_change_is_an_event_with_its_reasons_and_in_the_strip(tmp_path: Path) -> None:
    with simulator(tmp_path, tenants=2) as listed:
        name = read_inventory(listed)[0].name
        async with running(stored(tmp_path / "home", listed)) as engine:
            await until(lambda: engine.views()[name].pill is Pill.OK, "well at first")
            # not one that the nightly backup stops, too
            plan = await engine.board.plan("container.stop", name, {"service": "openclaw"})
            await engine.board.start(plan, Yes.NAME, typed=name)
            await until(lambda: engine.views()[name].pill is Pill.DOWN, "the outage")
            await until(lambda: engine.hours_of(name)[-1] is Pill.DOWN, "the strip")
            (event,) = await engine.past.events(name)
            await until(lambda: not engine.board.running, "the job's end")
            (run,) = await engine.journal.runs()
    assert (event.before, event.after) == (Pill.OK, Pill.DOWN)
    assert [reason.rule for reason in event.reasons_after] == ["service-missing"]
    assert run.before == "ok"
    assert run.after in ("ok", f"down: {event.reasons_after[0].text}")


async def test_the_strip_of_earlier_days_is_there_as_soon_as_it_has_started(tmp_path: Path) -> None:
    home, now = tmp_path / "home", int(time.time())
    store = Store.open(Paths(home))
    store.put_tenants([Tenant("acme-law", "https://127.0.0.1:1")])
    store.history.write([Sample("acme-law", now - 7200, 600, Pill.DOWN)])
    store.close()
    async with running(home) as engine:
        assert Pill.DOWN in engine.hours_of("acme-law")[-4:], "before anything is awaited"


async def test_the_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}), demo=DemoDay())
    await engine.start()
    children = psutil.Process().children(recursive=True)
    try:
        assert len(engine.views()) == 24
        assert engine.status().demo
        assert engine._invented is not None
        assert engine._invented.paths is not None
        files = engine._invented.paths.home
        assert [path.name for path in files.glob("*.json")] == [], "its API keys"
        await until(lambda: Pill.DOWN in pills(engine) and Pill.OK in pills(engine), "trouble")
    finally:
        await engine.stop()
    assert [child for child in children if child.is_running()] == []
    assert not files.exists()
    assert not home.exists()


async def test_a_data_folder_that_vanishes_is_said_and_polling_goes_on(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.engine.care.KEEP_EVERY", 0.0)
    async with running(fleet) as engine:
        await until(lambda: pills(engine) == {Pill.OK}, "all well")
        shutil.rmtree(fleet)
        shutil.copy(__file__, fleet)
        await until(lambda: bool(engine.status().trouble), "the trouble")
        before = engine.diagnostics().looks_total
        await until(lambda: engine.diagnostics().looks_total > before + 4, "further looks")
        assert "not kept" in engine.status().trouble[0]
