"""A store that is only read: nothing is made, migrated or tightened, and nobody is waited for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import QueuePool


def reader(path: Path, patience: float) -> Engine:
    """Connections to the database at ``path`` that cannot write; ``patience`` seconds for locks.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    if not _readable(uri, patience) and not _has_log(path):
        # SQLite wants its side files for a database with a write-ahead log, also to read. Where
        # it cannot make them and there is no log, nobody writes, and the file alone is the whole.
        uri += "&immutable=1"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=patience, check_same_thread=False)

    return create_engine(
        URL.create("sqlite", database=str(path)), creator=connect, poolclass=QueuePool
    )


def _readable(uri: str, patience: float) -> bool:
    connection = sqlite3.connect(uri, uri=True, timeout=patience)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as trouble:
        if trouble.sqlite_errorcode & 0xFF not in (
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        ):
            raise
        return False
    finally:
        connection.close()
    return True


def _has_log(path: Path) -> bool:
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False
