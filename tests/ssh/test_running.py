"""Commands against a real sshd: what arrives, what comes back, how much of it is kept."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from alfred_tui.tenant.ssh.command import Command, script
from alfred_tui.tenant.ssh.errors import OutputCut, RemoteCommandFailed
from alfred_tui.tenant.ssh.result import LONGEST_LINE, Stream
from tests.ssh.doors import Doors
from tests.support.sshd import Sshd

ODD = [
    "two words",
    "'single'",
    '"double"',
    "$HOME ${PATH} $(id) `id`",
    "new\nline\n",
    "-n",
    "--",
    "*",
    "~",
    "!1",
    "back\\slash",
    ";|&<>#",
    "",
    "é☃",
    "\udcff\udcfe",
    "\t \x01\x7f",
]


async def test_every_word_arrives_as_given(server: Sshd, doors: Doors) -> None:
    door = doors.make()
    result = await door.run(server.tenant(), Command(("printf", "%s\\0", "--", *ODD)))
    expected = [word.encode("utf-8", "surrogateescape") for word in ("--", *ODD)]
    assert result.stdout.split(b"\0")[:-1] == expected


async def test_folder_stdin_and_both_outputs(server: Sshd, doors: Doors) -> None:
    door = doors.make()
    command = script('pwd; cat; echo "$1" >&2; exit 3', "oh no", folder="/usr", stdin=b"given\n")
    result = await door.run(server.tenant(), command)
    assert (result.stdout, result.stderr) == (b"/usr\ngiven\n", b"oh no\n")
    assert (result.exit_status, result.signal, result.cut) == (3, "", False)
    assert 0 < result.took < 30


async def test_without_input_a_program_sees_its_end(server: Sshd, doors: Doors) -> None:
    assert (await doors.make().run(server.tenant(), Command(("cat",)))).stdout == b""


async def test_a_failure_is_told_when_asked_for(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(), server.tenant()
    command = script("printf 'Error: \\033[31mno\\007 such flag\\n' >&2; exit 7")
    assert (await door.run(tenant, command)).exit_status == 7
    with pytest.raises(RemoteCommandFailed) as told:
        await door.run(tenant, command, check=True)
    assert str(told.value) == "acme: sh failed, exit status 7: Error: no such flag"
    assert told.value.sent
    assert told.value.result.exit_status == 7


async def test_a_program_that_is_not_there_and_one_that_is_killed(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(), server.tenant()
    assert (await door.run(tenant, Command(("no-such-program",)))).exit_status == 127
    with pytest.raises(RemoteCommandFailed, match="signal KILL") as told:
        await door.run(tenant, script("kill -KILL $$"), check=True)
    assert told.value.result.exit_status == -1


async def test_output_beyond_the_limit_is_let_go_and_said(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(), server.tenant()
    command = script("head -c 3000000 /dev/zero; echo why >&2; head -c 500 /dev/zero >&2; exit 0")
    result = await door.run(tenant, command, most=1000)
    assert (len(result.stdout), len(result.stderr)) == (1000, 504)
    assert (result.cut, result.size, result.exit_status) == (True, 3_000_504, 0)
    with pytest.raises(OutputCut) as told:
        await door.run(tenant, command, most=1000, check=True)
    assert "more than 1,000 bytes (3,000,504 came)" in str(told.value)
    whole = await door.run(tenant, Command(("head", "-c", "1000", "/dev/zero")), most=1000)
    assert not whole.cut


async def test_lines_come_as_they_are_said(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(), server.tenant()
    lines: list[tuple[Stream, bytes]] = []
    first = asyncio.Event()

    def take(stream: Stream, line: bytes) -> None:
        lines.append((stream, line))
        first.set()

    # the second line waits for us to have the first
    command = script("echo one; while ! test -e /tmp/$1; do :; done; echo two >&2; printf three")
    marker = f"ssh-lines-{server.port}"
    going = asyncio.create_task(
        door.run(
            tenant,
            Command((*command.words, marker)),
            on_line=take,
        )
    )
    async with asyncio.timeout(30):
        await first.wait()
    assert lines == [(Stream.OUT, b"one")]
    await door.run(tenant, Command(("touch", f"/tmp/{marker}")))
    result = await going
    await door.run(tenant, Command(("rm", f"/tmp/{marker}")))
    assert sorted(lines) == [(Stream.ERR, b"two"), (Stream.OUT, b"one"), (Stream.OUT, b"three")]
    assert (result.stdout, result.stderr, result.cut) == (b"", b"", False)


async def test_a_flood_is_taken_at_bounded_memory(server: Sshd, doors: Doors) -> None:
    door, tenant = doors.make(), server.tenant()
    await door.run(tenant, Command(("true",)))
    count = size = 0

    def take(stream: Stream, line: bytes) -> None:
        nonlocal count, size
        count += 1
        size += len(line)

    tracemalloc.start()
    try:
        script_ = script('yes "$1" | head -c 8000000; head -c 300000 /dev/zero', "x" * 79)
        await door.run(tenant, script_, on_line=take)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000 + -(-300_000 // LONGEST_LINE)
    assert size == 100_000 * 79 + 300_000
    assert peak < 4_000_000


async def test_what_the_taker_of_lines_raises_passes_and_ends_the_program(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(ending=10.0), server.tenant()

    def take(stream: Stream, line: bytes) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="the screen is gone"):
        await door.run(tenant, Command(("yes",)), on_line=take)
    # places free again: all three can be had at once
    done = await asyncio.gather(
        *(door.run(tenant, Command(("true",)), person=True) for _ in range(3))
    )
    assert [each.exit_status for each in done] == [0, 0, 0]


async def test_what_is_left_behind_with_the_pipe_open_is_not_waited_for(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(linger=0.1), server.tenant()
    result = await door.run(tenant, script("sleep 50 & echo said"))
    assert (result.stdout, result.exit_status) == (b"said\n", 0)


async def test_what_is_left_behind_is_heard_as_long_as_it_speaks(
    server: Sshd, doors: Doors
) -> None:
    door, tenant = doors.make(linger=1.0), server.tenant()
    speaking = script("(for i in 1 2 3 4 5 6 7 8; do sleep 0.2; echo $i; done) & echo 0")
    result = await door.run(tenant, speaking)
    assert result.text.split() == [str(number) for number in range(9)]
