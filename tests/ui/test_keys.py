"""Keys: each one that works is in the help, each one that is shown works, none promises more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen

from alfred_tui.app import AlfredApp
from alfred_tui.screens.keys import key_lines
from alfred_tui.widgets.roster import SORTS
from tests.ui.fake_engine import FakeEngine, healthy, troubled
from tests.ui.fake_ops import done_before
from tests.ui.fake_past import FakePast, happened
from tests.ui.hands import make, opened, screen_text, shown, until
from tests.ui.states_ops import work

TALL = (160, 64)
SCREENS = {
    "fleet": (),
    "tenant": ("enter",),
    "events": ("e",),
    "diagnostics": ("f12",),
    "jobs": ("J",),
    "journal": ("H",),
}
LATER = {"I", "p", "d"}
"""Keys of ux.md whose screens and actions do not exist yet."""


def remembered() -> FakeEngine:
    """A fleet to which something has happened."""
    engine = FakeEngine(troubled())
    engine.past = FakePast(happened(9))
    engine.journal.kept = done_before(9)
    return engine


async def go(app: AlfredApp, pilot: Pilot[Any], name: str) -> Screen[Any]:
    if name == "jobs":
        await work(app)
    await pilot.press(*SCREENS[name])
    await until(pilot, lambda: app.screen.name == name)
    await until(pilot, lambda: not getattr(app.screen, "reading", False))
    return app.screen


def bottom(app: AlfredApp) -> str:
    return next(line for line in reversed(screen_text(app)) if line.strip())


ELSEWHERE = {"tenant": {"other", "order", "act"}, "jobs": {"retry"}}
"""One column only, no list on the first page, no wish for many."""


@pytest.mark.parametrize("name", SCREENS)
async def test_the_help_of_a_screen_has_each_of_its_keys(name: str) -> None:
    app = make(remembered())
    async with app.run_test(size=TALL) as pilot:
        screen = await go(app, pilot, name)
        lines = key_lines(screen)
        nearest: dict[str, Binding] = {}
        for _, bindings in screen._modal_binding_chain:
            for key, binding in bindings:
                if key not in nearest or (binding.priority and not nearest[key].priority):
                    nearest[key] = binding
        bound = {binding.action for binding in nearest.values() if binding.group is not None}
        assert {line.action for line in lines} == bound - ELSEWHERE.get(name, set())
        await pilot.press("question_mark")
        await opened(pilot, app, "help")
        text = shown(app)
        assert f"Keys · {name}" in text
        for line in lines:
            keys = re.escape(" ".join(line.keys))
            assert re.search(rf" {keys}\s+{re.escape(line.help)}", text), line
        for key in ("escape", "question_mark", "q"):
            await pilot.press(key)
            await until(pilot, lambda: app.screen is screen)
            await pilot.press("question_mark")
            await opened(pilot, app, "help")


@pytest.mark.parametrize("name", SCREENS)
async def test_nothing_is_promised_that_is_not_there(name: str) -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await go(app, pilot, name)
        keys = {key for line in key_lines(screen) for key in line.keys}
        assert not keys & LATER
        assert not {line.does for line in key_lines(screen)} & {"diagnose", "provision"}


async def test_the_help_explains_filters_columns_and_pills() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 46)) as pilot:
        await pilot.press("question_mark")
        await opened(pilot, app, "help")
        text = shown(app)
        explained = (
            "status:red,yellow", "label:ring=early", "CNT", "services seen of those", "DISK ~",
            "AGE", "▲ DEGRADED", "look today", "home", "first tenant",
        )  # fmt: skip
        for words in explained:
            assert words in text, words


async def test_the_help_can_be_read_to_its_end_on_a_small_screen() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await opened(pilot, app, "help")
        assert "last tenant" not in shown(app)
        await pilot.press("end")
        await until(pilot, lambda: "last tenant" in shown(app))
        await pilot.press("home")
        await until(pilot, lambda: "open the tenant under the cursor" in shown(app))


async def test_each_key_of_the_bottom_line_is_one_that_works() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 24)) as pilot:
        for name, width in [*((n, 120) for n in SCREENS), ("tenant", 200), ("tenant", 80)]:
            await pilot.resize_terminal(width, 24)
            await until(pilot, lambda w=width: app.size.width == w)  # type: ignore[misc]
            screen = await go(app, pilot, name)
            working = {" ".join((line.keys[0], line.does)) for line in key_lines(screen)}
            said = re.split(r"\s{2,}", bottom(app).strip())
            assert said
            assert set(said) <= working
            assert ("tab other column" in said) is (width == 200)
            await pilot.press("escape")
            await opened(pilot, app, "fleet")


async def test_while_typing_the_bottom_line_shows_the_keys_of_the_box() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: "enter keep" in bottom(app))
        assert "esc clear" in bottom(app)
        assert "space mark" not in bottom(app)
        assert "enter open" not in bottom(app)
        typed = "qs?/ 1-4+r"
        await pilot.press(*typed)
        assert app.home.roster.query.text == typed, "letters are letters"
        await pilot.press("ctrl+u", "enter")
        await until(pilot, lambda: "enter open" in bottom(app))
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await pilot.press("slash")
        await until(pilot, lambda: "enter keep" in bottom(app))
        await pilot.press(*"caddy", "enter")
        await until(pilot, lambda: "filter: caddy" in shown(app))
        assert "esc back" in bottom(app)
        await pilot.press("slash", "escape")
        await until(pilot, lambda: "filter: caddy" not in shown(app))


async def test_where_a_filter_hides_all_no_key_promises_to_open_one() -> None:
    app = make(FakeEngine(healthy()))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("2")
        app.flush()
        await until(pilot, lambda: "enter open" not in bottom(app))
        await pilot.press("enter", "c", "space", "r")
        assert (app.screen.name, app.clipboard, app.home.roster.marks) == ("fleet", "", set())
        await pilot.press("escape")
        app.flush()
        await until(pilot, lambda: "enter open" in bottom(app))


async def test_q_goes_back_and_at_home_out() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 24)) as pilot:
        for name in ("tenant", "diagnostics"):
            await go(app, pilot, name)
            await pilot.press("q")
            await opened(pilot, app, "fleet")
            assert app.return_code is None
        await pilot.press("q")
        await until(pilot, lambda: app.return_code == 0)


@pytest.mark.parametrize(
    ("key", "quick", "count"),
    [("1", "all", 24), ("2", "problems", 6), ("3", "down", 2), ("4", "marked", 1)],
)
async def test_quick_filters(key: str, quick: str, count: int) -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("space", key)
        assert app.home.roster.quick == quick
        assert len(app.home.roster.order) == count
        await pilot.press("slash", "a", "enter", key)
        assert app.home.roster.quick == "all", "the same key again takes it away"
        assert app.home.roster.query.text == "a", "and leaves the filter alone"
        await pilot.press("escape")
        assert len(app.home.roster.order) == 24


async def test_orders_come_round_and_each_is_named_and_pointed_at() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(200, 24)) as pilot:
        for sort in (*SORTS[1:], SORTS[0]):
            await pilot.press("s")
            assert f"sort: {sort.name}" in shown(app)
            assert app.home.roster.sort is sort
            title = next(c.title for c in app.home.grid.columns.columns if c.key == sort.column)
            assert f"↓{title}" in shown(app) or f"{title} ↓" in shown(app)


async def test_a_step_of_the_cursor_draws_two_rows_only() -> None:
    """With a thousand tenants as with ten: what is drawn for a key does not grow."""
    app = make(FakeEngine(healthy(1000)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "down")
        await pilot.pause()
        drawn: list[int] = []
        original = app.home.grid.render_line

        def spy(y: int) -> object:
            drawn.append(y)
            return original(y)

        app.home.grid.render_line = spy  # type: ignore[method-assign,assignment]
        await pilot.press("down")
        await until(pilot, lambda: drawn)
        assert set(drawn) == {2, 3}
