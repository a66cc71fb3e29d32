"""A program that does one operation and is killed around one of its calls: by test_kill_every.py.

``killed_anywhere.py TENANT OPERATION ARGUMENTS CALL PLACE``: ``before`` that call goes out, as it
goes ``out``, or ``after`` it has been answered and before that is written.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import datetime

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, Call, CallRecord, Outcome, RunRecord
from alfred_tui.ops.board import Yes
from alfred_tui.ops.hands import Writer
from tests.ops.every import told


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Writer):
    def __init__(self, inner: Writer, number: int, place: str) -> None:
        self.inner, self.number, self.place = inner, number, place

    async def begin(self, run: RunRecord) -> int:
        return await self.inner.begin(run)

    async def intend(self, run: int, call: CallRecord) -> None:
        await self.inner.intend(run, call)
        if (call.number, self.place) == (self.number, "before"):
            die()

    async def answered(self, run: int, number: int, answer: Answer, at: datetime) -> None:
        if (number, self.place) == (self.number, "after"):
            die()
        await self.inner.answered(run, number, answer, at)

    async def end(self, run: int, outcome: Outcome, text: str, after: str, at: datetime) -> None:
        await self.inner.end(run, outcome, text, after, at)


async def main(tenant: str, what: str, given: str, number: int, place: str) -> None:
    engine = Engine(load_settings())
    await engine.start(poll=False)
    board = engine.board
    board._writer = Doomed(board._writer, number, place)
    house, gone = board._house, 0
    send = house.send
    plan = await board.plan(what, tenant, await told(engine, tenant, json.loads(given)))

    async def doomed(name: str, call: Call) -> Answer:
        nonlocal gone
        planned = call.says in {each.says for each in plan.calls}  # it may go with the lock around
        gone += planned
        if place == "out" and gone == number and planned:
            # as soon as the bytes are on their way, whatever comes back
            asyncio.get_running_loop().call_later(0.02, die)
        return await send(name, call)

    house.send = doomed  # type: ignore[method-assign]
    job = await board.start(plan, Yes.NAME, typed=tenant)
    await job.done()
    await engine.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]))
