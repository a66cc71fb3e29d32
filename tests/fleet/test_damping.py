"""N of M: how often a rule must have seen something, set over the rule's own."""

from __future__ import annotations

import pytest

from alfred_tui.model.damping import Damp, Damping, damp_of
from alfred_tui.model.limits import Limits
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import Story, host, tenant

HIGH, LOW = host(93.0), host(40.0)


def damped(text: str) -> Story:
    damping = Damping(disk_high=text).damps()
    return Story(damping=damping).well()


@pytest.mark.parametrize(
    ("text", "looks", "fires"),
    [
        ("", "x", True),
        ("1", "x", True),
        ("2", "x", False),
        ("2", "xx", True),
        ("2", "x.x", False),
        ("2/3", "x.x", True),
        ("2/3", "x..x", False),
        ("3/5", "x.x.x", True),
        ("3/5", "xx..x", True),
        ("3/5", "xx...x", False),
        ("3/5", "xx....xx", False),
        ("3/5", "xx...xxx", True),
    ],
)
def test_it_fires_once_enough_of_the_last_looks_saw_it(text: str, looks: str, fires: bool) -> None:
    story = damped(text)
    for look in looks[:-1]:
        story.see(HIGH if look == "x" else LOW)
        assert story.rules == []
    story.see(HIGH)
    assert (story.rules == ["disk-high"]) is fires


def test_it_heals_as_ever() -> None:
    story = damped("2/3").see(HIGH, LOW, HIGH)
    assert story.pill is Pill.DEGRADED
    story.see(LOW)
    assert story.pill is Pill.DEGRADED
    story.see(LOW)
    assert story.pill is Pill.OK
    story.see(HIGH)
    assert story.pill is Pill.OK  # and begins to count anew


def test_a_damped_rule_is_not_looked_at_sooner() -> None:
    story = Story(damping=Damping(service_missing="3/5").damps()).well()
    story.see(LOW)
    assert not story.state.vanished("acme")


def test_one_tenant_may_have_limits_and_damping_of_its_own() -> None:
    own = {"acme": (Limits(disk_degraded=95.0), Damping(memory_high="1").damps())}
    everybody: tuple[Limits, dict[str, Damp]] = (Limits(), {})
    story = Story(own=lambda name: own.get(name, everybody)).well()
    other = Story(tenant("birch"), own=lambda name: own.get(name, everybody)).well()
    both = host(93.0, memory=97.0)
    story.see(both)
    other.see(both)
    assert other.rules == ["disk-high"]
    assert story.rules == []  # for five minutes, whatever its damping: it must have lasted
    story.see(both, after=400.0)
    assert story.rules == ["memory-high"]


@pytest.mark.parametrize("text", ["0", "0/3", "4/3", "3/31", "31", "-1", "a", "1/", "/2", "1.5"])
def test_what_is_no_damping_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        damp_of(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("3/5", (3, 5)), ("3", (3, 3)), (" 2 / 4 ", (2, 4)), ("", None)]
)
def test_what_is_one_is_understood(text: str, meant: tuple[int, int] | None) -> None:
    assert damp_of(text) == meant
