"""A whole look (fetch, decode, judge, state) and decoding alone, against what is bare.

    python benchmarks/bench_look.py [--quick]

A look: cold TLS, verified, over loopback to a server in a process of its own; the bare one is
aiohttp and ``json.loads`` of the same bodies (goal: at most twice its CPU). Decoding: a dashboard
of 1 MB against ``json.loads`` of it (goal: at most half).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from harness import ROOT, Candidate, goal, interleave, machine, server, table
from tenants import ROUTES, address, large_dashboard, recorded

IN_FLIGHT = 64


async def sweep(count: int, one: Callable[[int], Awaitable[object]]) -> None:
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def ask(number: int) -> None:
        async with gate:
            await one(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(ask(number))


def bare(count: int, port: int, ca_file: str, path: str, prefix: str) -> Callable[[], None]:
    import aiohttp

    context = ssl.create_default_context(cafile=ca_file)

    async def run() -> None:
        connector = aiohttp.TCPConnector(ssl=context, limit=IN_FLIGHT, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def one(number: int) -> None:
                name = f"{prefix}{number}.fleet.ts.example"
                async with session.get(
                    f"https://{address(number)}:{port}{path}",
                    headers={"Authorization": "Bearer invented", "Host": name},
                    server_hostname=name,
                ) as response:
                    json.loads(await response.read())

            await sweep(count, one)

    return lambda: asyncio.run(run())


def ours(count: int, port: int, ca_file: str, path: str, prefix: str) -> Callable[[], None]:
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.limits import Limits
    from alfred_tui.model.poll import PollSettings
    from alfred_tui.model.tenant import Secret, Tenant
    from alfred_tui.tenant.door import ApiDoor
    from alfred_tui.tenant.routes import ROUTES as LOOKS

    look = next(look for look, route in LOOKS.items() if route.target.split("?")[0] == path)
    tenants = [
        Tenant(
            name=f"tenant-{number:04d}",
            api_url=f"https://{prefix}{number}.fleet.ts.example:{port}",
            api_key=Secret("invented"),
            connect_address=address(number),
            ca_file=ca_file,
        )
        for number in range(count)
    ]
    state = FleetState(Limits(), now=lambda: datetime.now(UTC))
    for tenant in tenants:
        state.add(tenant)

    async def run() -> None:
        door = ApiDoor(poll=PollSettings(), now=lambda: datetime.now(UTC))

        async def one(number: int) -> None:
            seen = await door.look(tenants[number], look)
            if seen.failure is not None:
                raise RuntimeError(seen.failure.text)
            state.apply(seen)

        try:
            await sweep(count, one)
        finally:
            await door.aclose()

    return lambda: asyncio.run(run())


def looks(port: int, ca_file: str, quick: bool) -> bool:
    met = True
    kinds = [
        ("containers, 20 rows", "/api/v1/admin/containers", "t", 300),
        ("dashboard, 300 records", "/api/v1/admin/dashboard", "t", 200),
        ("dashboard, 1 MB", "/api/v1/admin/dashboard", "big", 60),
        ("schedules", "/api/v1/schedules", "t", 200),
        ("running workflows", "/api/v1/workflows", "t", 200),
    ]
    for name, path, prefix, count in kinds:
        results = interleave(
            [
                Candidate("aiohttp + json.loads", bare(count, port, ca_file, path, prefix)),
                Candidate("whole look", ours(count, port, ca_file, path, prefix)),
            ],
            3 if quick else 9,
        )
        title = f"{name}, {count} hosts, cold TLS"
        table(title, results, "aiohttp + json.loads", 1000 / count, "ms a look")
        ratio = results["whole look"].middle / results["aiohttp + json.loads"].middle
        met &= goal("look / bare", ratio, 2.0)
    return met


def decoding(quick: bool) -> bool:
    from alfred_tui.model.look import Look
    from alfred_tui.tenant.routes import ROUTES as LOOKS
    from alfred_tui.tenant.wire import decode

    met = True
    times = 10
    bodies = {
        look: recorded(ROUTES[path])
        for look, route in LOOKS.items()
        if (path := route.target.split("?")[0]) in ROUTES
    }
    for look, body in bodies.items():
        what, limit = look.value, None
        if look is Look.DASHBOARD:
            body, limit = large_dashboard(), 0.5
        results = interleave(
            [
                Candidate("json.loads", lambda body=body: [json.loads(body) for _ in range(times)]),
                Candidate(
                    "decode",
                    lambda body=body, look=look: [decode(look, body) for _ in range(times)],
                ),
            ],
            5 if quick else 15,
        )
        title = f"decode {what}, {len(body) / 1000:.0f} KB"
        table(title, results, "json.loads", 1000 / times, "ms")
        if limit is not None:
            met &= goal(
                "decode / json.loads",
                results["decode"].middle / results["json.loads"].middle,
                limit,
            )
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    chosen = parser.parse_args()
    from tests.tenant.certificates import Authority

    print(machine())
    met = decoding(chosen.quick)
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        names = ("*.fleet.ts.example",)
        pair = authority.issue("fleet", names)
        script = str(ROOT / "benchmarks" / "tenants.py")
        with server(script, str(pair.chain), str(pair.key)) as ports:
            port = int(ports.split()[0])
            met &= looks(port, str(authority.ca_file), chosen.quick)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
