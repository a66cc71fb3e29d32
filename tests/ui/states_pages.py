"""The pages of a tenant in their states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.facts import Containers, Schedules, Workflows
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.paused import Paused
from alfred_tui.screens.tenant import TenantScreen
from tests.ui.fake_engine import FakeEngine, ago, troubled
from tests.ui.hands import until
from tests.ui.states import State

NAME = "acme-dental"
Change = Callable[[FakeEngine], None]


def engine(change: Change = lambda _: None) -> Callable[[], FakeEngine]:
    def made() -> FakeEngine:
        found = FakeEngine(troubled())
        found.sights.ours = [
            Paused(NAME, "al-plane-sync", "ada@desk", ago(7200), "moving house"),
        ]
        change(found)
        return found

    return made


def seen(app: AlfredApp) -> bool:
    """The page has been looked at."""
    screen = app.screen
    page = screen.page if isinstance(screen, TenantScreen) else None
    return page is None or (not page.looking and bool(page.told or page.trouble))


def opens(number: str, *keys: str) -> Callable[[AlfredApp, Pilot[Any]], Any]:
    async def does(app: AlfredApp, pilot: Pilot[Any]) -> None:
        app.open_tenant(NAME)
        await until(pilot, lambda: isinstance(app.screen, TenantScreen))
        await pilot.press(number)
        if not app.engine.sights.held:  # type: ignore[attr-defined]
            await until(pilot, lambda: seen(app))
        await pilot.press(*keys)
        await pilot.pause()

    return does


def _empty(found: FakeEngine) -> None:
    found.sights.answers |= {
        "containers": Containers(),
        "schedules": Schedules(),
        "workflows": Workflows(),
    }


def _by_ssh(found: FakeEngine) -> None:
    found.sights.instead = "ctrl-api: connection refused at port 3100"


def _fails(look: Look, what: str, kind: FailureKind, text: str) -> Change:
    return lambda found: found.sights.fails(look, what, kind, text)


def _held(found: FakeEngine) -> None:
    found.sights.held = True


STATES: dict[str, State] = {
    "containers": State(engine(), does=opens("2")),
    "containers-empty": State(engine(_empty), does=opens("2")),
    "workflows": State(engine(), does=opens("3")),
    "workflows-empty": State(engine(_empty), does=opens("3")),
    "workflows-loading": State(engine(_held), does=opens("3")),
    "workflows-unsupported": State(
        engine(
            _fails(Look.WORKFLOWS, "workflows", FailureKind.UNSUPPORTED, "this generation has none")
        ),
        does=opens("3"),
    ),
    "schedules": State(engine(), does=opens("4")),
    "schedules-by-ssh": State(engine(_by_ssh), does=opens("4")),
    "schedules-filter": State(engine(), does=opens("4", "slash", *"paused", "enter")),
    "schedules-forbidden": State(
        engine(
            _fails(Look.SCHEDULES, "schedules", FailureKind.UNAUTHORIZED, "the key was refused")
        ),
        does=opens("4"),
    ),
    "schedules-actions": State(engine(), does=opens("4", "down", "a")),
    "schedules-telling": State(engine(), does=opens("4", "end", "a", "1")),
    "host": State(engine(), does=opens("0")),
    "host-failed": State(
        engine(lambda found: found.sights.troubles.update(host="acme-dental has no ssh block")),
        does=opens("0"),
    ),
}
