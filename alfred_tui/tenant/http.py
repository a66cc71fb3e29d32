"""HTTP to tenants behind httpx's transport seam: one connection a look, no pool over all hosts.

ctrl-api closes idle connections after 5 s and a tenant is asked every 10 s, so a pool would hold
dead sockets; and a pool over 1,000 hosts is scanned for every request (docs/decisions.md). Only
where more is asked at once, as in the pulse, a connection is kept for a moment.
HTTP/1.1 itself is h11's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import NamedTuple

import h11
import httpx

from alfred_tui.model.observation import FailureKind
from alfred_tui.model.tenant import Tenant
from alfred_tui.tenant.channel import Channel
from alfred_tui.tenant.dial import Dialer, is_loopback
from alfred_tui.tenant.errors import Misconfigured, TenantError, Unreachable
from alfred_tui.tenant.troubles import on_the_wire

KEEP_FOR = 3.0
"""Seconds that a connection is kept for the next look; ctrl-api closes it after 5."""


class Target(NamedTuple):
    """Where a tenant's API is: what is dialled, and the name it must prove."""

    scheme: str
    host: str
    port: int
    address: str
    prefix: str
    ca_file: str | None

    @property
    def base(self) -> str:
        """``https://name:3100`` with the path of ``api_url``, if it has one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"


def target_of(tenant: Tenant) -> Target:
    """The place behind ``api_url`` and ``connect_address``.

    Raises:
        Misconfigured: no such place, or one that needs ``allow_plain_http``.
    """
    place = _placed(tenant.api_url, tenant.connect_address, tenant.ca_file)
    if place.scheme == "http" and not tenant.allow_plain_http and not is_loopback(place.address):
        raise Misconfigured("http:// without TLS is for loopback only: allow_plain_http permits it")
    return place


@lru_cache(maxsize=16_384)
def _placed(api_url: str, connect_address: str | None, ca_file: str | None) -> Target:
    try:
        url = httpx.URL(api_url)
        host, port = url.raw_host.decode("ascii").strip("[]"), url.port
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise Misconfigured("api_url is no URL") from None
    if url.scheme not in ("https", "http") or not host:
        raise Misconfigured("api_url must be https://host[:port]")
    return Target(
        url.scheme,
        host,
        port or (443 if url.scheme == "https" else 80),
        connect_address or host,
        url.path.rstrip("/"),
        ca_file,
    )


class Wire:
    """HTTP/1.1 on a channel: h11 speaks it. ``answered``: a byte of the present answer has come."""

    __slots__ = ("answered", "channel", "http")

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.http = h11.Connection(h11.CLIENT)
        self.answered = False

    async def event(self) -> h11.Event | type[h11.PAUSED]:
        """The next event of the answer."""
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]  # h11 types its sentinels as classes
            data = await self.channel.read()
            if not data and not self.answered:
                raise EOFError("closed without a byte")
            self.answered = self.answered or bool(data)
            self.http.receive_data(data)

    def waited(self) -> float:
        """Seconds that it waited for its turn to be opened; told once."""
        turn, self.channel.turn = self.channel.turn, None
        return turn.waited if turn is not None else 0.0

    def close(self) -> None:
        """Let go of the connection at once."""
        self.channel.close()


_TROUBLES = (h11.ProtocolError, OSError, EOFError)


class TenantTransport(httpx.AsyncBaseTransport):
    """httpx's seam. A request carries ``extensions["tenant"]`` (a :class:`Tenant`).

    ``extensions["keep"]`` (bool) keeps the connection for a next request within ``KEEP_FOR``.
    ``extensions["sending"]`` is called just before its first byte goes out: an error before that
    means that nothing was sent.
    The answer's extensions have ``certificate_ends``; ``sent``, the loop time of the request; and
    ``waited``, the seconds in which it was not the host that we waited for.
    """

    def __init__(self, dialer: Dialer) -> None:
        self.dialer = dialer
        self._kept: dict[Target, tuple[Wire, asyncio.TimerHandle]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The head of the answer; its body is read from the response's stream.

        Raises:
            TenantError: Unreachable, TlsRefused, Misconfigured, BadAnswer.
        """
        place = target_of(request.extensions["tenant"])
        # what changes something never goes out on a connection that may be dead
        wire = self._take(place) if request.method == "GET" else None
        if wire is not None:
            try:
                return await self._exchange(wire, place, request)
            except TenantError:
                if wire.answered:
                    raise
                # it died while it was kept: nothing was answered, and a GET may be asked again
        channel = await self.dialer.open(
            place.address,
            place.port,
            host=place.host,
            secure=place.scheme == "https",
            ca_file=place.ca_file,
        )
        return await self._exchange(Wire(channel), place, request)

    async def _exchange(self, wire: Wire, place: Target, request: httpx.Request) -> httpx.Response:
        sent = asyncio.get_running_loop().time()
        wire.answered = False
        try:
            http = wire.http
            head = h11.Request(
                method=request.method, target=request.url.raw_path, headers=request.headers.raw
            )
            body = await request.aread()
            parts = [head, *([h11.Data(body)] if body else []), h11.EndOfMessage()]
            raw = b"".join(http.send(part) or b"" for part in parts)
            if (sending := request.extensions.get("sending")) is not None:
                sending()
            wire.channel.write(raw)
            event = await wire.event()
            while isinstance(event, h11.InformationalResponse):
                event = await wire.event()
        except _TROUBLES as trouble:
            wire.close()
            raise on_the_wire(trouble) from None
        except BaseException:
            wire.close()
            raise
        if not isinstance(event, h11.Response):
            wire.close()
            raise Unreachable("connection closed without an answer", kind=FailureKind.CUT)
        return httpx.Response(
            event.status_code,
            headers=event.headers.raw_items(),
            stream=_Body(wire, self, place, keep=bool(request.extensions.get("keep"))),
            extensions={
                "certificate_ends": wire.channel.certificate_ends,
                "sent": sent,
                "waited": wire.waited(),
            },
        )

    def _take(self, place: Target) -> Wire | None:
        kept = self._kept.pop(place, None)
        if kept is None:
            return None
        kept[1].cancel()
        if kept[0].channel.alive:
            return kept[0]
        kept[0].close()
        return None

    def done(self, wire: Wire, place: Target, *, keep: bool) -> None:
        """An answer was read to its end: keep the connection for a moment, or close it."""
        self.dialer.keep_session(wire.channel, place.address, place.port, place.host)
        if not keep:
            wire.close()
            return
        try:
            wire.http.start_next_cycle()
        except h11.ProtocolError:
            wire.close()
            return
        if place in self._kept or not wire.channel.alive:
            wire.close()
            return
        timer = asyncio.get_running_loop().call_later(KEEP_FOR, self._drop, place)
        self._kept[place] = (wire, timer)

    def _drop(self, place: Target) -> None:
        kept = self._kept.pop(place, None)
        if kept is not None:
            kept[0].close()

    async def aclose(self) -> None:
        """Close what is kept."""
        for wire, timer in self._kept.values():
            timer.cancel()
            wire.close()
        self._kept.clear()


class _Body(httpx.AsyncByteStream, AsyncIterator[bytes]):
    def __init__(self, wire: Wire, owner: TenantTransport, place: Target, *, keep: bool) -> None:
        self._wire, self._owner, self._place, self._keep = wire, owner, place, keep
        self._whole = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._whole:
            raise StopAsyncIteration
        try:
            event = await self._wire.event()
        except _TROUBLES as trouble:
            raise on_the_wire(trouble) from None
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            self._whole = True
            raise StopAsyncIteration
        raise Unreachable("connection cut before the answer was whole", kind=FailureKind.CUT)

    async def aclose(self) -> None:
        if self._whole:
            self._owner.done(self._wire, self._place, keep=self._keep)
        else:
            self._wire.close()
