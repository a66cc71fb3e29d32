"""No command: the dashboard."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.demo_day import DemoDay


def dashboard(settings: Settings, *, demo: DemoDay | None) -> int:
    """Open the dashboard; the demo where there are no tenants."""
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        from alfred_tui.cli.output import fail

        return fail("the dashboard needs a terminal; `alfred-tui health` looks without one")
    from alfred_tui import app
    from alfred_tui.store.peek import has_tenants

    empty = demo is None and not has_tenants(settings.paths)
    return app.run(settings, demo, empty)
