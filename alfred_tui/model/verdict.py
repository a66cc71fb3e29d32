"""The pill of a tenant and the reasons beside it (verdicts.md)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alfred_tui.model.look import Door


class Pill(StrEnum):
    """What a tenant is: lower-case values are what ``--json`` prints."""

    DOWN = "down"
    DEGRADED = "degraded"
    STALE = "stale"
    UNKNOWN = "unknown"
    BUILDING = "building"
    OK = "ok"

    @property
    def severity(self) -> int:
        """Worst first: 0 is the worst."""
        return _SEVERITY[self]


_SEVERITY = {
    Pill.DOWN: 0,
    Pill.DEGRADED: 1,
    Pill.STALE: 2,
    Pill.UNKNOWN: 3,
    Pill.BUILDING: 4,
    Pill.OK: 5,
}


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why a pill is not OK: which rule, on what, which value against which limit, since when.

    ``text`` is whole by itself (``disk 93 % > 90 %``); the age of ``since`` is added when shown.
    ``seen`` is when the evidence was last looked at. ``parts`` are the subjects of a reason that is
    told of several at once.
    """

    rule: str
    pill: Pill
    text: str
    value: str = ""
    limit: str = ""
    since: datetime | None = None
    seen: datetime | None = None
    door: Door = Door.API
    subject: str = ""
    parts: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The pill, since when it is so, and its reasons, worst first.

    ``quieted`` are reasons that an operator wants to be quiet. They make no pill as long as there
    is another reason; without one the pill is theirs and ``quiet``: shown greyed, counted apart.
    """

    pill: Pill
    since: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    quieted: tuple[Reason, ...] = ()
    quiet: bool = False
