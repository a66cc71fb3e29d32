"""A tenant's pages under hands: at once from what is known, looked at anew, acted on by line."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.fleet.expectation import expectation
from alfred_tui.fleet.memory import Memory
from alfred_tui.fleet.showing import facts
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.screens.elsewhere import has_windows
from alfred_tui.screens.tenant import TenantScreen
from tests.ui.fake_engine import FakeEngine, ago, troubled
from tests.ui.fake_sights import CONTAINERS, schedules
from tests.ui.hands import Clock, make, opened, screen_text, shown, until
from tests.ui.states_pages import seen

NAME, SIZE = "acme-dental", (140, 40)


async def page(pilot: Pilot[Any], app: AlfredApp, number: str, name: str = NAME) -> TenantScreen:
    app.open_tenant(name)
    await until(pilot, lambda: isinstance(app.screen, TenantScreen))
    await pilot.press(number)
    await until(pilot, lambda: seen(app))
    screen = app.screen
    assert isinstance(screen, TenantScreen)
    await pilot.pause()
    return screen


async def test_what_is_known_is_there_at_once_with_its_age() -> None:
    engine = FakeEngine(troubled())
    known = Observation(NAME, Look.SCHEDULES, ago(240), 0.1, Door.API, schedules())
    engine.sights.known[Look.SCHEDULES] = known
    engine.sights.held = True
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        app.open_tenant(NAME)
        await until(pilot, lambda: isinstance(app.screen, TenantScreen))
        await pilot.press("4")
        await until(pilot, lambda: "looking; by ctrl-api, 4 min ago" in shown(app))
        assert "al-plane-sync" in shown(app)
        assert engine.sights.asked == [f"schedules of {NAME}"]


async def test_a_look_that_fails_leaves_what_was_there_and_says_why() -> None:
    engine, clock = FakeEngine(troubled()), Clock()
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        await page(pilot, app, "3")
        engine.sights.troubles["workflows"] = "timed out"
        clock.value += 31
        app.flush()
        await until(pilot, lambda: "timed out; by ctrl-api" in shown(app))
        assert "LearningWorkflow" in shown(app)


@pytest.mark.parametrize("width", [140, 80])
async def test_containers_that_came_over_ssh_say_so_and_why_until_the_api_answers(
    width: int,
) -> None:
    engine, clock = FakeEngine(troubled()), Clock()
    engine.sights.instead = "ctrl-api: connection refused at port 3100"
    app = make(engine, clock)
    async with app.run_test(size=(width, 40)) as pilot:
        screen = await page(pilot, app, "2")
        assert len(screen.sheet.rows) == len(CONTAINERS.rows)
        (line,) = [line for line in screen_text(app) if "by ssh, " in line]
        assert f"{len(CONTAINERS.rows)} listed" in line
        assert "connection refused at port 3100; by ssh" in line
        assert (engine.sights.instead in line) is (width == 140), "who it was, where there is room"
        engine.sights.instead = ""
        clock.value += 31
        app.flush()
        await until(pilot, lambda: "by ctrl-api, " in shown(app))
        assert "by ssh" not in shown(app)
        assert "connection refused" not in shown(app)


async def test_a_page_keeps_its_place_filter_and_order_while_another_is_shown() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        screen = await page(pilot, app, "2")
        await pilot.press("s", "down", "down")
        chosen = screen.sheet.chosen
        assert chosen is not None
        await pilot.press("4", "slash", *"paused", "enter", "1", "2")
        await until(pilot, lambda: "by service" in shown(app))
        assert screen.sheet.chosen is not None
        assert screen.sheet.chosen.key == chosen.key
        await pilot.press("4")
        await until(pilot, lambda: "filter: paused" in shown(app))
        assert "al-judgment" not in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "al-judgment" in shown(app))


async def test_the_next_tenant_is_shown_on_the_same_page() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        first = app.home.roster.order[0]
        screen = await page(pilot, app, "2", first)
        await pilot.press("n")
        await until(pilot, lambda: screen.tenant == app.home.roster.order[1])
        await until(pilot, lambda: seen(app))
        assert screen.deck.number == "2"
        assert engine.sights.asked[-1] == f"containers of {screen.tenant}"


async def test_an_expected_service_that_is_not_listed_stands_first() -> None:
    from alfred_tui.model.view import Fact

    engine = FakeEngine(troubled())
    gone = Fact("Containers", "ollama", "not listed", Door.API, ago(4), "core", Pill.DOWN)
    engine.set_facts(NAME, (gone,))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await page(pilot, app, "2")
        assert screen.sheet.rows[0].key == "ollama"
        assert len(screen.sheet.rows) == len(CONTAINERS.rows) + 1


async def test_a_pause_asks_for_its_reason_and_then_for_a_yes() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await page(pilot, app, "4")
        await pilot.press("end", "enter")
        await opened(pilot, app, "actions")
        assert "not paused" in shown(app)
        await pilot.press("1")
        await opened(pilot, app, "telling")
        await pilot.press("enter")
        await until(pilot, lambda: "reason is missing" in shown(app))
        await pilot.press(*"moving", "enter")
        await opened(pilot, app, "confirm")
        assert engine.house.sent == []


async def test_what_is_paused_can_be_unpaused_and_says_by_whom() -> None:
    from alfred_tui.model.paused import Paused

    engine = FakeEngine(troubled())
    engine.sights.ours = [Paused(NAME, "al-plane-sync", "ada@desk", ago(7200), "moving")]
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await page(pilot, app, "4")
        (line,) = [line for line in screen_text(app) if "al-plane-sync" in line]
        assert "by ada@desk, 2 h ago" in line
        await pilot.press("home", "a")
        await opened(pilot, app, "actions")
        assert "unpause" in shown(app)


async def test_the_host_is_filtered_through_all_its_sections() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await page(pilot, app, "0")
        await pilot.press("slash", *"backup", "enter")
        await until(pilot, lambda: "Disks" not in shown(app))
        text = shown(app)
        assert "alfred-backup.timer" in text
        assert "restic: wrong password" in text
        assert "docker.service" not in text


async def test_a_click_on_a_word_opens_its_page() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        screen = await page(pilot, app, "1")
        line = next(line for line in screen_text(app) if "3 Workflows" in line)
        await pilot.click("#tabs", offset=(line.index("Workflows"), 0))
        await until(pilot, lambda: screen.deck.number == "3")


async def test_the_address_of_temporals_pages_is_copied() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await page(pilot, app, "1")
        await pilot.press("o")
        await until(pilot, lambda: app.clipboard == f"https://{NAME}.ts.example:8233")


@pytest.mark.parametrize(
    ("environment", "platform", "windows"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "a b"}, "linux", False),
        ({}, "darwin", True),
    ],
)
def test_a_browser_is_opened_only_where_it_has_a_screen_of_its_own(
    environment: dict[str, str], platform: str, windows: bool
) -> None:
    assert has_windows(environment, platform) is windows


async def test_without_a_line_there_is_nothing_to_filter_or_to_order() -> None:
    engine, clock = FakeEngine(troubled()), Clock()
    engine.sights.held = True
    app = make(engine, clock)
    async with app.run_test(size=SIZE) as pilot:
        app.open_tenant(NAME, "4")
        await until(pilot, lambda: f"looking at the schedules of {NAME}" in shown(app))
        assert "/ filter" in shown(app), "lines may come while somebody types"
        engine.sights.held = False
        engine.sights.troubles["schedules"] = "timed out"
        await pilot.press("2", "4")
        await until(pilot, lambda: "timed out" in shown(app))
        await until(pilot, lambda: "/ filter" not in shown(app))
        assert "s sort" not in shown(app)
        del engine.sights.troubles["schedules"]
        await pilot.press("r")
        await until(pilot, lambda: "/ filter" in shown(app) and "s sort" in shown(app))


@pytest.mark.parametrize(
    ("number", "look", "what", "says"),
    [
        ("2", Look.CONTAINERS, "containers", "It does not know this question"),
        ("3", Look.WORKFLOWS, "workflows", "Not on this generation of tenants"),
    ],
)
async def test_what_no_generation_lacks_is_not_put_down_to_the_generation(
    number: str, look: Look, what: str, says: str
) -> None:
    engine = FakeEngine(troubled())
    engine.sights.fails(look, what, FailureKind.UNSUPPORTED, "no such route")
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await page(pilot, app, number)
        await until(pilot, lambda: says in shown(app))
        assert ("another server's" in shown(app)) is (what == "containers")


@pytest.mark.parametrize(
    ("look", "said", "pill"),
    [
        (Look.DASHBOARD, "not on this generation", None),
        (Look.CONTAINERS, "not supported here: no such route", Pill.DEGRADED),
    ],
)
def test_what_a_generation_lacks_is_no_trouble_on_its_door(
    look: Look, said: str, pill: Pill | None
) -> None:
    memory, tenant = Memory(), Tenant(NAME, "https://acme.example:3100")
    failure = Failure(FailureKind.UNSUPPORTED, "no such route")
    memory.attempts[look] = Observation(NAME, look, ago(4), 0.1, Door.API, failure=failure)
    (door,) = facts(memory, expectation(None, (), {}), tenant, ago(0))
    assert (door.value, door.pill) == (said, pill)


async def test_a_list_that_was_left_while_it_was_looked_at_is_looked_at_again() -> None:
    engine = FakeEngine(troubled())
    engine.sights.held = True
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        app.open_tenant(NAME)
        await until(pilot, lambda: isinstance(app.screen, TenantScreen))
        await pilot.press("3")
        await until(pilot, lambda: engine.sights.asked == [f"workflows of {NAME}"])
        await pilot.press("4")
        await until(pilot, lambda: len(engine.sights.asked) == 2)
        engine.sights.held = False
        await pilot.press("3")
        app.flush()
        await until(pilot, lambda: "3 running" in shown(app))
