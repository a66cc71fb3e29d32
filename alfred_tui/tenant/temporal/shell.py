"""Temporal's own command on the tenant, over SSH (runbook.md 4.1, tenant-api.md 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.model.facts import Answer, Oddity
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.tenant.errors import BadAnswer, TenantError
from alfred_tui.tenant.wire import decode

if TYPE_CHECKING:
    from alfred_tui.tenant.ssh.door import SshDoor

COMPOSE = "/opt/alfred/compose/docker-compose.yaml"
TEMPORAL = ("docker", "compose", "-f", COMPOSE, "exec", "-T", "temporal", "temporal")
"""Temporal's command in its container (runbook.md 4.1)."""
JSON = ("-o", "json")
QUEUE = "alfred-learn"

ASKS: dict[Look, tuple[str, ...]] = {
    Look.QUEUE: ("task-queue", "describe", "--task-queue", QUEUE),
    Look.SCHEDULES: ("schedule", "list"),
    Look.WORKFLOWS: ("workflow", "list", "--query", 'ExecutionStatus="Running"'),
}
"""What is asked for each look: the same as ctrl-api asks, so that the same is answered."""

LIMIT = 30.0
"""Seconds that a command may run: as long as ctrl-api lets it."""
MOST = 12_000_000
"""Bytes of an answer; the listing of running workflows has no bound of its own."""


class OverSsh:
    """``ssh`` gives the SSH door when it is first needed: its library is a heavy one."""

    def __init__(self, ssh: Callable[[], Awaitable[SshDoor]], now: Callable[[], datetime]) -> None:
        self._ssh, self._now = ssh, now

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One look; failures come back as data, but for those of the pins' store."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer: Answer | None = None
        odd: tuple[Oddity, ...] = ()
        failure: Failure | None = None
        size = 0
        try:
            body = await self._asked(tenant, look)
            size = len(body)
            answer, odd = decode(look, body)
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

    async def _asked(self, tenant: Tenant, look: Look) -> bytes:
        door = await self._ssh()
        from alfred_tui.tenant.ssh.command import Command

        command = Command((*TEMPORAL, *ASKS[look], *JSON))
        done = await door.run(tenant, command, check=True, limit=LIMIT, most=MOST, person=True)
        if not done.stdout.strip():
            raise BadAnswer("Temporal's command said nothing", path="$")
        return done.stdout
