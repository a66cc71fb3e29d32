"""What a tenant's past says of its normal: its usual latency, and where its disk is going. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec

from alfred_tui.model.history import DAY, HOUR, Stretch

DAYS = 7
"""Days of hours that a trend is made of."""
ENOUGH_HOURS = 24
"""Hours with a latency below which nothing is called normal."""


class Trend(msgspec.Struct, frozen=True, gc=False):
    """``latency``: the median hour's, seconds. ``disk_per_day``: percent points a day.

    ``span``: seconds from the first to the last disk figure. ``None``: not enough is known.
    """

    latency: float | None = None
    disk_per_day: float | None = None
    span: float = 0.0


NONE = Trend()


def trend(hours: Sequence[Stretch], now: int) -> Trend:
    """The trend of the hours before the present one, oldest first.

    The present hour is left out: what is being judged may not be its own normal.
    """
    over = [hour for hour in hours if hour.begin + HOUR <= now and hour.watched]
    usual = [hour.latency for hour in over if hour.latency is not None]
    disks = [(hour.begin, hour.disk) for hour in over if hour.disk is not None]
    return Trend(
        latency=statistics.median(usual) if len(usual) >= ENOUGH_HOURS else None,
        disk_per_day=_slope(disks),
        span=float(disks[-1][0] - disks[0][0]) if disks else 0.0,
    )


def _slope(points: Sequence[tuple[int, float]]) -> float | None:
    """Percent points a day: the median of the slopes between all pairs some hours apart.

    One night's peak, or a clean-up, moves it little (Theil and Sen).
    """
    far = [points[index] for index in range(0, len(points), max(1, len(points) // 48))]
    slopes = [
        (b - a) * DAY / (later - sooner)
        for place, (sooner, a) in enumerate(far)
        for later, b in far[place + 1 :]
        if later - sooner >= 6 * HOUR
    ]
    return statistics.median(slopes) if slopes else None
