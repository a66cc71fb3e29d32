"""Windows are pulled about: columns follow, the cursor stays in sight, nothing is left over."""

from __future__ import annotations

import random

import pytest

from alfred_tui.widgets.filter_input import PROMPT, FilterInput
from tests.ui.fake_engine import FakeEngine, healthy, troubled
from tests.ui.hands import make, opened, screen_text, shown, until


async def test_columns_follow_the_width_and_the_cursor_stays_in_sight() -> None:
    app = make(FakeEngine(healthy(200)))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("end", "pageup")
        name = app.home.grid.cursor
        assert name is not None
        assert "48 HOURS" in shown(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: len(screen_text(app)[0]) == 80)
        lines = screen_text(app)
        assert "48 HOURS" not in "\n".join(lines)
        assert name in next(line for line in lines if "▶" in line)
        assert all(len(line) == 80 for line in lines)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: len(screen_text(app)[0]) == 120)
        assert "DISK" in shown(app)


@pytest.mark.parametrize("name", ["fleet", "tenant", "help", "diagnostics"])
async def test_a_storm_of_sizes_leaves_the_screen_as_if_begun_at_the_last(name: str) -> None:
    keys = {"fleet": [], "tenant": ["enter"], "help": ["question_mark"], "diagnostics": ["f12"]}
    chance = random.Random(name)

    async def settled(sizes: list[tuple[int, int]]) -> list[str]:
        app = make(FakeEngine(troubled(60)))
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.press(*keys[name])
            await until(pilot, lambda: app.screen.name == name)
            for size in sizes:
                await pilot.resize_terminal(*size)
            await until(pilot, lambda: app.size == (120, 40))
            await pilot.pause()
            app.flush()
            await pilot.pause()
            return screen_text(app)

    storm = [(chance.randint(1, 240), chance.randint(1, 70)) for _ in range(4)]
    assert await settled([*storm, (120, 40)]) == await settled([(120, 40)])


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (20, 5), (40, 10), (400, 120)])
async def test_no_size_is_too_small_or_too_large(size: tuple[int, int]) -> None:
    app = make(FakeEngine(troubled(60), demo=True))
    async with app.run_test(size=size) as pilot:
        for keys in (
            ["down"],
            ["enter"],
            ["q", "question_mark"],
            ["escape", "f12"],
            ["q", "slash"],
        ):
            await pilot.press(*keys)
            lines = screen_text(app)
            assert len(lines) == size[1]
            strips = app.screen._compositor.render_strips()
            assert {sum(part.cell_length for part in strip) for strip in strips} == {size[0]}


async def test_the_filter_box_stays_on_its_line() -> None:
    app = make(FakeEngine(troubled(60), demo=True))
    async with app.run_test(size=(120, 40)) as pilot:
        for where in ("fleet", "tenant"):
            if where == "tenant":
                await pilot.press("escape", "enter")
                await opened(pilot, app, "tenant")
            await pilot.press("slash", "a")
            for size in ((80, 24), (200, 50)):
                await pilot.resize_terminal(*size)
                box = app.screen.query_one(FilterInput)
                line = app.screen.query_one("#filter")
                await until(pilot, lambda a=box, b=line: a.region.y == b.region.y)  # type: ignore[misc]
                assert box.region.x == PROMPT
            await pilot.press("escape")


async def test_two_columns_become_one_and_two_again() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        app.flush()
        await until(pilot, lambda: "queue alfred-learn" in shown(app))
        why = next(line for line in screen_text(app) if " Why " in line)
        assert "History" in why, "beside each other"
        await pilot.press("tab", "c")
        assert "vault-sync: idle" in app.clipboard
        await pilot.resize_terminal(120, 40)
        app.flush()
        await until(pilot, lambda: app.focused is app.screen.query_one("#facts"))
        await until(pilot, lambda: "History" not in screen_text(app)[6])
        await pilot.press("home", "c")
        assert "no answer on 3100" in app.clipboard
        await pilot.resize_terminal(200, 50)
        app.flush()
        await until(pilot, lambda: any(" Why " in s and "History" in s for s in screen_text(app)))
