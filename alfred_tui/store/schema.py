"""The schema: brought to what this version knows by Alembic, with a copy made before.

Alembic is imported where there is something to migrate: it takes a fifth of a program's start.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from alfred_tui.store.errors import StoreDamaged, StoreNewer

MIGRATIONS = Path(__file__).with_name("migrations")
_NAME = re.compile(r"v(\d{4})_\w+\.py")


def revisions(migrations: Path = MIGRATIONS) -> list[str]:
    """The revisions that are known here, oldest first: a file each, named after its own."""
    found = (_NAME.fullmatch(file.name) for file in (migrations / "versions").iterdir())
    return sorted(match[1] for match in found if match is not None)


def migrate(engine: Engine, path: Path, migrations: Path = MIGRATIONS) -> Path | None:
    """Bring the database to the newest revision; the copy made before, if one was needed.

    Two programs may do this at once: the second waits for the first and finds it done.

    Raises:
        StoreNewer: its revision is not known here.
        StoreDamaged: there are tables and no revision: it is somebody else's database; or the
            migration would lose what belongs together.
    """
    known = revisions(migrations)
    head = known[-1]
    with engine.connect() as connection:
        current = _revision(connection)
        if current == head:
            return None
        if current is None and inspect(connection).get_table_names():
            # another of us may be creating it: what counts is what is there once it is done
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            current = _revision(connection)
            connection.rollback()
            if current is None:
                raise StoreDamaged(path, "not a store of alfred-tui")
    copy = None
    if current is not None:
        _refuse_newer(known, current, path)
        copy = path.with_name(f"{path.name}.before-{head}")
        copy_database(path, copy, current)
    with engine.connect() as connection, _changing(connection, path):
        current = _revision(connection)
        if current != head:
            if current is not None:
                _refuse_newer(known, current, path)
            _upgrade(connection, migrations)
    return copy


def standing(engine: Engine, path: Path, migrations: Path = MIGRATIONS) -> tuple[str, str]:
    """The database's revision (empty: it has none) and the newest one, without changing anything.

    Raises:
        StoreNewer: its revision is not known here.
    """
    known = revisions(migrations)
    with engine.connect() as connection:
        current = _revision(connection)
    if current is not None:
        _refuse_newer(known, current, path)
    return current or "", known[-1]


def _upgrade(connection: Connection, migrations: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _refuse_newer(known: list[str], current: str, path: Path) -> None:
    if current not in known:
        raise StoreNewer(
            path, f"written by a newer alfred-tui (schema {current}, this one knows {known[-1]})"
        )


@contextmanager
def _changing(connection: Connection, path: Path) -> Iterator[None]:
    """A transaction with foreign keys not enforced in it, but held at its end.

    A migration that makes a table anew drops the old one, and with foreign keys enforced that
    would delete the rows of others that point into it. The pragma does nothing within a
    transaction: it stands before one.
    """
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        before = _strays(connection)
        yield
        if _strays(connection) > before:
            raise StoreDamaged(
                path, "its migration would part rows that belong together; nothing was changed"
            )
        connection.commit()
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _strays(connection: Connection) -> int:
    """Rows that point at nobody."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall())


def copy_database(source: Path, target: Path, revision: str) -> None:
    """A consistent copy with everything committed, also what is in the write-ahead log; 0600.

    If it is of another ``revision`` by now, somebody else has made both the copy and the migration.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(sqlite3.connect(source, timeout=10)) as old,
            closing(sqlite3.connect(beside)) as new,
        ):
            old.backup(new)
            found = new.execute("SELECT version_num FROM alembic_version").fetchone()
        if found == (revision,):
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
