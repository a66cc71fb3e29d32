"""A schedule that somebody paused with this program: it must not be forgotten (runbook.md 4.2)."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Paused(msgspec.Struct, frozen=True, gc=False):
    """``at`` is when the run ended, so that a list from before the pause itself is none from after
    it; when it began, where nobody knows its end. ``reason`` is what was given with it.

    ``sure`` is false where the outcome of that run is unknown.
    """

    tenant: str
    schedule: str
    who: str
    at: datetime
    reason: str = ""
    sure: bool = True
