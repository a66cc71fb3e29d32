"""The tenants' servers at Hetzner Cloud: all pages of those with our label, through ``hcloud``.

The library blocks, has no time limit of its own and sleeps between its retries (rate limits, 502,
504), so it runs on a thread of its own that nobody has to wait for.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from alfred_tui import logs
from alfred_tui.model.tenant import Secret
from alfred_tui.model.text import clean
from alfred_tui.takeover.found import (
    NAME,
    Found,
    LeftOut,
    Sighting,
    SourceError,
    Value,
    address_of,
    assumed_url,
)

if TYPE_CHECKING:
    from hcloud import APIException
    from hcloud.servers import BoundServer

SOURCE = "Hetzner"
LABEL = "managed-by=alfred-ctrl"
"""On everything that the former tool creates (fleet-facts.md 3.1)."""
ENDPOINT = "https://api.hetzner.cloud/v1"
DEADLINE = 90.0
"""Seconds for all pages; the library alone would go on for minutes."""
TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two pieces of an answer."""

_OURS = frozenset({"managed-by", "customer"})
_T = TypeVar("_T")


class Access(msgspec.Struct, frozen=True):
    """How the cloud is asked."""

    token: Secret
    endpoint: str = ENDPOINT


def access_of(token_file: str, endpoint: str, environ: Mapping[str, str] | None = None) -> Access:
    """The token from ``HCLOUD_TOKEN``, else from the file; the endpoint likewise.

    Raises:
        SourceError: there is no token, or its file cannot be read or is open to others.
    """
    environ = os.environ if environ is None else environ
    where = endpoint or environ.get("HCLOUD_ENDPOINT", "") or ENDPOINT
    token = environ.get("HCLOUD_TOKEN", "").strip() or _token_in(token_file)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SourceError("the Hetzner token holds blanks or characters that no header can carry")
    logs.mask(token)
    return Access(Secret(token), where.rstrip("/"))


def _token_in(file: str) -> str:
    if not file:
        raise SourceError(
            "no Hetzner token: name a file that holds it, readable by you only, in the setting "
            "hetzner.token_file, or set HCLOUD_TOKEN"
        )
    path = Path(file).expanduser()
    try:
        if path.stat().st_mode & 0o077:
            raise SourceError(f"{path} holds the Hetzner token and others can read it: chmod 600")
        token = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as trouble:
        said = getattr(trouble, "strerror", None) or "not text"
        raise SourceError(f"hetzner.token_file {path}: {said}") from None
    if not token:
        raise SourceError(f"hetzner.token_file {path} is empty")
    return token


async def read_hetzner(
    access: Access, *, label: str = LABEL, deadline: float = DEADLINE
) -> Sighting:
    """Every server with ``label``.

    Raises:
        SourceError: refused, rate limited, unreachable, not understood, or not done in time.
    """
    try:
        async with asyncio.timeout(deadline):
            servers = await _aside(lambda: _servers(access, label))
    except TimeoutError:
        raise SourceError(
            f"{access.endpoint}: not all servers were told within {deadline:g} s: try again later"
        ) from None
    return sighting_of(servers)


async def _aside(work: Callable[[], _T]) -> _T:
    """``work`` on a thread of its own. Cancelled, it is left to end by itself: the thread keeps
    neither the loop nor the program from ending."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not result.done():
            set_it(value)

    def run() -> None:
        outcome: tuple[Callable[[Any], None], object]
        try:
            outcome = (result.set_result, work())
        except BaseException as trouble:  # noqa: BLE001 - it is raised where the result is awaited
            outcome = (result.set_exception, trouble)
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="hetzner", daemon=True).start()
    return await result


def _servers(access: Access, label: str) -> list[BoundServer]:
    # a sixth of a second to import, and only here is it needed
    from hcloud import APIException, Client
    from requests.exceptions import ChunkedEncodingError, RequestException

    client = Client(
        access.token.reveal(),
        api_endpoint=access.endpoint,
        application_name="alfred-tui",
        timeout=TIMEOUT,
    )
    try:
        return client.servers.get_all(label_selector=label)
    except APIException as trouble:
        raise SourceError(f"{access.endpoint}: {_refusal(trouble)}") from None
    except ChunkedEncodingError:
        raise SourceError(f"{access.endpoint}: its answer broke off: try again") from None
    except RequestException as trouble:
        # its text may hold the address of a proxy with a password
        kind = type(trouble).__name__
        raise SourceError(
            f"{access.endpoint}: cannot be reached ({kind}): see this machine's network"
        ) from None
    except (LookupError, TypeError, ValueError, AttributeError) as trouble:
        logging.getLogger(__name__).warning("Hetzner's answer", exc_info=True)
        kind = type(trouble).__name__
        raise SourceError(f"{access.endpoint}: its answer is not understood ({kind})") from None


_ADVICE = {
    "unauthorized": "the token was refused: make a new one in the project's console",
    "forbidden": "the token may not read servers: make one that may",
    "token_readonly": "the token may not read servers: make one that may",
    "rate_limit_exceeded": "too many requests for this project: try again in some minutes",
    "maintenance": "it is under maintenance: try again later",
    "unavailable": "it is not available: try again later",
}


def _refusal(trouble: APIException) -> str:
    code = trouble.code
    if advice := _ADVICE.get(str(code)):
        return advice
    if code in (401, 403):
        return _ADVICE["unauthorized"]
    if code == 429:
        return _ADVICE["rate_limit_exceeded"]
    if isinstance(code, int) and code >= 500:
        return f"{_ADVICE['unavailable']} (HTTP {code})"
    if isinstance(code, int) and code < 300:
        return f"its answer is not understood (HTTP {code}, not JSON)"
    return f"{clean(str(code), 40)}: {clean(str(trouble.message))}"


def sighting_of(servers: list[BoundServer]) -> Sighting:
    """What servers tell of tenants: name, public address, type, place, volume, labels, age."""
    found: list[Found] = []
    left_out: list[LeftOut] = []
    for server in servers:
        labels = {str(k): str(v) for k, v in (server.labels or {}).items()}
        name = labels.get("customer") or (server.name or "").removeprefix("alfred-")
        if not NAME.fullmatch(name):
            shown = clean(name, 63) or f"server {server.id}"
            left_out.append(LeftOut(shown, SOURCE, "its name has characters that ours cannot have"))
            continue
        assumed: dict[str, Value] = {"api_url": assumed_url(name)}
        if server.created is not None:
            assumed["estate.created_at"] = server.created
        found.append(Found(name, SOURCE, _fields(server, labels), assumed))
    notes = () if servers else (f"no server there has the label {LABEL}",)
    return Sighting(SOURCE, tuple(found), tuple(left_out), notes)


def _fields(server: BoundServer, labels: dict[str, str]) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    if server.id is not None:
        fields["estate.server_id"] = server.id
    net = server.public_net
    if net and net.ipv4 and (address := address_of(str(net.ipv4.ip))):
        fields["ssh.host"] = address
        fields["ssh.user"] = "deploy"
    for field, part in (("server_type", server.server_type), ("location", server.location)):
        if part is not None and part.name and part.name.isprintable():
            fields[field] = part.name
    volumes = [volume.id for volume in server.volumes or [] if volume.id is not None]
    if len(volumes) == 1:
        fields["estate.volume_id"] = volumes[0]
    for key, value in labels.items():
        if key not in _OURS and value and (key + value).isprintable():
            fields[f"labels.{key}"] = value
    return fields
