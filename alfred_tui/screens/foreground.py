"""A program that has this terminal for itself while our event loop goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from alfred_tui.model.text import clean

TAIL = 4096
"""Bytes kept of what it said on stderr."""
ENDING = 1.0
"""Seconds that it has to end when it is told to."""


class Ended(NamedTuple):
    """``status`` is its exit status, 128 + n for signal n, ``None`` where it never began.

    ``said`` are its last words on stderr, cleaned.
    """

    status: int | None
    said: str


async def in_front(argv: Sequence[str], first: str = "") -> Ended:
    """Run it on this terminal until its end; the terminal is as before afterwards.

    ``first`` is a line to be read above it. Nothing else may read or write the terminal meanwhile.
    A cancelled call ends the program.
    """
    _write(f"\r\n{first}\r\n\r\n".encode() if first else b"")
    try:
        program = _Program(argv)
    except OSError as trouble:
        return Ended(None, clean(f"{argv[0]}: {trouble.strerror or trouble}"))
    try:
        return await program.ended
    finally:
        program.finish()


class _Program:
    """A child in a process group of its own, so that ctrl+c is its own and not ours.

    Whoever stops it (``~ ctrl+z`` of ssh) would stop both: there is no shell behind us to go on
    with, so it is told to continue.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[Ended] = loop.create_future()
        self._loop = loop
        self._tty = _own_terminal()
        self._before = termios.tcgetattr(self._tty) if self._tty is not None else None
        self._child = subprocess.Popen(
            argv, stderr=subprocess.PIPE, process_group=None if self._tty is None else 0
        )
        self._over = threading.Event()
        if self._tty is not None:
            _give(self._tty, self._child.pid)
        self._tail = b""
        self._teller = threading.Thread(target=self._tell, name="shell-stderr", daemon=True)
        self._waiter = threading.Thread(target=self._wait, name="shell", daemon=True)
        self._teller.start()
        self._waiter.start()

    def finish(self) -> None:
        """End it if it still runs, and take the terminal back as it was."""
        for number in (signal.SIGHUP, signal.SIGKILL):
            if self._over.is_set():
                break
            with suppress(ProcessLookupError):
                os.kill(self._child.pid, number)
            self._over.wait(ENDING)
        if self._tty is not None:
            _give(self._tty, os.getpgrp())
            with _unstopped(), suppress(termios.error):
                # a program that was killed leaves the terminal raw
                termios.tcsetattr(self._tty, termios.TCSADRAIN, self._before or [])

    def _wait(self) -> None:
        while True:
            _, status = os.waitpid(self._child.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                break
            os.kill(self._child.pid, signal.SIGCONT)
        self._over.set()
        code = os.waitstatus_to_exitcode(status)
        self._child.returncode = code
        self._teller.join(ENDING)
        said = clean(" ".join(self._tail.decode("utf-8", "replace").split()), 600)
        ended = Ended(code if code >= 0 else 128 - code, said)
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._settle, ended)

    def _settle(self, ended: Ended) -> None:
        if not self.ended.done():
            self.ended.set_result(ended)

    def _tell(self) -> None:
        """What it says of itself is shown as it comes, and its end is kept."""
        pipe = self._child.stderr
        assert pipe is not None
        with _unstopped(), pipe:
            while piece := os.read(pipe.fileno(), 4096):
                self._tail = (self._tail + piece)[-TAIL:]
                _write(piece)


def _write(text: bytes) -> None:
    """To where the screen is drawn, too; one that is gone hears nothing."""
    with suppress(OSError, ValueError, AttributeError):
        os.write(sys.__stderr__.fileno(), text)  # type: ignore[union-attr]


def _own_terminal() -> int | None:
    """The terminal at stdin, where it is ours to give away."""
    with suppress(OSError, ValueError, AttributeError):
        fileno = sys.__stdin__.fileno()  # type: ignore[union-attr]
        if os.isatty(fileno) and os.tcgetpgrp(fileno) == os.getpgrp():
            return fileno
    return None


def _give(tty: int, group: int) -> None:
    with _unstopped(), suppress(OSError):
        os.tcsetpgrp(tty, group)


@contextmanager
def _unstopped() -> Iterator[None]:
    """In this thread the terminal may be used from the background (SIGTTOU, termios(3))."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
