"""A simulated host looked at over SSH as the Host tab does: whole, troubled, and out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from alfred_tui.model.look import Door
from alfred_tui.ops.operation import Refused, Unseen
from tests.support.ops import engine_over, fleet


async def test_a_host_is_told_whole_but_for_what_the_login_may_not_read(tmp_path: Path) -> None:
    with fleet(tmp_path) as running:
        async with engine_over(running) as engine:
            told = await engine.sights.host(running.names[0])
            again = await engine.sights.host(running.names[0])
        asked = [each for each in running.commands() if each.startswith(running.names[0])]
    host = told.answer
    assert told.door is Door.SSH
    assert [each.part for each in host.missing] == ["journal"], "deploy is in no group for it"
    assert host.uptime is not None
    assert host.memory is not None
    assert len(host.load) == 3
    assert {"alfred", "ctrl-api", "temporal"} <= {row.service for row in host.usage}
    assert all(row.cpu is not None and row.memory and row.pids for row in host.usage)
    assert [mount.place for mount in host.mounts] == ["/", "/mnt/encrypted"]
    timers = {timer.name: timer for timer in host.timers}
    update = timers["alfred-update.timer"]
    assert update.unit == "alfred-update.service"
    assert update.next is not None
    assert update.last is not None
    assert -5 < (update.next - told.at).total_seconds() < 905
    assert {"docker.service", "ssh.service"} <= {unit.name for unit in host.units}
    assert host.journal
    assert {entry.unit for entry in host.journal} == {"alfred-update.service"}
    assert [entry.at for entry in host.journal] == sorted(e.at for e in host.journal if e.at)
    assert [mount.place for mount in again.answer.mounts] == ["/", "/mnt/encrypted"]
    assert len(asked) == 4, "two commands a look"


async def test_what_is_wrong_there_is_seen(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "docker-silent"}) as running:
        async with engine_over(running) as engine:
            host = (await engine.sights.host(running.names[0])).answer
    missing = {each.part: each.why for each in host.missing}
    assert "Docker daemon" in missing["containers"]
    assert host.usage == ()
    assert host.mounts


async def test_a_host_out_of_reach_says_how(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "ssh-refused"}) as running:
        async with engine_over(running) as engine:
            with pytest.raises(Unseen, match="refused"):
                await engine.sights.host(running.names[0])
            with pytest.raises(Refused):
                await engine.sights.host("nobody")
