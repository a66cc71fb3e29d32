"""The doctor's own login over SSH: is the key taken, is the host key the pinned one.

One try a tenant, since three refused keys in ten minutes shut a machine out (runbook.md 1). Nothing
is pinned: whoever looks does not decide.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.takeover.findings import Finding, Level

if TYPE_CHECKING:
    from alfred_tui.tenant.ssh.dialling import Tcp
    from alfred_tui.tenant.ssh.door import SshDoor

AREA = "doors"
_PINS = "the first connection pins it: compare it with the server's console"


class SeenKeys:
    """Host keys as the store has them; one that is seen first stays here."""

    def __init__(self, pinned: Iterable[HostKey]) -> None:
        self._pinned: dict[str, list[HostKey]] = {}
        for key in pinned:
            self._pinned.setdefault(key.tenant, []).append(key)
        self.first: set[str] = set()

    async def pinned(self, tenant: str) -> Sequence[HostKey]:
        """All that are pinned, or were seen by us."""
        return tuple(self._pinned.get(tenant, ()))

    async def pin(self, key: HostKey) -> None:
        """It is seen first."""
        if not self._pinned.get(key.tenant):
            self.first.add(key.tenant)
        self._pinned.setdefault(key.tenant, []).append(key)

    async def replace(self, key: HostKey) -> None:
        """Nobody asks the doctor to."""
        raise NotImplementedError(key.tenant)


def with_a_key(tenant: Tenant) -> bool:
    """Whether there is something to log in with; what is wrong with it is said of the file."""
    return tenant.ssh is not None and tenant.ssh.key_file is not None


async def log_in(
    tcp: Tcp,
    pinned: Iterable[HostKey],
    tenants: Iterable[Tenant],
    told: Callable[[Tenant, Finding | None], None],
) -> None:
    """Log in at each, as many at once as the door lets; ``told`` is given each as it ends."""
    # a heavy library, and nobody needs it before
    await asyncio.to_thread(importlib.import_module, "alfred_tui.tenant.ssh.door")
    from alfred_tui.tenant.ssh.door import SshDoor

    keys = SeenKeys(pinned)
    door = SshDoor(tcp=tcp, pins=keys, now=lambda: datetime.now(UTC))

    async def one(tenant: Tenant) -> None:
        found = await _login(door, keys, tenant)
        await door.forget(tenant.name)  # a thousand connections need not stand at once
        told(tenant, found)

    try:
        async with asyncio.TaskGroup() as group:
            for tenant in tenants:
                group.create_task(one(tenant))
    finally:
        await door.aclose()


def not_tried(count: int, deadline: float) -> Finding:
    """So many had no turn."""
    who = "1 tenant" if count == 1 else f"{count} tenants"
    text = f"not tried at {who}: the others took {deadline:g} s"
    return Finding(AREA, "SSH logins", Level.WARNING, text, "`alfred-tui doctor NAME` tries it")


async def _login(door: SshDoor, keys: SeenKeys, tenant: Tenant) -> Finding | None:
    from alfred_tui.tenant.ssh.errors import (
        AuthenticationFailed,
        HostKeyChanged,
        SshError,
        Unconfigured,
    )

    assert tenant.ssh is not None
    subject = f"{tenant.name} login"
    name = tenant.name
    try:
        pinned = await door.secure(tenant)
    except Unconfigured:
        return None  # the file's own finding says it
    except HostKeyChanged as changed:
        shown = changed.offered.fingerprint
        advice = (
            "compare with the server's own console; only if it is the server's: "
            f"`alfred-tui ssh {name} --repin {shown}`"
        )
        return Finding(AREA, subject, Level.FAILING, changed.short, advice)
    except AuthenticationFailed:
        text = f"the key {tenant.ssh.key_file} is refused for {tenant.ssh.user}"
        advice = (
            f"`alfred-tui tenants edit {name} --ssh USER@HOST:PORT --ssh-key-file FILE`; three "
            "refused keys in ten minutes shut this machine out for an hour"
        )
        return Finding(AREA, subject, Level.FAILING, text, advice)
    except SshError as trouble:
        advice = f"`alfred-tui ssh {name}` tries it by itself"
        return Finding(AREA, subject, Level.FAILING, trouble.failure.text, advice)
    text = f"let in as {tenant.ssh.user}, host key {pinned[0].fingerprint}"
    if name in keys.first:
        text += f", not pinned yet; {_PINS}"
    return Finding(AREA, subject, Level.OK, text)
