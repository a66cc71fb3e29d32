"""An import on the screen with nothing made up: the real desk, a real store, a former database."""

from __future__ import annotations

from pathlib import Path

from alfred_tui.config import Paths, Settings
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.screens.takeover import Phase, TakeoverScreen
from alfred_tui.store.store import Store
from alfred_tui.takeover.desk import Desk
from tests.takeover.former import KEY, former_tool
from tests.ui.fake_engine import FakeEngine, tenant
from tests.ui.hands import make, opened, shown, until
from tests.ui.test_palette import type_and_run

HOST = "alfred-{}.tail1a2b3.ts.net"


def known(name: str) -> Tenant:
    return Tenant(name, f"https://{HOST.format(name)}:3100", Secret(KEY), location="fsn1")


def row(number: int, name: str, host: str) -> dict[str, object]:
    """One of the former tool's, at another place than ours has it."""
    own = {"server_id": number, "volume_id": number, "tailscale_ip": f"100.64.0.{number}"}
    where = {"ip_address": f"203.0.113.{number}", "tailscale_hostname": HOST.format(host)}
    return {"customer_name": name, "location": "nbg1", "subdomain": host, **own, **where}


def kept(settings: Settings) -> dict[str, Tenant]:
    store = Store.open(settings.paths)
    try:
        return {each.name: each for each in store.tenants()}
    finally:
        store.close()


class EngineOfStore(FakeEngine):
    """An engine that watches whom the store holds once it is asked to look again."""

    def __init__(self, settings: Settings) -> None:
        super().__init__([tenant(name) for name in kept(settings)])
        self._settings = settings

    async def reload(self) -> None:
        self.put(*(tenant(name) for name in kept(self._settings) if name not in self.rows))


async def test_what_is_decided_on_the_screen_is_in_the_store_and_what_is_not_is_not(
    tmp_path: Path,
) -> None:
    settings = Settings(Paths(tmp_path / "home"))
    store = Store.open(settings.paths)
    store.put_tenants([known("acme"), known("birch"), known("my-co")])
    store.close()
    former = former_tool(
        tmp_path / "tool",
        row(1, "acme", "acme"),
        row(2, "birch", "birch"),
        row(3, "cedar", "cedar"),
        {**row(4, "My_Co", "my-co"), "location": "fsn1"},
    )
    before, file = kept(settings), former.read_bytes()
    app = make(EngineOfStore(settings), desk=lambda: Desk(settings))
    async with app.run_test(size=(140, 60)) as pilot:
        await type_and_run(app, pilot, "import", "Import: what is found and not yet here")
        await opened(pilot, app, "import")
        await pilot.press("e", *str(former), "enter", "enter")
        await until(pilot, lambda: app.screen.name == "takeover")
        screen = app.screen
        assert isinstance(screen, TakeoverScreen)
        await until(pilot, lambda: screen.phase is Phase.PLAN)
        await opened(pilot, app, "takeover")
        assert [each.key for each in screen.plan.outcome.conflicts] == [
            "My_Co/name@alfred-ctrl.db",
            "acme/location@alfred-ctrl.db",
            "birch/location@alfred-ctrl.db",
        ]
        text = shown(app)
        for line in ("1 ours            my-co", "2 alfred-ctrl.db  My_Co", "+ cedar", "nbg1"):
            assert line in text, line
        assert "the same machine as my-co" in " ".join(text.split())
        assert KEY not in text
        await pilot.press("1")
        await until(pilot, lambda: "my-co" in screen.plan.outcome.changed)
        await pilot.press("2")
        await until(pilot, lambda: "acme" in screen.plan.outcome.changed)
        assert screen.plan.outcome.held_back == ("birch",)
        assert kept(settings) == before, "deciding writes nothing"
        await pilot.press("enter")
        await opened(pilot, app, "confirm")
        assert "left alone because of undecided conflicts: 1" in shown(app)
        await pilot.press("enter")
        await until(pilot, lambda: "taken over: 1 added, 2 changed" in shown(app))
        await pilot.press("escape")
        await opened(pilot, app, "fleet")
        await until(pilot, lambda: "cedar" in shown(app))
    now = kept(settings)
    assert set(now) == {"acme", "birch", "cedar", "my-co"}
    assert (now["acme"].location, now["acme"].estate.server_id) == ("nbg1", 1)
    assert now["birch"] == before["birch"], "undecided: nothing of it is taken"
    assert (now["my-co"].estate.server_id, now["my-co"].api_url) == (4, before["my-co"].api_url)
    assert former.read_bytes() == file
