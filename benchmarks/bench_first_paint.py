"""Start to first paint with 1,000 known tenants against an empty Textual app, in a real terminal.

    python benchmarks/bench_first_paint.py [-n ROUNDS] [--tenants N] [--quick]

CPU of the whole process up to the moment its marker is on the screen, best of 15, candidates in
turn. Goal: at most 1.5 times the empty app.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness import Result, goal, machine, table
from terminal import Terminal

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
    from alfred_tui.model.kept import KeptState
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
    store.keep_states([KeptState(view.name, view, at) for view in views])
    store.close()
    write_snapshot(paths.snapshot, Snapshot(1, at, views, FleetStatus(Counts(total=count))))


def cpu_to_marker(command: list[str], home: Path, marker: re.Pattern[bytes]) -> float:
    """CPU seconds of the process when ``marker`` appeared in its terminal."""
    with Terminal(command, home) as terminal:
        terminal.until(marker)
        return terminal.cpu


def main() -> int:
    """Print the table; 0 when the goal was met."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="five rounds")
    options.add_argument("-n", type=int, default=15, help="rounds")
    options.add_argument("--tenants", type=int, default=1000)
    arguments = options.parse_args()
    print(machine())
    known_name = f"alfred-tui, {arguments.tenants} known"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        known(home, arguments.tenants)
        candidates = {
            "empty Textual app": ([sys.executable, "-c", EMPTY], re.compile(rb"(MARKER-EMPTY)")),
            known_name: ([sys.executable, "-m", "alfred_tui"], re.compile(rb"(tenant-0000)")),
        }
        figures: dict[str, list[float]] = {name: [] for name in candidates}
        for _ in range(5 if arguments.quick else arguments.n):
            for name, (command, marker) in candidates.items():
                figures[name].append(cpu_to_marker(command, home, marker))
        results = {name: Result(name, taken, []) for name, taken in figures.items()}
    table("start to first paint, 160x50", results, "empty Textual app", 1000, "ms of the process")
    ratio = results[known_name].best / results["empty Textual app"].best
    return 0 if goal("best / best", ratio, 1.5) else 1


if __name__ == "__main__":
    raise SystemExit(main())
