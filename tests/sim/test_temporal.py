"""Describing schedules and workflows: everything agrees with the lists and with the faults."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from alfred_tui.sim.faults import Fault
from tests.sim.caller import RUNNING, Caller, fleet, one, struck, stuck

BUSY = 580
"""Ten seconds after the quarter: many runs have just begun."""
HELD = "[TMPRL1100] Nondeterminism error"


def events(caller: Caller, ident: str, seconds: float) -> list[dict[str, Any]]:
    (history,) = caller.get(f"workflows/{ident}/history", seconds)
    info = caller.get(f"workflows/{ident}", seconds)["workflowExecutionInfo"]
    assert info["historyLength"] == str(len(history["events"]))
    return list(history["events"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00")


def test_every_listed_workflow_is_described_as_it_is_listed() -> None:
    for generation in ("F1", "F2", "F3", "H"):
        caller = Caller(fleet(), one(generation))
        listed = caller.get("workflows", BUSY)
        states = [row["status"].removeprefix("WORKFLOW_EXECUTION_STATUS_") for row in listed]
        assert states == sorted(states, reverse=True), "running ones first"
        assert {"RUNNING", "COMPLETED"} <= set(states)
        for row in listed:
            ident = row["execution"]["workflowId"]
            info = caller.get(f"workflows/{ident}", BUSY)["workflowExecutionInfo"]
            for key in row:
                if key in ("startTime", "executionTime", "closeTime"):
                    assert moment(info[key]) == moment(row[key]), (ident, key)
                else:
                    assert info[key] == row[key], (ident, key)
            told = events(caller, ident, BUSY)
            assert [event["eventId"] for event in told] == [str(n + 1) for n in range(len(told))]
            times = [moment(event["eventTime"]) for event in told]
            assert times == sorted(times)
            assert times[0] == moment(info["startTime"])


@pytest.mark.parametrize(
    ("query", "states"),
    [
        ("ExecutionStatus = 'Running'", {"RUNNING"}),
        ('ExecutionStatus="Completed" AND WorkflowType="LearningWorkflow"', {"COMPLETED"}),
        ('ExecutionStatus="ContinuedAsNew"', set()),
        ('CloseTime > "2026-06-02T12:00:00Z"', {"COMPLETED"}),
        ('StartTime < "2000-01-01T00:00:00Z"', set()),
    ],
)
def test_a_query_leaves_out_what_it_does_not_ask_for(query: str, states: set[str]) -> None:
    rows = Caller(fleet(), one()).get(f"workflows?query={quote(query)}", BUSY)
    assert {row["status"].removeprefix("WORKFLOW_EXECUTION_STATUS_") for row in rows} == states


def test_every_listed_schedule_is_described_as_it_is_listed() -> None:
    caller = Caller(fleet(), one())
    for row in caller.get("schedules", BUSY):
        told = caller.get(f"schedules/{row['scheduleId']}", BUSY)
        schedule, info, listed = told["schedule"], told["info"], row["info"]
        assert schedule["spec"] == listed["spec"]
        assert schedule["action"]["startWorkflow"]["workflowType"] == listed["workflowType"]
        assert schedule["state"].get("paused", False) == listed.get("paused", False)
        assert schedule["state"].get("notes") == listed.get("notes")
        assert len(info["futureActionTimes"]) == 10
        assert info["futureActionTimes"][:5] == listed["futureActionTimes"]
        last = listed.get("recentActions", [])
        assert info.get("recentActions", [])[-len(last) :] == last or not last
        running = [
            a for a in info.get("recentActions", []) if a["startWorkflowStatus"][26:] == "RUNNING"
        ]
        assert info.get("runningWorkflows", []) == [a["startWorkflowResult"] for a in running]


def test_a_run_that_clashes_with_new_code_tells_so_in_its_history_alone() -> None:
    caller = struck("workflow-stuck", lasts=None)
    (ident,) = stuck(caller, 100)
    tried = []
    for seconds in (100, 2000):
        told = caller.get(f"workflows/{ident}", seconds)
        assert told["workflowExecutionInfo"]["status"].endswith("_RUNNING")
        assert HELD not in json.dumps(told)
        assert "pendingActivities" not in told
        tried.append(told["pendingWorkflowTask"]["attempt"])
    assert 2 <= tried[0] < tried[1]
    early, late = events(caller, ident, 100), events(caller, ident, 2000)
    assert early == late, "its history does not grow"
    failed = late[-1]["workflowTaskFailedEventAttributes"]
    assert failed["cause"] == "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"
    assert failed["failure"]["message"].startswith(HELD)
    schedule = caller.get("schedules/al-learning", 2000)["info"]
    assert schedule["runningWorkflows"][0]["workflowId"] == ident
    assert int(schedule["overlapSkipped"]) >= 3


def test_a_run_whose_activity_fails_again_and_again_tells_so_when_described() -> None:
    caller = struck("workflow-stuck", lasts=None, sort="activity")
    (ident,) = stuck(caller, 100)
    told = caller.get(f"workflows/{ident}", 100)
    (pending,) = told["pendingActivities"]
    assert "pendingWorkflowTask" not in told
    assert pending["attempt"] >= 2
    assert "size limit" in pending["lastFailure"]["message"]
    assert moment(pending["lastAttemptCompleteTime"]) < moment(pending["nextAttemptScheduleTime"])
    assert events(caller, ident, 100)[-1]["eventType"] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"


def test_without_a_worker_a_run_waits_for_its_first_task() -> None:
    caller = struck("zero-pollers", lasts=None)
    waits = [
        row["execution"]["workflowId"]
        for row in caller.get(RUNNING, 2000)
        if row["type"]["name"] == "LearningWorkflow"
    ]
    assert len(waits) == 1
    told = caller.get(f"workflows/{waits[0]}", 2000)
    assert told["pendingWorkflowTask"]["state"] == "PENDING_WORKFLOW_TASK_STATE_SCHEDULED"
    assert told["pendingWorkflowTask"]["attempt"] == 1
    assert len(events(caller, waits[0], 2000)) == 2


def test_a_terminated_run_ends_as_such_and_the_next_one_follows() -> None:
    caller = struck("workflow-stuck", lasts=None)
    (ident,) = stuck(caller, 100)
    caller.post(f"workflows/{ident}/terminate", 110)
    told = caller.get(f"workflows/{ident}", 120)
    assert told["workflowExecutionInfo"]["status"].endswith("_TERMINATED")
    assert told["closeEvent"] == events(caller, ident, 120)[-1]
    assert "pendingWorkflowTask" not in told
    actions = caller.get("schedules/al-learning", 1100)["info"]["recentActions"]
    states = [action["startWorkflowStatus"].rsplit("_", 1)[1] for action in actions]
    assert states[-2:] == ["TERMINATED", "COMPLETED"]


@pytest.mark.parametrize(
    "path", ["schedules/nope", "workflows/nope", "workflows/nope/history", "schedules/a%2Fb"]
)
def test_what_is_not_there_is_a_failed_command(path: str) -> None:
    reply = Caller(fleet(), one()).ask(path)
    error = json.loads(reply.body)["error"]
    assert (reply.status, error["code"]) == (500, "EXEC_ERROR")
    assert "not found for ID" in error["details"]["stderr"]


def test_a_missing_schedule_is_not_described_nor_started() -> None:
    caller = struck("schedule-missing")
    assert caller.get("schedules/al-task-runner", 30)
    assert caller.ask("schedules/al-task-runner", 100).status == 500
    assert caller.post("schedules/al-task-runner/trigger", 100).status == 500
    assert caller.get("schedules/al-task-runner", 700)


def test_a_run_is_known_by_its_run_id_too() -> None:
    caller = Caller(fleet(), one())
    row = caller.get("workflows", 10)[0]["execution"]
    base = f"workflows/{row['workflowId']}"
    assert caller.get(f"{base}?run_id={row['runId']}", 10)["workflowExecutionInfo"]
    other = f"{row['runId'][:-1]}{'0' if row['runId'][-1] != '0' else '1'}"
    for wrong, said in (("zzz", "Invalid RunId."), (other, "not found")):
        reply = caller.ask(f"{base}?run_id={wrong}", 10)
        assert reply.status == 500
        assert said in json.loads(reply.body)["error"]["message"]


@pytest.mark.parametrize("kind", ["docker-silent", "temporal-silent"])
def test_every_temporal_route_fails_together(kind: str) -> None:
    caller = struck(kind)
    ident = caller.get("workflows", 10)[0]["execution"]["workflowId"]
    paths = ("admin/temporal/cluster", "schedules", "schedules/al-learning", "workflows")
    for path in (*paths, f"workflows/{ident}", f"workflows/{ident}/history"):
        assert caller.ask(path, 10).status == 200, path
        assert caller.ask(path, 100).status == 500, path


def test_a_day_of_pauses_is_a_day_without_runs() -> None:
    person = one()
    fault = Fault("schedule-paused", person.name, at=60.0, lasts=4000)
    caller = Caller(fleet(fault, tenants=48), person)
    before = caller.get("schedules/al-event-processor", 50)["info"]["recentActions"][-1]
    while_paused = caller.get("schedules/al-event-processor", 4000)
    assert while_paused["schedule"]["state"]["paused"] is True
    assert while_paused["info"]["recentActions"][-1] == before
    again = caller.get("schedules/al-event-processor", 5500)
    assert again["schedule"]["state"] == {}
    assert again["info"]["recentActions"][-1] != before
    assert "paused" not in (caller.schedule("al-learning", 4000) or {})
