"""Pictures of a screen without a terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.app import AlfredApp
from alfred_tui.model.text import clean

if TYPE_CHECKING:
    from alfred_tui.config import Settings


def shot(
    settings: Settings,
    screen: str,
    name: str | None,
    out: Path,
    size: tuple[int, int],
    theme: str | None,
) -> int:
    """Look once at everybody and write the screen as SVG, without a terminal.

    Returns 0, or 2 with a line on stderr where the tenant is unknown or nothing could be opened.
    """
    return asyncio.run(_shot(settings, screen, name, out, size, theme))


async def _shot(
    settings: Settings,
    screen: str,
    name: str | None,
    out: Path,
    size: tuple[int, int],
    theme: str | None,
) -> int:
    from alfred_tui.engine import Engine

    engine = Engine(settings)
    try:
        await engine.start(poll=False)
        if screen == "tenant" and (name is None or engine.view(name) is None):
            return _refuse(f"no tenant {name!r}; `alfred-tui tenants list` shows them all")
        await engine.look_once(None if screen == "fleet" else [name or ""])
        app = AlfredApp(
            engine,
            theme=theme or settings.ui.theme,
            ascii_only=settings.ui.ascii,
            begin=False,
        )
        svg = await picture(app, size, name if screen == "tenant" else None)
        await asyncio.to_thread(out.write_text, svg, "utf-8")
    except (OSError, RuntimeError, ValueError) as trouble:
        return _refuse(str(trouble))
    finally:
        await engine.stop()
    return 0


def _refuse(text: str) -> int:
    print(f"alfred-tui shot: {clean(text, 400)}", file=sys.stderr)  # noqa: T201
    return 2


async def picture(app: AlfredApp, size: tuple[int, int], tenant: str | None = None) -> str:
    """The SVG of an app's fleet screen, or of one tenant's, drawn without a terminal."""
    async with app.run_test(size=size) as pilot:
        if tenant is not None:
            app.open_tenant(tenant)
        app.flush()
        await pilot.pause()
        return app.export_screenshot(title=app.title)
