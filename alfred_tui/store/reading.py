"""Connections to the store; where SQLite cannot make its side files they make do with reading.

SQLite wants a log and an index beside a database with a write-ahead log, also to read it. Where
it cannot make them (a full disk, a folder of somebody else's) and there is no log, nobody writes,
and the file alone is the whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from alfred_tui.store.errors import StoreError, StoreReadOnly, StoreUnreachable, typed

_NO_SIDE_FILES = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL)
_NO_INDEX = "SQLITE_IOERR_SHM"


class Alone(sqlite3.Connection):
    """Reads the file by itself; ``why`` is what SQLite said to having its side files."""

    why: sqlite3.OperationalError


def _nothing(_: sqlite3.Connection) -> None:
    """A connection that only reads is ready as it is."""


def connected(
    path: Path,
    patience: float,
    mode: str = "ro",
    ready: Callable[[sqlite3.Connection], None] = _nothing,
) -> sqlite3.Connection:
    """A connection to the database at ``path``, an :class:`Alone` where nothing else will do.

    ``mode`` is SQLite's (``ro``, ``rw``), ``patience`` seconds for locks; ``ready`` prepares it.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=patience, check_same_thread=False)
    try:
        ready(connection)
        _touch(connection)
    except sqlite3.OperationalError as trouble:
        connection.close()
        if _lacks_side_files(trouble) and not _has_log(path):
            return _alone(path, trouble)
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def _alone(path: Path, why: sqlite3.OperationalError) -> Alone:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, factory=Alone)
    except sqlite3.OperationalError:
        raise why from None
    try:
        _touch(connection)
    except BaseException:
        connection.close()
        raise
    connection.why = why
    return connection


def _touch(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _lacks_side_files(trouble: sqlite3.OperationalError) -> bool:
    primary = trouble.sqlite_errorcode & 0xFF
    return primary in _NO_SIDE_FILES or trouble.sqlite_errorname.startswith(_NO_INDEX)


def _has_log(path: Path) -> bool:
    for end in ("-wal", "-journal"):
        try:
            if path.with_name(path.name + end).stat().st_size > 0:
                return True
        except FileNotFoundError:
            continue
    return False


def refusal(connection: object, path: Path) -> StoreError | None:
    """Why nothing can be written on a connection of ours; ``None`` for one that is no `Alone`."""
    if not isinstance(connection, Alone):
        return None
    found = typed(path, str(connection.why), connection.why.sqlite_errorname)
    return StoreReadOnly(path, found.said) if isinstance(found, StoreUnreachable) else found


def pooled(path: Path, connect: Callable[[], sqlite3.Connection]) -> Engine:
    """Connections that ``connect`` makes.

    An :class:`Alone` serves once: as soon as there is room the next one is a whole one, and
    another program that writes meanwhile is not overlooked.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)), creator=connect, poolclass=QueuePool
    )

    def once(connection: object, entry: ConnectionPoolEntry) -> None:
        if isinstance(connection, Alone):
            entry.close()

    def told(context: ExceptionContext) -> BaseException | None:
        trouble = context.original_exception
        readonly = (
            isinstance(trouble, sqlite3.Error)
            and trouble.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY
        )
        if not readonly or context.connection is None:
            return None
        return refusal(context.connection.connection.dbapi_connection, path)

    event.listen(engine, "checkin", once)
    event.listen(engine, "handle_error", told)
    return engine


def reader(path: Path, patience: float) -> Engine:
    """Connections to the database at ``path`` that cannot write; ``patience`` seconds for locks.

    It is not looked at before the first of them is used.
    """
    return pooled(path, lambda: connected(path, patience))


def why_not_written(engine: Engine, path: Path) -> StoreError | None:
    """Why nothing can be written just now; ``None``: nothing speaks against it.

    Raises:
        DBAPIError: it cannot even be read.
    """
    with engine.connect() as connection:
        return refusal(connection.connection.dbapi_connection, path)
