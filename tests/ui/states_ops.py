"""States of what is done to tenants: the list of actions, the dialog, jobs, the journal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.operation import Answer, Outcome
from alfred_tui.ops.board import Board, Job, Yes
from alfred_tui.ops.operation import Unseen
from alfred_tui.screens.asking import Planned
from alfred_tui.screens.confirm import ConfirmScreen
from alfred_tui.store.errors import StoreDamaged
from tests.ui.fake_engine import FakeEngine, facts_of, troubled
from tests.ui.fake_ops import done_before
from tests.ui.hands import opened, shown, until
from tests.ui.states import LOCKED, State

OPENED = ("enter", "slash", *"caddy", "enter")
"""On the page of the worst tenant, the cursor on a container's line."""
DAMAGED = StoreDamaged(Path("/home/op/.local/share/alfred-tui/alfred.db"), "not a database")


def engine_of(app: AlfredApp) -> FakeEngine:
    assert isinstance(app.engine, FakeEngine)
    return app.engine


def _troubled() -> FakeEngine:
    return FakeEngine(troubled())


def _read_only() -> FakeEngine:
    engine = _troubled()
    engine.board.read_only = True
    return engine


def _with_one_stopped() -> FakeEngine:
    engine = _troubled()
    facts = [
        msgspec.structs.replace(fact, value="not listed") if fact.label == "caddy" else fact
        for fact in facts_of("harbor-law")
    ]
    engine.set_facts("harbor-law", tuple(facts))
    return engine


def _slow() -> FakeEngine:
    engine = _troubled()
    engine.house.gate = asyncio.Event()
    return engine


def _blind() -> FakeEngine:
    engine = _troubled()
    engine.house.trouble = Unseen(
        "the containers of harbor-law cannot be listed: no answer within 2.5 s"
    )
    return engine


class _Named(Planned):
    """The same plan, as if it destroyed something."""

    async def look(self) -> str:
        told = await super().look()
        assert self.plan is not None
        self.plan = msgspec.structs.replace(self.plan, named=True)
        return told


def named(app: AlfredApp) -> ConfirmScreen:
    """A dialog that wants the tenant's name."""
    return ConfirmScreen(app, _Named(app, "container.stop", "harbor-law", {"service": "ctrl-api"}))


async def _ask_name(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await app.push_screen(named(app))
    await until(pilot, lambda: app.screen.query("NameInput"))
    await _at_rest(app, pilot)


async def _stale(app: AlfredApp, pilot: Pilot[Any]) -> None:
    engine = engine_of(app)
    await _question(app, pilot)
    engine.moment += timedelta(seconds=75)


def _asked(app: AlfredApp) -> bool:
    screen = app.screen
    return isinstance(screen, ConfirmScreen) and screen.asking.question is not None


async def begin(board: Board, operation: str, tenant: str, service: str, yes: Yes = Yes.KEY) -> Job:
    """Run an operation without a screen."""
    return await board.start(await board.plan(operation, tenant, {"service": service}), yes)


async def work(app: AlfredApp) -> list[Job]:
    """Two that end, a failed and a good one, and two that go on."""
    engine = engine_of(app)
    board, house = engine.board, engine.house
    done = [await begin(board, "container.restart", "birch-studio", "redis")]
    await done[0].done()
    engine.moment += timedelta(seconds=9)
    house.answer = Answer(Outcome.FAILED, 500, "docker compose failed: no such service: caddy")
    done.append(await begin(board, "container.restart", "acme-dental", "caddy"))
    await done[1].done()
    engine.moment += timedelta(seconds=21)
    house.go = asyncio.Event()
    for tenant, service in (("harbor-law", "openclaw"), ("canal-street-books", "temporal")):
        done.append(await begin(board, "container.restart", tenant, service))
    for _ in done:
        await house.begun.acquire()
    engine.moment += timedelta(seconds=14)
    return done


async def _working(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await work(app)
    app.flush()
    await until(pilot, lambda: len(app._notifications) == 2)
    app.clear_notifications()
    await pilot.pause()


async def _jobs(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await _working(app, pilot)
    await pilot.press("J")
    await opened(pilot, app, "jobs")


async def _unfolded(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await _jobs(app, pilot)
    await pilot.press("enter", "down", "down", "enter")
    await until(pilot, lambda: "500  after" in shown(app) and "under way" in shown(app))
    await opened(pilot, app, "jobs")


async def _unread(app: AlfredApp, pilot: Pilot[Any]) -> None:
    """What was answered cannot be read where a job is unfolded."""
    await _jobs(app, pilot)
    engine_of(app).journal.error = DAMAGED
    await pilot.press("down", "down", "enter")
    await until(pilot, lambda: "alfred.db" in shown(app))
    await opened(pilot, app, "jobs")


async def _leaving(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await _working(app, pilot)
    await pilot.press("q")
    await opened(pilot, app, "confirm")


async def _settled(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: not app.screen.reading)  # type: ignore[attr-defined]
    await opened(pilot, app, "journal")


async def _at_rest(app: AlfredApp, pilot: Pilot[Any]) -> None:
    """A dialog is as high as what it says once that is known."""
    await opened(pilot, app, app.screen.name or "")


async def _question(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: _asked(app))
    await _at_rest(app, pilot)


def _journal() -> FakeEngine:
    engine = _troubled()
    engine.journal.kept = done_before(60)
    return engine


def _unreadable() -> FakeEngine:
    engine = _journal()
    engine.journal.error = DAMAGED
    return engine


def _held_journal() -> FakeEngine:
    engine = _journal()
    engine.journal.gate = asyncio.Event()
    return engine


def _read_only_journal() -> FakeEngine:
    engine = _journal()
    engine.board.read_only = True
    return engine


STATES: dict[str, State] = {
    "actions": State(_troubled, keys=(*OPENED, "a"), does=_at_rest),
    "actions-stopped": State(_with_one_stopped, keys=(*OPENED, "a"), does=_at_rest),
    "actions-read-only": State(_read_only, keys=(*OPENED, "a"), does=_at_rest),
    "actions-tenant": State(_troubled, keys=("a",), does=_at_rest),
    "confirm": State(_troubled, keys=(*OPENED, "a", "1"), does=_question),
    "confirm-stop": State(_troubled, keys=(*OPENED, "a", "2"), does=_question),
    "confirm-safe": State(_with_one_stopped, keys=(*OPENED, "a", "1"), does=_question),
    "confirm-named": State(_troubled, does=_ask_name),
    "confirm-looking": State(_slow, keys=(*OPENED, "a", "1"), does=_at_rest),
    "confirm-unseen": State(_blind, keys=(*OPENED, "a", "1"), does=_at_rest),
    "confirm-stale": State(_troubled, keys=(*OPENED, "a", "1"), does=_stale),
    "confirm-read-only": State(_read_only, keys=(*OPENED, "a", "1"), does=_question),
    "confirm-mono": State(_troubled, keys=(*OPENED, "a", "1"), does=_question, no_color=True),
    "confirm-ascii": State(_troubled, keys=(*OPENED, "a", "1"), does=_question, ascii_only=True),
    "working": State(_troubled, does=_working),
    "read-only": State(_read_only),
    "jobs": State(_troubled, does=_jobs),
    "jobs-unfolded": State(_troubled, does=_unfolded),
    "jobs-none": State(_troubled, keys=("J",), does=_at_rest),
    "jobs-read-only": State(_read_only, keys=("J",), does=_at_rest),
    "jobs-unread": State(_troubled, does=_unread),
    "jobs-mono": State(_troubled, does=_jobs, no_color=True),
    "jobs-ascii": State(_troubled, does=_unfolded, ascii_only=True),
    "leaving": State(_troubled, does=_leaving),
    "journal": State(_journal, keys=("H", "down"), does=_settled),
    "journal-unfolded": State(_journal, keys=("H", "down", "enter"), does=_settled),
    "journal-filter": State(
        _journal, keys=("H", "slash", *"outcome:unknown risk:dis", "enter"), does=_settled
    ),
    "journal-tenant": State(_journal, keys=("enter", "H"), does=_settled),
    "journal-none": State(_troubled, keys=("H",), does=_settled),
    "journal-not-started": State(_troubled, keys=("H",), does=_settled, failed=LOCKED),
    "journal-loading": State(_held_journal, keys=("H",), does=_at_rest),
    "journal-no-match": State(_journal, keys=("H", "slash", *"zebra", "enter"), does=_settled),
    "journal-read-only": State(_read_only_journal, keys=("H", "down"), does=_settled),
    "journal-failed": State(_unreadable, keys=("H",), does=_settled),
    "journal-help": State(_journal, keys=("H", "question_mark"), does=_at_rest),
    "journal-mono": State(_journal, keys=("H", "down"), does=_settled, no_color=True),
    "journal-ascii": State(_journal, keys=("H", "down", "enter"), does=_settled, ascii_only=True),
}
