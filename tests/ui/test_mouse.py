"""Everything the mouse can do; nothing needs it."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.geometry import Offset
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from tests.ui.fake_engine import FakeEngine, healthy, troubled
from tests.ui.hands import make, opened, shown, until

SIZE = (120, 40)


def wheel(app: AlfredApp, selector: str, down: bool) -> None:
    """Turn the wheel by a notch over a widget."""
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    widget = app.screen.query_one(selector)
    where = widget.region.offset + Offset(20, 2)
    widget.post_message(
        kind(widget, 20, 2, 0, 1, 0, False, False, False, screen_x=where.x, screen_y=where.y)
    )


def spot(app: AlfredApp, word: str) -> tuple[int, int]:
    """Where in the bottom line a hint stands."""
    line = app.screen.query_one("#hints")
    found = next(start for start, _, hint in line._spots if hint.does == word)  # type: ignore[attr-defined]
    return found + 1, line.size.height // 2 and line.content_region.y - line.region.y


async def click_hint(app: AlfredApp, pilot: Pilot[Any], word: str) -> None:
    assert await pilot.click("#hints", offset=spot(app, word))


async def test_a_click_moves_the_cursor_and_a_click_on_it_opens() -> None:
    app = make(FakeEngine(healthy(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click("#grid", offset=(20, 4))
        assert app.home.grid.row == 4
        assert app.screen.name == "fleet"
        await pilot.click("#grid", offset=(20, 4))
        await opened(pilot, app, "tenant")
        assert app.home.roster.order[4] in shown(app)


async def test_a_double_click_opens_once() -> None:
    app = make(FakeEngine(healthy(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click("#grid", offset=(20, 6), times=2)
        await opened(pilot, app, "tenant")
        await pilot.pause()
        assert len(app.screen_stack) == 2
        assert app.home.roster.order[6] in shown(app)


async def test_two_enters_at_once_open_one_screen() -> None:
    app = make(FakeEngine(healthy(100)))
    async with app.run_test(size=SIZE) as pilot:
        app.home.action_open()
        app.home.action_open()
        await opened(pilot, app, "tenant")
        assert len(app.screen_stack) == 2


async def test_the_column_of_marks_marks() -> None:
    app = make(FakeEngine(healthy(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click("#grid", offset=(2, 6))
        assert app.home.roster.marks == {app.home.roster.order[6]}
        await pilot.click("#grid", offset=(2, 6))
        assert app.home.roster.marks == set()
        assert app.screen.name == "fleet"


async def test_a_click_below_the_last_row_does_nothing() -> None:
    app = make(FakeEngine(healthy(3)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click("#grid", offset=(20, 20))
        assert (app.home.grid.row, app.screen.name) == (0, "fleet")


async def test_the_wheel_scrolls_and_the_cursor_stays_in_sight() -> None:
    app = make(FakeEngine(healthy(100)))
    async with app.run_test(size=SIZE) as pilot:
        grid = app.home.grid
        wheel(app, "#grid", down=True)
        await until(pilot, lambda: grid.scroll_offset.y == 3)
        assert grid.row == 3
        for _ in range(60):
            wheel(app, "#grid", down=True)
        await until(pilot, lambda: grid.scroll_offset.y == 100 - grid.size.height)
        wheel(app, "#grid", down=False)
        await until(pilot, lambda: grid.scroll_offset.y == 97 - grid.size.height)
        top = grid.scroll_offset.y
        assert top <= grid.row < top + grid.size.height


async def test_a_click_on_a_title_orders_and_a_second_one_turns() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        heads = app.home.grid.columns
        line = app.screen.query_one("#heads")
        y = line.content_region.y - line.region.y
        await pilot.click("#heads", offset=(heads.offset("name") + 1, y))
        assert app.home.roster.order == sorted(app.home.roster.order)
        assert "NAME ↓" in shown(app)
        await pilot.click("#heads", offset=(heads.offset("name") + 1, y))
        assert app.home.roster.order == sorted(app.home.roster.order, reverse=True)
        assert "NAME ↑" in shown(app)
        await pilot.click("#heads", offset=(heads.offset("disk") + 3, y))
        assert app.home.roster.order[0] == "fable-films"
        assert app.home.roster.turned is False
        before = list(app.home.roster.order)
        await pilot.click("#heads", offset=(heads.offset("why") + 1, y))
        assert app.home.roster.order == before, "reasons have no order of their own"


async def test_a_click_on_a_hint_does_what_its_key_does() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await click_hint(app, pilot, "problems")
        assert "only problems" in shown(app)
        await click_hint(app, pilot, "filter")
        await until(pilot, lambda: app.focused is not app.home.grid)
        await pilot.press(*"iris")
        await click_hint(app, pilot, "clear")
        await until(pilot, lambda: app.focused is app.home.grid)
        assert app.home.roster.query.text == ""
        await click_hint(app, pilot, "help")
        await opened(pilot, app, "help")
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await click_hint(app, pilot, "quit")
        await until(pilot, lambda: app.return_code == 0)


async def test_a_page_scrolls_and_a_click_chooses_its_line() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        wheel(app, "#facts", down=True)
        sheet = app.screen.query_one("#facts")
        await until(pilot, lambda: sheet.scroll_offset.y == 3)
        wheel(app, "#facts", down=False)
        await until(pilot, lambda: sheet.scroll_offset.y == 0)
        line = next(y for y, text in enumerate(shown(app).splitlines()) if "uptime" in text)
        await pilot.click("#facts", offset=(10, line - sheet.region.y))
        await pilot.press("c")
        assert app.clipboard.startswith("harbor-law  uptime: 41 d")
