"""One wish for the marked: one yes, a line a tenant, a stop after a failure, the failed again."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.operation import Answer, Outcome
from alfred_tui.ops.bulk import State
from tests.ui.fake_engine import FakeEngine, healthy
from tests.ui.hands import make, opened, shown, until
from tests.ui.test_operating import asked, said

SIZE = (140, 40)


async def wish(pilot: Pilot[Any], app: AlfredApp, count: int) -> None:
    """Restart caddy on the first few tenants: marked, told, planned."""
    for _ in range(count):
        await pilot.press("space", "down")
    await pilot.press("a")
    await opened(pilot, app, "actions")
    assert f"{count} tenants" in shown(app)
    await pilot.press(number_of(app, "restart a service"))
    await opened(pilot, app, "telling")
    await pilot.press(*"caddy", "enter")
    await asked(pilot, app)


def number_of(app: AlfredApp, about: str) -> str:
    offers = app.screen.offers  # type: ignore[attr-defined]
    place = next(n for n, each in enumerate(offers, 1) if each.operation.about == about)
    return str(place)


async def test_one_yes_does_it_to_each_of_the_marked() -> None:
    engine = FakeEngine(healthy(6))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await wish(pilot, app, 3)
        text = shown(app)
        assert "Restart caddy on 3 tenants" in text
        assert "after 1 failure nobody else is begun" in text
        assert engine.house.sent == []
        await pilot.press("y")
        await until(pilot, lambda: bool(app.bulks) and not app.bulks[0].running)
        assert [line.state for line in app.bulks[0].lines] == [State.DONE] * 3
        assert len(engine.house.sent) == 3
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        await until(pilot, lambda: "3 done" in shown(app))


async def test_a_line_of_many_unfolds_with_what_was_answered_there() -> None:
    engine = FakeEngine(healthy(6))
    engine.house.answer = Answer(Outcome.DONE, 200, "restarted as asked")
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await wish(pilot, app, 2)
        await pilot.press("y")
        await until(pilot, lambda: bool(app.bulks) and not app.bulks[0].running)
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        await until(pilot, lambda: "2 done" in shown(app))
        await pilot.press("home", "enter", "down")
        assert "restarted as asked" not in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: shown(app).count("restarted as asked") == 1)
        names = [line.tenant for line in app.bulks[0].lines]
        assert all(name in shown(app) for name in names), "the wish stays unfolded"
        await pilot.press("enter")
        await until(pilot, lambda: "restarted as asked" not in shown(app))
        await pilot.press("home", "enter")
        await until(pilot, lambda: not any(name in shown(app) for name in names))


async def test_after_a_failure_nobody_else_is_begun_and_the_failed_can_be_tried_again() -> None:
    engine = FakeEngine(healthy(6))
    engine.house.answer = Answer(Outcome.FAILED, 500, "no such service")
    app = make(engine, in_flight=1)
    async with app.run_test(size=SIZE) as pilot:
        await wish(pilot, app, 3)
        await pilot.press("y")
        await until(pilot, lambda: bool(app.bulks) and not app.bulks[0].running)
        assert [line.state for line in app.bulks[0].lines] == [
            State.FAILED,
            State.HELD,
            State.HELD,
        ]
        assert len(engine.house.sent) == 1
        engine.house.answer = Answer(Outcome.DONE, 200, "{}")
        await pilot.press("J")
        await opened(pilot, app, "jobs")
        await pilot.press("home", "enter", "r")
        await asked(pilot, app)
        await pilot.press("y")
        await until(pilot, lambda: len(app.bulks) == 2 and not app.bulks[1].running)
        assert [line.state for line in app.bulks[1].lines] == [State.DONE] * 3


async def test_escape_sends_nothing() -> None:
    engine = FakeEngine(healthy(6))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await wish(pilot, app, 2)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.home)
        assert (engine.house.sent, app.bulks, said(app)) == ([], [], [])


async def test_the_bounds_of_a_wish_are_moved_by_keys() -> None:
    engine = FakeEngine(healthy(6))
    engine.house.answer = Answer(Outcome.FAILED, 500, "no such service")
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await wish(pilot, app, 4)
        assert "8 at once; after 1 failure nobody else is begun" in shown(app)
        await pilot.press("minus", "minus", "minus", "minus", "minus")
        await until(pilot, lambda: "1 at once" in shown(app))
        await pilot.press("plus", *["greater_than_sign"] * 9)
        await until(pilot, lambda: "2 at once; after 4 failures" in shown(app))
        await pilot.press("less_than_sign", "minus")
        await until(pilot, lambda: "1 at once; after 3 failures" in shown(app))
        await pilot.press("y")
        await until(pilot, lambda: bool(app.bulks) and not app.bulks[0].running)
        states = [line.state for line in app.bulks[0].lines]
        assert states == [State.FAILED] * 3 + [State.HELD]
        assert (app.in_flight, app.failures) == (8, 1), "the next wish begins as it is set"


async def test_one_alone_has_no_bounds_to_move() -> None:
    engine = FakeEngine(healthy(6))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        app.operate("container.restart", "alder-kitchens", {"service": "caddy"})
        await asked(pilot, app)
        before = shown(app)
        assert "at once" not in before
        await pilot.press("plus", "greater_than_sign")
        assert shown(app) == before
