"""Muting and acknowledging by hand: how long, about what, why; and taking it back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.quiet import QuietKind, acked
from alfred_tui.model.verdict import Pill
from alfred_tui.store.errors import StoreError
from alfred_tui.widgets.quiet_lines import own_choice, rule_named
from tests.ui.fake_engine import NOW, FakeEngine, reason, troubled
from tests.ui.hands import make, opened, shown, until

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


def fleet(**given: Any) -> tuple[FakeEngine, AlfredApp]:
    engine = FakeEngine(troubled())
    return engine, make(engine, **given)


async def at(app: AlfredApp, pilot: Pilot[Any], name: str = "fable-films") -> None:
    """The dialog over the fleet, about a tenant."""
    await opened(pilot, app, "fleet")
    app.home.grid.go(name)
    await pilot.press("m")
    await opened(pilot, app, "quiet")


async def closed(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: app.screen.name != "quiet")


async def test_acknowledging_takes_two_keys_and_greys_the_row() -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        assert "acknowledge" in shown(app)
        await pilot.press("1", "enter")
        await closed(app, pilot)
        (wish,) = engine.quiet.wishes
        assert (wish.kind, wish.tenant, wish.reason) == (QuietKind.ACK, "fable-films", "")
        assert [each.rule for each in wish.acked] == ["disk-high"]
        await until(pilot, lambda: engine.rows["fable-films"].quiet)
        app.home.grid.go("fable-films")
        await until(pilot, lambda: "▲ DEGRADED z" in shown(app))


async def test_what_comes_while_the_reason_is_typed_is_not_acknowledged_with_it() -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        await pilot.press("1", *"disk grows")
        gone = reason("service-missing", Pill.DOWN, "openclaw is not listed, core", 1)
        before = engine.rows["fable-films"].reasons
        engine.change("fable-films", reasons=(gone, *before), pill=Pill.DOWN)
        await pilot.press("enter")
        await closed(app, pilot)
        (wish,) = engine.quiet.wishes
        assert [each.rule for each in wish.acked] == ["disk-high"]
        assert engine.rows["fable-films"].pill is Pill.DOWN


async def test_a_mute_needs_its_reason() -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        await pilot.press("3", "enter")
        await until(pilot, lambda: "who comes next must know" in shown(app))
        assert engine.quiet.wishes == []
        await pilot.press(*"grows", "enter")
        await closed(app, pilot)
        (wish,) = engine.quiet.wishes
        assert (wish.rule, wish.reason) == ("", "grows")
        assert wish.until - engine.now() == timedelta(hours=4)


@pytest.mark.parametrize(
    ("typed", "lasts"),
    [("36h", timedelta(hours=36)), ("1w", timedelta(days=7)), ("2099", None)],
)
async def test_a_time_of_one_s_own_is_typed(typed: str, lasts: timedelta | None) -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        await pilot.press("7")
        await until(pilot, lambda: "or until when" in shown(app))
        await pilot.press(*typed, "enter")
        if lasts is None:
            await until(pilot, lambda: "allowed is" in shown(app))
            await pilot.press(*["backspace"] * len(typed), *"2h", "enter")
            lasts = timedelta(hours=2)
        await until(pilot, lambda: "from now" in shown(app) and "mute until 20" in shown(app))
        assert engine.quiet.wishes == []
        await pilot.press(*"move", "enter")
        await closed(app, pilot)
        (wish,) = engine.quiet.wishes
        assert (wish.until - engine.now(), wish.reason) == (lasts, "move")


@pytest.mark.parametrize("typed", ["", "soon", "0h", "999999w", "400d", "2020-01-01", "25:00"])
def test_no_time_is_said_with_what_is_allowed(typed: str) -> None:
    with pytest.raises(ValueError, match=r"allowed is .*08:00|at most 365 days"):
        own_choice(typed, NOW)


def test_a_time_of_day_and_a_date_are_moments() -> None:
    tomorrow = NOW + timedelta(days=1)
    assert own_choice(f"{NOW:%H:%M}", NOW).until == tomorrow.replace(second=0, microsecond=0)
    assert own_choice(tomorrow.isoformat(), NOW).until == tomorrow


@pytest.mark.parametrize(("more", "tenant"), [(0, "birch-studio"), (1, "")])
async def test_a_rule_that_says_nothing_now_is_muted_ahead(more: int, tenant: str) -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot, "birch-studio")
        await pilot.press("r")
        await until(pilot, lambda: "which rule" in shown(app))
        await pilot.press(*"host", "enter")
        await until(pilot, lambda: "host-down" in shown(app))
        await pilot.press(*["backspace"] * 4, *"host-do", "enter")
        await until(pilot, lambda: "only host-down" in shown(app))
        await pilot.press(*["s"] * more, "2", *"move", "enter")
        await closed(app, pilot)
        (wish,) = engine.quiet.wishes
        assert (wish.tenant, wish.rule, wish.reason) == (tenant, "host-down", "move")


@pytest.mark.parametrize("typed", ["", "nothing-like-it", "h"])
def test_no_rule_is_said_with_those_there_are(typed: str) -> None:
    known = ["host-down", "host-slow", "disk-high"]
    with pytest.raises(ValueError, match=r"there are .*host-"):
        rule_named(typed, known)
    assert rule_named("DISK ", known) == "disk-high"


@pytest.mark.parametrize(
    ("times", "tenant", "rule"),
    [
        (0, "fable-films", ""),
        (1, "fable-films", "disk-high"),
        (2, "", "disk-high"),
        (3, "fable-films", ""),
    ],
)
async def test_a_mute_is_about_what_was_chosen(times: int, tenant: str, rule: str) -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        await pilot.press(*["s"] * times, "2", "x", "enter")
        await closed(app, pilot)
        assert [(wish.tenant, wish.rule) for wish in engine.quiet.wishes] == [(tenant, rule)]


async def test_the_marked_are_muted_together() -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await opened(pilot, app, "fleet")
        for name in ("fable-films", "acme-dental", "harbor-law", "birch-studio"):
            app.home.grid.go(name)
            await pilot.press("space")
        await pilot.press("m")
        await opened(pilot, app, "quiet")
        assert "and 1 more" in shown(app)
        await pilot.press("1", "enter")
        await closed(app, pilot)
        # one that is well has nothing to acknowledge
        assert {wish.tenant for wish in engine.quiet.wishes} == {
            "fable-films",
            "acme-dental",
            "harbor-law",
        }


async def test_letters_of_a_reason_are_letters_and_escape_goes_back_one_step() -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        await pilot.press("4", *"squ 12")
        assert app.screen.name == "quiet"
        await until(pilot, lambda: "squ 12" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "squ 12" not in shown(app))
        assert app.screen.name == "quiet"
        await pilot.press("escape")
        await closed(app, pilot)
        assert engine.quiet.wishes == []


async def test_what_is_quiet_is_listed_and_can_be_taken_back() -> None:
    engine, app = fleet()
    until_then = NOW + timedelta(hours=3)
    await engine.quiet.mute(["fable-films"], "disk-high", until_then, "volume grows")
    await engine.quiet.mute([], "slow", until_then, "provider incident")
    await engine.quiet.mute(["acme-dental"], "", until_then, "somebody else's")
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        text = shown(app)
        assert "volume grows" in text
        assert "every tenant: slow" in text
        assert "somebody else's" not in text
        await pilot.press("u")
        await until(pilot, lambda: "choose with the cursor" in shown(app))
        await pilot.press("end", "u")
        await until(pilot, lambda: len(engine.quiet.wishes) == 2)
        await until(
            pilot, lambda: "every tenant: slow" not in shown(app) or "volume" not in shown(app)
        )
        await pilot.press("u")  # the only one that is left
        await until(pilot, lambda: len(engine.quiet.wishes) == 1)
        assert engine.quiet.wishes[0].tenant == "acme-dental"


async def test_what_could_not_be_kept_is_said_and_nothing_is_lost() -> None:
    engine, app = fleet()
    engine.quiet.trouble = StoreError(Path("alfred.db"), "disk full")
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot)
        await pilot.press("2", *"why", "enter")
        await until(pilot, lambda: "not kept" in shown(app))
        assert "disk full" in shown(app)
        assert app.screen.name == "quiet"
        engine.quiet.trouble = None
        await pilot.press("enter")
        await closed(app, pilot)
        assert engine.quiet.wishes[0].reason == "why"


async def test_a_tenant_that_is_well_can_be_muted_ahead_and_not_acknowledged() -> None:
    engine, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await at(app, pilot, "birch-studio")
        await pilot.press("1")
        await until(pilot, lambda: "nothing loud" in shown(app))
        await pilot.press("5", *"move", "enter")
        await closed(app, pilot)
        assert engine.rows["birch-studio"].pill is Pill.OK
        assert [wish.tenant for wish in engine.quiet.wishes] == ["birch-studio"]


async def test_it_opens_from_the_tenant_s_page_too() -> None:
    _, app = fleet()
    async with app.run_test(size=MIDDLE) as pilot:
        await opened(pilot, app, "fleet")
        app.open_tenant("fable-films")
        await opened(pilot, app, "tenant")
        await pilot.press("m")
        await opened(pilot, app, "quiet")
        assert "fable-films" in shown(app)


@pytest.mark.parametrize(
    ("state", "size", "theme"),
    [
        ("quiet", SMALL, "dark"),
        ("quiet", MIDDLE, "light"),
        ("quiet-why", MIDDLE, "dark"),
        ("quiet-fleet", LARGE, "dark"),
        ("quiet-when", SMALL, "light"),
    ],
)
def test_it_looks_so(snap_compare: Any, state: str, size: tuple[int, int], theme: str) -> None:
    engine, app = fleet(theme=theme)

    async def run(pilot: Pilot[Any]) -> None:
        until_then = NOW + timedelta(hours=3)
        await engine.quiet.mute(["fable-films"], "disk-high", until_then, "volume grows")
        await engine.quiet.acknowledge(
            {"harbor-law": acked(engine.rows["harbor-law"].reasons)}, "provider called, ticket 4711"
        )
        await opened(pilot, app, "fleet")
        await until(pilot, lambda: app.home.roster.order.index("harbor-law") > 4)
        if state == "quiet-fleet":
            await opened(pilot, app, "fleet")
            return
        await at(app, pilot)
        if state == "quiet-why":
            await pilot.press("3", *"volume is being grown")
            await until(pilot, lambda: "being grown" in shown(app))
        if state == "quiet-when":
            await pilot.press("7", *"soon", "enter")
            await until(pilot, lambda: "allowed is" in shown(app))

    assert snap_compare(app, terminal_size=size, run_before=run)
