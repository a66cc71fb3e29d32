"""Before the engine has started, or where it cannot: no screen says that it looks, or has read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alfred_tui.app import AlfredApp
from alfred_tui.screens.opening import NOT_YET
from tests.ui.fake_engine import FakeEngine, healthy, troubled
from tests.ui.fake_past import FakePast, happened, hours
from tests.ui.hands import make, opened, shown, until
from tests.ui.states_across import known
from tests.ui.test_shell import said

WHY = "the store is locked by another program"


class LateEngine(FakeEngine):
    """What was is there to be read once it has started, not before."""

    def __init__(self) -> None:
        super().__init__(troubled())
        known(self)
        self.past = FakePast()

    async def start(self) -> None:
        await super().start()
        self.past = FakePast(happened(20))
        self.past.by_hour["acme-dental"] = hours()


def _tenant(page: str) -> Callable[[AlfredApp], None]:
    return lambda app: app.open_tenant("acme-dental", page)


SCREENS: dict[str, tuple[Callable[[AlfredApp], None], str]] = {
    "overview": (_tenant("1"), "availability"),
    "containers": (_tenant("2"), "vaultwarden"),
    "host": (_tenant("0"), "/mnt/encrypted"),
    "events": (lambda app: app.action_all_events(), "newest first"),
    "journal": (lambda app: app.action_journal(), "Nothing has been done yet"),
    "across": (lambda app: app.open_across("paused"), "al-plane-sync"),
}
"""How each is opened, and what it shows once the engine has started."""


@pytest.mark.parametrize("screen", SCREENS)
async def test_after_a_failed_start_it_says_why_and_r_tries_again(screen: str) -> None:
    opens, there = SCREENS[screen]
    engine = LateEngine()
    engine.start_error = RuntimeError(WHY)
    app = AlfredApp(engine)
    async with app.run_test(size=(140, 40)) as pilot:
        await until(pilot, lambda: app.failed)
        opens(app)
        await until(pilot, lambda: "ould not start" in shown(app) and WHY in shown(app))
        for untrue in ("looking at", "being opened", "been seen yet", "done yet", "no history"):
            assert untrue not in shown(app)
        assert "r try again" in shown(app)
        await pilot.press("r")
        await until(pilot, lambda: WHY in app.failed and WHY in shown(app))
        engine.start_error = None
        await pilot.press("r")
        await until(pilot, lambda: engine.started and "ould not start" not in shown(app))
        await until(pilot, lambda: there in shown(app))
        assert "r try again" not in shown(app)


async def test_the_jobs_drawer_says_it_and_the_way_there() -> None:
    engine = FakeEngine(troubled())
    engine.start_error = RuntimeError(WHY)
    app = AlfredApp(engine)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.failed)
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        assert "The program could not start" in shown(app)
        await pilot.press("escape", "r")
        await until(pilot, lambda: app.home.is_current)


@pytest.mark.parametrize("keys", ["a", "m", "S"])
async def test_what_cannot_be_done_then_says_why(keys: str) -> None:
    app = make(FakeEngine(troubled()))
    app.failed = WHY
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press(keys)
        await until(pilot, lambda: "could not start: r tries again" in shown(app))
        assert app.screen is app.home


async def test_what_was_opened_while_starting_is_read_once_there_is_something_to_read() -> None:
    engine = LateEngine()
    app = AlfredApp(engine, begin=False)
    app.starting = True
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        app.action_all_events()
        await until(pilot, lambda: "the doors are being opened" in shown(app))
        await pilot.press("escape", "r")
        await until(pilot, lambda: NOT_YET in said(app))
        assert not any(each[0] == "refresh" for each in engine.asked)
        app.action_all_events()
        app.start_engine()
        await until(pilot, lambda: "newest first" in shown(app))
        assert "been seen yet" not in shown(app)


async def test_the_past_of_a_tenant_opened_while_starting_is_read_then() -> None:
    engine = LateEngine()
    app = AlfredApp(engine, begin=False)
    app.starting = True
    async with app.run_test(size=(100, 40)) as pilot:
        app.open_tenant("acme-dental")
        await until(pilot, lambda: "reading the past" in shown(app))
        app.start_engine()
        await until(pilot, lambda: "availability" in shown(app))


async def test_an_empty_fleet_is_no_fleet_in_which_nothing_is_paused() -> None:
    engine = FakeEngine(healthy(0))
    app = make(engine)
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_across("paused")
        await until(pilot, lambda: "there is no tenant to look at" in shown(app))
        assert "0 paused" not in shown(app)
