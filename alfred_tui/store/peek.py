"""One question to the store without opening it: for what must be quick."""

from __future__ import annotations

from alfred_tui.config import Paths


def has_tenants(paths: Paths) -> bool:
    """Whether the store holds a tenant; a file that cannot be asked counts as one that does.

    A kept last state says so at once: removing a tenant removes it.
    """
    path = paths.database
    if not path.exists():
        return False
    if paths.snapshot.exists():
        return True
    import sqlite3
    from contextlib import closing

    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as there:
            return there.execute("SELECT 1 FROM tenant LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        # the engine opens it properly and says what is wrong with it; nothing was kept in a
        # file that has no bytes
        return path.stat().st_size > 0
