"""What each tenant can do, per route: learnt from its answers, never probed for.

A generation lacks some routes (tenant-api.md 0). One known to be absent is not asked for a day;
when a tenant surprises, all that was known of it is asked anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

ASK_AGAIN = timedelta(days=1)
"""How long a route stays known as absent (architecture.md, Observing a fleet)."""

ALWAYS_ASKED = frozenset({"containers"})
"""Every generation has it: a 404 there passes, and must not blind us for a day."""


class Support(StrEnum):
    """What is known of a route."""

    ANSWERS = "answers"
    ABSENT = "404"
    BROKEN = "broken"


class Known(NamedTuple):
    """A route's support and when it was learnt."""

    support: Support
    at: datetime


class Capabilities:
    """Support by tenant and route. A tenant is a key of its own: its name and where it is."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Known]] = {}
        self._generation: dict[str, str] = {}

    def known(self, tenant: str) -> dict[str, Known]:
        """All that is known of one tenant, by route."""
        return dict(self._known.get(tenant, {}))

    def absent(self, tenant: str, route: str, now: datetime) -> bool:
        """Whether asking would be in vain: a 404 of its own, less than a day ago."""
        known = self._known.get(tenant, {}).get(route)
        return (
            known is not None
            and known.support is Support.ABSENT
            and route not in ALWAYS_ASKED
            and timedelta(0) <= now - known.at < ASK_AGAIN
        )

    def learn(self, tenant: str, route: str, support: Support, now: datetime) -> None:
        """Note what a route did. One that comes or goes was a surprise: ask the others anew."""
        mine = self._known.setdefault(tenant, {})
        before = mine.get(route)
        if before is not None and (before.support is Support.ABSENT) != (support is Support.ABSENT):
            mine.clear()
        if before is None or before.support is not support or support is Support.ABSENT:
            mine[route] = Known(support, now)

    def is_of(self, tenant: str, generation: str) -> None:
        """Note the generation an answer betrayed; another one than before is a new tenant."""
        if self._generation.get(tenant, generation) != generation:
            self.forget(tenant)
        self._generation[tenant] = generation

    def forget(self, tenant: str) -> None:
        """Ask everything anew."""
        self._known.pop(tenant, None)
        self._generation.pop(tenant, None)
