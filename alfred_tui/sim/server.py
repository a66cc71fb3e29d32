"""Sockets of the simulated fleet: a tenant an address, node's manners, SSH beside it (1.6, 1.8)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

from alfred_tui.sim.papers import Paper
from alfred_tui.sim.people import Person
from alfred_tui.sim.replies import Reply
from alfred_tui.sim.ssh.porter import Porter
from alfred_tui.sim.world import World

IDLE_CLOSE = 6.0
"""Seconds after which node closes an idle connection that it announced as ``timeout=5``."""
MOST_HEAD = 16_384
MOST_BODY = 1 << 20


class Log(Protocol):
    """Writes down what came in: when, at whom, how, about what, and how that ended."""

    def __call__(
        self, at: datetime, tenant: str, method: str, target: str, status: int | None, **more: Any
    ) -> None:
        """``more`` are further keys of the line; a ``status`` of None is still to come."""


Now = Callable[[], datetime]
Contexts = Callable[[Paper], ssl.SSLContext]
DRIP = 0.25
"""Seconds between two drips."""


class Queue:
    """One event loop a tenant: dashboards are made one after the other."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def wait(self, now: float, took: float) -> float:
        """Seconds until something that takes ``took`` is done, if it begins when it can."""
        self._free_at = max(self._free_at, now) + took
        return self._free_at - now


class HttpConnection(asyncio.Protocol):
    """One HTTP/1.1 connection; requests one after the other."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.transport: asyncio.Transport | None = None
        self.data = bytearray()
        self.busy = False
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet a caller."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.house.callers.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the caller."""
        if self.transport:
            self.house.callers.discard(self.transport)
        self.transport = None
        if self.timer:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Collect a request and begin to answer it when it is whole."""
        self.data += data
        if not self.busy:
            self._next()

    def _next(self) -> None:
        head, found, rest = bytes(self.data).partition(b"\r\n\r\n")
        if len(head) > MOST_HEAD:
            self._refuse(431, "Request Header Fields Too Large")
            return
        if not found:
            return
        try:
            method, target, headers = _parse(head)
            length = int(headers.get("content-length") or 0)
        except ValueError:
            self._refuse(400, "Bad Request")
            return
        if "host" not in headers or not 0 <= length <= MOST_BODY:
            self._refuse(400, "Bad Request")
        elif len(rest) >= length:
            self.data = bytearray(rest[length:])
            self._begin(method, target, headers)

    def _refuse(self, status: int, reason: str) -> None:
        """What node's parser says by itself, without a JSON body."""
        if self.transport:
            self.transport.write(
                f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n\r\n".encode()
            )
            self.transport.close()

    def _begin(self, method: str, target: str, headers: dict[str, str]) -> None:
        if self.timer:
            self.timer.cancel()
        self.busy = True
        house = self.house
        now = house.now()
        reply = house.world.respond(house.person.name, method, target, headers, now)
        shown = target.replace(house.person.key, "***")
        house.log(now, house.person.name, method, shown, reply.status)
        wait = reply.delay
        if "/dashboard" in target and reply.status == 200:
            wait = house.queue.wait(now.timestamp(), wait)
        close = headers.get("connection", "").lower() == "close"
        self.timer = house.later(wait, self._answer, reply, method, close)

    def _answer(self, reply: Reply, method: str, close: bool) -> None:
        if self.transport is None:
            return
        if reply.behaviour in ("closed", "refused", "blackhole"):
            self.transport.abort()
            return
        head = _head(reply, close)
        body = b"" if method == "HEAD" else reply.body
        if reply.behaviour == "cut":
            self.transport.write(head + body[: len(body) // 2])
            self.transport.close()
        elif reply.behaviour == "drip":
            self.transport.write(head)
            self._drip(memoryview(body), max(1, int(reply.rate * DRIP)), close)
        else:
            self.transport.write(head + body)
            self._done(close)

    def _drip(self, left: memoryview, size: int, close: bool) -> None:
        if self.transport is None:
            return
        self.transport.write(left[:size])
        if len(left) > size:
            self.timer = self.house.later(DRIP, self._drip, left[size:], size, close)
        else:
            self._done(close)

    def _done(self, close: bool) -> None:
        if self.transport is None:
            return
        self.busy = False
        if close:
            self.transport.close()
            return
        self.timer = self.house.later(IDLE_CLOSE, self.transport.close)
        if self.data:
            self._next()


def _parse(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, target and headers (names in lower case)."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1.") or not target.startswith("/"):
        raise ValueError(first)
    pairs = (line.partition(":") for line in lines)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _head(reply: Reply, close: bool) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += ["Connection: close"] if close else ["Connection: keep-alive", "Keep-Alive: timeout=5"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class House:
    """One tenant's two doors: open, refused or black as the moment asks.

    ``contexts`` makes it speak TLS with the certificate that it should show; ``speed`` is how many
    times as fast as the clock its time runs, by which all its waits are shorter.
    """

    def __init__(
        self,
        world: World,
        person: Person,
        address: str,
        port: int,
        now: Now,
        log: Log,
        contexts: Contexts | None = None,
        speed: float = 1.0,
    ) -> None:
        self.world, self.person = world, person
        self.address, self.port = address, port
        self.now, self.log = now, log
        self.speed = speed
        self._contexts = contexts
        self.queue = Queue()
        self.callers: set[asyncio.Transport] = set()
        self.guests: set[asyncio.Transport] = set()
        self.manners: dict[int, Any] = {}
        self.lines: dict[object, asyncio.Transport] = {}
        self.works: set[asyncio.Task[None]] = set()
        self._doors = {
            "api": Door(address, port, self.callers, lambda: HttpConnection(self)),
            "ssh": Door(address, port + 1, self.guests, lambda: Porter(self)),
        }

    def later(
        self, seconds: float, what: Callable[..., object], *more: object
    ) -> asyncio.TimerHandle:
        """Call ``what`` after so many seconds of the world's time."""
        return asyncio.get_running_loop().call_later(seconds / self.speed, what, *more)

    async def pause(self, seconds: float) -> None:
        """Let so many seconds of the world's time pass."""
        await asyncio.sleep(seconds / self.speed)

    async def slowly(self) -> None:
        """Wait as long as SSH is slow at this moment."""
        await self.pause(self.world.ssh_delay(self.person.name, self.now().timestamp()))

    def forget(self, line: object) -> None:
        """A line on which SSH was spoken is dead."""
        if (transport := self.lines.pop(line, None)) is not None:
            self.guests.discard(transport)

    async def settle(self) -> None:
        """Bring both doors to what the moment asks for.

        Raises:
            OSError: a port is taken.
        """
        at = self.now()
        name = self.person.name
        paper = self.world.paper(name, at) if self._contexts else None
        await self._doors["api"].become(self.world.door(name, "api", at), paper, self._contexts)
        await self._doors["ssh"].become(self.world.door(name, "ssh", at))

    async def close(self) -> None:
        """Let go of every socket."""
        for work in list(self.works):
            work.cancel()
        for door in self._doors.values():
            await door.become("refused")


class Door:
    """One port of one address."""

    def __init__(
        self,
        address: str,
        port: int,
        inside: set[asyncio.Transport],
        make: Callable[[], asyncio.Protocol],
    ) -> None:
        self.address, self.port = address, port
        self.state = "refused"
        self._paper: Paper | None = None
        self._inside, self._make = inside, make
        self._server: asyncio.Server | None = None
        self._black: list[socket.socket] = []

    async def become(
        self, state: str, paper: Paper | None = None, contexts: Contexts | None = None
    ) -> None:
        """``ok``, ``refused`` or ``blackhole``; who is inside is thrown out when that changes.

        So it is with another ``paper``: a new TLS context takes up no session of the old one.
        """
        if state == self.state and paper == self._paper:
            return
        if self._server:
            self._server.close()
            self._server = None
            for transport in list(self._inside):
                transport.abort()
        for held in self._black:
            held.close()
        self._black = []
        if state == "ok":
            context = contexts(paper) if contexts and paper else None
            listener = listen(self.address, self.port, 512)
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                self._make, sock=listener, ssl=context, backlog=512
            )
        elif state == "blackhole":
            self._black = blackhole(self.address, self.port)
        self.state, self._paper = state, paper


def listen(address: str, port: int, backlog: int) -> socket.socket:
    """A listening socket."""
    made = socket.socket()
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(backlog)
    except OSError:
        made.close()
        raise
    return made


def blackhole(address: str, port: int) -> list[socket.socket]:
    """A port whose accept queue is full: the kernel drops further SYNs, so connects time out."""
    held = [listen(address, port, 0)]
    for _ in range(2):
        filler = socket.socket()
        filler.setblocking(False)
        with suppress(BlockingIOError):
            filler.connect((address, port))
        held.append(filler)
    return held
