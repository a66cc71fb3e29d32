"""What is offered: on a container, on a tenant, in the palette; only what makes sense now."""

from __future__ import annotations

import msgspec
import pytest

from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.ops.containers import TIMER
from alfred_tui.ops.operation import Unseen
from alfred_tui.screens.actions import of_tenant, verb
from tests.ui.fake_engine import FakeEngine, facts_of, troubled
from tests.ui.fake_ops import run_of
from tests.ui.hands import controls, make, opened, shown, until
from tests.ui.test_operating import SIZE, asked, on_container, said, words
from tests.ui.test_palette import offered, type_and_run


async def test_on_no_container_it_is_the_tenant_and_says_how_to_come_to_one() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "a")
        await opened(pilot, app, "actions")
        assert "─iris-florist" in shown(app).replace(" ", "")
        hint = "a container, schedule or workflow: a on its line of the tenant's lists"
        assert hint in words(app)
        number = [each.id for each in of_tenant()].index("learn.restart") + 1
        about = f"{number} disruptive restart alfred-learn, and wait until it polls"
        assert about in words(app)
        assert "stop a service" not in words(app)
        await pilot.press(str(number))
        screen = await asked(pilot, app)
        assert screen.asking.plan.tenant == "iris-florist"  # type: ignore[attr-defined]
        assert screen.asking.plan.operation == "learn.restart"  # type: ignore[attr-defined]
        await pilot.press("escape", "enter")
        await opened(pilot, app, "tenant")
        await pilot.press("a")
        await opened(pilot, app, "actions")
        assert hint in words(app), "the cursor is on a reason that names no container"


async def test_what_a_reason_names_is_offered_first_on_the_fleet_and_on_its_line() -> None:
    engine = FakeEngine(troubled())
    sick = Reason("unhealthy", Pill.DOWN, "temporal is unhealthy", subject="temporal")
    full = Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %")
    engine.change("fable-films", reasons=(sick, full), pill=Pill.DOWN)
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot, app, "fleet")
        app.home.grid.go("fable-films")
        await pilot.press("a")
        await opened(pilot, app, "actions")
        assert "─temporalonfable-films" in shown(app).replace(" ", "")
        assert app.screen.offers[0].operation.id == "container.restart"  # type: ignore[attr-defined]
        await pilot.press("escape", "enter")
        await opened(pilot, app, "tenant")
        await pilot.press("a")
        await opened(pilot, app, "actions")
        assert "─temporalonfable-films" in shown(app).replace(" ", "")
        await pilot.press("escape")
        await opened(pilot, app, "tenant")
        await pilot.press("down", "a")
        await opened(pilot, app, "actions")
        assert "─fable-films─" in shown(app).replace(" ", ""), "of a disk there is nothing to do"


async def test_a_mark_goes_before_the_cursor() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        marked = app.home.roster.order[0]
        await pilot.press("space", "down", "down", "a")
        await opened(pilot, app, "actions")
        assert [each.tenant for each in app.screen.chosen] == [marked]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "verbs"),
    [
        ("Up 12 days (healthy)", ["restart", "stop"]),
        ("Restarting (1) 4 seconds ago", ["restart", "stop"]),
        ("Up 3 hours (Paused)", ["restart", "stop"]),
        ("not listed", ["start"]),
        ("Exited (137) 2 minutes ago", ["restart", "stop", "start"]),
    ],
)
async def test_only_what_makes_sense_is_offered(value: str, verbs: list[str]) -> None:
    engine = FakeEngine(troubled())
    facts = [
        msgspec.structs.replace(fact, value=value) if fact.label == "caddy" else fact
        for fact in facts_of("harbor-law")
    ]
    engine.set_facts("harbor-law", tuple(facts))
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await on_container(pilot, app)
        await pilot.press("a")
        await opened(pilot, app, "actions")
        offers = app.screen.offers  # type: ignore[attr-defined]
        own = [verb(each.operation) for each in offers if each.of_lines]
        assert own == verbs
        assert [each.operation.id for each in offers if not each.of_lines] == [
            each.id for each in of_tenant()
        ]
        timer = TIMER
        assert (timer in words(app)) is ("stop" in verbs)
        await pilot.press("9", "escape")
        await opened(pilot, app, "tenant")
        assert engine.house.looks == 0


async def test_the_palette_finds_an_operation_by_verb_service_and_tenant() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        await type_and_run(app, pilot, "restart openclaw acme", "Restart openclaw on acme-dental")
        await asked(pilot, app)
        assert "Restart openclaw on acme-dental" in shown(app)
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await pilot.press("ctrl+p", *"stop iris caddy")
        await until(pilot, lambda: "Stop caddy on iris-florist" in offered(app))
        assert not [title for title in offered(app) if title.startswith("Restart ")]
        await pilot.press("ctrl+u", *"start iris caddy")
        await until(pilot, lambda: "Stop caddy on iris-florist" not in offered(app))
        assert "Start caddy on iris-florist" not in offered(app), "it runs"


async def test_on_a_tenants_page_the_palette_means_that_tenant_first() -> None:
    app = make(FakeEngine(troubled(200)))
    async with app.run_test(size=SIZE) as pilot:
        app.go_to("garnet-legal")
        await opened(pilot, app, "tenant")
        await type_and_run(app, pilot, "restart redis", "Restart redis on garnet-legal")
        await asked(pilot, app)
        assert "Restart redis on garnet-legal" in shown(app)


async def test_the_palette_finds_what_is_done_to_a_whole_tenant() -> None:
    app = make(FakeEngine(troubled()))
    async with app.run_test(size=SIZE) as pilot:
        title = "Restart the four vault workers on acme-dental"
        await type_and_run(app, pilot, "restart four acme", title)
        await asked(pilot, app)
        assert "ctrl-api: POST /api/v1/workers/restart" in words(app)


async def test_before_the_engine_has_started_nothing_is_offered() -> None:
    app = make(FakeEngine(troubled()))
    app.starting = True
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+p", *"restart caddy")
        await until(pilot, lambda: "No matches found" in shown(app))
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        app.operate("container.restart", "harbor-law", {"service": "caddy"})
        words = "the doors are not open yet: try again in a moment"
        await until(pilot, lambda: said(app) == [words])


async def test_texts_that_others_wrote_are_text() -> None:
    odd = "[red]\x1b[31m\u202eodd\x07"
    engine = FakeEngine(troubled())
    engine.change("harbor-law", reasons=())
    facts = [
        msgspec.structs.replace(fact, value=odd) if fact.label == "caddy" else fact
        for fact in facts_of("harbor-law")
    ]
    engine.set_facts("harbor-law", tuple(facts))
    engine.journal.kept = [run_of(1, engine.now(), text=odd, who=odd, title=odd, before=odd)]
    app = make(engine)
    async with app.run_test(size=SIZE) as pilot:
        await on_container(pilot, app)
        await pilot.press("a")
        await opened(pilot, app, "actions")
        assert "[red] odd" in shown(app)
        assert controls(app) == []
        engine.house.trouble = Unseen(odd)
        await pilot.press("1")
        await until(pilot, lambda: "cannot be told: [red] odd" in words(app))
        assert controls(app) == []
