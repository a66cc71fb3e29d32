"""The ways into a tenant's host: a person's own ``ssh``, and what is said about its host key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.engine.house import EngineHouse
    from alfred_tui.model.tenant import HostKey
    from alfred_tui.tenant.ssh.command import Command
    from alfred_tui.tenant.ssh.door import SshDoor


class EngineWays:
    """Fits what screens and commands need. ``folder`` is where known-hosts files are written.

    Everything raises the SSH door's typed errors, and ``Refused`` for an unknown name.
    """

    def __init__(
        self, house: EngineHouse, door: Callable[[], Awaitable[SshDoor]], folder: Path
    ) -> None:
        self._house, self._door, self._folder = house, door, folder

    async def way_in(self, tenant: str, command: Command | None = None) -> Sequence[str]:
        """The words of an interactive ``ssh``, or of one that runs ``command`` on a terminal.

        A new connection of ours judges the host key, and pins it on first use, so that ``ssh``
        never asks a person about one.
        """
        door = await self._door()
        pinned = await door.secure(self._house.tenant(tenant))
        return await self.known_way(tenant, pinned, command)

    async def pinned(self, tenant: str) -> Sequence[HostKey]:
        """The host keys that are pinned, without asking the host."""
        door = await self._door()
        return await door.pinned(self._house.tenant(tenant))

    async def known_way(
        self, tenant: str, pinned: Sequence[HostKey], command: Command | None = None
    ) -> Sequence[str]:
        """The same words for keys that are known; nothing is sent."""
        from alfred_tui.tenant.ssh.interactive import interactive

        whom = self._house.tenant(tenant)

        def made() -> Sequence[str]:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return interactive(whom, pinned, self._folder, command).argv

        return await asyncio.to_thread(made)

    async def repin(self, tenant: str, fingerprint: str) -> None:
        """Take the host key that a person was shown in place of the pinned one."""
        door = await self._door()
        await door.repin(self._house.tenant(tenant), fingerprint)

    async def allow(self, tenant: str) -> None:
        """One more try after a refused key."""
        door = await self._door()
        door.allow(self._house.tenant(tenant).name)
