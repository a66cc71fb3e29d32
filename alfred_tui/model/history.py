"""What is remembered of a tenant: samples of its state, stretches made of them, and events."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alfred_tui.model.verdict import Pill, Reason

HOUR = 3600
DAY = 86400

RANK: tuple[Pill, ...] = (
    Pill.DOWN,
    Pill.DEGRADED,
    Pill.STALE,
    Pill.UNKNOWN,
    Pill.BUILDING,
    Pill.OK,
)
"""Pills as small numbers, worst first: how the store writes them. Never reorder."""
NUMBER: dict[Pill, int] = {pill: number for number, pill in enumerate(RANK)}


class Sample(msgspec.Struct, frozen=True, gc=False):
    """A tenant at one moment. ``at`` epoch seconds; ``span`` the seconds that it stands for.

    ``latency`` seconds, ``disk`` and ``memory`` percent; ``None`` = not known then.
    """

    tenant: str
    at: int
    span: int
    pill: Pill
    latency: float | None = None
    disk: float | None = None
    memory: float | None = None
    seen: int | None = None
    expected: int | None = None


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """An hour or a day of one tenant, or of a whole month; ``begin`` epoch seconds.

    ``watched`` seconds were covered by samples; of those ``ok``, ``degraded``, ``down`` seconds
    were so, the rest stale, unknown or building. ``worst`` is the worst pill of any moment in it.
    Latency in seconds, disk (newest) and memory in percent.
    """

    begin: int
    length: int
    watched: int = 0
    ok: int = 0
    degraded: int = 0
    down: int = 0
    worst: Pill = Pill.UNKNOWN
    latency: float | None = None
    latency_most: float | None = None
    disk: float | None = None
    memory: float | None = None
    memory_most: float | None = None

    @property
    def availability(self) -> float | None:
        """Share of the judged time in which the owner had service, percent.

        DEGRADED works; DOWN does not. Time that nobody judged counts for neither.
        """
        return None if not self.judged else 100.0 * (self.ok + self.degraded) / self.judged

    @property
    def judged(self) -> int:
        """Seconds in which somebody could tell whether the owner had service."""
        return self.ok + self.degraded + self.down


class EventKind(StrEnum):
    """What an event is about."""

    STATUS = "status"
    QUIET = "quiet"
    TENANT = "tenant"


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened to a tenant: mostly its pill changing, with reasons on both sides.

    ``who`` is the person behind it, where there was one; ``text`` says it in words. ``number`` is
    given by the store and grows.
    """

    at: datetime
    tenant: str
    kind: EventKind = EventKind.STATUS
    before: Pill | None = None
    after: Pill | None = None
    reasons_before: tuple[Reason, ...] = ()
    reasons_after: tuple[Reason, ...] = ()
    text: str = ""
    who: str = ""
    number: int = 0

    @property
    def whom(self) -> str:
        """Whom it is about; a rule that is muted everywhere is about every tenant."""
        return self.tenant or "every tenant"
