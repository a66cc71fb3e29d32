"""The History group of a tenant's page: what was, by hours or days, and where nothing is known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.history import Event, EventKind, Stretch
from alfred_tui.model.verdict import Pill
from alfred_tui.screens.tenant import PAST_EVERY
from alfred_tui.screens.tenant_past import story_of
from alfred_tui.store.errors import StoreDamaged
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import ASCII, UNICODE
from alfred_tui.widgets.page_parts import Table
from alfred_tui.widgets.sparkline import spark
from alfred_tui.widgets.story import months, share, story_rows
from tests.ui.fake_engine import NOW, FakeEngine, troubled
from tests.ui.fake_past import FakePast, days, hours, told
from tests.ui.hands import make, opened, screen_text, shown, until

SIZE = (120, 50)
NAME = "harbor-law"


def remembered() -> FakePast:
    past = FakePast([told(8 - n, NOW - timedelta(seconds=131 + n * 9000), NAME) for n in range(8)])
    past.by_hour[NAME], past.by_day[NAME] = hours(), days()
    return past


def engine_with(past: FakePast) -> FakeEngine:
    engine = FakeEngine(troubled())
    engine.past = past
    return engine


def line_with(lines: list[str], words: str) -> str:
    return next(line for line in lines if words in line)


@pytest.mark.parametrize(
    ("ok", "down", "text"),
    [
        (100_000, 0, "100 %"),
        (99_999, 1, "99.99 %"),
        (99_400, 600, "99.40 %"),
        (0, 100_000, "0.00 %"),
        (0, 0, "-"),
        (96_000, 0, "100 %"),
        (60, 0, "100 % of 1 min"),
        (10_800, 10_800, "50.00 % of 6 h"),
    ],
)
def test_an_availability_is_never_rounded_up_and_says_of_how_little_it_is(
    ok: int, down: int, text: str
) -> None:
    assert share(Stretch(0, 100_000, ok + down, ok=ok, down=down)) == text
    assert share(None) == "-"


def test_months_are_those_of_the_calendar() -> None:
    found = months(datetime(2026, 1, 15, 8, tzinfo=UTC))
    assert [name for name, _, _ in found] == ["January", "December", "November"]
    assert [(begin.day, begin.hour) for _, begin, _ in found] == [(1, 0)] * 3
    assert found[0][2] == datetime(2026, 1, 15, 8, tzinfo=UTC)
    assert found[1][1:] == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=60), st.floats(0, 1e6))
def test_bars_are_one_sign_a_value(values: list[float | None], high: float) -> None:
    for glyphs in (UNICODE, ASCII):
        text = spark(values, high, glyphs)
        assert len(text) == len(values)
        assert [sign == " " for sign in text] == [value is None for value in values]


def test_bars_rise_with_the_values() -> None:
    assert spark([0, 15, 50, None, 100, 200], 100, UNICODE) == "▁▂▄ ▇▇"
    assert spark([0.0], 0.0, UNICODE) == "▁"


@pytest.mark.parametrize("width", [60, 79, 100, 160])
@pytest.mark.parametrize("by_days", [False, True])
async def test_lines_stay_within_the_table(width: int, by_days: bool) -> None:
    story = await story_of(remembered(), NAME, NOW)
    rows = story_rows(story, [Pill.OK] * 48, NOW, Table(width, 20, 20, 0), UNICODE, days=by_days)
    for row in rows:
        size = sum(cells.width(text) for text, _ in row.line)
        assert size <= width or (width < 79 and "event" in row.key), row


async def test_the_page_tells_the_last_two_days() -> None:
    engine = engine_with(remembered())
    strip: list[Pill | None] = [Pill.OK] * 48
    strip[10] = Pill.DOWN
    engine.hours[NAME] = strip
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "availability" in shown(app))
        lines = screen_text(app)
        status = line_with(lines, "status")
        ruler = lines[lines.index(status) + 1]
        assert status.count("▁") == 47
        begin = min(status.index("▁"), status.index("█"))
        # The present hour, twelve o'clock, is the last of 48 cells.
        assert ruler.index("Mon") == begin + 47 - 12
        assert ruler.index("Sun") == begin + 47 - 36 == status.index("█") + 1
        latency = line_with(lines, "latency ")
        assert "80 ms, most" in latency
        assert "disk" in line_with(lines, "61 %, from 56 %")
        shares = line_with(lines, "availability")
        for words in ("today 100 %", "7 days", "June 100 %", "May 99", "April 99"):
            assert words in shares
        changes = line_with(lines, "  changes")
        assert "Mon 12:02" in changes
        assert "for 2 min" in changes
        first = lines.index(changes)
        assert "for 2 h" in lines[first + 1]
        assert "more among the events" in lines[first + 5]


async def test_h_shows_a_month_and_h_two_days_again() -> None:
    app = make(engine_with(remembered()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "last 48 hours" in shown(app))
        await pilot.press("h")
        await until(pilot, lambda: "last 30 days" in shown(app))
        status = line_with(screen_text(app), "status")
        assert (status.count("▁"), status.count("█")) == (28, 2)
        assert "4 May" in shown(app)
        assert "61 %, from 58 %" in shown(app)
        await pilot.press("h")
        await until(pilot, lambda: "last 48 hours" in shown(app))


async def test_figures_and_changes_can_be_copied() -> None:
    app = make(engine_with(remembered()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "availability" in shown(app))
        await pilot.press("down", "c")
        assert app.clipboard.startswith(f"{NAME}  latency: 80 ms, most")
        await pilot.press("down", "down", "down", "c")
        assert app.clipboard.startswith(f"{NAME}  availability: today 100 %, 7 days")
        await pilot.press("down", "c")
        assert "DOWN -> DEGRADED" in app.clipboard


async def test_the_past_is_read_off_the_first_sight_and_again_each_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("alfred_tui.screens.tenant.PAST_EVERY", 0.05)
    assert PAST_EVERY == 60
    past = remembered()
    past.gate = asyncio.Event()
    app = make(engine_with(past))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        assert "reading the past" in shown(app)
        assert "container root" in shown(app), "the facts do not wait"
        past.gate.set()
        await until(pilot, lambda: "availability" in shown(app))
        past.told.insert(0, Event(NOW, NAME, before=Pill.DOWN, after=Pill.OK, number=99))
        await until(pilot, lambda: "■ DOWN     → ● OK" in shown(app))


async def test_another_tenant_has_its_own_past() -> None:
    app = make(engine_with(remembered()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "availability" in shown(app))
        await pilot.press("n")
        await until(pilot, lambda: "no history yet" in shown(app))
        assert "iris-florist" in screen_text(app)[1]
        assert "availability" not in shown(app)
        await pilot.press("N")
        await until(pilot, lambda: "availability" in shown(app))


async def test_a_past_that_cannot_be_read_is_a_line_and_comes_back() -> None:
    past = remembered()
    past.error = StoreDamaged(Path("/x/alfred.db"), "file is not a database")
    app = make(engine_with(past))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "store /x/alfred.db: file is not a database" in shown(app))
        assert "no answer on 3100 and 22" in shown(app)
        past.error = None
        app.screen._read_past()  # type: ignore[attr-defined]
        await until(pilot, lambda: "availability" in shown(app))
        assert "not a database" not in shown(app)


async def test_only_changes_of_the_last_week_are_told() -> None:
    past = remembered()
    past.told = [
        Event(NOW - timedelta(hours=1), NAME, EventKind.QUIET, text="muted", number=3),
        told(1, NOW - timedelta(days=8), NAME),
    ]
    story = await story_of(past, NAME, NOW)
    assert story.changes == []
    rows = story_rows(story, [], NOW, Table(100, 20, 20, 0), UNICODE)
    assert any("no change in the last 7 days" in str(row.line) for row in rows)
    young = story._replace(days=[Stretch(0, 86400, 150, ok=150)])
    rows = story_rows(young, [], NOW, Table(100, 20, 20, 0), UNICODE)
    assert any("no change in the 2 min that it was watched" in str(row.line) for row in rows)


async def test_a_filter_of_facts_hides_the_past() -> None:
    app = make(engine_with(remembered()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "availability" in shown(app))
        await pilot.press("slash", *"disk", "enter")
        await until(pilot, lambda: "availability" not in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "availability" in shown(app))


async def test_where_there_are_two_columns_it_heads_the_second() -> None:
    app = make(engine_with(remembered()))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await until(pilot, lambda: "availability" in shown(app))
        assert line_with(screen_text(app), "History ─").index("History") > 90
