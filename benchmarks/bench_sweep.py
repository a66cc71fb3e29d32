"""A thousand tenants, one in twenty dead: freshness, loop lag and memory of the real engine.

    python benchmarks/bench_sweep.py [--quick] [--tenants N]

Every tenant is an address of its own with TLS, served by one cheap process; the dead ones swallow
packets. The engine runs as it does under the dashboard, in a process of its own; its loop is asked
every 10 ms how late it is, and so is an empty loop in another process at the same time, so that
the machine's own noise is in both. Goals: lag p99 at most 25 ms above the empty loop's; the
healthy fresh within 2 s of a cold start, and later within 2 s of their beat; the dead marked within
6 s; at most 90 MB and 100 KB a tenant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from harness import ROOT, goal, machine, server
from tenants import inventory

BEAT = 0.01
SETTLED = 15.0
"""Seconds after which the beats are spread and every session is known."""


async def heartbeat(lags: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + BEAT
        await asyncio.sleep(BEAT)
        lags.append((loop.time() - due) * 1000)


def part(values: list[float], share: float) -> float:
    ordered = sorted(values) or [0.0]
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def empty(seconds: float) -> dict[str, Any]:
    """Nothing but the heartbeat."""
    lags: list[float] = []
    task = asyncio.create_task(heartbeat(lags))
    await asyncio.sleep(seconds)
    task.cancel()
    return {"lags": lags}


async def polled(seconds: float, dead: int) -> dict[str, Any]:
    """The engine over the store in ``ALFRED_TUI_HOME``; times are seconds since it polled."""
    from alfred_tui import heap
    from alfred_tui.config import load_settings
    from alfred_tui.engine import Engine
    from alfred_tui.model.verdict import Pill

    before = psutil.Process().memory_info().rss
    engine = Engine(load_settings())
    await engine.start(poll=True)
    heap.settle()
    began = time.monotonic()
    start = engine.now()
    lags: list[float] = []
    task = asyncio.create_task(heartbeat(lags))
    alive = len(engine.tenants()) - dead
    fresh = marked = None
    first: list[float] = []
    swept, oldest = 0, 0.0
    while time.monotonic() - began < seconds:
        await asyncio.sleep(0.05)
        views = engine.views().values()
        since = time.monotonic() - began
        if (
            fresh is None
            and sum(v.oldest is not None and v.oldest >= start for v in views) >= alive
        ):
            fresh = since
            swept = psutil.Process().memory_info().rss
            first = list(lags)
        if marked is not None and since > SETTLED:
            now = engine.now()
            ages = [
                (now - v.oldest).total_seconds() for v in views if v.oldest and v.pill != "down"
            ]
            oldest = max(oldest, *ages)
        if marked is None and sum(v.pill is Pill.DOWN for v in views) >= dead:
            marked = since
    task.cancel()
    used = sum(psutil.Process().cpu_times()[:2])
    found = engine.diagnostics()
    kept = psutil.Process().memory_info().rss
    await engine.stop()
    return {
        "lags": lags,
        "first": first,
        "fresh": fresh,
        "marked": marked,
        "swept": swept,
        "rss": kept,
        "before": before,
        "late": oldest - engine.status().interval * 1.05,
        "cpu": used,
        "looks": found.looks_total,
        "failed": found.looks_failed,
    }


def child(*arguments: str, home: Path) -> subprocess.Popen[str]:
    import os

    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"ALFRED_TUI_HOME": str(home), "PYTHONPATH": str(ROOT)},
    )


def result(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    text = process.stdout.read()
    if process.wait() != 0:
        raise SystemExit("a measuring process failed")
    return dict(json.loads(text))


def run(count: int, seconds: float, folder: Path) -> bool:
    from tests.tenant.certificates import Authority

    authority = Authority(folder)
    pair = authority.issue("fleet", ("*.fleet.ts.example",))
    dead = list(range(7, count, 20))
    home = folder / "home"
    script = str(ROOT / "benchmarks" / "tenants.py")
    with server(script, str(pair.chain), str(pair.key)) as line:
        ports = tuple(int(word) for word in line.split())
        assert len(ports) == 3
        listed = folder / "fleet.json"
        listed.write_text(json.dumps(inventory(count, dead, ports, str(authority.ca_file))))
        subprocess.run(
            [sys.executable, "-m", "alfred_tui", "--home", str(home), "import", str(listed)],
            check=True,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        nothing = child("--empty", str(seconds + 2), home=home)
        engine = child("--polled", str(seconds), "--dead", str(len(dead)), home=home)
        ours, idle = result(engine), result(nothing)
    return report(count, len(dead), seconds, ours, idle)


def report(
    count: int, dead: int, seconds: float, ours: dict[str, Any], idle: dict[str, Any]
) -> bool:
    megabyte = 1_000_000
    print(f"\n{count} tenants with TLS, {dead} blackholed, {seconds:g} s of polling")
    print(f"  looks {ours['looks']}, failed {ours['failed']}, CPU {ours['cpu']:.1f} s in all")
    print(f"  {'loop lag, ms':<34}{'p50':>8}{'p99':>8}{'max':>8}")
    rows = {
        "empty loop beside it": idle["lags"],
        "engine, first sweep": ours["first"],
        "engine, the whole time": ours["lags"],
    }
    for name, lags in rows.items():
        cells = [part(lags, share) for share in (0.5, 0.99, 1.0)]
        print(f"  {name:<34}" + "".join(f"{cell:>8.1f}" for cell in cells))
    floor = part(idle["lags"], 0.99)
    met = goal("lag p99 above the empty loop, ms", part(ours["lags"], 0.99) - floor, 25.0)
    met &= goal("lag p99 above it, first sweep", part(ours["first"], 0.99) - floor, 25.0)
    met &= goal("cold start: all healthy fresh after, s", ours["fresh"] or float("inf"), 2.0)
    met &= goal("on the beat: no healthy one later than, s", ours["late"], 2.0)
    met &= goal("dead marked after, s", ours["marked"] or float("inf"), 6.0)
    limit = 90 + 0.1 * count
    met &= goal("memory after the first sweep, MB", ours["swept"] / megabyte, limit)
    print(f"  memory at the end {ours['rss'] / megabyte:.0f} MB")
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 s instead of 60")
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--empty", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--polled", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--dead", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.empty:
        print(json.dumps(asyncio.run(empty(chosen.empty))))
        return 0
    if chosen.polled:
        from alfred_tui import heap

        heap.relax()
        print(json.dumps(asyncio.run(polled(chosen.polled, chosen.dead))))
        return 0
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run(chosen.tenants, 20 if chosen.quick else 60, Path(folder)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
