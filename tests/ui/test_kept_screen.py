"""One tenant's screen is kept and shown again: nothing of the tenant before is left in it."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.screens.events import EventsScreen
from alfred_tui.screens.tenant import TenantScreen
from tests.ui.fake_engine import FakeEngine, troubled
from tests.ui.hands import make, opened, shown, until

FIRST, SECOND = "acme-dental", "iris-florist"
SIZE = (140, 40)


def tenant(app: AlfredApp) -> TenantScreen:
    assert isinstance(app.screen, TenantScreen)
    return app.screen


async def back(pilot: Pilot[Any], app: AlfredApp) -> None:
    await pilot.press("q")
    await until(pilot, lambda: app.screen is app.home)


async def test_it_is_made_once_and_does_nothing_while_nobody_looks() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await app.fetch_screens()
        kept = app.tenant_screen()
        assert kept.is_running
        assert engine.asked == [], "nobody is looked at more closely"
        app.open_tenant(FIRST)
        await opened(pilot, app, "tenant")
        assert tenant(app) is kept
        assert engine.asked == [("focus", FIRST)]
        await back(pilot, app)
        await until(pilot, lambda: engine.asked[-1] == ("focus", None))
        assert not [worker for worker in kept.workers if worker.node is kept]
        app.open_tenant(SECOND)
        await opened(pilot, app, "tenant")
        assert tenant(app) is kept
        assert engine.asked[-1] == ("focus", SECOND)


async def test_the_next_tenant_begins_anew() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        app.open_tenant(FIRST)
        await opened(pilot, app, "tenant")
        await pilot.press("slash", *"uptime", "enter", "j")
        await pilot.press("4", "end", "slash", "a")  # the box is left open
        await until(pilot, lambda: tenant(app).typing)
        app.go_home()
        await until(pilot, lambda: app.screen is app.home)
        fresh = make(FakeEngine(troubled()))
        app.open_tenant(SECOND)
        await opened(pilot, app, "tenant")
        assert FIRST not in shown(app)
        assert not tenant(app).typing
        assert tenant(app).focused is tenant(app)._sheets[0]
        reused = shown(app)
    async with fresh.run_test(size=SIZE) as pilot:
        fresh.open_tenant(SECOND)
        await opened(pilot, fresh, "tenant")
        assert reused == shown(fresh)


@pytest.mark.parametrize("away", [True, False], ids=["away", "shown"])
async def test_size_and_theme_that_changed_meanwhile_hold(away: bool) -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        app.open_tenant(FIRST)
        await opened(pilot, app, "tenant")
        if away:
            await back(pilot, app)
        await pilot.press("t")
        await pilot.resize_terminal(80, 24)
        if away:
            app.open_tenant(FIRST)
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: app.screen.size == (80, 24))
        await opened(pilot, app, "tenant")
        found, styles = shown(app), inks(app)
    other = make(FakeEngine(troubled()), theme=app.theme)
    async with other.run_test(size=(80, 24)) as pilot:
        other.open_tenant(FIRST)
        await opened(pilot, other, "tenant")
        assert (found, styles) == (shown(other), inks(other))


def inks(app: AlfredApp) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [str(part.style) for strip in strips for part in strip]


async def test_beneath_another_tenant_it_stays_and_has_the_engine_s_eyes_again() -> None:
    """From a tenant's events another tenant may be opened; going back leads to the first one."""
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        app.open_tenant(FIRST)
        await opened(pilot, app, "tenant")
        under = tenant(app)
        app.push_screen(EventsScreen(app))
        await until(pilot, lambda: isinstance(app.screen, EventsScreen))
        app.open_tenant(SECOND)
        await opened(pilot, app, "tenant")
        assert tenant(app) is not under
        assert engine.asked[-1] == ("focus", SECOND)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, EventsScreen))
        await pilot.press("q")
        await until(pilot, lambda: app.screen is under)
        await until(pilot, lambda: engine.asked[-1] == ("focus", FIRST))
        assert under.tenant == FIRST
