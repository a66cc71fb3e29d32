"""The fleet screen under hands: moving, marking, filtering, ordering; and what does not jump."""

from __future__ import annotations

import pytest

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counts
from alfred_tui.widgets.roster import Quick
from alfred_tui.widgets.selection import QUIET
from tests.ui.fake_engine import FakeEngine, healthy, tenant, troubled
from tests.ui.hands import Clock, make, opened, screen_text, shown, until

SIZE = (120, 40)


def line_of(lines: list[str], name: str) -> int:
    return next(y for y, line in enumerate(lines) if name in line)


async def test_the_first_screen_answers_who_why_and_since_when() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE):
        text = shown(app)
    assert "24 tenants" in text
    assert "polled 24/24 in 10 s" in text
    assert "12:04:31 UTC" in text
    assert "■ DOWN        harbor-law" in text
    assert "no answer on 3100 and 22, 2 min" in text
    assert "disk 93 % > 90 %, 14 min" in text


async def test_the_cursor_follows_its_tenant_when_the_list_sorts_anew() -> None:
    engine, clock = FakeEngine(healthy(60)), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["down"] * 5)
        grid = app.home.grid
        name, line = grid.cursor, line_of(screen_text(app), "▶")
        clock.value += 10
        for other in ("tenant-0050", "tenant-0055", "tenant-0059"):
            engine.change(other, pill=Pill.DOWN)
        app.flush()
        await until(pilot, lambda: app.home.roster.order[0] == "tenant-0050")
        await pilot.pause()
        assert grid.cursor == name
        assert grid.row == 8
        lines = screen_text(app)
        assert name in lines[line_of(lines, "▶")]
        assert line_of(lines, "▶") in (line, line + 3)


async def test_deep_in_the_list_the_cursor_keeps_its_line() -> None:
    engine, clock = FakeEngine(healthy(200)), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["pagedown"] * 3)
        grid = app.home.grid
        name = grid.cursor
        assert name is not None
        line = line_of(screen_text(app), "▶")
        clock.value += 10
        engine.change("tenant-0190", pill=Pill.DOWN)
        app.flush()
        await pilot.pause()
        assert app.home.roster.order[0] == "tenant-0190"
        assert grid.cursor == name
        lines = screen_text(app)
        assert line_of(lines, "▶") == line
        assert name in lines[line]


async def test_nothing_changes_places_under_a_finger() -> None:
    engine, clock = FakeEngine(healthy()), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down")
        before = list(app.home.roster.order)
        engine.change("iris-florist", pill=Pill.DOWN)
        clock.value += QUIET / 2
        app.flush()
        await pilot.pause()
        assert app.home.roster.order == before
        lines = screen_text(app)
        assert "DOWN" in lines[line_of(lines, "iris-florist")], "contents change at once"
        clock.value += QUIET
        app.flush()
        await pilot.pause()
        assert app.home.roster.order[0] == "iris-florist"


async def test_a_grid_that_nobody_touched_shows_the_worst() -> None:
    engine = FakeEngine(healthy(200))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        for index in range(100, 160):
            engine.change(f"tenant-{index:04d}", pill=Pill.DOWN)
        app.flush()
        await pilot.pause()
        assert app.home.grid.scroll_offset.y == 0
        assert app.home.grid.cursor == "tenant-0100"
        assert "DOWN" in screen_text(app)[line_of(screen_text(app), "▶")]


async def test_ages_tick_without_a_change() -> None:
    engine = FakeEngine([tenant("one")])
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        assert "  2 s " in screen_text(app)[line_of(screen_text(app), "▶")]
        engine.moment += engine.moment - engine.rows["one"].oldest  # type: ignore[operator]
        app.flush()
        await pilot.pause()
        lines = screen_text(app)
        assert "  4 s " in lines[line_of(lines, "▶")]


async def test_moving_to_the_ends_and_by_pages() -> None:
    app = make(FakeEngine(healthy(100)))
    async with app.run_test(size=SIZE) as pilot:
        grid = app.home.grid
        await pilot.press("end")
        assert grid.row == 99
        assert "tenant-0099" in shown(app)
        await pilot.press("home")
        assert grid.row == 0
        await pilot.press("pagedown", "j", "k", "up")
        assert grid.row == grid.size.height - 2
        await pilot.press("up", *["pageup"] * 3)
        assert grid.row == 0


async def test_marks_belong_to_tenants() -> None:
    engine, clock = FakeEngine(healthy()), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "space")
        assert app.home.roster.marks == {"acme-dental", "alder-kitchens"}
        assert "2 marked" in shown(app)
        await pilot.press("s", "s", "s")
        lines = screen_text(app)
        assert "✓" in lines[line_of(lines, "acme-dental")]
        await pilot.press("4")
        assert sorted(app.home.roster.order) == ["acme-dental", "alder-kitchens"]
        await pilot.press("r")
        assert engine.asked[-1] == ("refresh", ("acme-dental", "alder-kitchens"))
        await pilot.press("u")
        assert app.home.roster.marks == set()
        assert "Nobody is marked" in shown(app)


async def test_marks_outlast_filters_refreshes_and_other_orders() -> None:
    engine, clock = FakeEngine(healthy(60)), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "space", "end", "space")
        marks = {"alder-kitchens", "tenant-0059"}
        await pilot.press("s", "o", "slash", *"zebra", "enter", "R")
        assert app.home.roster.marks == marks
        assert "2 marked" in shown(app), "also where none of them is in sight"
        await pilot.press("escape", "s", "4")
        assert set(app.home.roster.order) == marks
        clock.value += 10
        engine.change("tenant-0059", pill=Pill.DOWN)
        engine.put(tenant("aaa-first"))
        app.flush()
        await pilot.pause()
        assert app.home.roster.marks == marks
        engine.drop("tenant-0059")
        app.flush()
        await until(pilot, lambda: "1 marked" in shown(app))


async def test_enter_opens_what_was_under_the_eye_when_the_list_was_about_to_turn() -> None:
    engine, clock = FakeEngine(healthy(60)), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        name = app.home.grid.cursor
        assert name is not None
        for index in range(40, 60):
            engine.change(f"tenant-{index:04d}", pill=Pill.DOWN)
        app.flush()
        clock.value += QUIET / 2
        app.flush()
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.name == "tenant" and name in shown(app))
        clock.value += 10
        app.flush()
        await pilot.press("q")
        await opened(pilot, app, "fleet")
        assert app.home.grid.cursor == name
        assert app.home.roster.order[0] == "tenant-0040"


async def test_the_name_column_grows_with_a_longer_name() -> None:
    engine = FakeEngine([tenant("abc"), tenant("def")])
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        before = app.home.grid.columns.offset("why")
        engine.put(tenant("a-much-longer-name"))
        app.flush()
        await until(pilot, lambda: app.home.grid.columns.offset("why") > before)
        heads = next(line for line in screen_text(app) if "STATUS" in line)
        assert heads.index("WHY") == app.home.grid.columns.offset("why")
        assert "a-much-longer-name" in shown(app)


async def test_filter_as_you_type_keep_and_clear() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"why:disk")
        assert app.home.roster.order == ["fable-films"]
        await pilot.press("enter")
        assert app.focused is app.home.grid
        assert "filter: why:disk" in shown(app)
        assert "1/1 of 24" in shown(app)
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        assert app.home.roster.order == ["fable-films"]
        await pilot.press("escape")
        assert len(app.home.roster.order) == 24
        await pilot.press("slash", *"zebra", "escape")
        assert len(app.home.roster.order) == 24
        assert app.focused is app.home.grid


async def test_the_cursor_returns_to_a_tenant_that_a_filter_hid() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["down"] * 9)
        name = app.home.grid.cursor
        await pilot.press("3")
        assert app.home.roster.quick is Quick.DOWN
        assert app.home.grid.cursor != name
        await pilot.press("1")
        assert app.home.grid.cursor == name


async def test_arrows_move_the_grid_while_typing() -> None:
    app = make(FakeEngine(healthy()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"a", "down", "down")
        assert app.home.grid.row == 2
        assert app.focused is not app.home.grid


async def test_a_filter_not_understood_is_said_kindly() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"colour:red", "enter")
        assert "no field “colour”: try status" in shown(app)
        assert len(app.home.roster.order) == 24


async def test_no_match_says_how_to_clear() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"zebra", "enter")
        text = shown(app)
        assert "No tenant matches zebra" in text
        assert "esc shows all 24 again" in text


async def test_quick_filter_two_shows_problems_only() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("2")
        assert len(app.home.roster.order) == 6
        assert "only problems" in shown(app)
        await pilot.press("2")
        assert len(app.home.roster.order) == 24


async def test_sort_cycles_and_turns() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        assert app.home.roster.order == sorted(app.home.roster.order)
        assert "sort: name" in shown(app)
        assert "NAME ↓" in shown(app)
        await pilot.press("o")
        assert app.home.roster.order == sorted(app.home.roster.order, reverse=True)
        assert "NAME ↑" in shown(app)


async def test_wishes_reach_the_engine() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("r", "R", "z")
        assert "PAUSED" in shown(app)
        await pilot.press("z", "plus", "minus", "minus")
        assert "PAUSED" not in screen_text(app)[1]
    assert engine.asked == [
        ("refresh", ("harbor-law",)),
        ("refresh", None),
        ("pause",),
        ("resume",),
        ("interval", 15.0),
        ("interval", 10.0),
        ("interval", 5.0),
    ]


async def test_tenants_come_and_go() -> None:
    engine, clock = FakeEngine(healthy()), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        assert app.home.grid.cursor == "amber-optics"
        clock.value += 10
        engine.drop("amber-optics")
        engine.put(tenant("aaa-first"))
        app.flush()
        await pilot.pause()
        assert app.home.grid.cursor == "alder-kitchens"
        assert "amber-optics" not in shown(app)
        assert "aaa-first" in shown(app)


async def test_without_tenants_no_key_promises_to_open_one() -> None:
    engine = FakeEngine(counts=Counts())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        text = shown(app)
        assert "alfred-tui import PATH" in text
        assert "alfred-tui tenants add NAME" in text
        assert "enter open" not in text
        await pilot.press("enter", "space", "slash", "s", "c")
        assert app.screen.name == "fleet"
        engine.put(tenant("one"))
        app.flush()
        await pilot.pause()
        assert "enter open" in shown(app)


async def test_loading_offline_and_demo_are_said() -> None:
    app = make(FakeEngine(first_sweep_done=False))
    app.starting = True
    async with app.run_test(size=SIZE):
        assert "Opening the doors" in shown(app)
    engine = FakeEngine(troubled(), demo=True, stand_in=True)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        assert "DEMO" in shown(app)
        assert "alfred-tui import PATH" in shown(app)
        network = engine.state.network
        engine.set_status(
            network=type(network)("offline", "", "no default route", None),
            trouble=("last state not kept: disk full",),
        )
        app.flush()
        await pilot.pause()
        assert "■ OFFLINE  no default route" in shown(app)
        assert "last state not kept: disk full" in shown(app)


@pytest.mark.parametrize("width", [80, 96, 160])
async def test_which_day_the_demo_lives_through_is_said(width: int) -> None:
    engine = FakeEngine(troubled(), demo=True)
    engine.set_status(day="image-regression 60x")
    app = make(engine)
    async with app.run_test(size=(width, 24)):
        first = shown(app).splitlines()[0]
        assert "DEMO image-regression 60x  24 " in first
        assert "● 17" in first
        assert ("Alfred fleet" in first) is (width >= 96)


async def test_only_changed_lines_are_drawn_again() -> None:
    engine = FakeEngine(healthy(1000))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        drawn: list[int] = []
        original = app.home.grid.render_line

        def spy(y: int) -> object:
            drawn.append(y)
            return original(y)

        app.home.grid.render_line = spy  # type: ignore[method-assign,assignment]
        for name in ("alder-kitchens", "tenant-0900"):
            engine.change(name, latency=0.2)
        app.flush()
        await until(pilot, lambda: drawn)
        await pilot.pause()
        assert set(drawn) == {1}


async def test_rows_out_of_sight_are_let_go_of() -> None:
    """A strip gathers copies of itself: with all rows of a big fleet kept, memory only grew."""
    app = make(FakeEngine(healthy(300)))
    async with app.run_test(size=SIZE) as pilot:
        grid = app.home.grid
        for _ in range(12):
            await pilot.press("pagedown")
        await until(pilot, lambda: grid.row == 299)
        assert len(grid._drawn) <= max(64, 2 * grid.size.height)
        shows = screen_text(app)
        await pilot.press("home", "end")
        await until(pilot, lambda: screen_text(app) == shows)
