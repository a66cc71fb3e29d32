"""Who is watched: a tenant, its doors and its place in the fleet."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec


class Secret:
    """A value that is never shown by accident: ``str``, ``repr`` and formatting give a mask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; call it only where it goes onto the wire or to a person who asked."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret('********')"

    def __str__(self) -> str:
        return "********"


class Layout(StrEnum):
    """The generation of a tenant's stack (tenant-api.md section 0)."""

    F1 = "F1"
    F2 = "F2"
    F3 = "F3"
    H = "H"


class Lifecycle(StrEnum):
    """Where a tenant stands between being ordered and being gone (fleet-facts.md 1.8, 3.3)."""

    RUNNING = "running"
    PROVISIONING = "provisioning"
    CLOUD_INIT = "cloud_init"
    BOOTSTRAPPING = "bootstrapping"
    ERROR = "error"
    SUSPENDED = "suspended"
    DESTROYING = "destroying"
    DESTROYED = "destroyed"


BUILDING = frozenset(
    {Lifecycle.PROVISIONING, Lifecycle.CLOUD_INIT, Lifecycle.BOOTSTRAPPING, Lifecycle.DESTROYING}
)
"""States shown as BUILDING (verdicts.md, Pills)."""

UNCOUNTED = frozenset({Lifecycle.SUSPENDED, Lifecycle.DESTROYED})
"""States kept out of the counts and not polled (verdicts.md, Pills)."""


def login_of(layout: Layout | None) -> str:
    """Who logs in on a tenant of this generation (fleet-facts.md, Two generations)."""
    return "root" if layout is Layout.H else "deploy"


class SshTarget(msgspec.Struct, frozen=True):
    """Where a tenant's sshd listens; ``key_file`` is a path on the operator's machine."""

    host: str
    port: int = 22
    user: str = login_of(None)
    key_file: str | None = None


class Estate(msgspec.Struct, frozen=True):
    """What belongs to a tenant beside its doors; looking needs none of it, changing does.

    ``instance_id`` is the former tool's; ``server_id``, ``volume_id`` and ``cloud_key_id`` are the
    cloud's. ``luks_key_file`` and ``restic_file`` are places on the operator's machine: what is in
    them is never read. ``current_image`` and ``healthy_image`` are the former tool's image words
    (``last_healthy_sha``, fleet-facts.md 5), ``created_at`` when the tenant was made.
    """

    instance_id: str | None = None
    server_id: int | None = None
    volume_id: int | None = None
    cloud_key_id: int | None = None
    tailnet_address: str | None = None
    tailnet_tag: str | None = None
    subdomain: str | None = None
    luks_key_file: str | None = None
    restic_file: str | None = None
    current_image: str | None = None
    healthy_image: str | None = None
    created_at: datetime | None = None


class HostKey(msgspec.Struct, frozen=True):
    """A tenant's SSH host key as it was first seen; whatever else is offered is refused.

    ``fingerprint`` is OpenSSH's (``SHA256:`` and 43 letters of base64); ``kind`` (``ssh-ed25519``)
    and ``key`` (base64 of the blob) are empty where only the fingerprint was handed down.
    ``source`` says who saw it first.
    """

    tenant: str
    fingerprint: str
    source: str
    first_seen: datetime
    kind: str = ""
    key: str = ""


class RefusedLogin(msgspec.Struct, frozen=True):
    """A host did not take our key: ``way`` names user, place and key file, ``at`` is UTC."""

    tenant: str
    way: str
    at: datetime


class Tenant(msgspec.Struct, frozen=True):
    """One tenant as the operator described it.

    ``api_url`` names the tenant (TLS is verified against its host); ``connect_address`` is dialled
    instead when given. ``allow_plain_http`` permits ``http://`` to an address that is not loopback.
    Without an ``api_key`` none is sent: the tenant answers 401 until one is given.
    """

    name: str
    api_url: str
    api_key: Secret = Secret("")
    connect_address: str | None = None
    ca_file: str | None = None
    ssh: SshTarget | None = None
    server_type: str | None = None
    location: str | None = None
    layout: Layout | None = None
    lifecycle: Lifecycle = Lifecycle.RUNNING
    allow_plain_http: bool = False
    timezone: str | None = None
    labels: dict[str, str] = {}
    estate: Estate = Estate()

    @property
    def host(self) -> str:
        """The name that TLS is verified against."""
        return urlsplit(self.api_url).hostname or ""

    @property
    def port(self) -> int:
        """The API's port."""
        parts = urlsplit(self.api_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def address(self) -> str:
        """What is dialled: ``connect_address``, else the host of ``api_url``."""
        return self.connect_address or self.host

    @property
    def polled(self) -> bool:
        """Whether the poller looks at this tenant at all."""
        return self.lifecycle not in UNCOUNTED
