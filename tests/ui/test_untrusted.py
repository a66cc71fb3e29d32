"""What others wrote is text: no markup, no control codes, no cell too many, on every screen."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.look import Door
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Diagnostics, Fact, OwnNetwork
from tests.ui.fake_engine import NOW, FakeEngine, ago, reason, tenant
from tests.ui.hands import controls, make, opened, shown
from tests.ui.odd import ODD_NAMES

SIZES = [(80, 24), (200, 50)]


class OddEngine(FakeEngine):
    """Every word that a tenant can have a say in is an odd one."""

    def __init__(self) -> None:
        views = [
            tenant(
                name,
                Pill.DEGRADED,
                host=name,
                address=name,
                server_type=name,
                location=name,
                labels={name: name},
                reasons=(
                    msgspec.structs.replace(
                        reason("disk-high", Pill.DEGRADED, name, 60, value=name, limit=name),
                        subject=name,
                    ),
                ),
                notes=(name,),
            )
            for name in ODD_NAMES
        ]
        network = OwnNetwork("offline", ODD_NAMES[0], ODD_NAMES[1], NOW)
        super().__init__(views, trouble=("[red]odd[/]\x1b[31m",), network=network)

    def facts(self, name: str) -> tuple[Fact, ...]:
        return tuple(Fact(n, n, n, Door.API, ago(9), n) for n in (name, *ODD_NAMES))

    def diagnostics(self) -> Diagnostics:
        return msgspec.structs.replace(
            super().diagnostics(),
            errors=tuple((name, 3) for name in ODD_NAMES),
            slowest=tuple((name, 1.5) for name in ODD_NAMES),
            last_errors=tuple((ago(9), name, name) for name in ODD_NAMES),
        )


def unharmed(app: AlfredApp) -> None:
    strips = app.screen._compositor.render_strips()
    widths = {sum(part.cell_length for part in strip) for strip in strips}
    assert widths == {app.size.width}
    assert not controls(app)
    assert not any(part.control for strip in strips for part in strip)


async def read_to_the_end(app: AlfredApp, pilot: Pilot[Any]) -> None:
    unharmed(app)
    await pilot.press("end")
    unharmed(app)
    await pilot.press("home")


@pytest.mark.parametrize("size", SIZES)
async def test_no_screen_is_harmed(size: tuple[int, int]) -> None:
    app = make(OddEngine())
    async with app.run_test(size=size, notifications=True) as pilot:
        assert "[red]odd[/]" in shown(app)
        await read_to_the_end(app, pilot)
        for _ in ODD_NAMES[::8]:
            await pilot.press("c", "r", "enter")
            await opened(pilot, app, "tenant")
            await read_to_the_end(app, pilot)
            await pilot.press("q", *["down"] * 8)
            await opened(pilot, app, "fleet")
        await pilot.press("f12")
        await opened(pilot, app, "diagnostics")
        await read_to_the_end(app, pilot)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_what_goes_to_the_terminal_holds_no_code_of_theirs(name: str) -> None:
    """The escape sequences of a row are those of our styles: nothing else begins with escape."""
    from rich.console import Console

    from alfred_tui.widgets.columns import ages, plan, row_parts
    from alfred_tui.widgets.glyphs import UNICODE

    view = tenant(name, Pill.DOWN, reasons=(reason("host-down", Pill.DOWN, name, 60),), host=name)
    console = Console(width=200, force_terminal=True, color_system="truecolor")
    parts = row_parts(view, ages(view, NOW), plan(200), UNICODE)
    with console.capture() as capture:
        for text, _ in parts:
            console.out(text, end="", highlight=False)
    assert capture.get().isprintable()


async def test_a_tenant_that_is_named_like_markup_can_be_filtered_and_opened() -> None:
    app = make(OddEngine())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash", *"[bold", "enter")
        assert app.home.roster.order == ["[bold red]markup[/]"]
        await pilot.press("enter")
        await opened(pilot, app, "tenant")
        assert "▲ DEGRADED  [bold red]markup[/]" in shown(app)
