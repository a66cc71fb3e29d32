"""What of a tenant outlives the process: its last view and what it has taught us to expect."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alfred_tui.model.view import TenantView


class KeptState(msgspec.Struct, frozen=True, gc=False):
    """The last known state of one tenant; ``seen`` are compose services it taught us to expect.

    ``generation`` is what the tenant betrayed of itself (``F1``, ``F``, ``H``), ``None`` unknown.
    ``learnt`` are those of ``seen`` that are expected for good (24 h of health); ``well_since`` is
    when the present run of health began. Epochs by service, ours: ``gone`` since when one that is
    missing has been away, ``known`` since when one that is not learnt yet has been listed.
    ``schedules`` are those of optional stacks that were seen.
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
