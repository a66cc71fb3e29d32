"""A second operator: a file on the tenant says who is at work, and keeps others away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, Call, Outcome, ShellCall
from alfred_tui.ops import lock
from alfred_tui.ops.board import Yes
from tests.support.ops import Fleet, engine_over, fleet

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


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
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        words, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def taken(call: object, home: Path) -> subprocess.Popen[str]:
    """A program that takes a lock, as the tenant's sshd would start it."""
    words = call.words  # type: ignore[attr-defined]
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return subprocess.Popen(words, cwd=home, env=environ, text=True, stdout=subprocess.PIPE)


@pytest.mark.skipif(shutil.which("flock") is None, reason="no flock here: NOT tried for races")
def test_of_many_who_take_over_one_left_over_one_gets_it(tmp_path: Path) -> None:
    old = lock.Holder("bo@bastion", "99@bastion", NOON)
    comers = [lock.Holder("ada@laptop", f"{number}@laptop", NOON) for number in range(6)]
    for _ in range(20):
        (tmp_path / lock.FILE).write_text(old.line + "\n")
        tries = [taken(lock.take(each, old.line), tmp_path) for each in comers]
        said = [each.communicate(timeout=60)[0].strip() for each in tries]
        assert said.count(lock.MINE) == 1
        winner = comers[said.index(lock.MINE)]
        assert {line for line in said if line != lock.MINE} == {winner.line}
        # one who comes late with a lock that was taken over meanwhile takes nobody's away
        taken(lock.give(old), tmp_path).communicate(timeout=60)
        assert (tmp_path / lock.FILE).read_text() == winner.line + "\n"
        taken(lock.give(winner), tmp_path).communicate(timeout=60)
        assert not (tmp_path / lock.FILE).exists()


def ran(holder: lock.Holder, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command that holds its own line, as the tenant's sshd would start it."""
    call = lock.holding(holder, ShellCall("run it", words))
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return subprocess.run(
        (*call.within, *call.words),
        cwd=home,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_that_holds_its_line_is_itself_in_all_it_says(tmp_path: Path) -> None:
    mine = lock.Holder("ada@laptop", "7@laptop", NOON)
    file = tmp_path / lock.FILE
    text = f'cat "$HOME/{lock.FILE}"; echo err >&2; echo "$1"; exit 7'
    done = ran(mine, tmp_path, "sh", "-c", text, "sh", "a  'word'")
    assert (done.returncode, done.stderr) == (7, "err\n")
    assert done.stdout == f"{mine.line}\na  'word'\n", "its line stands there meanwhile"
    assert file.read_text() == "", "and nobody's afterwards"
    other = lock.Holder("bo@bastion", "99@bastion", NOON + timedelta(seconds=1))
    file.write_text(other.line + "\n")
    kept = ran(mine, tmp_path, "sh", "-c", "touch ran")
    answer = Answer(Outcome.FAILED, kept.returncode, kept.stdout + kept.stderr)
    assert lock.kept_away(mine, answer)
    assert not lock.kept_away(other, answer), "another one's refusal"
    assert not (tmp_path / "ran").exists()
    assert file.read_text() == other.line + "\n"
    # taken over meanwhile: another's line is left alone
    replaced = f'echo other > "$HOME/{lock.FILE}"'
    file.unlink()
    assert ran(mine, tmp_path, "sh", "-c", replaced).returncode == 0
    assert file.read_text() == "other\n"
    # an exit code of its own is no refusal
    file.unlink()
    done = ran(mine, tmp_path, "sh", "-c", "exit 75")
    assert not lock.kept_away(mine, Answer(Outcome.FAILED, done.returncode, done.stdout))


def test_of_many_commands_at_once_one_holds_its_line(tmp_path: Path) -> None:
    """The file of the round before is still there, empty: who writes into it first has it."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    text = 'mkdir "$HOME/alone" || exit 9; rmdir "$HOME/alone"; echo ran'
    comers = [lock.Holder("ada@laptop", f"{number}@laptop", NOON) for number in range(8)]
    for _ in range(20):
        running = []
        for each in comers:
            call = lock.holding(each, ShellCall("run it", ("sh", "-c", text)))
            running.append(
                subprocess.Popen(
                    (*call.within, *call.words), env=environ, text=True, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            )  # fmt: skip
        ends = [(each.communicate(timeout=60)[0], each.returncode) for each in running]
        assert set(ends) <= {("ran\n", 0), ("", lock.HELD)}, "two at once"
        assert ("ran\n", 0) in ends
        assert (tmp_path / lock.FILE).read_text() == ""
    late = taken(lock.take(comers[0]), tmp_path).communicate(timeout=60)[0]
    assert late.strip() == lock.MINE, "an empty file is nobody's"
    assert (tmp_path / lock.FILE).read_text() == comers[0].line + "\n"


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_where_a_command_can_leave_no_line_it_runs_all_the_same(
    tmp_path: Path, device: str
) -> None:
    (tmp_path / lock.FILE).symlink_to(device)
    done = ran(
        lock.Holder("ada@laptop", "7@laptop", NOON), tmp_path, "sh", "-c", "echo ran; exit 3"
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "ran\n", "")
    said = taken(lock.take(lock.Holder("bo@desk", "8@desk", NOON)), tmp_path)
    assert said.communicate(timeout=60)[0] == ""


async def test_a_command_of_a_second_operator_is_not_run(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        assert (await sent(engine, name, lock.take(other(engine)))).text == lock.MINE

        async def ran() -> tuple[Outcome | None, str]:
            plan = await engine.board.plan("shell.run", name, {"command": "echo x >> ran"})
            job = await engine.board.start(plan, Yes.KEY)
            await job.done()
            return job.outcome, job.text

        outcome, text = await ran()
        assert outcome is Outcome.FAILED
        assert "bo@bastion has been at work on" in text
        (run,) = await engine.journal.runs()
        assert [call.outcome for call in run.calls] == [Outcome.NOT_SENT]
        there = await engine.workshop.house.ask(engine.workshop.house.tenant(name), ("ls",), 9.0)
        assert there.out == ""
        # one that is left over is taken over, and the command is run once
        await sent(engine, name, lock.give(other(engine)))
        words = ("sh", "-c", f'rm "$HOME/{lock.FILE}"')
        await sent(engine, name, ShellCall("tidy", words))
        old = other(engine, lock.FRESH + timedelta(minutes=1))
        await sent(engine, name, lock.take(old))
        assert (await ran())[0] is Outcome.DONE
        there = await engine.workshop.house.ask(
            engine.workshop.house.tenant(name), ("cat", "ran"), 9.0
        )
        assert there.out == "x\n"
        assert (await sent(engine, name, lock.take(old))).text == lock.MINE, "it was given back"


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
            assert not [line for line in plan.wrong if "no lock" in line], "nobody has tried yet"
            stop = await engine.board.plan("container.stop", name, {"service": "alfred"})
            plan = await engine.board.plan("container.restart", name, {"service": "alfred"})
            for each in (stop, plan):  # before the yes, once it is known
                assert "a colleague may be at the same (SSH: " in each.wrong[-1]
            start = await engine.board.plan("schedule.trigger", name, {"schedule": "al-reflection"})
            assert not [line for line in start.wrong if "no lock" in line], "it takes none"
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
