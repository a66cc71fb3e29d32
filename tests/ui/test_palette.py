"""ctrl+p: every action, every screen, every tenant, found by typing."""

from __future__ import annotations

from typing import Any

from textual.command import Command, CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList

from alfred_tui.app import AlfredApp
from alfred_tui.screens.keys import key_lines
from alfred_tui.widgets.board import MOVE
from alfred_tui.widgets.roster import SORTS
from tests.ui.fake_engine import FakeEngine, healthy, tenant, troubled
from tests.ui.hands import controls, make, opened, shown, until
from tests.ui.odd import ODD_NAMES

SIZE = (120, 40)
NOT_OFFERED = {"command_palette", "interrupt", "theme", "back"}
"""The palette itself, half of a way out, what has commands of its own, and leaving by esc."""


def offered(app: AlfredApp) -> list[str]:
    """The titles that the palette lists now."""
    options = app.screen.query_one(OptionList).options
    return [option.hit.text or "" for option in options if isinstance(option, Command)]


async def type_and_run(app: AlfredApp, pilot: Pilot[Any], typed: str, title: str) -> None:
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(app.screen, CommandPalette))
    await pilot.press(*typed)
    await until(pilot, lambda: offered(app)[:1] == [title])
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(app.screen, CommandPalette))


async def test_before_a_letter_is_typed_it_lists_what_can_be_done() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        lines = key_lines(app.screen)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette) and len(offered(app)) > 9)
        titles = offered(app)
        for line in lines:
            if line.group != MOVE.description and line.action not in NOT_OFFERED:
                assert line.help[:1].upper() + line.help[1:] in titles
        assert [title for title in titles if title.startswith("Order: ")] == [
            f"Order: {sort.name}" for sort in SORTS
        ]
        assert {"Colours: dark", "Colours: light"} <= set(titles)
        await pilot.press("ctrl+p")
        assert sum(isinstance(screen, CommandPalette) for screen in app.screen_stack) == 1


async def test_it_goes_to_a_tenant_among_many_and_the_fleet_keeps_the_place() -> None:
    app = make(FakeEngine(healthy(300)))
    async with app.run_test(size=SIZE) as pilot:
        await type_and_run(app, pilot, "0222", "Go to tenant-0222")
        await until(pilot, lambda: app.screen.name == "tenant" and "tenant-0222" in shown(app))
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        assert app.home.grid.cursor == "tenant-0222"


async def test_from_one_tenant_it_goes_to_another_and_home() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await type_and_run(app, pilot, "iris", "Go to iris-florist")
        await until(pilot, lambda: app.screen.name == "tenant" and "■ DOWN  iris-fl" in shown(app))
        assert len(app.screen_stack) == 2
        await type_and_run(app, pilot, "all te", "Fleet: all tenants")
        await opened(pilot, app, "fleet")
        assert app.home.grid.cursor == "iris-florist"


async def test_it_runs_actions_of_the_screen_and_of_the_program() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await type_and_run(app, pilot, "pause", "Pause polling, and go on")
        await until(pilot, lambda: ("pause",) in engine.asked)
        await type_and_run(app, pilot, "fulle", "Order: fullest disk")
        await until(pilot, lambda: "sort: fullest disk" in shown(app))
        await type_and_run(app, pilot, "colours: l", "Colours: light")
        await until(pilot, lambda: app.theme == "alfred-light")
        title = "Diagnostics: how the program itself is"
        await type_and_run(app, pilot, "diagn", title)
        await opened(pilot, app, "diagnostics")


async def test_while_a_filter_is_typed_it_still_offers_the_screens_actions() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"iris")
        await type_and_run(app, pilot, "only p", "Only problems; again: all")
        await until(pilot, lambda: app.home.roster.quick == "problems")
        assert app.home.roster.query.text == "iris"
        assert app.focused is app.home.grid


async def test_what_cannot_be_done_is_not_offered() -> None:
    app = make(FakeEngine())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette) and offered(app))
        assert "Open the tenant under the cursor" not in offered(app)
        assert not [title for title in offered(app) if title.startswith("Order: ")]


async def test_names_that_others_wrote_are_text() -> None:
    app = make(FakeEngine([tenant(name) for name in ODD_NAMES]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p")
        for typed, found in (
            ("marku", "Go to [bold red]markup[/]"),
            ("clipb", "Go to clipboard"),
            ("nnnnn", "Go to nnnnnnnn"),
            ("bell", "Go to red bell"),
        ):
            await pilot.press("ctrl+u", *typed)
            await until(pilot, lambda found=found: found in shown(app))  # type: ignore[misc]
            assert not controls(app)
