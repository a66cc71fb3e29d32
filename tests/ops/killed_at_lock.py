"""A program that does one operation and is killed around a call for its lock: by test_kill_lock.py.

``killed_at_lock.py TENANT OPERATION ARGUMENTS WORD PLACE``: ``before`` that call (``take``,
``give``) goes out, as it goes ``out``, or ``after`` it has been answered.
"""

from __future__ import annotations

import asyncio
import json
import sys

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.operation import Answer, Call
from alfred_tui.ops.board import Yes
from tests.ops.every import SAYS, told
from tests.ops.killed_anywhere import die


async def main(tenant: str, what: str, given: str, word: str, place: str) -> None:
    engine = Engine(load_settings())
    await engine.start(poll=False)
    board = engine.board
    house = board._house
    send = house.send

    async def doomed(name: str, call: Call) -> Answer:
        if call.says != SAYS[word]:
            return await send(name, call)
        if place == "before":
            die()
        if place == "out":
            # as soon as the bytes are on their way, whatever comes back
            asyncio.get_running_loop().call_later(0.02, die)
        await send(name, call)
        die()
        raise AssertionError

    house.send = doomed  # type: ignore[method-assign]
    plan = await board.plan(what, tenant, await told(engine, tenant, json.loads(given)))
    job = await board.start(plan, Yes.NAME, typed=tenant)
    await job.done()
    await engine.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
