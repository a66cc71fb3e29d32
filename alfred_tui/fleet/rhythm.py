"""How often to look: intervals, back-off, jitter. Seconds."""

from __future__ import annotations

BACKED_OFF_MOST = 60.0


def backed_off(interval: float, failures: int) -> float:
    """The interval after ``failures`` in a row: doubled for each beyond the second, up to 60 s."""
    if failures <= 2:
        return interval
    return max(interval, min(BACKED_OFF_MOST, interval * 2.0 ** min(failures - 2, 6)))


def dashboard_every(base: float, factor: float, took: float) -> float:
    """``max(30 s, 20 x its last duration)``: the walk over a vault costs the tenant."""
    return max(base, factor * took)
