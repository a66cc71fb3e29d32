"""The program ends and begins again: what it judged goes on, and nothing false is an event."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from alfred_tui.fleet.sampler import Sampler
from alfred_tui.model.facts import Answer
from alfred_tui.model.history import Event
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Lifecycle, Secret, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView
from tests.fleet.makers import NOON, Story, host, queue, rows, saw, schedules, tenant, without

HOUR = timedelta(hours=1)
SHORT = timedelta(seconds=20)


class Run(Story):
    """A later run of the program on what an earlier one kept, with its events."""

    def __init__(self, kept: KeptState, at: datetime, who: Tenant) -> None:
        super().__init__(who, at)
        self.state.remove(who.name)
        self.state.add(who, kept)
        self.sampler = Sampler()
        self.sampler.begin(self.state.views.values())

    def look(self, *answers: Answer, after: float = 10.0) -> Run:
        for answer in answers:
            self.at += timedelta(seconds=after)
            if self.state.apply(saw(answer, self.at, name=self.tenant.name)):
                name = self.tenant.name
                self.sampler.changed(self.state.views[name], self.at, met=self.state.met(name))
        return self

    def events(self) -> list[tuple[Pill | None, Pill | None]]:
        return [(event.before, event.after) for event in self.sampler.take_events()]


def stored(kept: KeptState) -> KeptState:
    """Through the bytes that the store keeps."""
    return msgspec.json.decode(msgspec.json.encode(kept), type=KeptState)


def older(kept: KeptState) -> KeptState:
    """As an earlier version of the program wrote it."""
    plain = msgspec.json.decode(msgspec.json.encode(kept))
    del plain["conditions"]
    return msgspec.json.decode(msgspec.json.encode(plain), type=KeptState)


def again(story: Story, after: timedelta = HOUR, who: Tenant | None = None) -> Run:
    return Run(stored(story.state.kept(story.at)[0]), story.at + after, who or story.tenant)


def idle(story: Story, minutes: int) -> Story:
    """Nobody takes work from the queue for so many minutes."""
    begun = story.at
    for _ in range(minutes // 5):
        age = (story.at - begun).total_seconds() + 300.0
        story.see(rows(up=story.up), after=1)
        story.see(queue(story.at + timedelta(seconds=299), workflow=age, activity=age), after=299)
    return story


@pytest.mark.parametrize("after", [SHORT, HOUR, 50 * HOUR])
@pytest.mark.parametrize("record", [stored, older])
def test_a_degraded_tenant_is_degraded_on_with_its_age_before_its_own_look(
    after: timedelta, record: object
) -> None:
    story = Story().well().see(host(95.0), after=60)
    (reason,), since = story.reasons, story.state.views["acme"].since
    kept = story.state.kept(story.at)[0]
    run = Run(stored(kept) if record is stored else older(kept), story.at + after, story.tenant)
    run.look(*[rows(up=run.up)] * 5)
    assert (run.pill, run.rules) == (Pill.DEGRADED, ["disk-high"])
    assert (run.reasons[0].since, run.reasons[0].text) == (reason.since, reason.text)
    assert run.state.views["acme"].since == since
    run.look(host(95.0))
    assert run.reasons[0].since == reason.since
    assert run.events() == []


def test_what_has_been_down_for_long_is_down_on_and_the_way_there_is_not_begun_anew() -> None:
    story = idle(Story().well(), 40)
    assert (story.pill, story.rules) == (Pill.DOWN, ["learn-no-pollers"])
    run = again(story).look(rows(up=18000.0))
    assert (run.pill, run.reasons[0].since) == (Pill.DOWN, story.reasons[0].since)
    run.look(queue(run.at + timedelta(seconds=10), workflow=6000.0, activity=6000.0))
    assert run.pill is Pill.DOWN
    assert run.events() == []


@pytest.mark.parametrize("record", [stored, older])
def test_what_is_not_yet_down_goes_on_from_where_it_was(record: object) -> None:
    story = idle(Story().well(), 20)
    assert story.pill is Pill.DEGRADED
    kept = story.state.kept(story.at)[0]
    kept = stored(kept) if record is stored else older(kept)
    run = Run(kept, story.at + timedelta(seconds=10), story.tenant)
    run.look(rows(up=run.up))
    run.look(queue(run.at + timedelta(seconds=240), workflow=1500.0, activity=1500.0), after=240)
    assert run.pill is Pill.DEGRADED, "not sooner than it would have been"
    run.look(queue(run.at + timedelta(seconds=900), workflow=2400.0, activity=2400.0), after=900)
    assert run.pill is Pill.DOWN, "and no later"


def test_what_healed_meanwhile_ends_after_its_own_looks_and_is_one_event() -> None:
    run = again(Story().well().see(host(95.0)))
    run.look(rows(up=run.up), schedules(run.at), host(40.0))
    assert run.pill is Pill.DEGRADED, "once quiet is not enough"
    run.look(rows(up=run.up), schedules(run.at))
    assert run.pill is Pill.DEGRADED, "looks of other rules say nothing of it"
    run.look(host(40.0))
    assert run.pill is Pill.OK
    assert run.events() == [(Pill.DEGRADED, Pill.OK)]


def test_quiet_looks_of_the_run_before_count() -> None:
    story = Story().well().see(host(95.0), host(40.0))
    assert story.pill is Pill.DEGRADED
    assert again(story).look(rows(up=18000.0), host(40.0)).pill is Pill.OK


def test_another_trouble_found_at_the_start_is_beside_the_old_one() -> None:
    run = again(Story().well().see(host(95.0)))
    run.look(without("openclaw"))
    assert (run.pill, run.rules) == (Pill.DOWN, ["service-missing", "disk-high"])
    assert run.events() == [(Pill.DEGRADED, Pill.DOWN)]


@pytest.mark.parametrize("record", [stored, older])
def test_reasons_told_as_one_are_recalled_one_by_one(record: object) -> None:
    gone = ("openclaw", "openclaw-workers", "ollama", "alfred-learn")
    story = Story().well().see(*[without(*gone)] * 2)
    assert story.reasons[0].value == "4"
    kept = story.state.kept(story.at)[0]
    run = Run(stored(kept) if record is stored else older(kept), story.at + HOUR, story.tenant)
    run.look(without(*gone))
    assert run.reasons[0].parts == story.reasons[0].parts
    assert run.reasons[0].since == story.reasons[0].since
    run.look(*[without(*gone[:1])] * 2)
    assert [reason.subject for reason in run.reasons] == ["openclaw"]


def test_a_service_that_stays_away_keeps_its_age_over_a_long_rest() -> None:
    story = Story().well().see(*[without("alfred")] * 2)
    run = again(story, 20 * HOUR).look(without("alfred"))
    assert run.reasons[0].since == story.reasons[0].since
    assert run.events() == []


def test_what_cannot_be_followed_any_more_is_left_out() -> None:
    kept = Story().well().see(host(95.0))
    record = kept.state.kept(kept.at)[0]
    (disk,) = record.conditions or ()
    strange = [
        msgspec.structs.replace(disk, rule="no-such-rule"),
        msgspec.structs.replace(disk, rule="route-failing", subject="no-such-look"),
    ]
    odd = msgspec.structs.replace(record, conditions=tuple(strange))
    run = Run(odd, kept.at + SHORT, kept.tenant).look(rows(up=18000.0))
    assert (run.pill, run.reasons) == (Pill.OK, ())
    assert run.state.healing("acme") == frozenset()


def test_what_was_seen_at_another_address_says_nothing_of_this_one() -> None:
    story = Story().well().see(host(95.0))
    run = again(story, HOUR, tenant(connect_address="127.0.0.10")).look(rows(up=18000.0))
    assert run.pill is Pill.OK
    run.look(host(40.0), host(95.0))
    assert run.events() == [(Pill.OK, Pill.DEGRADED)], "what it was elsewhere did not end"


def test_with_a_new_key_it_goes_on_from_what_is_known_and_not_from_what_was_kept() -> None:
    story = Story().well().see(host(95.0))
    run = again(story, SHORT).look(rows(up=18000.0))
    kept = stored(run.state.kept(run.at)[0])
    run.look(host(40.0), host(40.0))
    assert run.events() == [(Pill.DEGRADED, Pill.OK)]
    fresh = msgspec.structs.replace(story.tenant, api_key=Secret("another"))
    run.state.add(fresh, kept)
    run.look(rows(up=18000.0))
    assert (run.pill, run.events()) == (Pill.OK, []), "what was over by then does not come back"


def test_a_tenant_that_is_not_polled_any_more_shows_nothing_of_before() -> None:
    who = tenant(connect_address="127.0.0.9", lifecycle=Lifecycle.SUSPENDED)
    assert again(Story().well().see(host(95.0)), HOUR, who).reasons == ()


def test_what_the_first_looks_at_a_new_tenant_find_is_no_event_and_what_follows_is() -> None:
    story = Story()
    run = Run(KeptState("new", TenantView("new", Pill.UNKNOWN), NOON), NOON, story.tenant)
    run.state.remove("acme")
    run.state.add(story.tenant)
    run.look(rows(), host(98.0))
    assert run.pill is Pill.DOWN
    assert run.events() == [], "its disk was full before anybody looked"
    run.look(host(92.0), rows())
    assert run.events() == [(Pill.DOWN, Pill.DEGRADED)]


def test_figures_stand_until_they_are_seen_and_not_for_ever() -> None:
    story = Story().well().see(host(42.0))
    soon = again(story, SHORT).look(rows(up=18000.0))
    assert soon.state.views["acme"].disk == 42.0
    assert soon.look(host(43.0)).state.views["acme"].disk == 43.0
    late = again(story, HOUR).look(rows(up=18000.0))
    assert late.state.views["acme"].disk is None


def test_a_tenant_known_as_whole_just_before_its_backup_is_not_found_stopped() -> None:
    began = datetime(2026, 6, 2, 3, 12, tzinfo=NOON.tzinfo)
    trio = ("alfred", "openclaw", "temporal")
    story = Story(at=began - timedelta(minutes=5)).well()
    run = again(story, timedelta(minutes=5)).look(*[without(*trio)] * 3)
    assert (run.pill, run.rules) == (Pill.OK, [])
    assert run.state.views["acme"].notes[0].startswith("backup running for")
    long_ago = again(story, timedelta(days=1, minutes=5)).look(without(*trio))
    assert long_ago.rules == ["backup-left-stopped"], "nothing is known of this night"


def test_an_event_tells_the_reasons_of_the_run_before() -> None:
    run = again(Story().well().see(host(95.0)), 5 * HOUR)
    run.look(rows(up=18000.0), host(40.0), host(40.0))
    (event,) = run.sampler.take_events()
    assert isinstance(event, Event)
    assert [reason.rule for reason in event.reasons_before] == ["disk-high"]
    assert event.reasons_after == ()


def test_a_reason_without_any_time_is_not_recalled() -> None:
    bare = TenantView("acme", Pill.DEGRADED, reasons=(Reason("disk-high", Pill.DEGRADED, "x"),))
    run = Run(KeptState("acme", bare, NOON), NOON, Story().tenant).look(rows())
    assert run.pill is Pill.OK
