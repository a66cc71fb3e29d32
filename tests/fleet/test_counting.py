"""What damping keeps from being a reason, or from ending, and how far each is."""

from __future__ import annotations

import msgspec
import pytest

from alfred_tui.model.damping import Damping
from alfred_tui.model.kept import KeptState
from alfred_tui.model.limits import Limits
from alfred_tui.model.tenant import Lifecycle
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counting
from tests.fleet.makers import CORE_F3, Story, host, tenant, without

HIGH, LOW, BUSY = host(93.0), host(40.0), host(40.0, memory=97.0)


def of(story: Story) -> tuple[Counting, ...]:
    state = story.state.known(story.tenant.name)
    assert state is not None
    return state.counting()


def told(story: Story) -> list[str]:
    return [f"{each.reason.text}: {each.progress}" for each in of(story)]


def damped(text: str) -> Story:
    return Story(damping=Damping(disk_high=text).damps()).well()


@pytest.mark.parametrize(
    ("text", "looks", "progress"),
    [
        ("2", "x", "1 of 2 looks"),
        ("3", "xx", "2 of 3 looks"),
        ("2/3", "x", "1 of 2 looks, of the last 3"),
        ("2/3", "x.", "1 of 2 looks, of the last 3"),  # no longer seen, and not forgotten
        ("3/5", "x.x.", "2 of 3 looks, of the last 5"),
        ("3/5", "xx...x", "2 of 3 looks, of the last 5"),
    ],
)
def test_what_was_not_seen_often_enough_says_how_often(
    text: str, looks: str, progress: str
) -> None:
    story = damped(text)
    for look in looks:
        story.see(HIGH if look == "x" else LOW)
    assert story.pill is Pill.OK
    assert told(story) == [f"disk 93 % > 90 %: {progress}"]
    (each,) = of(story)
    assert (each.reason.rule, each.reason.pill) == ("disk-high", Pill.DEGRADED)


@pytest.mark.parametrize(("text", "looks"), [("", ""), ("2", "x."), ("2/3", "x..."), ("", "x")])
def test_there_is_nothing_where_nothing_is_left_of_it_or_it_is_a_reason(
    text: str, looks: str
) -> None:
    story = damped(text)
    for look in looks:
        story.see(HIGH if look == "x" else LOW)
    assert of(story) == ()


def test_a_reason_that_is_no_longer_seen_is_healing_until_it_ends() -> None:
    story = Story(limits=Limits(quiet_looks=3)).well().see(HIGH)
    assert of(story) == ()
    story.see(LOW)
    assert told(story) == ["disk 93 % > 90 %: 1 of 3 looks without it"]
    story.see(LOW)
    assert told(story) == ["disk 93 % > 90 %: 2 of 3 looks without it"]
    assert [each.healing for each in of(story)] == [True]
    assert story.rules == ["disk-high"]
    story.see(HIGH)
    assert of(story) == ()  # seen again: it is simply a reason
    story.see(LOW, LOW, LOW)
    assert (of(story), story.rules) == ((), [])


def test_what_must_last_says_how_long_it_has() -> None:
    story = Story().well()
    story.see(BUSY)
    assert told(story) == ["memory 97 % > 95 %: 1 of 3 looks, 0 s of 5 min"]
    story.see(BUSY, BUSY, after=60.0)
    assert told(story) == ["memory 97 % > 95 %: 2 min of 5 min"]  # often enough
    story.see(BUSY, after=200.0)
    assert (of(story), story.rules) == ((), ["memory-high"])


def test_what_has_lasted_says_how_often_it_was_seen() -> None:
    story = Story().well().see(BUSY).see(BUSY, after=400.0)
    assert told(story) == ["memory 97 % > 95 %: 2 of 3 looks"]


def test_the_worst_comes_first_and_what_heals_last() -> None:
    damping = Damping(service_missing="3", memory_high="3").damps()
    story = Story(damping=damping).well().see(host(93.0, memory=97.0)).see(BUSY)
    story.see(without(CORE_F3[0]))
    assert [(each.reason.rule, each.healing) for each in of(story)] == [
        ("service-missing", False),
        ("memory-high", False),
        ("disk-high", True),
    ]


def test_many_that_are_equally_far_are_one() -> None:
    gone = ("alfred", "alfred-learn", "mcp-server", "ollama")
    story = Story(damping=Damping(service_missing="3").damps()).well().see(without(*gone))
    (each,) = of(story)
    assert each.reason.text.startswith("4 services are not running: ")
    assert each.reason.parts == gone
    assert each.progress == "1 of 3 looks"
    story.see(without(*gone, "openclaw-workers"))
    assert [(each.reason.subject, each.looks) for each in of(story)] == [
        (", ".join(gone), 2),
        ("openclaw-workers", 1),
    ]


def test_it_follows_the_healing_that_is_set_now() -> None:
    story = Story(limits=Limits(quiet_looks=4)).well().see(HIGH, LOW, LOW)
    state = story.state.known("acme")
    assert state is not None
    state.limits = Limits(quiet_looks=1)
    assert told(story) == ["disk 93 % > 90 %: 2 of 2 looks without it"]


def test_a_tenant_that_is_built_has_none_as_it_has_no_reasons() -> None:
    story = damped("2").see(HIGH)
    assert len(of(story)) == 1
    state = story.state.known("acme")
    assert state is not None
    state.describe(tenant(connect_address="127.0.0.9", lifecycle=Lifecycle.BOOTSTRAPPING))
    assert of(story) == ()


def test_it_is_kept_to_be_shown_and_the_next_run_counts_anew() -> None:
    story = damped("2").see(HIGH)
    (kept,) = story.state.kept(story.at)
    kept = msgspec.json.decode(msgspec.json.encode(kept), type=KeptState)
    assert [each.progress for each in kept.counting] == ["1 of 2 looks"]
    assert kept.counting == of(story)
    later = Story(at=story.at, damping=Damping(disk_high="2").damps())
    later.state.remove("acme")
    later.state.add(story.tenant, kept)
    assert of(later) == ()
    assert later.see(HIGH).rules == []


def test_a_record_of_an_earlier_version_has_none() -> None:
    (kept,) = damped("2").see(HIGH).state.kept(Story().at)
    plain = msgspec.json.decode(msgspec.json.encode(kept))
    del plain["counting"]
    assert msgspec.json.decode(msgspec.json.encode(plain), type=KeptState).counting == ()
