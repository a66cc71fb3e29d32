"""Killed around the taking and the giving back of the lock on the tenant: who comes next is kept
away only by what may still be at work, ends right, and leaves no lock."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Outcome, Risk, RunRecord
from alfred_tui.ops import lock, programs
from alfred_tui.ops.board import Yes
from alfred_tui.ops.operation import OPERATIONS
from tests.ops.every import CASES, SAYS, STUCK, Case
from tests.ops.test_kill_every import (
    PLACES,
    again,
    asked,
    begun_anew,
    killed,
    line_in,
    stuck_runs,
)
from tests.support.ops import Fleet, engine_over, fleet

KILLS = [(word, place) for word in SAYS for place in PLACES]
STANDS = {("take", "after"), ("give", "before")}
"""Where the line of the killed one stands for certain, and where for certain there is none:"""
GONE = {("take", "before"), ("give", "after")}
SHORT = ("container.restart", "container.stop", "schedule.pause", "workflow.restart")
"""Of each sort one, killed at every place: a call of the API's, one that is refused when it was
done already, both doors, two steps."""
LOCKING = sorted(
    {*CASES} - {"shell.run"} - {what for what in CASES if OPERATIONS[what].risk is Risk.SAFE}
)
"""Whatever takes a lock of its own; a command holds its line itself (below)."""
RESTART = "container.restart"


def kills_of(what: str) -> list[tuple[str, str]]:
    """What takes longer is killed where the line is left for certain."""
    return KILLS if what in SHORT else sorted(STANDS)


def killed_at_lock(running: Fleet, what: str, case: Case) -> dict[str, RunRecord]:
    return killed(running, what, case, kills_of(what), "tests.ops.killed_at_lock")


async def standing(engine: Engine, tenant: str) -> str:
    """The line that stands on a tenant; empty where there is none."""
    seen = await engine.board._house.eyes(tenant).ask(("cat", lock.FILE))
    assert seen.status == 0 or "No such file" in seen.err, seen
    return seen.out.strip()


async def lines(running: Fleet) -> dict[str, str]:
    async with engine_over(running) as engine:
        return {name: await standing(engine, name) for name in running.names}


async def done(engine: Engine, tenant: str) -> tuple[Outcome, str]:
    plan = await engine.board.plan(RESTART, tenant, {"service": "alfred"})
    job = await engine.board.start(plan, Yes.KEY)
    return await job.done(), job.text


@pytest.mark.timeout(240)
@pytest.mark.parametrize("what", LOCKING)
def test_whoever_was_killed_at_the_lock_does_it_again_and_leaves_none(
    tmp_path: Path, what: str
) -> None:
    case = CASES[what]
    trouble = [case.trouble] if case.trouble else []
    kills = kills_of(what)
    with fleet(tmp_path, *trouble, tenants=len(kills)) as running:
        stuck = asyncio.run(stuck_runs(running)) if STUCK in case.given.values() else {}
        runs = killed_at_lock(running, what, case)
        left = asyncio.run(lines(running))
        for name, kill in zip(running.names, kills, strict=True):
            run, log = runs[name], asked(running, name)
            assert (run.ended, run.outcome) == (None, Outcome.UNKNOWN)
            if kill[0] == "take":
                assert (run.calls, log) == ((), []), "nothing is sent without the lock"
            else:
                assert all(call.answered is not None and line_in(call, log) for call in run.calls)
                assert len(log) == len(run.calls) == case.calls
            if left[name]:
                holder = lock.read(left[name])
                assert holder is not None
                assert (holder.who, holder.program) == (run.who, run.program)
            assert kill not in (STANDS if not left[name] else GONE)
        asyncio.run(again(running, what, stuck, case))
        if stuck:
            asyncio.run(begun_anew(running, stuck))
        asyncio.run(nothing_stands(running))


async def nothing_stands(running: Fleet) -> None:
    """What was refused because it was done already took no lock, and left what stood there."""
    async with engine_over(running) as engine:
        for name in running.names:
            if await standing(engine, name):
                (run, *_) = await engine.journal.runs(name)
                assert (run.ended, run.outcome) == (None, Outcome.UNKNOWN), "nothing was begun"
                assert (await done(engine, name))[0] is Outcome.DONE
                assert await standing(engine, name) == ""


async def all_well(engine: Engine, running: Fleet) -> None:
    for ended, text in await asyncio.gather(*(done(engine, name) for name in running.names)):
        assert ended is Outcome.DONE, text
    for name in running.names:
        assert await standing(engine, name) == ""


async def test_a_colleague_at_the_same_machine_need_not_wait_for_the_dead(tmp_path: Path) -> None:
    with fleet(tmp_path, tenants=len(KILLS)) as running:
        runs = await asyncio.to_thread(killed_at_lock, running, RESTART, CASES[RESTART])
        async with engine_over(running) as engine:
            engine.board._who = "bo@desk"
            assert {run.who for run in runs.values()} != {"bo@desk"}
            await all_well(engine, running)


async def test_somebody_elsewhere_waits_until_the_line_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell from another machine that the program is dead."""
    stands = lock.stands
    with fleet(tmp_path, tenants=len(KILLS)) as running:
        runs = await asyncio.to_thread(killed_at_lock, running, RESTART, CASES[RESTART])
        monkeypatch.setattr(programs, "machine", lambda: "bastion#000000")
        async with engine_over(running) as engine:
            engine.board._who = "bo@bastion"
            left = {name: await standing(engine, name) for name in running.names}
            before = {name: asked(running, name) for name in running.names}
            ends = await asyncio.gather(*(done(engine, name) for name in running.names))
            for name, kill, (outcome, text) in zip(running.names, KILLS, ends, strict=True):
                assert kill not in (STANDS if not left[name] else GONE)
                if left[name]:
                    assert outcome is Outcome.FAILED
                    assert text.startswith(f"{runs[name].who} has been at work on {name} since ")
                    assert asked(running, name) == before[name], "nothing was sent"
                    assert await standing(engine, name) == left[name]
                else:
                    assert outcome is Outcome.DONE
            holders = [lock.read(line) for line in left.values() if line]
            ages = [max(lock.FRESH.total_seconds(), each.lasts) for each in holders if each]
            assert len(ages) >= len(STANDS)

            def later(found: lock.Holder | None, mine: lock.Holder, now: datetime) -> bool:
                return stands(found, mine, now + timedelta(seconds=max(ages)))

            monkeypatch.setattr(lock, "stands", later)
            await all_well(engine, running)


@pytest.mark.timeout(240)
def test_a_command_whose_program_was_killed_leaves_no_line_once_it_is_run_again(
    tmp_path: Path,
) -> None:
    case = CASES["shell.run"]
    with fleet(tmp_path, tenants=len(PLACES)) as running:
        killed(running, "shell.run", case, [(1, place) for place in PLACES])
        asyncio.run(again(running, "shell.run", {}, case))
        assert asyncio.run(lines(running)) == dict.fromkeys(running.names, "")
