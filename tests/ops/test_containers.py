"""Restart, stop, start of a service, against a fleet that behaves as the real one does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.look import Door, Look
from alfred_tui.model.operation import Answer, Call, Consent, Outcome, Plan, Risk, RunRecord, Target
from alfred_tui.ops import containers as operations
from alfred_tui.ops.board import Yes
from alfred_tui.ops.containers import GUARD, NO_TIMER, TIMER, Restart, Start, Stop
from alfred_tui.ops.operation import Refused, Stopped, Unseen
from alfred_tui.tenant.stack import FLEET
from tests.support.ops import Fleet, described, engine_over, fleet

API = "/api/v1/admin/containers"


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


async def does(engine: Engine, what: str, tenant: str, service: str, yes: Yes = Yes.KEY) -> str:
    """Plan and run; the outcome and the run's text."""
    plan = await engine.board.plan(f"container.{what}", tenant, {"service": service})
    job = await engine.board.start(plan, yes)
    return f"{(await job.done()).value}: {job.text}"


def runs(engine: Engine) -> list[RunRecord]:
    assert engine._store is not None
    return engine._store.journal.runs()


def called(run: RunRecord) -> list[tuple[str, Outcome]]:
    """The doors of its calls, and what came of them."""
    return [(call.door, call.outcome) for call in run.calls]


def moved(running: Fleet, name: str) -> list[str]:
    """What was begun over SSH on a tenant that moves a container."""
    lines = [command.removeprefix(f"{name} ") for command in running.commands()]
    return [line for line in lines if re.search(r"yaml (restart|start|stop) ", line)]


async def test_a_restart_is_proved_by_a_younger_container_and_written_down(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        said = await does(engine, "restart", name, "alfred")
        assert said.startswith("done: alfred is running again, up ")
        (run,) = runs(engine)
    assert well.acts() == [f"{name} POST {API}/alfred/restart"]
    assert (run.tenant, run.operation, run.risk) == (name, "container.restart", Risk.DISRUPTIVE)
    assert run.outcome is Outcome.DONE
    assert (run.before, run.after) == ("", ""), "nobody polls here, so nobody judges"
    assert run.ended is not None
    assert "@" in run.who
    (call,) = run.calls
    assert (call.line, call.outcome, call.status) == (
        f"POST {API}/alfred/restart",
        Outcome.DONE,
        200,
    )
    assert "restarted" in call.text
    assert call.answered is not None
    assert call.intended <= call.answered


async def test_a_stop_lasts_and_a_start_ends_it(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        assert await does(engine, "stop", name, "alfred") == "done: alfred is stopped"
        with pytest.raises(Refused, match="stopped already"):
            await engine.board.plan("container.stop", name, {"service": "alfred"})
        with pytest.raises(Refused, match="start it instead"):
            await engine.board.plan("container.restart", name, {"service": "alfred"})
        said = await does(engine, "start", name, "alfred", Yes.ENTER)
        assert said == "done: alfred is running"
        with pytest.raises(Refused, match="running already"):
            await engine.board.plan("container.start", name, {"service": "alfred"})
    assert [act.rpartition("/")[2] for act in well.acts()] == ["stop", "start"]


async def test_a_restart_of_the_api_itself_loses_its_answer_and_is_waited_out(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        plan = await engine.board.plan("container.restart", name, {"service": "ctrl-api"})
        assert plan.calls[0].headers == GUARD  # type: ignore[union-attr]
        assert "X-Confirm-Self-Restart: yes" in plan.shell()
        assert "the API" in plan.wrong[0]
        job = await engine.board.start(plan, Yes.KEY)
        assert await job.done() is Outcome.DONE
        (run,) = runs(engine)
    assert run.calls[0].outcome is Outcome.UNKNOWN
    assert run.outcome is Outcome.DONE, "the effect was seen"


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("--no-deps", "no service's name"),
        ("-", "no service's name"),
        ("alfred/../temporal", "no service's name"),
        ("alfred restart", "no service's name"),
        ("alfrd", "did you mean alfred"),
        ("nothing-like-it", "it has "),
        ("", "needs service"),
    ],
)
async def test_no_request_leaves_for_a_service_that_is_none(
    well: Fleet, service: str, said: str
) -> None:
    async with engine_over(well) as engine:
        for what in ("restart", "stop", "start"):
            with pytest.raises(Refused, match=said):
                await engine.board.plan(f"container.{what}", well.names[0], {"service": service})
        with pytest.raises(Refused, match="no tenant is called"):
            await engine.board.plan("container.stop", "nobody", {"service": "alfred"})
        with pytest.raises(Refused, match="no operation is called"):
            await engine.board.plan("container.explode", well.names[0], {"service": "alfred"})
        assert runs(engine) == []
    assert well.acts() == []


async def test_what_the_plan_rests_on_must_be_seen(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "docker-silent"}) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen, match="cannot be listed"):
                await engine.board.plan(
                    "container.restart", running.names[0], {"service": "alfred"}
                )
        assert running.acts() == []


async def test_the_api_says_no_and_that_is_the_run_s_word(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            plan = await engine.board.plan("container.restart", name, {"service": "alfred"})
            wrong = type(engine.tenants()[0].api_key)("wrong")
            await described(engine, lambda each: msgspec.structs.replace(each, api_key=wrong))
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.FAILED
            assert "restart alfred" in job.text
            (run,) = runs(engine)
    assert (run.calls[0].outcome, run.calls[0].status) == (Outcome.FAILED, 401)


async def test_a_dead_host_is_told_as_not_sent(tmp_path: Path) -> None:
    with ExitStack() as alive:
        running = alive.enter_context(fleet(tmp_path))
        async with engine_over(running) as engine:
            given = {"service": "alfred"}
            plan = await engine.board.plan("container.restart", running.names[0], given)
            alive.close()  # nothing listens any more
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.FAILED
            (run,) = runs(engine)
        assert called(run) == [("ctrl-api", Outcome.NOT_SENT), ("ssh", Outcome.NOT_SENT)]
        assert "over SSH" in run.text
        assert running.acts() == []


def test_the_risk_says_how_it_is_said_yes_to() -> None:
    from alfred_tui.model.operation import CONSENT
    from alfred_tui.ops.operation import OPERATIONS

    assert CONSENT[OPERATIONS["container.stop"].risk] is Consent.YES
    assert CONSENT[OPERATIONS["container.start"].risk] is Consent.ENTER


async def test_beside_a_stop_stands_when_the_update_timer_undoes_it(well: Fleet) -> None:
    async with engine_over(well) as engine:
        plan = await engine.board.plan("container.stop", well.names[0], {"service": "alfred"})
    (line,) = [line for line in plan.wrong if "update timer" in line]
    assert re.fullmatch(r"the update timer starts it again in \d+ (s|min)", line)


async def test_where_the_update_timer_is_off_a_stop_is_not_told_to_be_undone(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        off = {"command": "sudo systemctl stop alfred-update.timer"}
        job = await engine.board.start(await engine.board.plan("shell.run", name, off), Yes.KEY)
        assert await job.done() is Outcome.DONE, job.text
        plan = await engine.board.plan("container.stop", name, {"service": "alfred"})
    assert NO_TIMER in plan.wrong
    assert not [line for line in plan.wrong if "starts it again" in line]


async def test_where_the_host_cannot_be_asked_it_is_said_in_general(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "ssh-refused"}) as running:
        async with engine_over(running) as engine:
            name = running.names[0]
            plan = await engine.board.plan("container.stop", name, {"service": "alfred"})
    assert TIMER in plan.wrong


DC = "docker compose -f /opt/alfred/compose/docker-compose.yaml"


async def test_a_stop_of_the_api_is_seen_over_ssh_and_its_start_is_sent_there(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        assert await does(engine, "stop", name, "ctrl-api") == "done: ctrl-api is stopped"
        told = await engine.sights.containers(name)
        assert told.door is Door.SSH
        assert told.instead.startswith("ctrl-api: ")
        assert "alfred" in told.answer.by_service
        assert "ctrl-api" not in told.answer.by_service
        with pytest.raises(Refused, match="stopped already"):
            await engine.board.plan("container.stop", name, {"service": "ctrl-api"})
        said = await does(engine, "start", name, "ctrl-api", Yes.ENTER)
        assert said == "done: ctrl-api is running"
        assert (await engine.sights.containers(name)).door is Door.API
        start, stop = runs(engine)
    assert called(stop) == [("ctrl-api", Outcome.UNKNOWN)], "it has ended itself"
    assert called(start) == [("ctrl-api", Outcome.NOT_SENT), ("ssh", Outcome.DONE)]
    assert start.calls[1].line == f"{DC} start ctrl-api"
    assert well.acts() == [f"{name} POST {API}/ctrl-api/stop"]
    assert [line.rpartition("yaml ")[2] for line in moved(well, name)] == ["start ctrl-api"]


async def test_with_the_api_gone_a_service_is_restarted_over_ssh(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "api-down"}) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            plan = await engine.board.plan("container.restart", name, {"service": "alfred"})
            assert [call.door for call in plan.calls] == ["ctrl-api", "ssh"]
            assert f"{API}/alfred/restart" in plan.shell()
            assert f"{DC} restart alfred" in plan.shell()
            assert "then, and only then, it goes over SSH" in plan.wrong[-1]
            job = await engine.board.start(plan, Yes.KEY)
            assert await job.done() is Outcome.DONE
            assert job.text.startswith("alfred is running again, up ")
            (run,) = runs(engine)
            known = engine.workshop.house.state.known(name)
            assert known is not None
            # what SSH lists does not make the API one that answers
            assert Look.CONTAINERS not in known.memory.answers
            assert known.memory.attempts[Look.CONTAINERS].door is Door.API
            assert known.memory.streaks[Look.CONTAINERS].count > 1
    assert called(run) == [("ctrl-api", Outcome.NOT_SENT), ("ssh", Outcome.DONE)]
    assert running.acts() == []
    assert len(moved(running, name)) == 1


async def test_where_the_api_may_have_had_the_call_nothing_is_sent_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "RESTART_LIMIT", 1.0)
    slow = {"tenant": 0, "fault": "slow", "seconds": 6, "route": "/restart"}
    with fleet(tmp_path, slow) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            said = await does(engine, "restart", name, "alfred")
            assert said.startswith("done: alfred is running again"), "the effect was seen"
            (run,) = runs(engine)
        assert called(run) == [("ctrl-api", Outcome.UNKNOWN)]
        assert moved(running, name) == []


async def test_who_asks_to_be_asked_less_is_not_asked_over_ssh(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "rate-limited"}) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen, match="rate limited"):
                await engine.sights.containers(running.names[0])
        assert running.commands() == []


async def test_where_neither_lists_them_both_reasons_are_told(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "docker-silent"}) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen) as caught:
                await engine.sights.containers(running.names[0])
    assert re.search(r"cannot be listed: ctrl-api: .+; ssh: .+", str(caught.value))


async def test_a_tenant_that_was_never_watched_has_the_services_that_it_lists(well: Fleet) -> None:
    name = well.names[0]
    async with engine_over(well) as engine:
        assert "openclaw" not in engine.board._house.eyes(name).services
        plan = await engine.board.plan("container.stop", name, {"service": "openclaw"})
        assert plan.before["listed"]


class Scripted:
    """Hands that send nothing and answer as told."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[str] = []

    async def do(self, call: Call) -> Answer:
        self.sent.append(call.door)
        return self.answers.pop(0)

    def tell(self, text: str) -> None:
        pass


BOTH, ONE = ["ctrl-api", "ssh"], ["ctrl-api"]
GATEWAY = Answer(Outcome.FAILED, 502, "Bad Gateway")


@pytest.mark.parametrize(
    ("operation", "first", "sent", "ends"),
    [
        (Restart(), Answer(Outcome.DONE, 200), ONE, True),
        (Restart(), Answer(Outcome.NOT_SENT, None, "refused"), BOTH, True),
        (Restart(), Answer(Outcome.UNKNOWN, None, "cut"), ONE, True),
        (Stop(), Answer(Outcome.UNKNOWN, None, "cut"), ONE, True),
        (Restart(), Answer(Outcome.FAILED, 500, "no such service"), ONE, False),
        (Stop(), Answer(Outcome.FAILED, 401, "wrong key"), ONE, False),
        # a gateway does not say whether the API had it (what cannot be done twice: test_away.py)
        (Stop(), GATEWAY, BOTH, True),
        (Start(), GATEWAY, BOTH, True),
    ],
)
async def test_the_second_way_is_gone_where_the_first_led_nowhere(
    operation: Restart | Stop | Start, first: Answer, sent: list[str], ends: bool
) -> None:
    calls = (operation.call("alfred"), operation.over_ssh("alfred", FLEET))
    where = Target("http://acme.example:3100", "deploy@acme.example")
    plan = Plan(operation.id, "acme", "it", operation.risk, calls, where, datetime.now(UTC))
    hands = Scripted(first, Answer(Outcome.DONE, 0))
    if ends:
        await operation.run(plan, hands)  # type: ignore[arg-type]  # nobody looks here
    else:
        with pytest.raises(Stopped, match=re.escape(first.text)):
            await operation.run(plan, hands)  # type: ignore[arg-type]  # nobody looks here
    assert hands.sent == sent
