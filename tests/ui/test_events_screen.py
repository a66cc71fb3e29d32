"""What happened: pages, filters, new events, the export, and what stands where there is none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.history import Event, EventKind
from alfred_tui.model.verdict import Pill
from alfred_tui.store.errors import StoreDamaged
from tests.ui.fake_engine import NOW, FakeEngine, troubled
from tests.ui.fake_past import FakePast, happened, told
from tests.ui.hands import controls, make, opened, screen_text, shown, until

SIZE = (120, 40)


def eventful(count: int = 400) -> FakeEngine:
    engine = FakeEngine(troubled())
    engine.past = FakePast(happened(count))
    return engine


async def look(pilot: Pilot[Any], app: AlfredApp) -> Any:
    """Open the events and wait until the first page is read."""
    await pilot.press("e")
    await opened(pilot, app, "events")
    await until(pilot, lambda: not app.screen.reading)  # type: ignore[attr-defined]
    return app.screen


async def type_filter(pilot: Pilot[Any], text: str) -> None:
    await pilot.press("slash", *("space" if char == " " else char for char in text), "enter")


async def test_newest_first_by_days_with_change_reasons_and_who() -> None:
    app = make(eventful())
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        lines = screen_text(app)
        days = [line for line in lines if "2026" in line and "─" in line]
        assert "Monday 1 June 2026" in days[0]
        fell = next(line for line in lines if "10:32:20" in line)
        assert "fable-films" in fell
        assert "● OK       → ■ DOWN" in fell
        assert "no answer on 3100 and 22" in fell
        rose = next(line for line in lines if "10:02:20" in line)
        assert "▲ DEGRADED → ● OK" in rose
        assert "over: disk 93 % > 90 %" in rose
        muted = next(line for line in lines if "09:32:20" in line)
        assert "muted for 4 h: the disk is being made larger" in muted
        assert "by ann" in muted
        times = [line[1:9] for line in lines if line[3:4] == ":" and line[6:7] == ":"]
        assert times == sorted(times, reverse=True)


async def test_all_of_the_event_under_the_cursor_is_told_beneath() -> None:
    app = make(eventful())
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        await pilot.press("j", "j")
        await until(pilot, lambda: "iris-florist   ■ DOWN → ▲ DEGRADED" in shown(app))
        text = shown(app)
        assert "2026-06-01 11:02:20, 1 h ago" in text
        assert "limit 90 %, rule learn-no-pollers, seen through ctrl-api" in text
        assert "before: memory 96 % > 95 %" in text
        await pilot.press("c")
        assert app.clipboard == (
            "2026-06-01 11:02:20 UTC  iris-florist  DOWN -> DEGRADED  alfred-learn: no pollers"
        )
        assert screen.sheet.chosen.key == "event 398"


async def test_older_pages_are_read_on_the_way_down() -> None:
    engine = eventful(1000)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        asked = [ask for ask in engine.past.asked if ask[0] == "events"]
        assert asked == [("events", None, None, 200)], "one page to begin with"
        assert "200+" in shown(app)
        for wanted in (400, 600, 800, 1000):
            await pilot.press("end")
            await until(pilot, lambda n=wanted: len(screen._entries) == n)  # type: ignore[misc]
        await pilot.press("end")
        await until(pilot, lambda: screen._pages.done)
        await pilot.press("end")
        await until(pilot, lambda: "that is all" in shown(app))
        assert len(set(screen._entries)) == 1000
        assert "1,000 " in screen_text(app)[3]
        await pilot.press("home")
        await until(pilot, lambda: screen.sheet.chosen.key == "event 1000")


async def test_a_filter_looks_through_as_many_pages_as_it_needs() -> None:
    engine = eventful(1500)
    rare = engine.past.told[1234]
    engine.past.told[1234] = Event(
        rare.at, "zebra-crossing", before=Pill.OK, after=Pill.DOWN, number=rare.number
    )
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        await type_filter(pilot, "zebra status:down")
        await until(pilot, lambda: not screen.reading and len(screen._entries) == 1)
        assert "zebra-crossing" in shown(app)
        assert "that is all" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: len(screen._entries) == 200)
        assert app.screen is screen, "the first escape takes the filter"
        await pilot.press("escape")
        await opened(pilot, app, "fleet")


async def test_a_time_is_not_looked_for_beyond_its_beginning() -> None:
    engine = eventful(3000)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        engine.past.asked.clear()
        screen.narrow("from:2026-05-31 to:2026-05-31")
        await until(pilot, lambda: not screen.reading and len(screen._entries) == 48)
        assert "Sunday 31 May" in shown(app)
        assert "Monday" not in shown(app)
        assert engine.past.asked == [("events", None, None, 200)], "of a past of 15 pages"
        assert screen._pages.done


async def test_a_filter_that_is_not_understood_says_what_is_allowed() -> None:
    app = make(eventful())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await look(pilot, app)
        await type_filter(pilot, "from:soon")
        await until(pilot, lambda: "from: takes 36h, 2d or 2026-11-20" in shown(app))
        assert len(screen._entries) == 200


async def test_new_events_come_to_the_top_and_the_cursor_keeps_its_own() -> None:
    engine = eventful(300)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        await pilot.press("down")
        key = screen.sheet.chosen.key
        engine.past.told.insert(0, told(901, NOW, "birch-studio"))
        screen._look_for_newer()
        await until(pilot, lambda: "birch-studio" in shown(app))
        assert screen.sheet.chosen.key == key
        assert shown(app).index("birch-studio") < shown(app).index("12:02:20")
        await pilot.press("pagedown")
        await until(pilot, lambda: screen.sheet.scroll_offset.y)
        before = [line[:99] for line in screen_text(app)[6:30]]
        engine.past.told.insert(0, told(902, NOW, "cedar-clinic"))
        screen._look_for_newer()
        await until(pilot, lambda: "event 902" in screen._entries)
        await until(pilot, lambda: [line[:99] for line in screen_text(app)[6:30]] == before)


async def test_a_flood_of_new_events_is_read_from_its_end() -> None:
    engine = eventful(30)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        engine.past.told = happened(600)
        screen._look_for_newer()
        await until(pilot, lambda: "event 600" in screen._entries and not screen.reading)
        assert len(screen._entries) == 200


async def test_the_events_of_one_tenant_from_its_page() -> None:
    engine = eventful()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await look(pilot, app)
        assert "Events  harbor-law" in shown(app)
        assert ("events", "harbor-law", None, 200) in engine.past.asked
        assert "fable-films" not in shown(app)
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await pilot.press("escape")
        await opened(pilot, app, "fleet")


async def test_enter_opens_the_tenant_and_back_is_here() -> None:
    engine = eventful()
    engine.past.told.insert(0, told(900, NOW, "gone-away"))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        await pilot.press("enter")
        words = "gone-away is not in the fleet any more"
        await until(pilot, lambda: words in [note.message for note in app._notifications])
        assert app.screen is screen
        await pilot.press("down", "enter")
        await opened(pilot, app, "tenant")
        assert "harbor-law" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)


async def test_what_is_filtered_is_exported_whole_for_its_owner_only(tmp_path: Path) -> None:
    engine = eventful(2500)
    app = make(engine, exports=tmp_path / "home" / "exports")
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await look(pilot, app)
        await type_filter(pilot, "status:down")
        await until(pilot, lambda: not screen.reading)
        await pilot.press("x")
        folder = tmp_path / "home" / "exports"
        first = folder / "events-20260601-120431.jsonl"
        await until(pilot, lambda: "events in " in shown(app))
        lines = [json.loads(line) for line in first.read_text().splitlines()]
        wanted = [event for event in engine.past.told if event.after is Pill.DOWN]
        assert len(wanted) > 200, "more than a page"
        assert [line["number"] for line in lines] == [event.number for event in wanted]
        assert lines[0]["before"] == "ok"
        assert lines[0]["reasons_after"][0]["rule"] == "host-down"
        assert f"{len(wanted):,} events in" in shown(app)
        assert (folder.stat().st_mode & 0o777, first.stat().st_mode & 0o777) == (0o700, 0o600)
        folder.chmod(0o755)
        await pilot.press("x")
        await until(pilot, lambda: len(list(folder.iterdir())) == 2)
        await until(pilot, lambda: "120431-2.jsonl" in shown(app))
        assert folder.stat().st_mode & 0o777 == 0o700
        again = folder / "events-20260601-120431-2.jsonl"
        assert again.read_text() == first.read_text()


async def test_an_export_that_fails_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    engine = eventful()
    app = make(engine, exports=tmp_path / "exports")
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        engine.past.error = StoreDamaged(Path("/x/alfred.db"))
        await pilot.press("x")
        await until(pilot, lambda: "not exported: store /x/alfred.db" in shown(app))
        assert list((tmp_path / "exports").iterdir()) == []
        (tmp_path / "exports").rmdir()
        (tmp_path / "exports").write_text("a file")
        engine.past.error = None
        await pilot.press("x")
        await until(pilot, lambda: "not exported: [Errno 17]" in shown(app))


async def test_leaving_during_an_export_takes_the_half_file_away(tmp_path: Path) -> None:
    engine = eventful()
    app = make(engine, exports=tmp_path / "exports")
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        engine.past.gate = asyncio.Event()
        await pilot.press("x")
        await until(pilot, lambda: list(tmp_path.glob("exports/*")))
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await until(pilot, lambda: not list(tmp_path.glob("exports/*")))


async def test_reading_nothing_and_trouble_each_have_their_words() -> None:
    engine = FakeEngine(troubled())
    engine.past.gate = asyncio.Event()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("e")
        await until(pilot, lambda: "Reading what happened" in shown(app))
        engine.past.gate.set()
        await until(pilot, lambda: "No change has been seen yet" in shown(app))
        await pilot.press("x", "c", "enter")
        assert (app.clipboard, app.screen.name) == ("", "events"), "nothing to do it with"
        engine.past.error = StoreDamaged(Path("/x/alfred.db"), "file is not a database")
        await pilot.press("r")
        await until(pilot, lambda: "The past cannot be read" in shown(app))
        assert "move the file away and import again" in shown(app)
        engine.past.error = None
        engine.past.told = happened(5)
        await pilot.press("r")
        await until(pilot, lambda: "harbor-law" in shown(app))


async def test_trouble_later_on_leaves_what_was_read() -> None:
    engine = eventful()
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        screen = await look(pilot, app)
        engine.past.error = StoreDamaged(Path("/x/alfred.db"), "disk is gone")
        screen._look_for_newer()
        await until(pilot, lambda: "disk is gone" in shown(app))
        assert "fable-films" in shown(app)
        assert app.screen is screen


async def test_the_demo_says_how_long_its_past_is_kept() -> None:
    app = make(FakeEngine(troubled(), demo=True))
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        assert "kept until the demo ends" in shown(app)


async def test_texts_that_others_wrote_are_text() -> None:
    odd = "[red]\x1b[31m\u202eodd\x07"
    engine = FakeEngine(troubled())
    engine.past = FakePast(
        [Event(NOW, odd, EventKind.QUIET, text=odd, who=odd, number=2), *happened(1)]
    )
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await look(pilot, app)
        assert controls(app) == []
        assert "[red] odd" in shown(app)
        await pilot.press("c")
        assert "\x1b" not in app.clipboard


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_lines_follow_the_width(width: int) -> None:
    app = make(eventful())
    async with app.run_test(size=(100, 30)) as pilot:
        await look(pilot, app)
        await pilot.resize_terminal(width, 30)
        await until(pilot, lambda: app.screen.width == width - 1)  # type: ignore[attr-defined]
        await until(pilot, lambda: "■ DOWN" in shown(app))
        assert ("● OK       → ■ DOWN" in shown(app)) is (width >= 72)
