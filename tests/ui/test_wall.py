"""The wall: everybody on one screen, the same keys, roster and cursor as the list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.verdict import Pill
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import ASCII, UNICODE, Glyphs
from alfred_tui.widgets.selection import QUIET
from alfred_tui.widgets.wall_cells import GAP, Look, Shape, cell_lines, shape_for
from tests.ui.fake_engine import FakeEngine, healthy, tenant, troubled
from tests.ui.hands import Clock, controls, make, opened, screen_text, shown, until
from tests.ui.odd import ODD_NAMES

SIZE = (120, 40)


async def hang(pilot: Pilot[Any], app: AlfredApp) -> Any:
    """Press ``g`` and wait until the wall has its size."""
    await pilot.press("g")
    await until(pilot, lambda: app.home.grid.id == "wall" and app.home.grid.size.height)
    await pilot.pause()
    return app.home.grid


def bracketed(app: AlfredApp) -> str:
    """What stands between the cursor's brackets."""
    line = next(text for text in screen_text(app)[3:] if "◀" in text)
    return line[line.index("▶") + 1 : line.index("◀")]


@given(
    st.integers(1, 2000), st.integers(0, 60), st.integers(20, 250), st.integers(4, 60)
)  # fmt: skip
def test_cells_stay_within_the_wall_and_fit_where_any_do(
    count: int, longest: int, width: int, height: int
) -> None:
    shape = shape_for(count, longest, width, height)
    assert shape.across * (shape.width + GAP) + GAP <= width
    if count <= (width - GAP) // 2 * height:
        assert -(-count // shape.across) * shape.pitch - shape.blank <= height, "nobody is hidden"


@pytest.mark.parametrize(("width", "height", "most"), [(79, 21, 700), (199, 40, 3000)])
def test_hundreds_fit_a_screen(width: int, height: int, most: int) -> None:
    for count in range(1, most, 37):
        shape = shape_for(count, 20, width, height)
        assert shape.across * ((height + shape.blank) // shape.pitch) >= count


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize(
    "shape",
    [Shape(3, 34, 5, 1), Shape(3, 22, 3, 1), Shape(3, 18, 1, 1), Shape(3, 10, 1, 0),
     Shape(9, 7, 1, 0), Shape(9, 3, 1, 0), Shape(9, 2, 1, 0), Shape(9, 1, 1, 0)],
)  # fmt: skip
@pytest.mark.parametrize("name", ["acme", "名前がとても長いテナントの名前です", "a" * 90])
def test_a_cell_fills_its_block_and_says_the_pill(shape: Shape, glyphs: Glyphs, name: str) -> None:
    for pill in Pill:
        look = Look(pill, "calm", name, "why " * 20, "14 min", "zps", marked=True)
        lines = ["".join(text for text, _ in line) for line in cell_lines(look, shape, glyphs)]
        assert len(lines) == shape.lines
        assert {cells.width(line) for line in lines} == {shape.width}
        assert glyphs.pills[pill] in "".join(lines)
        assert (name[0] in "".join(lines)) is shape.named


async def test_g_shows_the_wall_and_g_the_list_with_the_cursor_on_the_same_tenant() -> None:
    app = make(FakeEngine(troubled(60)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down", "down", "down")
        name = app.home.grid.cursor
        assert name == "hazel-farm"
        await hang(pilot, app)
        assert app.home.grid.cursor == name
        assert name in bracketed(app)
        await pilot.press("right", "j")
        other = app.home.grid.cursor
        await pilot.press("g")
        await until(pilot, lambda: app.home.grid.id == "grid")
        assert app.home.grid.cursor == other
        await until(pilot, lambda: any("▶" in li and other in li for li in screen_text(app)))
        assert app.focused is app.home.grid


async def test_the_cursor_moves_in_two_dimensions() -> None:
    app = make(FakeEngine(healthy(58)))
    async with app.run_test(size=SIZE) as pilot:
        wall = await hang(pilot, app)
        across = wall.across
        assert (across, 58 % across) == (5, 3)
        for keys, row in (
            (("right",), 1), (("down",), across + 1), (("left",), across), (("up",), 0),
            (("up",), 0), (("j", "l", "k", "h"), 0), (("end",), 57), (("down",), 57),
            (("home", "left"), 0), (("pagedown", "pageup"), 0),
        ):  # fmt: skip
            await pilot.press(*keys)
            assert wall.row == row, keys
        last = 57 // across * across
        await pilot.press("end", "right", "up")
        assert wall.row == 57 - across
        wall.selection.to(last - 1)
        await pilot.press("down")
        assert wall.row == 57, "into a last tier that is too short: its end"


async def test_filter_order_and_marks_are_those_of_the_list() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "space")
        await hang(pilot, app)
        assert "✓" in shown(app)
        await pilot.press("slash", *"status:red", "enter")
        await until(pilot, lambda: "acme-dental" not in shown(app))
        assert "harbor-law" in shown(app)
        await pilot.press("escape", "4")
        await until(pilot, lambda: "harbor-law" not in shown(app))
        assert app.home.roster.order == ["iris-florist"]
        await pilot.press("1", "s")
        assert "sort: name" in shown(app)
        await pilot.press("g")
        await until(pilot, lambda: app.home.grid.id == "grid")
        assert "sort: name" in shown(app)
        assert "NAME ↓" in shown(app)


async def test_enter_opens_and_coming_back_keeps_the_place() -> None:
    app = make(FakeEngine(troubled(250)))
    async with app.run_test(size=(80, 24)) as pilot:
        wall = await hang(pilot, app)
        await pilot.press("right", "down")
        name = wall.cursor
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        assert name in shown(app)
        await pilot.press("n", "escape")
        await opened(pilot, app, "fleet")
        assert app.home.grid is wall
        assert wall.cursor == app.home.roster.order[app.home.roster.place[name] + 1]


async def test_a_click_chooses_and_a_second_one_opens() -> None:
    app = make(FakeEngine(troubled(60)))
    async with app.run_test(size=SIZE) as pilot:
        wall = await hang(pilot, app)
        step = wall.cell.width + GAP
        where = (2 * step + 4, 3 * wall.pitch)
        await pilot.click("#wall", offset=where)
        assert wall.row == 3 * wall.across + 2
        assert app.screen.name == "fleet"
        await pilot.click("#wall", offset=where)
        await opened(pilot, app, "tenant")
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await pilot.click("#wall", offset=(4, wall.size.height - 1))
        assert wall.row < 60


async def test_the_line_above_says_who_and_why() -> None:
    engine = FakeEngine(troubled(250))
    app = make(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await hang(pilot, app)
        assert "harbor-law   no answer on 3100 and 22, 2 min" in screen_text(app)[2]
        await pilot.press("right")
        assert "■ DOWN  iris-florist" in screen_text(app)[2]
        engine.change("iris-florist", pill=Pill.OK, reasons=())
        app.flush()
        await until(pilot, lambda: "● OK  iris-florist" in screen_text(app)[2])


async def test_the_wall_is_live_and_nothing_jumps_under_a_finger() -> None:
    engine, clock = FakeEngine(healthy(60)), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        wall = await hang(pilot, app)
        await pilot.press("right")
        name, order = wall.cursor, list(app.home.roster.order)
        engine.change("tenant-0050", pill=Pill.DOWN)
        app.flush()
        await until(pilot, lambda: "■ tenant-0050" in shown(app))
        assert app.home.roster.order == order
        clock.value += QUIET
        app.flush()
        await until(pilot, lambda: app.home.roster.order[0] == "tenant-0050")
        assert (wall.cursor, wall.row) == (name, 2)
        engine.put(tenant("aaa-new"))
        engine.drop("tenant-0050")
        app.flush()
        await until(pilot, lambda: "aaa-new" in shown(app))
        assert "tenant-0050" not in shown(app)


async def test_what_changed_behind_the_wall_is_on_the_list() -> None:
    engine, clock = FakeEngine(healthy(60)), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await hang(pilot, app)
        engine.change("birch-studio", pill=Pill.DEGRADED)
        engine.drop("amber-optics")
        clock.value += QUIET
        app.flush()
        await pilot.press("g")
        await until(pilot, lambda: app.home.grid.id == "grid")
        await until(pilot, lambda: "▲ DEGRADED    birch-studio" in shown(app))
        assert "amber-optics" not in shown(app)


async def test_only_lines_are_drawn_in_which_something_shown_changed() -> None:
    engine = FakeEngine(healthy(250))
    app = make(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        wall = await hang(pilot, app)
        drawn: list[int] = []
        original = wall.render_line

        def spy(y: int) -> object:
            drawn.append(y)
            return original(y)

        wall.render_line = spy
        at_rest = 0
        while at_rest < 4:  # the passes of a new layout come 50 ms apart, and draw the same again
            drawn.clear()
            await pilot.pause(0.02)
            at_rest = 0 if drawn else at_rest + 1
        engine.change("tenant-0100", latency=0.9, memory=50.0)
        engine.moment = engine.moment.replace(second=50)
        app.flush()
        await pilot.pause()
        assert drawn == [], "figures are not on the wall"
        wall.touch()
        engine.change("tenant-0100", pill=Pill.DEGRADED)
        app.flush()
        await until(pilot, lambda: drawn)
        assert set(drawn) == {app.home.roster.place["tenant-0100"] // wall.across}
        drawn.clear()
        await pilot.press("down")
        await until(pilot, lambda: drawn)
        assert set(drawn) == {0, 1}


async def test_more_than_fit_scroll_with_the_cursor() -> None:
    app = make(FakeEngine(healthy(1000)))
    async with app.run_test(size=(80, 24)) as pilot:
        wall = await hang(pilot, app)
        await pilot.press("end")
        await until(
            pilot, lambda: wall.scroll_offset.y == wall.virtual_size.height - wall.size.height
        )
        assert wall.row == 999
        assert "tenant-0999" in shown(app)
        await pilot.press("home")
        await until(pilot, lambda: wall.scroll_offset.y == 0)


async def test_cells_grow_and_shrink_with_the_screen() -> None:
    app = make(FakeEngine(troubled(60)))
    async with app.run_test(size=(200, 50)) as pilot:
        wall = await hang(pilot, app)
        assert wall.cell.lines == 3
        assert "no answer on 3100 and 22" in shown(app).split("min old")[1]
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: wall.cell.lines == 1)
        await until(pilot, lambda: bracketed(app).strip().startswith("■ harbor-law"))
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: not wall.cell.named)


async def test_names_that_others_wrote_stay_in_their_cells() -> None:
    app = make(FakeEngine([tenant(name) for name in ODD_NAMES]))
    async with app.run_test(size=SIZE) as pilot:
        await hang(pilot, app)
        assert controls(app) == []
        assert "[bold red]markup[/]" in shown(app)


async def test_an_empty_wall_says_why() -> None:
    app = make(FakeEngine(healthy()))
    async with app.run_test(size=SIZE) as pilot:
        await hang(pilot, app)
        await pilot.press("2")
        await until(pilot, lambda: "Nobody has a problem" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "harbor-law" in shown(app))
