"""What every benchmark shares: candidates interleaved in one run, CPU seconds, one table.

Numbers are CPU of the measuring process (user and system, all threads); servers live in processes
of their own. Wall time is shown where it says something, never compared.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


class Candidate(NamedTuple):
    """One way to do the work; ``run`` does it once and is timed as a whole."""

    name: str
    run: Callable[[], object]


class Result(NamedTuple):
    """CPU seconds and wall seconds of every round of one candidate."""

    name: str
    cpu: list[float]
    wall: list[float]

    @property
    def best(self) -> float:
        """The least disturbed round."""
        return min(self.cpu)

    @property
    def middle(self) -> float:
        """The median round."""
        return statistics.median(self.cpu)


def interleave(candidates: Sequence[Candidate], rounds: int) -> dict[str, Result]:
    """Run every candidate ``rounds`` times, taking turns and turning the order each round."""
    results = {c.name: Result(c.name, [], []) for c in candidates}
    for c in candidates:
        c.run()  # warm: imports, caches, code paths
    for turn in range(rounds):
        shift = turn % len(candidates)
        for c in [*candidates[shift:], *candidates[:shift]]:
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            c.run()
            results[c.name].cpu.append(time.process_time() - cpu)
            results[c.name].wall.append(time.perf_counter() - wall)
    return results


def table(title: str, results: dict[str, Result], base: str, unit: float, per: str) -> None:
    """Print the rounds as a table: median and best in ``1/unit`` seconds, ratio of the medians."""
    print(f"\n{title}")
    print(f"  {'candidate':<34}{'median':>10}{'best':>10}{'ratio':>8}   (CPU {per})")
    floor = results[base].middle
    for result in results.values():
        ratio = result.middle / floor if floor else float("nan")
        print(
            f"  {result.name:<34}{result.middle * unit:>10.3f}{result.best * unit:>10.3f}"
            f"{ratio:>8.2f}"
        )


def goal(text: str, value: float, limit: float) -> bool:
    """Print a goal and whether it was met."""
    met = value <= limit
    print(f"  goal {text}: {value:.2f} <= {limit:g}  {'met' if met else 'MISSED'}")
    return met


def machine() -> str:
    """The machine in one line: processor, cores, memory, system, Python."""
    cpu = platform.processor() or platform.machine()
    with open_text("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    memory = 0
    with open_text("/proc/meminfo") as lines:
        for line in lines:
            if line.startswith("MemTotal"):
                memory = int(line.split()[1]) // 1024
                break
    load = os.getloadavg()[0]
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory} MB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


@contextmanager
def open_text(path: str) -> Iterator[Iterator[str]]:
    """The lines of a file that may not exist on this system."""
    try:
        with Path(path).open(encoding="utf-8") as lines:
            yield iter(lines)
    except OSError:
        yield iter(())


@contextmanager
def server(*arguments: str) -> Iterator[str]:
    """A server process of its own; yields the first line it printed, ends it afterwards."""
    child = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{arguments[0]} did not start")
        yield line
    finally:
        child.terminate()
        child.wait(10)
