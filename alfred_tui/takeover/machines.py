"""Whether two descriptions are of one machine, by where its doors are: a hint, never a proof.

Addresses are given to others again, so nobody but the operator decides what follows from it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from alfred_tui.takeover.found import Fields, address_of

_Key: TypeAlias = tuple[str, str]
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Same(NamedTuple):
    """A tenant that has the same door, and which one, in words."""

    name: str
    words: str


class _Place(NamedTuple):
    """One door: kept under ``key``, asked for under ``meets``; hosts are then compared whole."""

    key: _Key
    meets: tuple[_Key, ...]
    host: str
    words: str


class Machines:
    """Where tenants are, to be asked for one that is there too."""

    def __init__(self, known: Mapping[str, Fields]) -> None:
        self._places: dict[_Key, list[tuple[str, str]]] = {}
        for name, fields in known.items():
            for place in _places(fields):
                self._places.setdefault(place.key, []).append((name, place.host))

    def same(self, fields: Fields) -> list[Same]:
        """Tenants that share a door with these fields, each once."""
        found: dict[str, Same] = {}
        for place in _places(fields):
            for key in place.meets:
                for name, host in self._places.get(key, []):
                    if _alike(host, place.host):
                        found.setdefault(name, Same(name, place.words))
        return list(found.values())


def _alike(one: str, other: str) -> bool:
    """Whether two hosts may be one: a short name and the same one with a suffix are."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _places(fields: Fields) -> Iterator[_Place]:
    """Doors whose address tells a machine: loopback's does not, nor one to dial instead."""
    if (api := _api(str(fields.get("api_url", "")))) is not None:
        host, port = api
        yield from _door("api", host, port, f"their API is at {host}:{port}")
    ssh, ssh_port = str(fields.get("ssh.host", "")).lower(), fields.get("ssh.port", 22)
    if _tells(ssh):
        yield from _door("ssh", ssh, ssh_port, f"SSH of both is at {ssh}:{ssh_port}")
    address = address_of(str(fields.get("estate.tailnet_address", "")))
    if address is not None:
        key, words = ("tailnet", address), f"their tailnet address is {address}"
        yield _Place(key, (key, ("address", address)), address, words)


def _door(kind: str, host: str, port: object, words: str) -> Iterator[_Place]:
    address = address_of(host)
    key = (kind, f"{address or host.partition('.')[0]}:{port}")
    yield _Place(key, (key,), address or host, words)
    if address is not None:
        # meets the other's tailnet address only: two ports of one address may be two machines
        known = f"{address} is an address of both"
        yield _Place(("address", address), (("tailnet", address),), address, known)


def _api(url: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    return (host, port or _DEFAULT_PORTS.get(parts.scheme)) if _tells(host) else None


def _tells(host: str) -> bool:
    if not host or host == "localhost":
        return False
    address = address_of(host)
    return address is None or not ipaddress.ip_address(address).is_loopback
