"""A pseudo-terminal that a benchmark types into and reads from."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from types import TracebackType

import psutil
from harness import ROOT

_CPU_OF_PROCESS = 2
"""Of Linux's clock ids: that of a whole process (clock_getcpuclockid)."""
_CODES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]")


class Terminal:
    """A program in a terminal of 160 columns and 50 lines; killed at the end of ``with``."""

    def __init__(self, command: list[str], home: Path, size: tuple[int, int] = (160, 50)) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.child = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "ALFRED_TUI_HOME": str(home), "TERM": "xterm-256color"},
            cwd=ROOT,
        )
        os.close(slave)
        self._seen = b""
        self.bytes = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()
        os.close(self.master)

    def press(self, key: bytes) -> float:
        """Type; the moment it was typed."""
        self._seen = b""
        moment = time.perf_counter()
        os.write(self.master, key)
        return moment

    def until(
        self, pattern: re.Pattern[bytes], unlike: bytes = b"", within: float = 30.0
    ) -> tuple[float, bytes]:
        """Read until ``pattern`` was written since the last press, its group not ``unlike``.

        The moment it was, and the group.
        """
        end = time.monotonic() + within
        while True:
            found = pattern.findall(_CODES.sub(b"", self._seen))
            if found and found[-1] != unlike:
                return time.perf_counter(), found[-1]
            if time.monotonic() > end:
                raise SystemExit(f"never painted {pattern.pattern!r}: {self._seen[-400:]!r}")
            self._read(0.001)

    def drain(self, seconds: float) -> None:
        """Read whatever comes for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(0.005)

    def _read(self, wait: float) -> None:
        if select.select([self.master], [], [], wait)[0]:
            data = os.read(self.master, 65536)
            self.bytes += len(data)
            self._seen = (self._seen + data)[-200_000:]

    @property
    def cpu(self) -> float:
        """CPU seconds of the program so far."""
        if sys.platform == "linux":  # to the nanosecond; others count in hundredths
            return time.clock_gettime((~self.child.pid << 3) | _CPU_OF_PROCESS)
        times = psutil.Process(self.child.pid).cpu_times()
        return float(times.user + times.system)
