"""One connection's bytes, plain or under TLS, without asyncio's streams and TLS layer between.

A tenant is dialled anew for every look, so the handshake is most of what a look costs: its end
leaves in one packet with the request, nobody is sent a farewell, and a session is resumed where the
tenant allows it (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from functools import lru_cache

from alfred_tui.tenant.turns import Turn

HELD = 256 * 1024
"""Bytes held back before the peer is made to wait: a cap must bound memory, too."""


class Channel(asyncio.Protocol):
    """An open connection, plain until :meth:`secure`; ``read`` is for one reader at a time."""

    def __init__(self, turn: Turn | None = None) -> None:
        """``turn`` ends with the first request, or with the channel."""
        self.turn = turn
        self._transport: asyncio.Transport | None = None
        self._chunks: list[bytes] = []
        self._held = 0
        self._paused = False
        self._ended = False
        self._trouble: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._tls: _Tls | None = None

    # --- asyncio's side -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio hands over the open connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came; make the peer wait where nobody takes it."""
        self._chunks.append(data)
        self._held += len(data)
        if self._held > HELD and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The peer has said all."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, ``exc`` says why."""
        self._ended = True
        self._trouble = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- ours -----------------------------------------------------------------------------

    async def secure(
        self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None = None
    ) -> None:
        """Shake hands for ``host``, resuming ``session`` if the peer still knows it.

        The handshake's last message is sent with the first :meth:`write`.

        Raises:
            ssl.SSLError: refused, by either side.
            ValueError: ``host`` is no name that TLS can ask for.
            OSError, EOFError: the connection was lost.
        """
        tls = self._tls = _Tls(context, host, session)
        while True:
            try:
                tls.object.do_handshake()
                return
            except ssl.SSLWantReadError:
                self._send(tls.outgoing.read())
            except ssl.SSLError:
                self._send(tls.outgoing.read())  # tell the peer why
                raise
            data = await self._raw()
            if not data:
                raise EOFError("closed during the handshake")
            tls.incoming.write(data)

    def write(self, data: bytes) -> None:
        """Send; a request is small, so nobody waits for it to drain."""
        if self._tls is not None:
            self._tls.object.write(data)
            data = self._tls.outgoing.read()
        self._send(data)
        if self.turn is not None:
            self.turn.end()

    def _send(self, data: bytes) -> None:
        if data and self._transport is not None:
            self._transport.write(data)

    async def read(self) -> bytes:
        """What has come; ``b""`` at the end.

        Raises:
            OSError: what the connection was lost by.
            EOFError: TLS was cut off: what was read may not be all.
        """
        if self._tls is None:
            return await self._raw()
        while True:
            data, ended = self._tls.take()
            if data or ended:
                return data
            raw = await self._raw()
            if not raw:
                raise EOFError("TLS ended without its farewell")
            self._tls.incoming.write(raw)

    async def _raw(self) -> bytes:
        while not self._chunks:
            if self._ended:
                if self._trouble is not None:
                    raise self._trouble
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._held = 0
        if self._paused and self._transport is not None and not self._ended:
            self._paused = False
            self._transport.resume_reading()
        return data

    @property
    def alive(self) -> bool:
        """Whether it may still be used: nothing came unasked, and it was not closed."""
        if self._ended:
            return False
        if self._tls is None or not self._chunks:
            return not self._chunks
        # a ticket for the next session may come late; words of the application may not
        for chunk in self._chunks:
            self._tls.incoming.write(chunk)
        self._chunks.clear()
        self._held = 0
        try:
            data, ended = self._tls.take()
        except ssl.SSLError:
            return False
        return not data and not ended

    def close(self) -> None:
        """Now: a peer that never answers a farewell must not keep the socket."""
        if self.turn is not None:
            self.turn.end()
        if self._transport is not None:
            self._transport.abort()

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a next handshake may resume; ``None`` without TLS or where none was offered."""
        return self._tls.object.session if self._tls is not None else None

    @property
    def context(self) -> ssl.SSLContext | None:
        """The trust that the handshake was made with."""
        return self._tls.object.context if self._tls is not None else None

    @property
    def resumed(self) -> bool:
        """Whether the handshake resumed an earlier session: no certificate was shown."""
        return self._tls is not None and bool(self._tls.object.session_reused)

    @property
    def certificate_ends(self) -> datetime | None:
        """When the peer's certificate expires; ``None`` without TLS."""
        shown = self._tls.object.getpeercert() if self._tls is not None else None
        return _moment(str(shown["notAfter"])) if shown and "notAfter" in shown else None


class _Tls:
    """TLS between two memories."""

    __slots__ = ("incoming", "object", "outgoing")

    def __init__(self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(
            self.incoming, self.outgoing, server_hostname=host, session=session
        )

    def take(self) -> tuple[bytes, bool]:
        """What can be deciphered by now, and whether the peer has said farewell."""
        parts: list[bytes] = []
        try:
            while True:
                data = self.object.read(HELD)
                if not data:
                    return b"".join(parts), True
                parts.append(data)
        except ssl.SSLWantReadError:
            return parts[0] if len(parts) == 1 else b"".join(parts), False
        except ssl.SSLZeroReturnError:
            return b"".join(parts), True


@lru_cache(maxsize=4096)
def _moment(not_after: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), UTC)
    except (ValueError, OverflowError, OSError):
        return None
