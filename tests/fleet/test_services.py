"""Containers and the nightly backup: each rule fires, spares its near-miss, heals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alfred_tui.model.facts import Containers, Dashboard
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import Failure
from alfred_tui.model.tenant import Layout, Tenant
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import (
    CORE_F3,
    EXEC,
    NO_TEMPORAL,
    NOON,
    TIMED_OUT,
    Story,
    queue,
    row,
    rows,
    saw,
    tenant,
    without,
)

TRIO = ("alfred", "openclaw", "temporal")
OPTIONAL = [*CORE_F3, "vaultwarden", "vault-cli"]


def local(**more: object) -> Tenant:
    return tenant(connect_address="127.0.0.9", **more)


# --- docker-silent ------------------------------------------------------------------------------


def test_docker_silent_needs_two_looks_and_is_down_after_five_minutes() -> None:
    story = Story().well().see(EXEC)
    assert story.pill is Pill.OK
    assert story.state.vanished("acme"), "a second look is asked for"
    assert story.see(EXEC, after=5).rules == ["docker-silent"]
    assert story.pill is Pill.DEGRADED
    story.see(*[EXEC] * 29)
    assert story.pill is Pill.DEGRADED
    assert story.see(EXEC).pill is Pill.DOWN
    assert story.well(1).pill is Pill.DOWN
    assert story.well(1).pill is Pill.OK


def test_docker_silent_is_seen_through_the_dashboard_s_null_too() -> None:
    null = Dashboard("F", containers=None)
    story = Story().well().see(null).see(EXEC)
    assert story.rules == ["docker-silent"]


def test_a_null_that_the_containers_look_denies_is_forgotten() -> None:
    null = Dashboard("F", containers=None)
    story = Story().well().see(null).well(1).see(null).well(1)
    assert story.pill is Pill.OK


def test_a_dashboard_with_an_odd_container_list_proves_nothing() -> None:
    null = Dashboard("F", containers=None)
    story = Story().well().see(null, null, null, odd="$.containers[2].State")
    assert "docker-silent" not in story.rules


def test_two_tries_within_a_second_are_one_look() -> None:
    story = Story().well().see(EXEC).see(EXEC, after=0.5)
    assert story.pill is Pill.OK


# --- service-missing ----------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [name for name in CORE_F3 if name != "ctrl-api"])
def test_a_core_service_that_vanished_is_down_at_the_second_look(gone: str) -> None:
    story = Story().well().see(without(gone))
    assert story.pill is Pill.OK
    assert story.state.vanished("acme")
    story.see(without(gone), after=5)
    assert (story.pill, story.rules) == (Pill.DOWN, ["service-missing"])
    assert story.reasons[0].text == f"{gone} is not running"
    assert story.well(1).pill is Pill.DOWN
    assert story.well(1).pill is Pill.OK


def test_an_optional_service_that_vanished_is_degraded() -> None:
    story = Story().see(rows(OPTIONAL), rows(OPTIONAL))
    story.see(without("vault-cli", names=OPTIONAL)).see(
        without("vault-cli", names=OPTIONAL), after=5
    )
    assert (story.pill, story.reasons[0].subject) == (Pill.DEGRADED, "vault-cli")


def test_a_gap_of_seconds_is_a_restart_and_no_fault() -> None:
    story = Story().well().see(without("openclaw")).see(rows(), after=5)
    assert story.pill is Pill.OK


@pytest.mark.parametrize("gone", ["alfred-learn", "mcp-server"])
def test_a_tenant_first_seen_broken_is_reported_broken(gone: str) -> None:
    story = Story().see(without(gone))
    assert (story.pill, story.rules) == (Pill.DOWN, ["service-missing"])


def test_first_seen_broken_teaches_nothing_however_long_it_lasts() -> None:
    story = Story()
    for _ in range(60):
        story.see(without("alfred-learn"), after=3600)
    assert story.pill is Pill.DOWN
    assert story.reasons[0].subject == "alfred-learn"


def test_a_service_being_recreated_is_starting_for_its_allowance() -> None:
    story = Story().well()
    story.see(without("alfred", "openclaw-workers"))
    made = story.at - timedelta(seconds=2)

    def waiting() -> Containers:
        up = (story.at - made).total_seconds() + 10.0
        new = row("openclaw-workers", container_id="new", created_at=made, up=up)
        return Containers((*without("alfred", "openclaw-workers").rows, new))

    for _ in range(17):
        story.see(waiting())
        assert (story.pill, story.rules) == (Pill.OK, [])
    assert any(note.startswith("being recreated: alfred") for note in notes(story))
    for _ in range(3):
        story.see(waiting())
    assert story.pill is Pill.DOWN, "three minutes are enough"


def notes(story: Story) -> tuple[str, ...]:
    return story.state.views["acme"].notes


def test_youth_is_told_by_the_tenant_s_own_clock() -> None:
    story = Story().well()
    ahead = 7200.0
    # created two hours "in our future" by a clock that is two hours ahead: just now
    new = row("ollama", container_id="n", created_at=story.at + timedelta(seconds=ahead), up=3)
    listed = Containers((*without("ollama", "alfred").rows, new))
    story.see(listed, after=5, skew=ahead).see(listed, after=5, skew=ahead)
    assert "service-missing" not in story.rules
    old = row("ollama", container_id="n", created_at=story.at - timedelta(days=1))
    listed = Containers((*without("ollama", "alfred").rows, old))
    other = Story().well()
    other.see(listed, after=300).see(listed, after=200).see(listed, after=5)
    assert "service-missing" in other.rules


def test_many_missing_services_are_told_as_one() -> None:
    story = Story().see(Containers(()))
    assert story.pill is Pill.DOWN
    assert len(story.reasons) == 1
    assert story.reasons[0].text.startswith(f"{len(CORE_F3) - 1} services are not running: alfred")


@pytest.mark.parametrize("state", ["exited", "dead", "created", "removing"])
def test_a_container_listed_as_over_is_as_missing(state: str) -> None:
    story = Story().see(rows(CORE_F3, row("alfred", state=state)))
    assert story.rules == ["service-missing"]


def test_one_shots_are_never_expected() -> None:
    some = (row("init"), row("plane-migrator"), row("sure-init"), row("vault-init"))
    story = Story().see(rows(CORE_F3, *some)).well(100)
    assert story.pill is Pill.OK


# --- service-restarting -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "pill"), [("alfred-learn", Pill.DOWN), ("caddy", Pill.DEGRADED)]
)
def test_restarting_is_said_at_once(service: str, pill: Pill) -> None:
    bad = row(service, state="restarting", status="Restarting (1) 4 seconds ago")
    story = Story().well().see(rows(CORE_F3, bad))
    assert (story.pill, story.rules) == (pill, ["service-restarting"])
    assert story.reasons[0].value == "Restarting (1) 4 seconds ago"
    assert story.see(*[rows([*CORE_F3, "caddy"], up=story.up + 10)] * 2).pill is Pill.OK


def test_a_loop_that_docker_says_before_three_are_counted_shows_what_docker_says() -> None:
    story = Story().well().see(rows(CORE_F3, row("ollama", up=3.0)), after=60)
    bad = row("ollama", state="restarting", status="Restarting (1) 4 seconds ago")
    story.see(rows(CORE_F3, bad), after=60)
    assert story.reasons[0].value == "Restarting (1) 4 seconds ago", "not 1 of a limit of 3"


def test_one_that_restarts_is_not_said_to_be_starting_as_well() -> None:
    bad = row("ollama", state="restarting", health="starting", status="Restarting (1) 4 s ago")
    story = Story().well()
    for _ in range(5):
        story.see(rows(CORE_F3, bad), after=300)
    assert story.rules == ["service-restarting"]


def test_an_uptime_that_begins_again_three_times_in_a_quarter_of_an_hour() -> None:
    story = Story().well()
    for count in range(3):
        assert story.pill is Pill.OK, count
        story.see(rows(CORE_F3, row("ollama", up=3.0)), after=60)
        story.see(rows(CORE_F3, row("ollama", up=63.0)), after=60)
    assert (story.pill, story.rules) == (Pill.DOWN, ["service-restarting"])
    assert story.reasons[0].value == "3 times in 15 min"


def test_three_restarts_in_an_hour_are_no_loop() -> None:
    story = Story().well()
    for _ in range(4):
        story.see(rows(CORE_F3, row("ollama", up=3.0)), after=1200)
        story.see(rows(CORE_F3, row("ollama", up=43.0)), after=40)
    assert story.pill is Pill.OK


def test_a_rounded_uptime_that_stands_still_is_no_restart() -> None:
    story = Story()
    for _ in range(200):
        story.see(rows(CORE_F3, up=18000.0))
    assert story.pill is Pill.OK


def test_an_update_may_recreate_one_service_often() -> None:
    story = Story().well()
    for turn in range(4):
        new = row("ollama", up=2.0, container_id=f"c{turn}", created_at=story.at)
        story.see(rows(CORE_F3, new), after=200)
    assert story.pill is Pill.OK


def test_a_container_just_created_that_restarts_is_starting() -> None:
    story = Story().well()
    made = story.at
    bad = row("ollama", state="restarting", created_at=made, container_id="n")
    story.see(*[rows(CORE_F3, bad)] * 17)
    assert story.pill is Pill.OK
    story.see(*[rows(CORE_F3, bad)] * 2)
    assert story.pill is Pill.DOWN


# --- unhealthy, starting, paused ----------------------------------------------------------------


def test_unhealthy_for_two_minutes_then_down_after_ten() -> None:
    bad = rows(CORE_F3, row("openclaw", health="unhealthy"))
    story = Story().well().see(*[bad] * 12)
    assert story.pill is Pill.OK
    assert story.see(bad).rules == ["service-unhealthy"]
    assert story.pill is Pill.DEGRADED
    story.see(*[bad] * 47)
    assert story.pill is Pill.DEGRADED
    assert story.see(bad).pill is Pill.DOWN
    assert story.well().pill is Pill.OK


def test_an_optional_service_stays_degraded_however_long_it_is_unhealthy() -> None:
    bad = rows(CORE_F3, row("vaultwarden", health="unhealthy"))
    story = Story().well().see(*[bad] * 100)
    assert story.pill is Pill.DEGRADED


def test_unhealthy_at_first_sight_needs_no_patience() -> None:
    story = Story().see(rows(CORE_F3, row("openclaw", health="unhealthy")))
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["service-unhealthy"])


def test_unhealthy_that_passes_never_shows() -> None:
    bad = rows(CORE_F3, row("openclaw", health="unhealthy"))
    story = Story().well()
    for _ in range(5):
        story.see(*[bad] * 10).well(1)
        assert story.pill is Pill.OK


def test_starting_for_more_than_ten_minutes() -> None:
    story = Story().well().see(rows(CORE_F3, row("openclaw", health="starting", up=590)))
    assert story.pill is Pill.OK
    story.see(rows(CORE_F3, row("openclaw", health="starting", up=640)), after=50)
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["service-starting"])
    assert story.well().pill is Pill.OK


@pytest.mark.parametrize("service", ["ollama", "temporal", "caddy"])
def test_paused_is_said_at_once(service: str) -> None:
    story = Story().well().see(rows(CORE_F3, row(service, state="paused")))
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["service-paused"])
    assert story.reasons[0].text == f"{service} is paused"


# --- the nightly backup -------------------------------------------------------------------------

WINDOW = datetime(2026, 6, 2, 3, 12, tzinfo=UTC)


def night(who: Tenant | None = None, at: datetime = WINDOW, limits: Limits | None = None) -> Story:
    return Story(who or local(), at - timedelta(seconds=20), limits).well()


@pytest.mark.parametrize("gone", [TRIO, TRIO[:1], TRIO[1:]])
def test_a_backup_inside_its_window_is_a_note_for_ten_minutes(gone: tuple[str, ...]) -> None:
    story = night().see(*[without(*gone)] * 60)
    assert (story.pill, story.rules) == (Pill.OK, [])
    assert notes(story)[0].startswith("backup running for 9 min")
    story.see(*[without(*gone)] * 2)
    assert (story.pill, story.rules) == (Pill.DOWN, ["backup-left-stopped"])
    assert story.reasons[0].text == f"backup left stopped: {', '.join(sorted(gone))}"
    assert story.well().pill is Pill.OK


def test_the_same_trio_outside_the_window_is_left_stopped() -> None:
    story = Story().well().see(without(*TRIO))
    assert story.pill is Pill.OK
    assert story.see(without(*TRIO), after=5).rules == ["backup-left-stopped"]
    assert story.pill is Pill.DOWN


def test_a_tenant_first_seen_with_the_trio_gone_is_down_at_once() -> None:
    assert Story().see(without(*TRIO)).rules == ["backup-left-stopped"]


def test_two_of_the_trio_outside_the_window_are_simply_missing() -> None:
    story = Story().see(without("alfred", "temporal"))
    assert story.rules == ["service-missing", "service-missing"]


def test_the_trio_and_another_are_simply_missing() -> None:
    story = Story().see(without(*TRIO, "ollama"))
    assert story.rules == ["service-missing"]
    assert story.reasons[0].value == "4"


def test_another_service_missing_during_the_backup_is_said() -> None:
    story = night().see(*[without(*TRIO, "ollama")] * 2)
    assert (story.rules, story.reasons[0].subject) == (["service-missing"], "ollama")


def test_what_was_gone_before_the_window_is_not_the_backup_s_doing() -> None:
    story = Story(local(), datetime(2026, 6, 2, 2, 40, tzinfo=UTC)).well()
    story.see(*[without("alfred")] * 300)
    assert story.rules == ["service-missing"]
    assert story.pill is Pill.DOWN


def test_the_hermes_line_stops_hermes() -> None:
    core = ["temporal", "ollama", "hermes", "alfred", "ctrl-api", "alfred-learn", "mcp-server"]
    story = Story(local(layout=Layout.H), WINDOW).see(rows(core), rows(core))
    story.see(*[without("alfred", "hermes", "temporal", names=core)] * 5)
    assert (story.pill, len(notes(story))) == (Pill.OK, 1)


@pytest.mark.parametrize(
    ("zone", "hour", "calm"),
    [
        ("Europe/Budapest", 1, True),
        ("Europe/Budapest", 3, False),
        (None, 3, True),
        (None, 1, False),
        ("Not/AZone", 3, True),
    ],
)
def test_the_window_is_in_the_host_s_own_time(zone: str | None, hour: int, calm: bool) -> None:
    story = night(local(timezone=zone), datetime(2026, 6, 2, hour, 10, tzinfo=UTC))
    story.see(*[without(*TRIO)] * 4)
    assert (story.pill is Pill.OK) is calm


def test_what_a_backup_brings_with_it_is_not_counted() -> None:
    story = night().see(queue(WINDOW))
    story.see(without(*TRIO))
    loop = Containers(
        (
            *without(*TRIO, "alfred-learn").rows,
            row("alfred-learn", state="restarting", status="Restarting (1) 2 seconds ago"),
        )
    )
    story.see(*[loop] * 10)
    story.see(NO_TEMPORAL, NO_TEMPORAL, look=Look.QUEUE, after=20)
    assert (story.pill, story.rules) == (Pill.OK, [])
    back = rows(CORE_F3, *(row(name, up=4.0) for name in TRIO))
    story.see(back, after=20)
    story.see(queue(story.at, workflow=400, activity=400))
    assert story.pill is Pill.OK, "a worker finds its way back within minutes"
    for _ in range(40):
        back = rows(CORE_F3, *(row(n, up=4.0 + (story.at - WINDOW).seconds) for n in TRIO))
        story.see(back)
    story.see(queue(story.at, workflow=900, activity=900))
    assert story.rules == ["learn-no-pollers"], "and is reported if it does not"


def test_every_limit_of_the_backup_is_a_setting() -> None:
    limits = Limits(backup_window_start=5 * 3600.0, backup_allowance=60.0)
    story = night(at=WINDOW.replace(hour=5), limits=limits)
    story.see(*[without(*TRIO)] * 6)
    assert story.pill is Pill.OK
    assert story.see(*[without(*TRIO)] * 2).rules == ["backup-left-stopped"]


def test_lost_looks_do_not_clear_what_was_seen() -> None:
    story = Story().see(without("alfred"))
    failed: Failure = TIMED_OUT
    story.state.apply(saw(failed, NOON + timedelta(seconds=30)))
    assert story.rules == ["service-missing"]


# --- held while it cannot be told ---------------------------------------------------------------


def recreated(story: Story, since: datetime, *gone: str, name: str = "ollama") -> Containers:
    """A list without some, in which another service has a container made at ``since``."""
    up = (story.at - since).total_seconds() + 10.0
    new = row(name, container_id="new", created_at=since, up=up)
    return Containers((*without(*gone, name).rows, new))


def test_what_is_down_stays_down_while_another_service_is_recreated() -> None:
    story = Story().well().see(without("alfred")).see(without("alfred"), after=5)
    assert story.pill is Pill.DOWN
    made = story.at
    for _ in range(25):
        story.see(recreated(story, made, "alfred"))
        assert (story.pill, story.rules) == (Pill.DOWN, ["service-missing"])
    assert story.well().pill is Pill.OK


def test_what_goes_while_another_is_recreated_waits_for_its_allowance() -> None:
    story = Story().well()
    made = story.at
    story.see(*[recreated(story, made, "alfred")] * 2)
    assert story.pill is Pill.OK


def test_a_trio_that_becomes_whole_while_containers_are_recreated_is_no_healing() -> None:
    story = Story().well().see(without("alfred"), without("alfred"))
    made = story.at
    for _ in range(10):
        story.see(recreated(story, made, *TRIO))
        assert story.pill is Pill.DOWN
    for _ in range(12):
        story.see(recreated(story, made, *TRIO))
    assert story.rules == ["backup-left-stopped"]


def test_a_loop_stays_red_when_its_container_is_recreated_and_loops_on() -> None:
    story = Story().well().see(rows(CORE_F3, row("ollama", state="restarting")))
    made = story.at
    for _ in range(25):
        bad = row("ollama", state="restarting", container_id="n", created_at=made)
        story.see(rows(CORE_F3, bad))
        assert (story.pill, story.rules) == (Pill.DOWN, ["service-restarting"])
    assert story.well().pill is Pill.OK


def test_unhealthy_stays_said_when_its_container_is_recreated_and_no_better() -> None:
    story = Story().well().see(*[rows(CORE_F3, row("openclaw", health="unhealthy"))] * 14)
    made = story.at
    for _ in range(10):
        bad = row("openclaw", health="unhealthy", container_id="n", created_at=made)
        story.see(rows(CORE_F3, bad))
        assert story.rules == ["service-unhealthy"]
    assert story.well().pill is Pill.OK


def test_a_young_container_may_be_unhealthy_for_its_allowance() -> None:
    story = Story().well()
    made = story.at
    for _ in range(17):
        bad = row("openclaw", health="unhealthy", container_id="n", created_at=made, up=150)
        story.see(rows(CORE_F3, bad))
    assert story.pill is Pill.OK


# --- two containers of one service --------------------------------------------------------------


def twice(story: Story, *gone: str) -> Containers:
    """An update that broke: two containers of one service, in an order that says nothing."""
    both = [row("caddy", container_id=c, created_at=NOON - timedelta(days=d)) for c, d in OLD_NEW]
    if (story.at - NOON).total_seconds() % 20 < 10:
        both.reverse()
    return Containers((*without(*gone).rows, *both))


OLD_NEW = (("old", 9), ("new", 2))


def test_two_containers_of_one_service_are_no_recreation_for_ever() -> None:
    story = Story()
    for _ in range(40):
        story.see(twice(story))
    assert (story.pill, notes(story)) == (Pill.OK, ())
    for _ in range(2):
        story.see(NO_TEMPORAL, look=Look.QUEUE, after=20).see(twice(story))
    assert story.rules == ["temporal-silent"]
    other = Story()
    for _ in range(40):
        other.see(twice(other))
    other.see(twice(other, *TRIO)).see(twice(other, *TRIO), after=5)
    assert other.rules == ["backup-left-stopped"]


def test_a_third_container_beside_them_is_new() -> None:
    story = Story()
    for _ in range(40):
        story.see(twice(story))
    third = row("caddy", container_id="third", created_at=NOON - timedelta(days=1))
    listed = Containers((*twice(story, "alfred").rows, third))
    story.see(listed, listed)
    assert story.pill is Pill.OK, "alfred may be between two containers"
    assert notes(story) == ("being recreated: alfred",)


def test_of_two_containers_each_is_judged() -> None:
    bad = row("caddy", container_id="old", health="unhealthy", created_at=NOON - timedelta(days=9))
    good = row("caddy", container_id="new", created_at=NOON - timedelta(days=2))
    story = Story().see(*[Containers((*rows().rows, bad, good))] * 14)
    assert story.rules == ["service-unhealthy"]


# --- odd places ---------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["$[3].Labels", "$[3].State", "$.containers[3].CreatedAt"])
def test_an_odd_place_that_drops_no_row_turns_nothing_off(odd: str) -> None:
    story = Story().well().see(*[without("alfred")] * 2, odd=odd)
    assert (story.pill, story.rules) == (Pill.DOWN, ["service-missing", "answer-odd"])
    other = Story().well().see(rows(CORE_F3, row("openclaw", state="restarting")), odd=odd)
    assert other.rules == ["service-restarting", "answer-odd"]


@pytest.mark.parametrize("odd", ["$[3]", "$[3].Service", "$.containers[3]", "$"])
def test_an_odd_place_that_drops_a_row_proves_no_absence(odd: str) -> None:
    story = Story().well().see(*[without("alfred")] * 5, odd=odd)
    assert story.rules == ["answer-odd"]
    story.see(rows(CORE_F3, row("openclaw", state="paused")), odd=odd)
    assert "service-paused" in story.rules, "the rows that were read are true"


def test_so_many_odd_places_may_hide_a_dropped_row() -> None:
    places = tuple(f"$[{n}].Labels" for n in range(8))
    assert Story().well().see(*[without("alfred")] * 5, odd=places).rules == ["answer-odd"]
    assert "service-missing" in Story().see(without("alfred"), odd=places[1:]).rules


def test_a_row_whose_state_was_not_understood_is_there() -> None:
    story = Story().well().see(*[rows(CORE_F3, row("alfred", state=""))] * 3, odd="$[1].State")
    assert story.rules == ["answer-odd"]


def test_an_odd_list_inside_the_window_begins_no_backup() -> None:
    story = night().see(without(*TRIO), odd="$[2].Service")
    assert notes(story) == ()


# --- who answered is there ----------------------------------------------------------------------


def test_the_api_is_not_missing_from_a_list_that_it_gave() -> None:
    story = Story().see(*[without("ctrl-api")] * 20)
    assert story.pill is Pill.OK
    view = story.state.views["acme"]
    assert (view.seen, view.expected) == (len(CORE_F3) - 1, len(CORE_F3) - 1)
    story.well()
    view = story.state.views["acme"]
    assert (view.seen, view.expected) == (len(CORE_F3), len(CORE_F3))


# --- counting restarts --------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "fires"), [(10, True), (30, True), (41, False)])
def test_any_number_of_restarts_may_be_the_limit(limit: int, fires: bool) -> None:
    story = Story(limits=Limits(restarts=limit)).well()
    story.see(*[rows(CORE_F3, row("ollama", up=3.0))] * 40, after=20)
    assert (story.rules == ["service-restarting"]) is fires


@pytest.mark.parametrize("bad", [{"state": "restarting"}, {"health": "unhealthy"}])
def test_one_shots_may_do_what_they_like(bad: dict[str, str]) -> None:
    for name in ("init", "plane-migrator", "vault-init"):
        story = Story().well().see(*[rows(CORE_F3, row(name, **bad))] * 20)
        assert story.pill is Pill.OK


def test_unhealthy_at_first_sight_but_just_started_is_given_its_time() -> None:
    story = Story().see(rows(CORE_F3, row("openclaw", health="unhealthy", up=60)))
    assert story.pill is Pill.OK


# --- the backup, first seen ---------------------------------------------------------------------


@pytest.mark.parametrize("gone", [TRIO, TRIO[:1]])
def test_first_seen_stopped_inside_the_window_may_be_the_backup_or_yesterday(
    gone: tuple[str, ...],
) -> None:
    story = Story(local(), WINDOW).see(without(*gone)).see(without(*gone), after=5)
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["backup-left-stopped"])
    assert story.reasons[0].text == (
        f"stopped when first seen, perhaps by the backup: {', '.join(sorted(gone))}"
        " (watched for 5 s)"
    )
    story.see(*[without(*gone)] * 59)
    assert story.pill is Pill.DEGRADED
    story.see(*[without(*gone)] * 2)
    assert story.pill is Pill.DOWN
    assert story.reasons[0].text.startswith("backup left stopped")
    assert story.well().pill is Pill.OK


def again(story: Story, after: float) -> Story:
    """The program ends, and begins again so many seconds later with what was kept."""
    kept = story.state.kept(story.at)
    new = Story(story.tenant, story.at + timedelta(seconds=after))
    new.state.remove("acme")
    new.state.add(story.tenant, kept[0])
    return new


def test_a_restart_inside_the_window_makes_no_red_green() -> None:
    story = night().see(*[without(*TRIO)] * 62)
    assert story.pill is Pill.DOWN
    new = again(story, 60).see(without(*TRIO))
    assert (new.pill, new.rules) == (Pill.DOWN, ["backup-left-stopped"])
    assert new.reasons[0].since == story.reasons[0].since
    assert new.well().pill is Pill.OK


def test_a_restart_in_the_middle_of_a_backup_is_no_alarm() -> None:
    new = again(night().see(*[without(*TRIO)] * 6), 30).see(*[without(*TRIO)] * 3)
    assert (new.pill, new.rules) == (Pill.OK, [])
    assert notes(new)[0].startswith("backup running for 1 min")


def test_a_tenant_found_stopped_is_found_stopped_again_after_a_restart() -> None:
    found = Story(local(), WINDOW).see(*[without(*TRIO)] * 6)
    assert again(found, 30).see(without(*TRIO)).pill is Pill.DEGRADED
    found.see(*[without(*TRIO)] * 60)
    assert found.pill is Pill.DOWN
    assert again(found, 30).see(without(*TRIO)).pill is Pill.DOWN


def test_what_was_away_last_night_says_nothing_of_tonight_s_backup() -> None:
    story = night().see(*[without(*TRIO)] * 6)
    new = again(story, 86400.0).see(without(*TRIO))
    assert new.pill is Pill.DEGRADED


# --- how far a recreation excuses ---------------------------------------------------------------


def test_the_trio_gone_while_containers_are_recreated_waits_for_the_allowance() -> None:
    story = Story().well()
    made = story.at
    for _ in range(16):
        story.see(recreated(story, made, *TRIO))
        assert story.pill is Pill.OK
    story.see(*[recreated(story, made, *TRIO)] * 4)
    assert story.rules == ["backup-left-stopped"]


def test_the_trio_never_seen_is_no_recreation() -> None:
    story = Story()
    story.see(recreated(story, story.at, *TRIO))
    assert story.rules == ["backup-left-stopped"]


def test_endless_recreations_excuse_nothing_for_longer_than_the_allowance() -> None:
    story = Story().well()
    for turn in range(20):
        new = row("ollama", container_id=f"c{turn}", created_at=story.at, up=5)
        story.see(Containers((*without("alfred", "ollama").rows, new)))
    assert story.rules == ["service-missing"]


def test_a_young_container_that_restarts_again_and_again_is_in_a_loop() -> None:
    story = Story().well()
    made = story.at
    for up in (4, 3, 2, 1):
        new = row("ollama", container_id="n", created_at=made, up=up)
        story.see(rows(CORE_F3, new), after=15)
    bad = row("ollama", state="restarting", container_id="n", created_at=made)
    assert story.see(rows(CORE_F3, bad), after=15).rules == ["service-restarting"]


def test_a_one_shot_may_be_starting_for_long() -> None:
    bad = row("plane-migrator", health="starting", up=4000)
    assert Story().see(rows(CORE_F3, bad), rows(CORE_F3, bad)).pill is Pill.OK
