"""How the screen was left comes back after a restart; garbage and settings are heeded."""

from __future__ import annotations

import asyncio
import logging
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from alfred_tui import app as program
from alfred_tui import view_state
from alfred_tui.app import AlfredApp
from alfred_tui.config import load_settings
from alfred_tui.screens.place import place_of
from alfred_tui.view_state import SETTLED, Keeper, ViewState, read, write
from tests.ui.fake_engine import FakeEngine, healthy, troubled
from tests.ui.hands import Clock, make, opened, screen_text, shown, until
from tests.ui.states_across import known

SIZE = (120, 24)
LEFT = ViewState(
    sort="fullest disk",
    turned=True,
    filter="loc:fsn1",
    quick="problems",
    wall=True,
    cursor="fable-films",
    page="fable-films",
    theme="alfred-light",
    interval=30.0,
)


def again(kept: ViewState, engine: FakeEngine | None = None, **given: Any) -> AlfredApp:
    return make(engine or FakeEngine(troubled()), kept=kept, **given)


async def leave(app: AlfredApp, pilot: Pilot[Any]) -> None:
    """Go out as ``q`` does, and let what is kept be written."""
    app.exit()
    assert app.keeper is not None
    await app.keeper.end()


def test_what_is_written_is_read_and_belongs_to_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "view-state.bin"
    assert read(path) == ViewState()
    write(path, LEFT)
    assert read(path) == LEFT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["view-state.bin"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xc1",
        b"\x00" * 40,
        b"\x91" * 5000,
        msgspec.msgpack.encode(LEFT)[:-5],
        msgspec.msgpack.encode({"sort": 7}),
        msgspec.msgpack.encode({"version": 99}),
        msgspec.msgpack.encode({"filter": "x" * 200_000}),
        msgspec.msgpack.encode([1, 2]),
    ],
)
def test_garbage_is_logged_and_the_screen_begins_as_new(
    tmp_path: Path, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "view-state.bin"
    path.write_bytes(garbage)
    with caplog.at_level(logging.WARNING):
        assert read(path) == ViewState()
    assert "the screen begins as new" in caplog.text


def test_a_folder_in_its_place_is_no_reason_to_fail(tmp_path: Path) -> None:
    assert read(tmp_path) == ViewState()
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "nowhere" / "x", LEFT)
    with pytest.raises(IsADirectoryError):
        write(tmp_path, LEFT)
    assert list(tmp_path.iterdir()) == []


async def test_everything_is_as_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "view-state.bin"
    engine = FakeEngine(troubled())
    app = make(engine, keeper=Keeper(path))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s", "o", "2", "slash", *"!zebra", "enter", "t", "plus", "down", "down")
        name = app.home.grid.cursor
        await pilot.press("g")
        await until(pilot, lambda: app.home.grid.id == "wall")
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await leave(app, pilot)
    kept = read(path)
    assert kept == ViewState(
        sort="name",
        turned=True,
        filter="!zebra",
        quick="problems",
        wall=True,
        cursor=name,
        page=name,
        tab="1",
        theme="alfred-light",
        interval=15.0,
    )
    engine = FakeEngine(troubled())
    app = again(kept, engine)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, app, "tenant")
        assert app.screen.tenant == name  # type: ignore[attr-defined]
        assert (app.theme, engine.status().interval) == ("alfred-light", 15.0)
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        assert app.home.grid.id == "wall"
        assert app.home.grid.cursor == name
        await pilot.press("g")
        await until(pilot, lambda: "sort: name" in shown(app))
        assert "filter: !zebra" in shown(app)
        assert "only problems" in shown(app)
        assert app.home.roster.turned
        assert app.home.grid.cursor == name


async def test_a_kept_filter_is_seen_in_the_first_paint_with_the_way_out() -> None:
    app = again(ViewState(filter="harbor"))
    async with app.run_test(size=SIZE) as pilot:
        assert "filter: harbor" in shown(app)
        assert "esc clears" in shown(app)
        assert "1/1 of 24" in shown(app)
        await pilot.press("escape")
        assert len(app.home.roster.order) == 24


async def test_a_tenant_that_is_gone_is_nowhere_to_return_to() -> None:
    app = again(ViewState(cursor="nobody", page="nobody", sort="no such", quick="odd"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.screen.name == "fleet"
        assert app.home.grid.cursor == "harbor-law"
        assert app.home.roster.sort.name == "worst first"


async def test_a_tenant_far_down_is_in_sight_again() -> None:
    app = again(ViewState(cursor="tenant-0100", sort="name"), FakeEngine(healthy(200)))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "tenant-0100" in shown(app))
        assert app.home.grid.cursor == "tenant-0100"


async def test_the_cursor_returns_to_a_tenant_that_comes_after_the_start() -> None:
    engine = FakeEngine([])
    app = again(ViewState(cursor="fable-films"), engine)
    async with app.run_test(size=SIZE) as pilot:
        engine.put(*troubled())
        app.clock.value += 10  # type: ignore[attr-defined]
        app.flush()
        await until(pilot, lambda: app.home.grid.cursor == "fable-films")


async def test_hands_that_never_touched_it_leave_no_cursor_behind() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        assert place_of(app, ViewState()) == ViewState(sort="worst first")
        await pilot.press("space", "4")
        assert place_of(app, ViewState()).quick == "", "marks are not kept"


async def test_control_codes_in_the_file_reach_no_screen() -> None:
    app = again(ViewState(filter="\x1b[31mred\x07", theme="\x1b", cursor="\x1b[2J", page="\x1b"))
    async with app.run_test(size=SIZE):
        assert "filter: red" in shown(app)
        assert "\x1b" not in "".join(screen_text(app))
        assert app.theme == "alfred-dark"


async def test_it_is_written_once_it_has_settled_and_not_before(tmp_path: Path) -> None:
    path, clock = tmp_path / "view-state.bin", Clock()
    keeper = Keeper(path, clock)
    for step in range(5):
        keeper.show(ViewState(cursor=f"t{step}"))
        clock.value += SETTLED / 2
    await asyncio.sleep(0)
    assert not path.exists()
    clock.value += SETTLED
    keeper.show(ViewState(cursor="t4"))
    await keeper.end()
    assert read(path) == ViewState(cursor="t4")


async def test_of_two_dashboards_the_last_to_leave_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "view-state.bin"
    first, second = Keeper(path), Keeper(path)
    first.show(ViewState(filter="first"))
    second.show(ViewState(filter="second"))
    await second.end()
    await first.end()
    assert Keeper(path).first == ViewState(filter="first")


async def test_where_nothing_can_be_written_it_is_logged_once_and_all_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = Keeper(tmp_path / "nowhere" / "view-state.bin")
    keeper.show(LEFT)
    with caplog.at_level(logging.WARNING):
        await keeper.end()
        await keeper.end()
    assert caplog.text.count("is not kept") == 1


async def test_of_an_invented_fleet_nothing_is_kept_until_the_real_one_is_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "view-state.bin"
    engine = FakeEngine(troubled(), demo=True)
    app = make(engine, keeper=Keeper(path))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s", "j")
        app.flush()
        assert app.keeper is not None
        await app.keeper.end()
        assert not path.exists()
        engine.set_status(demo=False)
        await leave(app, pilot)
    assert read(path).sort == "name"


async def test_what_was_not_chosen_this_time_stays_as_it_was(tmp_path: Path) -> None:
    """A flag for one evening forgets neither theme nor interval of the other days."""
    path = tmp_path / "view-state.bin"
    write(path, LEFT)
    settings = load_settings({"ui.theme": "dark"}, {"ALFRED_TUI_HOME": str(tmp_path)})
    keeper = Keeper(settings.paths.view_state)
    kept = program._kept(settings, keeper.first)
    assert (kept.theme, kept.interval) == ("", 30.0)
    app = make(FakeEngine(troubled()), kept=kept, keeper=keeper, theme=settings.ui.theme)
    async with app.run_test(size=SIZE) as pilot:
        assert app.theme == "alfred-dark"
        await leave(app, pilot)
    assert (read(path).theme, read(path).interval) == ("alfred-light", 30.0)
    flags = {"poll.containers_interval": 20}
    settings = load_settings(flags, {"ALFRED_TUI_HOME": str(tmp_path)})
    kept = program._kept(settings, read(path))
    assert (kept.theme, kept.interval) == ("alfred-light", None)


def test_a_file_larger_than_any_of_ours_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "view-state.bin"
    with path.open("wb") as file:
        file.truncate(50 * view_state.LARGEST)
    assert read(path) == ViewState()


async def test_the_page_of_a_tenant_and_the_list_beneath_it_come_back(tmp_path: Path) -> None:
    path = tmp_path / "view-state.bin"
    engine = FakeEngine(troubled())
    known(engine)
    app = make(engine, keeper=Keeper(path))
    async with app.run_test(size=SIZE) as pilot:
        app.open_across("paused")
        await opened(pilot, app, "across")
        await pilot.press("slash", *"plane", "enter", "down", "enter")
        await opened(pilot, app, "tenant")
        name = app.screen.tenant  # type: ignore[attr-defined]
        await leave(app, pilot)
    kept = read(path)
    assert (kept.over, kept.words, kept.page, kept.tab) == ("paused", "plane", name, "4")
    engine = FakeEngine(troubled())
    known(engine)
    app = again(kept, engine)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, app, "tenant")
        assert "[4 Schedules]" in shown(app)
        await pilot.press("escape")
        await opened(pilot, app, "across")
        assert "filter: plane" in shown(app)


@pytest.mark.parametrize("over", ["events", "journal"])
async def test_what_was_is_open_again_with_its_filter(tmp_path: Path, over: str) -> None:
    app = again(ViewState(over=over, words="acme"))
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, app, over)
        await until(pilot, lambda: "filter: acme" in shown(app))
        assert place_of(app, ViewState()).over == over


async def test_a_list_or_a_page_that_nobody_knows_is_left_alone() -> None:
    app = again(ViewState(over="no-such-list", page="acme-dental", tab="77"))
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, app, "tenant")
        assert "[1 Overview]" in shown(app)
        assert len(app.screen_stack) == 2
