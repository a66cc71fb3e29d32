"""A program that restarts a service and is killed at one place: run by test_kill.py."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, Call, CallRecord, RunRecord
from alfred_tui.ops.board import Yes
from alfred_tui.ops.hands import Writer


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Doomed(Writer):
    """Dies around what it writes, as its place says."""

    def __init__(self, inner: Writer, place: str) -> None:
        self.inner, self.place = inner, place

    async def begin(self, run: RunRecord) -> int:
        number = await self.inner.begin(run)
        self._at("begun")
        return number

    async def intend(self, run: int, call: CallRecord) -> None:
        await self.inner.intend(run, call)
        self._at("intended")

    async def answered(self, run: int, number: int, answer: Answer, at: object) -> None:
        self._at("answered, unwritten")
        await self.inner.answered(run, number, answer, at)  # type: ignore[arg-type]
        self._at("answered")

    async def end(self, *given: object) -> None:
        self._at("seen")
        await self.inner.end(*given)  # type: ignore[arg-type]
        self._at("ended")

    def _at(self, place: str) -> None:
        if place == self.place:
            die()


async def main(tenant: str, what: str, service: str, place: str) -> None:
    engine = Engine(load_settings())
    await engine.start(poll=False)
    board = engine.board
    board._writer = Doomed(board._writer, place)
    house = board._house
    send = house.send

    async def doomed(name: str, call: Call) -> Answer:
        if place == "sent" and call.door == "ctrl-api":
            asyncio.get_running_loop().call_later(0.3, die)  # the answer takes two seconds
        return await send(name, call)

    house.send = doomed  # type: ignore[method-assign]
    plan = await board.plan(what, tenant, {"service": service})
    job = await board.start(plan, Yes.KEY)
    await job.done()
    await engine.stop()


asyncio.run(main(*sys.argv[1:]))
