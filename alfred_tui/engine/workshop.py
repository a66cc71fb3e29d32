"""Where tenants are looked at closely and worked on: the board, the SSH door, the ways in."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.engine.house import EngineHouse
from alfred_tui.engine.quieter import who
from alfred_tui.engine.sights import EngineSights
from alfred_tui.engine.ways import EngineWays
from alfred_tui.model.ask import Ask
from alfred_tui.model.observation import Observation
from alfred_tui.ops.board import Board
from alfred_tui.ops.hands import Writer
from alfred_tui.ops.unkept import Unkept

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.store.store import Store
    from alfred_tui.tenant.door import ApiDoor
    from alfred_tui.tenant.ssh.door import SshDoor


class Workshop:
    """``store`` is ``None`` in the demo: nothing done there is kept."""

    def __init__(
        self,
        settings: Settings,
        state: FleetState,
        door: ApiDoor,
        store: Store | None,
        ask: Ask,
        tenants: Callable[[], Sequence[Tenant]],
        now: Callable[[], datetime],
        apply: Callable[[Observation], None],
    ) -> None:
        self._door, self._store, self._ask, self._now = door, store, ask, now
        self._apply = apply
        self._ssh: SshDoor | None = None
        self.house = EngineHouse(state, door, tenants, now, apply, self.ssh)
        self.sights = EngineSights(self.house, self.ssh)
        self.ways = EngineWays(self.house, self.ssh, settings.paths.home / "ssh")
        self.journal = Unkept() if store is None else store.journal
        writer = Writer(self.journal, ask)
        self.board = Board(self.house, writer, who(), read_only=settings.ops.read_only)

    async def ssh(self) -> SshDoor:
        """The SSH door, opened when it is first needed: its library is a heavy one."""
        if self._ssh is None:
            await asyncio.to_thread(importlib.import_module, "alfred_tui.tenant.ssh.door")
        if self._ssh is None:
            from alfred_tui.engine.pins import StoredPins, UnkeptPins
            from alfred_tui.tenant.ssh.contact import observed
            from alfred_tui.tenant.ssh.door import SshDoor

            store = self._store
            pins = UnkeptPins() if store is None else StoredPins(store, self._ask)
            self._ssh = SshDoor(
                tcp=self._door.dialer,
                pins=pins,
                now=self._now,
                on_contact=lambda contact: self._apply(observed(contact, self._now())),
            )
        return self._ssh

    async def forget(self, names: Iterable[str]) -> None:
        """Close what is open to tenants that are no longer ours."""
        if self._ssh is not None:
            for name in names:
                await self._ssh.forget(name)

    async def aclose(self) -> None:
        """End the jobs, then the connections."""
        await self.board.aclose()
        if self._ssh is not None:
            await self._ssh.aclose()
            self._ssh = None
