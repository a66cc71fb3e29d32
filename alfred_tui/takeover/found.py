"""A tenant as flat fields by dotted name, so that two descriptions can be laid side by side."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec

from alfred_tui.model.tenant import Estate, HostKey, Layout, Lifecycle, Secret, SshTarget, Tenant

API_PORT = 3100
"""Where a tenant's API answers on the tailnet (runbook.md 1)."""

Value: TypeAlias = str | int | bool | datetime | Secret
"""One field's value; an absent one is not in the mapping."""

Fields: TypeAlias = Mapping[str, Value]
"""Values by dotted name: ``api_url``, ``ssh.host``, ``labels.plane-enabled``, ``estate.server_id``.

``name`` is not among them.
"""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""What a tenant may be called here."""

HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?")
"""A host's name, no dot at its end."""


def address_of(text: str) -> str | None:
    """An IP address in its plain form; ``None`` for anything else."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


_PLAIN = tuple(f for f in Tenant.__struct_fields__ if f not in ("name", "ssh", "labels", "estate"))
_NESTED: dict[str, type[msgspec.Struct]] = {"ssh": SshTarget, "estate": Estate}
_ASSUMED = frozenset({"lifecycle", "allow_plain_http", "ssh.port", "ssh.user"})
"""What a description has by default and need not state."""


class Found(msgspec.Struct, frozen=True):
    """A tenant as one source describes it, and only what that source states.

    ``source`` is a word for a person: ``alfred-ctrl.db``, ``Hetzner``, ``tailnet``. ``assumed`` is
    what counts where nobody states better. ``warnings`` are lines about it that a person should
    act on. ``ends`` are fields that told of an error, dropped once the state is another.
    ``doubt`` is why it may be another's: it counts only once somebody said so of this tenant and
    source.
    """

    name: str
    source: str
    fields: dict[str, Value] = {}
    assumed: dict[str, Value] = {}
    host_keys: tuple[HostKey, ...] = ()
    warnings: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    doubt: str = ""


class LeftOut(msgspec.Struct, frozen=True):
    """Something that a source has and that cannot be taken: what, and why.

    ``whose`` is the tenant that has it instead.
    """

    name: str
    source: str
    why: str
    whose: str = ""


class Sighting(msgspec.Struct, frozen=True):
    """All that one source told. ``notes`` are lines for a person about the source itself."""

    source: str
    found: tuple[Found, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


class SourceError(RuntimeError):
    """A source that told nothing; the text says why and what to do."""


def assumed_url(name: str) -> str:
    """Where the former tool's bootstrapping puts a tenant's API (fleet-facts.md 4.5)."""
    return f"https://alfred-{name.lower().replace('_', '-')}:{API_PORT}"


FIELDS = frozenset(
    {*_PLAIN, *(f"{n}.{f}" for n, shape in _NESTED.items() for f in shape.__struct_fields__)}
)
"""Every dotted name but those of labels, which are free."""


def known_field(name: str) -> bool:
    """Whether ``name`` is a field, a label's, or a whole group: ``ssh``, ``estate``, ``labels``."""
    return name in FIELDS or name in (*_NESTED, "labels") or name.startswith("labels.")


def fields_of(tenant: Tenant, stated: Collection[str] | None = None) -> dict[str, Value]:
    """A tenant's fields that are set.

    ``stated`` are the names that its description gives itself; ``None`` for all of them. What it
    only has by default (:data:`Lifecycle.RUNNING`, port 22) is left out.
    """
    found: dict[str, Value] = {}
    for name in _PLAIN:
        _take(found, name, getattr(tenant, name))
    for name, shape in _NESTED.items():
        if (part := getattr(tenant, name)) is not None:
            for field in shape.__struct_fields__:
                _take(found, f"{name}.{field}", getattr(part, field))
    for key, text in tenant.labels.items():
        found[f"labels.{key}"] = text
    if stated is None:
        return found
    return {key: value for key, value in found.items() if key not in _ASSUMED or key in stated}


def _take(found: dict[str, Value], name: str, value: Any) -> None:
    if value is None or (isinstance(value, (str, Secret)) and not value):
        return
    found[name] = value


def tenant_from(name: str, fields: Fields) -> Tenant | None:
    """The tenant with these fields; ``None`` where nothing tells its host."""
    if not fields.get("api_url"):
        return None
    plain: dict[str, Any] = {key: fields[key] for key in _PLAIN if key in fields}
    ssh = _part(fields, "ssh")
    tenant = Tenant(
        name=name,
        **plain,
        labels={k.removeprefix("labels."): str(v) for k, v in fields.items() if _is_label(k)},
        estate=Estate(**_part(fields, "estate")),
    )
    if ssh:
        # a key file without an address: the tailnet's name reaches the same machine
        tenant = msgspec.structs.replace(tenant, ssh=SshTarget(**{"host": tenant.host, **ssh}))
    return tenant


def _part(fields: Fields, name: str) -> dict[str, Any]:
    start = f"{name}."
    return {key.removeprefix(start): v for key, v in fields.items() if key.startswith(start)}


def _is_label(key: str) -> bool:
    return key.startswith("labels.")


def completed(found: Found, suffix: str) -> Found:
    """``found`` with its API's short host name under the tailnet's ``suffix``.

    TLS cannot be verified against a short name: certificates hold the full one.
    """
    both = [dict(found.fields), dict(found.assumed)]
    for fields in both:
        if "api_url" in fields:
            fields["api_url"] = _completed_url(str(fields["api_url"]), suffix)
    return msgspec.structs.replace(found, fields=both[0], assumed=both[1])


def _completed_url(url: str, suffix: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not suffix or not is_short(host):
        return url
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}.{suffix}{port}"


def is_short(host: str) -> bool:
    """Whether a host is a name of one part, and not an address or this machine."""
    return bool(host) and "." not in host and ":" not in host and host.lower() != "localhost"


def shown(value: Value | None) -> str | None:
    """A value for a person or JSON; secrets masked, times in UTC."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (Layout, Lifecycle)):
        return value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
