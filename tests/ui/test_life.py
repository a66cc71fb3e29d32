"""The app's own life: starting, failing to start, themes, pictures, and ending well."""

from __future__ import annotations

import asyncio
import gc
import re

import pytest
from rich.color import ColorType
from textual._styles_cache import StylesCache

from alfred_tui.app import AlfredApp, forget_closed
from tests.ui.fake_engine import FakeEngine, troubled
from tests.ui.hands import Clock, make, opened, shown, until

SIZE = (120, 40)


async def test_the_engine_starts_after_the_first_paint() -> None:
    engine = FakeEngine(troubled())
    app = AlfredApp(engine)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: engine.started and not app.starting)


async def test_a_failed_start_is_a_banner_and_r_tries_again() -> None:
    engine = FakeEngine(troubled())
    engine.start_error = RuntimeError("the store /x/[db] is locked by another program")
    app = AlfredApp(engine)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "CANNOT START" in shown(app))
        assert "the store /x/[db] is locked by another program" in shown(app)
        assert "Press r to try again" in shown(app)
        engine.start_error = None
        await pilot.press("r")
        await until(pilot, lambda: engine.started)
        await until(pilot, lambda: "CANNOT START" not in shown(app))


@pytest.mark.parametrize(
    ("keys", "code"), [(["q"], 0), (["ctrl+q"], 0), (["ctrl+c", "ctrl+c"], 130)]
)
async def test_ways_out(keys: list[str], code: int) -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys)
    assert app.return_code == code


async def test_one_ctrl_c_only_says_how() -> None:
    clock = Clock()
    app = make(FakeEngine(troubled()), clock)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("slash", "ctrl+c")
        await until(pilot, lambda: "ctrl+c again, or q, to quit" in shown(app))
        clock.value += 10
        await pilot.press("ctrl+c")
        assert app.return_code is None or app.is_running


class SlowEngine(FakeEngine):
    """Starts for ever, and notes that it was cancelled."""

    cancelled = False

    async def start(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


async def test_quitting_while_starting_ends_the_start_and_the_engine() -> None:
    engine = SlowEngine(troubled())
    app = AlfredApp(engine)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app._starter is not None)
        await pilot.press("q")
    await app.stop_engine()
    assert app.return_code == 0
    assert engine.cancelled
    assert engine.stopped


@pytest.mark.parametrize("theme", ["dark", "light", "terminal", "terminal-light", "nord", "absurd"])
async def test_every_theme_draws(theme: str) -> None:
    app = make(FakeEngine(troubled()), theme=theme)
    async with app.run_test(size=SIZE):
        assert "harbor-law" in shown(app)
        assert app.theme in app.available_themes


@pytest.mark.parametrize("theme", ["terminal", "terminal-light"])
async def test_the_terminals_themes_ask_for_no_colour_of_their_own(theme: str) -> None:
    app = make(FakeEngine(troubled(), demo=True), theme=theme)
    async with app.run_test(size=SIZE) as pilot:
        for keys in ([], ["enter"], ["q", "question_mark"], ["escape", "f12"]):
            await pilot.press(*keys)
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            styles = [part.style for strip in strips for part in strip if part.style]
            colours = {c for style in styles for c in (style.color, style.bgcolor) if c}
            assert colours
            assert not {c for c in colours if c.type is ColorType.TRUECOLOR}


async def test_changing_the_theme_recolours_the_rows() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:

        def colour() -> object:
            strips = app.screen._compositor.render_strips()
            line = next(s for s in strips if any("iris-florist" in part.text for part in s))
            return next(p.style for p in line if "iris-florist" in p.text)

        before = colour()
        await pilot.press("t")
        assert app.theme == "alfred-light"
        await until(pilot, lambda: colour() != before)


async def test_without_colour_glyph_and_word_carry_the_meaning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE):
        svg = app.export_screenshot()
    for word in ("DOWN", "DEGRADED", "STALE", "UNKNOWN", "BUILDING"):
        assert word in svg
    fills = [bytes.fromhex(found) for found in re.findall(r"fill: #(\w{6})", svg)]
    assert fills
    assert all(max(fill) - min(fill) < 8 for fill in fills), "greys only"


async def test_without_colour_the_worst_stands_out_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE):

        def light(ink: str) -> int:
            style = app.screen.get_component_rich_style(f"ink--{ink}", partial=True)
            assert style.color is not None
            return sum(style.color.get_truecolor())

        assert light("down") == light("degraded") > light("text") > light("ok")


async def test_the_ascii_set_draws_ascii_only() -> None:
    app = make(FakeEngine(troubled(100), demo=True), ascii_only=True)
    async with app.run_test(size=SIZE) as pilot:
        assert shown(app).isascii()
        await pilot.press("question_mark")
        await opened(pilot, app, "help")
        text = shown(app).replace("…", "..")
        assert text.isascii(), [char for char in text if not char.isascii()]


async def test_of_closed_screens_nothing_is_kept() -> None:
    """By Textual itself: a day of opening and closing would cost tens of megabytes."""
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 40)) as pilot:

        async def rounds(count: int) -> int:
            for _ in range(count):
                await pilot.press("question_mark")
                await opened(pilot, app, "help")
                await pilot.press("escape")
                await until(pilot, lambda: app.screen is app.home)
            await pilot.pause()
            forget_closed()
            gc.collect()
            return sum(isinstance(each, StylesCache) for each in gc.get_objects())

        first = await rounds(3)
        assert await rounds(6) <= first
