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
from alfred_tui.model.operation import Plan, Risk
from alfred_tui.ops.board import Yes
from alfred_tui.ops.operation import OPERATIONS, Refused
from tests.ops.every import CASES, told
from tests.support.ops import Fleet, engine_over, fleet

EVERY = sorted(CASES)
LOOKS = (
    *("systemctl show", "list-timers", "-o json", "--output=json", "docker inspect"),
    "ps --format json",
)
TROUBLES = [case.trouble for case in CASES.values() if case.trouble]


@asynccontextmanager
async def planned(
    folder: Path, what: str, **flags: object
) -> AsyncIterator[tuple[Fleet, Engine, Plan]]:
    trouble = [CASES[what].trouble] if CASES[what].trouble else []
    with fleet(folder, *trouble, tenants=1) as running:  # type: ignore[arg-type]
        async with engine_over(running, **flags) as engine:
            given = await told(engine, running.names[0], CASES[what].given)
            yield running, engine, await engine.board.plan(what, running.names[0], given)


def left(running: Fleet) -> list[str]:
    """Whatever changes something, or tried to."""
    commands = [c for c in running.commands() if not any(look in c for look in LOOKS)]
    return [*running.acts(), *commands]


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


@pytest.mark.parametrize("what", ["container.restart", "schedule.trigger", "shell.run"])
async def test_a_double_press_sends_it_once(tmp_path: Path, what: str) -> None:
    async with planned(tmp_path, what) as (running, engine, plan):
        starts = (engine.board.start(plan, Yes.NAME, typed=plan.tenant) for _ in range(2))
        first, second = await asyncio.gather(*starts, return_exceptions=True)
        assert isinstance(second, Refused)
        assert not isinstance(first, BaseException)
        await first.done()
        sent = [line for line in left(running) if ".alfred-tui" not in line]
        assert len(sent) == CASES[what].calls


DISRUPTIVE = [w for w in EVERY if OPERATIONS[w].risk in (Risk.DISRUPTIVE, Risk.DESTRUCTIVE)]


@pytest.mark.parametrize("what", DISRUPTIVE)
async def test_beside_a_second_operator_nothing_leaves(tmp_path: Path, what: str) -> None:
    async with planned(tmp_path, what) as (running, engine, plan):
        from alfred_tui.ops import lock

        other = lock.Holder("bo@elsewhere", "77@elsewhere", engine.now())
        house = engine.board._house
        assert (await house.send(plan.tenant, lock.take(other, None))).good
        before = left(running)
        job = await engine.board.start(plan, Yes.NAME, typed=plan.tenant)
        await job.done()
        assert "bo@elsewhere has been at work" in job.text
        more = left(running)[len(before) :]
        assert [line for line in more if ".alfred-tui" not in line] == []
