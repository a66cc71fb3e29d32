"""The way to a shell: what is asked before it, what is said where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from alfred_tui.app import AlfredApp
from alfred_tui.model.tenant import HostKey
from alfred_tui.screens.confirm import ConfirmScreen
from alfred_tui.screens.opening import NOT_YET
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    HostKeyChanged,
    LockedOut,
    Refused,
    SshError,
)
from tests.ui.fake_engine import NOW, FakeEngine, ago, troubled
from tests.ui.hands import make, opened, shown, until

NAME = "harbor-law"
MIDDLE, SMALL = (120, 40), (80, 24)
OLD = HostKey(NAME, "SHA256:" + "o" * 43, "first use over SSH", ago(86400 * 41), "ssh-ed25519", "o")
NEW = HostKey(NAME, "SHA256:" + "n" * 43, "offered", NOW, "ssh-ed25519", "n")
CHANGED = HostKeyChanged(NAME, [OLD], NEW)
REFUSED = Refused(NAME, "connection refused at port 22", "The machine is there, its sshd is not")
FORBIDDEN = AuthenticationFailed(NAME, "deploy", "/keys/harbor-law", NOW)
OUT = LockedOut(NAME, "connection refused at port 22", NOW, NOW + timedelta(hours=1))


class Ways:
    """Each try to get in comes to what is next in ``outcomes``; ``hold`` keeps it waiting."""

    def __init__(self, *outcomes: SshError | Sequence[str]) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[tuple[str, ...]] = []
        self.hold: asyncio.Event | None = None
        self.pinning: SshError | None = None

    async def way_in(self, tenant: str) -> Sequence[str]:
        self.asked.append(("way_in", tenant))
        if self.hold is not None:
            await self.hold.wait()
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, SshError):
            raise outcome
        return outcome

    async def repin(self, tenant: str, fingerprint: str) -> None:
        self.asked.append(("repin", tenant, fingerprint))
        if self.pinning is not None:
            raise self.pinning

    async def allow(self, tenant: str) -> None:
        self.asked.append(("allow", tenant))


@pytest.fixture(autouse=True)
def _no_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)


def over(ways: Ways, **flags: bool) -> AlfredApp:
    engine = FakeEngine(troubled(), **flags)
    engine.ways = ways  # type: ignore[assignment]
    return make(engine)


def words(app: AlfredApp) -> str:
    return " ".join(shown(app).replace("│", " ").split())


def said(app: AlfredApp) -> str:
    return " / ".join(note.message for note in app._notifications)


async def dialog(pilot: Pilot[Any], app: AlfredApp) -> None:
    """There is a dialog, and there was time to read it."""
    await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
    await until(pilot, lambda: not app.screen._looking)  # type: ignore[attr-defined]
    app.clock.value += 1  # type: ignore[attr-defined]


async def test_a_terminal_that_cannot_be_given_away_says_so() -> None:
    ways = Ways(("true",))
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await until(pilot, lambda: "cannot be given away" in said(app))
        assert ways.asked == [("way_in", NAME)]


async def test_on_a_tenants_page_and_by_the_palette_it_is_the_same() -> None:
    ways = Ways(("true",), ("true",))
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        app.open_tenant("iris-florist")
        await opened(pilot, app, "tenant")
        await pilot.press("S")
        await until(pilot, lambda: "cannot be given away" in said(app))
        await pilot.press("ctrl+p", *"shell on")
        await until(pilot, lambda: "A shell on its host, over SSH" in words(app))
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: len(ways.asked) == 2)
        assert ways.asked == [("way_in", "iris-florist")] * 2


async def test_both_keys_are_shown_and_only_the_typed_name_pins_the_new_one() -> None:
    ways = Ways(CHANGED, ("true",))
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await dialog(pilot, app)
        text = words(app)
        for word in (
            OLD.fingerprint,
            NEW.fingerprint,
            "ssh-ed25519",
            "since 41 d: first use",
            "console",
        ):
            assert word in text
        for key in ("enter", "y"):
            await pilot.press(key)
        await pilot.press(*"harbor-la", "enter")
        await until(pilot, lambda: "not done" in words(app))
        assert ways.asked == [("way_in", NAME)]
        field = app.screen._typed  # type: ignore[attr-defined]
        field.value = NAME
        app.clock.value += 1  # type: ignore[attr-defined]
        await pilot.press("enter")
        await until(pilot, lambda: "cannot be given away" in said(app))
        assert ways.asked == [("way_in", NAME), ("repin", NAME, NEW.fingerprint), ("way_in", NAME)]


async def test_left_alone_nothing_is_pinned() -> None:
    ways = Ways(CHANGED)
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await dialog(pilot, app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home)
        await pilot.pause()
        assert ways.asked == [("way_in", NAME)]


async def test_a_server_that_shows_yet_another_key_pins_nothing_and_says_so() -> None:
    ways = Ways(CHANGED)
    ways.pinning = CHANGED
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await dialog(pilot, app)
        await pilot.press(*NAME.replace("-", "~").split("~")[0], "minus", *"law", "enter")
        await until(pilot, lambda: "not done: harbor-law: THE HOST KEY CHANGED" in words(app))
        assert ways.asked[1:] == [("repin", NAME, NEW.fingerprint)]


@pytest.mark.parametrize("trouble", [FORBIDDEN, OUT], ids=["refused", "locked-out"])
async def test_who_was_not_let_in_is_asked_before_another_try(trouble: SshError) -> None:
    ways = Ways(trouble, ("true",))
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await dialog(pilot, app)
        assert "an hour" in words(app)
        await pilot.press("enter")
        assert ways.asked == [("way_in", NAME)]
        await pilot.press("y")
        await until(pilot, lambda: "cannot be given away" in said(app))
        assert ways.asked == [("way_in", NAME), ("allow", NAME), ("way_in", NAME)]


async def test_what_only_can_be_read_stays_until_it_is_left_or_tried_again() -> None:
    ways = Ways(REFUSED, REFUSED, ("true",))
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await dialog(pilot, app)
        assert "its sshd is not" in words(app)
        await pilot.press("r")
        await until(pilot, lambda: len(ways.asked) == 2)
        await dialog(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: "cannot be given away" in said(app))
        assert app.screen is app.home


async def test_a_slow_host_can_be_left_and_a_second_key_opens_no_second_way() -> None:
    ways = Ways(("true",), ("true",))
    ways.hold = asyncio.Event()
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert f"connecting to {NAME} over SSH" in words(app)
        assert len(ways.asked) == 1
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home)
        ways.hold.set()
        await pilot.pause()
        assert "given away" not in said(app), "who left is not taken in afterwards"
        await until(pilot, lambda: all(each.is_finished for each in app.workers))
        await pilot.press("S")
        await until(pilot, lambda: "cannot be given away" in said(app))


async def test_read_only_and_too_soon_open_nothing() -> None:
    ways = Ways()
    app = over(ways)
    async with app.run_test(size=MIDDLE) as pilot:
        app.starting = True
        await pilot.press("S")
        await until(pilot, lambda: NOT_YET in said(app))
        app.starting = False
        app.engine.board.read_only = True
        await pilot.press("S")
        await until(pilot, lambda: "read-only" in said(app))
    assert ways.asked == []


TMUX = """#!/bin/sh
printf '%s\\n' "$@" > {said}
{end}
"""


@pytest.mark.parametrize(("end", "word"), [("exit 0", "of its own"), ("exit 3", "here instead")])
async def test_inside_tmux_it_asks_for_a_window_and_else_for_this_terminal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str, word: str
) -> None:
    program = tmp_path / "tmux"
    program.write_text(TMUX.format(said=tmp_path / "said", end=end))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("TMUX", "/tmp/x,1,0")
    app = over(Ways(("ssh", "--", "acme;")))
    async with app.run_test(size=MIDDLE) as pilot:
        await pilot.press("S")
        await until(pilot, lambda: word in said(app))
        assert ("given away" in said(app)) is (end != "exit 0")
    asked = await asyncio.to_thread((tmp_path / "said").read_text)
    assert asked.split()[:5] == ["new-window", "-n", NAME, "--", "sh"]
    assert asked.split()[-4:] == ["sh", "ssh", "--", "acme\\;"]


STATES: dict[str, tuple[SshError, bool]] = {
    "host-key": (CHANGED, False),
    "not-let-in": (FORBIDDEN, False),
    "locked-out": (OUT, False),
    "unreached": (REFUSED, False),
    "connecting": (REFUSED, True),
}


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, MIDDLE], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
def test_it_looks_so(
    state: str, size: tuple[int, int], theme: str, snap_compare: Callable[..., bool]
) -> None:
    trouble, waits = STATES[state]
    ways = Ways(trouble)
    app = over(ways)
    app.theme = f"alfred-{theme}"

    async def arrange(pilot: Pilot[Any]) -> None:
        if waits:
            ways.hold = asyncio.Event()
        await pilot.press("S")
        if waits:
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        else:
            await dialog(pilot, app)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=arrange)
