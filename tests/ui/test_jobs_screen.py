"""Jobs: in their order, with every word and answer, cancelled from the list, told when they end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.operation import Answer, Outcome, RunRecord
from alfred_tui.ops.containers import Stop
from alfred_tui.store.errors import StoreDamaged, StoreLocked
from tests.ui.fake_engine import FakeEngine, troubled
from tests.ui.fake_ops import FakeJournal, board_over
from tests.ui.hands import controls, make, opened, screen_text, shown, until
from tests.ui.states_ops import begin, engine_of, work
from tests.ui.test_operating import said, words

SIZE = (120, 40)


async def listed(pilot: Pilot[Any], app: AlfredApp) -> list[str]:
    """Open the jobs; their lines."""
    await pilot.press("J")
    await opened(pilot, app, "jobs")
    return [line for line in screen_text(app) if "restart " in line]


async def test_running_ones_first_then_the_newest() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await work(app)
        lines = await listed(pilot, app)
        assert [line.split()[1:4:2] for line in lines] == [
            ["RUNNING", "restart"],
            ["RUNNING", "restart"],
            ["FAILED", "restart"],
            ["DONE", "restart"],
        ]
        assert "◆ RUNNING   harbor-law            restart openclaw" in lines[0]
        assert " 14 s " in lines[0]
        assert "canal-street-books" in lines[1]
        assert "restart caddy: docker compose failed" in lines[2]
        assert "redis is running again, up 0 s" in lines[3]
        assert "2 running, 2 ended" in shown(app)


async def test_a_word_in_the_header_while_jobs_run_and_a_toast_when_one_ends() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        assert "job" not in screen_text(app)[1]
        engine.house.go = asyncio.Event()
        first = await begin(engine.board, "container.restart", "harbor-law", "redis")
        app.flush()
        await until(pilot, lambda: "1 job " in screen_text(app)[1])
        second = await begin(engine.board, "container.restart", "acme-dental", "redis")
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        app.flush()
        await until(pilot, lambda: "2 jobs " in screen_text(app)[1])
        assert said(app) == []
        engine.house.go.set()
        await asyncio.gather(first.done(), second.done())
        app.flush()
        await until(pilot, lambda: len(said(app)) == 2)
        assert said(app)[0] == ("restart redis on harbor-law: done: redis is running again, up 0 s")
        await until(pilot, lambda: "job" not in screen_text(app)[1])
        app.flush()
        await pilot.pause()
        assert len(said(app)) == 2, "each is told once"


async def test_one_that_was_over_before_anybody_looked_is_told_and_how_bad_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Stop, "within", 0.0)
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        engine.house.answer = Answer(Outcome.UNKNOWN, None, "the connection was lost")
        job = await begin(engine.board, "container.stop", "harbor-law", "caddy")
        await job.done()
        app.flush()
        await until(pilot, lambda: said(app))
        [note] = app._notifications
        assert (note.severity, note.message) == (
            "warning",
            "stop caddy on harbor-law: unknown: the connection was lost; "
            "not seen: until caddy is not listed any more",
        )


async def test_after_one_that_could_not_be_written_down_the_next_ones_end_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Stop, "within", 0.0)
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)

        async def full(run: RunRecord) -> int:
            app.flush()  # somebody looks while it is being written
            raise OSError("no room")

        with monkeypatch.context() as broken:
            broken.setattr(engine.board._writer, "begin", full)
            with pytest.raises(OSError, match="no room"):
                await begin(engine.board, "container.stop", "harbor-law", "caddy")
        job = await begin(engine.board, "container.stop", "harbor-law", "caddy")
        await job.done()
        app.flush()
        await until(pilot, lambda: any("stop caddy on harbor-law" in note for note in said(app)))


async def test_enter_shows_every_word_and_answer_and_keeps_up() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        engine = engine_of(app)
        jobs = await work(app)
        await listed(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: "sent 12:05:01, under way" in shown(app))
        assert "1  ctrl-api: POST /api/v1/admin/containers/openclaw/restart" in shown(app)
        assert engine.house.go is not None
        engine.house.answer = Answer(Outcome.DONE, 200, '{"ok":true,"service":"openclaw"}')
        engine.house.go.set()
        await asyncio.gather(*(job.done() for job in jobs))
        app.flush()
        await until(
            pilot, lambda: '200  after 14.0 s  {"ok":true,"service":"openclaw"}' in shown(app)
        )
        assert "told     restart openclaw" in shown(app)
        assert "watching until openclaw is listed as younger than now" in shown(app)
        assert "end      openclaw is running again, up 0 s" in shown(app)
        await pilot.press("c")
        assert app.clipboard.startswith(
            "2026-06-01 12:05:01 UTC  restart openclaw on harbor-law  done"
        )
        assert '"service":"openclaw"' in app.clipboard
        await pilot.press("enter")
        await until(pilot, lambda: "POST" not in shown(app))


async def test_a_journal_that_cannot_be_read_says_so_in_the_job() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await work(app)
        engine_of(app).journal.error = StoreLocked(Path("/x/alfred.db"))
        await listed(pilot, app)
        await pilot.press("end", "enter")
        await until(pilot, lambda: "close the program that holds it and try again" in words(app))


async def test_of_the_demo_no_answers_are_kept() -> None:
    engine = FakeEngine(troubled(), demo=True)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        engine.__dict__["board"] = board_over(engine.house, FakeJournal())
        await work(app)
        await listed(pilot, app)
        await pilot.press("end", "enter")
        await until(pilot, lambda: "the journal does not have it any more" in shown(app))
        assert "watching until redis is listed as younger than now" in shown(app)


async def test_x_cancels_the_one_under_the_cursor_and_says_what_that_means() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        jobs = await work(app)
        await listed(pilot, app)
        assert "x cancel" in shown(app)
        await pilot.press("down", "x")
        await until(pilot, lambda: not jobs[3].running)
        assert jobs[3].outcome is Outcome.UNKNOWN
        assert jobs[2].running
        assert (
            "cancelling restart temporal on canal-street-books: "
            "what is under way may still be carried out"
        ) in said(app)
        app.flush()
        await until(pilot, lambda: "▲ UNKNOWN" in shown(app))
        await pilot.press("end", "x")
        assert jobs[0].outcome is Outcome.DONE
        assert "x cancel" not in shown(app), "it has ended"


async def test_leaving_the_list_leaves_the_jobs_alone() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        jobs = await work(app)
        await listed(pilot, app)
        await pilot.press("J", "escape")
        await opened(pilot, app, "fleet")
        assert len(app.screen_stack) == 1
        assert jobs[2].running


async def test_without_jobs_it_says_how_one_begins() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        assert "Nothing has been done since the start" in shown(app)
        await pilot.press("enter", "x", "c")
        assert (app.clipboard, app.screen.name) == ("", "jobs")


async def test_read_only_no_key_is_told_that_would_be_refused() -> None:
    app = make(FakeEngine(troubled()))
    engine_of(app).board.read_only = True
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        assert "ops.read_only = false" in words(app)
        assert "begins it" not in shown(app)
        assert "H has what was done before" in shown(app)


async def test_answers_that_cannot_be_read_say_so() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        job = await begin(engine_of(app).board, "container.restart", "harbor-law", "redis")
        await job.done()
        engine_of(app).journal.error = StoreDamaged(Path("/x/alfred.db"))
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be read: store /x/alfred.db" in shown(app))


async def test_q_at_home_asks_while_jobs_run() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        jobs = await work(app)
        await pilot.press("q")
        await opened(pilot, app, "confirm")
        assert "Quit while 2 jobs run" in shown(app)
        assert "cancel: restart openclaw on harbor-law" in shown(app)
        assert "may still be carried out" in words(app)
        assert "y quit" in shown(app)
        await pilot.press("enter", "escape")
        await opened(pilot, app, "fleet")
        assert jobs[2].running
        await pilot.press("q")
        await opened(pilot, app, "confirm")
        await pilot.press("y")
        await until(pilot, lambda: app._exit)
        assert app.return_code == 0


async def test_q_at_home_leaves_at_once_when_none_runs() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        job = await begin(engine_of(app).board, "container.restart", "harbor-law", "redis")
        await job.done()
        await pilot.press("q")
        await until(pilot, lambda: app._exit)
        assert app.screen.name == "fleet"


async def test_answers_that_others_wrote_are_text() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        house = engine_of(app).house
        house.answer = Answer(Outcome.FAILED, 500, "[red]\x1b[31m\u202eodd\x07\nline")
        job = await begin(engine_of(app).board, "container.stop", "harbor-law", "caddy")
        await job.done()
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        await pilot.press("enter")
        await until(pilot, lambda: "500  after" in shown(app))
        assert "[red] odd line" in shown(app)
        assert controls(app) == []
