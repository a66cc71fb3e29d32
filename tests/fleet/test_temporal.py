"""Temporal, its worker, workflows, schedules, streams, host: fires, near-miss, heals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alfred_tui.fleet.expectation import GROUPS
from alfred_tui.fleet.known import allowance
from alfred_tui.model.facts import (
    Dashboard,
    Disk,
    Poller,
    Queue,
    Schedules,
    Scope,
    System,
    Workflow,
    Workflows,
)
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import (
    CORE_F3,
    EXEC,
    NO_TEMPORAL,
    TIMED_OUT,
    Story,
    failure,
    host,
    queue,
    row,
    rows,
    schedule,
    schedules,
    tenant,
    without,
)

FROZEN = failure(FailureKind.COMMAND_FAILED, "failed reaching server", status=500)


# --- temporal-silent ----------------------------------------------------------------------------


@pytest.mark.parametrize("look", [Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS])
def test_temporal_silent_twice_and_down_after_ten_minutes(look: Look) -> None:
    story = Story().well().see(FROZEN, look=look)
    assert story.pill is Pill.OK
    story.see(FROZEN, look=look, after=20)
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["temporal-silent"])
    assert story.reasons[0].text == "Temporal does not answer: failed reaching server"
    story.well(1).see(FROZEN, look=look, after=560)
    assert story.pill is Pill.DEGRADED
    story.well(1).see(FROZEN, look=look, after=20)
    assert story.pill is Pill.DOWN
    good = {
        Look.QUEUE: queue(story.at),
        Look.SCHEDULES: schedules(story.at),
        Look.WORKFLOWS: Workflows(()),
    }[look]
    story.well(1).see(good)
    assert story.state.healing("acme")
    assert story.see(good).pill is Pill.OK


def test_all_routes_of_temporal_silent_are_one_reason() -> None:
    story = Story().well()
    for _ in range(2):
        for look in (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS):
            story.see(FROZEN, look=look, after=8)
    assert [r.text for r in story.reasons] == ["Temporal does not answer: failed reaching server"]


def test_one_round_of_three_silent_routes_is_one_look() -> None:
    story = Story().well()
    for look in (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS):
        story.see(FROZEN, look=look, after=0.3)
    assert story.pill is Pill.OK


def test_a_silent_docker_is_the_cause_and_not_temporal() -> None:
    story = Story().well().see(EXEC)
    story.see(FROZEN, FROZEN, FROZEN, look=Look.QUEUE, after=20)
    assert "temporal-silent" not in story.rules


def test_routes_of_temporal_that_hang_are_silent_too() -> None:
    story = Story().well().see(TIMED_OUT, look=Look.SCHEDULES).well(2)
    story.see(TIMED_OUT, look=Look.SCHEDULES)
    assert story.rules == ["temporal-silent"]


def test_temporal_that_came_back_a_moment_ago_may_be_silent() -> None:
    story = Story().well().see(rows(CORE_F3, row("temporal", up=5, container_id="new")))
    story.see(NO_TEMPORAL, NO_TEMPORAL, NO_TEMPORAL, look=Look.QUEUE, after=20)
    assert story.pill is Pill.OK


# --- learn-no-pollers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workflow", "activity", "text"),
    [
        (None, None, "alfred-learn: no pollers"),
        (130.0, 130.0, "alfred-learn: no pollers"),
        (20.0, None, "alfred-learn: no activity poller"),
        (121.0, 20.0, "alfred-learn: no workflow poller"),
        (119.0, 119.0, ""),
    ],
)
def test_pollers_count_by_when_they_were_last_seen(
    workflow: float | None, activity: float | None, text: str
) -> None:
    story = Story().well()
    at = story.at + timedelta(seconds=10)
    story.see(queue(at, workflow=workflow, activity=activity))
    assert [r.text for r in story.reasons] == ([text] if text else [])
    if text:
        assert story.pill is Pill.DEGRADED
        for _ in range(2):
            story.see(queue(story.at + timedelta(seconds=10)))
        assert story.pill is Pill.OK


def test_no_pollers_is_down_after_half_an_hour() -> None:
    story = Story().well()
    for _ in range(6):
        story.well(1).see(Queue(()), after=290)
        assert story.pill is Pill.DEGRADED
    assert story.well(1).see(Queue(()), after=290).pill is Pill.DOWN


def test_a_stopped_worker_has_no_pollers_and_one_reason() -> None:
    story = Story().well().see(without("alfred-learn"), without("alfred-learn"))
    story.see(Queue(()), Queue(()))
    assert story.rules == ["service-missing"]


def test_a_worker_just_restarted_is_given_time() -> None:
    story = Story().well().see(rows(CORE_F3, row("alfred-learn", up=4)), Queue(()))
    assert story.pill is Pill.OK


def test_the_tenant_s_own_clock_says_when_a_poller_was_seen() -> None:
    story = Story().well()
    behind = -600.0
    story.see(rows(), skew=behind)
    theirs = story.at + timedelta(seconds=10 + behind)
    story.see(queue(theirs), skew=behind)
    assert story.pill is Pill.OK
    story.see(queue(theirs - timedelta(minutes=5)), skew=behind)
    assert "learn-no-pollers" in story.rules


def test_an_old_build_does_not_name_the_kind_of_a_poller() -> None:
    story = Story().well()
    story.see(Queue((Poller("", "1@w", story.at),)))
    assert story.pill is Pill.OK
    story.see(Queue((Poller("", "1@w", None),)))
    assert story.pill is Pill.OK, "no time is no proof"


# --- workflow-stuck -----------------------------------------------------------------------------


def running(kind: str, minutes: float, story: Story, ident: str = "w") -> Workflow:
    started = story.at + timedelta(seconds=10) - timedelta(minutes=minutes)
    return Workflow(ident, "r", kind, started, task_queue="alfred-learn")


@pytest.mark.parametrize(
    ("kind", "minutes", "fires"),
    [
        ("JudgmentWorkflow", 31, True),
        ("JudgmentWorkflow", 29, False),
        ("PlaneSyncWorkflow", 11, True),
        ("PlaneSyncWorkflow", 9, False),
        ("SignalExtractWorkflow", 49, False),
        ("NightlyMaintenanceWorkflow", 90, False),
        ("NightlyMaintenanceWorkflow", 121, True),
        ("OnboardingPipelineWorkflow", 60 * 24 * 30, False),
        ("TaskRunnerWorkflow", 6000, False),
        ("MediaIngestionWorkflow", 6000, False),
        ("BriefingWorkflow", 6000, False),
        ("DecisionRouterWorkflow", 6000, False),
    ],
)
def test_a_workflow_beyond_its_type_s_allowance(kind: str, minutes: float, fires: bool) -> None:
    story = Story().well()
    story.see(Workflows((running(kind, minutes, story),)))
    assert story.rules == (["workflow-stuck"] if fires else [])
    if fires:
        assert kind in story.reasons[0].text
        assert story.pill is Pill.DEGRADED
        assert story.see(Workflows(()), Workflows(())).pill is Pill.OK


def test_many_stuck_runs_of_a_type_are_one_reason() -> None:
    story = Story().well()
    story.see(
        Workflows(tuple(running("JudgmentWorkflow", 40 + n, story, f"w{n}") for n in range(9)))
    )
    assert len(story.reasons) == 1
    assert "9 of them" in story.reasons[0].text
    assert story.reasons[0].value == "48 min"


def test_the_default_allowance_is_a_setting_and_the_table_is_not() -> None:
    assert allowance("SomethingNewWorkflow", 60.0) == 60.0
    assert allowance("PlaneSyncWorkflow", 60.0) == 600.0
    assert allowance("BriefingWorkflow", 60.0) is None


# --- schedules ----------------------------------------------------------------------------------


def test_a_paused_platform_schedule_and_not_a_paused_chore() -> None:
    story = Story().well()
    chore = schedule("chore-weekly-review", story.at, paused=True)
    story.see(schedules(story.at, chore))
    assert story.pill is Pill.OK
    paused = schedule("al-learning", story.at, paused=True, note="deploy")
    story.see(schedules(story.at, paused))
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["schedule-paused"])
    assert story.reasons[0].text == "al-learning paused (deploy)"
    story.see(schedules(story.at), schedules(story.at))
    assert story.pill is Pill.OK


def test_a_missing_platform_schedule() -> None:
    story = Story().well()
    some = schedules(story.at)
    less = Schedules(tuple(s for s in some.rows if s.schedule_id != "al-judgment"))
    story.see(less)
    assert story.rules == ["schedule-missing"]
    assert story.reasons[0].subject == "al-judgment"
    assert story.see(some, some).pill is Pill.OK


def test_a_list_with_odd_places_proves_no_absence() -> None:
    story = Story().well().see(Schedules(()), odd="$[4].scheduleId")
    assert story.rules == ["answer-odd"]


def test_no_schedule_at_all_is_one_reason() -> None:
    story = Story().well().see(Schedules(()))
    assert len(story.reasons) == 1
    assert story.reasons[0].text.startswith("7 platform schedules are missing")


LATE = [
    # interval, next in, last ago, running, fires
    (900.0, -1000.0, 1900.0, False, True),
    (900.0, -800.0, 1700.0, False, False),
    (15.0, -50.0, 65.0, False, False),
    (15.0, -80.0, 95.0, False, True),
    (900.0, 100.0, 2800.0, False, True),
    (900.0, 100.0, 2800.0, True, False),
    (900.0, 100.0, 2600.0, False, False),
    (15.0, 5.0, 500.0, False, False),
    (15.0, 5.0, 700.0, False, True),
    (None, -4000.0, 90000.0, False, True),
    (None, -3000.0, 90000.0, False, False),
    (None, 3000.0, 9e6, False, False),
]


@pytest.mark.parametrize(("interval", "ahead", "ago", "busy", "fires"), LATE)
def test_late_schedules(
    interval: float | None, ahead: float, ago: float, busy: bool, fires: bool
) -> None:
    story = Story()
    early = schedule("al-plane-sync", story.at, interval=interval)
    story.see(schedules(story.at, early)).well(1).see(rows(up=18000.0 + 1e7), after=1e7)
    at = story.at + timedelta(seconds=10)
    one = schedule(
        "al-plane-sync",
        at,
        interval=interval,
        next_times=(at + timedelta(seconds=ahead),),
        last_action=at - timedelta(seconds=ago),
        workflow_type="PlaneSyncWorkflow",
    )
    flow = Workflow("w", "r", "PlaneSyncWorkflow", at, schedule_id="al-plane-sync")
    story.see(schedules(at, one)).see(Workflows((flow,) if busy else ()), after=1)
    assert story.rules == (["schedule-late"] if fires else [])
    if fires:
        good = schedules(story.at)
        for _ in range(2):
            story.see(good).see(Workflows(()), after=1)
        assert story.pill is Pill.OK


def test_a_schedule_that_never_fired_is_new() -> None:
    story = Story().well()
    one = schedule("al-new", story.at, interval=15.0, last_action=None)
    assert story.see(schedules(story.at, one), Workflows(())).pill is Pill.OK


def test_a_weekly_calendar_is_late_by_its_own_measure() -> None:
    story = Story().well()
    week = timedelta(days=7)
    times = (story.at + timedelta(days=2), story.at + timedelta(days=9))
    one = schedule(
        "chore-review", story.at, interval=None, next_times=times, last_action=story.at - 2 * week
    )
    assert story.see(schedules(story.at, one), Workflows(())).pill is Pill.OK


def test_a_schedule_that_we_saw_paused_is_not_late_when_it_goes_on() -> None:
    story = Story().well()
    old = story.at - timedelta(days=2)
    paused = schedule("al-learning", story.at, paused=True, last_action=old)
    story.see(schedules(story.at, paused), Workflows(()))
    resumed = schedule(
        "al-learning", story.at, last_action=old, next_times=(story.at + timedelta(seconds=600),)
    )
    story.see(schedules(story.at, resumed), Workflows(()))
    assert "schedule-late" not in story.rules


def calendar(story: Story, first: timedelta, gap: timedelta, last: timedelta) -> Story:
    """A calendar whose next two times and last action lie so far from now."""
    at = story.at + timedelta(seconds=10)
    one = schedule(
        "chore-review",
        at,
        interval=None,
        next_times=(at + first, at + first + gap),
        last_action=at - last,
    )
    return story.see(schedules(at, one)).see(Workflows(()), after=1)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("first", "gap", "last", "fires"),
    [
        (21 * HOUR, 8 * HOUR, 43 * HOUR, False),  # 0 9,17 * * 1-5 on a Sunday
        (13 * HOUR, HOUR / 4, 3 * HOUR, False),  # */15 9-17 at night
        (-HOUR, 64 * HOUR, 24 * HOUR, False),
        (-HOUR * 1.1, 64 * HOUR, 24 * HOUR, True),
        (-HOUR / 5, HOUR / 4, HOUR / 4, False),
        (-HOUR / 3, HOUR / 4, HOUR / 4, True),
    ],
)
def test_a_calendar_is_late_by_its_next_time_only(
    first: timedelta, gap: timedelta, last: timedelta, fires: bool
) -> None:
    story = calendar(Story().well(), first, gap, last)
    assert story.rules == (["schedule-late"] if fires else [])
    for _ in range(3):
        calendar(story.well(1), HOUR, gap, last)
    assert story.pill is Pill.OK


def quarter(story: Story, *, idle: timedelta, **more: object) -> Story:
    """A schedule of every 15 min that has not acted for so long; next time in 10 min."""
    at = story.at + timedelta(seconds=10)
    given = {
        "last_action": at - idle,
        "next_times": (at + timedelta(minutes=10),),
        "interval": 900.0,
        **more,
    }
    story.see(schedules(at, schedule("al-steward-m", at, **given)))
    return story.see(Workflows(()), after=1)


def test_a_schedule_that_is_over_is_not_late_for_ever() -> None:
    story = Story().well()
    for hours in range(9):
        quarter(story, idle=hours * HOUR, next_times=())
        story.see(rows(up=story.up + 3600), after=3600)
    assert story.pill is Pill.OK


def test_one_unpaused_before_we_came_has_its_time_and_then_is_late() -> None:
    story = quarter(Story().well(), idle=48 * HOUR)
    assert story.pill is Pill.OK
    quarter(story.see(rows(up=story.up + 2600), after=2600), idle=49 * HOUR)
    assert story.pill is Pill.OK
    quarter(story.well(12), idle=49 * HOUR)
    assert story.rules == ["schedule-late"]
    assert story.reasons[0].value == "45 min"


def test_a_shortened_interval_counts_from_when_it_was_seen() -> None:
    story = Story().well()
    for _ in range(8):
        quarter(story, idle=HOUR / 2, interval=4 * 3600.0)
        story.see(rows(up=story.up + 900), after=900)
    quarter(story, idle=2 * HOUR)
    assert story.pill is Pill.OK
    for _ in range(3):
        quarter(story.see(rows(up=story.up + 900), after=900), idle=3 * HOUR)
    assert story.rules == ["schedule-late"]


def test_a_list_with_an_odd_place_does_not_begin_a_schedule_anew() -> None:
    story = quarter(Story().well(), idle=HOUR)
    story.see(rows(up=story.up + 2700), after=2700)
    story.see(Schedules(()), odd="$[0]")
    quarter(story, idle=2 * HOUR)
    assert "schedule-late" in story.rules


def test_a_person_takes_a_schedule_out() -> None:
    who = tenant(connect_address="127.0.0.9", labels={"expects": "-al-reflection"})
    story = Story(who).well()
    some = schedules(story.at).rows
    story.see(Schedules(tuple(s for s in some if s.schedule_id != "al-reflection")))
    assert story.pill is Pill.OK
    story.see(Schedules(tuple(s for s in some if s.schedule_id != "al-learning")))
    assert [r.subject for r in story.reasons] == ["al-learning"]


PLANE = sorted(GROUPS["plane"])


@pytest.mark.parametrize(
    ("labels", "services", "fires"),
    [
        ({"plane-enabled": "true"}, PLANE, True),
        ({}, PLANE, True),
        ({}, [], False),
        ({"expects": "-plane"}, PLANE, False),
        ({"expects": "-al-plane-sync"}, PLANE, False),
    ],
)
def test_a_stack_s_schedule_once_seen_is_missed_while_its_stack_is_expected(
    labels: dict[str, str], services: list[str], fires: bool
) -> None:
    story = Story(tenant(connect_address="127.0.0.9", labels=labels))
    listed = rows([*CORE_F3, *services])
    story.see(listed, schedules(story.at), listed)
    assert story.pill is Pill.OK, "never seen, it is not missed"
    story.see(schedules(story.at, schedule("al-plane-sync", story.at)))
    kept = story.state.kept(story.at)[0]
    later = Story(story.tenant, story.at)
    later.state.remove("acme")
    later.state.add(story.tenant, kept)
    for one in (story, later):
        one.see(listed, schedules(one.at))
        assert one.rules == (["schedule-missing"] if fires else [])
        one.see(*[schedules(one.at, schedule("al-plane-sync", one.at))] * 2)
        assert one.pill is Pill.OK


def test_a_busy_schedule_is_known_by_its_id_or_its_type() -> None:
    for flow in (
        Workflow("w", "r", "Other", None, schedule_id="al-steward-m"),
        Workflow("w", "r", "Workflow-al-steward-m", None),
    ):
        story = quarter(Story().well(), idle=HOUR)
        quarter(story.see(rows(up=story.up + 3000), after=3000), idle=2 * HOUR)
        assert story.rules == ["schedule-late"]
        at = story.at
        one = schedule("al-steward-m", at, last_action=at - 2 * HOUR)
        story.see(schedules(at, one)).see(Workflows((flow,)), Workflows((flow,)))
        assert story.pill is Pill.OK


# --- disk and memory ----------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [Scope.VOLUME, Scope.HOST])
def test_a_volume_that_fills(scope: Scope) -> None:
    story = Story().well().see(host(90.0, scope))
    assert story.pill is Pill.OK
    story.see(host(93.0, scope))
    assert (story.pill, story.reasons[0].text) == (Pill.DEGRADED, "disk 93 % > 90 %")
    story.see(host(98.0, scope))
    assert (story.pill, story.reasons[0].text) == (Pill.DOWN, "disk 98 % > 97 %")
    story.see(host(89.5, scope), host(89.5, scope))
    assert story.pill is not Pill.OK, "on the edge it does not flicker"
    assert story.see(host(88.0, scope), host(88.0, scope)).pill is Pill.OK


def test_a_container_s_own_root_is_never_judged() -> None:
    full = Dashboard("F", rows(), disk=Disk(99.0, Scope.CONTAINER))
    story = Story().well().see(host(99.0, Scope.CONTAINER), full)
    assert story.pill is Pill.OK
    assert not story.state.views["acme"].disk_sure


def test_a_figure_just_above_its_limit_is_shown_as_such() -> None:
    story = Story().well().see(host(90.3))
    assert story.reasons[0].text == "disk 90.3 % > 90 %"


def test_memory_for_five_minutes() -> None:
    story = Story().well().see(*[host(memory=96.0)] * 30)
    assert story.pill is Pill.OK
    assert story.see(host(memory=96.0)).rules == ["memory-high"]
    assert story.see(host(memory=94.0), host(memory=94.0)).pill is Pill.OK
    story.see(*[host(memory=96.0)] * 20).see(host(memory=90.0))
    assert story.see(*[host(memory=96.0)] * 20).pill is Pill.OK


def test_a_disk_that_was_full_is_down_until_it_is_clearly_below() -> None:
    story = Story().well()
    for used in (97.4, 96.9, 97.4, 96.1):
        story.see(host(used))
        assert story.pill is Pill.DOWN, used
    assert story.reasons[0].text == "disk 96.1 % > 96 %"
    story.see(host(96.0))
    assert (story.pill, story.reasons[0].text) == (Pill.DEGRADED, "disk 96 % > 90 %")
    story.see(host(96.9))
    assert story.pill is Pill.DEGRADED, "it has to be full anew"
    assert Story().well().see(host(96.9)).pill is Pill.DEGRADED


def test_what_one_look_calls_full_another_does_not() -> None:
    story = Story().well().see(host(98.0))
    story.see(Dashboard("F", rows(), disk=Disk(96.5, Scope.VOLUME)))
    assert story.reasons[0].text == "disk 96 % > 90 %"


@pytest.mark.parametrize("every", [400.0, 1200.0])
def test_memory_needs_three_looks_that_are_near_each_other(every: float) -> None:
    story = Story().well().see(*[host(memory=96.0)] * 2, after=every)
    assert story.pill is Pill.OK
    assert story.see(host(memory=96.0), after=every).rules == ["memory-high"]


def test_looks_at_the_memory_that_are_far_apart_do_not_count_together() -> None:
    story = Story().well()
    for _ in range(6):
        story.see(host(memory=96.0), after=1201.0)
        assert story.pill is Pill.OK
    story.see(*[host(memory=96.0)] * 2, after=600.0)
    assert story.rules == ["memory-high"]
    story.see(host(memory=96.0), after=5000.0)
    assert story.rules == ["memory-high"], "what fires fires on"


def test_an_answer_without_memory_tells_nothing_of_it() -> None:
    story = Story().well().see(*[System()] * 9)
    assert story.pill is Pill.OK
