"""Sessions are few, whatever is asked at once; what is cancelled is gone, there and here."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from alfred_tui.tenant.ssh.command import Command, script
from alfred_tui.tenant.ssh.errors import Phase, TimedOut
from alfred_tui.tenant.ssh.interactive import interactive
from tests.ssh.doors import Doors
from tests.support.sshd import Sshd, alive, until

_EVENT = re.compile(r"(Starting|Close) session: .* from \S+ port (\d+)(?: on .*)? id (\d+)")


@pytest.fixture(autouse=True)
def nothing_left(server: Sshd) -> Iterator[None]:
    """A server that ends does not end what it started."""
    yield
    for each in _theirs(server):
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()


def most_at_once(server: Sshd) -> dict[str, int]:
    """By connection, from the server's own log."""
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for line in server.log.lines:
        if found := _EVENT.search(line):
            what, port, _ = found.groups()
            now[port] += 1 if what == "Starting" else -1
            most[port] = max(most[port], now[port])
    return dict(most)


async def test_a_hundred_at_once_use_one_connection_and_never_a_fourth_session(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(reserve=0), server.tenant()
    done = await asyncio.gather(
        *(door.run(tenant, Command(("echo", str(number)))) for number in range(100))
    )
    assert [each.text for each in done] == [f"{number}\n" for number in range(100)]
    server.log.wait_for("Close session", 100)
    assert list(most_at_once(server).values()) == [3]
    assert len(server.log.matching("Accepted publickey")) == 1
    assert server.log.matching("no more sessions") == []


async def test_one_after_another_never_asks_for_a_fourth(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(), server.tenant()
    for _ in range(20):
        await door.run(tenant, Command(("true",)))
    assert server.log.matching("no more sessions") == []
    assert len(server.log.matching("Accepted publickey")) == 1


async def test_a_person_at_a_shell_takes_no_session_of_ours(
    server: Sshd, doors: Doors, tmp_path: Path
) -> None:
    door, tenant = doors.make(reserve=0), server.tenant()
    way = interactive(tenant, await door.secure(tenant), tmp_path, Command(("cat",)))
    shell = await asyncio.create_subprocess_exec(
        *way.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        await asyncio.to_thread(server.log.wait_for, "Starting session")
        await asyncio.gather(*(door.run(tenant, Command(("true",))) for _ in range(60)))
    finally:
        async with asyncio.timeout(30):
            await shell.communicate(b"")
    server.log.wait_for("Close session", 60)
    assert sorted(most_at_once(server).values()) == [1, 3]
    assert server.log.matching("no more sessions") == []


async def test_one_place_is_kept_for_a_person(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(reserve=1, place=0.2), server.tenant()
    hold = Command(("cat", f"/dev/null/{server.port}", "-"))
    begun = [asyncio.create_task(door.run(tenant, _held(server))) for _ in range(2)]
    await asyncio.to_thread(server.log.wait_for, "Starting session", 2)
    assert door.stats.sessions == 2
    with pytest.raises(TimedOut) as told:
        await door.run(tenant, hold)
    assert (told.value.phase, told.value.sent) == (Phase.PLACE, False)
    assert (await door.run(tenant, Command(("true",)), person=True)).ok
    for each in begun:
        each.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


def _held(server: Sshd, how: str = "") -> Command:
    """Runs until it is ended, and is found by its words."""
    return script(how + 'while :; do sleep 5; done; : "$1"', _marker(server))


def _marker(server: Sshd) -> str:
    return f"ssh-held-{server.port}"


async def _begun(server: Sshd, task: asyncio.Task[object]) -> None:
    assert await asyncio.to_thread(until, lambda: task.done() or bool(_theirs(server)))
    assert not task.done()


def _theirs(server: Sshd) -> list[psutil.Process]:
    """The remote program, not our own pytest."""
    return [each for each in alive(_marker(server)) if "sh" in each.info["cmdline"][0]]


@pytest.mark.parametrize("how", ["", "trap '' TERM HUP; "])
async def test_a_cancelled_run_is_gone_there_and_its_place_is_free(
    server: Sshd, doors: Doors, how: str
) -> None:
    door, tenant = doors.make(ending=0.5), server.tenant()
    task = asyncio.create_task(door.run(tenant, _held(server, how)))
    await _begun(server, task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(until, lambda: not _theirs(server))
    await asyncio.gather(*(door.run(tenant, Command(("true",)), person=True) for _ in range(9)))
    assert door.stats == (1, 0)
    assert server.log.matching("no more sessions") == []
    assert len(server.log.matching("Accepted publickey")) == 1


async def test_a_place_is_held_until_the_program_is_gone(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(ending=5.0, reserve=0), server.tenant()
    # it takes TERM, and its time: the end of stdin of another command lets it go
    gate = f"/tmp/{_marker(server)}"
    stubborn = script(
        'trap "while ! test -e $1; do sleep 0.05; done; exit 0" TERM; while :; do sleep 0.05; done',
        gate,
    )
    task = asyncio.create_task(door.run(tenant, stubborn))
    await _begun(server, task)
    task.cancel()
    await asyncio.wait((task,))
    assert (task.cancelled(), door.stats.sessions) == (True, 1)
    await door.run(tenant, Command(("touch", gate)))
    assert await asyncio.to_thread(until, lambda: not _theirs(server))
    await door.run(tenant, Command(("rm", gate)))
    async with asyncio.timeout(10):
        await asyncio.gather(*(door.run(tenant, Command(("true",))) for _ in range(9)))
    assert door.stats.sessions == 0


async def test_what_cannot_be_ended_costs_its_connection_not_a_session(
    server: Sshd, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, tenant = doors.make(ending=0.05), server.tenant()
    # a program of another user takes no signal of ours (sudo); here: none is sent
    monkeypatch.setattr("asyncssh.SSHClientChannel.send_signal", lambda self, signal: None)
    task = asyncio.create_task(door.run(tenant, _held(server)))
    await _begun(server, task)
    task.cancel()
    await asyncio.wait((task,))
    async with asyncio.timeout(30):
        while door.stats.sessions:
            await door.run(tenant, Command(("true",)), person=True)
    await asyncio.gather(*(door.run(tenant, Command(("true",)), person=True) for _ in range(9)))
    assert len(server.log.matching("Accepted publickey")) == 2
    assert server.log.matching("no more sessions") == []


async def test_time_that_is_up_ends_the_program_and_says_unknown(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(ending=0.5), server.tenant()
    with pytest.raises(TimedOut) as told:
        await door.run(tenant, _held(server), limit=0.5)
    assert (told.value.phase, told.value.sent) == (Phase.COMMAND, True)
    assert "unknown" in str(told.value)
    assert await asyncio.to_thread(until, lambda: not _theirs(server))
    assert (await door.run(tenant, Command(("true",)))).ok


async def test_who_is_cancelled_while_waiting_takes_nothing(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(reserve=0), server.tenant()
    tasks = [asyncio.create_task(door.run(tenant, Command(("echo", str(n))))) for n in range(60)]
    await asyncio.to_thread(server.log.wait_for, "Starting session", 5)
    for each in tasks[::2]:
        each.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    for number, came in enumerate(done):
        if number % 2:
            assert getattr(came, "text", came) == f"{number}\n"
    await asyncio.gather(*(door.run(tenant, Command(("true",))) for _ in range(9)))
    assert server.log.matching("no more sessions") == []
