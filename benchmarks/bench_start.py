"""Start with a year of history against start with none: 1,000 tenants, in a real terminal.

    python benchmarks/bench_start.py [-n ROUNDS] [--tenants N] [--quick]

Two stores with the same tenants and last states, one with a year behind it; the program is
started on each by turns. Two moments: a known tenant's name is on the screen, and the engine has
everybody's last known state and the 48-hour strips, which is all that a start reads of the past.
CPU of the whole process up to them. Goal for both: at most 1.05 times as much with the year.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench_first_paint import known
from bench_history import names, year
from harness import Result, goal, machine, table
from terminal import Terminal

NONE, YEAR = "no past", "a year"
LOADED = """
import os, signal
from alfred_tui import heap
heap.relax()
from alfred_tui.__main__ import main
from alfred_tui.engine import Engine

begin = Engine._begin_recording

async def watched(engine):
    await begin(engine)
    assert engine.views()
    os.write(1, b"THE-PAST-IS-LOADED")
    os.kill(os.getpid(), signal.SIGSTOP)

Engine._begin_recording = watched
main()
"""
"""The program itself; it says that the past is loaded, and stands still there to be measured."""


class Moment(NamedTuple):
    """A point of the start: how the program is begun, and what it has then written."""

    title: str
    command: list[str]
    marker: re.Pattern[bytes]


MOMENTS = (
    Moment("first paint", [sys.executable, "-m", "alfred_tui"], re.compile(rb"(tenant-0000)")),
    Moment(
        "last states and strips are there",
        [sys.executable, "-c", LOADED],
        re.compile(rb"(THE-PAST-IS-LOADED)"),
    ),
)


def started(moment: Moment, home: Path) -> tuple[float, float]:
    """CPU and wall seconds from the start to the moment."""
    began = time.perf_counter()
    with Terminal(moment.command, home) as terminal:
        at, _ = terminal.until(moment.marker)
        return terminal.cpu, at - began


def main() -> int:
    """Print a table for each moment; 0 when the goal was met at both."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="five rounds, 90 days")
    options.add_argument("-n", type=int, default=30, help="rounds")
    options.add_argument("--tenants", type=int, default=1000)
    chosen = options.parse_args()
    rounds, days = (5, 90) if chosen.quick else (chosen.n, 365)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        homes = {name: Path(folder) / name.replace(" ", "-") for name in (NONE, YEAR)}
        for home in homes.values():
            known(home, chosen.tenants)
        aged(homes[YEAR], chosen.tenants, days)
        met = [measure(moment, homes, rounds) for moment in MOMENTS]
    return 0 if all(met) else 1


def aged(home: Path, count: int, days: int) -> None:
    """Put the past into a store, up to now."""
    from alfred_tui.config import Paths
    from alfred_tui.store.store import Store

    store = Store.open(Paths(home))
    year(store, names(count), days, int(time.time()))
    store.close()
    size = sum(path.stat().st_size for path in home.iterdir()) / 1e6
    print(f"\n{count} tenants, {days} days: {size:.0f} MB")


def measure(moment: Moment, homes: dict[str, Path], rounds: int) -> bool:
    """By turns, and the turn itself turned each round; the first round warms the disk's cache."""
    results = {name: Result(name, [], []) for name in homes}
    for turn in range(rounds + 1):
        for name in sorted(homes, reverse=turn % 2 == 1):
            cpu, wall = started(moment, homes[name])
            if turn:
                results[name].cpu.append(cpu)
                results[name].wall.append(wall)
    table(f"start: {moment.title}", results, NONE, 1000, "ms of the process")
    walls = {name: statistics.median(result.wall) for name, result in results.items()}
    print(f"  wall, median: {walls[NONE] * 1000:.0f} ms and {walls[YEAR] * 1000:.0f} ms")
    # what is common to both moves with the machine; the turns of a round stand beside each other
    pairs = zip(results[YEAR].cpu, results[NONE].cpu, strict=True)
    ratio = statistics.median(full / bare for full, bare in pairs)
    return goal(f"{YEAR} / {NONE}, median of the rounds", ratio, 1.05)


if __name__ == "__main__":
    raise SystemExit(main())
