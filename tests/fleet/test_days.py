"""The scripted days, judged by the client: what an operator must see of each, and what not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alfred_tui.model.poll import PollSettings
from alfred_tui.model.verdict import Pill
from alfred_tui.sim import days
from alfred_tui.sim.faults import Fault, FaultError
from alfred_tui.sim.world import World
from tests.sim.watched import Watched

MORNING = datetime(2026, 6, 1, 9, 5, tzinfo=UTC)
SEED = 7
DAY = 86_400.0
BRISK = PollSettings(containers_interval=20.0, dashboard_interval=1800.0)
STEADY = PollSettings(containers_interval=60.0, dashboard_interval=3600.0)
EASY = PollSettings(
    containers_interval=240.0,
    dashboard_interval=4 * 3600.0,
    pulse_interval=3600.0,
    streams_interval=7200.0,
    system_interval=3600.0,
)
"""Enough for the days of a week; the nights are watched closely."""


def struck(world: World, kind: str) -> dict[str, Fault]:
    """Whom a kind of fault strikes."""
    every = (fault for mine in world.faults.values() for fault in mine)
    return {fault.tenant: fault for fault in every if fault.kind == kind}


@pytest.mark.parametrize("name", days.names())
def test_a_day_fits_a_fleet_of_any_size(name: str) -> None:
    told = [World(count, SEED, MORNING, scenario=name).faults for count in (1, 3, 24, 200)]
    assert all(told[1:]), "something happens"
    again = World(24, SEED, MORNING, scenario=name).faults
    assert again == told[2]


def test_an_unknown_day_is_refused_with_those_that_there_are() -> None:
    assert days.names() == ["calm-week", "composio-outage", "demo", "image-regression"]
    with pytest.raises(FaultError) as trouble:
        World(3, SEED, MORNING, scenario="calm-weak")
    assert "'calm-weak'" in str(trouble.value)
    assert ", ".join(days.names()) in str(trouble.value)


@pytest.mark.timeout(300)
def test_a_calm_week_wakes_nobody() -> None:
    world = World(4, SEED, MORNING, scenario="calm-week")
    assert len(struck(world, "image-update")) == 4
    assert struck(world, "stream-quiet")
    assert struck(world, "clock-skew")
    week = Watched(world, 7 * DAY, EASY, night=15.0)
    told = {name: week.after_first(name) for name in week.turns if len(week.turns[name]) > 2}
    assert week.looks > 4 * 7 * DAY / EASY.containers_interval
    assert not told, told
    assert {view.pill for view in week.state.views.values()} == {Pill.OK}
    for name, notes in week.notes.items():
        assert notes["backup"] >= 7, f"{name}: each night's backup was noted"
    assert sum(notes["being"] for notes in week.notes.values()) > 0, "and updates were"


def test_an_image_regression_turns_those_that_got_it_and_nobody_else() -> None:
    world = World(12, SEED, MORNING, scenario="image-regression")
    bad = struck(world, "image-regression")
    assert len(bad) == 6
    day = Watched(world, 4 * 3600.0, BRISK)
    for name in day.turns.keys() - bad.keys():
        assert len(day.turns[name]) <= 2, (name, day.after_first(name))
        assert day.turns[name][-1].pill is Pill.OK
    turned = []
    for name, fault in bad.items():
        before, soon = day.shown(name, fault.at), day.shown(name, fault.at + 1200)
        assert before.pill is Pill.OK, day.after_first(name)
        assert soon.pill is Pill.DOWN, day.after_first(name)
        assert soon.rules == {"service-restarting"}, day.after_first(name)
        assert all("openclaw" in reason.text for reason in soon.reasons)
        wrong = {rule for turn in day.turns[name] for rule in turn.rules}
        assert wrong <= {"service-restarting", "service-missing"}, day.after_first(name)
        assert fault.lasts is not None
        assert day.shown(name, fault.at + fault.lasts + 600).pill is Pill.OK, day.after_first(name)
        turned.append(next(t.at for t in day.turns[name] if t.pill is Pill.DOWN))
    assert max(turned) - min(turned) < 900, "together, as a release comes"


def images(day: Watched, service: str) -> dict[str, str]:
    """Which image of a service each tenant has in the end."""
    found = {}
    for name, view in day.state.views.items():
        for one, image in view.images:
            if one == service:
                found[name] = image
    return found


def test_those_that_turned_have_one_image_that_the_others_lack() -> None:
    world = World(12, SEED, MORNING, scenario="image-regression", quiet=True)
    bad = struck(world, "image-regression")
    day = Watched(world, 3000.0, BRISK)
    has = images(day, "openclaw")
    new = {image for name, image in has.items() if name in bad}
    old = {image for name, image in has.items() if name not in bad}
    assert len(new) == len(old) == 1
    assert new != old
    assert len(set(images(day, "mcp-server").values())) == 1, "the good release is everybody's"


def test_an_outage_of_composio_is_told_from_quiet_and_heals() -> None:
    world = World(8, SEED, MORNING, scenario="composio-outage", quiet=True)
    outage, quiet, own = (
        struck(world, kind) for kind in ("composio-outage", "stream-quiet", "stream-broken")
    )
    assert len(outage) == 8
    assert 0 < len(quiet) < 8
    assert 0 < len(own) < 8
    day = Watched(world, 10 * 3600.0, STEADY)
    for name in day.turns:
        story = day.after_first(name)
        everything = {rule for turn in day.turns[name] for rule in turn.rules}
        assert everything == {"stream-silent"}, story
        assert day.shown(name, 3600.0).pill is Pill.OK, ("quiet is no fault", story)
        during = day.shown(name, 3600.0 + 5400)
        assert during.pill is Pill.DEGRADED, story
        assert all("broken" in reason.text for reason in during.reasons), story
        assert day.shown(name, 3600.0 + 10_800 + 2400).pill is Pill.OK, ("it healed", story)
        later = day.shown(name, 25_200.0 + 3600)
        assert later.pill is (Pill.DEGRADED if name in own else Pill.OK), story
        assert day.turns[name][-1].pill is Pill.OK, story
    streams = {
        person.name: sum(source.source == "composio" for source in person.streams)
        for person in world.people
    }
    for name, count in streams.items():
        parts = day.shown(name, 9000.0).reasons
        told = sum(max(1, len(reason.parts)) for reason in parts)
        assert told == count, (name, [reason.text for reason in parts])
