"""The lists across the fleet in their states, and one wish for many of their lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.facts import Answer as Facts
from alfred_tui.model.facts import Container, Containers, Schedule, Schedules, Workflow, Workflows
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.operation import Answer, Outcome
from alfred_tui.model.paused import Paused
from alfred_tui.ops import bulk
from alfred_tui.ops.board import Yes
from alfred_tui.ops.bulk import Bulk
from alfred_tui.ops.bulk import State as Part
from tests.ui.fake_engine import NOW, FakeEngine, ago, troubled
from tests.ui.fake_sights import CONTAINERS, schedules, workflows
from tests.ui.hands import opened, until
from tests.ui.states import LOCKED, State

Change = Callable[[FakeEngine], None]
OURS = "acme-dental"
REFUSED = Failure(FailureKind.UNAUTHORIZED, "Invalid API key", 401)


def looked(tenant: str, look: Look, answer: Facts, seconds: float = 40.0) -> Observation:
    """An answered look of so many seconds ago."""
    return Observation(tenant, look, NOW - timedelta(seconds=seconds), 0.1, Door.API, answer=answer)


def older(containers: Containers) -> Containers:
    """The same with last month's image of openclaw."""
    return Containers(tuple(_older(row) for row in containers.rows))


def _older(row: Container) -> Container:
    if row.service != "openclaw":
        return row
    return msgspec.structs.replace(row, image_id="sha256:00ld1mage0000", created_at=ago(40 * 86400))


def _none() -> Schedules:
    return Schedules(tuple(msgspec.structs.replace(row, paused=False) for row in schedules().rows))


def known(found: FakeEngine) -> None:
    """Everybody was looked at but the last one; some have something paused, or stuck."""
    names = [view.name for view in found.views().values() if view.counted]
    longest = Workflow("al-steward-run-2026-05-30T01:00:00Z", "0197-long", "StewardWorkflow",
                       ago(190_000), "al-steward", "alfred-learn")  # fmt: skip
    for number, name in enumerate(names[:-1]):
        paused = schedules() if number % 3 == 0 or name == OURS else _none()
        flows = workflows() if number % 4 == 0 else Workflows((longest,) * (number % 5 == 1))
        of = found.sights.of
        of[name, Look.SCHEDULES] = looked(name, Look.SCHEDULES, paused)
        of[name, Look.WORKFLOWS] = looked(name, Look.WORKFLOWS, flows, 75.0)
        listed = older(CONTAINERS) if number % 7 == 2 else CONTAINERS
        of[name, Look.CONTAINERS] = looked(name, Look.CONTAINERS, listed, 6.0)
    found.sights.ours = [Paused(OURS, "al-plane-sync", "ada@desk", ago(7200), "moving house")]


def _calm(found: FakeEngine) -> None:
    for view in found.views().values():
        for look, answer in (
            (Look.SCHEDULES, Schedules((Schedule("al-learning", "LearningWorkflow"),))),
            (Look.WORKFLOWS, Workflows()),
        ):
            found.sights.of[view.name, look] = looked(view.name, look, answer)


def _calm_partly(found: FakeEngine) -> None:
    """Nothing is stuck at those who let us look."""
    _calm(found)
    found.sights.failed_of["acme-dental", Look.WORKFLOWS] = REFUSED
    for name in ("canal-street-books", "fable-films"):
        late = Failure(FailureKind.TIMED_OUT, "no answer within 10 s")
        found.sights.failed_of[name, Look.WORKFLOWS] = late


def _failing(found: FakeEngine) -> None:
    known(found)
    found.sights.failed[Look.WORKFLOWS] = Failure(FailureKind.TIMED_OUT, "no answer within 10 s")


def _idle(found: FakeEngine) -> None:
    """Everybody answers, and lists no container."""
    for view in found.views().values():
        found.sights.of[view.name, Look.CONTAINERS] = looked(
            view.name, Look.CONTAINERS, Containers(), 6.0
        )


def _forbidden(found: FakeEngine) -> None:
    """Nobody takes our key."""
    for look in (Look.SCHEDULES, Look.WORKFLOWS, Look.CONTAINERS):
        found.sights.failed[look] = REFUSED


def _partly_forbidden(found: FakeEngine) -> None:
    """Some take our key no more; what they said before is still there."""
    known(found)
    for name in ("acme-dental", "canal-street-books", "fable-films"):
        for look in (Look.SCHEDULES, Look.WORKFLOWS, Look.CONTAINERS):
            found.sights.failed_of[name, look] = REFUSED


def _read_only(found: FakeEngine) -> None:
    known(found)
    found.board.read_only = True


def engine(change: Change = known) -> Callable[[], FakeEngine]:
    def made() -> FakeEngine:
        found = FakeEngine(troubled())
        change(found)
        return found

    return made


def opens(what: str, *keys: str) -> Callable[[AlfredApp, Pilot[Any]], Any]:
    async def does(app: AlfredApp, pilot: Pilot[Any]) -> None:
        app.open_across(what)
        await opened(pilot, app, "across")
        await pilot.press(*keys)
        await pilot.pause()

    return does


async def _planned(app: AlfredApp, pilot: Pilot[Any]) -> None:
    await opens("paused", "space", "space", "space", "a", "1")(app, pilot)
    await opened(pilot, app, "confirm")
    await until(pilot, lambda: app.screen.asking.question is not None)  # type: ignore[attr-defined]
    await pilot.pause()


async def _begun(app: AlfredApp, service: str, some: slice, at_once: int) -> Bulk:
    names = [view.name for view in app.engine.views().values() if view.counted][some]
    made = await bulk.begin(
        app.engine.board,
        "container.restart",
        bulk.alike(names, {"service": service}),
        Yes.KEY,
        in_flight=at_once,
        failures=1,
    )
    app.bulks.append(made)
    return made


async def _jobs(app: AlfredApp, pilot: Pilot[Any]) -> None:
    """A wish of which a part has failed, and one that goes on."""
    house = app.engine.house  # type: ignore[attr-defined]
    house.answer = Answer(Outcome.FAILED, 500, "docker compose failed: no such service: caddy")
    await (await _begun(app, "caddy", slice(3), 1)).done()
    house.answer, house.go = Answer(Outcome.DONE, 200, "{}"), asyncio.Event()
    made = await _begun(app, "redis", slice(3, 8), 2)
    await until(pilot, lambda: sum(line.state is Part.RUNS for line in made.lines) == 2)
    await until(pilot, lambda: bool(app._notifications))
    app.clear_notifications()
    await pilot.press("J")
    await opened(pilot, app, "jobs")
    await pilot.press("end", "enter")
    await pilot.pause()


STATES: dict[str, State] = {
    "across-paused": State(engine(), does=opens("paused", "down")),
    "across-paused-marked": State(engine(), does=opens("paused", "space", "space", "down")),
    "across-paused-actions": State(engine(), does=opens("paused", "space", "space", "a")),
    "across-paused-many": State(engine(), does=_planned),
    "across-paused-none": State(engine(_calm), does=opens("paused")),
    "across-unseen": State(engine(lambda _: None), does=opens("paused")),
    "across-stuck": State(engine(), does=opens("stuck")),
    "across-stuck-old": State(engine(_failing), does=opens("stuck")),
    "across-stuck-filter": State(engine(), does=opens("stuck", "slash", *"steward")),
    "jobs-many": State(engine(), does=_jobs),
    "across-images": State(engine(), does=opens("images")),
    "across-stuck-none": State(engine(_calm), does=opens("stuck")),
    "across-images-none": State(engine(_idle), does=opens("images")),
    "across-images-unseen": State(engine(lambda _: None), does=opens("images")),
    "across-images-ascii": State(
        engine(_partly_forbidden), does=opens("images"), no_color=True, ascii_only=True
    ),
    "across-stuck-none-partly": State(engine(_calm_partly), does=opens("stuck")),
    "jobs-not-started": State(engine(), keys=("J",), failed=LOCKED),
    "across-starting": State(engine(), does=opens("paused"), starting=True),
    "across-not-started": State(engine(), does=opens("paused"), failed=LOCKED),
    **{
        f"across-{what}-{state}": State(engine(change), does=opens(what))
        for what in ("paused", "stuck", "images")
        for state, change in (
            ("forbidden", _forbidden),
            ("partly", _partly_forbidden),
            ("read-only", _read_only),
        )
    },
}
