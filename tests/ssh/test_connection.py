"""Connections: opened lazily, bounded, lost, found dead, opened anew, closed without a trace."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.tenant.ssh.command import Command, script
from alfred_tui.tenant.ssh.dialling import Opener
from alfred_tui.tenant.ssh.door import SshDoor
from alfred_tui.tenant.ssh.errors import (
    ConnectionCut,
    DoorClosed,
    NameNotFound,
    NotSsh,
    Phase,
    SshError,
    TimedOut,
)
from alfred_tui.tenant.ssh.session import Session
from tests.ssh.doors import Doors, left_over, sockets
from tests.support.sshd import Sshd, silent, until

ID = Command(("true",))


async def test_a_connection_cut_in_the_middle_leaves_the_outcome_unknown(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(), server.tenant()
    begun = asyncio.Event()
    task = asyncio.create_task(
        door.run(
            tenant,
            script("echo begun; sleep 60"),
            on_line=lambda stream, line: begun.set(),
        )
    )
    async with asyncio.timeout(30):
        await begun.wait()
    server.cut_all()
    with pytest.raises(ConnectionCut) as told:
        await task
    assert (told.value.sent, told.value.phase) == (True, Phase.COMMAND)
    assert "Whether it was carried out is unknown" in str(told.value)
    # never run again by itself; the next one has a new connection
    assert len(server.log.matching("Starting session")) == 1
    assert (await door.run(tenant, Command(("echo", "next")))).stdout == b"next\n"
    assert len(server.log.matching("Accepted publickey")) == 2


async def test_an_end_without_all_of_its_output_is_no_result(
    server: Sshd, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program's status came; what still holds its output was not heard to the end."""
    door, tenant = doors.make(linger=60.0), server.tenant()
    ended = asyncio.Event()
    received = Session.exit_status_received

    def watching(self: Session, status: int) -> None:
        received(self, status)
        ended.set()

    monkeypatch.setattr(Session, "exit_status_received", watching)
    task = asyncio.create_task(door.run(tenant, script("sleep 60 & exit 0")))
    async with asyncio.timeout(30):
        await ended.wait()
    server.cut_all()
    with pytest.raises(ConnectionCut) as told:
        await task
    assert told.value.sent


async def test_a_connection_that_died_while_idle_costs_nobody_a_command(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, ID)
    server.cut_all()
    assert (await door.run(tenant, ID)).ok
    assert len(server.log.matching("Accepted publickey")) == 2


async def test_a_connection_that_died_silently_is_given_up_for_a_new_one(
    server: Sshd, doors: Doors
) -> None:
    """The server's process is stopped: the kernel still takes what we send."""
    door, tenant = doors.make(session=0.3, ending=0.1), server.tenant()
    await door.run(tenant, ID)
    frozen = server.sessions()
    for each in frozen:
        for one in (each, *each.children()):
            one.suspend()
    try:
        result = await door.run(tenant, Command(("echo", "next")))
    finally:
        for each in frozen:
            for one in (*each.children(), each):
                one.resume()
    assert result.stdout == b"next\n"
    assert len(server.log.matching("Accepted publickey")) == 2
    assert len(server.log.matching("Starting session")) == 2


async def test_a_dead_connection_is_found_by_keep_alive(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(keep_alive=0.1, missed=2), server.tenant()
    task = asyncio.create_task(door.run(tenant, Command(("sleep", "60"))))
    await asyncio.to_thread(server.log.wait_for, "Starting session")
    frozen = server.sessions()
    for each in frozen:
        for one in (each, *each.children()):
            one.suspend()
    try:
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionCut):
                await task
    finally:
        for each in frozen:
            for one in (*each.children(), each):
                one.resume()


async def test_an_idle_connection_is_closed_and_opened_anew(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(idle=0.05), server.tenant()
    await door.run(tenant, ID)
    await asyncio.to_thread(server.log.wait_for, "Disconnected from user")
    assert door.stats == (0, 0)
    assert (await door.run(tenant, ID)).ok
    assert len(server.log.matching("Accepted publickey")) == 2


async def test_silence_is_bounded_in_each_phase(server: Sshd, doors: Doors) -> None:
    door = doors.make(handshake=0.3, connect=0.3)
    with silent() as port, pytest.raises(TimedOut) as told:
        await door.run(server.tenant(port=port), ID)
    assert told.value.phase is Phase.BANNER
    with silent(b"SSH-2.0-OpenSSH_9.2p1\r\n") as port, pytest.raises(TimedOut) as told:
        await door.run(server.tenant("umbra", port=port), ID)
    assert (told.value.phase, told.value.limit) == (Phase.KEY_EXCHANGE, 0.3)
    with silent(b"SSH-2.0-OpenSSH_9.2p1\r\n" + b"\0" * 100) as port, pytest.raises(SshError):
        await door.run(server.tenant("vesper", port=port), ID)
    assert not told.value.sent


async def test_a_login_that_is_not_answered_is_bounded(
    server: Sshd, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = doors.make(login=0.3)
    entered = asyncio.Event()

    async def never(self: Opener, judge: object, offered: object) -> None:
        entered.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Opener, "keep", never)
    with pytest.raises(TimedOut) as told:
        await door.run(server.tenant(), ID)
    assert (told.value.phase, told.value.limit, entered.is_set()) == (Phase.LOGIN, 0.3, True)


async def test_a_connect_that_is_not_answered_is_bounded(server: Sshd, doors: Doors) -> None:
    """A listener whose queue is full takes no more."""
    waiting: list[socket.socket] = []
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            waiting.append(one)
        with pytest.raises(TimedOut) as told:
            await doors.make(connect=0.3).run(server.tenant(port=full.getsockname()[1]), ID)
    for one in waiting:
        one.close()
    assert (told.value.phase, told.value.limit) == (Phase.CONNECT, 0.3)


async def test_a_name_that_is_none_and_a_server_that_is_none(server: Sshd, doors: Doors) -> None:
    door = doors.make(handshake=5.0)
    with pytest.raises(NameNotFound):
        await door.run(server.tenant(host="no-such-host.invalid"), ID)
    with silent(b"HTTP/1.1 400 Bad Request\r\n" * 2000) as port, pytest.raises(NotSsh):
        await door.run(server.tenant("umbra", port=port), ID)


async def test_connecting_is_bounded_for_all_together(
    server: Sshd, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = doors.make(connecting=4)
    at_once = most = 0
    once = Opener._once

    async def counted(self: Opener, *arguments: Any) -> Any:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return await once(self, *arguments)
        finally:
            at_once -= 1

    monkeypatch.setattr(Opener, "_once", counted)
    done = await asyncio.gather(*(door.run(server.tenant(f"t{n}"), ID) for n in range(24)))
    assert all(each.ok for each in done)
    assert most == 4
    assert door.stats.connections == 24


async def test_nothing_is_left_after_closing(server: Sshd, tmp_path: Path) -> None:
    doors = Doors()
    before = sockets()
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, ID)
    begun = asyncio.Event()
    running = asyncio.create_task(
        door.run(tenant, script("echo; sleep 60"), on_line=lambda *_: begun.set())
    )
    cancelled = asyncio.create_task(door.run(tenant, Command(("sleep", "60"))))
    async with asyncio.timeout(30):
        await begun.wait()
    waiting = [asyncio.create_task(door.run(tenant, ID)) for _ in range(5)]
    with silent() as port:
        opening = asyncio.create_task(door.run(server.tenant("umbra", port=port), ID))
        assert await asyncio.to_thread(until, lambda: sockets() >= before + 4)
        cancelled.cancel()
        async with asyncio.timeout(30):
            await doors.close()
        done = await asyncio.gather(running, opening, *waiting, return_exceptions=True)
    assert [type(each) for each in done] == [ConnectionCut] + [DoorClosed] * 6
    await asyncio.gather(cancelled, return_exceptions=True)
    await asyncio.sleep(0)
    assert left_over() == []
    assert await asyncio.to_thread(until, lambda: sockets() == before)
    with pytest.raises(DoorClosed):
        await door.run(tenant, ID)


async def test_a_tenant_that_is_gone_is_closed(server: Sshd, doors: Doors) -> None:
    door: SshDoor = doors.make()
    await door.run(server.tenant(), ID)
    await door.forget("acme")
    await door.forget("nobody")
    await asyncio.to_thread(server.log.wait_for, "Disconnected from user")
    assert door.stats == (0, 0)
    assert (await door.run(server.tenant(), ID)).ok
