"""Start to first paint with 1,000 known tenants against an empty Textual app, in a real terminal.

CPU of the whole process up to the moment its marker is on the screen, best of N, candidates in
turn. Goal: at most 1.5 times the empty app.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("MARKER-EMPTY")
Empty().run()
"""


def known(home: Path, count: int) -> None:
    """A data folder in which ``count`` tenants were seen a minute ago."""
    from alfred_tui.config import Paths
    from alfred_tui.model.tenant import Secret, Tenant
    from alfred_tui.model.verdict import Pill, Reason
    from alfred_tui.model.view import Counts, FleetStatus, Snapshot, TenantView
    from alfred_tui.store.snapshot import write_snapshot
    from alfred_tui.store.store import Store

    paths = Paths(home)
    store = Store.open(paths)
    names = [f"tenant-{n:04d}" for n in range(count)]
    store.put_tenants(
        [Tenant(name=n, api_url="https://127.0.0.1:9", api_key=Secret("k")) for n in names]
    )
    store.close()
    at = datetime.now(UTC) - timedelta(minutes=1)
    reason = Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %", since=at, seen=at)
    views = tuple(
        TenantView(
            name,
            Pill.DEGRADED if n % 20 == 0 else Pill.OK,
            at,
            (reason,) if n % 20 == 0 else (),
            host=f"{name}.tail0.ts.example",
            uptime=86400.0 * n,
            seen=12,
            expected=12,
            disk=40.0,
            memory=50.0,
            latency=0.088,
            oldest=at,
        )
        for n, name in enumerate(names)
    )
    write_snapshot(paths.snapshot, Snapshot(1, at, views, FleetStatus(Counts(total=count))))


def cpu_to_marker(command: list[str], home: Path, marker: bytes) -> float:
    """CPU seconds of the process when ``marker`` appeared in its terminal."""
    master, slave = pty.openpty()
    ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    child = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "ALFRED_TUI_HOME": str(home), "TERM": "xterm-256color"},
        cwd=ROOT,
    )
    os.close(slave)
    seen, end = b"", time.monotonic() + 30
    try:
        while marker not in seen:
            if time.monotonic() > end:
                raise SystemExit(f"never painted: {seen[-400:]!r}")
            if select.select([master], [], [], 0.001)[0]:
                seen = (seen + os.read(master, 65536))[-200_000:]
        times = psutil.Process(child.pid).cpu_times()
        return times.user + times.system
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        os.close(master)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, default=15, help="rounds")
    options.add_argument("--tenants", type=int, default=1000)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        known(home, arguments.tenants)
        candidates = {
            "empty Textual app": ([sys.executable, "-c", EMPTY], b"MARKER-EMPTY"),
            f"alfred-tui, {arguments.tenants} known": (
                [sys.executable, "-m", "alfred_tui"],
                b"tenant-0000",
            ),
        }
        figures: dict[str, list[float]] = {name: [] for name in candidates}
        for _ in range(arguments.n):
            for name, (command, marker) in candidates.items():
                figures[name].append(cpu_to_marker(command, home, marker))
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, CPU seconds to first paint")
    base = min(figures["empty Textual app"])
    for name, taken in figures.items():
        middle = sorted(taken)[len(taken) // 2]
        print(f"{name:28} best {min(taken):.3f}  median {middle:.3f}  x{min(taken) / base:.2f}")


if __name__ == "__main__":
    main()
