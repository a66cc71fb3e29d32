"""How a job ends when its answer is lost, or when it is cancelled at a bad moment, or twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, ApiCall, Call, Outcome, Plan
from alfred_tui.ops import lock
from alfred_tui.ops.board import Job, Yes
from alfred_tui.ops.operation import OPERATIONS, Hands, Operation, lost
from tests.support.ops import Fleet, engine_over, fleet

TAKE, GIVE = "say on the tenant who is at work", "take that away"


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


class Gate:
    """Holds what is sent with these words once it has come back, until it may go on."""

    def __init__(self, engine: Engine, says: str) -> None:
        self.came, self.go = asyncio.Event(), asyncio.Event()
        self._send, self._says = engine.workshop.house.send, says
        engine.workshop.house.send = self.send  # type: ignore[method-assign]

    async def send(self, tenant: str, call: Call) -> Answer:
        answer = await self._send(tenant, call)
        if call.says == self._says:
            self.came.set()
            await self.go.wait()
        return answer


async def sleeping(engine: Engine, name: str) -> Job:
    """A job that takes its time."""
    plan = await engine.board.plan("shell.run", name, {"command": "sleep 60"})
    return await engine.board.start(plan, Yes.KEY)


async def until(holds: Callable[[], object]) -> None:
    """Let others work until it holds."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)


def at_work(running: Fleet) -> bool:
    return any("sleep 60" in command for command in running.commands())


async def test_cancelled_again_and_again_it_ends_once_and_is_written_down(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        gate = Gate(engine, GIVE)
        job = await sleeping(engine, name)
        await until(lambda: at_work(well))
        waiting = [asyncio.create_task(engine.board.cancel(job)) for _ in range(2)]
        await gate.came.wait()
        assert job.task is not None
        for _ in range(3):
            job.task.cancel()
            await asyncio.sleep(0)
        assert job.running, "the lock is being given back"
        gate.go.set()
        await asyncio.gather(*waiting)
        assert job.outcome is Outcome.UNKNOWN
        assert engine.board.running == []
        (run,) = await engine.journal.runs()
        assert run.ended is not None
        assert run.outcome is Outcome.UNKNOWN
        again = await engine.board.plan("shell.run", name, {"command": "true"})
        assert await (await engine.board.start(again, Yes.KEY)).done() is Outcome.DONE


async def test_cancelled_while_the_lock_is_taken_it_leaves_none(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        gate = Gate(engine, TAKE)
        plan = await engine.board.plan("container.restart", name, {"service": "alfred"})
        job = await engine.board.start(plan, Yes.KEY)
        await gate.came.wait()
        await engine.board.cancel(job)
        assert job.outcome is Outcome.CANCELLED
        gate.go.set()
        other = lock.Holder("bo@bastion", "99@bastion", engine.now())
        answer = await engine.workshop.house.send(name, lock.take(other))
        assert answer.text == lock.MINE
    assert well.acts() == []


async def test_a_bug_in_an_operation_leaves_no_lock_and_its_run_has_an_end(
    well: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wrong(self: Operation, plan: Plan, hands: Hands) -> None:
        raise KeyError("a bug")

    name = well.names[0]
    async with engine_over(well) as engine:
        monkeypatch.setattr(type(OPERATIONS["shell.run"]), "run", wrong)
        job = await sleeping(engine, name)
        assert await job.done() is Outcome.FAILED
        monkeypatch.undo()
        (run,) = await engine.journal.runs()
        assert (run.outcome, run.text) == (Outcome.FAILED, "'a bug'")
        other = lock.Holder("bo@bastion", "99@bastion", engine.now())
        answer = await engine.workshop.house.send(name, lock.take(other))
        assert answer.text == lock.MINE
    assert not at_work(well)


async def test_cancelled_while_the_journal_begins_it_nothing_is_sent_and_that_is_written(
    well: Fleet,
) -> None:
    async with engine_over(well) as engine:
        write, begun = engine.workshop.journal.write, asyncio.Event()
        loop = asyncio.get_running_loop()
        go = threading.Event()

        def slow(work: Callable[[object], object]) -> object:
            written = write(work)
            loop.call_soon_threadsafe(begun.set)
            assert go.wait(20)
            return written

        engine.workshop.journal.write = slow  # type: ignore[method-assign]
        starting = asyncio.create_task(sleeping(engine, well.names[0]))
        await begun.wait()
        starting.cancel()
        await asyncio.sleep(0)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await starting
        (run,) = await engine.journal.runs()
        assert (run.outcome, run.calls) == (Outcome.CANCELLED, ())
        assert engine.board.running == []
    assert not at_work(well)


async def test_a_lock_stands_for_as_long_as_its_work_may_take(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        plan = await engine.board.plan("shell.run", name, {"command": "true"})
        long = lock.lasts(plan, 120.0)
        assert long >= plan.calls[0].limit
        since = engine.now() - lock.FRESH * 2
        theirs = lock.Holder("bo@bastion", "99@bastion", since, long)
        mine = lock.Holder("ada@desk", "7@desk", engine.now())
        assert lock.read(theirs.line) == theirs
        assert lock.stands(theirs, mine, engine.now())
        assert not lock.stands(theirs, mine, engine.now() + lock.LONGEST)
        assert not lock.stands(theirs._replace(lasts=1.0), mine, engine.now())
        for_ever = theirs._replace(lasts=1e12)
        assert not lock.stands(for_ever, mine, since + lock.LONGEST)


async def test_an_answer_that_is_lost_does_not_end_it_its_effect_is_looked_for(
    tmp_path: Path,
) -> None:
    cut = {"tenant": 0, "fault": "answer-cut", "route": "/restart"}
    with fleet(tmp_path, cut) as running:
        async with engine_over(running) as engine:
            given = {"service": "alfred"}
            plan = await engine.board.plan("container.restart", running.names[0], given)
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.DONE
            assert "running again" in job.text
            (run,) = await engine.journal.runs()
        assert run.calls[0].outcome is Outcome.UNKNOWN
        assert len(running.acts()) == 1


@pytest.mark.parametrize(
    ("answer", "may_lose", "goes_on"),
    [
        (Answer(Outcome.UNKNOWN, None, "connection reset"), False, True),
        (Answer(Outcome.FAILED, 500, "EXEC_ERROR: docker failed (255):  Restarting"), False, True),
        (Answer(Outcome.FAILED, 500, "EXEC_ERROR: docker failed (null): "), False, True),
        (Answer(Outcome.FAILED, 500, "EXEC_ERROR: docker failed (1): no such"), False, False),
        (Answer(Outcome.FAILED, 502, "bad gateway"), True, True),
        (Answer(Outcome.FAILED, 502, "bad gateway"), False, False),
        (Answer(Outcome.FAILED, 401, "unauthorized"), True, False),
        (Answer(Outcome.NOT_SENT, None, "connection refused"), True, False),
    ],
)
def test_what_may_be_under_way_and_what_is_not(
    answer: Answer, may_lose: bool, goes_on: bool
) -> None:
    assert lost(ApiCall("x", "POST", "/x", may_lose=may_lose), answer) is goes_on
