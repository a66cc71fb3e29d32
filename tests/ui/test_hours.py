"""48 hours in a row: what each sign says, how much room it takes, when a row is drawn anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.verdict import Pill
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import ASCII, UNICODE, Glyphs
from alfred_tui.widgets.hours import hours_parts, worst_of
from tests.ui.fake_engine import FakeEngine, healthy
from tests.ui.hands import make, screen_text, until

ANY_HOUR = st.none() | st.sampled_from(list(Pill))


def strip(hours: list[Pill | None], room: int, glyphs: Glyphs = UNICODE) -> str:
    return "".join(text for text, _ in hours_parts(hours, room, glyphs))


@given(st.lists(ANY_HOUR, max_size=48), st.sampled_from([24, 48]))
def test_a_strip_fills_its_room_in_either_set_of_signs(hours: list[Pill | None], room: int) -> None:
    assert cells.width(strip(hours, room)) == room
    plain = strip(hours, room, ASCII)
    assert len(plain) == room
    assert plain.isascii()


def test_each_pill_is_told_without_colour() -> None:
    hours = [None, Pill.OK, Pill.DEGRADED, Pill.DOWN, Pill.STALE, Pill.UNKNOWN, Pill.BUILDING]
    assert strip(hours, 48).rstrip() == " " * 42 + "▁▄█··◆"
    assert strip(hours, 48, ASCII) == " " * 42 + ".-#??+"
    inks = [ink for text, ink in hours_parts(hours, 48, UNICODE) if text.strip()]
    assert inks == ["ok", "degraded", "down", "faint", "faint", "building"]


def test_two_hours_in_one_cell_show_the_worse() -> None:
    pairs = [
        (Pill.OK, Pill.DOWN), (Pill.DEGRADED, Pill.OK), (Pill.OK, Pill.UNKNOWN),
        (None, Pill.OK), (None, None), (Pill.STALE, None),
    ]  # fmt: skip
    hours = [hour for pair in pairs for hour in pair]
    assert worst_of(hours, 2) == (
        Pill.DOWN, Pill.DEGRADED, Pill.UNKNOWN, Pill.OK, None, Pill.STALE,
    )  # fmt: skip
    assert worst_of([Pill.DOWN, *hours], 2)[0] is Pill.DOWN, "an odd hour stands alone, first"
    assert len(worst_of([Pill.DOWN, *hours], 2)) == len(pairs) + 1


def row_of(lines: list[str], name: str) -> str:
    return next(line for line in lines if name in line)


async def test_the_row_follows_the_hours_without_a_new_verdict() -> None:
    engine = FakeEngine(healthy())
    engine.hours["birch-studio"] = [Pill.OK] * 48
    app = make(engine)
    async with app.run_test(size=(200, 30)) as pilot:
        await until(pilot, lambda: "▁" * 24 in row_of(screen_text(app), "birch-studio"))
        assert "▁" not in row_of(screen_text(app), "acme-dental")
        engine.hours["birch-studio"] = [*[Pill.OK] * 47, Pill.DOWN]
        engine.moment = engine.moment.replace(second=engine.moment.second + 1)
        app.flush()
        await until(pilot, lambda: "▁" * 23 + "█" in row_of(screen_text(app), "birch-studio"))


async def test_rows_keep_their_strip_while_the_hours_stay() -> None:
    engine = FakeEngine(healthy())
    engine.hours = {name: [Pill.OK] * 48 for name in engine.rows}
    app = make(engine)
    async with app.run_test(size=(200, 30)):
        before = app.home.grid.render_line(0)
        name = app.home.roster.order[0]
        engine.hours[name] = [Pill.OK] * 48
        assert app.home.grid.render_line(0) is before
        engine.hours[name] = [*[Pill.OK] * 47, Pill.DEGRADED]
        assert app.home.grid.render_line(0) is not before


async def test_no_hours_are_asked_for_where_there_is_no_room() -> None:
    engine = FakeEngine(healthy())
    engine.hours = {name: [Pill.DOWN] * 48 for name in engine.rows}
    app = make(engine)
    async with app.run_test(size=(120, 40)):
        assert not any("48 HOURS" in line or "█" * 24 in line for line in screen_text(app))
        assert not app.home.grid.columns.has_hours
