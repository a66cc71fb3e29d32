"""Temporal's command over a real sshd, where it does badly; and who has no second way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from alfred_tui.config import Paths, load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.facts import Schedules, Workflows
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.store.store import Store
from alfred_tui.tenant.over_ssh import MOST
from alfred_tui.tenant.stack import FLEET
from alfred_tui.tenant.temporal.door import FirstThatAnswers, OverApi
from alfred_tui.tenant.temporal.shell import OverSsh
from tests.support import sshd

NOW = datetime(2026, 6, 1, tzinfo=UTC)
USAGE = "Usage:\n  temporal schedule list [flags]\n" * 100

Does = Callable[[str], Tenant]


@pytest.fixture(scope="module")
def does(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Does]:
    """A tenant whose ``docker`` is this script."""
    folder = tmp_path_factory.mktemp("shell")
    tools = folder / "tools"
    tools.mkdir(mode=0o755)
    with sshd.running(
        folder,
        rooms={"tools": tools},
        environment=lambda found: {"PATH": f"{found.place('tools')}:/usr/bin:/bin"},
    ) as server:

        def make(script: str) -> Tenant:
            docker = tools / "docker"
            docker.write_text(f"#!/bin/sh\n{script}\n")
            docker.chmod(0o755)
            return server.tenant()

        yield make


async def looked(tenant: Tenant, home: Path, look: Look = Look.SCHEDULES) -> Observation:
    store = Store.open(Paths(home))
    store.put_tenants([tenant])
    store.close()
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(home)}))
    await engine.start(poll=False)
    try:
        return await OverSsh(engine.workshop.ssh, engine.now, lambda _: FLEET).look(tenant, look)
    finally:
        await engine.stop()


async def test_what_went_wrong_is_told_without_the_usage(does: Does, tmp_path: Path) -> None:
    tenant = does(f"cat >&2 <<'E'\nError: failed reaching server\n{USAGE}\nE\nexit 1")
    failure = (await looked(tenant, tmp_path)).failure
    assert failure is not None
    assert failure.kind is FailureKind.COMMAND_FAILED
    assert failure.text == "acme: docker failed, exit status 1: Error: failed reaching server"


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ("exit 0", FailureKind.BAD_ANSWER, "said nothing"),
        ("echo Update available", FailureKind.BAD_ANSWER, ""),
        ("echo '{\"schedules\": 7}'", FailureKind.BAD_ANSWER, ""),
        (f"head -c {MOST + 1} /dev/zero", FailureKind.TOO_LARGE, f"{MOST:,} bytes"),
        ("kill -KILL $$", FailureKind.COMMAND_FAILED, ""),
    ],
)
async def test_what_is_no_answer_is_a_failure(
    does: Does, tmp_path: Path, script: str, kind: FailureKind, text: str
) -> None:
    seen = await looked(does(script), tmp_path)
    assert seen.answer is None
    assert seen.failure is not None
    assert seen.failure.kind is kind
    assert text in seen.failure.text


async def test_nothing_listed_is_an_answer(does: Does, tmp_path: Path) -> None:
    seen = await looked(does("echo '['; echo ']'"), tmp_path)
    assert (seen.failure, seen.answer) == (None, Schedules(()))


async def test_the_query_reaches_the_command_in_one_piece(does: Does, tmp_path: Path) -> None:
    tenant = does("""[ "${11}" = 'ExecutionStatus="Running"' ] && [ $# = 13 ] && echo '[]'""")
    seen = await looked(tenant, tmp_path, Look.WORKFLOWS)
    assert (seen.failure, seen.answer) == (None, Workflows(()))


async def test_a_key_that_sshd_refuses_is_said_and_not_tried_again(tmp_path: Path) -> None:
    with sshd.running(tmp_path) as server:
        server.refuse_everybody()
        server.restart()
        seen = await looked(server.tenant(), tmp_path / "home")
        assert seen.failure is not None
        assert seen.failure.kind is FailureKind.UNAUTHORIZED
        assert len(server.log.matching("Connection from")) == 1


class Never:
    """A way that nobody may go."""

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        raise AssertionError("it was asked")


@pytest.mark.parametrize("kind", [FailureKind.TIMED_OUT, FailureKind.SERVER_ERROR])
async def test_who_has_no_ssh_is_asked_by_the_api_alone(kind: FailureKind) -> None:
    async def fails(tenant: Tenant, look: Look) -> Observation:
        failure = Failure(kind, "no answer")
        return Observation(tenant.name, look, NOW, 1.0, Door.API, failure=failure)

    lone = msgspec.structs.replace(Tenant("acme", "https://acme.example:1"), ssh=None)
    seen = await FirstThatAnswers(OverApi(fails), Never()).see(lone, Look.QUEUE)
    assert seen.told.failure == Failure(kind, "no answer")
    assert (seen.learnt, seen.instead) == ((seen.told,), "")
