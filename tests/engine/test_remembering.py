"""What a dashboard knows when it begins: what another run, or one beside it, judged and kept."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Secret, SshTarget, Tenant
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.engine.test_engine import running, settings_of, stored, until
from tests.support.simulator import faults, simulator

NAMES = ("acme", "birch", "cedar")


def silent_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def known_as_well(home: Path, kept_at: datetime) -> None:
    """Three tenants that were well, and whose hosts are silent by now."""
    port = silent_port()
    ssh = SshTarget("127.0.0.1", port)
    store = Store.open(Paths(home))
    store.put_tenants(
        [Tenant(name, f"http://127.0.0.1:{port}", Secret("k"), ssh=ssh) for name in NAMES]
    )
    store.keep_states(
        [
            KeptState(name, TenantView(name, Pill.OK, kept_at, oldest=kept_at), kept_at)
            for name in NAMES
        ]
    )
    store.close()


async def test_what_changed_while_no_program_ran_is_an_event_of_the_next_start(
    tmp_path: Path,
) -> None:
    known_as_well(tmp_path, datetime.now(UTC) - timedelta(hours=7))
    async with running(tmp_path) as engine:
        assert {view.pill for view in engine.views().values()} == {Pill.STALE}
        await until(
            lambda: {view.pill for view in engine.views().values()} == {Pill.DOWN}, "all down"
        )
    store = Store.open(Paths(tmp_path))
    events = store.history.events()
    store.close()
    assert sorted(event.tenant for event in events) == list(NAMES)
    assert {(event.before, event.after) for event in events} == {(Pill.OK, Pill.DOWN)}


async def test_a_dashboard_beside_another_and_one_after_it_tell_nothing_false(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.engine.care.KEEP_EVERY", 0.0)
    stuck = {"tenant": 0, "fault": "workflow-stuck"}
    with simulator(tmp_path, *faults(tmp_path, stuck), tenants=2) as listed:
        name = read_inventory(listed)[0].name
        home = stored(tmp_path / "home", listed)
        async with running(home) as first:
            await until(lambda: first.views()[name].pill is Pill.DEGRADED, "the trouble")
            view = first.views()[name]
            shelf = Store.open(Paths(home))
            await until(lambda: _kept_pill(shelf, name) is Pill.DEGRADED, "it is kept")
            shelf.close()
            await _begins(home, name, view)
        await _begins(home, name, view)
    store = Store.open(Paths(home))
    assert store.history.events(name) == []
    store.close()


def _kept_pill(store: Store, name: str) -> Pill | None:
    kept = store.last_states().get(name)
    return kept.view.pill if kept is not None else None


async def _begins(home: Path, name: str, before: TenantView) -> None:
    """A dashboard starts, and never shows a troubled tenant as anything else."""
    engine = settings_of(home, containers_interval=1.0)
    shown: list[Pill] = []
    looks: set[Look] = set()
    hear = engine._apply

    def note(seen: Observation) -> None:
        hear(seen)
        if seen.tenant == name:
            looks.add(seen.look)
            shown.append(engine.views()[name].pill)

    engine._apply = note  # type: ignore[method-assign]
    await engine.start()
    try:
        await until(lambda: Look.WORKFLOWS in looks, "the look at what is stuck")
        now = engine.views()[name]
    finally:
        await engine.stop()
    assert looks >= {Look.CONTAINERS, Look.QUEUE}, "others came first"
    assert set(shown) == {Pill.DEGRADED}
    assert now.since == before.since
    told = [[(r.rule, r.since) for r in view.reasons] for view in (now, before)]
    assert told[0] == told[1]
