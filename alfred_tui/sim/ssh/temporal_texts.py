"""What the Temporal CLI prints for people, without ``-o json``."""

from __future__ import annotations

from typing import Any

from alfred_tui.sim.executions import PREFIX
from alfred_tui.sim.ssh.gotemplate import columns
from alfred_tui.sim.ssh.shell import Job


def _table(job: Job, heads: list[str], rows: list[list[str]]) -> None:
    for line in columns([heads, *rows], 2):
        job.say(f"  {line}".rstrip())


def _fields(job: Job, pairs: dict[str, Any]) -> None:
    wide = max(map(len, pairs))
    for name, value in pairs.items():
        job.say(f"  {name:<{wide}}  {value}".rstrip())


def _word(status: str) -> str:
    """``Running`` of ``WORKFLOW_EXECUTION_STATUS_RUNNING``."""
    return status.removeprefix(PREFIX).title().replace("_", "")


def workflows(job: Job, rows: list[dict[str, Any]]) -> None:
    """``workflow list``."""
    _table(
        job,
        ["Status", "WorkflowId", "Type", "StartTime"],
        [
            [_word(r["status"]), r["execution"]["workflowId"], r["type"]["name"], r["startTime"]]
            for r in rows
        ],
    )


def workflow(job: Job, whole: dict[str, Any]) -> None:
    """``workflow describe``."""
    info = whole["workflowExecutionInfo"]
    job.say("Execution Info:")
    told = {
        "WorkflowId": info["execution"]["workflowId"],
        "RunId": info["execution"]["runId"],
        "Type": info["type"]["name"],
        "Namespace": "default",
        "TaskQueue": info["taskQueue"],
        "StartTime": info["startTime"],
        "CloseTime": info.get("closeTime", ""),
        "HistoryLength": info["historyLength"],
    }
    _fields(job, {name: value for name, value in told.items() if value})
    pending = whole.get("pendingActivities", [])
    job.say(f"\nPending Activities: {len(pending)}")
    for activity in pending:
        told = {
            "ActivityId": activity["activityId"],
            "Type": activity["activityType"]["name"],
            "State": activity["state"].removeprefix("PENDING_ACTIVITY_STATE_").title(),
            "Attempt": activity["attempt"],
        }
        _fields(job, told)
    if info["status"] != f"{PREFIX}RUNNING":
        job.say("\nResults:")
        _fields(
            job, {"RunTime": info["executionDuration"], "Status": _word(info["status"]).upper()}
        )


def events(job: Job, listed: list[dict[str, Any]]) -> None:
    """``workflow show``."""
    job.say("Progress:")
    _table(
        job,
        ["ID", "Time", "Type"],
        [
            [
                event["eventId"],
                event["eventTime"].partition(".")[0] + "Z",
                event["eventType"].removeprefix("EVENT_TYPE_").title().replace("_", ""),
            ]
            for event in listed
        ],
    )


def schedules(job: Job, rows: list[dict[str, Any]]) -> None:
    """``schedule list``."""
    _table(
        job,
        ["ScheduleId", "WorkflowType", "Paused", "Notes"],
        [
            [
                row["scheduleId"],
                row["info"]["workflowType"]["name"],
                str(row["info"].get("paused", False)).lower(),
                row["info"].get("notes", ""),
            ]
            for row in rows
        ],
    )


def schedule(job: Job, ident: str, whole: dict[str, Any]) -> None:
    """``schedule describe``."""
    state, info = whole["schedule"]["state"], whole["info"]
    _fields(
        job,
        {
            "ScheduleId": ident,
            "Paused": str(state.get("paused", False)).lower(),
            "Notes": state.get("notes", ""),
            "NextRunTime": info["futureActionTimes"][0],
            "LastRunTime": (info.get("recentActions") or [{}])[-1].get("actualTime", ""),
        },
    )


def queue(job: Job, found: dict[str, Any]) -> None:
    """``task-queue describe``."""
    job.say("Task Queue Statistics:")
    keys = ("buildId", "taskQueueType", "approximateBacklogCount", "approximateBacklogAge")
    heads = ["BuildID", "TaskQueueType", "ApproximateBacklogCount", "ApproximateBacklogAge"]
    _table(job, heads, [[str(row[key]) for key in keys] for row in found["stats"]])
    job.say("Pollers:")
    told = ("buildId", "taskQueueType", "identity", "lastAccessTime", "ratePerSecond")
    heads = ["BuildID", "TaskQueueType", "Identity", "LastAccessTime", "RatePerSecond"]
    _table(job, heads, [[str(row[key]) for key in told] for row in found["pollers"] or []])
