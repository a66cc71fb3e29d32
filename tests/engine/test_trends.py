"""What the store holds of a tenant's last days reaches the rules that judge by it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from alfred_tui.config import Paths, load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.history import HOUR, Sample
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.engine.test_engine import stored, until
from tests.support.simulator import faults, simulator


def lived(home: Path, name: str, *, latency: float, disk: float, per_day: float) -> None:
    """Four days of an hour each, up to now: the disk ends at ``disk`` percent."""
    now = int(time.time())
    first = now // HOUR - 96
    store = Store.open(Paths(home))
    store.history.write(
        [
            Sample(
                name, hour * HOUR, HOUR, Pill.OK, latency, disk - per_day * (first + 96 - hour) / 24
            )
            for hour in range(first, first + 96)
        ]
    )
    while store.history.roll(now, HistorySettings()):
        pass
    store.close()


@pytest.mark.timeout(120)
async def test_a_disk_that_has_filled_for_days_and_one_slower_than_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.engine.trends.EVERY", 0.1)
    slow = {"tenant": 1, "fault": "slow", "seconds": 2.6, "route": "/admin/containers"}
    with simulator(tmp_path, *faults(tmp_path, slow), tenants=3) as listed:
        home = stored(tmp_path / "home", listed)
        fills, lags, well = [tenant.name for tenant in read_inventory(listed)]
        lived(home, fills, latency=0.2, disk=80.0, per_day=12.0)
        lived(home, lags, latency=0.05, disk=30.0, per_day=0.0)
        lived(home, well, latency=0.2, disk=30.0, per_day=0.0)
        flags = dict.fromkeys(("poll.containers_interval", "poll.dashboard_interval"), 1.0)
        settings = load_settings(flags | {"limits.slow_for": 1.0}, {"ALFRED_TUI_HOME": str(home)})
        engine = Engine(settings)
        await engine.start()
        try:

            def rules(name: str) -> set[str]:
                return {reason.rule for reason in engine.views()[name].reasons}

            await until(lambda: rules(fills) == {"disk-filling"}, "the disk that fills")
            await until(lambda: rules(lags) == {"slow"}, "the one that is slow")
            assert rules(well) == set()
        finally:
            await engine.stop()
