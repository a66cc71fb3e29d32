"""What the poller keeps: one tenant's beats, and its own figures."""

from __future__ import annotations

from collections import Counter

import msgspec

from alfred_tui.model.look import Beat, Look
from alfred_tui.model.tenant import Tenant


class PollerStats(msgspec.Struct, frozen=True):
    """The poller looking at itself. ``sweep`` is seconds since everybody's containers were seen."""

    in_flight: int
    limit: int
    queued: int
    looks: int
    failed: int
    errors: dict[str, int]
    slowest: tuple[tuple[str, float], ...]
    sweep: float | None
    handler_errors: int


class Beating:
    """What the scheduler knows of one tenant."""

    __slots__ = (
        "asking",
        "banner_at",
        "busy",
        "dashboard_took",
        "due",
        "failures",
        "lost",
        "size",
        "tenant",
        "took",
        "watched",
        "when",
    )

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.busy: set[Beat] = set()
        self.asking: set[Look] = set()
        self.took: dict[Look, float] = {}
        self.failures: Counter[Beat] = Counter()
        self.due: dict[Beat, float] = {}
        self.when: dict[Look, float] = {}
        self.banner_at = float("-inf")
        self.dashboard_took = 0.0
        self.size = 0
        self.lost = False
        """Whether the newest containers look found no way to it."""
        self.watched = 0
        """Looks at the streams since a pull of one was met that failed."""
