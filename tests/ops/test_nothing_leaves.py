"""What must not be done is not sent, whichever operation it is: held to the tenant's own log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Outcome, Plan, Risk
from alfred_tui.ops import lock
from alfred_tui.ops.board import Yes
from alfred_tui.ops.containers import next_update
from alfred_tui.ops.operation import OPERATIONS, Refused
from tests.ops.every import CASES, told
from tests.support.ops import Fleet, engine_over, fleet

EVERY = sorted(CASES)
LOOKS = (
    *("systemctl show", "list-timers", "-o json", "--output=json", "docker inspect"),
    "ps --format json",
)
LONG = frozenset({"update.run"})
"""Takes minutes."""
TROUBLES = [case.trouble for case in CASES.values() if case.trouble]


@asynccontextmanager
async def planned(
    folder: Path, what: str, **flags: object
) -> AsyncIterator[tuple[Fleet, Engine, Plan]]:
    trouble = [CASES[what].trouble] if CASES[what].trouble else []
    with fleet(folder, *trouble, tenants=1) as running:  # type: ignore[arg-type]
        async with engine_over(running, **flags) as engine:
            given = await told(engine, running.names[0], CASES[what].given)
            plan = await engine.board.plan(what, running.names[0], given)
            while not plan.calls:  # the timer's own update is under way: it is waited for
                await (await engine.board.start(plan, None)).done()
                plan = await engine.board.plan(what, running.names[0], given)
            yield running, engine, plan


def left(running: Fleet) -> list[str]:
    """Whatever changes something, or tried to."""
    commands = [c for c in running.commands() if not any(look in c for look in LOOKS)]
    return [*running.acts(), *commands]


def lock_alone(line: str) -> bool:
    """Whether a command is about the line on the tenant; one may hold it and do its work, too."""
    return ".alfred-tui" in line and "not run: " not in line


@pytest.mark.parametrize("what", EVERY)
async def test_read_only_stale_or_without_a_yes_nothing_leaves(tmp_path: Path, what: str) -> None:
    async with planned(tmp_path, what) as (running, engine, plan):
        board = engine.board
        old = msgspec.structs.replace(plan, made=plan.made - timedelta(seconds=plan.good_for + 1))
        for each, yes in ((old, Yes.NAME), (plan, None)):
            with pytest.raises(Refused):
                await board.start(each, yes, typed=plan.tenant)
        board.read_only = True
        assert plan.risk is not Risk.READ
        with pytest.raises(Refused, match="read-only"):
            await board.start(plan, Yes.NAME, typed=plan.tenant)
        for name in ("", "nobody", f"{plan.tenant} "):
            with pytest.raises(Refused):
                await board.plan(what, name, plan.arguments)
        assert left(running) == []
        assert await engine.journal.runs() == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", EVERY)
async def test_a_double_press_sends_it_once(tmp_path: Path, what: str) -> None:
    async with planned(tmp_path, what) as (running, engine, plan):
        starts = (engine.board.start(plan, Yes.NAME, typed=plan.tenant) for _ in range(2))
        first, second = await asyncio.gather(*starts, return_exceptions=True)
        assert isinstance(second, Refused)
        assert not isinstance(first, BaseException)
        assert len(engine.board.jobs) == 1
        if what in LONG:
            await engine.board.cancel(first)
        else:
            await first.done()
        sent = [line for line in left(running) if not lock_alone(line)]
        assert len(sent) <= CASES[what].calls if what in LONG else len(sent) == CASES[what].calls


async def test_two_operators_at_one_moment_are_one(tmp_path: Path) -> None:
    what = "container.restart"
    with fleet(tmp_path, tenants=1) as running:
        name = running.names[0]
        async with engine_over(running) as one, engine_over(running) as other:
            other.board._who = "bo@elsewhere"
            plans = [
                await each.board.plan(what, name, {"service": "ollama"}) for each in (one, other)
            ]
            jobs = [
                await each.board.start(plan, Yes.KEY)
                for each, plan in zip((one, other), plans, strict=True)
            ]
            outcomes = sorted([(await job.done()).value for job in jobs])
        assert outcomes == ["done", "failed"]
        assert any("has been at work" in job.text for job in jobs)
        assert len(running.acts()) == 1


@pytest.mark.parametrize("what", EVERY)
async def test_another_name_than_the_tenants_says_yes_to_nothing(tmp_path: Path, what: str) -> None:
    async with planned(tmp_path, what) as (running, engine, plan):
        named = msgspec.structs.replace(plan, named=True)
        for typed in ("", f"{plan.tenant}x", plan.tenant.upper()):
            with pytest.raises(Refused, match=f"type {plan.tenant}"):
                await engine.board.start(named, Yes.NAME, typed=typed)
        assert left(running) == []
        assert await engine.journal.runs() == []


DISRUPTIVE = [w for w in EVERY if OPERATIONS[w].risk in (Risk.DISRUPTIVE, Risk.DESTRUCTIVE)]


@pytest.mark.parametrize("what", DISRUPTIVE)
async def test_beside_a_second_operator_nothing_leaves(tmp_path: Path, what: str) -> None:
    async with planned(tmp_path, what) as (running, engine, plan):
        other = lock.Holder("bo@elsewhere", "77@elsewhere", engine.now())
        house = engine.board._house
        assert (await house.send(plan.tenant, lock.take(other, None))).good
        before = left(running)
        job = await engine.board.start(plan, Yes.NAME, typed=plan.tenant)
        await job.done()
        assert "bo@elsewhere has been at work" in job.text
        more = left(running)[len(before) :]
        if what != "shell.run":  # whose one line looks and acts: see below
            assert [line for line in more if not lock_alone(line)] == []


async def test_a_command_sent_beside_a_second_operator_is_not_run_there(tmp_path: Path) -> None:
    with fleet(tmp_path, tenants=1) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            house = engine.board._house
            stop = {"command": "sudo systemctl stop alfred-update.timer"}
            plan = await engine.board.plan("shell.run", name, stop)
            other = lock.Holder("bo@elsewhere", "77@elsewhere", engine.now())
            assert (await house.send(name, lock.take(other, None))).good
            job = await engine.board.start(plan, Yes.NAME, typed=name)
            assert await job.done() is Outcome.FAILED
            assert "bo@elsewhere has been at work" in job.text
            assert await next_update(house.eyes(name)) is not None, "the timer is on still"
            assert (await house.send(name, lock.give(other))).good
            job = await engine.board.start(
                await engine.board.plan("shell.run", name, stop), Yes.NAME, typed=name
            )
            assert await job.done() is Outcome.DONE
            assert await next_update(house.eyes(name)) is None
