"""Pills, ageing, own network, what is learnt and kept, what it costs."""

from __future__ import annotations

import tracemalloc
from datetime import datetime, timedelta

import pytest

from alfred_tui.fleet.expectation import CORE
from alfred_tui.fleet.network import OwnNetwork
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.facts import Banner, Container, Containers, Dashboard, Schedules, Uptime
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.tenant import Layout, Lifecycle, Tenant
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import (
    CORE_F3,
    NOON,
    TIMED_OUT,
    Story,
    failure,
    host,
    queue,
    rows,
    saw,
    schedule,
    schedules,
    tenant,
    without,
)

S = timedelta(seconds=1)


def fleet(*people: Tenant, **more: object) -> FleetState:
    state = FleetState(Limits(), now=lambda: NOON, **more)  # type: ignore[arg-type]
    for one in people:
        state.add(one)
    return state


# --- pills --------------------------------------------------------------------------------------


def test_never_seen_is_unknown_and_counted() -> None:
    state = fleet(tenant())
    assert state.views["acme"].pill is Pill.UNKNOWN
    assert (state.counts().total, state.counts().unknown) == (1, 1)
    assert state.views["acme"].expected is None


@pytest.mark.parametrize("life", ["provisioning", "cloud_init", "bootstrapping", "destroying"])
def test_a_tenant_being_built_is_building_whatever_it_answers(life: str) -> None:
    story = Story(tenant(lifecycle=Lifecycle(life)))
    assert story.see(TIMED_OUT, TIMED_OUT).pill is Pill.BUILDING
    assert story.reasons == ()


def test_an_error_while_building_is_down_with_its_step() -> None:
    state = fleet(tenant(lifecycle=Lifecycle.ERROR, labels={"step": "join the tailnet"}))
    view = state.views["acme"]
    assert (view.pill, view.reasons[0].rule) == (Pill.DOWN, "build-failed")
    assert view.reasons[0].door is Door.LOCAL
    assert view.reasons[0].text == "building failed at join the tailnet"


@pytest.mark.parametrize("life", [Lifecycle.SUSPENDED, Lifecycle.DESTROYED])
def test_suspended_and_destroyed_tenants_are_not_counted(life: Lifecycle) -> None:
    assert fleet(tenant(lifecycle=life)).counts().total == 0


def test_reasons_stand_worst_first_with_all_that_an_operator_needs() -> None:
    story = Story().well().see(host(92.0)).see(without("alfred"), without("alfred"))
    assert story.rules == ["service-missing", "disk-high"]
    for reason in story.reasons:
        assert reason.text and reason.value and reason.limit
        assert reason.since is not None and reason.seen is not None
        assert reason.since <= reason.seen <= story.at


def test_control_codes_of_a_tenant_never_reach_a_reason() -> None:
    story = Story().well()
    evil = schedule("al-x\x1b[2Jy", story.at, paused=True, note="\x07hi\x1b]0;t\x07\u202eright")
    story.see(schedules(story.at, evil))
    assert story.rules == ["schedule-paused"]
    assert all(c.isprintable() for r in story.reasons for c in r.text + r.subject + r.value)


# --- ageing -------------------------------------------------------------------------------------


def test_stale_after_three_intervals_without_a_try_and_back_with_the_next() -> None:
    state = fleet(tenant(), trying=lambda _: False)
    state.apply(saw(rows()))
    assert state.age(NOON + 29 * S) == set()
    assert state.age(NOON + 31 * S) == {"acme"}
    assert state.views["acme"].pill is Pill.STALE
    assert state.age(NOON + 32 * S) == set(), "said once"
    assert state.apply(saw(rows(), NOON + 33 * S))
    assert state.views["acme"].pill is Pill.OK


def test_a_look_that_hangs_is_a_try() -> None:
    state = fleet(tenant(), trying=lambda _: True)
    state.apply(saw(rows()))
    assert state.age(NOON + 300 * S) == set()


def test_a_failing_tenant_is_asked_less_often_and_not_stale_for_it() -> None:
    state = fleet(tenant(connect_address="127.0.0.9"), trying=lambda _: False)
    at = NOON
    state.apply(saw(TIMED_OUT, at))
    state.apply(saw(TIMED_OUT, at, look=Look.BANNER))
    for _ in range(8):
        at += 3 * S
        state.apply(saw(TIMED_OUT, at))
    assert state.age(at + 170 * S) == set()
    assert state.views["acme"].pill is Pill.DOWN
    assert state.age(at + 190 * S) == {"acme"}
    assert state.views["acme"].reasons[0].rule == "host-down", "what was known stays beside it"


def test_a_longer_interval_makes_stale_later() -> None:
    state = fleet(tenant(), trying=lambda _: False, containers_interval=60.0)
    state.apply(saw(rows()))
    assert state.age(NOON + 170 * S) == set()


def test_the_last_run_s_view_is_shown_as_old_until_looked_at() -> None:
    story = Story().see(without("alfred"))
    kept = story.state.kept(story.at)[0]
    later = story.at + timedelta(hours=3)
    state = FleetState(Limits(), now=lambda: later)
    state.add(story.tenant, kept)
    view = state.views["acme"]
    assert (view.pill, view.reasons[0].rule) == (Pill.STALE, "service-missing")
    for _ in range(2):
        state.apply(saw(rows(), later))
    assert state.views["acme"].pill is Pill.OK


# --- learning -----------------------------------------------------------------------------------


def test_the_generation_is_learnt_from_what_it_betrays() -> None:
    who = tenant(layout=None, connect_address="127.0.0.9")
    common = ["temporal", "ollama", "alfred", "ctrl-api", "alfred-learn"]
    story = Story(who).see(rows(common))
    assert (story.pill, story.state.views["acme"].expected) == (Pill.OK, 5)
    story.see(Dashboard("H", rows(common)))
    assert story.state.views["acme"].layout == "H"
    story.see(rows(common))
    assert {r.subject for r in story.reasons} == {"hermes", "mcp-server"}


@pytest.mark.parametrize(
    ("service", "layout"), [("hermes", "H"), ("openclaw-workers", "F3"), ("openclaw", "")]
)
def test_containers_betray_a_generation_too(service: str, layout: str) -> None:
    story = Story(tenant(layout=None)).see(rows(["temporal", service]))
    assert story.state.views["acme"].layout == layout


def test_a_described_layout_is_stronger_than_a_dashboard() -> None:
    story = Story(tenant(layout=Layout.F1)).see(Dashboard("F"))
    assert story.state.views["acme"].layout == "F1"


def test_a_member_once_seen_makes_the_whole_stack_expected() -> None:
    story = Story().see(rows([*CORE_F3, "sure-web"])).see(rows([*CORE_F3, "sure-web"]))
    assert {r.subject for r in story.reasons} == {"sure-db", "sure-redis", "sure-worker"}
    assert story.pill is Pill.DEGRADED


@pytest.mark.parametrize(
    "labels", [{"plane-enabled": "true"}, {"expects": "plane"}, {"expects": "+plane"}]
)
def test_labels_announce_a_stack(labels: dict[str, str]) -> None:
    story = Story(tenant(labels=labels)).see(rows())
    assert story.state.views["acme"].expected == len(CORE_F3) + 12


def test_a_person_can_take_a_service_out() -> None:
    story = Story(tenant(labels={"expects": "-mcp-server, -sure"}))
    story.see(without("mcp-server"), rows([*CORE_F3, "sure-web"]))
    assert (story.pill, story.state.views["acme"].expected) == (Pill.OK, len(CORE_F3) - 1)


def test_something_run_by_hand_for_a_minute_is_not_missed_ever_after() -> None:
    story = Story().see(*[rows([*CORE_F3, "debug-shell"])] * 6).well(5)
    assert story.pill is Pill.OK
    story.see(*[rows([*CORE_F3, "matrix"])] * 62)
    story.well(2)
    assert (story.pill, story.reasons[0].subject) == (Pill.DEGRADED, "matrix")


def test_what_was_never_learnt_for_good_passes_after_a_day_and_the_learnt_does_not() -> None:
    with_caddy = rows([*CORE_F3, "caddy"])
    story = Story().see(with_caddy)
    for _ in range(30):
        story.see(rows(), after=3600)
    assert story.pill is Pill.OK
    learnt = Story()
    for _ in range(30):
        learnt.see(with_caddy, after=3600)
    for _ in range(60):
        learnt.see(rows(), after=3600)
    assert (learnt.pill, learnt.reasons[0].subject) == (Pill.DEGRADED, "caddy")
    kept = learnt.state.kept(learnt.at)[0]
    assert "caddy" in kept.learnt
    again = FleetState(Limits(), now=lambda: learnt.at)
    again.add(learnt.tenant, kept)
    again.apply(saw(rows(), learnt.at))
    assert again.views["acme"].reasons[0].subject == "caddy", "it outlives the process"


def test_a_short_guest_of_a_tenant_long_well_is_not_learnt_for_good() -> None:
    story = Story()
    for _ in range(30):
        story.see(rows(), after=3600)
    story.see(*[rows([*CORE_F3, "debug"])] * 70).see(*[rows()] * 3)
    assert story.reasons[0].subject == "debug"
    for _ in range(26):
        story.see(rows(), after=3600)
    assert story.pill is Pill.OK
    assert "debug" not in story.state.kept(story.at)[0].learnt


def test_how_long_a_service_has_been_there_outlives_the_process() -> None:
    story = Story()
    with_caddy = rows([*CORE_F3, "caddy"])
    for _ in range(20):
        story.see(with_caddy, after=3600)
    kept = story.state.kept(story.at)[0]
    assert "caddy" not in kept.learnt
    story.state.remove("acme")
    story.state.add(story.tenant, kept)
    for _ in range(6):
        story.see(with_caddy, after=3600)
    assert "caddy" in story.state.kept(story.at)[0].learnt


def test_a_service_that_was_away_begins_its_day_anew() -> None:
    story = Story(limits=Limits(presence=1e9))  # never missed, so the tenant is well throughout
    with_debug = rows([*CORE_F3, "debug"])
    for _ in range(3):
        story.see(with_debug, after=3600)
    for _ in range(30):
        story.see(rows(), after=3600)
    story.see(with_debug, with_debug)
    track = story.state._states["acme"].memory.services["debug"]
    assert story.at.timestamp() - track.known == 10.0


@pytest.mark.parametrize(
    ("layout", "gone"),
    [(Layout.H, ("openclaw", "openclaw-workers")), (Layout.F3, ("hermes",))],
)
def test_the_other_line_s_agent_is_not_expected_after_a_move(
    layout: Layout, gone: tuple[str, ...]
) -> None:
    core = sorted(CORE[layout])
    story = Story(tenant(layout=layout, connect_address="127.0.0.9"))
    for _ in range(30):
        story.see(rows([*core, *gone]), after=3600)
    story.see(*[rows(core)] * 3)
    assert story.pill is Pill.OK


def test_an_edited_description_keeps_what_was_seen_and_a_new_key_does_not() -> None:
    story = Story().see(without("alfred"))
    edited = tenant(connect_address="127.0.0.9", location="fsn1")
    story.state.add(edited)
    assert (story.pill, story.state.views["acme"].location) == (Pill.DOWN, "fsn1")
    story.state.add(tenant(connect_address="127.0.0.10"))
    assert story.pill is Pill.UNKNOWN


def test_a_look_that_comes_back_after_its_tenant_left_changes_nothing() -> None:
    state = fleet(tenant())
    state.remove("acme")
    assert not state.apply(saw(rows()))
    assert state.views == {}


# --- own network --------------------------------------------------------------------------------


def lose(state: FleetState, names: list[str], at: datetime) -> None:
    """Each fails twice on HTTP and once on port 22, as the poller asks."""
    for name in names:
        state.apply(saw(TIMED_OUT, at, name=name))
        state.apply(saw(TIMED_OUT, at + S, name=name, look=Look.BANNER))
    for name in names:
        state.apply(saw(TIMED_OUT, at + 3 * S, name=name))


def many(count: int) -> tuple[list[str], FleetState]:
    names = [f"t{n}" for n in range(count)]
    state = fleet(*(tenant(name) for name in names), tenant("here", connect_address="127.0.0.1"))
    for name in [*names, "here"]:
        state.apply(saw(rows(), name=name))
    return names, state


def test_one_lost_host_is_down_without_asking_anybody() -> None:
    names, state = many(8)
    lose(state, names[:1], NOON + 10 * S)
    assert not state.suspect
    assert state.views["t0"].pill is Pill.DOWN


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_all_lost_together_waits_for_a_look_at_our_own_network(count: int) -> None:
    names, state = many(count)
    at = NOON + 10 * S
    state_now = at + 4 * S
    state._now = lambda: state_now
    lose(state, names, at)
    assert state.suspect
    assert {state.views[n].pill for n in names} == {Pill.OK}, "nothing red before we know"
    state.network = OwnNetwork("offline", "stopped", "tailscale is stopped", state_now)
    assert {state.views[n].pill for n in names} == {Pill.UNKNOWN}
    assert state.views["here"].pill is Pill.OK, "loopback needs no network"
    # it is ours again: one answers, the others are looked at anew
    state.apply(saw(rows(), at + 60 * S, name=names[0]))
    assert state.network.state == "up"
    assert {state.views[n].pill for n in names} == {Pill.OK}
    for name in names[1:]:
        state.apply(saw(rows(), at + 61 * S, name=name))
    assert {state.views[n].pill for n in names} == {Pill.OK}


def test_all_really_lost_is_down_as_soon_as_our_network_is_known_to_be_well() -> None:
    names, state = many(5)
    at = NOON + 10 * S
    state._now = lambda: at + 4 * S
    lose(state, names, at)
    state.network = OwnNetwork("up", "up", "", at + 4 * S)
    assert {state.views[n].pill for n in names} == {Pill.DOWN}


def test_without_an_answer_about_our_network_verdicts_do_not_wait_for_ever() -> None:
    names, state = many(5)
    lose(state, names, NOON + 10 * S)
    state.apply(saw(TIMED_OUT, NOON + 40 * S, name="t1"))
    assert state.views["t1"].pill is Pill.DOWN


def test_http_lost_everywhere_and_ssh_fine_is_told_as_a_partition() -> None:
    names, state = many(4)
    at = NOON + 10 * S
    for name in names:
        state.apply(saw(TIMED_OUT, at, name=name))
        state.apply(saw(Banner("SSH-2.0-x"), at + S, name=name))
        state.apply(saw(TIMED_OUT, at + 3 * S, name=name))
    assert state.lost() == (4, 4, 4)
    state.network = OwnNetwork("partition", "up", "tailnet partition", at + 4 * S)
    assert {state.views[n].pill for n in names} == {Pill.DEGRADED}


BARRED = failure(FailureKind.CONFIGURATION, "ca_file cannot be read")


@pytest.mark.parametrize("count", [2, 5])
def test_a_tenant_that_we_cannot_ask_is_neither_an_answer_nor_a_loss(count: int) -> None:
    names, state = many(count)
    state.add(tenant("badca"))
    at = NOON + 10 * S
    state._now = lambda: at + 4 * S
    state.apply(saw(BARRED, at, name="badca"))
    lose(state, names, at)
    state.apply(saw(BARRED, at + 3 * S, name="badca"))
    assert state.suspect
    assert state.lost() == (count, count, 0)
    assert {state.views[n].pill for n in names} == {Pill.OK}, "nothing red before we know"
    state.network = OwnNetwork("offline", "stopped", "tailscale is stopped", at + 4 * S)
    state.apply(saw(BARRED, at + 20 * S, name="badca"))
    assert state.network.state == "offline", "nobody has answered"
    assert {state.views[n].pill for n in names} == {Pill.UNKNOWN}
    state.apply(saw(rows(), at + 30 * S, name="badca"))
    assert state.network.state == "up", "mended, it answers like any other"


def partitioned(names: list[str], state: FleetState, at: datetime) -> None:
    for name in names:
        state.apply(saw(TIMED_OUT, at, name=name))
        state.apply(saw(Banner("SSH-2.0-x"), at + S, name=name))
        state.apply(saw(TIMED_OUT, at + 3 * S, name=name))
    state.network = OwnNetwork("partition", "up", "tailnet partition", at + 4 * S)


def lost_on(names: list[str], state: FleetState, at: datetime) -> None:
    for name in names:
        state.apply(saw(Banner("SSH-2.0-x"), at, name=name))
        state.apply(saw(TIMED_OUT, at + 2 * S, name=name))


def test_a_partition_that_lasts_makes_no_api_down() -> None:
    names, state = many(4)
    at = NOON + 10 * S
    partitioned(names, state, at)
    for minute in range(1, 30):
        lost_on(names, state, at + 60 * minute * S)
    assert {state.views[n].pill for n in names} == {Pill.DEGRADED}


def test_after_a_partition_an_api_that_stays_lost_has_its_ten_minutes() -> None:
    names, state = many(4)
    at = NOON + 10 * S
    partitioned(names, state, at)
    for minute in range(1, 30):
        lost_on(names, state, at + 60 * minute * S)
    over = at + 1800 * S
    for name in names[1:]:
        state.apply(saw(rows(), over, name=name))
    assert state.network.state == "up"
    for minute in range(1, 10):
        lost_on(names[:1], state, over + 60 * minute * S)
        assert state.views["t0"].pill is Pill.DEGRADED
    for minute in range(10, 14):
        lost_on(names[:1], state, over + 60 * minute * S)
    assert state.views["t0"].pill is Pill.DOWN


# --- facts, cost --------------------------------------------------------------------------------


def test_facts_carry_door_scope_and_time() -> None:
    story = Story().well().see(host(40.0)).see(queue(NOON), Schedules(()))
    facts = story.state.facts("acme")
    assert {"Host", "Containers", "Temporal", "Doors"} <= {fact.group for fact in facts}
    disk = next(fact for fact in facts if fact.label == "disk used")
    assert (disk.value, disk.scope) == ("40 %", "volume, by system")
    assert disk.at is not None
    assert story.state.facts("nobody") == ()


def test_facts_name_a_failing_door() -> None:
    story = Story().well().see(failure(FailureKind.REFUSED, "nobody listens"))
    doors = [f for f in story.state.facts("acme") if f.group == "Doors" and f.label == "containers"]
    assert "nobody listens" in doors[0].value


def test_counts_add_up() -> None:
    _, state = many(3)
    state.apply(saw(without("alfred"), NOON + S, name="t0"))
    state.apply(saw(without("alfred"), NOON + 9 * S, name="t0"))
    counts = state.counts()
    assert (counts.total, counts.ok, counts.down) == (4, 3, 1)


def test_a_tenant_with_35_services_stays_small() -> None:
    def listed(turn: int) -> Containers:
        return Containers(
            tuple(
                Container(
                    f"service-{n}",
                    "running",
                    "healthy",
                    f"Up {turn} hours (healthy)",
                    Uptime(3600.0 * turn, 3600.0 * turn + 3600.0),
                    NOON - timedelta(days=n),
                    f"{n:012x}",
                    f"example/service-{n}:latest",
                    f"{n:012x}",
                )
                for n in range(35)
            )
        )

    state = FleetState(Limits(), now=lambda: NOON)
    names = [f"t{n}" for n in range(20)]
    for name in names:
        state.add(tenant(name))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for turn in range(1, 4):
            at = NOON + turn * 10 * S
            for name in names:
                state.apply(saw(listed(turn), at, name=name))
                state.apply(saw(Dashboard("F", listed(turn)), at, name=name))
                state.apply(saw(schedules(at), at, name=name))
        each = (tracemalloc.get_traced_memory()[0] - before) / len(names)
    finally:
        tracemalloc.stop()
    assert each < 60_000, each
