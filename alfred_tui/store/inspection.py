"""Looking at a store without opening it for use: nothing is made, migrated or tightened."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from alfred_tui.model.tenant import HostKey, Secret, Tenant
from alfred_tui.store.errors import StoreDamaged, StoreError, StoreFull, StoreNewer, reported, sound
from alfred_tui.store.reading import connected, refusal
from alfred_tui.store.schema import revisions

PATIENCE = 5.0


class Inspection(msgspec.Struct, frozen=True):
    """How a store is. ``revision`` is its schema's and ``head`` the one that this version writes.

    ``older`` is whether it will be brought to ``head`` when it is next opened. ``error`` is why it
    cannot be read, is not whole or, for want of room, cannot be written just now; where it can be
    read, ``tenants`` and their pinned ``host_keys`` are known all the same.
    """

    exists: bool
    head: str
    revision: str = ""
    older: bool = False
    error: StoreError | None = None
    tenants: tuple[Tenant, ...] = ()
    host_keys: tuple[HostKey, ...] = ()

    @property
    def trouble(self) -> str:
        """What ``error`` says, without its advice; empty: there is none."""
        return "" if self.error is None else self.error.said or str(self.error)


def inspect_store(path: Path, patience: float = PATIENCE) -> Inspection:
    """Read the store at ``path``; whatever is wrong with it is in the result, nothing is raised.

    ``patience`` is the seconds that another program's lock is waited for.
    """
    known = revisions()
    head = known[-1]
    revision = ""
    try:
        with reported(path):
            if not path.exists():
                return Inspection(False, head)
            with closing(connected(path, patience)) as database:
                revision = _revision(database, path)
                if revision not in known:
                    said = (
                        f"written by a newer alfred-tui (schema {revision}, this one knows {head})"
                    )
                    raise StoreNewer(path, said)
                rows = database.execute(
                    "SELECT name, api_key, body FROM tenant ORDER BY position, name"
                ).fetchall()
                with sound(path):
                    pins = _pins(database)
                error = _unsound(database, path)
        tenants = tuple(tenant_of_row(*row) for row in rows)
    except msgspec.MsgspecError as trouble:
        damage = StoreDamaged(path, f"a tenant cannot be read ({trouble})")
        return Inspection(True, head, revision, error=damage)
    except StoreError as trouble:
        return Inspection(True, head, revision, error=trouble)
    return Inspection(True, head, revision, revision != head, error, tenants, pins)


def _revision(database: sqlite3.Connection, path: Path) -> str:
    found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    if found is None:
        raise StoreDamaged(path, "not a store of alfred-tui")
    return str(found[0])


def _pins(database: sqlite3.Connection) -> tuple[HostKey, ...]:
    if not database.execute("PRAGMA table_info(host_key)").fetchall():
        return ()  # a schema from before there was one
    rows = database.execute(
        "SELECT tenant, fingerprint, source, first_seen, kind, key FROM host_key"
    )
    return tuple(map(host_key_of_row, rows))


def _unsound(database: sqlite3.Connection, path: Path) -> StoreError | None:
    damage = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    if damage != "ok":
        return StoreDamaged(path, damage)
    found = refusal(database, path)
    # what may be written by whom is told by the files' modes
    return found if isinstance(found, StoreFull) else None


def host_key_of_row(row: Sequence[Any]) -> HostKey:
    """A host key as it is kept: tenant, fingerprint, source, first seen, kind, key.

    Raises:
        ValueError: it cannot be read.
    """
    tenant, fingerprint, source, seen, kind, key = row
    # SQLite keeps no time zone; what was written was UTC
    first = datetime.fromisoformat(seen).replace(tzinfo=UTC)
    return HostKey(tenant, fingerprint, source, first, kind, key)


def tenant_of_row(name: str, api_key: str, body: bytes) -> Tenant:
    """A tenant as it is kept.

    Raises:
        msgspec.MsgspecError: it cannot be read.
    """
    held = msgspec.json.decode(body, type=dict)
    made = msgspec.convert({**held, "name": name}, Tenant)
    return msgspec.structs.replace(made, api_key=Secret(api_key))
