"""The JSON inventory: read strictly, every problem named by its path, all or nothing."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from alfred_tui.model.tenant import Layout, Lifecycle, Secret, SshTarget, Tenant
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
}
_NEEDED = ("name", "api_url", "api_key")


class InventoryError(ValueError):
    """An inventory that cannot be used: every problem, a line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_inventory(path: Path) -> list[Tenant]:
    """The tenants of an inventory file; relative ``ca_file`` and ``key_file`` are beside it.

    Raises:
        InventoryError: unreadable, no JSON, or problems named by JSON path.
    """
    try:
        body = path.read_bytes()
    except OSError as trouble:
        raise InventoryError([f"{path}: {trouble.strerror}"]) from None
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as trouble:
        raise InventoryError([f"{path}: not JSON: {clean(str(trouble))}"]) from None
    listed = whole.get("tenants") if isinstance(whole, dict) else None
    if not isinstance(listed, list):
        raise InventoryError(['$.tenants: a list is needed: {"tenants": [{"name": …}]}'])
    problems: list[str] = []
    made = [
        tenant_of(item, f"$.tenants[{index}]", path.parent.absolute(), problems)
        for index, item in enumerate(listed)
    ]
    first: dict[str, int] = {}
    for index, tenant in enumerate(made):
        if tenant is not None and tenant.name in first:
            problems.append(
                f"$.tenants[{index}].name: {tenant.name} is $.tenants[{first[tenant.name]}] already"
            )
        elif tenant is not None:
            first[tenant.name] = index
    if problems:
        raise InventoryError(problems)
    return [tenant for tenant in made if tenant is not None]


def tenant_of(item: Any, path: str, folder: Path, problems: list[str]) -> Tenant | None:
    """One entry as a tenant; what is wrong with it is added to ``problems``."""
    before = len(problems)
    if not isinstance(item, dict):
        problems.append(f"{path}: an object is needed")
        return None
    for key, value in item.items():
        if key not in _KEYS:
            problems.append(f"{path}.{clean(key, 40)}: unknown; known are {', '.join(_KEYS)}")
        elif value is not None and not isinstance(value, _KEYS[key]):
            word = {str: "text", dict: "an object", bool: "true or false"}[_KEYS[key]]
            problems.append(f"{path}.{key}: {word} is needed")
    for key in _NEEDED:
        if not item.get(key):
            problems.append(f"{path}.{key}: is needed")
    if len(problems) > before:
        return None
    _check_name(item["name"], path, problems)
    _check_url(item, path, problems)
    if not item["api_key"].isprintable() or not item["api_key"].isascii() or " " in item["api_key"]:
        problems.append(f"{path}.api_key: holds blanks or characters that no header can carry")
    ssh = _ssh(item.get("ssh"), f"{path}.ssh", folder, problems)
    layout = _one_of(Layout, item.get("layout"), f"{path}.layout", problems)
    state = _one_of(Lifecycle, item.get("lifecycle"), f"{path}.lifecycle", problems)
    labels = item.get("labels") or {}
    if not all(isinstance(v, str) for v in labels.values()):
        problems.append(f"{path}.labels: text by text is needed")
    if len(problems) > before:
        return None
    return Tenant(
        name=item["name"],
        api_url=item["api_url"].rstrip("/"),
        api_key=Secret(item["api_key"]),
        connect_address=item.get("connect_address"),
        ca_file=_beside(item.get("ca_file"), folder),
        ssh=ssh,
        server_type=item.get("server_type"),
        location=item.get("location"),
        layout=Layout(layout) if layout else None,
        lifecycle=Lifecycle(state) if state else Lifecycle.RUNNING,
        allow_plain_http=item.get("allow_plain_http") or False,
        timezone=item.get("timezone"),
        labels=labels,
    )


def _check_name(name: str, path: str, problems: list[str]) -> None:
    if not NAME.fullmatch(name):
        problems.append(
            f"{path}.name: letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )


def _check_url(item: dict[str, Any], path: str, problems: list[str]) -> None:
    try:
        parts = urlsplit(item["api_url"])
        port = parts.port
    except ValueError:
        problems.append(f"{path}.api_url: not a URL")
        return
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        problems.append(f"{path}.api_url: https://HOST:PORT is needed")
    elif parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        problems.append(f"{path}.api_url: only scheme, host and port belong here")
    elif parts.scheme == "http" and not item.get("allow_plain_http"):
        address = item.get("connect_address") or parts.hostname
        if not _loopback(address):
            problems.append(
                f'{path}.api_url: http:// shows the key to all; "allow_plain_http": true permits it'
            )


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _ssh(value: Any, path: str, folder: Path, problems: list[str]) -> SshTarget | None:
    if value is None:
        return None
    held = dict(value)
    held["key_file"] = (
        _beside(held.get("key_file"), folder)
        if isinstance(held.get("key_file"), (str, type(None)))
        else held["key_file"]
    )
    unknown = held.keys() - set(SshTarget.__struct_fields__)
    if unknown:
        problems.append(
            f"{path}.{clean(min(unknown), 40)}: unknown; known are host, port, user, key_file"
        )
        return None
    try:
        made = msgspec.convert(held, SshTarget)
    except msgspec.ValidationError as trouble:
        problems.append(f"{path}: {clean(str(trouble).replace('`$.', '`'), 100)}")
        return None
    if not 0 < made.port < 65536:
        problems.append(f"{path}.port: 1 to 65535 is needed")
    return made


def _one_of(words: Any, value: str | None, path: str, problems: list[str]) -> str | None:
    allowed = [word.value for word in words]
    if value is not None and value not in allowed:
        problems.append(f"{path}: one of {', '.join(allowed)} is needed")
        return None
    return value


def _beside(value: str | None, folder: Path) -> str | None:
    return None if value is None else str((folder / Path(value).expanduser()).absolute())
