"""What does not count yet, from a simulated fleet's sockets to what is shown and kept."""

from __future__ import annotations

from pathlib import Path

from alfred_tui.config import Paths, load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.support.simulator import simulator


async def test_it_is_told_when_asked_and_kept_for_info(tmp_path: Path) -> None:
    with simulator(tmp_path, tenants=2) as listed:
        home = tmp_path / "home"
        store = Store.open(Paths(home))
        store.put_tenants(read_inventory(listed))
        store.close()
        flags = {"limits.memory_degraded": 1.0}  # everybody is above it, and not for 5 min
        engine = Engine(load_settings(flags, {"ALFRED_TUI_HOME": str(home)}))
        assert engine.counting("acme") == (), "before the start"
        await engine.start(poll=False)
        try:
            await engine.look_once()
            names = sorted(engine.views())
            assert {engine.views()[name].pill for name in names} == {Pill.OK}
            found = {name: engine.counting(name) for name in names}
            assert engine.counting("nobody") == ()
        finally:
            await engine.stop()
    assert [[each.reason.rule for each in found[name]] for name in names] == [["memory-high"]] * 2
    assert all(each.progress.endswith(" s of 5 min") for (each,) in found.values())
    store = Store.open(Paths(home))
    kept = store.last_states()
    store.close()
    assert {name: kept[name].counting for name in names} == found
