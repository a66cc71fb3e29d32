"""What of a tenant outlives the process: its last view and what it has taught us to expect."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counting, TenantView


class KeptCondition(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a rule said of one subject, and fired: as much of it as is needed to go on.

    ``first`` and ``last`` are the first and the last look that saw it, ``since`` what the evidence
    says of its beginning; ``quiet`` the looks since that were quiet on it. Seen on for
    ``down_after`` seconds it is DOWN.
    """

    rule: str
    text: str
    pill: Pill
    first: datetime
    last: datetime
    subject: str = ""
    value: str = ""
    limit: str = ""
    since: datetime | None = None
    down_after: float | None = None
    quiet: int = 0


class KeptState(msgspec.Struct, frozen=True, gc=False):
    """The last known state of one tenant; ``seen`` are compose services it taught us to expect.

    ``generation`` is what the tenant betrayed of itself (``F1``, ``F``, ``H``), ``None`` unknown.
    ``learnt`` are those of ``seen`` that are expected for good (24 h of health); ``well_since`` is
    when the present run of health began. Epochs by service, ours: ``gone`` since when one that is
    missing has been away, ``known`` since when one that is not learnt yet has been listed.
    ``schedules`` are those of optional stacks that were seen. ``conditions`` is what fired;
    ``None`` in a record of a version that did not keep it. ``counting`` is only to be shown: the
    next run counts anew.
    """

    tenant: str
    view: TenantView
    kept_at: datetime
    seen: frozenset[str] = frozenset()
    generation: str | None = None
    learnt: frozenset[str] = frozenset()
    well_since: datetime | None = None
    gone: dict[str, float] = {}
    known: dict[str, float] = {}
    schedules: frozenset[str] = frozenset()
    conditions: tuple[KeptCondition, ...] | None = None
    counting: tuple[Counting, ...] = ()
