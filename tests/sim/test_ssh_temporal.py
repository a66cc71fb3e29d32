"""The Temporal CLI on the box: shaped as recorded, in common with what the API tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sim.caller import QUEUE, RUNNING, Caller, fleet, one, struck, stuck
from tests.sim.told import CLI, by_api, differences, said, timeless, whole


def well() -> Caller:
    return Caller(fleet(tenants=48), one(wanted=lambda p: "plane-api" in p.services))


def told(caller: Caller, words: str, seconds: float = 0) -> Any:
    """What the CLI answers in JSON; asked so that it looks at that second."""
    answer = caller.shell(f"{CLI} {words} -o json", seconds - 0.2)
    assert (answer.code, answer.err) == (0, ""), answer
    return json.loads(answer.out)


def recorded(*names: str) -> list[Any]:
    return [whole(f"temporal/{name}.json") for name in names]


# --- shapes ---------------------------------------------------------------------------------------

LISTS = {
    "workflow list": ("workflow-list", "workflow-list-running"),
    "schedule list": ("schedule-list",),
}
DESCRIBED = (
    *("workflow-describe-cancel-requested", "workflow-describe-completed"),
    *("workflow-describe-nondeterminism", "workflow-describe-pending-activity"),
    *("workflow-describe-running-activity", "workflow-describe-terminated"),
)
SHOWN = ("workflow-show-completed", "workflow-show-failed", "workflow-show-nondeterminism")
PLANNED = (
    *("schedule-describe-interval", "schedule-describe-paused-cron", "schedule-describe-input"),
    *("schedule-describe-triggered", "schedule-describe-after-toggle"),
)
PLANNED_BY_API = (
    *("schedule-describe-al-hourly-enrichment", "schedule-describe-al-daily-digest"),
    *("schedule-describe-chore-weekly-review", "schedule-describe-al-plane-sync"),
)
DATA = r".*\.requestIdInfos|(.*\.)?\$?\.?result(\[\d*\])?"


def wrong(value: Any, *names: str, complete: bool = True) -> set[str]:
    """Where it differs; what only lists of scheduled runs have may be in their descriptions."""
    found = differences(value, *recorded(*names), maps=DATA, complete=complete)
    # what a workflow returns is its own, and no scheduled run was described
    return {f for f in found if "TemporalScheduled" not in f and ".*: bool" not in f}


@pytest.mark.parametrize("subject", LISTS)
def test_lists_have_the_recorded_shape(subject: str) -> None:
    rows = told(well(), subject)
    assert len(rows) > 10
    more = [by_api("schedules")] if subject == "schedule list" else []
    faults = differences(rows, *recorded(*LISTS[subject]), *more, maps=DATA)
    assert faults == set()


def test_what_is_described_has_the_recorded_shape() -> None:
    caller = well()
    for row in told(caller, "workflow list")[::25]:
        ident = row["execution"]["workflowId"]
        assert wrong(told(caller, f"workflow describe -w {ident}"), *DESCRIBED) == set()
        assert wrong(told(caller, f"workflow show -w {ident}"), *SHOWN, complete=False) == set()
    for row in told(caller, "schedule list"):
        found = told(caller, f"schedule describe -s {row['scheduleId']}")
        examples = [*recorded(*PLANNED), *map(by_api, PLANNED_BY_API)]
        # every described one was recorded at minute 0, and a zero is left out
        lacking = r".*\.minute\[\]\.(start|end): never seen"
        assert differences(found, *examples, lacking=lacking) == set()


@pytest.mark.parametrize("sort", ["nondeterminism", "activity"])
def test_what_is_stuck_cancelled_and_terminated_has_it_too(sort: str) -> None:
    caller = struck("workflow-stuck", lasts=None, sort=sort)
    (ident,) = stuck(caller, 100)
    assert wrong(told(caller, f"workflow describe -w {ident}", 100), *DESCRIBED) == set()
    assert caller.shell(f"{CLI} workflow cancel -w {ident}", 110).out == "Canceled workflow\n"
    asked = told(caller, f"workflow describe -w {ident}", 120)
    assert asked["workflowExtendedInfo"]["cancelRequested"] is True
    assert wrong(asked, *DESCRIBED) == set()
    running = asked["workflowExecutionInfo"]["status"].endswith("RUNNING")
    assert running is (sort == "nondeterminism"), "nobody hears where every task fails"
    if running:
        line = f"{CLI} workflow terminate -w {ident} --reason stuck"
        assert caller.shell(line, 130).out == "Workflow terminated\n"
        ended = told(caller, f"workflow describe -w {ident}", 140)
        assert wrong(ended, *DESCRIBED) == set()
        assert ended["closeEvent"]["workflowExecutionTerminatedEventAttributes"]["details"] == [
            "stuck"
        ]
    else:
        assert asked["closeEvent"]["eventId"] == asked["workflowExecutionInfo"]["historyLength"]
        shown = told(caller, f"workflow show -w {ident}", 140)["events"]
        assert shown[-1] == asked["closeEvent"]
        assert len(shown) == int(asked["workflowExecutionInfo"]["historyLength"])


def test_the_queue_the_cluster_and_a_count_have_the_recorded_shape() -> None:
    caller = struck("zero-pollers", lasts=None)
    names = ("taskqueue-describe-pollers", "taskqueue-describe-no-worker")
    found = told(caller, "task-queue describe --task-queue alfred-learn", 30)
    assert wrong(found, *names) == set()
    gone = told(caller, "task-queue describe -t alfred-learn", 600)
    examples = [*recorded("taskqueue-describe-unknown"), by_api("task-queue-worker-stopped-5min")]
    assert differences(gone, *examples) == set()
    assert gone["pollers"] is None
    assert wrong(told(caller, "operator cluster describe"), "cluster-describe") == set()
    counted = told(caller, "workflow count")
    assert wrong(counted, "workflow-count") == set()
    assert int(counted["count"]) == len(told(caller, "workflow list"))


def test_a_list_of_nothing_is_two_brackets() -> None:
    query = "--query 'WorkflowType=\"None\"'"
    answer = well().shell(f"{CLI} workflow list {query} -o json")
    assert answer.out == (whole_text := "[\n]\n")
    assert whole("temporal/workflow-list-empty.json") == json.loads(whole_text)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("schedule describe -s nope -o json", "schedule-describe-unknown.txt"),
        ("schedule trigger -s nope", "schedule-trigger-unknown.txt"),
        ("workflow describe -w nope -o json", "workflow-describe-unknown.txt"),
        ("workflow terminate -w nope --reason x", "workflow-terminate-unknown.txt"),
    ],
)
def test_what_is_not_there_is_refused_as_recorded(line: str, name: str) -> None:
    answer = well().shell(f"{CLI} {line}")
    code, out, err = said(name)
    assert (answer.code, answer.out, timeless(answer.err)) == (code, out, timeless(err))


def test_closed_ones_and_bad_queries_are_answered_as_recorded() -> None:
    caller = well()
    closed = next(r for r in told(caller, "workflow list") if r["status"].endswith("COMPLETED"))
    ident = closed["execution"]["workflowId"]
    for line, name in (
        (f"workflow terminate -w {ident} --reason again", "workflow-terminate-closed.txt"),
        (f"workflow cancel -w {ident}", "workflow-cancel-closed.txt"),
        ("workflow list --query 'Bogus ==' -o json", "workflow-list-bad-query.txt"),
    ):
        answer = caller.shell(f"{CLI} {line}")
        code, out, err = said(name)
        assert (answer.code, answer.out, timeless(answer.err)) == (code, out, timeless(err))


def test_the_pause_flag_that_no_version_has() -> None:
    answer = well().shell(f"{CLI} schedule update -s al-plane-sync --pause --reason x")
    code, _, err = said("schedule-update-pause-flag.txt")
    assert answer.code == code
    head = err.partition("Flags:")[0]
    assert answer.err.startswith(head)
    assert len(answer.err) > 10_000
    bare = well().shell(f"{CLI} schedule toggle --schedule-id al-learning")
    assert (bare.code, "exactly one of --pause or --unpause" in bare.err) == (1, True)
    assert "required flag(s)" in well().shell(f"{CLI} schedule toggle --pause").err


# --- in common with the API -----------------------------------------------------------------------


def test_both_ways_tell_the_same() -> None:
    caller = well()
    pairs = {
        "workflow list --query 'ExecutionStatus=\"Running\"'": RUNNING,
        "workflow list": "workflows",
        "schedule list": "schedules",
        "schedule describe -s al-learning": "schedules/al-learning",
        "task-queue describe --task-queue alfred-learn": QUEUE,
        "operator cluster describe": "admin/temporal/cluster",
    }
    for words, path in pairs.items():
        assert told(caller, words, 70) == caller.get(path, 70), words


def test_a_toggle_shows_on_both_sides_and_its_note_stays() -> None:
    caller = well()
    pause = f"{CLI} schedule toggle --schedule-id al-learning --pause --reason 'too noisy'"
    answer = caller.shell(pause, 10)
    assert answer[:3] == ("", "", 0)
    state = {"notes": "too noisy", "paused": True}
    assert state.items() <= (caller.schedule("al-learning", 20) or {}).items()
    again = f"{CLI} schedule toggle -s al-learning --pause --reason other"
    assert caller.shell(again, 30).code == 0, "pausing twice is no error"
    assert caller.get("schedules/al-learning", 40)["schedule"]["state"]["notes"] == "other"
    before = caller.get("schedules/al-learning", 40)["conflictToken"]
    resume = f"{CLI} schedule toggle -s al-learning --unpause --reason done"
    assert caller.shell(resume, 50).code == 0
    after = caller.get("schedules/al-learning", 60)
    assert after["schedule"]["state"] == {"notes": "done"}, "a note is no pause"
    assert after["conflictToken"] != before
    assert "paused" not in (caller.schedule("al-learning", 60) or {})


def test_a_paused_schedule_starts_nothing_and_one_that_was_unpaused_does() -> None:
    caller = well()
    caller.shell(f"{CLI} schedule toggle -s al-plane-sync --pause", 10)
    paused = (caller.schedule("al-plane-sync", 300) or {})["recentActions"][-1]["scheduleTime"]
    assert paused <= "2026-06-02T12:20:45Z"
    assert caller.get("schedules/al-plane-sync", 300)["schedule"]["state"]["notes"] == (
        "(no reason provided)"
    )
    caller.shell(f"{CLI} schedule toggle -s al-plane-sync --unpause", 310)
    later = (caller.schedule("al-plane-sync", 400) or {})["recentActions"][-1]["scheduleTime"]
    assert later >= "2026-06-02T12:26:45Z"


def test_unpausing_over_ssh_ends_a_fault_that_paused() -> None:
    caller = struck("schedule-paused", lasts=None)
    assert (caller.schedule("al-event-processor", 100) or {})["paused"]
    caller.shell(f"{CLI} schedule toggle -s al-event-processor --unpause", 110)
    assert "paused" not in (caller.schedule("al-event-processor", 120) or {})


def test_what_is_triggered_over_ssh_is_a_new_run_for_the_api() -> None:
    caller = well()
    answer = caller.shell(f"{CLI} schedule trigger --schedule-id al-learning", 100)
    assert answer[:3] == ("", "", 0)
    last = (caller.schedule("al-learning", 105) or {})["recentActions"][-1]
    assert last["scheduleTime"] == "2026-06-02T12:22:10.200000000Z"


def test_what_is_stuck_is_freed_over_ssh_for_the_api() -> None:
    caller = struck("workflow-stuck", lasts=None)
    (ident,) = stuck(caller, 100)
    caller.shell(f"{CLI} workflow terminate --workflow-id {ident} --reason stuck", 110)
    caller.shell(f"{CLI} schedule trigger --schedule-id al-learning", 112)
    assert stuck(caller, 120) == []
    last = (caller.schedule("al-learning", 200) or {})["recentActions"][-1]
    assert last["startWorkflowStatus"].endswith("COMPLETED")


def test_the_api_cancels_too() -> None:
    caller = struck("workflow-stuck", lasts=None, sort="activity")
    (ident,) = stuck(caller, 100)
    reply = caller.post(f"workflows/{ident}/cancel", 110)
    assert json.loads(reply.body) == {"message": "Workflow cancelled"}
    assert stuck(caller, 120) == []
    assert caller.post(f"workflows/{ident}/cancel", 130).status == 200, "also of a closed one"
    refused = caller.post("workflows/nope/cancel", 130)
    assert refused.status == 500
    assert "workflow not found for ID: nope" in json.loads(refused.body)["error"]["message"]


def test_chores_paused_by_their_route_are_paused_over_ssh() -> None:
    caller = well()
    assert caller.post("chores/daily-brief/pause", 10).status == 200
    found = told(caller, "schedule describe -s chore-daily-brief", 20)
    assert found["schedule"]["state"]["paused"] is True


# --- Temporal away --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more", "word"),
    [
        ("temporal-silent", {"sort": "frozen"}, "failed reaching server"),
        ("temporal-silent", {"sort": "stopped"}, 'service "temporal" is not running'),
        ("container-exit", {"service": "temporal"}, 'service "temporal" is not running'),
        ("service-paused", {"service": "temporal"}, "is paused"),
        ("docker-silent", {}, "Cannot connect to the Docker daemon"),
    ],
)
def test_what_fails_for_the_api_fails_over_ssh(kind: str, more: dict[str, str], word: str) -> None:
    caller = struck(kind, **more)
    answer = caller.shell(f"{CLI} schedule list -o json", 100)
    assert (answer.code, answer.out) == (1, "")
    assert word in answer.err
    wrapped = json.loads(caller.ask("schedules", 100).body)["error"]["details"]["stderr"]
    assert timeless(answer.err) == timeless(wrapped)
    assert caller.shell(f"{CLI} schedule list -o json", 800).code == 0


def test_for_people_it_prints_tables() -> None:
    caller = well()
    listed = caller.shell(f"{CLI} schedule list").out.splitlines()
    assert listed[0].split() == ["ScheduleId", "WorkflowType", "Paused", "Notes"]
    assert len(listed) == 1 + len(told(caller, "schedule list"))
    described = caller.shell(f"{CLI} schedule describe -s al-learning").out
    assert "Paused" in described
    assert caller.shell(f"{CLI} workflow count").out.startswith("Total: ")
