"""The dashboard on a disk that fills up, or takes nothing: it says so, looks on, refuses a mute."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.small_disk import run_on_small_disk
from tests.store.test_full import FILLED
from tests.support.simulator import simulator

ROOT = Path(__file__).parents[2]
SCREEN = (
    FILLED
    + """
import asyncio, subprocess
sys.path.insert(0, sys.argv[3])
from alfred_tui.app import AlfredApp
from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.model.verdict import Pill
from alfred_tui.store.inventory import read_inventory
from alfred_tui.store.store import Store
from tests.ui.hands import opened, shown

home = Path(sys.argv[1]) / "home"
flags = {"poll.containers_interval": 1.0, "history.sample_every": 10.0}
settings = load_settings(flags, {"ALFRED_TUI_HOME": str(home)})
store = Store.open(settings.paths)
store.put_tenants(read_inventory(Path(sys.argv[2])))
store.close()
full = sys.argv[4] == "full"
said = "room" if full else "give yourself permission"
if not full:
    subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)

async def main():
    engine = Engine(settings)
    app = AlfredApp(engine)

    async def until(met, what):
        try:
            async with asyncio.timeout(60):
                while not met():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise SystemExit(f"never: {what}\\n{shown(app)}")

    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app, "fleet")
        await until(lambda: shown(app).count("● OK") == 3, "a fleet that is well")
        if full:
            await until(lambda: bool(engine.hours_of(engine.tenants()[0].name)), "the first sample")
            fill(0)
        await until(lambda: said in shown(app), "the trouble")
        looks = engine.diagnostics().looks_total
        await until(lambda: engine.diagnostics().looks_total > looks + 6, "looks that go on")
        assert shown(app).count("● OK") == 3
        for shows_why in (False, True):
            await pilot.press("g")
            await until(lambda: ("WHY" in shown(app)) == shows_why, "the wall, and the grid again")
        for key, screen in (("e", "events"), ("escape", "fleet"), ("enter", "tenant"),
                            ("escape", "fleet"), ("m", "quiet")):
            await pilot.press(key)
            await until(lambda: app.screen.name == screen, f"{screen} after {key}")
        await pilot.press("2", *"why not", "enter")
        await until(lambda: "not kept" in shown(app), "a mute that is refused")
        assert engine.quiet.wishes == []
        if full:
            free()
            await pilot.press("enter")
            await until(lambda: bool(engine.quiet.wishes), "the same mute, kept")
            await until(lambda: engine.status().trouble == (), "no trouble any more")
    await app.stop_engine()

asyncio.run(main())
print("lived on")
"""
)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_it_lives_on_and_keeps_again_once_there_is_room(tmp_path: Path, trouble: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with simulator(tmp_path) as listed:
        done = run_on_small_disk(disk, "8m", SCREEN, str(listed), str(ROOT), trouble, timeout=200)
    assert done.stdout.endswith("lived on\n"), done.stdout + done.stderr[-6000:]
