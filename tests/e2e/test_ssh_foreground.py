"""A program in front of us: it has the terminal and its signals, and our loop goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pexpect
import psutil
import pytest

pytestmark = pytest.mark.pty
TIMEOUT = 20
HARNESS = """
import asyncio, signal, sys, termios
from alfred_tui.screens.foreground import in_front

async def main(argv):
    ticks = 0
    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: print("OURS"))
    before = termios.tcgetattr(0)
    ticking = asyncio.create_task(tick())
    work = asyncio.create_task(in_front(argv, "first line"))
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, work.cancel)
    try:
        ended = await work
    except asyncio.CancelledError:
        print("CANCELLED")
    else:
        print(f"STATUS {ended.status} SAID {ended.said}")
    print("TICKED" if ticks > 3 else "STOOD")
    print("SAME" if termios.tcgetattr(0) == before else "CHANGED")
    ticking.cancel()

asyncio.run(main(sys.argv[1:]))
input("typed: ")
print("END")
"""


class Front:
    def __init__(self) -> None:
        self.child: pexpect.spawn = None

    def run(self, *argv: str) -> pexpect.spawn:
        self.child = pexpect.spawn(
            sys.executable, ["-c", HARNESS, *argv], timeout=TIMEOUT, encoding="utf-8"
        )
        return self.child

    def back(self) -> None:
        """We have the terminal again, and may read what is typed."""
        self.child.expect("typed: ")
        self.child.send("x\r")
        self.child.expect("END")
        self.child.expect(pexpect.EOF)

    def programs(self) -> list[psutil.Process]:
        return psutil.Process(self.child.pid).children()


@pytest.fixture
def front() -> Iterator[Front]:
    made = Front()
    yield made
    if made.child is not None:
        made.child.close(force=True)


def test_it_reads_and_writes_the_terminal_and_tells_its_end(front: Front) -> None:
    child = front.run("sh", "-c", "read line; echo got $line; echo oops >&2; sleep 0.2; exit 7")
    child.expect("first line")
    child.send("hello\r")
    child.expect("got hello")
    child.expect("oops")
    child.expect("STATUS 7 SAID oops")
    child.expect("TICKED")
    child.expect("SAME")
    front.back()


def test_ctrl_c_is_its_own(front: Front) -> None:
    child = front.run("sh", "-c", "echo begun; sleep 100")
    child.expect("begun")
    child.send("\x03")
    child.expect("STATUS 130 ")
    assert "OURS" not in child.before
    front.back()


def test_one_that_stops_itself_goes_on(front: Front) -> None:
    """As with ssh's ``~ ctrl+z``: behind us there is no shell to continue it from."""
    child = front.run("sh", "-c", "echo begun; kill -TSTP $$; echo on again")
    child.expect("on again")
    child.expect("STATUS 0 ")
    front.back()


def test_ctrl_z_does_not_stop_us_both(front: Front) -> None:
    child = front.run("sh", "-c", "echo begun; read line; echo $line")
    child.expect("begun")
    child.send("\x1a")
    child.send("hello\r")
    child.expect("STATUS 0 ")
    front.back()


def test_a_terminal_left_raw_by_one_that_was_killed_is_set_right(front: Front) -> None:
    child = front.run("sh", "-c", "stty raw -echo; echo raw; sleep 100")
    child.expect("raw")
    (program,) = front.programs()
    program.kill()
    child.expect("STATUS 137 ")
    child.expect("SAME")
    front.back()


def test_one_that_is_not_there_is_told(front: Front) -> None:
    child = front.run("/no/such/program")
    child.expect("STATUS None SAID /no/such/program: No such file or directory")
    front.back()


def test_cancelled_it_is_ended_even_where_it_does_not_listen(front: Front) -> None:
    child = front.run("sh", "-c", "trap '' HUP TERM; echo begun; while :; do sleep 0.1; done")
    child.expect("begun")
    (program,) = front.programs()
    psutil.Process(child.pid).send_signal(10)
    child.expect("CANCELLED")
    child.expect("SAME")
    assert not program.is_running()
    front.back()
