"""Requests that change something at a tenant: sent once, never again unasked."""

from __future__ import annotations

import asyncio
import math

import httpx

from alfred_tui import logs
from alfred_tui.model.operation import Answer, ApiCall, Outcome
from alfred_tui.model.tenant import Tenant
from alfred_tui.model.text import clean
from alfred_tui.tenant import replies
from alfred_tui.tenant.errors import Misconfigured, TenantError
from alfred_tui.tenant.fetch import ERROR_CAP
from alfred_tui.tenant.http import target_of

SAID = 2000
"""Characters of an answer that are kept."""


class Actor:
    """Sends calls through the transport of the API door."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, tenant: Tenant, call: ApiCall) -> Answer:
        """What came of one call; never raises a :class:`TenantError`, cancellation passes.

        ``NOT_SENT``: no byte of it went out. ``UNKNOWN``: it went out, and no whole answer came in
        ``call.limit`` seconds. Otherwise the tenant has answered, with success or without.
        """
        went_out = False

        def sending() -> None:
            nonlocal went_out
            went_out = True

        try:
            async with asyncio.timeout(call.limit):
                return await self._exchange(_request(tenant, call, sending))
        except TimeoutError:
            text = f"no whole answer within {call.limit:g} s"
        except TenantError as trouble:
            text = str(trouble)
        return Answer(Outcome.UNKNOWN if went_out else Outcome.NOT_SENT, None, text)

    async def _exchange(self, request: httpx.Request) -> Answer:
        response = await self._transport.handle_async_request(request)
        body = b""
        try:
            async for chunk in response.stream:  # type: ignore[union-attr]  # ours is asynchronous
                body += chunk
                if len(body) > ERROR_CAP:
                    break
        finally:
            await response.aclose()
        status = response.status_code
        said = clean(logs.masked(body.decode("utf-8", "replace")), SAID)
        if 200 <= status < 300:
            return Answer(Outcome.DONE, status, said)
        error = replies.error_of(status, body)
        wait = error.failure.retry_after
        again = f": again in {math.ceil(wait)} s" if wait is not None else ""
        return Answer(Outcome.FAILED, status, (str(error) or said) + again)


def _request(tenant: Tenant, call: ApiCall, sending: object) -> httpx.Request:
    place = target_of(tenant)
    try:
        key = tenant.api_key.reveal().encode("ascii")
    except UnicodeEncodeError:
        raise Misconfigured("the key cannot be sent as an HTTP header") from None
    url = httpx.URL(place.base + call.path)
    body = call.body.encode()
    headers = [
        (b"Host", url.netloc),
        (b"Accept", b"application/json"),
        (b"Connection", b"close"),
        (b"Content-Length", str(len(body)).encode()),
        *((name.encode("ascii"), value.encode("ascii")) for name, value in call.headers.items()),
    ]
    if key:
        headers.append((b"Authorization", b"Bearer " + key))
    if body:
        headers.append((b"Content-Type", b"application/json"))
    extensions = {"tenant": tenant, "keep": False, "sending": sending}
    return httpx.Request(call.method, url, headers=headers, content=body, extensions=extensions)
