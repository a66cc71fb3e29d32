"""What of a tenant outlives the process: its last view and what it has taught us to expect."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alfred_tui.model.view import TenantView


class KeptState(msgspec.Struct, frozen=True):
    """The last known state of one tenant; ``seen`` are compose services ever listed.

    ``generation`` is what the tenant betrayed of itself (``F1``, ``F``, ``H``), ``None`` unknown.
    """

    tenant: str
    view: TenantView
    kept_at: datetime
    seen: frozenset[str] = frozenset()
    generation: str | None = None
