"""From a key to the paint that shows it: 1,000 rows, 1,000 changes a second, against none.

    python benchmarks/bench_keys.py [--quick]

The real screens in a real pseudo-terminal, over an invented fleet (``python -m tests.ui.play``):
the first line names the tenant under the cursor, and the harness waits until it reads another one.
Both candidates are up at once and typed into by turns. Goal: p95 at most 50 ms with changes, and at
most one frame (1/60 s) above the idle screen.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from harness import goal, machine
from terminal import Terminal

FRAME = 1000 / 60


UNDER_CURSOR = re.compile(rb"@([\w-]+) ")


class Screen:
    """One candidate: its rows in the order of the screen, and what its keys took, ms."""

    def __init__(self, name: str, rate: int, rows: int, home: Path) -> None:
        self.name, self.rate = name, rate
        command = [sys.executable, "-m", "tests.ui.play"]
        command += ["--rows", str(rows), "--changes-per-second", str(rate), "--theme", "dark"]
        self.terminal = Terminal(command, home)
        self.taken: list[float] = []
        self.down = True
        self.cursor = b""

    def ready(self) -> None:
        self.terminal.until(UNDER_CURSOR)
        # by name: the order stays while pills change
        self.terminal.press(b"s")
        self.terminal.drain(2.0)
        self.terminal.press(b"j")
        _, self.cursor = self.terminal.until(UNDER_CURSOR)

    def press(self) -> None:
        """One step down or up; done when the first line names another tenant."""
        key = b"j" if self.down else b"k"
        began = self.terminal.press(key)
        painted, self.cursor = self.terminal.until(UNDER_CURSOR, unlike=self.cursor)
        self.taken.append((painted - began) * 1000)

    def turn(self) -> None:
        self.down = not self.down


def share(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 presses each")
    parser.add_argument("--rows", type=int, default=1000)
    chosen = parser.parse_args()
    presses, block = (100, 20) if chosen.quick else (400, 20)
    print(machine())
    spread = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        idle = Screen("no changes", 0, chosen.rows, Path(folder) / "idle")
        busy = Screen("1,000 changes a second", 1000, chosen.rows, Path(folder) / "busy")
        with idle.terminal, busy.terminal:
            for screen in (idle, busy):
                screen.ready()
            began, cpu = time.monotonic(), busy.terminal.cpu
            written = busy.terminal.bytes
            while len(busy.taken) < presses:
                for screen in (idle, busy):
                    other = busy if screen is idle else idle
                    for _ in range(block):
                        screen.press()
                        # keys do not come on the beat of our frames
                        screen.terminal.drain(0.03 + spread.random() * 0.05)
                        other.terminal.drain(0)
                    other.terminal.drain(0.2)
                    screen.turn()
            took = time.monotonic() - began
            used = (busy.terminal.cpu - cpu) / took
            rate = (busy.terminal.bytes - written) / took / 1000
    print(f"\n{presses} presses each, {chosen.rows} rows, 160x50, ms from key to paint")
    print(f"  {'candidate':<28}{'p50':>8}{'p95':>8}{'max':>8}")
    for screen in (idle, busy):
        figures = [share(screen.taken, part) for part in (0.5, 0.95, 1.0)]
        print(f"  {screen.name:<28}" + "".join(f"{figure:>8.1f}" for figure in figures))
    print(f"  with changes: {used * 100:.0f} % of a core, {rate:.0f} KB/s to the terminal")
    late = share(busy.taken, 0.95)
    met = goal("p95 with changes, ms", late, 50.0)
    met &= goal("p95 above idle, ms", late - share(idle.taken, 0.95), FRAME)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
