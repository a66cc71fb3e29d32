"""A tenant looked at more closely: what is known of it at once, and what it says now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from alfred_tui.model.facts import Containers, Queue, Schedules, Workflows
from alfred_tui.model.look import Door, Look
from alfred_tui.model.told import Told
from alfred_tui.ops.operation import Unseen

if TYPE_CHECKING:
    from datetime import datetime

    from alfred_tui.engine.house import EngineHouse
    from alfred_tui.model.host import Host
    from alfred_tui.model.observation import Observation
    from alfred_tui.model.paused import Paused
    from alfred_tui.tenant.ssh.door import SshDoor

T = TypeVar("T")


class EngineSights:
    """Fits what screens need. What is seen reaches the fleet's state, too."""

    def __init__(self, house: EngineHouse, ssh: Callable[[], Awaitable[SshDoor]]) -> None:
        self._house, self._ssh = house, ssh

    def last(self, tenant: str, look: Look) -> Observation | None:
        """The newest look of this kind that was answered; ``None`` before the first."""
        known = self._house.state.known(tenant)
        return known.memory.answers.get(look) if known is not None else None

    def tried(self, tenant: str, look: Look) -> Observation | None:
        """The newest look of this kind, answered or failed; ``None`` before the first."""
        known = self._house.state.known(tenant)
        return known.memory.attempts.get(look) if known is not None else None

    def allowance(self, tenant: str, workflow_type: str) -> float | None:
        """Seconds that a workflow of this type may run; ``None``: for days."""
        from alfred_tui.fleet.known import allowance

        known = self._house.state.known(tenant)
        limits = known.limits if known is not None else self._house.state.limits
        return allowance(workflow_type, limits.workflow_allowance)

    def theirs(self, tenant: str) -> datetime:
        """Now by the tenant's own clock, aware UTC."""
        return self._house.state.theirs(tenant)

    def paused(self, tenant: str) -> Sequence[Paused]:
        """Schedules that were paused with this program, and are."""
        return self._house.state.paused(tenant)

    async def containers(self, tenant: str) -> Told[Containers]:
        """What is listed now, by the API or over SSH. Raises ``Unseen``, ``Refused``."""
        return await self._see(tenant, Look.CONTAINERS, Containers)

    async def schedules(self, tenant: str) -> Told[Schedules]:
        """Every schedule now. Raises ``Unseen``, ``Refused``."""
        return await self._see(tenant, Look.SCHEDULES, Schedules)

    async def workflows(self, tenant: str) -> Told[Workflows]:
        """What runs now. Raises ``Unseen``, ``Refused``."""
        return await self._see(tenant, Look.WORKFLOWS, Workflows)

    async def pollers(self, tenant: str) -> Told[Queue]:
        """Who polls the learning queue now. Raises ``Unseen``, ``Refused``."""
        return await self._see(tenant, Look.QUEUE, Queue)

    async def host(self, tenant: str) -> Told[Host]:
        """Its host, over SSH. Raises ``Unseen``, ``Refused``."""
        whom = self._house.tenant(tenant)
        door = await self._ssh()
        from alfred_tui.tenant.host.look import look
        from alfred_tui.tenant.ssh.errors import SshError

        try:
            found = await look(door, whom)
        except (SshError, OSError, RuntimeError) as trouble:  # the last two: pins cannot be kept
            kind = trouble.failure.kind if isinstance(trouble, SshError) else None
            raise Unseen(f"the host cannot be looked at: {trouble}", kind) from None
        return Told(found, Door.SSH, self._house.now())

    async def _see(self, name: str, look: Look, kind: type[T]) -> Told[T]:
        return await self._house.see(self._house.tenant(name), look, kind)
