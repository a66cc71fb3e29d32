"""Workflow executions as the Temporal CLI lists and describes them (6.1)."""

from __future__ import annotations

import base64
import json
from math import log2
from typing import Any

from alfred_tui.sim import history
from alfred_tui.sim.clock import run_id
from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.temporal import QUEUE, Run, Scene, all_runs

PREFIX = "WORKFLOW_EXECUTION_STATUS_"
NO_MOMENT = "0001-01-01T00:00:00Z"
RETRIES = {"initialInterval": "20s", "backoffCoefficient": 2, "maximumInterval": "2000s"}


def listed(scene: Scene, status: str = "") -> list[dict[str, Any]]:
    """The rows of ``GET /workflows``: running ones first, then closed ones, the newest first.

    ``status`` (upper case, without prefix) leaves the others out.
    """
    found = [run for run in all_runs(scene) if status in ("", run.status)]
    running = sorted((run for run in found if run.closed is None), key=lambda run: -run.due)
    closed = [run for run in found if run.closed is not None]
    closed.sort(key=lambda run: -(run.closed or 0.0))
    return [_row(scene, run) for run in [*running, *closed]]


def _row(scene: Scene, run: Run) -> dict[str, Any]:
    began = scene.shown(run.began, 6)
    row: dict[str, Any] = {
        "execution": run.ids(scene.person),
        "type": {"name": run.type},
        "startTime": began,
        "status": PREFIX + run.status,
        "executionTime": began,
        "memo": {},
        "taskQueue": QUEUE,
        "rootExecution": run.ids(scene.person),
    }
    if run.schedule:
        row["searchAttributes"] = {"indexedFields": _attributes(scene, run)}
    if run.closed is not None:
        row |= {"closeTime": scene.shown(run.closed, 6)} | _measures(scene, run)
        row["executionDuration"] = _lasted(run, run.closed)
    return row


def _attributes(scene: Scene, run: Run) -> dict[str, Any]:
    """Search attributes; who has worked on a run is told once somebody has."""
    made = {}
    if not run.waits:
        builds = ["unversioned", f"unversioned:{build_of(run)}"]
        made["BuildIds"] = _payload(builds, "KeywordList")
    if run.schedule:
        made["TemporalScheduledById"] = _payload(run.schedule, "Keyword")
        made["TemporalScheduledStartTime"] = _payload(scene.shown(run.due), "Datetime")
    return made


def build_of(run: Run) -> str:
    """The build of the worker's code for a type."""
    return f"{roll(run.type):032x}"


def _payload(value: Any, kind: str) -> dict[str, Any]:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    metadata = {"encoding": encoded("json/plain"), "type": encoded(kind)}
    return {"metadata": metadata, "data": encoded(json.dumps(value, separators=(",", ":")))}


def _lasted(run: Run, closed: float) -> str:
    return f"{closed - run.began:.9f}s"


def _measures(scene: Scene, run: Run) -> dict[str, str]:
    length = history.length(run)
    return {
        "historyLength": str(length),
        "stateTransitionCount": str(length * 2 // 3 + attempts(scene, run)),
        "historySizeBytes": str(120 * length - 13),
    }


def attempts(scene: Scene, run: Run) -> int:
    """How often the same task was tried by now: quickly at first, then every ten minutes."""
    if not run.trouble:
        return 1
    age = (scene.t if run.closed is None else run.closed) - run.began
    return 2 + int(log2(1 + min(age, 512.0))) + int(age // 600)


def described(scene: Scene, run: Run) -> dict[str, Any]:
    """The object of ``GET /workflows/{id}``: what a list leaves out, and what is pending."""
    began = scene.shown(run.began, 9)
    kind = {"name": QUEUE, "kind": "TASK_QUEUE_KIND_NORMAL"}
    whole: dict[str, Any] = {
        "executionConfig": {"taskQueue": kind, "defaultWorkflowTaskTimeout": "10s"},
        "workflowExecutionInfo": _info(scene, run),
        "workflowExtendedInfo": {
            "runExpirationTime": NO_MOMENT,
            **({"cancelRequested": True} if run.cancelled is not None else {}),
            "originalStartTime": began,
            "requestIdInfos": {
                run_id("request", run.workflow_id): {
                    "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
                    "eventId": "1",
                }
            },
        },
    }
    return whole | _pending(scene, run) | _closing(scene, run)


def _info(scene: Scene, run: Run) -> dict[str, Any]:
    ids = run.ids(scene.person)
    began = scene.shown(run.began, 9)
    fields = _attributes(scene, run)
    info: dict[str, Any] = {
        "execution": ids,
        "type": {"name": run.type},
        "startTime": began,
        "status": PREFIX + run.status,
        "executionTime": began,
        "memo": {},
        "searchAttributes": {"indexedFields": fields} if fields else {},
        "autoResetPoints": {},
        "taskQueue": QUEUE,
        "rootExecution": ids,
        "firstRunId": ids["runId"],
        "priority": {},
    }
    if not run.waits:
        build = build_of(run)
        point = {
            "buildId": build,
            "runId": ids["runId"],
            "firstWorkflowTaskCompletedId": "4",
            "createTime": scene.shown(run.began + history.TAKEN_UP, 9),
            "resettable": True,
        }
        info["autoResetPoints"] = {"points": [point]}
        info["mostRecentWorkerVersionStamp"] = {"buildId": build}
    if run.closed is not None:
        info["closeTime"] = scene.shown(run.closed, 9)
        info["executionDuration"] = _lasted(run, run.closed)
    return info | _measures(scene, run)


def _closing(scene: Scene, run: Run) -> dict[str, Any]:
    """What the CLI adds for a closed workflow, payloads in their short form."""
    if run.closed is None:
        return {}
    event = history.of(scene, run)[-1]
    if run.status != "COMPLETED":
        return {"closeEvent": event}
    key = "workflowExecutionCompletedEventAttributes"
    short = event[key] | {"result": [history.RESULT]}
    return {"closeEvent": event | {key: short}, "result": history.RESULT}


def _pending(scene: Scene, run: Run) -> dict[str, Any]:
    if run.waits or run.trouble == "nondeterminism":
        return {"pendingWorkflowTask": _pending_task(scene, run)} if run.closed is None else {}
    if run.status == "COMPLETED":
        return {}
    # a terminated run still carries what was pending
    return {"pendingActivities": [_pending_activity(scene, run)]}


def _pending_task(scene: Scene, run: Run) -> dict[str, Any]:
    if run.waits:
        when = scene.shown(run.began + 0.0001, 9)
        task: dict[str, Any] = {"scheduledTime": when, "originalScheduledTime": when}
        return {"state": "PENDING_WORKFLOW_TASK_STATE_SCHEDULED", **task, "attempt": 1}
    tried = scene.t - scene.t % 10
    task = {
        "scheduledTime": scene.shown(tried, 9),
        "originalScheduledTime": scene.shown(tried, 9),
        "attempt": attempts(scene, run),
    }
    if scene.worker is None:
        return {"state": "PENDING_WORKFLOW_TASK_STATE_SCHEDULED", **task}
    started = {"startedTime": scene.shown(tried + 0.005, 9)}
    return {"state": "PENDING_WORKFLOW_TASK_STATE_STARTED", **task, **started}


def _pending_activity(scene: Scene, run: Run) -> dict[str, Any]:
    begun = run.began + history.TAKEN_UP
    activity: dict[str, Any] = {
        "activityId": "1",
        "activityType": {"name": history.activity_of(run)},
        "attempt": attempts(scene, run),
        "scheduledTime": scene.shown(begun, 9),
        "lastWorkerIdentity": history.worker(scene),
        "priority": {},
        "activityOptions": {
            "taskQueue": {"name": QUEUE, "normalName": QUEUE},
            "scheduleToCloseTimeout": "0s",
            "scheduleToStartTimeout": "0s",
            "startToCloseTimeout": "7200s",
            "heartbeatTimeout": "0s",
            "retryPolicy": RETRIES,
        },
    }
    if run.trouble != "activity" or run.status == "CANCELED":
        what = "CANCEL_REQUESTED" if run.status == "CANCELED" else "STARTED"
        state = f"PENDING_ACTIVITY_STATE_{what}"
        return activity | {"state": state, "lastStartedTime": scene.shown(begun + 0.02, 9)}
    last = max(begun, scene.t - scene.t % 160)
    return activity | {
        "state": "PENDING_ACTIVITY_STATE_SCHEDULED",
        "scheduledTime": scene.shown(last + 160, 9),
        "lastFailure": _size_failure(),
        "currentRetryInterval": "160.000006440s",
        "lastAttemptCompleteTime": scene.shown(last, 9),
        "nextAttemptScheduleTime": scene.shown(last + 160, 9),
    }


def _size_failure() -> dict[str, Any]:
    line = f'  File "/app/src/activities/{hexes(6, "module")}.py", line 10, in pull\n'
    return {
        "message": "Complete result exceeds size limit: 13.2 MB",
        "stackTrace": line,
        "applicationFailureInfo": {"type": "PayloadTooLarge"},
    }
