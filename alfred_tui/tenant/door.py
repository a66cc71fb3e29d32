"""The API door of all tenants: one look in, one :class:`Observation` out (tenant-api.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

import httpx

from alfred_tui.model.facts import Answer, Banner, Dashboard, Oddity, Stream, Streams, System
from alfred_tui.model.look import PULSE_LOOKS, Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.tenant import Layout, Tenant
from alfred_tui.model.text import clean
from alfred_tui.tenant import routes
from alfred_tui.tenant.capabilities import Capabilities, Support
from alfred_tui.tenant.dial import Dialer
from alfred_tui.tenant.errors import BadAnswer, NotFound, TenantError, Unreachable, Unsupported
from alfred_tui.tenant.fetch import Fetcher, Reply
from alfred_tui.tenant.http import TenantTransport
from alfred_tui.tenant.routes import ROUTES, SYSTEM_DISK, Route
from alfred_tui.tenant.troubles import from_system
from alfred_tui.tenant.wire import decode, decode_stream, decode_system_disk

BANNER_CAP = 255
"""Bytes of an SSH identification line (RFC 4253, 4.2)."""
MOST_STREAMS = 40
"""Details asked for in one look."""


class Stats(NamedTuple):
    """What the door is doing, and how many body bytes it has read."""

    connecting: int
    in_flight: int
    bytes_total: int


class ApiDoor:
    """Asks tenants; failures come back as data. One instance serves the whole fleet.

    ``transport`` is httpx's seam: by default our own, over real sockets; what changes something
    goes through it, too.
    """

    def __init__(
        self,
        *,
        poll: PollSettings,
        now: Callable[[], datetime],
        capabilities: Capabilities | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._poll = poll
        self._now = now
        self.dialer = Dialer(poll.connect_timeout, poll.tls_timeout)
        self.transport = transport or TenantTransport(self.dialer)
        self._fetcher = Fetcher(self.transport, now)
        self.capabilities = capabilities or Capabilities()
        self.in_flight = 0

    @property
    def stats(self) -> Stats:
        """What is under way right now."""
        return Stats(self.dialer.connecting, self.in_flight, self._fetcher.bytes_total)

    @property
    def connecting(self) -> int:
        """Connections being opened right now."""
        return self.dialer.connecting

    @property
    def bytes_total(self) -> int:
        """Bytes of bodies read so far."""
        return self._fetcher.bytes_total

    async def aclose(self) -> None:
        """Let go of what the door holds."""
        await self.transport.aclose()
        self.dialer.close()

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One look; never raises a :class:`TenantError`, cancellation passes."""
        if look is Look.BANNER:
            return await self.banner(tenant)
        asking = _Asking(self, tenant, look)
        return await self._observed(tenant, look, Door.API, asking.answer, asking)

    async def banner(self, tenant: Tenant) -> Observation:
        """The first line of the SSH port: tells "API down" from "host down". No handshake."""

        async def ask() -> tuple[Answer, tuple[Oddity, ...]]:
            address = tenant.ssh.host if tenant.ssh else tenant.address
            port = tenant.ssh.port if tenant.ssh else 22
            return Banner(await self._first_line(address, port)), ()

        return await self._observed(tenant, Look.BANNER, Door.PORT22, ask, None)

    async def _observed(
        self,
        tenant: Tenant,
        look: Look,
        door: Door,
        ask: Callable[[], Awaitable[tuple[Answer, tuple[Oddity, ...]]]],
        asking: _Asking | None,
    ) -> Observation:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer: Answer | None = None
        odd: tuple[Oddity, ...] = ()
        failure: Failure | None = None
        self.in_flight += 1
        try:
            answer, odd = await ask()
        except TenantError as trouble:
            failure = trouble.failure
        finally:
            self.in_flight -= 1
        last = asking.last if asking is not None else None
        return Observation(
            tenant=tenant.name,
            look=look,
            at=self._now(),
            took=loop.time() - began - (asking.waited if asking is not None else 0.0),
            door=door,
            answer=answer,
            failure=failure,
            oddities=odd,
            skew=last.clock.skew if last and last.clock else None,
            skew_margin=last.clock.margin if last and last.clock else 0.0,
            size=asking.size if asking is not None else 0,
            certificate_ends=last.certificate_ends if last else None,
        )

    async def get(self, tenant: Tenant, look: Look, route: Route) -> Reply:
        """One route's answer, unless it is known to be absent; what it teaches is learnt.

        Raises:
            TenantError: as :meth:`Fetcher.get`; Unsupported without asking where known.
        """
        known = self.capabilities
        name = f"{tenant.name} {tenant.api_url}"
        if known.absent(name, route.key, self._now()):
            raise Unsupported("this generation has no such route", status=404)
        limit = (
            self._poll.dashboard_timeout if look is Look.DASHBOARD else self._poll.answer_timeout
        )
        keep = look in PULSE_LOOKS
        try:
            reply = await self._fetcher.get(tenant, route, limit, keep=keep)
        except Unsupported:
            known.learn(name, route.key, Support.ABSENT, self._now())
            raise
        except TenantError as trouble:
            if trouble.failure.status is not None and trouble.failure.status >= 500:
                known.learn(name, route.key, Support.BROKEN, self._now())
            raise
        known.learn(name, route.key, Support.ANSWERS, self._now())
        return reply

    def forget(self, tenant: Tenant) -> None:
        """What its routes did: it is no longer ours, or is described otherwise."""
        self.capabilities.forget(f"{tenant.name} {tenant.api_url}")

    def learn_generation(self, tenant: Tenant, generation: str) -> None:
        """Note what an answer betrayed of a tenant's generation."""
        self.capabilities.is_of(f"{tenant.name} {tenant.api_url}", generation)

    async def _first_line(self, address: str, port: int) -> str:
        sock = await self.dialer.tcp(address, port)
        loop = asyncio.get_running_loop()
        read = b""
        try:
            async with asyncio.timeout(self._poll.connect_timeout):
                while b"\n" not in read and len(read) < BANNER_CAP:
                    more = await loop.sock_recv(sock, BANNER_CAP - len(read))
                    if not more:
                        break
                    read += more
        except TimeoutError:
            if not read:
                raise Unreachable("no SSH banner came", kind=FailureKind.TIMED_OUT) from None
        except OSError as trouble:
            raise from_system(trouble, f"port {port}") from None
        finally:
            sock.close()
        line = clean(read.split(b"\n", 1)[0].decode("latin-1"), 100)
        if not line:
            raise Unreachable("port 22 closed without a word", kind=FailureKind.CUT)
        if not line.startswith("SSH-"):
            raise BadAnswer("not an SSH server", path="$")
        return line


class _Asking:
    """One look under way: its calls, one at a time, and what is learnt beside the answer."""

    def __init__(self, door: ApiDoor, tenant: Tenant, look: Look) -> None:
        self._door, self._tenant, self._look = door, tenant, look
        self.last: Reply | None = None
        self.size = 0
        self.waited = 0.0

    async def answer(self) -> tuple[Answer, tuple[Oddity, ...]]:
        """The facts and the odd places.

        Raises:
            TenantError: the look failed.
        """
        answer, odd = decode(self._look, await self._get(ROUTES[self._look]))
        if isinstance(answer, Streams):
            return await self._with_pulls(answer, odd)
        if isinstance(answer, System):
            return await self._with_disk(answer, odd)
        if isinstance(answer, Dashboard) and answer.generation:
            self._door.learn_generation(self._tenant, answer.generation)
        return answer, odd

    async def _get(self, route: Route) -> bytes:
        self.last = await self._door.get(self._tenant, self._look, route)
        self.size += len(self.last.body)
        self.waited += self.last.waited
        return self.last.body

    async def _with_pulls(
        self, listed: Streams, odd: tuple[Oddity, ...]
    ) -> tuple[Answer, tuple[Oddity, ...]]:
        """Each enabled stream's detail: only there are last pulls shown (tenant-api.md 7.1)."""
        rows: list[Stream] = []
        whole, asked = True, 0
        for index, row in enumerate(listed.rows):
            if not row.enabled or row.system or row.status == "paused":
                rows.append(row)
                continue
            asked += 1
            if not whole or asked > MOST_STREAMS:
                whole = False
                rows.append(row)
                continue
            try:
                detail, more = decode_stream(await self._get(routes.stream(row.stream_id)))
                odd += tuple(_at(index, place) for place in more)
                rows.append(detail)
            except NotFound:
                continue  # deleted since it was listed
            except BadAnswer as trouble:
                odd += (_at(index, Oddity(trouble.failure.path, trouble.failure.text)),)
                rows.append(row)
            except TenantError:
                whole = False  # the list itself stands; the pulls are unknown
                rows.append(row)
        return Streams(tuple(rows), detailed=whole), odd

    async def _with_disk(
        self, system: System, odd: tuple[Oddity, ...]
    ) -> tuple[Answer, tuple[Oddity, ...]]:
        """H's host figure in place of the container's (tenant-api.md 4.3), where the route is."""
        if self._tenant.layout not in (None, Layout.H):
            return system, odd
        try:
            disk, more = decode_system_disk(await self._get(SYSTEM_DISK))
        except TenantError:
            return system, odd  # the route is of the newest H only; the other figure stands
        return System(system.uptime, system.memory_percent, disk or system.disk), odd + more


def _at(index: int, place: Oddity) -> Oddity:
    """A place in a stream's detail, named by the stream's row in the list."""
    inside = place.path.removeprefix("$")
    if inside == ".stream" or inside.startswith((".stream.", ".stream[")):
        inside = inside.removeprefix(".stream")
    return Oddity(f"$.streams[{index}]{inside}", place.text)
