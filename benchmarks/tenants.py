"""Many tenants in one process: every loopback address answers with recorded bodies, at once.

    python benchmarks/tenants.py CHAIN KEY

Prints ``PORT DEAD BANNER``: TLS on every address at PORT, nothing ever accepted at DEAD (a full
queue drops the SYN, as a blackholed host does), an SSH banner at BANNER. It costs as little as it
can, so that a benchmark measures the client.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).resolve().parent.parent / "tests" / "wire" / "recorded"
ROUTES = {
    "/api/v1/admin/containers": "containers",
    "/api/v1/admin/dashboard": "dashboard",
    "/api/v1/admin/temporal/task-queues/alfred-learn": "task-queue-pollers",
    "/api/v1/schedules": "schedules",
    "/api/v1/workflows": "workflows-running",
    "/api/v1/streams": "streams",
    "/api/v1/admin/system/info": "system-info",
    "/api/v1/workers/status": "workers-status",
}
BIG = "big:"
PLANE = (
    *("db", "redis", "mq", "minio", "api", "worker"),
    *("beat", "web", "space", "admin", "live", "proxy"),
)
NOT_FOUND = b'{"error":{"code":"NOT_FOUND","message":"No route"}}'


def recorded(name: str) -> bytes:
    """The body of a recording, as JavaScript would have written it."""
    response = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))["response"]
    return json.dumps(response["body"], separators=(",", ":"), ensure_ascii=False).encode()


def healthy_containers() -> bytes:
    """The recorded containers with all of Plane's, none of them in trouble: 20 rows."""
    rows: list[dict[str, Any]] = json.loads(recorded("containers"))
    well = [row for row in rows if not row["Service"].startswith("plane-")]
    one = next(row for row in rows if row["Service"] == "plane-db")
    for part in PLANE:
        name = f"plane-{part}"
        well.append(json.loads(json.dumps(one).replace("plane-db", name)))
    return json.dumps(well, separators=(",", ":"), ensure_ascii=False).encode()


def large_dashboard(size: int = 1_000_000) -> bytes:
    """The recorded dashboard with a vault grown until the body has ``size`` bytes."""
    whole: dict[str, Any] = json.loads(recorded("dashboard-9000"))
    types = [(name, rows) for name, rows in whole["vault"]["records_by_type"].items() if rows]
    missing = size - len(json.dumps(whole, separators=(",", ":")))
    number = 0
    while missing > 0:
        name, rows = types[number % len(types)]
        row = dict(rows[0], path=f"{name}/record-{number:06d}", name=f"record-{number:06d}")
        rows.append(row)
        missing -= len(json.dumps(row, separators=(",", ":"))) + 1
        number += 1
    whole["vault"]["total"] = sum(len(rows) for _, rows in types)
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


def answer(body: bytes, status: str = "200 OK") -> bytes:
    """A whole HTTP answer that closes the connection."""
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def answers() -> dict[str, bytes]:
    """By path, ready to be written; ``BIG`` before a path is for hosts with a large vault."""
    return {path: answer(recorded(name)) for path, name in ROUTES.items()} | {
        "/api/v1/admin/containers": answer(healthy_containers()),
        f"{BIG}/api/v1/admin/dashboard": answer(large_dashboard()),
    }


class Tenant(asyncio.Protocol):
    """One request, one answer."""

    ready: dict[str, bytes] = {}  # noqa: RUF012 - filled once before anybody asks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if b"\r\n\r\n" in self.seen:
            path = self.seen.split(b" ", 2)[1].split(b"?")[0].decode()
            if b"\r\nHost: big" in self.seen:
                path = BIG + path
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.write(self.ready.get(path) or answer(NOT_FOUND, "404 Not Found"))
            self.transport.close()


class Banner(asyncio.Protocol):
    """What an SSH server says first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"SSH-2.0-OpenSSH_9.2p1\r\n")
        transport.close()


def full_queue() -> list[socket.socket]:
    """A port on every address that no connection gets through to; the first socket listens."""
    listener = socket.socket()
    listener.bind(("0.0.0.0", 0))
    listener.listen(0)
    held = [listener]
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        with suppress(BlockingIOError):
            filler.connect(("127.0.0.1", listener.getsockname()[1]))
        held.append(filler)
    return held


def address(number: int) -> str:
    """The loopback address of tenant ``number``."""
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


def inventory(
    count: int, dead: Iterable[int], ports: tuple[int, int, int], ca_file: str
) -> dict[str, Any]:
    """What ``alfred-tui import`` reads; ``ports`` as printed."""
    live, black, banner = ports
    gone = set(dead)
    return {
        "tenants": [
            {
                "name": f"tenant-{n:04d}",
                "api_url": f"https://t{n}.fleet.ts.example:{black if n in gone else live}",
                "api_key": "invented",
                "connect_address": address(n),
                "ca_file": ca_file,
                "ssh": {
                    "host": address(n),
                    "port": black if n in gone else banner,
                    "user": "deploy",
                },
            }
            for n in range(count)
        ]
    }


async def serve(chain: str, key: str) -> None:
    Tenant.ready = answers()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    loop = asyncio.get_running_loop()
    door = await loop.create_server(Tenant, "0.0.0.0", 0, ssl=context, backlog=4096)
    ssh = await loop.create_server(Banner, "0.0.0.0", 0, backlog=4096)
    black = full_queue()
    ports = (s.getsockname()[1] for s in (door.sockets[0], black[0], ssh.sockets[0]))
    print(*ports, flush=True)
    await door.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:3]))
