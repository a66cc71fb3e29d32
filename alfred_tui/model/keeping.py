"""How much of the past is kept: settings, apart from the past itself (the first paint)."""

from __future__ import annotations

import msgspec


class HistorySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the past is kept; each is a setting ``history.<name>``.

    A tenant is sampled every ``sample_every`` seconds, or as rarely as keeps ``most_samples`` raw
    ones in all. Raw samples for ``raw_hours``, hours for ``hour_days``, days for ``day_days``,
    events for ``event_days``.
    """

    sample_every: float = 60.0
    most_samples: int = 3_000_000
    raw_hours: int = 48
    hour_days: int = 90
    day_days: int = 800
    event_days: int = 400
