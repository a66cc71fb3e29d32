"""Rows fill their width exactly, whatever is written in them; figures say how sure they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.columns import (
    GUTTER,
    Ages,
    ages,
    head_parts,
    is_live,
    longest_name,
    plan,
    row_parts,
    why_parts,
)
from alfred_tui.widgets.glyphs import ASCII, UNICODE, Glyphs
from tests.ui.fake_engine import NOW, reason, tenant, troubled
from tests.ui.odd import ODD_NAMES


def text_of(parts: list[tuple[str, str]]) -> str:
    return "".join(text for text, _ in parts)


@pytest.mark.parametrize("width", [40, 60, 79, 80, 100, 119, 120, 140, 160, 199, 250])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_row_is_as_wide_as_the_grid(width: int, glyphs: Glyphs) -> None:
    grid = plan(width)
    for view in [*troubled(), *(tenant(name) for name in ODD_NAMES)]:
        for marked in (True, False):
            parts = row_parts(view, ages(view, NOW), grid, glyphs, cursor=marked, marked=marked)
            assert cells.width(text_of(parts)) == width, view.name


@given(st.text(max_size=60), st.integers(60, 220))
def test_any_name_and_reason_fits(text: str, width: int) -> None:
    view = tenant(text, Pill.DEGRADED, reasons=(reason("disk-high", Pill.DEGRADED, text, 60),))
    line = text_of(row_parts(view, ages(view, NOW), plan(width), UNICODE))
    assert cells.width(line) == width
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in line)


@given(st.text(max_size=40), st.integers(0, 30))
def test_cutting_never_makes_too_wide(text: str, room: int) -> None:
    assert cells.width(cells.cut_middle(text, room)) <= room
    assert cells.width(cells.cut_end(text, room)) <= room


def test_names_are_cut_in_the_middle() -> None:
    assert cells.cut_middle("customer-0001-production", 15) == "custome…duction"


def test_ascii_rows_are_ascii() -> None:
    view = troubled()[0]
    assert text_of(row_parts(view, ages(view, NOW), plan(160), ASCII, cursor=True)).isascii()


def test_more_columns_with_more_room() -> None:
    keys = [{column.key for column in plan(width).columns} for width in (80, 120, 200)]
    assert keys[0] == {"status", "name", "why", "count", "age"}
    assert keys[0] < keys[1] < keys[2]
    assert {"up", "disk", "memory", "latency"} <= keys[1]
    assert {"type", "place", "layout", "hours"} <= keys[2]
    assert {"hours", "host"} <= {column.key for column in plan(250).columns}


def test_the_name_column_is_as_wide_as_the_names_need() -> None:
    for width in (80, 120, 200):
        widest, narrow = plan(width), plan(width, longest=10)
        assert narrow.offset("why") == narrow.offset("name") + 10 + narrow.gap
        assert narrow.offset("why") < widest.offset("why")
        assert narrow.width == widest.width == width
        assert text_of(head_parts(plan(width, longest=0), "name", "v")).count("NAME v") == 1


def test_names_are_measured_as_they_are_shown() -> None:
    assert longest_name([]) == 0
    assert longest_name(["abc", "名前", "\x1b[31mred\x1b[0m"]) == 4
    assert longest_name(["a", "\x1b[31mabcde\x1b[0m"]) == 5


def test_a_cell_of_the_titles_belongs_to_the_column_beneath() -> None:
    grid = plan(120)
    for column in grid.columns:
        start = grid.offset(column.key)
        assert grid.at(start) == grid.at(start + column.width - 1) == column.key
    assert grid.at(0) == grid.at(GUTTER - 1) == grid.at(119) == ""


def test_titles_stand_over_their_columns() -> None:
    for width in (80, 120, 200):
        grid = plan(width)
        heads = text_of(head_parts(grid, "name", "v"))
        assert heads[grid.offset("why") :].startswith("WHY")
        assert heads[grid.offset("name") :].startswith("NAME v")


def why(view: TenantView, room: int, glyphs: Glyphs = UNICODE) -> str:
    text = text_of(why_parts(view, ages(view, NOW).reasons, room, glyphs))
    assert cells.width(text) == room
    return text.rstrip()


def test_as_many_reasons_as_fit_worst_first_and_how_many_more() -> None:
    view = tenant(
        "x",
        Pill.DEGRADED,
        reasons=(
            reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %", 840),
            reason("memory-high", Pill.DEGRADED, "memory 96 % > 95 %", 10),
            reason("slow", Pill.DEGRADED, "slow", 10),
            reason("clock-skew", Pill.DEGRADED, "clock 61 s off"),
        ),
    )
    assert why(view, 28) == "disk 93 % > 90 %, 14 min +3"
    assert why(view, 53) == "disk 93 % > 90 %, 14 min +3"
    assert why(view, 54) == "disk 93 % > 90 %, 14 min · memory 96 % > 95 %, 10 s +2"
    assert why(view, 90) == "disk 93 % > 90 %, 14 min · memory 96 % > 95 %, 10 s · slow, 10 s +1"
    assert why(view, 20) == "disk 93 % >…, 14m +3"


def test_what_it_is_matters_more_than_since_when() -> None:
    view = tenant("x", Pill.DOWN, reasons=(reason("host-down", Pill.DOWN, "no answer", 130),))
    assert why(view, 16) == "no answer, 2 min"
    assert why(view, 13) == "no answer, 2m"
    assert why(view, 9) == "no answer"
    assert why(view, 5) == "no a…"


@given(
    st.lists(st.tuples(st.text(max_size=30), st.none() | st.floats(0, 1e7)), max_size=6),
    st.integers(0, 130),
)
def test_any_reasons_fill_their_room_exactly(
    said: list[tuple[str, float | None]], room: int
) -> None:
    reasons = tuple(reason("slow", Pill.DEGRADED, text, since) for text, since in said)
    view = tenant("x", Pill.DEGRADED if said else Pill.OK, reasons=reasons, notes=("a note",))
    for glyphs in (UNICODE, ASCII):
        why(view, room, glyphs)


def test_an_unsure_disk_has_a_tilde_and_a_reason_colours_its_figure() -> None:
    grid = plan(160)
    unsure = tenant("x", disk=43.0, disk_sure=False)
    assert ("~43 %", "muted") in row_parts(unsure, Ages("1 s"), grid, UNICODE)
    full = tenant("x", Pill.DEGRADED, disk=93.0, disk_sure=True,
                  reasons=(reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %"),))  # fmt: skip
    assert ("93 %", "degraded") in row_parts(full, Ages("1 s", ("1 s",)), grid, UNICODE)


def test_a_row_of_the_last_session_has_no_colour() -> None:
    view = troubled()[0]
    inks = {ink for text, ink in row_parts(view, ages(view, NOW), plan(160), UNICODE, live=False)
            if text.strip()}  # fmt: skip
    assert inks <= {"muted", "faint", "text", "key", "accent"}
    assert "ok" not in inks


def test_live_means_looked_at_since() -> None:
    start = NOW
    old = tenant("x", oldest=NOW - timedelta(hours=1))
    assert not is_live(old, start)
    assert is_live(old, None)
    assert is_live(tenant("x", oldest=NOW + timedelta(seconds=1)), start)
    down = tenant("x", Pill.DOWN, oldest=NOW - timedelta(hours=1),
                  reasons=(reason("host-down", Pill.DOWN, "gone", seen=-2),))  # fmt: skip
    assert is_live(down, start)
    assert not is_live(tenant("x", oldest=None), None)
