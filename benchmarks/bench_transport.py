"""Transport alone: cold TLS, a 30 KB body, distinct loopback hosts, against bare aiohttp.

    python benchmarks/bench_transport.py [--quick]

Every host is its own address 127.x.y.z on one port, served by a process of its own. Each request is
a new connection with a whole TLS handshake, verified; 64 are under way at once.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from harness import Candidate, goal, interleave, machine, server, table

IN_FLIGHT = 64
BODY = 30_000


class Answer(asyncio.Protocol):
    """Answers every request with the same 30 KB of JSON and closes, as ctrl-api may."""

    payload = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if b"\r\n\r\n" in self.seen:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.write(self.payload)
            self.transport.close()


async def serve(chain: str, key: str) -> None:
    body = b'{"filler":"' + b"x" * (BODY - 13) + b'"}'
    Answer.payload = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Date: Mon, 01 Jun 2026 09:00:00 GMT\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    ) + body
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(Answer, "0.0.0.0", 0, ssl=context, backlog=4096)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def address(number: int) -> str:
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


async def sweep(count: int, one: Callable[[int], Awaitable[int]]) -> None:
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def ask(number: int) -> None:
        async with gate:
            size = await one(number)
            if size != BODY:
                raise RuntimeError(f"{size} bytes came, not {BODY}")

    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(ask(number))


def with_aiohttp(count: int, port: int, ca_file: str) -> Callable[[], None]:
    import aiohttp

    context = ssl.create_default_context(cafile=ca_file)

    async def run() -> None:
        connector = aiohttp.TCPConnector(ssl=context, limit=IN_FLIGHT, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def one(number: int) -> int:
                url = f"https://{address(number)}:{port}/api/v1/admin/containers"
                async with session.get(
                    url,
                    headers={"Authorization": "Bearer invented"},
                    server_hostname=f"t{number}.fleet.ts.example",
                ) as response:
                    return len(await response.read())

            await sweep(count, one)

    return lambda: asyncio.run(run())


def with_door(count: int, port: int, ca_file: str) -> Callable[[], None]:
    from alfred_tui.model.look import Look
    from alfred_tui.model.poll import PollSettings
    from alfred_tui.model.tenant import Secret, Tenant
    from alfred_tui.tenant.door import ApiDoor
    from alfred_tui.tenant.routes import ROUTES

    tenants = [
        Tenant(
            name=f"t{number}",
            api_url=f"https://t{number}.fleet.ts.example:{port}",
            api_key=Secret("invented"),
            connect_address=address(number),
            ca_file=ca_file,
        )
        for number in range(count)
    ]

    async def run() -> None:
        door = ApiDoor(poll=PollSettings(), now=lambda: datetime.now(UTC))

        async def one(number: int) -> int:
            reply = await door.get(tenants[number], Look.CONTAINERS, ROUTES[Look.CONTAINERS])
            return len(reply.body)

        try:
            await sweep(count, one)
        finally:
            await door.aclose()

    return lambda: asyncio.run(run())


def measure(port: int, ca_file: str, sizes: tuple[tuple[int, int], ...]) -> bool:
    each: dict[int, float] = {}
    met = True
    for count, rounds in sizes:
        results = interleave(
            [
                Candidate("aiohttp", with_aiohttp(count, port, ca_file)),
                Candidate("door", with_door(count, port, ca_file)),
            ],
            rounds,
        )
        table(f"{count} hosts, cold TLS, 30 KB", results, "aiohttp", 1000 / count, "ms a request")
        each[count] = results["door"].middle / count
        if count <= 1000:
            met &= goal("door / aiohttp", results["door"].middle / results["aiohttp"].middle, 2.0)
    if 100 in each and 1000 in each:
        met &= goal("1,000 hosts / 100 hosts, a request", each[1000] / each[100], 1.2)
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=2, metavar=("CHAIN", "KEY"), help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="100 and 1,000 hosts, three rounds")
    chosen = parser.parse_args()
    if chosen.serve:
        asyncio.run(serve(*chosen.serve))
        return 0
    from tests.tenant.certificates import Authority

    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        pair = authority.issue("fleet")
        with server(__file__, "--serve", str(pair.chain), str(pair.key)) as port:
            sizes = ((100, 3), (1000, 3)) if chosen.quick else ((100, 15), (1000, 7), (5000, 2))
            met = measure(int(port), str(authority.ca_file), sizes)
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
