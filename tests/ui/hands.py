"""Hands for the tests: a clock that only moves when told, and waiting for conditions."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from tests.ui.fake_engine import FakeEngine

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of what follows."""


class Clock:
    """Seconds, as ``time.monotonic`` gives them; starts long after anybody pressed a key."""

    def __init__(self) -> None:
        self.value = 1000.0

    def __call__(self) -> float:
        return self.value


def make(engine: FakeEngine, clock: Clock | None = None, **given: Any) -> AlfredApp:
    """An app over a started fake engine."""
    return AlfredApp(engine, begin=False, clock=clock or Clock(), **given)


async def until(pilot: Pilot[Any], holds: Callable[[], object], within: float = 10.0) -> None:
    """Let the app work until ``holds``; fail after ``within`` seconds."""
    async with asyncio.timeout(within):
        while not holds():
            await pilot.pause()


async def opened(pilot: Pilot[Any], app: AlfredApp, name: str, within: float = 10.0) -> None:
    """Wait until the screen of this name is in front and its layout has come to rest.

    Textual lays a new screen out in more than one pass, 50 ms apart: what is shown must have been
    the same for longer than that.
    """
    same, before = 0, ""
    async with asyncio.timeout(within):
        while same < 4:
            await pilot.pause(0.02)
            now = shown(app) if app.screen.name == name else ""
            same = same + 1 if now.strip() and now == before else 0
            before = now


def screen_text(app: AlfredApp) -> list[str]:
    """What is on the screen, line by line."""
    _, height = app.size
    lines = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in line) for line in lines[:height]]


def shown(app: AlfredApp) -> str:
    return "\n".join(screen_text(app))


def controls(app: AlfredApp) -> list[str]:
    """Texts on the screen that would reach the terminal as control codes."""
    strips = app.screen._compositor.render_strips()
    return [
        repr(part.text)
        for strip in strips
        for part in strip
        if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in part.text)
        or any(char in BIDI for char in part.text)
    ]
