"""Overview and diagnostics."""

from __future__ import annotations

import msgspec

from alfred_tui.model.verdict import Pill
from tests.ui.fake_engine import FakeEngine, facts_of, troubled
from tests.ui.hands import make, opened, screen_text, shown, until

SIZE = (120, 40)


async def test_overview_shows_reasons_then_every_fact_with_door_scope_and_age() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "enter")
        await opened(pilot, app, "tenant")
        text = shown(app)
        assert "▲ DEGRADED  acme-dental" in text
        assert "for 11 min" in text
        assert "host acme-dental.ts.example" in text
        assert "rule learn-no-pollers" in text
        assert "limit 1 of each kind within 2 min" in text
        disk = next(line for line in screen_text(app) if "container root" in line)
        assert "~43 %" in disk
        assert "ctrl-api" in disk
        assert "24 s" in disk
        assert engine.asked[-1] == ("focus", "acme-dental")
        await pilot.press("end")
        assert "SSH-2.0-OpenSSH_9.2p1" in shown(app)
        await pilot.press("q")
        await opened(pilot, app, "fleet")
        await until(pilot, lambda: engine.asked[-1] == ("focus", None))
        assert app.home.grid.cursor == "acme-dental"


async def test_overview_is_live() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        facts = list(facts_of("harbor-law"))
        facts[0] = msgspec.structs.replace(facts[0], value="42 d")
        engine.set_facts("harbor-law", tuple(facts))
        engine.change("harbor-law", pill=Pill.OK, reasons=())
        app.flush()
        await pilot.pause()
        assert "● OK  harbor-law" in shown(app)
        assert "42 d" in shown(app)
        engine.drop("harbor-law")
        app.flush()
        await pilot.pause()
        assert "not in the fleet any more" in shown(app)


async def test_overview_filters_copies_refreshes_and_steps() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await pilot.press("r", "c")
        assert engine.asked[-1] == ("refresh", ("harbor-law",))
        assert app.clipboard.startswith("harbor-law  no answer on 3100 and 22 (rule host-down")
        await pilot.press("slash", *"caddy", "enter")
        text = shown(app)
        assert "caddy" in text
        assert "postgres" not in text
        await pilot.press("escape")
        assert app.screen.name == "tenant"
        assert "postgres" in shown(app)
        await pilot.press("n")
        assert engine.asked[-1] == ("focus", "iris-florist")
        assert "iris-florist" in screen_text(app)[1]
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        assert app.home.grid.cursor == "iris-florist"


async def test_diagnostics_shows_figures_and_moves() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f12")
        await opened(pilot, app, "diagnostics")
        text = shown(app)
        for words in ("12.3 ms", "7 of 64", "48,212", "timed out", "canal-street-books", "97 MB"):
            assert words in text, words
        await pilot.press("down", "c")
        assert app.clipboard.startswith("lag, p99: 12.3 ms")
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
