"""From an action to a job: what the dialog says, which key says yes, and that nothing else does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.operation import Outcome
from alfred_tui.model.verdict import Pill
from alfred_tui.ops.operation import Unseen
from alfred_tui.screens.asking import READ_ONLY, _known
from alfred_tui.screens.confirm import ConfirmScreen
from alfred_tui.store.errors import StoreFull
from tests.ui.fake_engine import FakeEngine, facts_of, troubled
from tests.ui.hands import make, opened, shown, until
from tests.ui.states_ops import begin, engine_of, named

SIZE = (120, 40)
RESTART = ("harbor-law", "POST /api/v1/admin/containers/caddy/restart")


def said(app: AlfredApp) -> list[str]:
    return [note.message for note in app._notifications]


def words(app: AlfredApp) -> str:
    """What is shown, each run of blanks and rules as one blank."""
    return " ".join(shown(app).replace("│", " ").split())


async def on_container(pilot: Pilot[Any], app: AlfredApp, service: str = "caddy") -> None:
    """On the worst tenant's page, the cursor on a container."""
    await pilot.press("enter")
    await opened(pilot, app, "tenant")
    await pilot.press("slash", *service, "enter")
    await until(pilot, lambda: app.screen.sheet.chosen is not None)  # type: ignore[attr-defined]


async def asked(pilot: Pilot[Any], app: AlfredApp, *, readable: bool = True) -> ConfirmScreen:
    """The dialog has its question, and there was time to read it."""
    await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
    screen = app.screen
    assert isinstance(screen, ConfirmScreen)
    await until(pilot, lambda: screen._asked() or screen.asking.refused)
    if readable:
        app.clock.value += 1  # type: ignore[attr-defined]
    return screen


async def restart(pilot: Pilot[Any], app: AlfredApp, service: str = "caddy") -> ConfirmScreen:
    await on_container(pilot, app, service)
    await pilot.press("a")
    await opened(pilot, app, "actions")
    await pilot.press("1")
    return await asked(pilot, app)


def stopped(engine: FakeEngine, service: str = "caddy") -> FakeEngine:
    facts = [
        msgspec.structs.replace(fact, value="not listed") if fact.label == service else fact
        for fact in facts_of("harbor-law")
    ]
    engine.set_facts("harbor-law", tuple(facts))
    return engine


async def test_the_dialog_says_what_is_sent_on_whom_how_risky_and_how_it_is_watched() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await restart(pilot, app, "openclaw")
        text = words(app)
        assert "Restart openclaw on harbor-law" in text
        assert "ctrl-api: POST /api/v1/admin/containers/openclaw/restart" in text
        assert "with X-Confirm-Self-Restart: yes" in text
        assert "on ■ DOWN harbor-law: no answer on 3100 and 22" in text
        assert "risk disruptive" in text
        assert "the assistant is away for 30 to 60 s, and the sessions it holds end" in text
        assert "watched until openclaw is listed as younger than now" in text
        assert "seen 0 s ago: listed, container 4f1c, state running, up 12 d" in text
        engine_of(app).change("harbor-law", pill=Pill.OK, reasons=())
        engine_of(app).moment += timedelta(seconds=20)
        app.flush()
        await until(pilot, lambda: "on ● OK harbor-law" in words(app))
        assert "seen 20 s ago" in words(app)


async def test_disruptive_takes_y_and_no_other_key() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        screen = await restart(pilot, app)
        await pilot.press("enter", "space", "a", "J", "Y", "1")
        assert (app.screen, engine_of(app).house.sent) == (screen, [])
        await pilot.press("y")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: engine_of(app).board.jobs[0].outcome is Outcome.DONE)
        assert engine_of(app).house.sent == [RESTART]


async def test_safe_takes_enter_and_not_y() -> None:
    app = make(stopped(FakeEngine(troubled())))
    async with app.run_test(size=SIZE) as pilot:
        await restart(pilot, app)
        assert "Start caddy on harbor-law" in shown(app)
        await pilot.press("y")
        assert engine_of(app).board.jobs == []
        await pilot.press("enter")
        await until(pilot, lambda: engine_of(app).house.sent)
        assert [line for _, line in engine_of(app).house.sent] == [
            "POST /api/v1/admin/containers/caddy/start"
        ]


async def test_what_destroys_takes_the_name_and_nothing_near_it() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(named(app))
        await asked(pilot, app)
        await until(pilot, lambda: app.screen.query("NameInput"))
        await pilot.press("enter", *"harbor-la", "enter")
        await until(pilot, lambda: "type harbor-law to say yes" in words(app))
        assert engine_of(app).house.sent == []
        await pilot.press("tab", "y", "enter", "c")
        assert app.clipboard.startswith("# stop ctrl-api on harbor-law")
        await pilot.press("tab", "w", "enter")
        await until(pilot, lambda: engine_of(app).house.sent)
        assert [tenant for tenant, _ in engine_of(app).house.sent] == ["harbor-law"]


async def test_a_double_key_press_runs_it_once() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        screen = await restart(pilot, app)
        screen.action_agree()
        screen.action_agree()
        await pilot.press("y", "y")
        await until(pilot, lambda: app.screen.name == "tenant")
        await until(pilot, lambda: not engine_of(app).board.running)
        assert engine_of(app).house.sent == [RESTART]
        assert len(engine_of(app).board.jobs) == 1


async def test_a_key_that_was_meant_for_what_was_there_before_says_no_yes() -> None:
    app = make(stopped(FakeEngine(troubled())))
    async with app.run_test(size=SIZE) as pilot:
        await on_container(pilot, app)
        await pilot.press("a")
        await opened(pilot, app, "actions")
        await pilot.press("enter", "enter", "enter")
        screen = await asked(pilot, app, readable=False)
        await pilot.press("enter")
        assert (app.screen, engine_of(app).board.jobs) == (screen, [])
        app.clock.value += 1  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: engine_of(app).board.jobs)


async def test_a_stale_plan_is_made_anew_and_the_yes_is_given_again() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        screen = await restart(pilot, app)
        first, looks = screen.asking.plan, engine.house.looks  # type: ignore[attr-defined]
        engine.moment += timedelta(seconds=61)
        app.flush()
        await until(pilot, lambda: "older than 60 s: a yes makes it anew first" in words(app))
        await pilot.press("y")
        await until(pilot, lambda: "made anew: the plan had grown older than 60 s" in words(app))
        assert "nothing has changed meanwhile. Say yes again." in words(app)
        await until(pilot, lambda: "seen 0 s ago" in words(app))
        assert (engine.house.looks, engine.house.sent) == (looks + 1, [])
        assert screen.asking.plan is not first  # type: ignore[attr-defined]
        await pilot.press("y")
        assert engine.house.sent == [], "it has just come: nobody has read it"
        app.clock.value += 1  # type: ignore[attr-defined]
        await pilot.press("y")
        await until(pilot, lambda: engine.house.sent == [RESTART])


async def test_what_haschanged_is_told_with_the_new_plan() -> None:
    app = make(stopped(FakeEngine(troubled())))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        await restart(pilot, app)
        facts = facts_of("harbor-law")
        engine.moment += timedelta(seconds=61)
        engine.set_facts("harbor-law", facts)
        await pilot.press("enter")
        await until(pilot, lambda: "caddy is running already; restart it instead" in words(app))
        assert engine.house.sent == []
        await pilot.press("escape")
        await opened(pilot, app, "tenant")


async def test_what_cannot_be_looked_at_when_it_begins_is_told_and_can_be_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unseen("nobody can be asked: our network is away")

    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await restart(pilot, app)
        monkeypatch.setattr(engine_of(app).board, "start", away)
        await pilot.press("y")
        await until(pilot, lambda: "not done: nobody can be asked: our network" in words(app))
        await pilot.press("escape")
        await opened(pilot, app, "tenant")


async def test_a_tenant_that_is_busy_is_told_in_the_dialog_and_nothing_is_lost() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        engine.house.go = asyncio.Event()
        other = await begin(engine.board, "container.restart", "harbor-law", "redis")
        screen = await restart(pilot, app)
        await pilot.press("y")
        await until(
            pilot, lambda: "not done: restart redis on harbor-law is being done" in words(app)
        )
        assert app.screen is screen
        engine.house.go.set()
        await other.done()
        await pilot.press("y")
        await until(pilot, lambda: RESTART in engine.house.sent)


async def test_a_journal_that_cannot_be_written_is_told_and_nothing_is_sent() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        await restart(pilot, app)
        engine.journal.error = StoreFull(Path("/x/alfred.db"))
        await pilot.press("y")
        await until(pilot, lambda: "make room on the disk and try again" in words(app))
        assert (engine.house.sent, engine.board.jobs) == ([], [])
        engine.journal.error = None
        await pilot.press("y")
        await until(pilot, lambda: engine.house.sent == [RESTART])


async def test_what_cannot_be_looked_at_can_be_looked_at_again() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        house = engine_of(app).house
        house.trouble = Unseen("the containers of harbor-law cannot be listed: timed out")
        await on_container(pilot, app)
        await pilot.press("a")
        await opened(pilot, app, "actions")
        await pilot.press("1")
        await until(pilot, lambda: "cannot be told: the containers of harbor-law" in words(app))
        await pilot.press("y", "enter", "c")
        assert (app.clipboard, engine_of(app).board.jobs) == ("", [])
        house.trouble = None
        await pilot.press("r")
        await asked(pilot, app)
        assert "risk disruptive" in words(app)


async def test_while_it_looks_it_says_so_and_can_be_left() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        house = engine_of(app).house
        house.gate = asyncio.Event()
        await on_container(pilot, app)
        await pilot.press("a")
        await opened(pilot, app, "actions")
        await pilot.press("1")
        await until(pilot, lambda: "looking at harbor-law" in shown(app))
        await pilot.press("y", "enter")
        assert app.screen.name == "confirm"
        await pilot.press("escape")
        await opened(pilot, app, "tenant")
        house.gate.set()
        await until(pilot, lambda: house.looks == 1)
        await pilot.pause()
        assert (app.screen.name, engine_of(app).board.jobs) == ("tenant", [])


async def test_what_is_copied_is_the_same_as_commands_and_holds_no_key() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await restart(pilot, app, "openclaw")
        await pilot.press("c")
        assert app.clipboard == (
            "# restart openclaw on harbor-law: restart openclaw\n"
            'curl -sS -X POST -H "Authorization: Bearer $ALFRED_API_KEY" '
            '-H "X-Confirm-Self-Restart: yes" '
            "https://harbor-law.ts.example:3100/api/v1/admin/containers/openclaw/restart\n"
            "# restart openclaw on harbor-law: restart openclaw over SSH, only where the API "
            "cannot be reached\n"
            "# ssh deploy@harbor-law.ts.example 'docker compose -f "
            "/opt/alfred/compose/docker-compose.yaml restart openclaw'"
        )
        assert said(app) == ["copied as shell commands"]


async def test_read_only_refuses_and_says_how_to_leave_it() -> None:
    engine = FakeEngine(troubled())
    engine.board.read_only = True
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        assert "READ-ONLY" in shown(app)
        await restart(pilot, app)
        assert READ_ONLY in words(app)
        assert "y do it" not in words(app)
        await pilot.press("y", "enter")
        assert (app.screen.name, engine.board.jobs, engine.house.sent) == ("confirm", [], [])


def test_what_a_plan_rests_on_is_told_in_words() -> None:
    told = {"paused": False, "note": "by ann", "last": 1780315200.0, "up": 7260.0, "run": None}
    assert [_known(name, value) for name, value in told.items()] == [
        "not paused",
        "note by ann",
        "last 2026-06-01 12:00:00 UTC",
        "up 2 h",
        "run unknown",
    ]
