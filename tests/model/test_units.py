"""Durations and sizes read as an operator says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.model import units


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (47.9 * 3600, "47 h"),
        (48 * 3600, "2 d"),
        (41 * 86400, "41 d"),
    ],
)
def test_short_duration(seconds: float, text: str) -> None:
    assert units.short_duration(seconds) == text


def test_latency_changes_unit_at_a_second() -> None:
    assert units.latency(0.088) == "88 ms"
    assert units.latency(0.9996) == "1.0 s"
    assert units.latency(1.44) == "1.4 s"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1200, "1.2 kB"), (49558, "50 kB"), (10_574_773, "11 MB")],
)
def test_size(count: float, text: str) -> None:
    assert units.size(count) == text


def test_age_of_nothing_is_never() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert units.age(None, now) == "never"
    assert units.age(now - timedelta(minutes=4), now) == "4 min"
