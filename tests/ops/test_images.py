"""The 15-minute pull by hand: waited for, proved by the unit and the containers, never doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Consent, Outcome, Plan, Risk, ShellCall
from alfred_tui.ops.board import Yes
from alfred_tui.ops.images import START
from alfred_tui.ops.operation import Refused, Unseen
from alfred_tui.store.inventory import read_inventory
from tests.engine.test_engine import stored
from tests.ops.test_containers import runs
from tests.support.ops import Fleet, engine_over
from tests.support.simulator import faults, simulator

SPEED = "40"
"""An update takes up to a minute of the tenant's time."""
SENT = "sudo -n -- systemctl start alfred-update.service"


@contextmanager
def quick(
    folder: Path, *trouble: dict[str, Any], tenants: int = 2, speed: str = SPEED
) -> Iterator[Fleet]:
    """A fleet whose time runs fast."""
    log = folder / "requests.jsonl"
    more = [*faults(folder, *trouble), "--request-log", str(log), "--speed", speed]
    with simulator(folder, *more, tenants=tenants) as listed:
        names = [tenant.name for tenant in read_inventory(listed)]
        yield Fleet(stored(folder / "home", listed), names, log)


def started(fleet: Fleet) -> list[str]:
    return [line for line in fleet.commands() if "systemctl start" in line]


async def quietly(engine: Engine, name: str) -> Plan:
    """A plan made when the timer is off and its last run has ended."""
    off = ShellCall("timer off", ("sudo", "systemctl", "stop", "alfred-update.timer"))
    assert (await engine.workshop.house.send(name, off)).good
    plan = await engine.board.plan("update.run", name, {})
    if not plan.calls:
        assert await (await engine.board.start(plan, None)).done() is Outcome.DONE
        plan = await engine.board.plan("update.run", name, {})
    return plan


async def updated(engine: Engine, plan: Plan) -> list[str]:
    """Run it, and hold its word against the list; which services got another image."""
    job = await engine.board.start(plan, Yes.KEY)
    assert await job.done() is Outcome.DONE
    rows = (await engine.sights.containers(plan.tenant)).answer.by_service
    before = plan.before["images"]
    changed = [name for name, row in sorted(rows.items()) if row.image_id != before[name]]
    went = [f"{name} {before[name]}→{rows[name].image_id}" for name in changed]
    said = ", ".join(went) or "no service"
    assert job.text.startswith("the update has ended well after ")
    assert job.text.endswith(f": {said} got another image"), job.text
    return changed


async def test_it_says_which_services_got_another_image(tmp_path: Path) -> None:
    # long enough after the begin for the timer to be off before
    published = {"tenant": 0, "fault": "image-published", "service": "alfred-learn", "at": 300}
    with quick(tmp_path, published) as fleet:
        name, other = fleet.names
        async with engine_over(fleet) as engine:
            plan = await quietly(engine, name)
            assert (plan.risk, plan.consent) == (Risk.DISRUPTIVE, Consent.YES)
            assert "alfred-learn" in plan.before["images"]
            assert "recreated" in plan.wrong[0]
            assert plan.shell().endswith(" 'sudo systemctl start alfred-update.service'")
            changed: list[list[str]] = []
            while "alfred-learn" not in [each for some in changed for each in some]:
                assert len(changed) < 20
                changed.append(await updated(engine, plan))
                plan = await engine.board.plan("update.run", name, {})
            assert [call.outcome for call in runs(engine)[0].calls] == [Outcome.DONE]
            assert re.search(r"alfred-learn [0-9a-f]{12}→[0-9a-f]{12}", runs(engine)[0].text)
            await updated(engine, await quietly(engine, other))
        assert started(fleet) == [*[f"{name} {SENT}"] * len(changed), f"{other} {SENT}"]


async def test_the_timer_s_own_run_is_waited_for_and_not_doubled(tmp_path: Path) -> None:
    with quick(tmp_path) as fleet:
        name = fleet.names[0]
        async with engine_over(fleet, ops__read_only=True) as engine:
            without_waiting = (*START[:3], "--no-block", START[3])
            began = await engine.workshop.house.send(
                name, ShellCall("as the timer", without_waiting)
            )
            assert began.good, began
            plan = await engine.board.plan("update.run", name, {})
            assert plan.calls == ()
            assert plan.title == f"wait for the update of {name}"
            assert "nothing is sent" in plan.wrong[0]
            job = await engine.board.start(plan, None)
            assert await job.done() is Outcome.DONE, "waiting changes nothing: read-only allows it"
            assert job.text.startswith("the timer's own run has ended well after ")
        assert len(started(fleet)) == 1


async def test_a_run_that_fails_is_told_with_the_unit_s_word(tmp_path: Path) -> None:
    with quick(tmp_path) as fleet:
        name = fleet.names[0]
        async with engine_over(fleet) as engine:
            plan = await engine.board.plan("update.run", name, {})
            broken = await engine.workshop.house.send(
                name, ShellCall("break it", ("sudo", "systemctl", "stop", "docker.service"))
            )
            assert broken.good, broken
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.FAILED
            assert "Job for alfred-update.service failed" in job.text
            (run,) = runs(engine)
            assert (run.calls[0].outcome, run.calls[0].status) == (Outcome.FAILED, 1)


async def test_nothing_is_sent_where_it_is_read_only_or_cannot_be_seen(tmp_path: Path) -> None:
    with quick(tmp_path, {"tenant": 1, "fault": "ssh-refused"}) as fleet:
        name, shut = fleet.names
        async with engine_over(fleet, ops__read_only=True) as engine:
            plan = await engine.board.plan("update.run", name, {})
            with pytest.raises(Refused, match="read-only"):
                await engine.board.start(plan, Yes.KEY)
            with pytest.raises(Unseen, match="cannot be asked over SSH"):
                await engine.board.plan("update.run", shut, {})
            with pytest.raises(Refused, match="takes nothing"):
                await engine.board.plan("update.run", name, {"service": "alfred"})
            assert runs(engine) == []
        assert started(fleet) == []
