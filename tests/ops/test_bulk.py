"""One wish for many tenants: a few at once, an end after too many failures, the rest again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Plan
from alfred_tui.ops import bulk
from alfred_tui.ops.board import Yes
from alfred_tui.ops.bulk import Bulk, State, Target
from alfred_tui.ops.operation import Refused, Unseen
from tests.support.ops import Fleet, engine_over, fleet

SERVICE = {"service": "alfred"}


async def begun(engine: Engine, running: Fleet, yes: Yes = Yes.KEY, **given: Any) -> Bulk:
    """Restart a service of everybody."""
    targets = bulk.alike(running.names, SERVICE)
    return await bulk.begin(engine.board, "container.restart", targets, yes, **given)


async def test_every_tenant_has_its_plan_its_call_and_its_line(tmp_path: Path) -> None:
    with fleet(tmp_path, tenants=4) as running:
        async with engine_over(running) as engine:
            made = await begun(engine, running, in_flight=2, failures=1)
            most = 0
            while made.running:
                most = max(most, sum(line.state is State.RUNS for line in made.lines))
                await asyncio.sleep(0.01)
            assert [line.state for line in made.lines] == [State.DONE] * 4
            assert all("running again" in line.text for line in made.lines)
            runs = await engine.journal.runs()
        assert most == 2
        assert len(running.acts()) == 4
    assert {run.bulk for run in runs} == {made.name}
    assert {run.tenant for run in runs} == set(running.names)


def commands(running: Fleet, *lines: str) -> list[Target]:
    """One line of a shell for each tenant."""
    return [Target(n, {"command": line}) for n, line in zip(running.names, lines, strict=True)]


D, F, H = State.DONE, State.FAILED, State.HELD


@pytest.mark.parametrize(
    ("lines", "in_flight", "failures", "states"),
    [
        (("true", "exit 3", "exit 4", "true", "true"), 1, 2, [D, F, F, H, H]),
        (("sleep 3", "exit 3", "sleep 3", "true", "true"), 3, 1, [D, F, D, H, H]),
    ],
    ids=["one-by-one", "under-way"],
)
async def test_after_too_many_failures_the_next_one_gets_no_request(
    tmp_path: Path, lines: tuple[str, ...], in_flight: int, failures: int, states: list[State]
) -> None:
    with fleet(tmp_path, tenants=5) as running:
        targets = commands(running, *lines)
        async with engine_over(running) as engine:
            made = await bulk.begin(
                engine.board, "shell.run", targets, Yes.KEY, in_flight=in_flight, failures=failures
            )
            await made.done()
        assert [line.state for line in made.lines] == states, "what is under way ends"
        assert made.lines[1].text == "run it: ended with status 3"
        assert (
            made.lines[4].text
            == f"not begun: {failures} {'has' if failures == 1 else 'have'} failed"
        )
        assert made.failed == [
            t for t, state in zip(targets, states, strict=True) if state is not D
        ]
        asked = {json.loads(line)["tenant"] for line in running.log.read_text().splitlines()}
        assert asked == set(running.names[:3]), "no look, no command, nothing"


async def test_who_cannot_be_planned_holds_nobody_up(tmp_path: Path) -> None:
    silent = [{"tenant": n, "fault": "docker-silent"} for n in (0, 2)]
    with fleet(tmp_path, *silent, tenants=4) as running:
        async with engine_over(running) as engine:
            made = await begun(engine, running, in_flight=1, failures=1)
            await made.done()
        states = [line.state for line in made.lines]
        assert states == [State.REFUSED, State.DONE, State.REFUSED, State.DONE]
        assert made.plan.tenant == running.names[1], "the first that can be planned was asked about"
        assert "cannot be listed" in made.lines[0].text
        assert [target.tenant for target in made.failed] == running.names[::2]
        assert {act.split()[0] for act in running.acts()} == set(running.names[1::2])


async def test_where_nobody_can_be_planned_the_first_ones_reason_is_told(tmp_path: Path) -> None:
    silent = {"tenant": "all", "fault": "docker-silent"}
    with fleet(tmp_path, silent) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen, match=f"the containers of {running.names[0]} cannot"):
                await begun(engine, running, in_flight=2, failures=1)
        assert running.acts() == []


async def test_cancelled_nobody_else_is_begun(tmp_path: Path) -> None:
    slow = {"tenant": 0, "fault": "slow", "seconds": 20, "route": "/restart"}
    with fleet(tmp_path, slow, tenants=3) as running:
        async with engine_over(running) as engine:
            made = await begun(engine, running, in_flight=1, failures=1)
            async with asyncio.timeout(20):
                while not running.acts():  # noqa: ASYNC110 - another process writes it
                    await asyncio.sleep(0.01)
            await made.cancel()
            assert [line.state for line in made.lines] == [
                State.UNKNOWN,
                State.CANCELLED,
                State.CANCELLED,
            ]
            assert not made.running
        assert len(running.acts()) == 1


async def test_cancelled_while_plans_are_made_all_of_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fleet(tmp_path, tenants=3) as running:
        async with engine_over(running) as engine:
            plan, planning = engine.board.plan, asyncio.Event()

            async def slow(operation: str, tenant: str, given: Mapping[str, str]) -> Plan:
                if tenant == running.names[1]:
                    planning.set()
                    await asyncio.Event().wait()
                return await plan(operation, tenant, given)

            monkeypatch.setattr(engine.board, "plan", slow)
            made = await begun(engine, running, in_flight=1, failures=1)
            await planning.wait()
            await made.cancel()
            assert [line.state for line in made.lines] == [State.DONE, *[State.CANCELLED] * 2]
            assert made.lines[1].text == "not begun"
            assert not made.running


async def test_a_bug_in_one_part_ends_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fleet(tmp_path, tenants=3) as running:
        async with engine_over(running) as engine:
            plan, first = engine.board.plan, running.names[0]
            made = 0

            async def wrong(operation: str, tenant: str, given: Mapping[str, str]) -> Plan:
                nonlocal made
                made += tenant == first
                if tenant == first and made == 2:
                    raise ValueError("a bug")
                return await plan(operation, tenant, given)

            monkeypatch.setattr(engine.board, "plan", wrong)
            wish = await begun(engine, running, in_flight=3, failures=2)
            await wish.done()
            assert [line.state for line in wish.lines] == [State.FAILED, *[State.DONE] * 2]
            assert wish.lines[0].text == "a bug"


async def test_a_typed_name_says_yes_to_that_tenant_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fleet(tmp_path) as running:
        async with engine_over(running) as engine:
            plan = engine.board.plan

            async def named(*given: object) -> Plan:
                return msgspec.structs.replace(await plan(*given), named=True)  # type: ignore[arg-type]

            monkeypatch.setattr(engine.board, "plan", named)
            made = await begun(
                engine, running, Yes.NAME, in_flight=1, failures=2, typed=running.names[0]
            )
            await made.done()
        assert [line.state for line in made.lines] == [State.DONE, State.REFUSED]
        assert f"type {running.names[1]}" in made.lines[1].text
        assert len(running.acts()) == 1


async def test_a_plan_that_was_seen_is_not_made_anew_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fleet(tmp_path) as running:
        async with engine_over(running) as engine:
            targets = bulk.alike(running.names, SERVICE)
            seen = await bulk.first_plan(engine.board, "container.restart", targets)

            async def away(*_: object) -> Plan:
                raise Unseen("nobody can be looked at")

            monkeypatch.setattr(engine.board, "plan", away)
            made = await begun(engine, running, in_flight=2, failures=1, seen=seen)
            await made.done()
        assert [line.state for line in made.lines] == [State.REFUSED] * 2
        assert made.plan is seen
        assert running.acts() == []


async def test_without_a_yes_nobody_is_begun(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Refused, match="y says yes"):
                await begun(engine, running, Yes.ENTER, in_flight=2, failures=1)
        assert running.acts() == []


async def test_lines_of_one_tenant_take_turns_and_are_told_apart(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        first, second = running.names
        targets = [
            Target(first, {"schedule": "al-reflection"}),
            Target(first, {"schedule": "al-judgment"}),
            Target(second, {"schedule": "al-reflection"}),
        ]
        async with engine_over(running) as engine:
            made = await bulk.begin(
                engine.board, "schedule.trigger", targets, Yes.KEY, in_flight=8, failures=1
            )
            await made.done()
            runs = await engine.journal.runs()
        assert [line.state for line in made.lines] == [State.DONE] * 3
        assert made.title == "trigger 3 schedules on 2 tenants"
    one, other = sorted((run for run in runs if run.tenant == first), key=lambda run: run.number)
    assert one.ended is not None
    assert one.ended <= other.at, "the second begins when the first has ended"
    assert {run.arguments["schedule"] for run in (one, other)} == {"al-reflection", "al-judgment"}


async def test_what_failed_is_tried_again_as_it_was_told(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        first, second = running.names
        targets = [
            Target(first, {"schedule": "al-reflection"}),
            Target(second, {"schedule": "al-nothing"}),
            Target(second, {"schedule": "al-judgment"}),
        ]
        async with engine_over(running) as engine:
            made = await bulk.begin(
                engine.board, "schedule.trigger", targets, Yes.KEY, in_flight=1, failures=1
            )
            await made.done()
    states = [line.state for line in made.lines]
    assert states == [State.DONE, State.REFUSED, State.DONE]
    assert made.failed == targets[1:2]
