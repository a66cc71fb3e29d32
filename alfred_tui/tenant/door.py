"""The ctrl-api door: one look is one question, one answer or one typed failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote

import httpx

from alfred_tui.model.facts import Answer, Banner, Oddity, Streams, System
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.tenant import Layout, Tenant
from alfred_tui.model.text import clean
from alfred_tui.tenant import replies
from alfred_tui.tenant.errors import BadAnswer, TenantError, Unreachable, Unsupported
from alfred_tui.tenant.http import Dialer, TenantTransport, unreachable
from alfred_tui.tenant.wire.decode import decode, decode_stream, decode_system_disk

RUNNING = quote('ExecutionStatus="Running"', safe="")

ROUTES: dict[Look, str] = {
    Look.CONTAINERS: "/api/v1/admin/containers",
    Look.DASHBOARD: "/api/v1/admin/dashboard",
    Look.QUEUE: "/api/v1/admin/temporal/task-queues/alfred-learn",
    Look.SCHEDULES: "/api/v1/schedules",
    Look.WORKFLOWS: f"/api/v1/workflows?query={RUNNING}",
    Look.STREAMS: "/api/v1/streams",
    Look.SYSTEM: "/api/v1/admin/system/info",
    Look.WORKERS: "/api/v1/workers/status",
}
"""Every route that a look may call, closed: consuming, costly and echoing routes are not here."""

SYSTEM_DISK = "/api/v1/admin/system-info"

MEGABYTE = 1_000_000
CAPS = {Look.DASHBOARD: 16 * MEGABYTE, Look.WORKFLOWS: 12 * MEGABYTE}
BODY_CAP = 4 * MEGABYTE
ERROR_CAP = 64_000
ASK_AGAIN = timedelta(days=1)
"""A route known to be absent is asked again daily (architecture.md, Observing a fleet)."""


class Reply(NamedTuple):
    """A whole HTTP answer."""

    status: int
    body: bytes
    date: str
    certificate_ends: datetime | None


class ApiDoor:
    """Asks tenants; failures come back as data. One instance serves the whole fleet."""

    def __init__(self, *, poll: PollSettings, now: Callable[[], datetime]) -> None:
        self._poll = poll
        self._now = now
        self.dialer = Dialer(poll.connect_timeout, poll.tls_timeout)
        self._transport = TenantTransport(self.dialer)
        self._absent: dict[tuple[str, str], datetime] = {}
        self.in_flight = 0
        self.bytes_total = 0

    @property
    def connecting(self) -> int:
        """Connections being opened right now."""
        return self.dialer.connecting

    async def aclose(self) -> None:
        """Let go of what the door holds."""
        self.dialer.close()

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One look; never raises a :class:`TenantError`, cancellation passes."""
        if look is Look.BANNER:
            return await self.banner(tenant)
        loop = asyncio.get_running_loop()
        began, begun = loop.time(), self._now()
        seen = _Seen()
        self.in_flight += 1
        try:
            answer, odd = await self._ask(tenant, look, seen)
            failure = None
        except TenantError as trouble:
            answer, odd, failure = None, (), trouble.failure
        finally:
            self.in_flight -= 1
        took = loop.time() - began
        skew, margin = seen.skew(begun, took)
        return Observation(
            tenant=tenant.name,
            look=look,
            at=self._now(),
            took=took,
            door=Door.API,
            answer=answer,
            failure=failure,
            oddities=odd,
            skew=skew,
            skew_margin=margin,
            size=seen.size,
            certificate_ends=seen.certificate_ends,
        )

    async def _ask(
        self, tenant: Tenant, look: Look, seen: _Seen
    ) -> tuple[Answer, tuple[Oddity, ...]]:
        limit = (
            self._poll.dashboard_timeout if look is Look.DASHBOARD else self._poll.answer_timeout
        )
        try:
            async with asyncio.timeout(limit):
                body = await self._get(tenant, ROUTES[look], CAPS.get(look, BODY_CAP), seen)
                answer, odd = decode(look, body)
                if isinstance(answer, Streams):
                    answer = await self._with_pulls(tenant, answer, seen)
                elif isinstance(answer, System):
                    answer = await self._with_disk(tenant, answer, seen)
                return answer, odd
        except TimeoutError:
            text = f"no whole answer within {limit:g} s"
            raise Unreachable(text, kind=FailureKind.TIMED_OUT) from None

    async def _with_pulls(self, tenant: Tenant, listed: Streams, seen: _Seen) -> Streams:
        """Each enabled stream's detail, one call at a time: only there are last pulls shown."""
        rows, whole = [], True
        for row in listed.rows:
            if row.enabled and not row.system and row.status != "paused":
                target = f"/api/v1/streams/{quote(row.stream_id, safe='')}"
                try:
                    row = decode_stream(await self._get(tenant, target, BODY_CAP, seen))
                except TenantError:
                    whole = False  # the list itself stands; this stream's pull is unknown
            rows.append(row)
        return Streams(tuple(rows), detailed=whole)

    async def _with_disk(self, tenant: Tenant, system: System, seen: _Seen) -> System:
        """H's host figure in place of the container's (tenant-api.md 4.3), where the route is."""
        if tenant.layout not in (None, Layout.H):
            return system
        try:
            disk = decode_system_disk(await self._get(tenant, SYSTEM_DISK, BODY_CAP, seen))
        except TenantError:
            return system  # the route is of the newest H only; the other figure stands
        return System(system.uptime, system.memory_percent, disk or system.disk)

    async def _get(self, tenant: Tenant, target: str, cap: int, seen: _Seen) -> bytes:
        known = self._absent.get((tenant.name, target))
        if known is not None and self._now() - known < ASK_AGAIN:
            raise Unsupported("this generation has no such route", status=404)
        reply = await self._exchange(tenant, target, cap, seen)
        if reply.status == 200:
            self._absent.pop((tenant.name, target), None)
            return reply.body
        trouble = replies.error_of(reply.status, reply.body)
        if isinstance(trouble, Unsupported):
            self._absent[(tenant.name, target)] = self._now()
        raise trouble

    async def _exchange(self, tenant: Tenant, target: str, cap: int, seen: _Seen) -> Reply:
        scheme = "https" if tenant.api_url.lower().startswith("https:") else "http"
        request = httpx.Request(
            "GET",
            f"{scheme}://{_bracketed(tenant.host)}:{tenant.port}{target}",
            headers={
                "Authorization": f"Bearer {tenant.api_key.reveal()}",
                "Accept": "application/json",
                "Connection": "close",
            },
            extensions={"tenant": tenant},
        )
        response = await self._transport.handle_async_request(request)
        seen.certificate_ends = response.extensions["certificate_ends"] or seen.certificate_ends
        seen.date = response.headers.get("date", "") or seen.date
        try:
            good = response.status_code == 200
            body = await self._read(response, cap if good else ERROR_CAP, whole=good)
        finally:
            await response.aclose()
        seen.size += len(body)
        self.bytes_total += len(body)
        return Reply(response.status_code, body, seen.date, seen.certificate_ends)

    async def _read(self, response: httpx.Response, cap: int, *, whole: bool) -> bytes:
        chunks, count = [], 0
        async for chunk in response.aiter_raw():
            chunks.append(chunk)
            count += len(chunk)
            if count > cap:
                if whole:
                    text = f"answer larger than {cap // MEGABYTE} MB"
                    raise BadAnswer(text, kind=FailureKind.TOO_LARGE, status=200, path="$")
                break
        return b"".join(chunks)[:cap] if not whole else b"".join(chunks)

    async def banner(self, tenant: Tenant) -> Observation:
        """The first line of the SSH port: tells "API down" from "host down". No handshake."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        address = tenant.ssh.host if tenant.ssh else tenant.address
        port = tenant.ssh.port if tenant.ssh else 22
        failure, answer = None, None
        try:
            answer = Banner(await self._first_line(address, port))
        except TenantError as trouble:
            failure = trouble.failure
        return Observation(
            tenant=tenant.name,
            look=Look.BANNER,
            at=self._now(),
            took=loop.time() - began,
            door=Door.PORT22,
            answer=answer,
            failure=failure,
        )

    async def _first_line(self, address: str, port: int) -> str:
        sock = await self.dialer.tcp(address, port)
        try:
            async with asyncio.timeout(self._poll.connect_timeout):
                read = b""
                while b"\n" not in read and len(read) < 255:
                    more = await asyncio.get_running_loop().sock_recv(sock, 255 - len(read))
                    if not more:
                        break
                    read += more
        except TimeoutError:
            raise Unreachable("no SSH banner came", kind=FailureKind.TIMED_OUT) from None
        except OSError as trouble:
            raise unreachable(trouble, f"port {port}") from None
        finally:
            sock.close()
        line = clean(read.decode("latin-1"), 100)
        if not line.startswith("SSH-"):
            raise BadAnswer("not an SSH server", path="$")
        return line


class _Seen:
    """What is learnt beside the answer: clock, certificate, bytes."""

    __slots__ = ("certificate_ends", "date", "size")

    def __init__(self) -> None:
        self.date = ""
        self.size = 0
        self.certificate_ends: datetime | None = None

    def skew(self, begun: datetime, took: float) -> tuple[float | None, float]:
        """Their clock minus ours at the middle of the exchange, and how wrong that may be.

        ``Date`` is cut to the second, which is half a second of offset and half of doubt.
        """
        if not self.date:
            return None, 0.0
        try:
            theirs = parsedate_to_datetime(self.date)
        except (TypeError, ValueError):
            return None, 0.0
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        middle = begun + timedelta(seconds=took / 2)
        return (theirs - middle).total_seconds() + 0.5, took / 2 + 0.5


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


__all__ = ["ROUTES", "ApiDoor", "Failure"]
