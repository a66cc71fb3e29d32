"""Our own clock: when most tenants agree against it, it is said once and blames nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alfred_tui.config import load_settings
from alfred_tui.engine import Engine
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.limits import Limits
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import NOON, TIMED_OUT, rows, saw, tenant

Skews = dict[str, float]


def fleet(skews: Skews) -> FleetState:
    state = FleetState(Limits(), now=lambda: NOON, trying=lambda _: True)
    for name in skews:
        state.add(tenant(name))
    return state


def look(state: FleetState, skews: Skews, times: int = 1, start: int = 0) -> None:
    """Everybody is looked at so many times, ten seconds apart."""
    for turn in range(start, start + times):
        at = NOON + timedelta(seconds=10 * turn)
        for name, skew in skews.items():
            state.apply(saw(rows(), at, name=name, skew=skew, skew_margin=0.5))


def off(state: FleetState) -> set[str]:
    """Who is said to have a wrong clock."""
    return {
        name
        for name, view in state.views.items()
        if any(reason.rule == "clock-skew" for reason in view.reasons)
    }


def test_a_clock_of_ours_that_is_wrong_is_told_once_and_blames_nobody() -> None:
    skews = {f"t{n}": -120.0 - n for n in range(5)}
    state = fleet(skews)
    look(state, skews, 9)
    assert off(state) == set()
    assert {view.pill for view in state.views.values()} == {Pill.OK}
    assert state.own_clock == (
        "this machine's clock is 2 min fast: most tenants agree on another time"
    )
    right = dict.fromkeys(skews, 0.1)
    look(state, right, 1, start=9)
    assert state.own_clock == ""
    assert off(state) == set()


def test_a_slow_clock_of_ours_is_called_slow() -> None:
    skews = dict.fromkeys(("a", "b", "c"), 3600.0)
    state = fleet(skews)
    look(state, skews)
    assert "1 h slow" in state.own_clock


@pytest.mark.parametrize(
    ("skews", "wrong"),
    [
        ({"a": -120.0, "b": -120.0}, {"a", "b"}),
        ({"a": -120.0, "b": -155.0, "c": -190.0}, {"a", "b", "c"}),
        ({"a": -120.0, "b": -121.0, "c": -122.0, "d": 0.0, "e": 0.0, "f": 0.0}, {"a", "b", "c"}),
        ({"a": 120.0, "b": -120.0, "c": 120.0}, {"a", "b", "c"}),
        ({"a": 900.0, "b": 0.0, "c": 0.0}, {"a"}),
    ],
    ids=["two", "unlike", "half", "both sides", "one"],
)
def test_clocks_that_do_not_agree_are_their_own(skews: Skews, wrong: set[str]) -> None:
    state = fleet(skews)
    look(state, skews, 3)
    assert state.own_clock == ""
    assert off(state) == wrong


def test_what_was_said_of_tenants_heals_once_our_clock_is_known_to_be_wrong() -> None:
    skews = {"a": -120.0, "b": -120.0, "c": 0.0, "d": 0.0}
    state = fleet(skews)
    look(state, skews, 3)
    assert off(state) == {"a", "b"}
    moved = dict.fromkeys(skews, -125.0)
    look(state, moved, 2, start=3)
    assert state.own_clock
    look(state, moved, 1, start=5)
    assert off(state) == set()


def test_tenants_that_leave_are_no_longer_counted() -> None:
    skews = {"a": -120.0, "b": -120.0, "c": -120.0}
    state = fleet(skews)
    look(state, skews)
    assert state.own_clock
    state.remove("c")
    assert state.own_clock == ""
    well = {"x": 0.0, "y": 0.0, **skews}
    other = fleet(well)
    look(other, well)
    assert other.own_clock
    more = {"z": 0.0}
    other.add(tenant("z"))
    look(other, more)
    assert other.own_clock == "", "three of six are not more than half"


def test_answers_that_tell_no_time_change_nothing() -> None:
    skews = dict.fromkeys(("a", "b", "c"), -120.0)
    state = fleet(skews)
    look(state, skews)
    state.apply(saw(TIMED_OUT, NOON, name="a"))
    assert state.own_clock


def test_the_engine_tells_of_our_clock_once(tmp_path: Path) -> None:
    skews = dict.fromkeys(("a", "b", "c"), -120.0)
    engine = Engine(load_settings({}, {"ALFRED_TUI_HOME": str(tmp_path)}))
    engine._state = fleet(skews)
    assert engine.status().trouble == ()
    look(engine._state, skews)
    assert engine.status().trouble == (engine._state.own_clock,)


def test_clocks_that_drift_apart_no_longer_agree() -> None:
    skews = dict.fromkeys(("a", "b", "c"), -120.0)
    state = fleet(skews)
    look(state, skews)
    assert state.own_clock
    look(state, {"a": -120.0, "b": -200.0, "c": -300.0}, 1, start=1)
    assert state.own_clock == ""
