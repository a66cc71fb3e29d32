"""Every way in against a real sshd behind a running engine, when its host key changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from alfred_tui.config import Paths
from alfred_tui.engine import Engine
from alfred_tui.model.look import Door, Look
from alfred_tui.model.operation import Outcome, ShellCall
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.operation import Unseen
from alfred_tui.store.store import Store
from alfred_tui.tenant.ssh.command import Command
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    HostKeyChanged,
    LockedOut,
    Refused,
    SshError,
)
from tests.ssh.doors import Doors
from tests.support.commands import alfred
from tests.support.ops import Fleet, engine_over, fleet
from tests.support.sshd import Sshd, running

RULE = "host-key-changed"


class Watched(NamedTuple):
    """A fleet whose first tenant has a real sshd."""

    fleet: Fleet
    server: Sshd
    name: str


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with _watched(tmp_path) as made:
        yield made


@contextmanager
def _watched(folder: Path) -> Iterator[Watched]:
    room = folder / "sshd"
    room.mkdir()
    with fleet(folder) as simulated, running(room) as server:
        store = Store.open(Paths(simulated.home))
        first = store.tenants()[0]
        store.put_tenants([msgspec.structs.replace(first, ssh=server.tenant().ssh)])
        store.close()
        yield Watched(simulated, server, first.name)


@asynccontextmanager
async def seen(watched: Watched) -> AsyncIterator[Engine]:
    """An engine that has looked at everybody once."""
    async with engine_over(watched.fleet) as engine:
        await engine.look_once()
        view = engine.view(watched.name)
        assert view is not None
        assert view.pill is Pill.OK
        yield engine


def red(engine: Engine, name: str) -> str:
    """What the tenant's view says of its host key; empty where nothing."""
    view = engine.view(name)
    assert view is not None
    told = [reason for reason in view.reasons if reason.rule == RULE]
    assert (view.pill is Pill.DOWN) is bool(told)
    return told[0].text if told else ""


async def changed(watched: Watched) -> tuple[str, str]:
    """The server has another key from now on; the old fingerprint and the new one."""
    old = watched.server.host_key().fingerprint
    new = watched.server.new_host_key().fingerprint
    await asyncio.to_thread(watched.server.restart)
    return old, new


async def test_a_changed_key_is_refused_on_every_way_and_red_until_it_is_pinned(
    watched: Watched,
) -> None:
    name, server = watched.name, watched.server
    async with seen(watched) as engine:
        assert await engine.ways.way_in(name)
        assert red(engine, name) == ""
        logins = len(server.log.matching("Accepted publickey"))
        old, new = await changed(watched)
        house = engine.workshop.house
        ways_in = {
            "look": engine.sights.host(name),
            "question": house.eyes(name).ask(("true",)),
            "shell": engine.ways.way_in(name),
        }
        for way, work in ways_in.items():
            with pytest.raises((Unseen, HostKeyChanged), match="HOST KEY CHANGED") as told:
                await work
            assert old in str(told.value), way
            assert new in str(told.value), way
        answer = await house.send(name, ShellCall("runs", ("true",), limit=5.0))
        assert answer.outcome is Outcome.NOT_SENT
        assert "HOST KEY CHANGED" in answer.text
        assert len(server.log.matching("Accepted publickey")) == logins
        text = red(engine, name)
        assert old in text
        assert new in text
        fact = next(fact for fact in engine.facts(name) if fact.label == Look.SHELL.value)
        assert (fact.door, fact.pill) == (Door.SSH, Pill.DEGRADED)

        await engine.ways.repin(name, new)
        assert red(engine, name) == ""
        assert await engine.ways.way_in(name)
        assert (await house.eyes(name).ask(("echo", "in"))).out.strip() == "in"


async def test_a_repin_while_nobody_looks_ends_it_for_the_next_start(watched: Watched) -> None:
    name = watched.name
    async with seen(watched) as engine:
        assert await engine.ways.way_in(name)
        _, new = await changed(watched)
        with pytest.raises(HostKeyChanged):
            await engine.ways.way_in(name)
        assert red(engine, name)
    async with engine_over(watched.fleet) as engine:
        await engine.look_once()
        assert new in red(engine, name), "the API says nothing of it"
    async with engine_over(watched.fleet) as engine:
        await engine.ways.repin(name, new)
    async with engine_over(watched.fleet) as engine:
        await engine.look_once()
        assert red(engine, name) == ""


async def test_a_repin_of_another_key_than_the_one_shown_pins_nothing(watched: Watched) -> None:
    name = watched.name
    async with seen(watched) as engine:
        await engine.ways.way_in(name)
        old, shown = await changed(watched)
        with pytest.raises(HostKeyChanged):
            await engine.ways.way_in(name)
        _, other = await changed(watched)
        with pytest.raises(HostKeyChanged):
            await engine.ways.repin(name, shown)
        text = red(engine, name)
        assert old in text, "what is pinned is still the old one"
        with pytest.raises(HostKeyChanged) as told:
            await engine.ways.way_in(name)
        assert [key.fingerprint for key in told.value.pinned] == [old]
        assert told.value.offered.fingerprint == other


async def test_the_old_key_come_back_is_well_at_once(watched: Watched) -> None:
    name, server = watched.name, watched.server
    async with seen(watched) as engine:
        await engine.ways.way_in(name)
        before = server.host_keys["ed25519"]
        await changed(watched)
        with pytest.raises(HostKeyChanged):
            await engine.ways.way_in(name)
        assert red(engine, name)
        server.host_keys["ed25519"] = before
        await asyncio.to_thread(server.restart)
        await engine.ways.way_in(name)
        assert red(engine, name) == ""


async def test_a_shell_is_judged_anew_though_a_connection_stands(
    server: Sshd, doors: Doors
) -> None:
    """sshd's children serve on while another server listens already, with another key."""
    door, tenant = doors.make(), server.tenant()
    sitting = asyncio.create_task(door.run(tenant, Command(("sleep", "2"))))
    await asyncio.to_thread(server.log.wait_for, "Starting session")
    server.new_host_key()
    await asyncio.to_thread(server.stop_listening)
    server.start()
    assert (await door.run(tenant, Command(("true",)))).ok, "the old connection still serves"
    with pytest.raises(HostKeyChanged):
        await door.secure(tenant)
    with pytest.raises(HostKeyChanged):
        await door.run(tenant, Command(("true",)))
    assert (await sitting).ok, "what was under way ends where it began"


async def test_a_shell_opens_a_connection_of_its_own_and_gives_the_old_one_up(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, Command(("true",)))
    for _ in range(3):
        await door.secure(tenant)
    assert door.stats.connections == 1
    assert len(server.log.matching("Accepted publickey")) == 4
    await asyncio.gather(*(door.secure(tenant) for _ in range(5)))
    assert len(server.log.matching("Accepted publickey")) == 5, "who waited takes what came"
    assert (await door.run(tenant, Command(("true",)))).ok
    assert len(server.log.matching("Accepted publickey")) == 5


async def test_what_keeps_a_person_out_is_a_fact_but_no_fault_of_the_tenant(
    watched: Watched,
) -> None:
    name, server = watched.name, watched.server
    async with seen(watched) as engine:
        server.refuse_everybody()
        await asyncio.to_thread(server.restart)
        kinds: list[type[SshError]] = []
        for shut in (False, False, True):
            if shut:
                await asyncio.to_thread(server.stop_listening)
                await engine.ways.allow(name)
            with pytest.raises((AuthenticationFailed, LockedOut, Refused)) as told:
                await engine.ways.way_in(name)
            kinds.append(told.type)
        assert kinds == [AuthenticationFailed, AuthenticationFailed, LockedOut]
        assert len(server.log.matching("Connection from")) == 1, "a refused key is tried once"
        fact = next(fact for fact in engine.facts(name) if fact.label == Look.SHELL.value)
        assert fact.value.startswith("locked out")
        assert "until" in fact.value
        view = engine.view(name)
        assert view is not None
        assert (view.pill, view.reasons) == (Pill.OK, ())


async def test_no_other_program_tries_a_refused_key_unless_a_person_asks_it_to(
    watched: Watched,
) -> None:
    name, server = watched.name, watched.server
    server.refuse_everybody()
    await asyncio.to_thread(server.restart)
    tried = len(server.log.matching("Connection from"))

    async def typed(*words: str) -> str:
        done = await asyncio.to_thread(alfred, watched.fleet.home, *words)
        assert done.returncode == 255, done
        return str(done.stderr)

    assert "refused the key" in await typed("run", name, "--", "true")
    assert "alfred-tui ssh" in await typed("run", name, "--", "true")
    async with seen(watched) as engine:
        with pytest.raises(Unseen, match="refused the key"):
            await engine.sights.host(name)
        fact = next(fact for fact in engine.facts(name) if fact.label == Look.SHELL.value)
        assert fact.value.startswith("key refused"), fact
    assert len(server.log.matching("Connection from")) == tried + 1
    assert "refused the key" in await typed("ssh", name, "--", "true")
    assert len(server.log.wait_for("Connection from", tried + 2)) == tried + 2
