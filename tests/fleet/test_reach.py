"""Host, API, key, certificate, clock, answers: each rule fires, spares its near-miss, heals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alfred_tui.model.facts import Banner, Dashboard, Streams
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.tenant import SshTarget
from alfred_tui.model.verdict import Pill
from tests.fleet.makers import (
    EXEC,
    NOON,
    REFUSED,
    TIMED_OUT,
    Story,
    failure,
    queue,
    rows,
    schedules,
    tenant,
)

SSH = Banner("SSH-2.0-OpenSSH_9.2p1")
TRANSPORT_KINDS = ("NAME", "REFUSED", "UNREACHABLE", "TIMED_OUT", "CUT")


def silent_ssh(story: Story) -> Story:
    return story.see(TIMED_OUT, look=Look.BANNER, after=1)


@pytest.mark.parametrize("kind", TRANSPORT_KINDS)
def test_a_host_that_answers_on_no_port_twice_is_down(kind: str) -> None:
    story = Story().well()
    story.see(failure(FailureKind[kind]))
    assert story.pill is Pill.OK, "one failed transport is none"
    silent_ssh(story)
    assert story.pill is Pill.OK
    story.see(failure(FailureKind[kind]), after=3)
    assert story.pill is Pill.DOWN
    assert story.rules == ["host-down"]
    assert story.reason("host-down").value.startswith(FailureKind[kind].value)


def test_the_reason_names_both_ports() -> None:
    who = tenant(ssh=SshTarget("127.0.0.9", 2222), connect_address="127.0.0.9")
    story = Story(who).well().see(TIMED_OUT)
    silent_ssh(story).see(TIMED_OUT, after=2)
    found = story.reason("host-down")
    assert found.text == "no answer on 3100 and 2222"
    assert (found.value, found.limit) == ("timed out", "2 tries")
    assert found.since == story.at - timedelta(seconds=3)


def test_a_tenant_first_seen_dead_is_down() -> None:
    story = Story().see(TIMED_OUT)
    assert story.pill is Pill.UNKNOWN
    silent_ssh(story).see(TIMED_OUT, after=2)
    assert story.pill is Pill.DOWN


def test_host_down_waits_for_port_22_to_be_asked() -> None:
    story = Story().well().see(TIMED_OUT, TIMED_OUT)
    assert story.pill is Pill.OK
    assert silent_ssh(story).pill is Pill.DOWN


def test_an_old_look_at_port_22_does_not_speak_for_a_new_failure() -> None:
    story = silent_ssh(Story().well())
    story.well(30).see(TIMED_OUT, TIMED_OUT)
    assert story.pill is Pill.OK
    assert story.see(SSH, after=1).rules == ["api-down"]


def test_host_down_heals_after_two_good_looks() -> None:
    story = silent_ssh(Story().well().see(TIMED_OUT, TIMED_OUT))
    assert story.pill is Pill.DOWN
    assert story.well(1).pill is Pill.DOWN
    assert story.well(1).pill is Pill.OK


def test_api_down_while_the_host_is_there_then_down_after_ten_minutes() -> None:
    story = Story().well().see(REFUSED).see(SSH, after=1).see(REFUSED, after=3)
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["api-down"])
    assert story.reason("api-down").text == "no answer on 3100 (connection refused), 22 answers"
    story.see(*[REFUSED] * 9, after=60)
    assert story.pill is Pill.DEGRADED
    assert story.see(REFUSED, REFUSED, after=60).pill is Pill.DOWN
    assert story.well().pill is Pill.OK


def test_a_host_that_loses_its_ssh_too_is_down() -> None:
    story = Story().well().see(REFUSED).see(SSH, after=1).see(REFUSED, after=3)
    silent_ssh(story)
    assert story.rules[0] == "host-down"
    assert story.see(TIMED_OUT, after=10).rules == ["host-down"]


@pytest.mark.parametrize(
    "said",
    [
        failure(FailureKind.SERVER_ERROR, "HTTP 502 without a readable body", status=502),
        failure(FailureKind.SERVER_ERROR, "x", status=500, code="INTERNAL_ERROR"),
    ],
)
def test_server_errors_of_the_cheapest_route_are_api_down(said: object) -> None:
    story = Story().well().see(said)  # type: ignore[arg-type]
    assert story.pill is Pill.OK
    assert story.see(said).rules == ["api-down"]  # type: ignore[arg-type]


def test_one_route_that_fails_is_not_the_api() -> None:
    broken = failure(FailureKind.SERVER_ERROR, "vault read", status=500, code="INTERNAL_ERROR")
    story = Story().well().see(broken, look=Look.DASHBOARD)
    assert story.pill is Pill.OK
    story.well(1).see(broken, look=Look.DASHBOARD)
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["route-failing"])
    assert "dashboard" in story.reasons[0].text
    for _ in range(60):
        story.well(1).see(broken, look=Look.DASHBOARD)
    assert story.pill is Pill.DEGRADED, "it never grows into DOWN"
    story.see(Dashboard("F", rows()), Dashboard("F", rows()))
    assert story.pill is Pill.OK


def test_a_slow_dashboard_does_not_make_the_host_lost() -> None:
    story = Story().well().see(TIMED_OUT, look=Look.DASHBOARD).see(SSH).well(1)
    assert story.pill is Pill.OK


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_at_once_and_what_was_known_is_held(status: int) -> None:
    refused = failure(FailureKind.UNAUTHORIZED, "Invalid API key", status=status)
    story = Story().well().see(refused)
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["key-refused"])
    assert str(status) in story.reasons[0].text
    assert story.see(TIMED_OUT).rules == ["key-refused"], "a lost look says nothing of the key"
    assert story.well(1).pill is Pill.DEGRADED
    assert story.well(1).pill is Pill.OK


def test_a_key_that_some_routes_refuse_names_them_and_does_not_flicker() -> None:
    refused = failure(FailureKind.UNAUTHORIZED, "scoped", status=403)
    story = Story().well().see(refused, look=Look.SCHEDULES)
    for _ in range(5):
        assert "schedules" in story.well(1).reason("key-refused").text


def test_refusals_of_other_routes_end_with_the_key_s_own() -> None:
    refused = failure(FailureKind.UNAUTHORIZED, "Invalid API key", status=401)
    story = Story().well().see(refused, look=Look.QUEUE).see(refused)
    assert story.well(2).pill is Pill.OK, "the pulse need not come round first"


@pytest.mark.parametrize("kind", ["TLS_EXPIRED", "TLS_ISSUER", "TLS_NAME"])
def test_a_bad_certificate_is_said_at_once_and_heals(kind: str) -> None:
    story = Story().well().see(failure(FailureKind[kind], "certificate has expired"))
    assert (story.pill, story.rules) == (Pill.DEGRADED, ["tls-bad"])
    assert story.reasons[0].value == FailureKind[kind].value
    assert story.well().pill is Pill.OK


def test_one_failed_handshake_is_not_a_bad_certificate() -> None:
    odd = failure(FailureKind.TLS_OTHER, "handshake failure")
    story = Story().well().see(odd)
    assert story.pill is Pill.OK
    assert story.see(odd).rules == ["tls-bad"]


@pytest.mark.parametrize(("days", "fires"), [(13.9, True), (14.1, False)])
def test_a_certificate_that_ends_soon(days: float, fires: bool) -> None:
    story = Story().well()
    story.see(rows(), certificate_ends=story.at + timedelta(days=days, seconds=10))
    assert story.rules == (["tls-ending"] if fires else [])
    if fires:
        assert story.reasons[0].text == "certificate ends in 13 d < 14 d"
        assert story.reasons[0].pill is Pill.DEGRADED
        far = story.at + timedelta(days=90)
        story.see(rows(), rows(), certificate_ends=far)
        assert story.pill is Pill.OK


def test_our_own_configuration_is_not_the_tenant_s_fault() -> None:
    story = Story().see(failure(FailureKind.CONFIGURATION, "ca_file cannot be read: none.pem"))
    assert (story.pill, story.rules) == (Pill.UNKNOWN, ["configuration"])
    assert "none.pem" in story.reasons[0].text
    assert story.well().pill is Pill.OK


@pytest.mark.parametrize(
    ("skew", "margin", "fires"),
    [(61.2, 0.5, True), (-3600.0, 0.5, True), (61.2, 2.0, False), (59.0, 0.5, False)],
)
def test_a_clock_that_is_off(skew: float, margin: float, fires: bool) -> None:
    story = Story().well()
    story.see(rows(), rows(), skew=skew, skew_margin=margin)
    assert story.pill is Pill.OK, "two answers are not three"
    story.see(rows(), skew=skew, skew_margin=margin)
    assert story.rules == (["clock-skew"] if fires else [])
    if fires:
        side = "ahead" if skew > 0 else "behind"
        assert side in story.reasons[0].text
        story.see(rows(), rows(), skew=0.2, skew_margin=0.5)
        assert story.pill is Pill.OK


def test_an_answer_not_understood_names_its_path() -> None:
    bad = failure(FailureKind.BAD_ANSWER, "Expected `str`, got `int`", path="$[3].State")
    story = Story().well().see(bad)
    assert story.rules == ["answer-odd"]
    assert story.reasons[0].value == "$[3].State"
    assert "$[3].State" in story.reasons[0].text
    assert story.well().pill is Pill.OK


def test_an_odd_place_in_a_usable_answer_is_named_and_its_absences_prove_nothing() -> None:
    story = Story().well().see(rows(["temporal"]), rows(["temporal"]), odd="$[3].Service")
    assert story.rules == ["answer-odd"]
    story.see(schedules(story.at), odd="$[1].info")
    assert {r.subject for r in story.reasons} == {"containers", "schedules"}
    story.well(2)
    assert {r.subject for r in story.reasons} == {"schedules"}, "each look speaks for itself"
    story.see(schedules(story.at), schedules(story.at))
    assert story.pill is Pill.OK


def test_a_route_this_generation_does_not_have_is_no_fault() -> None:
    absent = failure(FailureKind.UNSUPPORTED, status=404)
    story = Story(tenant(layout=None, connect_address="127.0.0.9"))
    story.see(rows(["temporal", "ollama", "openclaw", "alfred", "ctrl-api", "alfred-learn"]))
    story.see(absent, look=Look.DASHBOARD).see(absent, look=Look.STREAMS)
    assert story.pill is Pill.OK
    assert story.state.views["acme"].layout == "F1"


def test_no_evidence_through_a_failing_door_improves_nothing() -> None:
    story = Story().well().see(queue(NOON, workflow=None, activity=None))
    assert story.rules == ["learn-no-pollers"]
    seen = story.reasons[0].seen
    story.see(EXEC, EXEC, look=Look.QUEUE).see(TIMED_OUT, TIMED_OUT)
    assert "learn-no-pollers" in story.rules
    assert story.reason("learn-no-pollers").seen == seen, "its age tells that it is old"


# --- what our own machine cannot ask ------------------------------------------------------------

BARRED = failure(FailureKind.CONFIGURATION, "own machine forbids to connect to port 22")
BROKEN = failure(FailureKind.SERVER_ERROR, "HTTP 502", status=502)


def test_a_port_22_that_we_cannot_ask_makes_neither_host_nor_api_down() -> None:
    story = Story().well().see(REFUSED).see(BARRED, look=Look.BANNER, after=1)
    assert story.pill is Pill.OK, "one failed transport is none"
    story.see(REFUSED, after=3)
    assert (story.pill, story.rules) == (Pill.UNKNOWN, ["configuration"])
    assert story.reasons[0].text.startswith("cannot ask port 22: own machine forbids")
    story.see(SSH, after=60).see(REFUSED, after=1)
    assert "api-down" in story.rules
    assert story.well().pill is Pill.OK


def test_what_was_known_of_the_way_is_held_while_we_cannot_ask() -> None:
    story = silent_ssh(Story().well().see(TIMED_OUT, TIMED_OUT))
    story.see(*[failure(FailureKind.CONFIGURATION, "out of file descriptors")] * 5)
    assert (story.pill, story.rules) == (Pill.DOWN, ["host-down", "configuration"])


def test_something_on_port_22_that_is_no_ssh_is_somebody() -> None:
    odd = failure(FailureKind.BAD_ANSWER, "HTTP/1.1 400")
    story = Story().well().see(REFUSED).see(odd, look=Look.BANNER, after=1).see(REFUSED, after=3)
    assert story.rules == ["api-down"]


def test_a_name_that_is_not_found_is_said_with_the_name() -> None:
    missing = failure(FailureKind.NAME)
    story = silent_ssh(Story().well().see(missing)).see(missing, after=3)
    found = story.reason("host-down")
    assert found.text == "name 127.0.0.9 not found, no answer on 22"
    assert found.value == "name not found; 22: timed out"


# --- second looks -------------------------------------------------------------------------------


def test_one_server_error_is_one_look_however_often_it_is_judged() -> None:
    story = Story().well().see(TIMED_OUT).see(BROKEN, after=1).see(SSH, after=5)
    assert story.pill is Pill.OK
    assert story.see(BROKEN, after=3).rules == ["api-down"]
    assert story.reasons[0].text == "API answers HTTP 502"


def test_two_server_errors_within_seconds_are_one() -> None:
    story = Story().well().see(BROKEN).see(BROKEN, after=3)
    assert story.pill is Pill.OK
    assert story.see(BROKEN, after=1).rules == ["api-down"]


def test_two_failed_handshakes_at_once_are_one() -> None:
    odd = failure(FailureKind.TLS_OTHER, "handshake failure")
    story = Story().well().see(odd).see(odd, look=Look.DASHBOARD, after=0.1)
    assert story.pill is Pill.OK
    assert story.see(odd, after=4).rules == ["tls-bad"]


# --- keys ---------------------------------------------------------------------------------------


def test_a_refusal_since_the_key_was_refused_as_a_whole_still_counts() -> None:
    refused = failure(FailureKind.UNAUTHORIZED, "scoped", status=403)
    story = Story().well().see(refused).see(refused, look=Look.STREAMS).well(3)
    assert story.reason("key-refused").text.endswith("cannot see streams")
    story.see(Streams(()), Streams(()))
    assert story.pill is Pill.OK


def test_while_the_key_is_refused_as_a_whole_that_is_what_is_told() -> None:
    refused = failure(FailureKind.UNAUTHORIZED, "no", status=401)
    story = Story().well().see(refused, look=Look.STREAMS).see(refused)
    assert story.reason("key-refused").text == "API key refused (HTTP 401): cannot see"
