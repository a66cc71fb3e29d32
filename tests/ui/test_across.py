"""Lists across the fleet: what is known of everybody in one place, marked and acted on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from textual import events
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.facts import Schedules, Workflows
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Failure, FailureKind
from alfred_tui.ops.bulk import State
from alfred_tui.screens.across.found import EVERY
from alfred_tui.screens.across.lists import LISTS
from alfred_tui.screens.across.screen import AcrossScreen
from alfred_tui.screens.palette import ACROSS
from alfred_tui.screens.tenant import TenantScreen
from alfred_tui.widgets.filter_input import FilterInput
from tests.ui.fake_engine import FakeEngine, troubled
from tests.ui.fake_sights import schedules
from tests.ui.hands import Clock, make, opened, screen_text, shown, until
from tests.ui.states_across import OURS, known, looked
from tests.ui.test_operating import asked
from tests.ui.test_palette import type_and_run

SIZE = (160, 40)


def prepared() -> FakeEngine:
    engine = FakeEngine(troubled())
    known(engine)
    return engine


async def across(pilot: Pilot[Any], app: AlfredApp, what: str) -> AcrossScreen:
    app.open_across(what)
    await opened(pilot, app, "across")
    screen = app.screen
    assert isinstance(screen, AcrossScreen)
    return screen


def keys(screen: AcrossScreen) -> list[str]:
    return [row.key for row in screen.sheet.rows if row.key]


def chosen(screen: AcrossScreen | TenantScreen) -> str:
    assert screen.sheet.chosen is not None
    return screen.sheet.chosen.key


@pytest.mark.parametrize(("what", "title"), ACROSS)
async def test_each_is_found_by_typing(what: str, title: str) -> None:
    app = make(prepared())
    async with app.run_test(size=SIZE) as pilot:
        await type_and_run(app, pilot, title.partition(":")[0].lower(), title)
        await opened(pilot, app, "across")
        assert LISTS[what].TITLE in shown(app)


def test_the_palette_knows_them_all() -> None:
    assert [what for what, _ in ACROSS] == list(LISTS)


async def test_every_paused_schedule_is_there_with_who_paused_it() -> None:
    engine = prepared()
    wanted = {
        f"{name} {row.schedule_id}"
        for (name, look), seen in engine.sights.of.items()
        if look is Look.SCHEDULES and seen is not None and isinstance(seen.answer, Schedules)
        for row in seen.answer.rows
        if row.paused
    }
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        assert set(keys(screen)) == wanted
        text = shown(app)
        assert "by ada@desk, 2 h ago: moving house" in text
        assert "paused for maintenance" in text
        assert f"{len(wanted)} paused at {len({key.split()[0] for key in wanted})} tenants" in text


async def test_what_is_stuck_is_there_and_what_may_run_for_days_is_not() -> None:
    engine = prepared()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "stuck")
        lines = [row.copy for row in screen.sheet.rows if row.key]
        assert lines
        assert all("Steward" in line or "Learning" in line for line in lines)
        assert not any("task-runner" in line for line in lines)
        assert "StewardWorkflow" in lines[0], "the longest first"


async def test_a_service_of_two_images_stands_first_and_its_tenants_can_be_shown() -> None:
    engine = prepared()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "images")
        first, second, *rest = keys(screen)
        assert first.startswith("openclaw ")
        assert second.startswith("openclaw ")
        assert not any(key.startswith("openclaw ") for key in rest)
        assert "8 images of 7 services, 1 differ" in shown(app)
        await pilot.press("down")
        old = [each.tenant for each in screen.listing.meant(chosen(screen))]
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.home)
        assert sorted(app.home.roster.order) == sorted(old)
        assert app.home.roster.marks == set(old)


async def test_enter_opens_the_page_with_the_cursor_on_the_line_and_esc_comes_back() -> None:
    app = make(prepared())
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        await pilot.press("down", "down", "down")
        line = chosen(screen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TenantScreen))
        tenant = app.screen
        assert isinstance(tenant, TenantScreen)
        await until(pilot, lambda: tenant.sheet.chosen is not None)
        await until(pilot, lambda: f"{tenant.tenant} {chosen(tenant)}" == line)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert chosen(screen) == line


async def test_the_marked_are_unpaused_one_after_the_other_at_each_tenant() -> None:
    engine = prepared()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        first, second, third = keys(screen)[:3]
        assert first.split()[0] == second.split()[0] == OURS
        await pilot.press("space", "space", "space", "a")
        await opened(pilot, app, "actions")
        assert "3 schedules on 2 tenants" in shown(app)
        await pilot.press("1")
        await asked(pilot, app)
        assert "Unpause 3 schedules on 2 tenants" in shown(app)
        assert engine.house.sent == []
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.bulks) and not app.bulks[0].running)
        (made,) = app.bulks
        assert [line.state for line in made.lines] == [State.DONE] * 3
        assert [f"{line.tenant} {line.target.arguments['schedule']}" for line in made.lines] == [
            first,
            second,
            third,
        ]
        assert set(engine.house.paused.values()) == {False}
        assert len(engine.house.paused) == 3
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        await pilot.press("home", "enter")
        await until(pilot, lambda: f"{OURS}: chore-weekly-review" in shown(app))
        assert "unpause 3 schedules on 2 tenants" in shown(app)


async def test_a_line_alone_is_what_is_acted_on_without_a_mark() -> None:
    app = make(prepared())
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "stuck")
        await pilot.press("a")
        await opened(pilot, app, "actions")
        assert "al-steward-run-2026-05-30T01:00:00Z on" in shown(app)
        assert "the tenant" in shown(app)


async def test_who_has_not_been_looked_at_or_fails_now_is_named() -> None:
    engine, clock = prepared(), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "stuck")
        counted = [view for view in engine.views().values() if view.counted]
        last = counted[-1].name
        assert f"1 of {len(counted)} not seen now: {last}" in shown(app)
        lines = keys(screen)
        engine.sights.failed[Look.WORKFLOWS] = Failure(FailureKind.TIMED_OUT, "no answer")
        clock.value += EVERY
        app.flush()
        await until(pilot, lambda: f"{len(counted)} of {len(counted)} not seen now" in shown(app))
        assert keys(screen) == lines, "what was known stays"


async def test_lines_follow_the_fleet_and_cursor_filter_and_order_stay() -> None:
    engine, clock = prepared(), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        await pilot.press("s", "slash", *"plane", "enter", "down", "down")
        line, before = chosen(screen), keys(screen)
        assert all(key.endswith("al-plane-sync") for key in before)
        gone = before[0].split()[0]
        engine.sights.of[gone, Look.SCHEDULES] = looked(gone, Look.SCHEDULES, Schedules(), 0.0)
        clock.value += EVERY
        app.flush()
        await until(pilot, lambda: keys(screen) == before[1:])
        assert chosen(screen) == line
        await pilot.press("escape")
        await until(pilot, lambda: len(keys(screen)) > len(before))
        assert app.screen is screen


async def test_a_mark_goes_with_its_line() -> None:
    engine, clock = prepared(), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        await pilot.press("space")
        assert "1 marked" in shown(app)
        engine.sights.of[OURS, Look.SCHEDULES] = looked(OURS, Look.SCHEDULES, Schedules(), 0.0)
        clock.value += EVERY
        app.flush()
        await until(pilot, lambda: "1 marked" not in shown(app))
        assert screen.listing.marks == set()


async def test_age_is_told_by_the_tenants_own_clock() -> None:
    engine = FakeEngine(troubled())
    (row,) = [each for each in schedules().rows if each.schedule_id == "al-plane-sync"]
    acted = msgspec.structs.replace(row, last_action=engine.now() + timedelta(hours=1))
    engine.sights.of[OURS, Look.SCHEDULES] = looked(OURS, Look.SCHEDULES, Schedules((acted,)))
    engine.sights.ahead[OURS] = timedelta(hours=1, minutes=5)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "paused")
        assert "5 min" in shown(app)


async def test_look_now_asks_the_marked_tenants_only() -> None:
    engine = prepared()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        await pilot.press("space", "down", "space", "r")
        names = list(
            dict.fromkeys(key.split()[0] for key in keys(screen) if key in screen.listing.marks)
        )
        assert ("refresh", tuple(names)) in engine.asked


async def test_before_the_doors_are_open_it_says_so() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    app.starting = True
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "stuck")
        assert "the doors are being opened" in shown(app)
        assert engine.sights.asked == []


async def test_where_nobody_answers_it_says_why_by_how_many_and_r_looks_again() -> None:
    engine = FakeEngine(troubled())
    names = [view.name for view in engine.views().values() if view.counted]
    engine.sights.failed[Look.SCHEDULES] = Failure(FailureKind.UNAUTHORIZED, "Invalid API key")
    for name in names[:2]:
        late = Failure(FailureKind.TIMED_OUT, "timed out: no answer within 10 s")
        engine.sights.failed_of[name, Look.SCHEDULES] = late
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "paused")
        told = [line.strip() for line in screen_text(app) if line.strip()]
        at = told.index("No tenant could be looked at")
        assert told[at + 1] == f"{len(names) - 2} key refused: Invalid API key"
        assert told[at + 2] == "2 timed out: no answer within 10 s"
        assert "0 paused" not in shown(app)
        await pilot.press("r")
        await until(pilot, lambda: ("refresh", None) in engine.asked)


async def test_who_does_not_answer_at_all_is_not_asked_for_more_and_not_seen_now() -> None:
    engine = prepared()
    last = [view.name for view in engine.views().values() if view.counted][-1]
    for name in (OURS, last):
        lost = Failure(FailureKind.TIMED_OUT, "timed out: no answer")
        engine.sights.failed_of[name, Look.CONTAINERS] = lost
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "paused")
        assert f"not seen now: {OURS}, {last}" in shown(app)
        assert all("◌" in line for line in screen_text(app) if OURS in line)


async def test_nothing_is_found_only_where_everybody_was_looked_at() -> None:
    engine = FakeEngine(troubled())
    for view in engine.views().values():
        engine.sights.of[view.name, Look.WORKFLOWS] = looked(view.name, Look.WORKFLOWS, Workflows())
    engine.sights.failed_of[OURS, Look.WORKFLOWS] = Failure(FailureKind.TIMED_OUT, "no answer")
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "stuck")
        assert "Not every tenant could be looked at" in shown(app)
        assert "1 timed out: no answer" in shown(app)
        assert "at the others no workflow runs for longer than it may" in shown(app)


@pytest.mark.parametrize("what", ["paused", "stuck", "images"])
async def test_what_is_old_says_so_without_colour_and_at_any_width(what: str) -> None:
    engine = prepared()
    for look in (Look.SCHEDULES, Look.WORKFLOWS, Look.CONTAINERS):
        engine.sights.failed_of[OURS, look] = Failure(FailureKind.TIMED_OUT, "no answer")
    app = make(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await across(pilot, app, what)
        counted = sum(view.counted for view in engine.views().values())
        assert f"◌ 2 of {counted} not seen now" in shown(app)
        lines = [line for line in screen_text(app) if OURS in line or ", 1 ◌" in line]
        assert lines
        assert all("◌" in line for line in lines)
        await pilot.press("slash", *"e", "enter")
        await until(pilot, lambda: screen.listing.needle == "e")
        assert f"◌ 2 of {counted} not seen now" in shown(app), "it outlasts the order"


async def test_nothing_is_counted_before_anybody_was_looked_at() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await across(pilot, app, "images")
        assert "nobody has been looked at yet" in shown(app)
        assert "0 images" not in shown(app)
        assert "/ filter" not in shown(app)
        assert "s sort" not in shown(app)
        await pilot.press("slash", "s")
        assert not screen.typing
        assert screen.listing.sort == 0


async def test_nothing_stuck_anywhere_is_said() -> None:
    engine = FakeEngine(troubled())
    for view in engine.views().values():
        engine.sights.of[view.name, Look.WORKFLOWS] = looked(view.name, Look.WORKFLOWS, Workflows())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await across(pilot, app, "stuck")
        assert "no workflow runs for longer than it may" in shown(app)
        await pilot.press("enter", "a", "space", "r", "c")
        assert app.screen.name == "across"
        assert not any(each[0] == "refresh" for each in engine.asked)


async def test_what_is_typed_ahead_of_the_box_comes_into_it_and_carries_nothing_out() -> None:
    app = make(prepared())
    async with app.run_test(size=SIZE) as pilot:
        screen = await across(pilot, app, "paused")
        for key in ("slash", "a", "c", "space", "r", "s"):
            # as a terminal sends what is pasted or typed ahead: nobody waits for the box
            app.post_message(events.Key(key, {"slash": "/", "space": " "}.get(key, key)))
        await until(pilot, lambda: isinstance(app.focused, FilterInput))
        await pilot.pause()
        await until(pilot, lambda: screen.listing.needle == "ac rs")
        await pilot.press(*"acme")
        await until(pilot, lambda: screen.listing.needle == "ac rsacme")
        assert app.screen is screen, "no list of actions came up"
        assert (app.clipboard, screen.listing.marks, screen.listing.sort) == ("", set(), 0)
        assert not any(each[0] == "refresh" for each in app.engine.asked)  # type: ignore[attr-defined]
