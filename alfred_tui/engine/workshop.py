"""Where tenants are looked at closely and worked on: the board, the SSH door, the ways in."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.engine.house import EngineHouse
from alfred_tui.engine.quieter import who
from alfred_tui.engine.sights import EngineSights
from alfred_tui.engine.ways import EngineWays
from alfred_tui.model.ask import Ask
from alfred_tui.model.observation import Observation
from alfred_tui.ops.board import Board
from alfred_tui.ops.hands import Writer

if TYPE_CHECKING:
    from alfred_tui.fleet.state import FleetState
    from alfred_tui.model.sections import OpsSettings
    from alfred_tui.store.store import Store
    from alfred_tui.tenant.door import ApiDoor
    from alfred_tui.tenant.ssh.door import SshDoor


class Workshop:
    """``home`` is the store's folder; ``speed`` how many seconds of ``now`` pass in a person's."""

    def __init__(
        self,
        settings: OpsSettings,
        home: Path,
        state: FleetState,
        door: ApiDoor,
        store: Store,
        ask: Ask,
        now: Callable[[], datetime],
        apply: Callable[[Observation], None],
        speed: float = 1.0,
    ) -> None:
        self._door, self._store, self._ask, self._now = door, store, ask, now
        self._apply = apply
        self._ssh: SshDoor | None = None
        self.house = EngineHouse(state, door, now, apply, self.ssh)
        self.sights = EngineSights(self.house, self.ssh)
        self.ways = EngineWays(self.house, self.ssh, home / "ssh")
        self.journal = store.journal
        writer = Writer(self.journal, ask)
        self.board = Board(self.house, writer, who(), read_only=settings.read_only, speed=speed)

    async def ssh(self) -> SshDoor:
        """The SSH door, opened when it is first needed: its library is a heavy one."""
        if self._ssh is None:
            await asyncio.to_thread(importlib.import_module, "alfred_tui.tenant.ssh.door")
        if self._ssh is None:
            from alfred_tui.engine.pins import StoredPins
            from alfred_tui.engine.refusals import StoredRefusals
            from alfred_tui.tenant.ssh.contact import observed
            from alfred_tui.tenant.ssh.door import SshDoor

            self._ssh = SshDoor(
                tcp=self._door.dialer,
                pins=StoredPins(self._store, self._ask),
                now=self._now,
                refusals=StoredRefusals(self._store, self._ask),
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
