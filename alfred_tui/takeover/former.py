"""The former tool's database, ``alfred-ctrl.db``, and the folder of key files beside it.

It has no version: columns were added one by one as the tool was started anew, so what a file has is
asked of the file (fleet-facts.md 5). Only the multi-tenant tool had instances; the single-VM
edition's databases have none.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alfred_tui.model.tenant import HostKey, Lifecycle, Secret
from alfred_tui.model.text import clean
from alfred_tui.takeover.copying import copied
from alfred_tui.takeover.found import (
    API_PORT,
    HOST,
    NAME,
    Found,
    LeftOut,
    Sighting,
    SourceError,
    Value,
    address_of,
    assumed_url,
)
from alfred_tui.takeover.keyfiles import KeyFiles, fingerprint_of, key_files

FILE_NAME = "alfred-ctrl.db"
SOURCE = FILE_NAME

_NEEDED = ("id", "customer_name")
_TAKEN = (
    *("status", "server_id", "ip_address", "volume_id", "tailscale_hostname", "tailscale_ip"),
    *("ssh_key_id", "ssh_key_path", "ssh_host_key", "server_type", "location", "api_key"),
    *("tailscale_tag", "subdomain", "current_image_sha", "last_healthy_sha", "created_at"),
)
_TEXTS = {
    "server_type": "server_type",
    "location": "location",
    "tailscale_tag": "estate.tailnet_tag",
    "subdomain": "estate.subdomain",
    "current_image_sha": "estate.current_image",
    "last_healthy_sha": "estate.healthy_image",
}
_NUMBERS = {
    "server_id": "estate.server_id",
    "volume_id": "estate.volume_id",
    "ssh_key_id": "estate.cloud_key_id",
}
_DONE = (
    ("generate_keypair", "ssh_key_path"),
    ("upload_ssh_key", "ssh_key_id"),
    ("create_volume", "volume_id"),
    ("create_server", "server_id"),
    ("wait_cloud_init", "ssh_host_key"),
    ("start_containers", "api_key"),
    ("bootstrap_openclaw", "tailscale_hostname"),
)
"""Steps of building in their order, each with what it leaves in the row (fleet-facts.md 3.2)."""
_SETTLED = (None, Lifecycle.RUNNING, Lifecycle.SUSPENDED)
"""States in which a tenant's key files ought to be there."""
_LAST_STEP = "setup after bootstrap_openclaw"
_STEP = "labels.step"

Row = Mapping[str, object]


def read_former(path: Path, stop: threading.Event | None = None) -> Sighting:
    """Every instance of the database at ``path``; the file and those beside it stay as they are.

    ``stop``, when set, ends it soon.

    Raises:
        SourceError: it cannot be read, or is another program's database.
    """
    with copied(path, stop=stop) as database:
        columns = _columns(database, "instances")
        _check(path, columns, database)
        wanted = [c for c in (*_NEEDED, *_TAKEN) if c in columns]
        query = f"SELECT {', '.join(wanted)} FROM instances ORDER BY id"
        with closing(database.execute(query)) as cursor:
            rows = [dict(row) for row in cursor]
    found: list[Found] = []
    left_out: list[LeftOut] = []
    for row in rows:
        name = _text(row, "customer_name")
        if not NAME.fullmatch(name):
            shown = clean(name, 63) or f"instance {row['id']}"
            left_out.append(LeftOut(shown, SOURCE, "its name has characters that ours cannot have"))
            continue
        found.append(_found(name, row, path.absolute().parent))
    return Sighting(SOURCE, tuple(found), tuple(left_out), _absent(columns))


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row["name"] for row in database.execute(f"PRAGMA table_info({table})")}


def _check(path: Path, columns: set[str], database: sqlite3.Connection) -> None:
    if set(_NEEDED) <= columns:
        return
    tables = {
        row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
    }
    if "alembic_version" in tables and "tenant" in tables:
        raise SourceError(f"{path}: this is a store of alfred-tui, not of the former tool")
    if columns:
        missing = ", ".join(c for c in _NEEDED if c not in columns)
        raise SourceError(f"{path}: its instances have no {missing}: no {FILE_NAME}")
    kind = "the database of a tenant itself" if "signal" in tables else f"no {FILE_NAME}"
    raise SourceError(
        f"{path}: it has no instances ({kind}): describe such tenants in a JSON inventory or find "
        "them with --tailscale"
    )


def _absent(columns: set[str]) -> tuple[str, ...]:
    absent = [c for c in _TAKEN if c not in columns]
    if not absent:
        return ()
    return (f"an older {FILE_NAME}: it does not know {', '.join(absent)}",)


def _found(name: str, row: Row, folder: Path) -> Found:
    files = key_files(_text(row, "ssh_key_path"), _text(row, "id"), folder)
    fields: dict[str, Value] = {"estate.instance_id": _text(row, "id")}
    warnings: list[str] = []
    state = _lifecycle(row, fields, warnings)
    if state in _SETTLED:
        warnings += files.warnings
    assumed: dict[str, Value] = {}
    if url := _url(row):
        fields["api_url"] = url
    else:
        assumed["api_url"] = assumed_url(name)
        if state in _SETTLED:
            warnings.append(f"no tailnet name is recorded: {assumed['api_url']} is assumed")
    _reach(row, fields, files)
    for column, field in _TEXTS.items():
        if (text := _text(row, column)) and text.isprintable():
            fields[field] = text
    for column, field in _NUMBERS.items():
        if (number := _number(row, column)) is not None:
            fields[field] = number
    if (made := _time(_text(row, "created_at"))) is not None:
        # the cloud's clock says it a minute later: no matter to decide
        assumed["estate.created_at"] = made
    _key(row, fields, warnings)
    pinned = _pinned(name, row, warnings)
    ends = () if state is Lifecycle.ERROR else (_STEP,)
    return Found(name, SOURCE, fields, assumed, pinned, tuple(warnings), ends)


def _lifecycle(row: Row, fields: dict[str, Value], warnings: list[str]) -> Lifecycle | None:
    word = _text(row, "status")
    if not word:
        return None
    try:
        state = Lifecycle(word)
    except ValueError:
        warnings.append(f"its status {clean(word, 40)!r} is not known here: taken as running")
        return None
    fields["lifecycle"] = state
    if state is Lifecycle.ERROR:
        left = [step for step, column in _DONE if not _text(row, column)]
        fields[_STEP] = left[0] if left else _LAST_STEP
    return state


def _url(row: Row) -> str | None:
    host = _text(row, "tailscale_hostname").rstrip(".").lower()
    return f"https://{host}:{API_PORT}" if HOST.fullmatch(host) else None


def _reach(row: Row, fields: dict[str, Value], files: KeyFiles) -> None:
    if address := address_of(_text(row, "ip_address")):
        fields["ssh.host"] = address
        fields["ssh.user"] = "deploy"
    if address := address_of(_text(row, "tailscale_ip")):
        fields["estate.tailnet_address"] = address
    for field, place in (
        ("ssh.key_file", files.key),
        ("estate.luks_key_file", files.luks),
        ("estate.restic_file", files.restic),
    ):
        if place is not None:
            fields[field] = str(place)


def _key(row: Row, fields: dict[str, Value], warnings: list[str]) -> None:
    key = _text(row, "api_key")
    if key and key.isascii() and key.isprintable() and " " not in key:
        fields["api_key"] = Secret(key)
    elif key:
        warnings.append("its API key cannot be sent as a header: it was not taken")


def _pinned(name: str, row: Row, warnings: list[str]) -> tuple[HostKey, ...]:
    text = _text(row, "ssh_host_key")
    if not text:
        return ()
    read = fingerprint_of(text)
    if read is None:
        warnings.append("its recorded host key is in no form known here: it is pinned anew")
        return ()
    seen = _time(_text(row, "created_at")) or datetime.now(UTC)
    return (HostKey(name, read.fingerprint, SOURCE, seen, read.kind, read.key),)


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    return "" if value is None or isinstance(value, bytes) else str(value).strip()


def _number(row: Row, column: str) -> int | None:
    """Cloud ids; stored as numbers by some versions and as text by others, ``3.0`` too."""
    text = _text(row, column).removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _time(text: str) -> datetime | None:
    """SQLite's ``datetime('now')`` is UTC without saying so."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
