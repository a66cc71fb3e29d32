"""What the parts of the store share: a transaction, a connection to read on, a page's limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from alfred_tui.store.errors import reported, sound


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Connection]:
    """A connection to read on; values that nobody can have written are a damage, too.

    Raises the store's errors.
    """
    with reported(path), sound(path), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Connection]:
    """A connection that holds the write lock from the start on; all of it or, after an error, none.

    Raises the store's errors.
    """
    with reported(path), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        connection.commit()


def narrowed(
    tenant: str | None, since: datetime | None, until: datetime | None, before: int | None
) -> tuple[str, list[object]]:
    """Conditions and their values for a page of a table with ``tenant``, ``at`` and ``id``.

    ``since`` is included, ``until`` is not; ``before`` a number is the page after it.
    """
    wanted: list[tuple[str, object]] = []
    if tenant is not None:
        wanted.append(("tenant = ?", tenant))
    if since is not None:
        wanted.append(("at >= ?", since.timestamp()))
    if until is not None:
        wanted.append(("at < ?", until.timestamp()))
    if before is not None:
        wanted.append(("id < ?", before))
    where = " AND ".join(text for text, _ in wanted) or "1"
    return where, [value for _, value in wanted]
