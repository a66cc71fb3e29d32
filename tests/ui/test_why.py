"""The reasons of a tenant: what keeps some quiet, and which settings stand behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counting
from tests.ui.fake_engine import NOW, FakeEngine, reason, troubled
from tests.ui.hands import make, opened, shown, until

OWN = "limits.disk_degraded 90 (config.toml, for this tenant)"


HIGH = reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %", 24)
WITHIN = "within its limits"


async def page(app: AlfredApp, pilot: Pilot[Any], name: str = "fable-films") -> None:
    await opened(pilot, app, "fleet")
    app.open_tenant(name)
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


async def test_what_does_not_count_yet_is_shown_with_its_settings() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await page(app, pilot, "cedar-clinic")
        assert WITHIN in shown(app)
        engine.counted["cedar-clinic"] = (Counting(HIGH, 1, 2),)
        engine.change("cedar-clinic")
        await until(pilot, lambda: "disk 93 % > 90 %: 1 of 2 looks" in shown(app))
        assert "no reason yet" in shown(app)
        assert "then DEGRADED" in shown(app)
        assert WITHIN not in shown(app)
        assert OWN in shown(app)
        assert "limits.disk_down" not in shown(app)
        await pilot.press("l")
        await until(pilot, lambda: "limits.disk_down 97 (default)" in shown(app))
        engine.counted.clear()
        engine.change("cedar-clinic")
        await until(pilot, lambda: WITHIN in shown(app))


async def test_what_is_counted_stands_after_the_reasons_with_what_will_keep_it_quiet() -> None:
    engine = FakeEngine(troubled())
    slow = reason("slow", Pill.DEGRADED, "answers take 4.1 s", 40)
    engine.counted["fable-films"] = (Counting(slow, 1, 1, lasted=36.0, lasting=300.0),)
    then = NOW + timedelta(hours=3)
    await engine.quiet.mute(["fable-films"], "slow", then, "provider incident")
    app = make(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await page(app, pilot)
        text = shown(app)
        assert -1 < text.find("disk 93 % > 90 %") < text.find("answers take 4.1 s: 36 s of 5 min")
        assert "muted by ada@desk, 3 h left: provider incident" in text


async def test_how_far_it_is_comes_below_where_there_is_no_room_beside_it() -> None:
    engine = FakeEngine(troubled())
    memory = reason("memory-high", Pill.DEGRADED, "memory 96 % > 95 %", 135)
    engine.counted["fable-films"] = (Counting(memory, 2, 3, lasted=131.0, lasting=300.0),)
    app = make(engine)
    async with app.run_test(size=(80, 40)) as pilot:
        await page(app, pilot)
        assert "counting  memory 96 % > 95 % " in shown(app)
        assert "2 of 3 looks, 2 min of 5 min" in shown(app)


@pytest.mark.parametrize(
    ("gone", "parts", "said"),
    [
        ("", (), "· healing: 1 of 2 looks without it"),
        ("a", ("a", "b"), "· a healing: 1 of 2 looks without it"),
        ("c", ("a", "b"), ""),
    ],
)
async def test_a_reason_that_is_no_longer_seen_says_how_far_its_end_is(
    gone: str, parts: tuple[str, ...], said: str
) -> None:
    engine = FakeEngine(troubled())
    left = msgspec.structs.replace(HIGH, subject=gone)
    engine.counted["fable-films"] = (Counting(left, 1, 2, healing=True),)
    told = msgspec.structs.replace(HIGH, parts=parts)
    engine.change("fable-films", reasons=(told,))
    app = make(engine)
    async with app.run_test(size=(160, 40)) as pilot:
        await page(app, pilot)
        assert "rule disk-high" in shown(app)
        assert said in shown(app)
        assert ("healing" in shown(app)) is bool(said)
        assert "counting" not in shown(app)


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
