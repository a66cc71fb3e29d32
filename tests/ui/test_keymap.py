"""Keys out of the settings: refused with reasons, in force on every screen, shown as they are."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding
from textual.keys import Keys, _character_to_key
from textual.screen import Screen

from alfred_tui.app import AlfredApp
from alfred_tui.config import ConfigError, load_settings
from alfred_tui.model import keymap
from alfred_tui.screens.confirm import ConfirmScreen, Question
from alfred_tui.screens.doctor import DoctorScreen
from alfred_tui.screens.keys import key_lines
from alfred_tui.screens.sources import SourcesScreen
from alfred_tui.screens.takeover import TakeoverScreen
from alfred_tui.takeover.gathering import Request
from alfred_tui.widgets.filter_input import FilterInput
from tests.ui.desk import FakeImport, FleetOfDesk
from tests.ui.fake_engine import FakeEngine, troubled
from tests.ui.hands import make, opened, shown, until
from tests.ui.test_palette import type_and_run

FIXED = {"interrupt"}
"""Actions that keep their key whatever is set."""


def refused(tmp_path: Path, **keys: str) -> str:
    lines = "".join(f"{name} = {value!r}\n" for name, value in keys.items())
    (tmp_path / "config.toml").write_text(f"[keys]\n{lines}", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {"ALFRED_TUI_HOME": str(tmp_path)})
    return str(caught.value)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"sort": "entr"}, "there is no key"),
        ({"sort": ""}, "keys with commas between"),
        ({"sort": "s,"}, "keys with commas between"),
        ({"sort": "f25"}, "keys with commas between"),
        ({"sort": "meta+s"}, "keys with commas between"),
        ({"sort": "ctrl+c"}, "ctrl+c is kept for leaving"),
        ({"sort": "c"}, "on screen fleet, c belongs to keys.copy already"),
        ({"copy": "s"}, "on screen fleet, s belongs to keys.sort already"),
        ({"sort": "/"}, "on screen fleet, slash belongs to keys.filter already"),
        ({"next_tenant": "tab"}, "on screen tenant, tab belongs to keys.other already"),
        ({"down": "h"}, "on screen fleet, h belongs to keys.left already"),
        ({"commands": "p"}, "p could not be typed any more"),
        ({"picture": "space"}, "space could not be typed any more"),
    ],
)
def test_keys_that_will_not_do_are_refused_with_the_reason(
    tmp_path: Path, keys: dict[str, str], why: str
) -> None:
    said = refused(tmp_path, **keys)
    assert "config.toml: keys." in said
    assert next(iter(keys)) in said
    assert why in said or why == "there is no key"


def test_an_id_that_does_not_exist_is_refused_with_the_nearest(tmp_path: Path) -> None:
    assert "did you mean keys.quick_problems?" in refused(tmp_path, quick_problem="p")
    assert "did you mean keys.sort?" in refused(tmp_path, sorted="p")


@pytest.mark.parametrize(
    "keys",
    [
        {"sort": "o", "turn": "s"},
        {"sort": "F, f2".lower(), "filter": "?", "help": "f1"},
        {"quick_problems": "p,2", "down": "down,ctrl+n"},
        {"next_tenant": "j", "down": "down"},
    ],
)
def test_keys_that_are_free_or_change_places_are_taken(
    tmp_path: Path, keys: dict[str, str]
) -> None:
    flags = {f"keys.{name}": value for name, value in keys.items()}
    made = load_settings(flags, {"ALFRED_TUI_HOME": str(tmp_path)}).keymap
    assert {name: made[name] for name in keys} == keys


def test_keys_are_called_as_textual_calls_them() -> None:
    for character in string.ascii_letters + string.digits + string.punctuation:
        assert keymap.named(character) == _character_to_key(character)
    known = {key.value for key in Keys} | set(keymap._SIGNS)
    assert known >= keymap._NAMED - {"enter", "tab", "space", "escape", "backspace"}
    for act in keymap.ACTS.values():
        assert ",".join(keymap.parse(act.keys)) == act.keys
    assert keymap.clash({name: act.keys for name, act in keymap.ACTS.items()}) is None


async def _screens(app: AlfredApp, pilot: Any) -> dict[str, Screen[Any]]:
    """Every screen by its name, mounted once."""
    found: dict[str, Screen[Any]] = {"fleet": app.home}
    desk = FakeImport()
    made = [
        DoctorScreen(app, desk),
        SourcesScreen(app, desk),
        TakeoverScreen(app, desk, Request(hetzner=True)),
        ConfirmScreen(app, Question("x", ["x"], "x", "x", ["x"], "x")),
    ]
    for screen in made:
        await app.push_screen(screen)
        found[screen.name or ""] = screen
    app.open_across("paused")
    await until(pilot, lambda: app.screen.name == "across")
    found["across"] = app.screen
    app.go_home()
    for name, keys in (
        ("tenant", "enter"),
        ("diagnostics", "f12"),
        ("events", "e"),
        ("jobs", "J"),
        ("journal", "H"),
    ):
        await pilot.press(keys)
        await until(pilot, lambda name=name: app.screen.name == name)
        found[name] = app.screen
        app.go_home()
    await pilot.press("g")
    await until(pilot, lambda: app.home.query("Wall"))
    return found


async def test_every_binding_is_in_the_table_with_its_keys_and_its_screens() -> None:
    desk = FakeImport()
    app = make(FleetOfDesk(desk), desk=lambda: desk)
    async with app.run_test(size=(120, 40)) as pilot:
        screens = await _screens(app, pilot)
        assert set(screens) == set(keymap.SCREENS)
        seen: dict[str, set[str]] = {}
        for name, screen in screens.items():
            nodes = [*type(screen).mro(), *(t for w in screen.query("*") for t in type(w).mro())]
            for binding in (b for node in dict.fromkeys(nodes) for b in _bindings(node)):
                if binding.action.partition("(")[0] in FIXED:
                    continue
                assert binding.id in keymap.ACTS, (name, binding)
                act = keymap.ACTS[binding.id]
                assert name in act.where, (name, binding.id)
                assert set(keymap.parse(binding.key)) <= set(keymap.parse(act.keys))
                seen.setdefault(binding.id, set()).update(keymap.parse(binding.key))
        for binding in _bindings(AlfredApp):
            if binding.action not in FIXED:
                assert binding.id is not None
                seen.setdefault(binding.id, set()).update(keymap.parse(binding.key))
        assert seen == {name: set(keymap.parse(act.keys)) for name, act in keymap.ACTS.items()}


def _bindings(node: type) -> list[Binding]:
    """What a class of ours binds itself; a box that is typed into has keys of its own."""
    if not node.__module__.startswith("alfred_tui") or issubclass(node, FilterInput):
        return []
    return [each for each in node.__dict__.get("BINDINGS", ()) if isinstance(each, Binding)]


async def test_keys_in_force_work_and_the_old_ones_do_not() -> None:
    app = make(FakeEngine(troubled()), keys={"sort": "f2, o", "turn": "s", "back": "backspace"})
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("f2")
        assert app.home.roster.sort.name == "name"
        await pilot.press("o")
        assert app.home.roster.sort.name == "oldest facts"
        assert not app.home.roster.turned
        await pilot.press("s")
        assert app.home.roster.turned
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        await pilot.press("escape")
        assert app.screen.name == "tenant"
        await pilot.press("backspace")
        await opened(pilot, app, "fleet")


async def test_a_letter_is_typed_into_a_box_whatever_it_does_elsewhere() -> None:
    app = make(FakeEngine(troubled()), keys={"sort": "f", "filter": "w"})
    async with app.run_test(size=(120, 24)) as pilot:
        await pilot.press("w", *"fw")
        await until(pilot, lambda: app.home.roster.query.text == "fw")
        assert app.home.roster.sort.name == "worst first"
        assert "f sort" not in shown(app)


async def test_hints_help_and_palette_show_the_keys_in_force() -> None:
    keys = {"sort": "f2", "help": "f1", "leave": "Q", "down": "down,ctrl+n"}
    app = make(FakeEngine(troubled()), keys=keys)
    async with app.run_test(size=(160, 64)) as pilot:
        assert "f2 sort" in shown(app)
        assert "f1 help" in shown(app)
        assert "Q quit" in shown(app)
        lines = {line.action: line.keys for line in key_lines(app.screen)}
        assert (lines["sort"], lines["move(1)"]) == (("f2",), ("↓", "ctrl+n"))
        await pilot.press("f1")
        await opened(pilot, app, "help")
        assert " f2 " in shown(app)
        await pilot.press("f1")
        await opened(pilot, app, "fleet")
        await pilot.press("ctrl+p", *"the next order")
        await until(pilot, lambda: "key f2" in shown(app))
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: [n.message for n in app._notifications])
        assert [n.message for n in app._notifications] == ["ctrl+c again, or Q, to quit"]


async def test_a_conflict_names_the_keys_that_decide_it() -> None:
    desk = FakeImport()
    keys = {"side_ours": "x", "side_theirs": "y"}
    app = make(FleetOfDesk(desk), desk=lambda: desk, keys=keys)
    async with app.run_test(size=(120, 40)) as pilot:
        await type_and_run(app, pilot, "import", "Import: what is found and not yet here")
        await opened(pilot, app, "import")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "x ours  " in shown(app))
        assert "y Hetzner  " in shown(app)
        await pilot.press("y")
        await until(pilot, lambda: "● THEIRS" in shown(app))
