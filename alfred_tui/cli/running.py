"""Asynchronous work of a command, ended by signals as a command is: cleanly, with their codes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
ENDINGS = ((signal.SIGTERM, 143), (signal.SIGHUP, 129))


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``. SIGTERM and SIGHUP cancel it and end the program with 143 and 129.

    Not by an exception out of the handler: that would be raised wherever Python just is, in a
    destructor for one, where it is lost.
    """
    ended: list[int] = []

    async def guarded() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def end(code: int) -> None:
            ended.append(code)
            task.cancel()

        for number, code in ENDINGS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                loop.add_signal_handler(number, end, code)
        return await work

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise SystemExit(ended[0] if ended else 130) from None
