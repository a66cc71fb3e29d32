"""The fleet and tenant screens by their keys, over the fake engine and its fixed clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alfred_tui.app import AlfredApp
from alfred_tui.model.verdict import Pill
from alfred_tui.widgets import cells
from alfred_tui.widgets.columns import ages, plan, row_parts
from alfred_tui.widgets.glyphs import ASCII, UNICODE
from tests.ui.fake_engine import NOW, FakeEngine, healthy, tenant, troubled

SIZE = (120, 40)


class Hands:
    """A clock of keys that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def app_over(engine: FakeEngine, clock: Hands | None = None) -> AlfredApp:
    return AlfredApp(engine, begin=False, clock=clock or Hands())


async def test_enter_opens_the_tenant_and_escape_keeps_the_place() -> None:
    engine = FakeEngine(troubled())
    app = app_over(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        name = app.home.grid.cursor
        await pilot.press("enter")
        assert app.screen.id == "tenant"
        assert engine.asked[-1] == ("focus", name)
        await pilot.press("escape")
        assert app.screen is app.home
        assert app.home.grid.cursor == name
        assert engine.asked[-1] == ("focus", None)


async def test_rows_keep_their_places_while_keys_are_pressed() -> None:
    engine, clock = FakeEngine(healthy()), Hands()
    app = app_over(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down")
        before = list(app.home.roster.order)
        chosen = app.home.grid.cursor
        engine.change(before[-1], pill=Pill.DOWN)
        clock.seconds += 0.5
        app.flush()
        assert app.home.roster.order == before
        clock.seconds += 1.0
        app.flush()
        assert app.home.roster.order[0] == before[-1]
        assert app.home.grid.cursor == chosen
        assert app.home.roster.order[app.home.grid.row] == chosen


async def test_filter_as_typed_and_escape_shows_all_again() -> None:
    app = app_over(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"why:disk")
        assert app.home.roster.order == ["fable-films"]
        await pilot.press("enter", "escape")
        assert len(app.home.roster.order) == 24


@pytest.mark.parametrize(("key", "count"), [("1", 24), ("2", 6), ("3", 2), ("4", 0)])
async def test_quick_filters(key: str, count: int) -> None:
    app = app_over(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        if key == "1":
            await pilot.press("3")
        await pilot.press(key)
        assert len(app.home.roster.order) == count


async def test_polling_keys_reach_the_engine() -> None:
    engine = FakeEngine(healthy())
    app = app_over(engine)
    async with app.run_test(size=SIZE) as pilot:
        first, second = app.home.roster.order[:2]
        await pilot.press("r", "space", "space", "r", "R", "z", "z", "plus", "minus")
    assert engine.asked == [
        ("refresh", (first,)),
        ("refresh", (first, second)),
        ("refresh", None),
        ("pause",),
        ("resume",),
        ("interval", 15.0),
        ("interval", 10.0),
    ]


async def test_a_failed_start_is_a_banner_and_r_tries_again() -> None:
    engine = FakeEngine(healthy())
    engine.start_error = RuntimeError("database is locked")
    app = AlfredApp(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.failed == "database is locked"
        assert not app.home.query_one("#trouble").has_class("hidden")
        engine.start_error = None
        await pilot.press("r")
        await pilot.pause()
        assert engine.started
        assert app.failed == ""


async def test_ctrl_c_hints_first_and_quits_the_second_time() -> None:
    clock = Hands()
    app = app_over(FakeEngine(healthy()), clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+c")
        assert app.return_code is None
        clock.seconds += 3
        await pilot.press("ctrl+c")
        assert app.return_code is None
        await pilot.press("ctrl+c")
    assert app.return_code == 130


async def test_q_ends_with_zero() -> None:
    app = app_over(FakeEngine(healthy()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("q")
    assert app.return_code == 0


@pytest.mark.parametrize("key", ["S", "a", "d", "g", "p", "J", "H", "I"])
async def test_reserved_keys_are_free(key: str) -> None:
    app = app_over(FakeEngine(healthy()))
    async with app.run_test(size=SIZE):
        assert key not in app.screen.active_bindings


@pytest.mark.parametrize(
    "name", ["[red]x[/]", "\x1b[31mred\x1b[0m", "北京工作室" * 8, "🦊" * 30, "a\nb"]
)
@pytest.mark.parametrize("width", [40, 79, 119, 199])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_odd_names_fill_a_row_exactly(name: str, width: int, glyphs: object) -> None:
    view = tenant(name, Pill.DOWN)
    parts = row_parts(view, ages(view, NOW), plan(width), glyphs)  # type: ignore[arg-type]
    text = "".join(part for part, _ in parts)
    assert cells.width(text) == width
    assert "\x1b" not in text
    assert "\n" not in text


def test_ages_tick_with_the_clock() -> None:
    view = tenant("acme", oldest=NOW)
    assert ages(view, NOW + timedelta(seconds=61)).oldest == "1 min"
