"""Single routes: each way to fail is told, none is passed over, each heals."""

from __future__ import annotations

import pytest

from alfred_tui.fleet.rules.registry import API_LOOKS
from alfred_tui.model.facts import Answer, Dashboard, Streams, System, Workers, Workflows
from alfred_tui.model.look import PULSE_LOOKS, Look
from alfred_tui.model.observation import Failure, FailureKind
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import (
    CORE_F3,
    EXEC,
    TIMED_OUT,
    Story,
    failure,
    queue,
    row,
    rows,
    schedules,
    without,
)

TEMPORAL = (Look.QUEUE, Look.SCHEDULES, Look.WORKFLOWS)
OTHERS = (Look.DASHBOARD, Look.WORKERS, Look.SYSTEM, Look.STREAMS)
INTERNAL = failure(FailureKind.SERVER_ERROR, "boom", status=500, code="INTERNAL_ERROR")
PROXY = failure(FailureKind.SERVER_ERROR, "HTTP 502", status=502)
LIMITED = failure(FailureKind.RATE_LIMITED, "too many", status=429)
BAD = failure(FailureKind.SERVER_ERROR, "bad request", status=400)
NO_SUCH = failure(FailureKind.NOT_FOUND, "not here", status=404)
NO_RUN = failure(FailureKind.NOT_FOUND, "workflow not found for ID: x", status=500)
GUARD = failure(FailureKind.GUARD, "confirm", status=409)
STATUS = failure(FailureKind.COMMAND_FAILED, "alfred: no such file", status=500)
ABSENT = failure(FailureKind.UNSUPPORTED, "no such route", status=404)


def good(look: Look, story: Story) -> Answer:
    answers: dict[Look, Answer] = {
        Look.DASHBOARD: Dashboard("F", rows()),
        Look.QUEUE: queue(story.at),
        Look.SCHEDULES: schedules(story.at),
        Look.WORKFLOWS: Workflows(()),
        Look.WORKERS: Workers(()),
        Look.SYSTEM: System(),
        Look.STREAMS: Streams(()),
    }
    return answers[look]


CASES = [
    *((look, said, "route-failing") for look in (*TEMPORAL, *OTHERS) for said in (INTERNAL, PROXY)),
    *((look, STATUS, "route-failing") for look in OTHERS),
    *(
        (look, said, "answer-odd")
        for look in (*TEMPORAL, *OTHERS)
        for said in (LIMITED, BAD, NO_SUCH, NO_RUN, GUARD)
    ),
]


@pytest.mark.parametrize(("look", "said", "rule"), CASES)
def test_a_route_that_fails_twice_is_told_and_heals(look: Look, said: Failure, rule: str) -> None:
    story = Story().well().see(said, look=look)
    assert story.pill is Pill.OK, "once is not enough"
    story.see(said, look=look, after=3.9)
    assert story.pill is Pill.OK, "two within seconds are one"
    story.see(said, look=look, after=4)
    assert (story.pill, story.rules) == (Pill.DEGRADED, [rule])
    found = story.reasons[0]
    assert found.text.startswith(look.value)
    came = found.value if said.kind is not FailureKind.COMMAND_FAILED else said.text
    assert came in found.text
    if rule == "answer-odd":
        assert said.text in found.text
    for _ in range(100):
        story.well(1).see(said, look=look, after=60)
    assert story.pill is Pill.DEGRADED, "it never grows into DOWN"
    story.see(good(look, story), look=look)
    assert story.pill is Pill.DEGRADED
    story.well(1).see(good(look, story), look=look)
    assert story.pill is Pill.OK


@pytest.mark.parametrize("look", [*PULSE_LOOKS, Look.DASHBOARD])
def test_a_route_that_this_generation_lacks_stays_silent(look: Look) -> None:
    story = Story().well().see(*[ABSENT] * 5, look=look)
    assert story.pill is Pill.OK


def test_the_containers_route_may_not_be_lacking() -> None:
    story = Story().well().see(ABSENT, ABSENT)
    assert story.rules == ["answer-odd"]
    assert story.reasons[0].text == "containers answers HTTP 404: no such route"


@pytest.mark.parametrize("look", OTHERS)
def test_a_route_that_hangs_while_others_answer_is_told(look: Look) -> None:
    story = Story().well().see(TIMED_OUT, look=look).well(1).see(TIMED_OUT, look=look)
    assert story.rules == ["route-failing"]
    assert story.reasons[0].text == f"{look.value} goes unanswered: timed out"


@pytest.mark.parametrize("contact", [TIMED_OUT, INTERNAL])
def test_with_the_containers_lost_too_it_is_not_the_route(contact: Failure) -> None:
    story = Story().well().see(contact)
    story.see(INTERNAL, INTERNAL, INTERNAL, look=Look.DASHBOARD)
    assert "route-failing" not in story.rules


def test_before_the_first_containers_look_no_route_is_blamed() -> None:
    story = Story().see(INTERNAL, INTERNAL, look=Look.DASHBOARD)
    assert story.rules == []


@pytest.mark.parametrize(
    "listed",
    [
        without("alfred"),
        rows(CORE_F3, row("alfred", state="restarting")),
        rows(CORE_F3, row("alfred", state="paused")),
    ],
)
def test_the_workers_of_a_stopped_service_are_a_consequence(listed: Answer) -> None:
    story = Story().well().see(listed, listed)
    story.see(STATUS, STATUS, STATUS, look=Look.WORKERS)
    assert "route-failing" not in story.rules


def test_commands_that_fail_while_docker_is_silent_are_a_consequence() -> None:
    story = Story().well().see(EXEC, EXEC).see(STATUS, STATUS, STATUS, look=Look.SYSTEM)
    assert story.rules == ["docker-silent"]


def test_commands_that_fail_while_containers_are_recreated_are_a_consequence() -> None:
    story = Story().well()
    new = row("ollama", container_id="new", created_at=story.at, up=5)
    story.see(rows(CORE_F3, new)).see(STATUS, STATUS, STATUS, look=Look.WORKERS)
    assert story.pill is Pill.OK


def test_more_odd_places_are_counted() -> None:
    story = Story().well()
    story.see(rows(), odd="$[3].State")
    assert story.reasons[0].text == "containers odd at $[3].State: Expected `str`, got `int`"
    story.see(rows(), odd=("$[3].State", "$[4].State", "$[5].State"))
    assert story.reasons[0].text.endswith("(+2)")
    bare = failure(FailureKind.BAD_ANSWER, "not JSON")
    assert story.see(bare).reasons[0].text == "containers odd: not JSON"


def test_routes_of_which_the_same_is_said_are_one_reason() -> None:
    story, looks = Story().well(), sorted(API_LOOKS)
    gone = failure(FailureKind.REDIRECTED, "redirected: not followed", status=302)
    for look in looks[:3]:
        story.see(gone, look=look)
    assert len(story.reasons) == 3
    story.see(gone, look=looks[3])
    story.see(failure(FailureKind.BAD_ANSWER, "not JSON"), look=looks[4])
    one, other = story.reasons
    assert one.text == "4 routes odd: redirected: not followed"
    assert one.parts == tuple(looks[:4])
    assert (other.text, other.parts) == (f"{looks[4]} odd: not JSON", ())


def test_routes_that_go_unanswered_alike_are_one_reason() -> None:
    story = Story().well()
    bad = failure(FailureKind.SERVER_ERROR, "bad gateway", status=502)
    for look in sorted(API_LOOKS - {Look.CONTAINERS})[:4]:
        story.see(bad, bad, look=look)
    assert [reason.text for reason in story.reasons] == ["4 routes go unanswered: HTTP 502"]


def test_a_route_that_breaks_by_itself_is_told_while_docker_is_silent() -> None:
    story = Story().well().see(EXEC, EXEC).see(INTERNAL, INTERNAL, look=Look.DASHBOARD)
    assert set(story.rules) == {"docker-silent", "route-failing"}


def test_only_the_workers_need_their_service() -> None:
    story = Story().well().see(without("alfred"), without("alfred"))
    story.see(STATUS, STATUS, look=Look.SYSTEM)
    assert story.rules == ["service-missing", "route-failing"]


def test_commands_that_fail_while_temporal_settles_are_a_consequence() -> None:
    story = Story().well().see(rows(CORE_F3, row("temporal", up=4)))
    story.see(STATUS, STATUS, look=Look.WORKERS)
    assert story.pill is Pill.OK


def test_what_has_a_reason_of_its_own_ends_the_one_before() -> None:
    refused = failure(FailureKind.UNAUTHORIZED, "scoped", status=403)
    story = Story().well().see(INTERNAL, INTERNAL, look=Look.SYSTEM)
    story.see(refused, refused, look=Look.SYSTEM)
    assert story.rules == ["key-refused"]
    odd = failure(FailureKind.BAD_ANSWER, "not JSON")
    other = Story().well().see(odd, look=Look.SYSTEM)
    other.see(INTERNAL, INTERNAL, look=Look.SYSTEM)
    assert other.rules == ["route-failing"]
