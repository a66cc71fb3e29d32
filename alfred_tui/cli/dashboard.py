"""No command: the dashboard."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.config import Settings


def dashboard(settings: Settings, *, demo: bool) -> int:
    """Open the dashboard; the demo where there are no tenants."""
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        from alfred_tui.cli.output import fail

        return fail("the dashboard needs a terminal; `alfred-tui health` looks without one")
    from alfred_tui import app

    return app.run(settings, demo=demo or not has_tenants(settings))


def has_tenants(settings: Settings) -> bool:
    """Whether the store holds a tenant; told without the store itself, before the first paint.

    A kept last state says so at once: removing a tenant removes it.
    """
    path = settings.paths.database
    if not path.exists():
        return False
    if settings.paths.snapshot.exists():
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
