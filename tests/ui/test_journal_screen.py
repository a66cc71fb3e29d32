"""The journal: what was done and how it went, also where nobody wrote the end; filter, export."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.operation import Outcome, RunRecord
from alfred_tui.ops.programs import program
from alfred_tui.ops.standing import LONGEST, standing
from alfred_tui.store.errors import StoreDamaged
from alfred_tui.widgets.run_filter import parse_runs
from tests.ui.fake_engine import NOW, FakeEngine, troubled
from tests.ui.fake_ops import done_before, run_of
from tests.ui.hands import controls, make, opened, screen_text, shown, until
from tests.ui.states_ops import begin, engine_of
from tests.ui.test_events_screen import type_filter

SIZE = (120, 40)
MACHINE = program().partition("@")[2]


def kept(count: int = 60) -> FakeEngine:
    engine = FakeEngine(troubled())
    engine.journal.kept = done_before(count)
    return engine


async def look(pilot: Pilot[Any], app: AlfredApp) -> Any:
    await pilot.press("H")
    await opened(pilot, app, "journal")
    await until(pilot, lambda: not app.screen.reading)  # type: ignore[attr-defined]
    return app.screen


async def test_when_what_on_whom_outcome_and_verdict_before_and_after() -> None:
    app = make(kept())
    async with app.run_test(size=(200, 40)) as pilot:
        await look(pilot, app)
        lines = screen_text(app)
        failed = next(line for line in lines if "06:01:11" in line)
        assert " ".join(failed.split()) == (
            "06:01:11 ■ FAILED harbor-law stop caddy ● OK → ■ DOWN ada@desk "
            "the API answers 500: docker compose failed"
        )
        assert "● DONE" in next(line for line in lines if "12:01:11" in line)
        times = [line[1:9] for line in lines if line[3:4] == ":" and line[6:7] == ":"]
        assert times == sorted(times[:9], reverse=True) + times[9:]


async def test_a_run_without_an_end_is_told_as_unknown_outcome() -> None:
    app = make(kept())
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        await pilot.press("down")
        await until(pilot, lambda: "restart temporal on iris-florist   ▲ UNKNOWN" in shown(app))
        text = shown(app)
        assert (
            "unknown outcome: no end was written; its last call may have been carried out" in text
        )
        assert "sent 10:31:11; no answer was written down: it may have been done" in text
        await type_filter(pilot, "outcome:unknown from:4h")
        await until(pilot, lambda: not screen.reading and len(screen._entries) == 2)
        assert "run 59" in screen._entries


def unended(**changes: object) -> RunRecord:
    at = changes.pop("at", NOW - timedelta(minutes=1))
    return run_of(7, at, ended=None, outcome=Outcome.UNKNOWN, text="", **changes)  # type: ignore[arg-type]


def test_how_a_run_stands() -> None:
    mine, other = f"4711@{MACHINE}", f"4712@{MACHINE}"
    lives, gone = (lambda name: name == other), (lambda name: False)
    ended = run_of(3, NOW, program=other)
    assert standing(ended, NOW, mine, [], gone) is ended.outcome
    assert standing(unended(program=mine), NOW, mine, [7], gone) is None
    assert standing(unended(program=mine), NOW, mine, [8], lives) is Outcome.UNKNOWN
    assert standing(unended(program=other), NOW, mine, [7], lives) is None
    assert standing(unended(program=other), NOW, mine, [], gone) is Outcome.UNKNOWN
    assert standing(unended(program="4712@elsewhere"), NOW, mine, [], lives) is Outcome.UNKNOWN
    assert standing(unended(program="odd"), NOW, mine, [], lives) is Outcome.UNKNOWN
    old = unended(program=other, at=NOW - LONGEST)
    assert standing(old, NOW, mine, [], lives) is Outcome.UNKNOWN, "the number is another's by now"


async def test_another_living_program_is_at_work_and_a_dead_one_is_not() -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    await child.wait()
    engine = FakeEngine(troubled())
    engine.journal.kept = [
        msgspec.structs.replace(unended(program=f"{os.getppid()}@{MACHINE}"), number=9),
        msgspec.structs.replace(unended(program=f"{child.pid}@{MACHINE}"), number=8),
    ]
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        lines = [line for line in screen_text(app) if "12:03:31" in line]
        assert ["RUNNING" in line for line in lines[:2]] == [True, False]
        assert "UNKNOWN" in lines[1]


async def test_what_is_done_meanwhile_comes_and_its_end_too() -> None:
    engine = kept(5)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        engine.house.go = asyncio.Event()
        job = await begin(engine.board, "container.restart", "birch-studio", "redis")
        screen._look_for_newer()
        await until(pilot, lambda: "◆ RUNNING" in shown(app))
        engine.house.go.set()
        await job.done()
        screen._look_for_newer()
        await until(pilot, lambda: "◆ RUNNING" not in shown(app))
        assert "birch-studio" in next(line for line in screen_text(app) if "12:04:31  ●" in line)
        assert len(screen._entries) == 6


async def test_enter_shows_every_call_and_answer_of_a_run() -> None:
    app = make(kept())
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        await pilot.press(*["down"] * 4, "enter")
        await until(pilot, lambda: "by       ada@desk, 1@elsewhere; disruptive; 12 s" in shown(app))
        text = shown(app)
        assert "verdict  ok → down: openclaw is not listed" in text
        assert text.count("POST /api/v1/admin/containers/caddy/stop") == 2, "here and beneath"
        assert "500  after 9.0 s  the API answers 500: docker compose failed" in text
        await pilot.press("c")
        assert app.clipboard.splitlines()[0].startswith(
            "2026-06-01 06:01:11 UTC  ada@desk  stop caddy on harbor-law  disruptive  failed"
        )
        assert "POST /api/v1/admin/containers/caddy/stop  failed  500" in app.clipboard
        await pilot.press("enter")
        await until(pilot, lambda: shown(app).count("containers/caddy/stop") == 1)


async def test_of_one_tenant_from_its_page() -> None:
    engine = kept()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await look(pilot, app)
        assert "Journal  harbor-law" in shown(app)
        assert ("harbor-law", None, 200) in engine.journal.asked
        assert "fable-films" not in shown(app)
        await pilot.press("escape")
        await opened(pilot, app, "tenant")


async def test_older_pages_are_read_on_the_way_down() -> None:
    app = make(kept(500))
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        assert engine_of(app).journal.asked == [(None, None, 200)]
        for wanted in (400, 500):
            await pilot.press("end")
            await until(pilot, lambda n=wanted: len(screen._entries) == n)  # type: ignore[misc]
        await pilot.press("end")
        await until(pilot, lambda: "that is all" in shown(app))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", range(1, 61)),
        ("caddy", range(1, 61, 5)),
        ("caddy !harbor", [n for n in range(1, 61, 5) if n % 4]),
        ("risk:safe", range(2, 61, 5)),
        ("!risk:safe", [n for n in range(1, 61) if n % 5 != 2]),
        ("outcome:cancelled", range(4, 61, 5)),
        ("op:start", [n for n in range(1, 61) if n % 5 != 1]),
        ("op:container.stop", range(1, 61, 5)),
        ("name:acme", range(1, 61, 4)),
        ("who:bob", range(3, 61, 3)),
        ("docker compose failed", range(1, 61, 5)),
        ("outcome:failed from:2026-06-01", [56]),
    ],
)
def test_a_filter_asks_what_it_says(text: str, numbers: list[int]) -> None:
    runs = [run_of(60 - i, NOW - timedelta(seconds=200 + i * 5400.0)) for i in range(60)]
    query = parse_runs(text, NOW)
    assert query.errors == ()
    assert sorted(run.number for run in runs if query.matches(run)) == sorted(numbers)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("outcome:maybe", "outcome: is one of running, done, failed, unknown, not-sent, cancelled"),
        ("risk:high", "risk: is one of read, safe, disruptive, destructive"),
        ("colour:red", "no field “colour”: try from, to, outcome"),
        ("from:soon", "from: takes 36h, 2d or 2026-11-20"),
    ],
)
def test_what_is_not_understood_is_said(text: str, why: str) -> None:
    assert parse_runs(text, NOW).errors == (why,)


async def test_what_is_filtered_is_exported_whole_for_its_owner_only(tmp_path: Path) -> None:
    engine = kept(700)
    app = make(engine, exports=tmp_path / "exports")
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await look(pilot, app)
        await type_filter(pilot, "outcome:unknown risk:disruptive")
        await until(pilot, lambda: not screen.reading)
        await pilot.press("x")
        await until(pilot, lambda: " runs in " in shown(app))
        path = tmp_path / "exports" / "journal-20260601-120431.jsonl"
        assert path.stat().st_mode & 0o777 == 0o600
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        wanted = [run.number for run in engine.journal.kept if run.outcome is Outcome.UNKNOWN]
        assert [line["number"] for line in lines] == wanted
        assert f"{len(wanted)} runs in " in shown(app)
        assert (lines[0]["ended"], lines[0]["outcome"]) == (None, "unknown")
        call = lines[1]["calls"][0]
        assert (call["door"], call["outcome"], call["status"]) == ("ctrl-api", "unknown", None)


async def test_nothing_trouble_and_the_demo_each_have_their_words() -> None:
    engine = FakeEngine(troubled())
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        assert "Nothing has been done yet" in shown(app)
        await pilot.press("x", "c", "enter")
        assert (app.clipboard, app.screen.name) == ("", "journal")
        engine.journal.error = StoreDamaged(Path("/x/alfred.db"))
        await pilot.press("r")
        await until(pilot, lambda: "The journal cannot be read" in shown(app))
        engine.journal.error = None
        engine.set_status(demo=True)
        await pilot.press("r")
        await until(pilot, lambda: "kept until the demo ends" in shown(app))
        await pilot.press("H")
        assert sum(screen.name == "journal" for screen in app.screen_stack) == 1


async def test_texts_that_others_wrote_are_text() -> None:
    odd = "[red]\x1b[31m\u202eodd\x07"
    engine = FakeEngine(troubled())
    call = run_of(1, NOW).calls[0]
    engine.journal.kept = [
        run_of(
            2,
            NOW,
            tenant=odd,
            title=odd,
            who=odd,
            text=odd,
            before=odd,
            program=odd,
            calls=(msgspec.structs.replace(call, line=odd, text=odd),),
        )
    ]
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: shown(app).count("[red] odd") > 4)
        assert controls(app) == []
        await pilot.press("c")
        assert "\x1b" not in app.clipboard


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_lines_follow_the_width(width: int) -> None:
    app = make(kept())
    async with app.run_test(size=(100, 30)) as pilot:
        await look(pilot, app)
        await pilot.resize_terminal(width, 30)
        await until(pilot, lambda: app.screen.width == width - 1)  # type: ignore[attr-defined]
        await until(pilot, lambda: "■ FAILED" in shown(app))
        assert ("● OK       → ■ DOWN" in shown(app)) is (width >= 112)
