"""Looking at a store without opening it for use: nothing is made, migrated or tightened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
from alembic.script import ScriptDirectory

from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.schema import MIGRATIONS


class Inspection(msgspec.Struct, frozen=True):
    """How a store is. ``revision`` is its schema's and ``head`` the one that this version writes.

    ``older`` is whether it will be brought to ``head`` when it is next opened. ``trouble`` is why
    it cannot be read or is not whole; empty: it is.
    """

    exists: bool
    head: str
    revision: str = ""
    older: bool = False
    trouble: str = ""
    tenants: tuple[Tenant, ...] = ()


def inspect_store(path: Path) -> Inspection:
    """Read the store at ``path``; whatever is wrong with it is in the result, nothing is raised."""
    script = ScriptDirectory(str(MIGRATIONS))
    head = script.get_current_head() or ""
    if not path.exists():
        return Inspection(False, head)
    known = {revision.revision for revision in script.walk_revisions()}
    revision = ""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            found = database.execute("SELECT version_num FROM alembic_version").fetchone()
            revision = str(found[0]) if found else ""
            if revision not in known:
                trouble = "written by a newer alfred-tui: install that version"
                return Inspection(True, head, revision, trouble=trouble)
            damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            rows = database.execute(
                "SELECT name, api_key, body FROM tenant ORDER BY position, name"
            ).fetchall()
        tenants = tuple(tenant_of_row(*row) for row in rows)
    except (sqlite3.Error, msgspec.MsgspecError) as trouble:
        return Inspection(True, head, revision, trouble=str(trouble))
    said = "" if damage == "ok" else str(damage)
    return Inspection(True, head, revision, revision != head, said, tenants)


def tenant_of_row(name: str, api_key: str, body: bytes) -> Tenant:
    """A tenant as it is kept.

    Raises:
        msgspec.MsgspecError: it cannot be read.
    """
    held = msgspec.json.decode(body, type=dict)
    made = msgspec.convert({**held, "name": name}, Tenant)
    return msgspec.structs.replace(made, api_key=Secret(api_key))
