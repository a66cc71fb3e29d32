"""Two programs on one store: what one of them changes the other sees while it runs."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType, FunctionType, ModuleType

import msgspec
import psutil
import pytest
import sqlalchemy

from alfred_tui.config import Paths, load_settings
from alfred_tui.engine import Engine
from alfred_tui.engine.quieter import Quieter
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.demo_day import DemoDay
from alfred_tui.model.history import EventKind
from alfred_tui.model.limits import Limits
from alfred_tui.model.quiet import Acked, Quiet, QuietKind, acked
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.engine.test_engine import pills, running, stored, until
from tests.fleet.makers import Story, host
from tests.support.simulator import simulator

NOT_OURS = (type, ModuleType, FunctionType, FrameType, asyncio.AbstractEventLoop, asyncio.Future)
NOT_OURS += (sqlalchemy.Engine,)
"""From where one gets to everything, this test among it; and who keeps a few statements whole."""


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Path]:
    """The inventory of a running fleet of four that is well."""
    with simulator(tmp_path, tenants=4) as inventory:
        yield inventory


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alfred_tui.engine.engine.FOLLOW_EVERY", 0.05)


async def test_tenants_come_and_go_while_it_runs(tmp_path: Path, listed: Path) -> None:
    first, *others = read_inventory(listed)
    other = Store.open(Paths(tmp_path / "home"))
    other.put_tenants([first])
    async with running(tmp_path / "home") as engine:
        await until(lambda: pills(engine) == {Pill.OK}, "the first is well")
        seen = engine.view(first.name)
        engine.take_changes()
        other.put_tenants(others)
        await until(lambda: len(engine.views()) == 4, "the others have come")
        assert engine.take_changes().membership
        await until(lambda: pills(engine) == {Pill.OK}, "the others are looked at")
        assert seen is not None
        kept = engine.view(first.name)
        assert kept is not None
        assert kept.since == seen.since, "those that stayed keep what is known"
        other.remove_tenant(first.name)
        await until(lambda: first.name not in engine.views(), "the first has gone")
        looks = engine.diagnostics().looks_total
        await until(lambda: engine.diagnostics().looks_total > looks + 3, "further looks")
        assert {t.name for t in engine.tenants()} == {t.name for t in others}
    other.close()


async def test_a_wish_of_another_program_is_followed_and_outlives_a_restart(
    tmp_path: Path, listed: Path
) -> None:
    home = stored(tmp_path / "home", listed)
    name = read_inventory(listed)[0].name
    now = datetime.now(UTC)
    other = Store.open(Paths(home))
    async with running(home) as engine:
        until_then = now + timedelta(hours=1)
        other.quiets.put([Quiet(QuietKind.MUTE, now, until_then, tenant=name, reason="r")], now)
        await until(lambda: engine.views()[name].marks == "z", "the mark")
        assert [wish.tenant for wish in engine.quiet.wishes] == [name]
    async with running(home) as engine:
        assert engine.views()[name].marks == "z"
        await engine.quiet.end(engine.quiet.wishes)
        assert engine.views()[name].marks == ""
        assert name in engine.take_changes().ids
    assert other.quiets.read(now) == []
    other.close()


async def test_the_demo_that_stands_in_gives_way_to_the_fleet(tmp_path: Path, listed: Path) -> None:
    home = tmp_path / "home"
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}), empty=True)
    ours = psutil.Process()
    before = set(ours.children(recursive=True))
    await engine.start()
    demo = set(ours.children(recursive=True)) - before
    try:
        assert engine.status().demo
        assert demo
        assert len(engine.views()) == 24
        assert engine._invented is not None
        assert engine._invented.paths is not None
        files = engine._invented.paths.home
        await engine.quiet.mute(
            [next(iter(engine.views()))], "", engine.now() + timedelta(hours=1), "demo's own"
        )
        stored(home, listed)
        await until(lambda: not engine.status().demo, "the fleet instead of the demo")
        assert set(engine.views()) == {tenant.name for tenant in read_inventory(listed)}
        assert engine.take_changes().membership
        await until(lambda: pills(engine) == {Pill.OK}, "it is looked at")
        assert engine.quiet.wishes == []
        assert not files.exists()
        assert await engine.past.events() == [], "the demo's"
        await until(lambda: bool(engine.hours_of(next(iter(engine.views())))), "it is remembered")
    finally:
        await engine.stop()
    assert [child for child in demo if child.is_running()] == []
    again = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}))
    assert len(again.views()) == 4
    await again.stop()


async def test_a_demo_that_was_asked_for_stays(tmp_path: Path, listed: Path) -> None:
    home = stored(tmp_path / "home", listed)
    settings = load_settings({}, {"ALFRED_TUI_HOME": str(home)})
    engine = Engine(settings, demo=DemoDay())
    await engine.start()
    try:
        looks = engine.diagnostics().looks_total
        await until(lambda: engine.diagnostics().looks_total > looks + 40, "looks")
        assert engine.status().demo
    finally:
        await engine.stop()


class Desk:
    """A story with a quieter over a real store."""

    def __init__(self, home: Path) -> None:
        self.store = Store.open(Paths(home))
        self.story = Story().well()
        self.store.put_tenants([self.story.tenant])
        self.changed: set[str] = set()
        self.quieter = Quieter(
            self.store.quiets, self._run, self.state, lambda: self.story.at, self.changed
        )

    @property
    def state(self) -> FleetState:
        return self.story.state

    def seen(self) -> dict[str, tuple[Acked, ...]]:
        """What a person is shown."""
        return {"acme": acked(self.state.views["acme"].reasons)}

    async def _run(self, work: object) -> object:
        assert callable(work)
        return work()


async def test_an_acknowledgement_ends_in_the_store_when_its_reason_heals(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.story.see(host(93.0))
    await desk.quieter.acknowledge({**desk.seen(), "nobody": desk.seen()["acme"]}, "on it")
    assert desk.changed == {"acme"}
    assert desk.state.views["acme"].quiet
    await desk.quieter.follow()
    assert len(desk.store.quiets.read(desk.story.at)) == 1
    desk.story.see(host(40.0), host(40.0))
    await desk.quieter.follow()
    assert desk.store.quiets.read(desk.story.at) == []
    newest, oldest = desk.store.history.events()
    assert newest.kind is oldest.kind is EventKind.QUIET
    assert "loud again" in newest.text
    assert "acknowledged disk-high" in oldest.text
    assert "@" in oldest.who
    desk.store.close()


async def test_a_store_that_cannot_be_written_keeps_the_end_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    desk.story.see(host(93.0))
    await desk.quieter.acknowledge(desk.seen(), "on it")
    desk.story.see(host(40.0), host(40.0))
    with monkeypatch.context() as patched:
        patched.setattr(desk.store.quiets, "shrink", _full)
        await desk.quieter.follow()
    assert len(desk.store.quiets.read(desk.story.at)) == 1
    await desk.quieter.follow()
    assert desk.store.quiets.read(desk.story.at) == []
    desk.store.close()


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_settings_of_a_tenant_that_is_not_there_are_said(tmp_path: Path) -> None:
    import asyncio

    (tmp_path / "config.toml").write_text("[tenants.acmee.limits]\ndisk_degraded = 95\n")
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(tmp_path)}))

    async def look() -> tuple[str, ...]:
        await engine.start(poll=False)
        try:
            return engine.status().trouble
        finally:
            await engine.stop()

    assert asyncio.run(look()) == ("settings name tenants that are not there: acmee",)
    assert Limits().disk_degraded == 90.0


def holders_of(root: object, name: str) -> list[str]:
    """By which ways one gets from an object to a text with a tenant's name in it."""
    found, seen, waiting = [], {id(root)}, [(root, type(root).__name__)]
    while waiting:
        held, way = waiting.pop()
        if isinstance(held, msgspec.Struct):
            parts = [getattr(held, field) for field in held.__struct_fields__]
        else:
            parts = gc.get_referents(held)
        for part in parts:
            if isinstance(part, str) and name in part:
                found.append(f"{way}: {part[:60]!r}")
            if id(part) in seen or isinstance(part, NOT_OURS):
                continue
            seen.add(id(part))
            waiting.append((part, f"{way} {type(part).__name__}"[-200:]))
    return found


async def test_of_a_tenant_that_has_gone_nothing_is_held(tmp_path: Path, listed: Path) -> None:
    tenants = read_inventory(listed)
    name = tenants[0].name
    other = Store.open(Paths(tmp_path / "home"))
    other.put_tenants(tenants)
    async with running(tmp_path / "home") as engine:
        await until(lambda: pills(engine) == {Pill.OK}, "all are well")
        await engine.sights.host(name)
        assert holders_of(engine, name), "the walk finds what is there"
        other.remove_tenant(name)
        await until(lambda: name not in engine.views(), "it has gone")

        def held() -> list[str]:
            engine.take_changes()
            return holders_of(engine, name)

        try:
            # looks under way end by themselves
            await until(lambda: not held(), "nothing of it is held")
        finally:
            print(held())
    other.close()
