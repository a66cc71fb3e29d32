"""A real HTTP(S) server on loopback that behaves as badly as a test asks it to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from alfred_tui.model.poll import PollSettings
from alfred_tui.model.tenant import Secret, SshTarget, Tenant
from tests.tenant.certificates import Pair

KEY = "key-invented-0001"
Handler = Callable[["Exchange"], Awaitable[None]]
QUICK = PollSettings(
    connect_timeout=0.4, tls_timeout=0.6, answer_timeout=0.8, dashboard_timeout=0.9
)


class Exchange:
    """One request on a connection: its head, and the ways to answer it."""

    def __init__(self, head: bytes, writer: asyncio.StreamWriter, number: int) -> None:
        self.head, self.writer, self.number = head, writer, number

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    def answer(self, body: bytes, status: str = "200 OK", *extra: str, keep: bool = False) -> None:
        lines = [
            f"HTTP/1.1 {status}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"Connection: {'keep-alive' if keep else 'close'}",
            *extra,
        ]
        self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


class Loopback:
    """Where it listens, and what was asked: ``heads``, one per request; ``connections``."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.heads: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        number = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self.handler(Exchange(head, writer, number))
                await writer.drain()
                number += 1
                if b"connection: close" in head.lower():
                    break
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            with suppress(OSError, ssl.SSLError):
                writer.close()


@asynccontextmanager
async def listening(handler: Handler, pair: Pair | None = None) -> AsyncIterator[Loopback]:
    """A server on 127.0.0.1, with TLS where a certificate is given."""
    context = None
    if pair is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.chain, pair.key)
    server = Loopback(handler)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in list(server.tasks):
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)


@asynccontextmanager
async def blackhole() -> AsyncIterator[int]:
    """A port whose backlog is full: whoever connects waits for ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                with suppress(BlockingIOError):
                    filler.connect(("127.0.0.1", port))
            yield port
        finally:
            for filler in fillers:
                filler.close()


def tenant(
    port: int, *, secure: bool = False, ca_file: str | None = None, **more: object
) -> Tenant:
    """A tenant on a loopback port; with TLS it must prove that it is ``tenant.ts.example``."""
    url = f"https://tenant.ts.example:{port}" if secure else f"http://127.0.0.1:{port}"
    fields: dict[str, object] = {
        "name": "harbor",
        "api_url": url,
        "api_key": Secret(KEY),
        "connect_address": "127.0.0.1",
        "ca_file": ca_file,
        "ssh": SshTarget("127.0.0.1", port),
    }
    return Tenant(**(fields | more))  # type: ignore[arg-type]
