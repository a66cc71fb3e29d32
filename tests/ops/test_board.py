"""The board: who may do what, once, and nothing that nobody has said yes to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alfred_tui.model.operation import Outcome, Plan, Risk
from alfred_tui.ops import board
from alfred_tui.ops.board import Yes
from alfred_tui.ops.operation import OPERATIONS, Eyes, Operation, Refused
from alfred_tui.store.errors import StoreFull
from alfred_tui.store.journal import Entries
from tests.support.ops import Fleet, engine_over, fleet


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


def service(name: str = "alfred") -> Mapping[str, str]:
    return {"service": name}


async def test_without_the_right_yes_nothing_leaves(well: Fleet) -> None:
    async with engine_over(well) as engine:
        plan = await engine.board.plan("container.restart", well.names[0], service())
        for yes in (None, Yes.ENTER):
            with pytest.raises(Refused, match="y says yes"):
                await engine.board.start(plan, yes)
        named = msgspec.structs.replace(plan, named=True)
        for yes, typed in ((Yes.KEY, ""), (Yes.NAME, ""), (Yes.NAME, well.names[1])):
            with pytest.raises(Refused, match=f"type {well.names[0]}"):
                await engine.board.start(named, yes, typed=typed)
        assert engine.board.jobs == []
    assert well.acts() == []


async def test_a_double_key_press_runs_it_once(well: Fleet) -> None:
    async with engine_over(well) as engine:
        plan = await engine.board.plan("container.restart", well.names[0], service())
        first = asyncio.create_task(engine.board.start(plan, Yes.KEY))
        second = asyncio.create_task(engine.board.start(plan, Yes.KEY))
        done = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(each).__name__ for each in done] == ["Job", "Refused"]
        assert await engine.board.jobs[0].done() is Outcome.DONE
    assert len(well.acts()) == 1


async def test_a_program_that_runs_for_weeks_remembers_its_last_jobs(
    well: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "KEPT", 3)
    async with engine_over(well) as engine:
        numbers = []
        for turn in range(5):
            given = {"command": f"echo {turn}"}
            plan = await engine.board.plan("shell.run", well.names[0], given)
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.DONE
            numbers.append(job.number)
            with pytest.raises(Refused, match="run already"):
                await engine.board.start(plan, Yes.KEY)
        assert [job.number for job in engine.board.jobs] == numbers[-3:]
        assert engine.board.running == []
        assert len(await engine.journal.runs(well.names[0])) == 5


async def test_another_plan_for_a_tenant_that_is_busy_waits(well: Fleet) -> None:
    async with engine_over(well) as engine:
        plans = [
            await engine.board.plan("container.restart", well.names[0], service(name))
            for name in ("alfred", "ollama")
        ]
        other = await engine.board.plan("container.restart", well.names[1], service())
        job = await engine.board.start(plans[0], Yes.KEY)
        with pytest.raises(Refused, match="is being done"):
            await engine.board.start(plans[1], Yes.KEY)
        elsewhere = await engine.board.start(other, Yes.KEY)
        assert [await each.done() for each in (job, elsewhere)] == [Outcome.DONE] * 2
        again = await engine.board.start(plans[1], Yes.KEY)
        assert await again.done() is Outcome.DONE
    assert len(well.acts()) == 3


async def test_a_stale_plan_is_refused(well: Fleet) -> None:
    async with engine_over(well) as engine:
        plan = await engine.board.plan("container.restart", well.names[0], service())
        old = msgspec.structs.replace(plan, made=plan.made - timedelta(seconds=plan.good_for + 1))
        ahead = msgspec.structs.replace(plan, made=plan.made + timedelta(hours=1))
        for each in (old, ahead):
            with pytest.raises(Refused, match="too old"):
                await engine.board.start(each, Yes.KEY)
    assert well.acts() == []


async def test_read_only_refuses_what_changes_something(well: Fleet) -> None:
    async with engine_over(well, ops__read_only="true") as engine:
        plan = await engine.board.plan("container.restart", well.names[0], service())
        with pytest.raises(Refused, match="read-only"):
            await engine.board.start(plan, Yes.KEY)
    assert well.acts() == []


async def test_a_journal_that_cannot_be_written_lets_nothing_leave(
    well: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engine_over(well) as engine:
        assert engine._store is not None
        plan = await engine.board.plan("container.restart", well.names[0], service())
        with monkeypatch.context() as patched:
            patched.setattr(Entries, "begin", _full)
            with pytest.raises(StoreFull):
                await engine.board.start(plan, Yes.KEY)
        with monkeypatch.context() as patched:
            patched.setattr(Entries, "intend", _full)
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.FAILED
            assert "space" in job.text
    assert well.acts() == []


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


class _Wilful(Operation):
    """Does something else than it has planned."""

    id = "test.wilful"
    about = "nothing"
    risk = Risk.SAFE

    async def plan(self, eyes: Eyes, arguments: Mapping[str, str]) -> Plan:
        whole = await OPERATIONS["container.restart"].plan(eyes, service())
        return msgspec.structs.replace(whole, operation=self.id)

    async def run(self, plan: Plan, hands: object) -> None:
        other = msgspec.structs.replace(plan.calls[0], path="/api/v1/admin/containers/ollama/stop")
        await hands.do(other)  # type: ignore[attr-defined]

    async def verify(self, plan: Plan, eyes: Eyes, began: object) -> str | None:
        return "well"


async def test_what_is_not_in_the_plan_is_never_sent(
    well: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPERATIONS, _Wilful.id, _Wilful())
    async with engine_over(well) as engine:
        plan = await engine.board.plan(_Wilful.id, well.names[0], {})
        job = await engine.board.start(plan, Yes.KEY)
        assert await job.done() is Outcome.FAILED
        assert "not in the plan" in job.text
    assert well.acts() == []


async def test_cancelled_while_a_call_is_under_way_its_outcome_is_unknown(tmp_path: Path) -> None:
    # the API answers slowly: the call is under way for long
    slow = {"tenant": 0, "fault": "slow", "seconds": 20, "route": "/restart"}
    with fleet(tmp_path, slow) as running:
        async with engine_over(running) as engine:
            plan = await engine.board.plan("container.restart", running.names[0], service())
            job = await engine.board.start(plan, Yes.KEY)
            async with asyncio.timeout(20):
                while not running.acts():  # noqa: ASYNC110 - another process writes it
                    await asyncio.sleep(0.01)
            await engine.board.cancel(job)
            assert job.outcome is Outcome.UNKNOWN
            assert engine._store is not None
            (run,) = engine._store.journal.runs()
    assert (run.outcome, run.calls[0].outcome) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
    assert run.calls[0].answered is None


async def test_a_tenant_that_is_gone_by_now_is_asked_for_nothing(well: Fleet) -> None:
    async with engine_over(well) as engine:
        plan = await engine.board.plan("container.restart", well.names[0], service())
        assert engine._store is not None
        engine._store.remove_tenant(well.names[0])
        await engine.reload()
        job = await engine.board.start(plan, Yes.KEY)
        assert await job.done() is Outcome.FAILED
        assert "no tenant is called" in job.text
    assert well.acts() == []
