"""What is remembered: an event for every change of a tenant, a sample every so often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.fleet.sampler import MOST_HELD, Sampler, interval
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
WHY = (Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %"),)


def view(pill: Pill = Pill.OK, name: str = "acme", **more: object) -> TenantView:
    return TenantView(name, pill, AT, **more)  # type: ignore[arg-type]


def test_a_change_is_an_event_with_the_reasons_of_both_sides() -> None:
    made = Sampler()
    made.changed(view(), AT)
    made.changed(view(Pill.DEGRADED, reasons=WHY), AT + timedelta(seconds=10))
    made.changed(view(Pill.DEGRADED, reasons=WHY, memory=50.0), AT + timedelta(seconds=20))
    made.changed(view(), AT + timedelta(seconds=30))
    worse, better = made.take_events()
    assert (worse.before, worse.after, worse.reasons_after) == (Pill.OK, Pill.DEGRADED, WHY)
    assert (better.before, better.after) == (Pill.DEGRADED, Pill.OK)
    assert (better.reasons_before, better.reasons_after) == (WHY, ())
    assert made.take_events() == []


@pytest.mark.parametrize("ours", [Pill.STALE, Pill.UNKNOWN])
def test_that_we_did_not_look_is_no_event_of_the_tenant(ours: Pill) -> None:
    made = Sampler()
    made.changed(view(), AT)
    made.changed(view(ours), AT)
    made.changed(view(), AT)
    assert made.take_events() == []
    made.changed(view(ours), AT)
    made.changed(view(Pill.DOWN), AT)
    (event,) = made.take_events()
    assert (event.before, event.after) == (Pill.OK, Pill.DOWN)


def test_what_changed_while_nobody_watched_is_an_event_of_the_first_look() -> None:
    made = Sampler()
    made.begin([view(), view(Pill.STALE, "beta"), view(Pill.UNKNOWN, "gamma")])
    for name in ("acme", "beta", "gamma"):
        made.changed(view(Pill.DOWN, name), AT)
    found = [(e.tenant, e.before) for e in made.take_events()]
    assert found == [("acme", Pill.OK), ("beta", Pill.OK)]


@pytest.mark.parametrize(
    ("old", "before"),
    [
        (TenantView("acme", Pill.STALE, reasons=WHY), Pill.DEGRADED),
        (TenantView("acme", Pill.STALE, quieted=WHY), Pill.DEGRADED),
        (TenantView("acme", Pill.STALE, lifecycle="bootstrapping"), Pill.BUILDING),
    ],
)
def test_a_view_that_is_only_old_is_held_against_what_it_last_was(
    old: TenantView, before: Pill
) -> None:
    made = Sampler()
    made.begin([old])
    made.changed(view(before, reasons=WHY), AT)
    assert made.take_events() == []
    made.changed(view(Pill.DOWN), AT)
    assert [e.before for e in made.take_events()] == [before]


def test_what_is_only_met_is_no_event_and_is_known_from_then_on() -> None:
    made = Sampler()
    made.changed(view(), AT, met=True)
    made.changed(view(Pill.DEGRADED, reasons=WHY), AT, met=True)
    assert made.take_events() == []
    made.changed(view(Pill.DOWN), AT)
    assert [e.before for e in made.take_events()] == [Pill.DEGRADED]


def test_a_tenant_that_left_begins_anew() -> None:
    made = Sampler()
    made.changed(view(), AT)
    made.forget("acme")
    made.changed(view(Pill.DOWN), AT)
    assert made.take_events() == []


def test_events_that_could_not_be_written_come_first_next_time() -> None:
    made = Sampler()
    for pill in (Pill.OK, Pill.DOWN, Pill.OK):
        made.changed(view(pill), AT)
    events = made.take_events()
    made.changed(view(Pill.DEGRADED), AT)
    made.give_back(events)
    assert [event.after for event in made.take_events()] == [Pill.DOWN, Pill.OK, Pill.DEGRADED]
    made.give_back(events * MOST_HELD)
    assert len(made.take_events()) == MOST_HELD


def test_samples_come_every_so_often_and_stand_for_what_was_watched() -> None:
    made = Sampler()
    views = {"acme": view(latency=0.1, disk=40.0, memory=50.0, seen=12, expected=12)}
    (first,) = made.take_samples(views, AT, 60.0)
    assert (first.span, first.latency, first.disk, first.seen) == (60, 0.1, 40.0, 12)
    assert made.take_samples(views, AT + timedelta(seconds=59), 60.0) == []
    (second,) = made.take_samples(views, AT + timedelta(seconds=63), 60.0)
    assert second.span == 63
    (after_sleep,) = made.take_samples(views, AT + timedelta(hours=8), 60.0)
    assert after_sleep.span == 120, "a closed laptop watched nobody"
    (clock_set_back,) = made.take_samples(views, AT, 60.0)
    assert clock_set_back.span == 60


def test_before_the_first_look_nothing_is_sampled() -> None:
    made = Sampler()
    assert made.take_samples({"acme": view(Pill.UNKNOWN)}, AT, 60.0) == []
    assert len(made.take_samples({"acme": view()}, AT + timedelta(seconds=1), 60.0)) == 1


def test_figures_that_are_not_live_or_not_of_the_volume_are_left_out() -> None:
    made = Sampler()
    unsure = view(disk=40.0, disk_sure=False, memory=50.0)
    stale = view(Pill.STALE, "old", latency=0.1, memory=50.0, oldest=AT)
    never = view(Pill.UNKNOWN, "new")
    out = view(Pill.OK, "gone", counted=False)
    samples = made.take_samples({v.name: v for v in (unsure, stale, never, out)}, AT, 60.0)
    assert [(s.tenant, s.disk, s.memory) for s in samples] == [
        ("acme", None, 50.0),
        ("old", None, None),
    ]


@pytest.mark.parametrize(
    ("tenants", "seconds"), [(1, 60.0), (1000, 60.0), (1041, 60.0), (5000, 288.0)]
)
def test_a_large_fleet_is_sampled_more_rarely(tenants: int, seconds: float) -> None:
    assert interval(tenants, 60.0, 48, 3_000_000) == pytest.approx(seconds)
