"""What the poller asks tenants through."""

from __future__ import annotations

from typing import Protocol

from alfred_tui.model.look import Look
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Tenant


class Doors(Protocol):
    """What the poller asks; failures are data in the observation."""

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        """One question, one answer."""
        ...

    async def banner(self, tenant: Tenant) -> Observation:
        """The first line of the SSH port."""
        ...
