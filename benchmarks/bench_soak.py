"""A day of a thousand tenants in an hour: does anything grow that should not?

    python benchmarks/bench_soak.py [--quick] [--fresh] [--tenants N] [--speed X] [--hours H]

A simulated fleet lives ``--speed`` times as fast, with faults of many kinds coming and going. The
whole program (screens over the real engine over a real store) watches it headless by the
simulator's time; meanwhile a terminal is resized, keys are pressed, screens open and close, and
another program takes tenants out of the store and puts others in. Every few seconds the process is
measured. The store has two days of a past, so that what the program remembers is full from the
beginning. The first hour has every kind of fault, the whole fleet away among them: what those take
once is not what grows. After it memory, tasks, descriptors and threads must stay where they are:
goals compare the mean of the last quarter with that of the quarter after the first hour.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil
from bench_history import year
from harness import ROOT, goal, machine, server

from alfred_tui.config import Paths
from alfred_tui.store.store import Store

MEASURE = 2.0
"""Seconds between two measurements."""
CHURN = 15.0
"""Seconds between two changes of who is watched."""
SIZES = ((80, 24), (200, 50), (120, 40), (60, 20), (160, 45))
KEYS = (
    *("g", "g", "j", "e", "escape", "enter", "n", "h", "0", "escape", "s", "2", "2", "end", "home"),
)
"""Among them the host's page, over SSH."""
FAULTS = (
    ("container-exit", 900, 0.02), ("unhealthy", 1200, 0.02), ("restart-loop", 1800, 0.02),
    ("api-down", 600, 0.02), ("host-blackholed", 900, 0.02), ("slow", 1200, 0.02),
    ("zero-pollers", 2400, 0.02), ("workflow-stuck", 3600, 0.02), ("answer-garbage", 600, 0.01),
    ("docker-silent", 600, 0.02), ("temporal-silent", 900, 0.02), ("wrong-key", 600, 0.01),
    ("latency-storm", 900, 0.05), ("rate-limited", 600, 0.01), ("redirect", 600, 0.01),
    ("answer-drip", 900, 0.01), ("answer-cut", 600, 0.01), ("stream-broken", 3600, 0.02),
    ("memory-leak", 3600, 0.01), ("service-lost", 3600, 0.01), ("tailnet-gone", 300, 1.0),
)  # fmt: skip


RHYTHM: dict[str, object] = {
    "poll.dashboard_interval": 60, "poll.pulse_interval": 60, "poll.streams_interval": 120,
    "poll.system_interval": 60,
}  # fmt: skip
"""Seconds by the clock on the wall, so that every look comes round many times in the day."""


def script(hours: float, seed: int = 7) -> dict[str, Any]:
    """Every kind of trouble in the first hour, and again and again through the day."""
    dice = random.Random(seed)
    faults = []
    for hour in range(int(hours) + 1):
        for kind, lasts, share in dice.sample(FAULTS, 4) if hour else FAULTS:
            at = hour * 3600 + (dice.randrange(3000) if hour else dice.randrange(1200, 3000))
            faults.append({"fault": kind, "tenant": f"share:{share}", "at": at, "for": lasts})
    return {"faults": faults}


def measured() -> dict[str, float]:
    me = psutil.Process()
    return {
        "rss": me.memory_info().rss / 1e6,
        "fds": me.num_fds(),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
        "blocks": sys.getallocatedblocks() / 1000,
    }


def churn(home: Path, ended: threading.Event) -> None:
    """Another program: takes some tenants out of the store; others of new names come instead."""
    store = Store.open(Paths(home))
    everybody = store.tenants()
    few = max(1, len(everybody) // 50)
    for turn in itertools.count():
        begin = turn * few % len(everybody)
        there = range(begin, min(begin + few, len(everybody)))
        for number in there:
            store.remove_tenant(everybody[number].name)
        if ended.wait(CHURN / 2):
            break
        for number in there:
            tenant = everybody[number]
            name = f"{tenant.name.partition('--')[0]}--{turn}"
            everybody[number] = msgspec.structs.replace(tenant, name=name)
        store.put_tenants([everybody[number] for number in there])
        if ended.wait(CHURN / 2):
            break
    store.close()


async def watched(line: str, seconds: float) -> list[dict[str, float]]:
    """The program over the store in ``ALFRED_TUI_HOME``, by the time that ``line`` tells."""
    from alfred_tui.app import AlfredApp
    from alfred_tui.config import load_settings
    from alfred_tui.engine import Engine
    from alfred_tui.sim.pace import Pace

    pace = Pace.read(line)
    settings = load_settings(RHYTHM | {"limits.stale_intervals": 3 * pace.speed})
    engine = Engine(settings, now=pace.now)
    app = AlfredApp(engine)
    ended = threading.Event()
    other = threading.Thread(target=churn, args=(settings.paths.home, ended))
    found: list[dict[str, float]] = []
    began = time.monotonic()
    # loaded at the first look over SSH, which is in anybody's first hour, but not in 75 s of ours
    await asyncio.to_thread(importlib.import_module, "alfred_tui.tenant.ssh.door")
    async with app.run_test(size=(120, 40)) as pilot:
        other.start()
        keys, sizes = itertools.cycle(KEYS), itertools.cycle(SIZES)
        while (since := time.monotonic() - began) < seconds:
            await pilot.press(next(keys))
            await pilot.resize_terminal(*next(sizes))
            await asyncio.sleep(MEASURE)
            found.append({"at": since, **measured(), "loud": loud(app)})
        ended.set()
        await asyncio.to_thread(other.join)
        status = engine.status()
        stats = engine.diagnostics()
        print(f"  {stats.looks_total} looks, {stats.looks_failed} failed", file=sys.stderr)
        print(f"  at the end: {status.counts}", file=sys.stderr)
        for trouble in status.trouble:
            print(f"  trouble: {trouble}", file=sys.stderr)
        await app.stop_engine()
    return found


def loud(app: Any) -> float:
    counts = app.engine.status().counts
    return float(counts.degraded + counts.down)


def remembered(home: Path, now: int) -> None:
    """The two days that are kept minute by minute, as in a program that has run for long."""
    store = Store.open(Paths(home))
    year(store, [tenant.name for tenant in store.tenants()], 3, now)
    store.close()


def run(count: int, speed: float, hours: float, folder: Path, *, past: bool) -> bool:
    listed, faults = folder / "fleet.json", folder / "faults.json"
    faults.write_text(json.dumps(script(hours)))
    home = folder / "home"
    begin = datetime(2026, 6, 1, 12, 0, tzinfo=UTC).isoformat()
    with server(
        *("-m", "alfred_tui.sim", "--tenants", str(count), "--seed", "7"),
        *("--inventory", str(listed), "--faults", str(faults)),
        *("--speed", str(speed), "--begin", begin),
    ) as line:
        environ = os.environ | {"ALFRED_TUI_HOME": str(home), "PYTHONPATH": str(ROOT)}
        importing = [sys.executable, "-m", "alfred_tui", "import", str(listed)]
        subprocess.run(importing, check=True, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
        if past:
            remembered(home, int(datetime.fromisoformat(begin).timestamp()))
        seconds = hours * 3600 / speed
        done = subprocess.run(
            [sys.executable, __file__, "--watch", line, "--seconds", str(seconds)],
            check=True,
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
    return judged(json.loads(done.stdout), speed, hours, home)


def judged(found: list[dict[str, float]], speed: float, hours: float, home: Path) -> bool:
    """Print the day by its quarters, and hold its last one against the first."""
    settled = [each for each in found if each["at"] * speed >= 3600]
    print(f"\n{len(found)} measurements; means of the quarters after the first hour of {hours:g}")
    names = ("rss", "blocks", "tasks", "fds", "threads", "loud")
    units = {"rss": "MB", "blocks": "thousand blocks of memory in use"}
    size = max(1, len(settled) // 4)
    quarters = [settled[n * size : (n + 1) * size] for n in range(4)]
    means: dict[str, list[float]] = {}
    for name in names:
        means[name] = [statistics.fmean(each[name] for each in part) for part in quarters]
        shown = "".join(f"{mean:>10.1f}" for mean in means[name])
        highest = max(each[name] for each in settled)
        print(f"  {name:<10}{shown}   highest {highest:.0f} {units.get(name, '')}")
    store = sum(path.stat().st_size for path in home.glob("alfred.db*")) / 1e6
    print(f"  the store has {store:.0f} MB")
    met = goal("memory, last quarter over first", means["rss"][3] / means["rss"][0], 1.05)
    met &= goal("blocks in use, last over first", means["blocks"][3] / means["blocks"][0], 1.05)
    met &= goal("tasks more than at first", means["tasks"][3] - means["tasks"][0], 40)
    met &= goal("descriptors more than at first", means["fds"][3] - means["fds"][0], 40)
    met &= goal("threads more than at first", means["threads"][3] - means["threads"][0], 1)
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 tenants, four hours in 2 min")
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--speed", type=float, default=24.0)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--fresh", action="store_true", help="begin with an empty past")
    parser.add_argument("--watch", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.watch:
        print(json.dumps(asyncio.run(watched(chosen.watch, chosen.seconds))))
        return 0
    print(machine())
    count, speed, hours = chosen.tenants, chosen.speed, chosen.hours
    if chosen.quick:
        count, speed, hours = 100, 120.0, 4.0
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run(count, speed, hours, Path(folder), past=not chosen.fresh) else 1


if __name__ == "__main__":
    sys.exit(main())
