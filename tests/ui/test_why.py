"""The reasons of a tenant: what keeps some quiet, and which settings stand behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from tests.ui.fake_engine import NOW, FakeEngine, troubled
from tests.ui.hands import make, opened, shown, until

OWN = "limits.disk_degraded 90 (config.toml, for this tenant)"


async def page(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await opened(pilot, app, "fleet")
    app.open_tenant("fable-films")
    await opened(pilot, app, "tenant")


async def test_what_somebody_set_stands_beside_the_reason_and_the_rest_with_a_key() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(120, 40)) as pilot:
        await page(app, pilot)
        assert OWN in shown(app)
        assert "limits.disk_down" not in shown(app)
        await pilot.press("l")
        await until(pilot, lambda: "limits.disk_down 97 (default)" in shown(app))
        assert "damping.disk_high" not in shown(app)  # empty: there is nothing to say
        await pilot.press("l")
        await until(pilot, lambda: "limits.disk_down" not in shown(app))


async def test_a_quiet_reason_says_who_keeps_it_quiet_how_long_and_why() -> None:
    engine = FakeEngine(troubled())
    await engine.quiet.mute(["fable-films"], "", NOW + timedelta(hours=3), "volume grows")
    app = make(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await page(app, pilot)
        text = shown(app)
        assert "▲ DEGRADED z" in text or "▲ DEGRADED  fable-films  z" in text
        assert "disk 93 % > 90 %" in text
        assert "muted by ada@desk, 3 h left: volume grows" in text
        assert "oldest fact" not in text  # there is a reason


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "dark"), ((120, 40), "light")])
def test_it_looks_so(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    engine = FakeEngine(troubled())
    app = make(engine, theme=theme)

    async def run(pilot: Pilot[Any]) -> None:
        then = NOW + timedelta(hours=3)
        await engine.quiet.mute(["fable-films"], "", then, "volume grows")
        await page(app, pilot)
        await pilot.press("l")
        await until(pilot, lambda: "limits.disk_down" in shown(app))

    assert snap_compare(app, terminal_size=size, run_before=run)
