"""Operations over a real sshd: what the journal says when the connection is cut in their middle."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.engine.house import CUT
from alfred_tui.model.operation import Outcome
from alfred_tui.ops.board import Job, Yes
from alfred_tui.store.store import Store
from tests.support.sshd import Sshd, alive, until

NAME = "acme"


async def begun(engine: Engine, command: str) -> Job:
    plan = await engine.board.plan("shell.run", NAME, {"command": command})
    return await engine.board.start(plan, Yes.KEY)


@pytest.fixture
def home(tmp_path: Path, server: Sshd) -> Path:
    """A store that has the server as its one tenant."""
    folder = tmp_path / "home"
    store = Store.open(load_settings({}, {"ALFRED_TUI_HOME": str(folder)}).paths)
    store.put_tenants([server.tenant(NAME)])
    store.close()
    return folder


async def test_a_connection_cut_in_the_middle_is_an_unknown_outcome_in_the_journal(
    home: Path, server: Sshd
) -> None:
    marker = f"operation-{server.port}"
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}))
    await engine.start(poll=False)
    try:
        job = await begun(engine, f"while :; do sleep 1; done; : {marker}")
        assert await asyncio.to_thread(until, lambda: bool(alive(marker)))
        server.cut_all()
        assert await job.done() is Outcome.UNKNOWN
        (run,) = await engine.journal.runs(NAME)
        assert (run.outcome, run.calls[0].outcome) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
        assert run.ended is not None
        again = await begun(engine, "echo back")
        assert await again.done() is Outcome.DONE
        (run, _) = await engine.journal.runs(NAME)
        assert run.calls[0].text == "back"
    finally:
        await engine.stop()
        for each in alive(marker):
            each.kill()


async def test_that_output_was_cut_is_said(home: Path, server: Sshd) -> None:
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}))
    await engine.start(poll=False)
    try:
        job = await begun(engine, "seq 1 2000")
        assert await job.done() is Outcome.DONE
        (run,) = await engine.journal.runs(NAME)
        assert run.calls[0].text.startswith("1 2 3")
        assert run.calls[0].text.endswith(CUT)
    finally:
        await engine.stop()
