"""The doctor at a fleet that does not answer: it ends, and says whom it did not get to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from alfred_tui.config import Paths, Settings
from alfred_tui.model.tenant import Secret, SshTarget, Tenant
from alfred_tui.store.store import Store
from alfred_tui.takeover import doctor
from alfred_tui.takeover.findings import Level
from tests.support.commands import silent_server


async def test_a_silent_fleet_is_given_up_in_time_and_those_not_reached_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "AT_ONCE", 1)
    paths = Paths(tmp_path / "h")
    with silent_server() as (port, _):
        url = f"http://127.0.0.1:{port}"
        ssh = SshTarget("127.0.0.1", port)
        store = Store.open(paths)
        store.put_tenants([Tenant(n, url, Secret("canary"), ssh=ssh) for n in ("a", "b")])
        store.close()
        found = await doctor.examine(Settings(paths), deadline=0.2)
        doors = [each for each in found if each.area == "doors"]
        assert [(each.subject, each.level) for each in doors] == [
            ("a", Level.WARNING),
            ("b", Level.WARNING),
        ]
        assert "alfred-tui doctor b" in doors[1].advice
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert left == set()
