"""The first word at the SSH door; who answers in SSH's words is shown in."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alfred_tui.sim.server import House

BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
GRACE = 30.0
"""How long a caller may stay at the SSH door without a word (sshd's LoginGraceTime)."""
MOST = 1 << 16
"""Bytes that are kept for a caller who talks before being shown in."""


class Porter(asyncio.Protocol):
    """Says which sshd this is, at no more cost than that, until the caller speaks SSH."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.transport: asyncio.Transport | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.said = bytearray()
        self.guide: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Show the banner; who is banned is hung up on."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        house = self.house
        if house.world.door(house.person.name, "ssh", house.now()) != "ok":
            transport.abort()
            return
        self.house.guests.add(transport)
        transport.write(BANNER)
        self.timer = self.house.later(GRACE, transport.abort)

    def data_received(self, data: bytes) -> None:
        """Whoever speaks SSH meets the real protocol; all others are hung up on."""
        if self.transport is None:
            return
        self.said += data
        if len(self.said) > MOST or not b"SSH-".startswith(self.said[:4]):
            self.transport.close()
        elif b"\n" in self.said and self.guide is None:
            if self.timer:
                self.timer.cancel()
            self.guide = asyncio.create_task(self._show_in())

    async def _show_in(self) -> None:
        # loading the protocol takes a third of a second once, and others are being served
        sshd = await asyncio.to_thread(import_module, "alfred_tui.sim.ssh.sshd")
        if self.transport is not None:
            sshd.take_over(self.house, self.transport, bytes(self.said))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the caller."""
        if self.transport:
            self.house.guests.discard(self.transport)
        self.transport = None
        if self.timer:
            self.timer.cancel()
