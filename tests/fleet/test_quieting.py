"""Muted and acknowledged: the pill stays, greyed and marked, until it changes or the time ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alfred_tui.fleet.quieting import UNMET
from alfred_tui.fleet.sampler import Sampler
from alfred_tui.model.facts import Banner
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.quiet import Quiet, QuietKind, acked
from alfred_tui.model.tenant import Lifecycle
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView
from tests.fleet.makers import NOON, Story, failure, host, tenant, without

HOUR = timedelta(hours=1)


def mute(name: str = "acme", rule: str = "", number: int = 1, lasts: timedelta = HOUR) -> Quiet:
    return Quiet(QuietKind.MUTE, NOON, NOON + lasts, tenant=name, rule=rule, number=number)


def ack(story: Story, number: int = 1, lasts: timedelta = timedelta(days=1)) -> Quiet:
    """An acknowledgement of whatever the tenant has to say now."""
    held = acked(story.reasons)
    return Quiet(
        QuietKind.ACK, story.at, story.at + lasts, tenant="acme", acked=held, number=number
    )


def full(percent: float = 93.0) -> Story:
    """A tenant that is well but for its disk."""
    return Story().well().see(host(percent))


def view(story: Story) -> TenantView:
    return story.state.views["acme"]


def wish(story: Story, *wishes: Quiet) -> None:
    story.state.quieten(wishes, story.at)


@pytest.mark.parametrize("scope", [mute(), mute(rule="disk-high"), mute("", "disk-high")])
def test_a_mute_leaves_the_pill_and_takes_it_out_of_the_count(scope: Quiet) -> None:
    story = full()
    assert story.state.quieten([scope], story.at) == {"acme"}
    seen = view(story)
    assert (seen.pill, seen.quiet, seen.reasons, seen.marks) == (Pill.DEGRADED, True, (), "z")
    assert [reason.rule for reason in seen.quieted] == ["disk-high"]
    counts = story.state.counts()
    assert (counts.total, counts.degraded, counts.quiet) == (1, 0, 1)


@pytest.mark.parametrize("scope", [mute("birch"), mute(rule="memory-high"), mute("", "slow")])
def test_a_mute_of_somebody_or_something_else_changes_nothing(scope: Quiet) -> None:
    story = full()
    before = view(story)
    wish(story, scope)
    assert view(story).reasons == before.reasons
    assert not view(story).quiet


def test_what_is_new_is_loud_beside_what_is_muted() -> None:
    story = full(98.0)
    wish(story, mute(rule="disk-high"))
    assert (view(story).pill, view(story).quiet) == (Pill.DOWN, True)
    story.see(host(98.0, memory=97.0))
    for _ in range(3):
        story.see(host(98.0, memory=97.0), after=200.0)
    seen = view(story)
    assert (seen.pill, seen.quiet, seen.marks) == (Pill.DEGRADED, False, "z")
    assert story.rules == ["memory-high"]
    assert story.state.counts().degraded == 1
    assert seen.whole is Pill.DOWN


def test_a_mute_ends_with_its_time() -> None:
    story = full()
    wish(story, mute())
    story.at = NOON + HOUR - timedelta(seconds=1)
    assert story.state.age(story.at) == set()
    story.at = NOON + HOUR
    assert story.state.age(story.at) == {"acme"}
    assert (view(story).quiet, story.rules, view(story).marks) == (False, ["disk-high"], "")
    assert story.state.quieting.wishes == []


def test_a_muted_tenant_that_is_well_says_so_with_its_mark() -> None:
    story = Story().well()
    wish(story, mute())
    assert (view(story).pill, view(story).quiet, view(story).marks) == (Pill.OK, False, "z")
    assert story.state.counts().ok == 1


def test_taking_it_back_makes_it_loud_at_once() -> None:
    story = full()
    wish(story, mute(), mute("", "slow", number=2))
    assert story.state.quieten([], story.at) == {"acme"}
    assert story.rules == ["disk-high"]


def test_a_failed_building_can_be_muted_like_everything() -> None:
    story = Story(tenant(lifecycle=Lifecycle.ERROR, connect_address="127.0.0.9"))
    assert story.rules == ["build-failed"]
    wish(story, mute(rule="build-failed"))
    assert (view(story).pill, view(story).quiet) == (Pill.DOWN, True)


def test_an_acknowledged_reason_is_quiet_until_it_heals_and_then_it_is_over() -> None:
    story = full()
    wish(story, ack(story))
    assert view(story).quiet
    for _ in range(2):
        story.see(host(40.0))
    assert (story.pill, view(story).marks) == (Pill.OK, "")
    over = story.state.quieting.ended
    assert [(each.number, each.acked) for each in over] == [(1, ())]
    story.see(host(93.0))
    assert story.rules == ["disk-high"]  # the next time it is news


def test_an_acknowledged_reason_that_grows_worse_is_loud() -> None:
    story = full(93.0)
    wish(story, ack(story))
    story.see(host(98.0))
    assert (story.pill, view(story).quiet, story.rules) == (Pill.DOWN, False, ["disk-high"])
    assert story.state.quieting.wishes == []


def test_an_acknowledged_reason_that_grows_lighter_stays_quiet() -> None:
    story = full(98.0)
    wish(story, ack(story))
    story.see(host(92.0))
    assert (story.pill, view(story).quiet) == (Pill.DEGRADED, True)


def test_one_service_more_is_news_beside_many_acknowledged() -> None:
    story = Story().well().well()
    names = ["alfred", "alfred-learn", "mcp-server", "ollama", "temporal"]
    for _ in range(4):
        story.see(without(*names[:4]), after=60.0)
    told = [r for r in story.reasons if r.rule == "service-missing"]
    assert [len(r.parts) for r in told] == [4]
    wish(story, ack(story))
    assert view(story).quiet
    for _ in range(4):
        story.see(without(*names), after=60.0)
    assert [(r.rule, r.subject) for r in story.reasons] == [("service-missing", "temporal")]
    for _ in range(4):
        story.see(without(*names[1:]), after=60.0)
    ended = story.state.quieting.ended
    assert [len(each.acked) for each in ended] == [3]


def test_an_acknowledgement_outlives_a_restart_and_ends_if_its_reason_does_not_come_back() -> None:
    old = full()
    held = ack(old)
    again = Story(at=old.at).well()
    wish(again, held)
    assert (again.pill, view(again).marks) == (Pill.OK, "z")  # not seen yet: nothing is over
    again.see(host(93.0))
    assert view(again).quiet
    healed = Story(at=old.at)
    wish(healed, held)
    healed.well()
    healed.at += UNMET + timedelta(seconds=1)
    assert healed.state.age(healed.at) == {"acme"}
    assert (healed.state.quieting.wishes, view(healed).marks) == ([], "")


def test_an_acknowledgement_waits_for_a_tenant_that_cannot_be_looked_at() -> None:
    old = full()
    again = Story(at=old.at)
    wish(again, ack(old))
    for _ in range(8):
        again.see(failure(FailureKind.TIMED_OUT), after=UNMET.total_seconds() / 4)
        again.see(Banner("SSH-2.0-OpenSSH_9.2p1"))
        again.state.age(again.at)
    assert len(again.state.quieting.wishes) == 1, "silence says nothing of its reason"
    again.see(host(93.0))
    assert "disk-high" in [reason.rule for reason in view(again).quieted]
    again.see(host(40.0), host(40.0))
    assert again.state.quieting.wishes == []


def test_what_another_program_saw_end_stays_quiet_until_it_is_seen_here_again() -> None:
    story = full()
    wish(story, ack(story))
    story.state.quieten([], story.at, others=True)
    assert view(story).quiet, "nobody has looked here since"
    story.well()
    assert view(story).quiet, "looks of other rules say nothing of it"
    story.see(host(40.0))
    assert view(story).quiet, "its end begins to show"
    story.see(host(93.0))
    assert (story.pill, view(story).quiet) == (Pill.DEGRADED, False), "it is back"


def test_what_another_program_saw_end_ends_here_without_a_sound() -> None:
    story = full()
    wish(story, ack(story))
    story.state.quieten([], story.at, others=True)
    story.see(host(40.0), host(40.0))
    assert (story.pill, view(story).marks) == (Pill.OK, "")
    assert story.see(host(93.0)).pill is Pill.DEGRADED
    assert not view(story).quiet, "what comes later is news"


def test_what_a_person_takes_back_here_is_loud_at_once() -> None:
    story = full()
    wish(story, ack(story))
    wish(story)
    assert (story.pill, view(story).quiet) == (Pill.DEGRADED, False)


def test_the_last_run_s_view_is_quiet_by_what_is_wished_now() -> None:
    old = full()
    wish(old, mute(lasts=2 * HOUR))
    kept = old.state.kept(old.at)[0]
    for wishes, quiet in (([mute(lasts=2 * HOUR)], True), ([], False)):
        new = Story(at=old.at)
        new.state.quieten(wishes, new.at)
        new.state.remove("acme")
        new.state.add(new.tenant, kept)
        seen = view(new)
        assert (seen.pill, seen.quiet) == (Pill.DEGRADED, quiet)
        assert len(seen.quieted if quiet else seen.reasons) == 1


def test_the_past_does_not_know_what_was_muted() -> None:
    story = full(98.0)
    sampler = Sampler()
    sampler.begin([view(story)])
    wish(story, mute())
    sampler.changed(view(story), story.at)
    assert sampler.take_events() == []
    sample = sampler.take_samples(story.state.views, story.at, 60.0)[0]
    assert sample.pill is Pill.DOWN
