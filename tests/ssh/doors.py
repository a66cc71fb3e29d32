"""Doors with pins in memory, and a clock that is set."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from alfred_tui.model.tenant import HostKey
from alfred_tui.tenant.dial import Dialer
from alfred_tui.tenant.ssh.door import SshDoor
from alfred_tui.tenant.ssh.limits import SshLimits
from alfred_tui.tenant.ssh.refusals import OwnRefusals


class Pins:
    """Keeps keys as the store does: by tenant and kind, never replacing one unasked."""

    def __init__(self, *keys: HostKey) -> None:
        self.keys = list(keys)

    async def pinned(self, tenant: str) -> Sequence[HostKey]:
        return [key for key in self.keys if key.tenant == tenant]

    async def pin(self, key: HostKey) -> None:
        if (key.tenant, key.kind) not in [(each.tenant, each.kind) for each in self.keys]:
            self.keys.append(key)

    async def replace(self, key: HostKey) -> None:
        self.keys = [each for each in self.keys if each.tenant != key.tenant] + [key]

    @property
    def fingerprints(self) -> list[str]:
        return [key.fingerprint for key in self.keys]


class Doors:
    """Makes doors and closes them; ``now`` is theirs."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
        self.pins = Pins()
        self.refusals = OwnRefusals()
        self._made: list[SshDoor] = []
        self._dialers: list[Dialer] = []

    def make(self, *, connect: float = 10.0, shared: bool = False, **limits: Any) -> SshDoor:
        """``shared``: what others of these doors were refused is known to it."""
        dialer = Dialer(connect, connect)
        changed = msgspec.structs.replace(SshLimits(), **limits)
        door = SshDoor(
            tcp=dialer,
            pins=self.pins,
            now=lambda: self.now,
            limits=changed,
            refusals=self.refusals if shared else None,
        )
        self._dialers.append(dialer)
        self._made.append(door)
        return door

    async def close(self) -> None:
        for door in self._made:
            await door.aclose()
        for dialer in self._dialers:
            dialer.close()


def left_over() -> list[asyncio.Task[Any]]:
    """Tasks beside the one that asks."""
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


def sockets() -> int:
    """Sockets that this process has open."""
    count = 0
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            count += os.readlink(f"/proc/self/fd/{number}").startswith("socket:")  # noqa: PTH115
        except OSError:
            continue
    return count
