"""The doctor on the screen: lines as they come, what to do beside each, again, copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.screens.doctor import DoctorScreen
from alfred_tui.takeover.findings import AREAS, Finding, Level
from alfred_tui.widgets.checks import commands
from tests.ui.desk import ALL, DOORS, HOME, OWN_HOUSE, WELL, FakeDesk
from tests.ui.fake_engine import FakeEngine, troubled
from tests.ui.hands import controls, make, opened, screen_text, shown, until
from tests.ui.odd import ODD_NAMES
from tests.ui.test_palette import offered, type_and_run

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)
TITLE = "Doctor: check everything that an operator needs"


def app_with(desk: FakeDesk, **given: Any) -> AlfredApp:
    return make(FakeEngine(troubled()), desk=lambda: desk, **given)


async def examined(app: AlfredApp, pilot: Pilot[Any]) -> DoctorScreen:
    """The screen, once the doctor has come to an end."""
    app.action_doctor()
    await opened(pilot, app, "doctor")
    screen = app.screen
    assert isinstance(screen, DoctorScreen)
    await until(pilot, lambda: not screen.running)
    return screen


async def test_it_is_in_the_palette_and_says_what_fails_and_what_to_do() -> None:
    app = app_with(FakeDesk())
    async with app.run_test(size=(120, 60)) as pilot:
        await type_and_run(app, pilot, "doctor", TITLE)
        await opened(pilot, app, "doctor")
        await until(pilot, lambda: "2 failing" in shown(app))
        text = shown(app)
        assert "1 warning " in text
        assert "■ FAILING" in text
        assert "▲ WARNING" in text
        assert f"chmod 600 {HOME}/alfred.db" in text
        assert "up, tail1a2b3.ts.net" in text
        places = [text.index(f" {area.capitalize()} ─") for area in AREAS]
        assert places == sorted(places)


async def test_without_a_desk_it_is_not_offered() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("ctrl+p", *"doctor")
        await until(pilot, lambda: not [each for each in offered(app) if "Doctor" in each])
        app.action_doctor()
        assert not isinstance(app.screen, DoctorScreen)


async def test_lines_appear_as_they_are_made_and_what_is_not_yet_known_says_so() -> None:
    desk = FakeDesk(stops=(1, 3))
    app = app_with(desk)
    async with app.run_test(size=(120, 60)) as pilot:
        app.action_doctor()
        await until(pilot, lambda: "81422 MB free" in shown(app))
        assert "looking ..." in screen_text(app)[1]
        assert "tail1a2b3" not in shown(app)
        waiting = [line for line in screen_text(app)[3:] if line.strip() == "looking ..."]
        assert len(waiting) == 4, "tailnet, clock, files, doors"
        desk.go.set()
        await until(pilot, lambda: "harbor-law restic.env" in shown(app))
        assert "no answer within" not in shown(app)
        desk.go.set()
        await until(pilot, lambda: "no answer within" in shown(app))
        await until(pilot, lambda: "looking ..." not in shown(app))


async def test_r_looks_again_and_gives_up_the_look_under_way() -> None:
    desk = FakeDesk(stops=(3,))
    app = app_with(desk)
    async with app.run_test(size=(120, 60)) as pilot:
        app.action_doctor()
        await until(pilot, lambda: "restic.env" in shown(app))
        desk.parts, desk.stops = WELL, ()
        await pilot.press("r")
        await until(pilot, lambda: desk.ended == 1)
        assert (desk.begun, desk.cancelled) == (2, 1)
        await until(pilot, lambda: "FAILING" not in shown(app))
        assert "restic.env" not in shown(app)


async def test_leaving_ends_the_looking() -> None:
    desk = FakeDesk(stops=(0,))
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        app.action_doctor()
        await until(pilot, lambda: desk.begun)
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await until(pilot, lambda: desk.cancelled == 1)


async def test_many_that_are_well_are_one_line_until_all_are_asked_for() -> None:
    app = app_with(FakeDesk())
    async with app.run_test(size=(120, 80)) as pilot:
        await examined(app, pilot)
        assert "16 more checks are well" in shown(app)
        assert "tenant-3 certificate" not in shown(app)
        await pilot.press("a")
        await until(pilot, lambda: "tenant-3 certificate" in shown(app))
        assert "checks are well" not in shown(app)
        await pilot.press("a")
        await until(pilot, lambda: "tenant-3 certificate" not in shown(app))


async def test_c_copies_a_finding_whole_and_below_it_the_command() -> None:
    app = app_with(FakeDesk())
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await examined(app, pilot)
        while "open to others" not in screen.sheet.chosen.copy:  # type: ignore[union-attr]
            await pilot.press("down")
        await pilot.press("c")
        assert app.clipboard.startswith(f"store: {HOME}/alfred.db: open to others (mode 644)")
        await pilot.press("down", "c")
        assert app.clipboard == f"chmod 600 {HOME}/alfred.db"


@pytest.mark.parametrize(
    ("advice", "typed"),
    [
        ("run `tailscale up` and log in", "tailscale up"),
        ("`a` or `b`", "a; b"),
        ("chmod 600 /x", "chmod 600 /x"),
    ],
)
def test_what_is_copied_of_an_advice_is_what_somebody_would_type(advice: str, typed: str) -> None:
    assert commands(advice) == typed


async def test_an_end_that_nobody_expected_is_told_and_can_be_tried_again() -> None:
    desk = FakeDesk(ALL[:1], error=OSError("no more files"))
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        await examined(app, pilot)
        assert "the doctor could not go on: no more files" in shown(app)
        assert "press r to look again" in shown(app)
        assert "81422 MB free" in shown(app), "what was found stays"
        desk.error = None
        await pilot.press("r")
        await until(pilot, lambda: desk.ended == 1)
        await until(pilot, lambda: "could not go on" not in shown(app))


async def test_a_narrow_screen_cuts_no_advice_off() -> None:
    app = app_with(FakeDesk())
    async with app.run_test(size=(60, 90)) as pilot:
        await examined(app, pilot)
        words = " ".join(shown(app).split())
        assert "shut this machine out" in words
        assert "once the server is gone" in words
        assert all(len(line) <= 60 for line in screen_text(app))


async def test_names_that_others_wrote_are_text() -> None:
    odd = [Finding("doors", name, Level.FAILING, name, name) for name in ODD_NAMES]
    app = app_with(FakeDesk([odd]))
    async with app.run_test(size=(120, 90)) as pilot:
        await examined(app, pilot)
        assert "[bold red]markup[/]" in shown(app)
        assert not controls(app)


def _pending() -> FakeDesk:
    return FakeDesk(ALL, stops=(1,))


LOOKS: list[tuple[str, Callable[[], FakeDesk], tuple[int, int], str]] = [
    ("found", FakeDesk, SMALL, "dark"),
    ("found", FakeDesk, MIDDLE, "dark"),
    ("found", FakeDesk, LARGE, "dark"),
    ("found", FakeDesk, MIDDLE, "light"),
    ("pending", _pending, MIDDLE, "dark"),
    ("well", lambda: FakeDesk(WELL), MIDDLE, "dark"),
    ("failed", lambda: FakeDesk(ALL[:1], error=OSError("no more files")), SMALL, "dark"),
    ("nobody", lambda: FakeDesk((OWN_HOUSE[:1], OWN_HOUSE[5:], DOORS[:0])), MIDDLE, "light"),
]


def _name(look: tuple[str, object, tuple[int, int], str]) -> str:
    state, _, (width, height), theme = look
    return f"{state}-{width}x{height}-{theme}"


@pytest.mark.parametrize(
    ("state", "desk", "size", "theme"),
    LOOKS,
    ids=[f"{each[0]}-{each[2][0]}x{each[2][1]}-{each[3]}" for each in LOOKS],
)
def test_looks(
    state: str,
    desk: Callable[[], FakeDesk],
    size: tuple[int, int],
    theme: str,
    snap_compare: Callable[..., bool],
) -> None:
    made = desk()
    app = app_with(made, theme=theme)

    async def arrange(pilot: Pilot[Any]) -> None:
        app.action_doctor()
        if state == "pending":
            await until(pilot, lambda: "81422" in shown(app))
        else:
            await until(pilot, lambda: made.ended or made.error)
        await opened(pilot, app, "doctor")

    assert snap_compare(app, terminal_size=size, run_before=arrange)
