"""An import on the screen: sources, both sides, whose word counts, yes or no, then the fleet."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.screens.sources import LineInput, SourcesScreen
from alfred_tui.screens.takeover import Phase, TakeoverScreen
from alfred_tui.takeover.found import LeftOut, SourceError
from alfred_tui.takeover.gathering import Request
from alfred_tui.takeover.merge import Side, preference_of
from tests.ui.desk import FORMER, HETZNER, OURS, URL, FakeImport, FleetOfDesk, known, sighted
from tests.ui.hands import controls, make, opened, screen_text, shown, until
from tests.ui.odd import ODD_NAMES
from tests.ui.test_palette import type_and_run

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


def app_with(desk: FakeImport, **given: Any) -> AlfredApp:
    return make(FleetOfDesk(desk), desk=lambda: desk, **given)


def said(app: AlfredApp) -> list[str]:
    """Short words at the edge of the screen."""
    return [each.message for each in app._notifications]


async def asked(app: AlfredApp, pilot: Pilot[Any]) -> SourcesScreen:
    app.action_takeover()
    await opened(pilot, app, "import")
    assert isinstance(app.screen, SourcesScreen)
    return app.screen


async def planned(app: AlfredApp, pilot: Pilot[Any]) -> TakeoverScreen:
    """The plan of Hetzner (and whatever the desk tells beside it)."""
    await asked(app, pilot)
    await pilot.press("down", "space", "enter")
    await until(pilot, lambda: app.screen.name == "takeover")
    screen = app.screen
    assert isinstance(screen, TakeoverScreen)
    await until(pilot, lambda: screen.phase is Phase.PLAN)
    await opened(pilot, app, "takeover")
    return screen


async def settled(pilot: Pilot[Any], screen: TakeoverScreen) -> None:
    """What follows from the decisions has been weighed."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    assert not screen.trouble


async def test_sources_are_chosen_typed_and_read_as_the_command_reads_them() -> None:
    desk = FakeImport()
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        await type_and_run(app, pilot, "import", "Import: what is found and not yet here")
        await opened(pilot, app, "import")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query(LineInput))
        await pilot.press(*"~/ctrl", "enter")
        await until(pilot, lambda: not app.screen.query(LineInput))
        assert "[✓] a file or a folder" in shown(app)
        assert "~/ctrl" in shown(app)
        await pilot.press("down", "down", "space", "down", "space")
        await until(pilot, lambda: app.screen.query(LineInput))
        await pilot.press(*"no suffix!", "enter")
        await until(pilot, lambda: "a suffix like tail1a2b3.ts.net is needed" in said(app))
        await pilot.press("ctrl+u", *"tail9.ts.net", "enter")
        await until(pilot, lambda: not app.screen.query(LineInput))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.name == "takeover")
        assert desk.requests == [Request("~/ctrl", False, True, "tail9.ts.net")]


async def test_a_path_can_be_left_as_it_was_and_left_out() -> None:
    desk = FakeImport()
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        screen = await asked(app, pilot)
        await pilot.press("e", *"fleet.json", "enter")
        await until(pilot, lambda: screen.wanted.path == "fleet.json")
        await pilot.press("e", *"xyz", "escape")
        await until(pilot, lambda: not screen.query(LineInput))
        assert screen.wanted.path == "fleet.json"
        await pilot.press("space")
        assert screen.wanted.empty
        assert "fleet.json" in shown(app), "it is kept for another time"
        await pilot.press("escape")
        await opened(pilot, app, "fleet")


async def test_while_it_reads_it_says_what_and_esc_gives_up() -> None:
    desk = FakeImport(stop="gather")
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        await asked(app, pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "reading Hetzner ..." in shown(app))
        await pilot.press("escape")
        await opened(pilot, app, "import")
        assert desk.requests == [Request(hetzner=True)]


async def test_the_plan_has_both_sides_of_every_conflict_and_all_the_rest() -> None:
    app = app_with(FakeImport(notes=["warning: fleet.json holds keys: chmod 600 it"]))
    async with app.run_test(size=(120, 60)) as pilot:
        await planned(app, pilot)
        text = shown(app)
        assert "3 undecided" in screen_text(app)[1]
        for line in (
            "▲ UNDECIDED  harbor-law                api_url",
            "1 ours            https://100.64.0.9:3100",
            f"2 alfred-ctrl.db  {URL.format('harbor-law')}",
            "2 Hetzner         hel1",
            f"+ cedar-clinic              {URL.format('cedar-clinic')}",
            "old-one: no host is known of it (alfred-ctrl.db)",
            "fleet.json holds keys: chmod 600 it",
            "dune-records",
            "1 tenant: nothing new",
        ):
            assert line in text, line
        assert "canary" not in text
        assert "birch-studio" not in text
        await pilot.press("a")
        await until(pilot, lambda: "birch-studio" in shown(app))


async def test_a_side_is_chosen_for_each_conflict_and_only_then_the_tenant_is_taken() -> None:
    desk = FakeImport()
    app = app_with(desk)
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await planned(app, pilot)
        assert screen.plan.outcome.held_back == ("acme-dental", "harbor-law")
        await pilot.press("1", "right")
        await settled(pilot, screen)
        assert screen.choices == {
            "acme-dental/location@alfred-ctrl.db": Side.OURS,
            "harbor-law/api_url@alfred-ctrl.db": Side.THEIRS,
        }
        assert screen.plan.outcome.held_back == ("acme-dental",)
        assert "harbor-law" in screen.plan.outcome.changed
        await pilot.press("2")
        await settled(pilot, screen)
        assert screen.plan.outcome.held_back == ()
        assert "undecided" not in screen_text(app)[1]
        await pilot.press("2")
        await settled(pilot, screen)
        assert screen.plan.outcome.held_back == ("acme-dental",), "the same again takes it back"


async def test_all_that_is_left_can_be_decided_at_once() -> None:
    app = app_with(FakeImport())
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await planned(app, pilot)
        await pilot.press("1", "T")
        await settled(pilot, screen)
        assert sorted(screen.choices.values()) == [Side.OURS, Side.THEIRS, Side.THEIRS]
        assert screen.plan.outcome.held_back == ()


async def test_whose_machine_it_is_is_not_decided_with_all_the_rest() -> None:
    there = FORMER, sighted("Hetzner", ("acme-gmbh", {"api_url": URL.format("birch-studio")}))
    app = app_with(FakeImport(there))
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await planned(app, pilot)
        await pilot.press("T")
        await settled(pilot, screen)
        assert "acme-gmbh/name@Hetzner" not in screen.choices
        assert screen.plan.outcome.held_back == ("acme-gmbh",)
        assert "what may be another's machine is decided one by one" in said(app)
        await pilot.press("2")
        await settled(pilot, screen)
        assert screen.plan.outcome.held_back == ()


async def test_it_asks_before_it_writes_and_leaves_the_undecided_alone() -> None:
    desk = FakeImport()
    app = app_with(desk)
    async with app.run_test(size=(120, 60)) as pilot:
        await planned(app, pilot)
        await pilot.press("enter")
        await opened(pilot, app, "confirm")
        text = " ".join(shown(app).split())
        assert "in this program's own store: 2 added, 0 changed" in text
        assert "left alone because of undecided conflicts: 2" in text
        assert "cedar-clinic, dune-records" in text
        assert "safe: no tenant, no server and no source is changed" in text
        await pilot.press("escape")
        await opened(pilot, app, "takeover")
        assert desk.taken == []
        await pilot.press("enter")
        await opened(pilot, app, "confirm")
        await pilot.press("enter")
        await until(pilot, lambda: "taken over: 2 added, 0 changed" in shown(app))
        assert [each.name for each in desk.ours[3:]] == ["cedar-clinic", "dune-records"]
        assert desk.ours[:3] == list(OURS)
        assert app.engine.view("cedar-clinic") is not None
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await until(pilot, lambda: "cedar-clinic" in shown(app))


async def test_what_is_copied_is_the_same_import_as_a_command() -> None:
    app = app_with(FakeImport())
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await planned(app, pilot)
        await pilot.press("1", "2", "enter")
        await opened(pilot, app, "confirm")
        await pilot.press("c")
        words = shlex.split(app.clipboard)
        assert words[:3] == ["alfred-tui", "import", "--hetzner"]
        decided = preference_of(words[4::2])
        assert decided.single == screen.choices
        assert words[3::2] == ["--prefer"] * 2


async def test_the_same_again_changes_nothing_and_says_so() -> None:
    desk = FakeImport([sighted("inventory", ("birch-studio", {"server_type": "cx43"}))])
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        await planned(app, pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "nothing to take over: all of it is here already" in said(app))
        assert app.screen.name == "takeover"


async def test_a_source_that_tells_nothing_says_why_and_can_be_read_again() -> None:
    desk = FakeImport()
    desk.error = SourceError("fleet.json: tenants[3].api_url: is missing\nfleet.json: odd")
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        await planned(app, pilot)
        assert "■ NOT TAKEN OVER" in shown(app)
        assert "tenants[3].api_url: is missing" in shown(app)
        assert "fleet.json: odd" in shown(app)
        assert "enter take over" not in shown(app)
        desk.error = None
        await pilot.press("r")
        await until(pilot, lambda: "NOT TAKEN OVER" not in shown(app))
        assert "+ cedar-clinic" in shown(app)


async def test_a_store_that_cannot_be_written_is_said_and_the_decisions_stay() -> None:
    desk = FakeImport(stop="take")
    app = app_with(desk)
    async with app.run_test(size=MIDDLE) as pilot:
        screen = await planned(app, pilot)
        await pilot.press("1", "enter")
        await opened(pilot, app, "confirm")
        await pilot.press("enter")
        await until(pilot, lambda: screen.phase is Phase.WRITING)
        desk.error = SourceError("alfred.db: no room left on the disk")
        desk.go.set()
        await until(pilot, lambda: "no room left on the disk" in shown(app))
        assert screen.choices
        assert desk.taken == []


async def test_what_is_written_is_not_denied_where_only_the_showing_of_it_fails() -> None:
    desk = FakeImport()
    app = app_with(desk)

    async def reload() -> None:
        raise SourceError("the store is locked by another program")

    app.engine.reload = reload  # type: ignore[attr-defined]
    async with app.run_test(size=MIDDLE) as pilot:
        await planned(app, pilot)
        await pilot.press("enter")
        await opened(pilot, app, "confirm")
        await pilot.press("enter")
        await until(pilot, lambda: "is locked by another program" in shown(app))
        assert "■ NOT SHOWN  it is taken over" in shown(app)
        assert desk.taken


async def test_names_and_values_that_others_wrote_are_text() -> None:
    odd = sighted(
        "Hetzner",
        ("acme-dental", {"location": "[bold red]x[/]\x1b[31m\x07"}),
        left_out=tuple(LeftOut(name, "Hetzner", name) for name in ODD_NAMES),
    )
    app = app_with(FakeImport([odd]))
    async with app.run_test(size=(120, 90)) as pilot:
        await planned(app, pilot)
        assert "[bold red]x[/]" in shown(app)
        assert "[bold red]markup[/]" in shown(app)
        assert not controls(app)


LOOKS = [
    ("sources", SMALL, "dark"),
    ("sources", MIDDLE, "dark"),
    ("plan", SMALL, "dark"),
    ("plan", MIDDLE, "dark"),
    ("plan", LARGE, "dark"),
    ("decided", MIDDLE, "light"),
    ("confirm", SMALL, "dark"),
    ("confirm", MIDDLE, "light"),
    ("reading", MIDDLE, "dark"),
    ("done", MIDDLE, "dark"),
    ("failed", SMALL, "dark"),
    ("nobody", MIDDLE, "dark"),
]


def _desk(state: str) -> FakeImport:
    if state == "nobody":
        return FakeImport([sighted("Hetzner")])
    many = (known(f"tenant-{n:02d}") for n in range(12))
    more = (sighted("tailnet", *((f"tenant-{n:02d}", {}) for n in range(12))),)
    desk = FakeImport((FORMER, HETZNER, *more), (*OURS, *many))
    desk.stop = "gather" if state == "reading" else ""
    if state == "failed":
        desk.error = SourceError("Hetzner: the token is refused: see HCLOUD_TOKEN")
    return desk


@pytest.mark.parametrize(
    ("state", "size", "theme"), LOOKS, ids=[f"{s}-{w}x{h}-{t}" for s, (w, h), t in LOOKS]
)
def test_looks(state: str, size: tuple[int, int], theme: str, snap_compare: Any) -> None:
    desk = _desk(state)
    app = app_with(desk, theme=theme)

    async def arrange(pilot: Pilot[Any]) -> None:
        if state == "sources":
            await asked(app, pilot)
            await pilot.press("e", *"~/alfred-ctrl", "enter", "down", "space")
            await opened(pilot, app, "import")
        elif state == "reading":
            await asked(app, pilot)
            await pilot.press("down", "enter")
            await until(pilot, lambda: "reading Hetzner" in shown(app))
            await opened(pilot, app, "takeover")
        else:
            await _arranged(state, app, pilot)

    assert snap_compare(app, terminal_size=size, run_before=arrange)


async def _arranged(state: str, app: AlfredApp, pilot: Pilot[Any]) -> None:
    screen = await planned(app, pilot)
    if state in ("decided", "confirm", "done"):
        await pilot.press("1", "2")
        await settled(pilot, screen)
    if state in ("confirm", "done"):
        await pilot.press("enter")
        await opened(pilot, app, "confirm")
    if state == "done":
        await pilot.press("enter")
        await until(pilot, lambda: screen.done)
        app.clear_notifications()
    if state != "confirm":
        await opened(pilot, app, "takeover")
