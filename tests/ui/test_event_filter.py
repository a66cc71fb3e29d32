"""The filter of the events: what each term asks, and that nothing typed is an exception."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.history import Event, EventKind
from alfred_tui.model.verdict import Pill
from alfred_tui.widgets.event_filter import parse_events
from tests.ui.fake_engine import NOW, reason

FELL = Event(
    NOW - timedelta(hours=5),
    "harbor-law",
    before=Pill.OK,
    after=Pill.DOWN,
    reasons_after=(reason("host-down", Pill.DOWN, "no answer on 3100 and 22"),),
)
ROSE = Event(
    NOW - timedelta(hours=4),
    "harbor-law",
    before=Pill.DOWN,
    after=Pill.OK,
    reasons_before=FELL.reasons_after,
)
MUTED = Event(
    NOW - timedelta(hours=3), "acme-dental", EventKind.QUIET, text="muted: new disk", who="Ann"
)
ALL = {"fell": FELL, "rose": ROSE, "muted": MUTED}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "fell rose muted"),
        ("HARBOR", "fell rose"),
        ("3100", "fell rose"),
        ("ann", "muted"),
        ("new disk", "muted"),
        ("-harbor", "muted"),
        ("!!harbor", "fell rose"),
        ("status:down", "fell"),
        ("status:green", "rose"),
        ("status:red,green", "fell rose"),
        ("!status:red", "rose muted"),
        ("status:unknown", ""),
        ("why:host-down", "fell rose"),
        ("name:acme", "muted"),
        ("from:4h", "rose muted"),
        ("to:4h", "fell"),
        ("from:2026-06-01T08:04 to:2026-06-01T08:05", "rose"),
        ("from:2026-06-01 to:2026-06-01", "fell rose muted"),
        ("to:2026-05-31", ""),
        ("from:", "fell rose muted"),
        ("status: -", "fell rose muted"),
    ],
)
def test_what_is_found(text: str, found: str) -> None:
    query = parse_events(text, NOW)
    assert not query.errors
    assert [name for name, event in ALL.items() if query.matches(event)] == found.split()


def test_a_date_to_which_is_looked_is_in_it_whole() -> None:
    query = parse_events("from:2026-05-30 to:2026-05-31", NOW)
    assert query.since == datetime(2026, 5, 30, tzinfo=UTC)
    assert query.until == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from:soon", "from: takes 36h, 2d or 2026-11-20"),
        ("to:2026-02-31", "to: takes 36h, 2d or 2026-11-20"),
        ("from:999999w", "from: takes 36h, 2d or 2026-11-20"),
        ("to:9999-12-31", "to: takes 36h, 2d or 2026-11-20"),
        ("colour:red", "no field “colour”: try from, to, status"),
        ("type:cx53", "no field “type”: try from, to, status"),
        ("status:mauve", "no status “mauve”: try red, yellow, problem, muted"),
        ("from:2d to:3d", "from: is not before to:"),
    ],
)
def test_what_is_not_understood_is_said_and_left_out(text: str, said: str) -> None:
    query = parse_events(f"harbor {text}", NOW)
    assert query.errors == (said,)
    assert query.words == (("harbor", False),)


@given(st.text(max_size=60) | st.from_regex(r"(from|to|status|why|name):\S{0,12}", fullmatch=True))
def test_nothing_typed_is_an_exception(text: str) -> None:
    query = parse_events(text, NOW)
    for event in ALL.values():
        query.matches(event)
