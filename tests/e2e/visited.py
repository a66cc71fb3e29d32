"""Every screen over a fleet, each with its picture and its exports; and an operation that breaks.

``python -m tests.e2e.visited HOME NAME SECRET``: what it leaves in ``HOME`` is looked through.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.pilot import Pilot

from alfred_tui import logs
from alfred_tui.app import AlfredApp
from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, Call
from alfred_tui.ops.board import Yes
from alfred_tui.takeover.desk import Desk
from tests.ui.hands import opened, until

PATIENCE = 60.0
"""Seconds for anything to come."""
PAGES = ("1", "2", "3", "4", "0")
EXPORTS = (("e", "events"), ("H", "journal"))
OTHERS = (("J", "jobs"), ("question_mark", "help"), ("f12", "diagnostics"))


async def breaks(engine: Engine, name: str, secret: str) -> None:
    """Something that nobody has thought of goes wrong, and its text holds a key."""

    async def send(tenant: str, call: Call) -> Answer:
        raise RuntimeError(f"a header that says Bearer {secret}, and {secret} alone")

    house = engine.workshop.house
    house.send = send  # type: ignore[method-assign]
    plan = await engine.board.plan("schedule.trigger", name, {"schedule": "al-reflection"})
    job = await engine.board.start(plan, Yes.KEY)
    await job.done()
    del house.send
    print(job.text)  # is looked through as well


async def visit(app: AlfredApp, pilot: Pilot[None], name: str) -> None:
    """The screens, one after the other."""
    await pilot.press("ctrl+s")
    app.open_tenant(name)
    await opened(pilot, app, "tenant", PATIENCE)
    for number in PAGES:
        await pilot.press(number, "ctrl+s")
    for what in ("paused", "stuck", "images"):
        app.open_across(what)
        await opened(pilot, app, "across", PATIENCE)
        await pilot.press("ctrl+s")
    app.go_home()
    for key, screen in EXPORTS:
        await pilot.press(key)
        await opened(pilot, app, screen, PATIENCE)
        before = len(list(exports(app).glob("*"))) if exports(app).exists() else 0
        await until(pilot, lambda: app.screen.check_action("export", ()), PATIENCE)
        await pilot.press("ctrl+s")
        await pilot.press("x")
        await until(
            pilot, lambda before=before: len(list(exports(app).glob("*"))) > before, PATIENCE
        )
        app.go_home()
    for key, screen in OTHERS:
        await pilot.press(key)
        await opened(pilot, app, screen, PATIENCE)
        await pilot.press("ctrl+s")
        app.go_home()
    app.action_doctor()
    await opened(pilot, app, "doctor", PATIENCE)
    await pilot.press("ctrl+s")


def exports(app: AlfredApp) -> Path:
    """Where they are written."""
    assert app.exports is not None
    return app.exports


async def main(home: Path, name: str, secret: str) -> None:
    """All of it."""
    settings = load_settings({}, {"ALFRED_TUI_HOME": str(home)})
    logs.begin(settings.paths, settings.log)
    engine = Engine(settings)
    app = AlfredApp(
        engine,
        screenshots=settings.paths.screenshots,
        exports=settings.paths.exports,
        desk=lambda: Desk(settings),
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: not app.starting and engine.status().first_sweep_done, PATIENCE)
        await breaks(engine, name, secret)
        await visit(app, pilot, name)
    await app.stop_engine()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
