"""The invented fleet of the demo: a child, its inventory, the files that it needs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.engine import process
from alfred_tui.model.ask import Ask

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.tenant import Tenant


class InventedFleet:
    """``files`` is where its keys lie as long as it lives."""

    def __init__(self, ask: Ask) -> None:
        self.files: Path | None = None
        self._ask = ask
        self._child: asyncio.subprocess.Process | None = None

    async def begin(self, settings: Settings) -> list[Tenant]:
        """Start it; who is in it.

        Raises:
            DemoError, InventoryError: it did not come up.
        """
        from alfred_tui import demo

        self._child, inventory = await demo.start(settings)
        from alfred_tui.store.inventory import read_inventory

        # the keys of its SSH boxes lie beside the inventory and are needed as long as it lives
        self.files = inventory.parent
        tenants = await self._ask(lambda: read_inventory(inventory))
        await self._ask(lambda: inventory.unlink(missing_ok=True))
        return tenants

    async def end(self) -> None:
        """The child is gone, and its files with it; safe to call twice."""
        await process.end(self._child)
        if (folder := self.files) is not None:
            self.files = None
            await self._ask(lambda: shutil.rmtree(folder, True))
