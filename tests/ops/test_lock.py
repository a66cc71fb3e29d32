"""A second operator: a file on the tenant says who is at work, and keeps others away."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, Call, Outcome
from alfred_tui.ops import lock
from alfred_tui.ops.board import Yes
from tests.support.ops import Fleet, engine_over, fleet


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


def other(engine: Engine, ago: timedelta = timedelta(minutes=2)) -> lock.Holder:
    return lock.Holder("bo@bastion", "99@bastion", engine.now() - ago)


async def sent(engine: Engine, tenant: str, call: object) -> Answer:
    return await engine.board._house.send(tenant, call)  # type: ignore[arg-type]


async def restarted(engine: Engine, tenant: str) -> tuple[Outcome | None, str]:
    plan = await engine.board.plan("container.restart", tenant, {"service": "alfred"})
    job = await engine.board.start(plan, Yes.KEY)
    await job.done()
    return job.outcome, job.text


async def test_a_fresh_lock_of_somebody_else_keeps_us_away(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        assert (await sent(engine, name, lock.take(other(engine)))).text == lock.MINE
        outcome, text = await restarted(engine, name)
        assert outcome is Outcome.FAILED
        assert text.startswith("bo@bastion has been at work on")
        assert well.acts() == []
        await sent(engine, name, lock.give(other(engine)))  # another moment: not that line
        assert (await restarted(engine, name))[0] is Outcome.FAILED
        assert well.acts() == []


async def test_the_lock_is_there_while_it_runs_and_gone_afterwards(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        outcome, _ = await restarted(engine, name)
        assert outcome is Outcome.DONE
        commands = well.commands()
        assert len(commands) == 2
        assert all("alfred-tui.lock" in command for command in commands)
        # nobody holds it now: another one gets it at once
        assert (await sent(engine, name, lock.take(other(engine)))).text == lock.MINE


async def test_one_left_over_is_taken_over(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        old = other(engine, lock.FRESH + timedelta(minutes=1))
        await sent(engine, name, lock.take(old))
        assert (await restarted(engine, name))[0] is Outcome.DONE
    assert len(well.acts()) == 1


@pytest.mark.parametrize("line", ["", "nonsense", "{}", '{"who": 1, "program": "p", "since": "x"}'])
async def test_a_line_that_says_nothing_keeps_nobody_away(well: Fleet, line: str) -> None:
    assert lock.read(line) is None
    name = well.names[0]
    async with engine_over(well) as engine:
        words = ("sh", "-c", f'printf "%s\\n" "$1" > "$HOME/{lock.FILE}"', "sh", line)
        await sent(engine, name, lock.ShellCall("spoil it", words))
        assert (await restarted(engine, name))[0] is Outcome.DONE


def test_a_full_disk_answers_with_nothing(tmp_path: Path) -> None:
    holder = lock.Holder("ada@desk", "7@desk", datetime(2026, 6, 1, tzinfo=UTC))
    words = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *lock.take(holder).words]
    done = subprocess.run(
        words, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


async def test_where_a_lock_has_no_room_the_work_goes_on_and_that_is_said(
    well: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        house = engine.workshop.house
        send = house.send

        async def full(tenant: str, call: Call) -> Answer:
            if call.says == lock.take(other(engine)).says:
                return Answer(Outcome.DONE, 0, "")
            return await send(tenant, call)

        monkeypatch.setattr(house, "send", full)
        plan = await engine.board.plan("container.restart", name, {"service": "alfred"})
        job = await engine.board.start(plan, Yes.KEY)
        assert await job.done() is Outcome.DONE
        assert "no lock on the tenant: nothing can be written there; is its disk full?" in job.told
    assert len(well.acts()) == 1


async def test_where_ssh_does_not_answer_the_work_goes_on_and_that_is_said(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "ssh-refused"}) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            plan = await engine.board.plan("container.restart", name, {"service": "alfred"})
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.DONE
            assert any(told.startswith("no lock on the tenant") for told in job.told)


async def test_a_safe_operation_needs_no_lock(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        plan = await engine.board.plan("schedule.trigger", name, {"schedule": "al-reflection"})
        job = await engine.board.start(plan, Yes.ENTER)
        assert await job.done() is Outcome.DONE
    assert well.commands() == []


def test_a_line_is_json_and_is_read_back() -> None:
    mine = lock.Holder("ada@desk", "7@desk", datetime(2026, 6, 1, tzinfo=UTC))
    assert json.loads(mine.line)["who"] == "ada@desk"
    assert lock.read(mine.line) == mine
