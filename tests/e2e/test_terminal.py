"""The whole program in a real pseudo-terminal: the demo, keys, and every way it may end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import psutil
import pyte
import pytest

pytestmark = pytest.mark.pty
DEADLINE = 40.0


class Terminal:
    """The program under a terminal of 120x40 whose screen can be read."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.screen = pyte.Screen(120, 40)
        self.stream = pyte.ByteStream(self.screen)
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        self.raw = b""
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "alfred_tui", *arguments],
            env={**environment, "ALFRED_TUI_HOME": str(home), "TERM": "xterm-256color"},
            dimensions=(40, 120),
            timeout=DEADLINE,
        )
        self.process = psutil.Process(self.child.pid)

    def read(self) -> None:
        """Take in what the program has written so far."""
        try:
            data = self.child.read_nonblocking(1_000_000, timeout=0.1)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        self.raw += data
        self.stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, met: Callable[[], bool], what: str) -> None:
        """Read until a condition holds; fail with the screen when it does not in time."""
        end = time.monotonic() + DEADLINE
        while not met():
            if time.monotonic() > end:
                pytest.fail(f"never saw {what}:\n{self.text}")
            self.read()

    def shows(self, text: str) -> None:
        self.until(lambda: text in self.text, text)

    def ended(self) -> int:
        """The exit code, once the program is gone; 128 + n for a signal it did not handle."""
        self.until(lambda: not self.child.isalive(), "the end")
        self.read()
        if self.child.exitstatus is not None:
            return int(self.child.exitstatus)
        return 128 + int(self.child.signalstatus or 0)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path / "home")
    yield made
    for process in [*made.process.children(recursive=True)] if made.process.is_running() else []:
        process.kill()
    made.child.close(force=True)


def simulators(terminal: Terminal) -> list[psutil.Process]:
    return [
        process
        for process in terminal.process.children(recursive=True)
        if "alfred_tui.sim" in " ".join(process.cmdline())
    ]


def clean(terminal: Terminal) -> bool:
    """Whether the program left the alternate screen and showed the cursor again."""
    return terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")


def gone(processes: list[psutil.Process], within: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=within)
    return not alive


def test_start_move_filter_open_back_quit(terminal: Terminal) -> None:
    terminal.shows("DEMO")
    terminal.shows("DOWN")
    children = simulators(terminal)
    assert len(children) == 1
    terminal.child.send("j")
    terminal.child.send("/")
    terminal.child.send("status:down")
    terminal.until(lambda: "● OK" not in terminal.text, "only those that are down")
    terminal.child.send("\r")
    terminal.child.send("\r")
    terminal.shows("service-missing")
    terminal.child.send("\x1b")
    terminal.until(lambda: "service-missing" not in terminal.text, "the fleet again")
    terminal.child.send("q")
    assert terminal.ended() == 0
    assert clean(terminal)
    assert gone(children, 5.0)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_cleanly(terminal: Terminal, number: int, code: int) -> None:
    terminal.shows("DOWN")
    children = simulators(terminal)
    terminal.process.send_signal(number)
    assert terminal.ended() == code
    assert clean(terminal)
    assert gone(children, 5.0)


def test_ctrl_c_ends_it_with_the_second_press(terminal: Terminal) -> None:
    terminal.shows("DOWN")
    children = simulators(terminal)
    terminal.child.send("\x03")
    terminal.read()
    terminal.child.send("\x03")
    assert terminal.ended() in (0, 130)
    assert clean(terminal)
    assert gone(children, 5.0)


def test_a_killed_dashboard_leaves_no_simulator(terminal: Terminal) -> None:
    terminal.shows("DOWN")
    children = simulators(terminal)
    assert children
    terminal.process.kill()
    assert gone(children, 2.0)
