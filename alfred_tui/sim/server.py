"""Sockets of the simulated fleet: a tenant an address, node's manners, an SSH banner."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime

from alfred_tui.sim.people import Person
from alfred_tui.sim.world import Reply, World

IDLE_CLOSE = 6.0
BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
Log = Callable[[datetime, str, str, str, int], None]


class _Connection(asyncio.Protocol):
    """One HTTP/1.1 connection; requests one after the other."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.transport: asyncio.Transport | None = None
        self.data = b""
        self.task: asyncio.Task[None] | None = None
        self.idle: asyncio.TimerHandle | None = None
        self.wanted = 0
        self.arrived = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.house.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.house.open.discard(self)
        if self.task:
            self.task.cancel()
        if self.idle:
            self.idle.cancel()

    def data_received(self, data: bytes) -> None:
        self.data += data
        if len(self.data) >= self.wanted:
            self.arrived.set()
        if len(self.data) > 200_000 and self.transport:
            self.transport.abort()
        elif b"\r\n\r\n" in self.data and (self.task is None or self.task.done()):
            if self.idle:
                self.idle.cancel()
            self.task = asyncio.get_running_loop().create_task(self._serve())

    async def _serve(self) -> None:
        assert self.transport is not None
        while b"\r\n\r\n" in self.data:
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            words = lines[0].split(" ")
            if len(words) != 3:
                self.transport.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                self.transport.close()
                return
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines[1:])
            }
            length = int(headers.get("content-length") or 0)
            self.wanted = length
            if len(self.data) < length:
                self.arrived.clear()
                await self.arrived.wait()
            self.data = self.data[length:]
            if not await self._answer(words[0], words[1], headers):
                return
        self.idle = asyncio.get_running_loop().call_later(IDLE_CLOSE, self.transport.close)

    async def _answer(self, method: str, target: str, headers: dict[str, str]) -> bool:
        assert self.transport is not None
        world, person = self.house.world, self.house.person
        now = self.house.now()
        reply = world.respond(person.name, method, target, headers, now)
        self.house.log(now, person.name, method, target, reply.status)
        async with self.house.event_loop:
            # one Node event loop a tenant: a slow call delays the others
            await asyncio.sleep(reply.delay * 0.2)
        await asyncio.sleep(reply.delay * 0.8)
        close = headers.get("connection", "").lower() == "close"
        payload = _head(reply, now, close=close) + reply.body
        if reply.cut is not None:
            self.transport.write(payload[: len(payload) - len(reply.body) + reply.cut])
            self.transport.close()
            return False
        self.transport.write(payload)
        if close:
            self.transport.close()
        return not close


def _head(reply: Reply, now: datetime, *, close: bool) -> bytes:
    moment = format_datetime(now + timedelta(seconds=reply.clock), usegmt=True)
    keep = "close" if close else "keep-alive\r\nKeep-Alive: timeout=5"
    reason = REASONS.get(reply.status, "Error")
    return (
        f"HTTP/1.1 {reply.status} {reason}\r\n"
        "Access-Control-Allow-Origin: *\r\n"
        "Access-Control-Allow-Methods: GET, POST, PATCH, DELETE, OPTIONS\r\n"
        "Access-Control-Allow-Headers: Authorization, Content-Type\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(reply.body)}\r\n"
        f"Date: {moment}\r\nConnection: {keep}\r\n\r\n"
    ).encode()


class House:
    """One tenant's doors: opened, refused or black as its faults say."""

    def __init__(
        self,
        world: World,
        person: Person,
        address: str,
        port: int,
        now: Callable[[], datetime],
        log: Log,
        context: ssl.SSLContext | None,
    ) -> None:
        self.world, self.person = world, person
        self.address, self.port = address, port
        self.now, self.log = now, log
        self.context = context
        self.event_loop = asyncio.Lock()
        self.open: set[_Connection] = set()
        self._http: asyncio.Server | None = None
        self._ssh: asyncio.Server | None = None
        self._black: list[socket.socket] = []

    async def settle(self) -> None:
        """Bring the sockets to what the faults of the moment ask for."""
        at, name = self.now(), self.person.name
        black = self.world.fault(name, "host-blackholed", at) is not None
        refused = self.world.fault(name, "host-refused", at) is not None
        api = not (black or refused or self.world.fault(name, "api-down", at))
        if not black and self._black:
            for sock in self._black:
                sock.close()
            self._black = []
        if self._http and not api:
            await self._shut(self._http)
            self._http = None
        if self._ssh and (black or refused):
            await self._shut(self._ssh)
            self._ssh = None
        if black and not self._black:
            self._black = _blackhole(self.address, self.port) + _blackhole(
                self.address, self.port + 1
            )
        loop = asyncio.get_running_loop()
        if api and self._http is None:
            self._http = await loop.create_server(
                lambda: _Connection(self), self.address, self.port, ssl=self.context, backlog=512
            )
        if not (black or refused) and self._ssh is None:
            self._ssh = await asyncio.start_server(_say_banner, self.address, self.port + 1)

    async def _shut(self, server: asyncio.Server) -> None:
        server.close()
        for connection in list(self.open):
            if connection.transport:
                connection.transport.abort()

    async def close(self) -> None:
        """Let go of every socket."""
        for server in (self._http, self._ssh):
            if server:
                await self._shut(server)
        for sock in self._black:
            sock.close()


async def _say_banner(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.write(BANNER)
        await writer.drain()
        writer.close()


def _blackhole(address: str, port: int) -> list[socket.socket]:
    """A port whose accept queue is full: the kernel drops further SYNs, so connects time out."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(0)
    held = [listener]
    for _ in range(2):
        filler = socket.socket()
        filler.setblocking(False)
        with suppress(BlockingIOError):
            filler.connect((address, port))
        held.append(filler)
    return held
