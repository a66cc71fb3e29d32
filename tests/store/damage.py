"""Damage to a store's file, page by page of one table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest


def pages(path: Path, table: str) -> tuple[int, list[int]]:
    """The size of a page, and the numbers of a table's leaves, in the order of its keys."""
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = plain.execute("PRAGMA page_size").fetchone()
        try:
            rows = plain.execute(
                "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path",
                (table,),
            ).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite cannot tell a table's pages (dbstat)")
    assert rows, f"{table} has no page"
    return int(size), [int(number) for (number,) in rows]


def spoil(path: Path, table: str, place: float = 0.5) -> None:
    """Overwrite a page of a table: 0 the first, 1 the last; nobody may have it open."""
    size, leaves = pages(path, table)
    with path.open("r+b") as file:
        file.seek((leaves[round((len(leaves) - 1) * place)] - 1) * size)
        file.write(b"\xa5" * size)
