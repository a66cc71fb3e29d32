"""A look that is taken by a command on the tenant, over SSH: the same facts as the API's."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from alfred_tui.model.facts import Answer, Oddity
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.tenant.errors import TenantError
from alfred_tui.tenant.stack import Stack
from alfred_tui.tenant.wire import decode

if TYPE_CHECKING:
    from alfred_tui.tenant.ssh.door import SshDoor

LIMIT = 30.0
"""Seconds that a command may run: as long as ctrl-api lets it."""
MOST = 12_000_000
"""Bytes of an answer; the listing of running workflows has no bound of its own."""


class LooksOverSsh(ABC):
    """``ssh`` gives the SSH door when it is first needed: its library is a heavy one.

    ``stack`` says where a tenant's containers are.
    """

    def __init__(
        self,
        ssh: Callable[[], Awaitable[SshDoor]],
        now: Callable[[], datetime],
        stack: Callable[[Tenant], Stack],
    ) -> None:
        self._ssh, self._now, self._stack = ssh, now, stack

    @abstractmethod
    def words(self, look: Look, stack: Stack) -> tuple[str, ...]:
        """The command of a look."""

    @abstractmethod
    def body(self, said: bytes) -> bytes:
        """What the command has said, as ctrl-api would hand it on.

        Raises:
            BadAnswer: it is nothing of that.
        """

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One look; failures come back as data, but for those of the pins' store."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer: Answer | None = None
        odd: tuple[Oddity, ...] = ()
        failure: Failure | None = None
        size = 0
        try:
            said = await self._asked(tenant, look)
            size = len(said)
            answer, odd = decode(look, self.body(said))
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

        command = Command(self.words(look, self._stack(tenant)))
        done = await door.run(tenant, command, check=True, limit=LIMIT, most=MOST, person=True)
        return done.stdout
