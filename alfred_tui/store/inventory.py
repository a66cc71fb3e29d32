"""The JSON inventory: read strictly, every problem named by its path, all or nothing."""

from __future__ import annotations

import ipaddress
import json
import re
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from alfred_tui.model.tenant import Estate, Layout, Lifecycle, Secret, SshTarget, Tenant, login_of
from alfred_tui.model.text import clean

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_KEYS = {
    "name": str,
    "api_url": str,
    "api_key": str,
    "connect_address": str,
    "ca_file": str,
    "ssh": dict,
    "server_type": str,
    "location": str,
    "layout": str,
    "labels": dict,
    "timezone": str,
    "lifecycle": str,
    "allow_plain_http": bool,
    "estate": dict,
}
_NEEDED = ("name", "api_url", "api_key")
_SSH_KEYS = {"host": str, "port": int, "user": str, "key_file": str}
_WORDS = {str: "text", int: "a whole number", dict: "an object", bool: "true or false"}
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")
_LARGEST = 64_000_000
_Word = TypeVar("_Word", bound=StrEnum)


class InventoryError(ValueError):
    """An inventory that cannot be used: every problem, a line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Entry(NamedTuple):
    """A tenant of an inventory and the dotted names (``ssh.port``) that its text states."""

    tenant: Tenant
    stated: frozenset[str]


def read_inventory(path: Path) -> list[Tenant]:
    """The tenants of an inventory file, as :func:`read_entries`.

    Raises:
        InventoryError: unreadable, no JSON, or problems named by JSON path.
    """
    return [entry.tenant for entry in read_entries(path)]


def read_entries(path: Path) -> list[Entry]:
    """The entries of an inventory file; relative ``ca_file`` and ``key_file`` are beside it.

    Raises:
        InventoryError: unreadable, no JSON, or problems named by JSON path.
    """
    problems: list[str] = []
    whole = _decoded(path, problems)
    if problems:
        raise InventoryError(problems)
    listed = whole.get("tenants") if isinstance(whole, dict) else None
    if not isinstance(whole, dict) or not isinstance(listed, list):
        raise InventoryError(['$.tenants: a list is needed: {"tenants": [{"name": …}]}'])
    problems += [
        f"$.{clean(key, 40)}: unknown; known is tenants" for key in whole if key != "tenants"
    ]
    made = [
        tenant_of(item, f"$.tenants[{index}]", path.parent.absolute(), problems)
        for index, item in enumerate(listed)
    ]
    first: dict[str, int] = {}
    for index, item in enumerate(listed):
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and name and first.setdefault(name, index) != index:
            problems.append(
                f"$.tenants[{index}].name: {clean(name, 63)} is $.tenants[{first[name]}] already"
            )
    if problems:
        raise InventoryError(problems)
    pairs = zip(made, listed, strict=True)
    return [Entry(tenant, _stated(item)) for tenant, item in pairs if tenant is not None]


def _stated(item: dict[str, Any]) -> frozenset[str]:
    names = {key for key, value in item.items() if value is not None}
    inside = {f"ssh.{key}" for key, value in (item.get("ssh") or {}).items() if value is not None}
    return frozenset(names | inside)


def _decoded(path: Path, problems: list[str]) -> Any:
    """The file as JSON; a key that stands twice in an object is a problem, not the last one."""
    shown = clean(str(path), 400)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                name = found.get("name")
                where = f" of {clean(name, 63)}" if isinstance(name, str) else ""
                problems.append(f"{shown}: key {clean(key, 40)!r}{where} stands twice")
            found[key] = value
        return found

    try:
        if path.stat().st_size > _LARGEST:
            problems.append(f"{shown}: larger than {_LARGEST // 1_000_000} MB: no inventory")
            return None
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once)
    except OSError as trouble:
        problems.append(f"{shown}: {trouble.strerror}")
    except UnicodeDecodeError:
        problems.append(f"{shown}: not JSON: not UTF-8")
    except json.JSONDecodeError as trouble:
        problems.append(
            f"{shown}: not JSON: line {trouble.lineno} column {trouble.colno}: {trouble.msg}"
        )
    except (RecursionError, ValueError):
        problems.append(f"{shown}: not JSON: nested too deep or a number too long")
    return None


def tenant_of(
    item: Any, path: str, folder: Path, problems: list[str], *, keyless: bool = False
) -> Tenant | None:
    """One entry as a tenant; everything that is wrong with it is added to ``problems``.

    ``keyless``: it may be without an API key.
    """
    before = len(problems)
    if not isinstance(item, dict):
        problems.append(f"{path}: an object is needed")
        return None
    held = _typed(item, _KEYS, path, problems)
    for key in _NEEDED:
        if keyless and key == "api_key":
            continue
        if item.get(key) in (None, ""):
            problems.append(f"{path}.{key}: is needed")
    _check_texts(held, path, problems)
    _check_url(held, path, problems)
    layout = _one_of(Layout, held.get("layout"), f"{path}.layout", problems)
    ssh = _ssh(held.get("ssh"), login_of(layout), f"{path}.ssh", folder, problems)
    state = _one_of(Lifecycle, held.get("lifecycle"), f"{path}.lifecycle", problems)
    labels = _labels(held.get("labels") or {}, f"{path}.labels", problems)
    estate = _estate(held.get("estate") or {}, f"{path}.estate", folder, problems)
    if len(problems) > before:
        return None
    return Tenant(
        name=held["name"],
        api_url=held["api_url"].rstrip("/"),
        api_key=Secret(held.get("api_key", "")),
        connect_address=held.get("connect_address"),
        ca_file=_beside(held.get("ca_file"), folder),
        ssh=ssh,
        server_type=held.get("server_type"),
        location=held.get("location"),
        layout=layout,
        lifecycle=state or Lifecycle.RUNNING,
        allow_plain_http=held.get("allow_plain_http") or False,
        timezone=held.get("timezone"),
        labels=labels,
        estate=estate,
    )


def problems_of(tenant: Tenant) -> list[str]:
    """What an inventory that described ``tenant`` would be refused for; without a key is well."""
    item = {
        field: msgspec.to_builtins(value)
        for field in Tenant.__struct_fields__
        if field != "api_key" and (value := getattr(tenant, field)) is not None
    }
    problems: list[str] = []
    item["api_key"] = tenant.api_key.reveal()
    tenant_of(item, "", Path("/"), problems, keyless=True)
    return [problem.lstrip(".") for problem in problems]


def _typed(
    item: dict[str, Any], known: dict[str, type], path: str, problems: list[str]
) -> dict[str, Any]:
    """The values that are of the right kind; ``null`` is the same as not there."""
    held = {}
    for key, value in item.items():
        if key not in known:
            problems.append(f"{path}.{clean(key, 40)}: unknown; known are {', '.join(known)}")
        elif value is None:
            continue
        # a bool is an int to Python, but not to who reads the file
        elif not isinstance(value, known[key]) or (isinstance(value, bool) and known[key] is int):
            problems.append(f"{path}.{key}: {_WORDS[known[key]]} is needed")
        else:
            held[key] = value
    return held


def _check_texts(held: dict[str, Any], path: str, problems: list[str]) -> None:
    if held.get("name") and not NAME.fullmatch(held["name"]):
        problems.append(
            f"{path}.name: letters, digits, '.', '_' and '-', beginning with a letter or digit, "
            "at most 63"
        )
    key = held.get("api_key", "")
    if not key.isascii() or not key.isprintable() or " " in key:
        problems.append(f"{path}.api_key: holds blanks or characters that no header can carry")
    address = held.get("connect_address")
    if address is not None and not _is_host(address):
        problems.append(f"{path}.connect_address: an address or a host name without port is needed")
    for name in ("server_type", "location", "timezone", "ca_file"):
        text = held.get(name)
        if text is not None and not (text and text.isprintable()):
            problems.append(f"{path}.{name}: one line of printable text is needed")
    if (zone := held.get("timezone")) and not _is_zone(zone):
        problems.append(f"{path}.timezone: a name like Europe/Berlin is needed")


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return not available_timezones()  # a machine that knows none cannot tell
    return True


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _HOST.fullmatch(text) is not None
    return True


def _check_url(held: dict[str, Any], path: str, problems: list[str]) -> None:
    url = held.get("api_url")
    if not url:
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        problems.append(f"{path}.api_url: not a URL: https://HOST:PORT is needed")
        return
    if parts.scheme not in ("https", "http") or not _is_host(host) or port == 0:
        problems.append(f"{path}.api_url: https://HOST:PORT is needed")
    elif parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        problems.append(f"{path}.api_url: only scheme, host and port belong here")
    elif not url.isprintable() or " " in url:
        problems.append(f"{path}.api_url: holds blanks or characters that are not printable")
    elif parts.scheme == "http" and not (
        held.get("allow_plain_http") or _loopback(held.get("connect_address") or host)
    ):
        problems.append(
            f'{path}.api_url: http:// shows the key to all; "allow_plain_http": true permits it'
        )


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _ssh(
    value: dict[str, Any] | None, user: str, path: str, folder: Path, problems: list[str]
) -> SshTarget | None:
    if value is None:
        return None
    before = len(problems)
    held = _typed(value, _SSH_KEYS, path, problems)
    if "host" not in value or value["host"] is None:
        problems.append(f"{path}.host: is needed")
    elif "host" in held and not _is_host(held["host"]):
        problems.append(f"{path}.host: an address or a host name is needed")
    if not 0 < held.get("port", 22) < 65536:
        problems.append(f"{path}.port: 1 to 65535 is needed")
    if not _USER.fullmatch(held.get("user", user)):
        problems.append(f"{path}.user: a user name is needed")
    file = held.get("key_file")
    if file is not None and not (file and file.isprintable()):
        problems.append(f"{path}.key_file: one line of printable text is needed")
    if len(problems) > before:
        return None
    return SshTarget(
        host=held["host"],
        port=held.get("port", 22),
        user=held.get("user", user),
        key_file=_beside(file, folder),
    )


def _one_of(words: type[_Word], value: str | None, path: str, problems: list[str]) -> _Word | None:
    if value is None:
        return None
    try:
        return words(value)
    except ValueError:
        problems.append(f"{path}: one of {', '.join(word.value for word in words)} is needed")
        return None


def _labels(value: dict[str, Any], path: str, problems: list[str]) -> dict[str, str]:
    for key, text in value.items():
        if not isinstance(text, str) or not (key + text).isprintable():
            problems.append(f"{path}.{clean(key, 40)}: one line of printable text is needed")
    return value


def _estate(value: dict[str, Any], path: str, folder: Path, problems: list[str]) -> Estate:
    known = Estate.__struct_fields__
    for key in value.keys() - set(known):
        problems.append(f"{path}.{clean(key, 40)}: unknown; known are {', '.join(known)}")
    try:
        made = msgspec.convert(value, Estate)
    except msgspec.ValidationError as trouble:
        problems.append(f"{path}: {clean(str(trouble), 200)}")
        return Estate()
    for key in known:
        text = getattr(made, key)
        if isinstance(text, str) and not (text and text.isprintable()):
            problems.append(f"{path}.{key}: one line of printable text is needed")
    return msgspec.structs.replace(
        made,
        luks_key_file=_beside(made.luks_key_file, folder),
        restic_file=_beside(made.restic_file, folder),
    )


def _beside(value: str | None, folder: Path) -> str | None:
    """A path of the file, relative to the folder that the file is in; ``~`` is one's home."""
    if value is None:
        return None
    path = Path(value)
    with suppress(RuntimeError):  # nobody is called so: it is a file's name
        path = path.expanduser()
    return str((folder / path).absolute())
