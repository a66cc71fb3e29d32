"""A proxy before the API says that it is away, and not whether the API had the request."""

from __future__ import annotations

from pathlib import Path

import pytest

from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, ApiCall, Call, Outcome
from alfred_tui.ops.board import Yes
from tests.ops.every import CASES, told
from tests.support.ops import engine_over, fleet


class Proxy:
    """Answers every call to the API with 502, whether it ``hands_on`` what it was asked or not."""

    def __init__(self, engine: Engine, *, hands_on: bool) -> None:
        self._send, self._hands_on = engine.workshop.house.send, hands_on
        engine.workshop.house.send = self.send  # type: ignore[method-assign]

    async def send(self, tenant: str, call: Call) -> Answer:
        if not isinstance(call, ApiCall):
            return await self._send(tenant, call)
        if self._hands_on:
            assert (await self._send(tenant, call)).good
        return Answer(Outcome.FAILED, 502, "Bad Gateway")


@pytest.mark.parametrize("hands_on", [True, False], ids=["handed on", "not handed on"])
@pytest.mark.parametrize("what", ["container.restart", "schedule.trigger", "workflow.restart"])
async def test_it_is_done_once_by_whichever_way(tmp_path: Path, what: str, hands_on: bool) -> None:
    case = CASES[what]
    with fleet(tmp_path, *([case.trouble] if case.trouble else []), tenants=1) as running:
        name = running.names[0]
        async with engine_over(running) as engine:
            given = await told(engine, name, case.given)
            plan = await engine.board.plan(what, name, given)
            Proxy(engine, hands_on=hands_on)
            job = await engine.board.start(plan, Yes.NAME, typed=name)
            assert await job.done() is Outcome.DONE, job.text
            (run,) = await engine.journal.runs()
        doors = [call.door for call in run.calls]
        assert len(running.acts()) == (case.calls if hands_on else 0)
        assert doors == ["ctrl-api"] * case.calls if hands_on else ["ctrl-api", "ssh"] * case.calls
