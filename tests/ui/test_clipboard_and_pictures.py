"""What leaves the screen: the clipboard by OSC 52, and pictures for their owner only."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alfred_tui.app import AlfredApp
from alfred_tui.model.verdict import Pill
from tests.ui.fake_engine import FakeEngine, reason, tenant, troubled
from tests.ui.hands import make, opened, shown, until

SIZE = (120, 40)
OSC52 = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def overhear(app: AlfredApp) -> list[str]:
    """Every text that the app hands to the terminal from now on."""
    said: list[str] = []
    driver: Any = app._driver
    driver.write = said.append
    return said


def copied(said: list[str]) -> list[str]:
    return [base64.b64decode(found).decode() for found in OSC52.findall("".join(said))]


async def test_copy_hands_name_host_and_reason_to_the_terminal() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        said = overhear(app)
        await pilot.press("c")
        expected = "harbor-law  harbor-law.ts.example  no answer on 3100 and 22"
        assert copied(said) == [expected]
        await until(pilot, lambda: "copied: harbor-law harbor-law.ts" in shown(app))
        await pilot.press("down", "down", "down", "down", "down", "down", "down", "c")
        assert copied(said)[1:] == ["alder-kitchens  alder-kitchens.ts.example  ok"]


async def test_on_a_page_it_is_the_line_under_the_cursor() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        said = overhear(app)
        await pilot.press("down", "c")
        assert copied(said) == ["harbor-law  uptime: 41 d (host, ctrl-api, seen 3 min ago)"]
        await pilot.press("q", "f12", "down", "c")
        assert copied(said)[1:] == ["lag, p99: 12.3 ms above 100 ms keys feel slow"]


async def test_copied_text_has_no_codes_that_a_paste_would_run() -> None:
    evil = "a\x1b[31mb\r\nrm -rf x\x07\x1b]52;c;aGk=\x07"
    view = tenant(evil, Pill.DOWN, host=evil, reasons=(reason("host-down", Pill.DOWN, evil),))
    app = make(FakeEngine([view]))
    async with app.run_test(size=SIZE) as pilot:
        said = overhear(app)
        await pilot.press("c")
        (text,) = copied(said)
        assert text.isprintable()


@pytest.mark.parametrize("there_before", [False, True])
async def test_a_picture_is_for_its_owner_only(tmp_path: Path, there_before: bool) -> None:
    folder = tmp_path / "home" / "pictures"
    if there_before:
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    app = make(FakeEngine(troubled()), screenshots=folder)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("ctrl+s")
        path = folder / "alfred-20260601-120431.svg"
        await until(pilot, lambda: path.exists() and "saved" in shown(app))
    assert folder.stat().st_mode & 0o777 == 0o700
    if not there_before:
        assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert text.startswith("<svg")
    assert "harbor-law" in text


async def test_two_pictures_within_a_second_are_two_files(tmp_path: Path) -> None:
    app = make(FakeEngine(troubled()), screenshots=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+s", "2", "ctrl+s")
        await until(pilot, lambda: len(list(tmp_path.iterdir())) == 2)
    first, second = (tmp_path / f"alfred-20260601-120431{end}.svg" for end in ("", "-2"))
    assert first.read_text() != second.read_text()


async def test_a_picture_of_any_screen_can_be_taken(tmp_path: Path) -> None:
    app = make(FakeEngine(troubled()), screenshots=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        for number, keys in enumerate((["enter"], ["question_mark"], ["slash"]), 1):
            await pilot.press(*keys, "ctrl+s")
            await until(pilot, lambda n=number: len(list(tmp_path.iterdir())) == n)  # type: ignore[misc]
            await pilot.press("escape")


async def test_a_picture_that_cannot_be_saved_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    app = make(FakeEngine(troubled()), screenshots=blocked)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "the picture could not be saved" in shown(app))
    assert app.return_code in (None, 0)


async def test_what_has_no_field_in_a_view_cannot_be_in_a_picture(tmp_path: Path) -> None:
    """Keys and tokens are kept out by type: nothing that a screen gets has a place for them."""
    app = make(FakeEngine(troubled()), screenshots=tmp_path)
    fields = {field.name for field in msgspec.structs.fields(app.engine.view("harbor-law"))}
    assert not {name for name in fields if "key" in name or "token" in name or "secret" in name}
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "ctrl+s")
        await until(pilot, lambda: list(tmp_path.iterdir()))
    assert "earer" not in (tmp_path / "alfred-20260601-120431.svg").read_text()
