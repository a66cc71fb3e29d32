"""The schema: brought to what this version knows by Alembic, with a copy made before."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from alfred_tui.store.errors import StoreDamaged, StoreNewer

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(engine: Engine, path: Path, migrations: Path = MIGRATIONS) -> Path | None:
    """Bring the database to the newest revision; the copy made before, if one was needed.

    Two programs may do this at once: the second waits for the first and finds it done.

    Raises:
        StoreNewer: its revision is not known here.
        StoreDamaged: there are tables and no revision: it is somebody else's database.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return None
        if current is None and inspect(connection).get_table_names():
            # another of us may be creating it: what counts is what is there once it is done
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            current = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            if current is None:
                raise StoreDamaged(path, "not a store of alfred-tui")
    copy = None
    if current is not None:
        known = {revision.revision for revision in script.walk_revisions()}
        if current not in known:
            raise StoreNewer(
                path, f"written by a newer alfred-tui (schema {current}, this one knows {head})"
            )
        if current != head:
            copy = path.with_name(f"{path.name}.before-{head}")
            copy_database(path, copy)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        if MigrationContext.configure(connection).get_current_revision() != head:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        connection.commit()
    return copy


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy with everything committed, also what is in the write-ahead log; 0600."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(sqlite3.connect(source, timeout=10)) as old,
            closing(sqlite3.connect(beside)) as new,
        ):
            old.backup(new)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
