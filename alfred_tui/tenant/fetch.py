"""One whole answer of one route: limits on time and bytes, refusals typed, clock read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

import httpx

from alfred_tui.model.observation import FailureKind
from alfred_tui.model.tenant import Tenant
from alfred_tui.tenant import replies
from alfred_tui.tenant.errors import BadAnswer, Misconfigured, Unreachable
from alfred_tui.tenant.http import target_of
from alfred_tui.tenant.routes import MEGABYTE, Route

ERROR_CAP = 64_000
"""Bytes read of an error's body: it can be 10 MB (tenant-api.md 1.3)."""
_YEAR = re.compile(r"\b(?:19[7-9]|2\d\d)\d\b")
"""A year that a clock may show; the parser takes ``0001`` for 2001."""


class Clock(NamedTuple):
    """A tenant's clock minus ours, seconds, and how wrong that may be."""

    skew: float
    margin: float


class Reply(NamedTuple):
    """A whole answer of status 200; ``waited`` seconds of it were spent in a queue of ours."""

    body: bytes
    clock: Clock | None
    certificate_ends: datetime | None
    waited: float = 0.0


class Fetcher:
    """GETs routes through httpx's transport seam; ``bytes_total`` counts bodies."""

    def __init__(self, transport: httpx.AsyncBaseTransport, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._now = now
        self.bytes_total = 0

    async def get(self, tenant: Tenant, route: Route, limit: float, *, keep: bool = False) -> Reply:
        """The answer of ``route`` within ``limit`` seconds.

        Raises:
            TenantError: of whatever kind; the error's text never holds the key.
        """
        try:
            async with asyncio.timeout(limit):
                return await self._exchange(tenant, route, keep)
        except TimeoutError:
            text = f"no whole answer within {limit:g} s"
            raise Unreachable(text, kind=FailureKind.TIMED_OUT) from None

    async def _exchange(self, tenant: Tenant, route: Route, keep: bool) -> Reply:
        response = await self._transport.handle_async_request(_request(tenant, route, keep))
        try:
            clock = self._clock(response)
            good = response.status_code == 200
            body = await _read(response, route.cap) if good else await _read_some(response)
        finally:
            await response.aclose()
        self.bytes_total += len(body)
        if not good:
            raise replies.error_of(response.status_code, body)
        known = response.extensions
        return Reply(body, clock, known.get("certificate_ends"), known.get("waited", 0.0))

    def _clock(self, response: httpx.Response) -> Clock | None:
        """Read at the answer's head: half the round trip is doubt, and half a second is.

        ``Date`` is cut to the second.
        """
        said = response.headers.get("date")
        if not said or not _YEAR.search(said):
            return None
        try:
            theirs = parsedate_to_datetime(said)
        except (TypeError, ValueError, OverflowError):
            return None
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        sent = response.extensions.get("sent")
        trip = asyncio.get_running_loop().time() - sent if sent is not None else 0.0
        middle = self._now() - timedelta(seconds=trip / 2)
        return Clock((theirs - middle).total_seconds() + 0.5, trip / 2 + 0.5)


@lru_cache(maxsize=4096)
def _url(base: str, target: str) -> httpx.URL:
    """Parsing one costs a tenth of a millisecond, and the same few are asked for ever."""
    return httpx.URL(base + target)


def _request(tenant: Tenant, route: Route, keep: bool) -> httpx.Request:
    place = target_of(tenant)
    url = _url(place.base, route.target)
    headers = [(b"Host", url.netloc), (b"Accept", b"application/json")]
    if tenant.api_key:
        try:
            key = tenant.api_key.reveal().encode("ascii")
        except UnicodeEncodeError:
            raise Misconfigured("the key cannot be sent as an HTTP header") from None
        headers.append((b"Authorization", b"Bearer " + key))
    if not keep:
        headers.append((b"Connection", b"close"))
    return httpx.Request("GET", url, headers=headers, extensions={"tenant": tenant, "keep": keep})


async def _read(response: httpx.Response, cap: int) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > cap:
        raise _too_large(cap)
    chunks, count = [], 0
    async for chunk in response.stream:  # type: ignore[union-attr]  # ours is asynchronous
        chunks.append(chunk)
        count += len(chunk)
        if count > cap:
            raise _too_large(cap)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(cap: int) -> BadAnswer:
    text = f"answer larger than {cap // MEGABYTE} MB"
    return BadAnswer(text, kind=FailureKind.TOO_LARGE, status=200, path="$")


async def _read_some(response: httpx.Response) -> bytes:
    """The first bytes of an error's body; one that is cut short is still an error's."""
    read = b""
    try:
        async for chunk in response.stream:  # type: ignore[union-attr]
            read += chunk
            if len(read) >= ERROR_CAP:
                break
    except (Unreachable, BadAnswer):
        return read[:ERROR_CAP]
    return read[:ERROR_CAP]
