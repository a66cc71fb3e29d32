"""No command: the dashboard."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.config import Settings


def dashboard(settings: Settings, arguments: argparse.Namespace) -> int:
    """Open the dashboard; the demo where there are no tenants."""
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        from alfred_tui.cli.main import fail

        return fail("the dashboard needs a terminal; `alfred-tui health` looks without one")
    from alfred_tui import app

    return app.run(settings, demo=arguments.demo or not has_tenants(settings))


def has_tenants(settings: Settings) -> bool:
    """Whether the store holds a tenant; told without the store itself, before the first paint.

    A kept last state says so at once: removing the last tenant removes it.
    """
    path = settings.paths.database
    if not path.exists():
        return False
    if settings.paths.snapshot.exists():
        return True
    import sqlite3

    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1) as connection:
            return connection.execute("SELECT 1 FROM tenant LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return True  # the engine opens it properly and says what is wrong with it
