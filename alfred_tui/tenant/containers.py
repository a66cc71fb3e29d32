"""The containers as Compose lists them on the host, over SSH: what ctrl-api runs, too.

Without ``--all``, as there (tenant-api.md 3.1): running, restarting and paused ones are listed,
so that what is missing means the same by both ways.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.model.facts import Containers, Oddity
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.tenant.errors import BadAnswer, TenantError
from alfred_tui.tenant.temporal.shell import COMPOSE as FILE
from alfred_tui.tenant.wire.containers import containers

if TYPE_CHECKING:
    from alfred_tui.tenant.ssh.door import SshDoor

COMPOSE = ("docker", "compose", "-f", FILE)
"""The words before what Compose shall do (runbook.md 4.3)."""
PS = (*COMPOSE, "ps", "--format", "json")
LIMIT = 30.0
"""Seconds that it may run: as long as ctrl-api lets it."""
MOST = 12_000_000
"""Bytes of a listing; a row has one or two thousand."""


class ListedOverSsh:
    """``ssh`` gives the SSH door when it is first needed: its library is a heavy one."""

    def __init__(self, ssh: Callable[[], Awaitable[SshDoor]], now: Callable[[], datetime]) -> None:
        self._ssh, self._now = ssh, now

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """What is listed now; failures come back as data, but for those of the pins' store."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer: Containers | None = None
        odd: tuple[Oddity, ...] = ()
        failure: Failure | None = None
        size = 0
        try:
            text = await self._asked(tenant)
            size = len(text)
            answer, found = containers(rows(text))
            odd = tuple(found)
        except TenantError as trouble:
            failure = trouble.failure
        return Observation(
            tenant=tenant.name,
            look=look,
            at=self._now(),
            took=loop.time() - began,
            door=Door.SSH,
            answer=answer,
            failure=failure,
            oddities=odd,
            size=size,
        )

    async def _asked(self, tenant: Tenant) -> bytes:
        door = await self._ssh()
        from alfred_tui.tenant.ssh.command import Command

        done = await door.run(tenant, Command(PS), check=True, limit=LIMIT, most=MOST, person=True)
        return done.stdout


def rows(text: bytes) -> bytes:
    """What Compose prints as one JSON array.

    Old ones print an array, those from about 2.21 on an object a line, and nothing where nothing
    runs (tenant-api.md 3.1). Lines that are no object are left out, as ctrl-api does.

    Raises:
        BadAnswer: something was printed, and none of it is a row.
    """
    text = text.strip()
    if text.startswith(b"["):
        return text
    found = [line for line in text.splitlines() if line.startswith(b"{")]
    if text and not found:
        raise BadAnswer("Compose's listing has no row", path="$")
    return b"[" + b",".join(found) + b"]"
