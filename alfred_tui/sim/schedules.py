"""Schedules and running workflows of a simulated tenant (runbook.md 14, tenant-api.md 6)."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

INTERVALS = {
    "al-event-processor": ("EventProcessorWorkflow", 900),
    "al-session-tracker": ("SessionTrackerWorkflow", 900),
    "al-learning": ("LearningWorkflow", 900),
    "al-judgment": ("JudgmentWorkflow", 900),
    "al-task-runner": ("TaskRunnerWorkflow", 900),
    "al-hourly-enrichment": ("HourlyEnrichmentWorkflow", 3600),
    "al-omi-processor": ("OmiAudioProcessorWorkflow", 600),
    "al-composio-reconnect-cleanup": ("ComposioReconnectCleanupWorkflow", 900),
    "al-signal-extract": ("SignalExtractWorkflow", 300),
    "al-stream-pull-composio-composio-gmail-gmail": ("StreamPullerWorkflow", 300),
}
PLANE = {
    "al-plane-sync": ("PlaneSyncWorkflow", 15),
    "al-plane-reverse-sync": ("PlaneReverseSyncWorkflow", 10),
    "al-plane-reconciliation": ("PlaneReconciliationWorkflow", 3600),
}
DAILY = {
    "al-reflection": ("ReflectionWorkflow", 2),
    "al-nightly-maintenance": ("NightlyMaintenanceWorkflow", 3),
    "al-fleet-audit": ("FleetAuditWorkflow", 2),
    "al-daily-digest": ("DailyDigestWorkflow", 18),
    "chore-daily-brief": ("DailyBriefWorkflow", 6),
}
PREFIX = "WORKFLOW_EXECUTION_STATUS_"


def stamp(moment: datetime, digits: int = 0) -> str:
    """RFC 3339 with ``Z`` and ``digits`` fraction digits (0, 6 or 9)."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    if digits:
        text += "." + f"{moment.microsecond:06d}".ljust(9, "7")[:digits]
    return text + "Z"


def listing(
    at: datetime,
    *,
    plane: bool,
    paused: dict[str, str],
    missing: set[str],
    held_since: datetime | None,
) -> list[dict[str, Any]]:
    """The bare array of ``GET /schedules``; defaults are absent, ``paused`` only when true.

    ``held_since`` is when Temporal stopped acting, ``None`` while it acts.
    """
    found = []
    acting = held_since or at
    for name, (kind, seconds) in {**INTERVALS, **(PLANE if plane else {})}.items():
        if name in missing:
            continue
        info: dict[str, Any] = {
            "spec": {"interval": [{"interval": f"{seconds}s"}]},
            "workflowType": {"name": kind},
        }
        last = _floor(acting, seconds)
        if name in paused:
            info |= {"notes": paused[name], "paused": True}
            last = _floor(acting - timedelta(hours=2), seconds)
        info["recentActions"] = [_action(name, last)]
        first = _floor(at, seconds)
        info["futureActionTimes"] = [
            stamp(first + timedelta(seconds=seconds * n)) for n in range(1, 6)
        ]
        found.append({"scheduleId": name, "info": info})
    for name, (kind, hour) in DAILY.items():
        if name in missing:
            continue
        info = {"spec": {"structuredCalendar": [_calendar(hour)]}, "workflowType": {"name": kind}}
        if name in paused:
            info |= {"notes": paused[name], "paused": True}
        first = at.replace(hour=hour, minute=0, second=0, microsecond=0)
        first += timedelta(days=0 if first > at else 1)
        info["futureActionTimes"] = [stamp(first + timedelta(days=n)) for n in range(5)]
        found.append({"scheduleId": name, "info": info})
    return found


def _floor(at: datetime, seconds: int) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(seconds=(at - day).total_seconds() // seconds * seconds)


def _action(name: str, when: datetime) -> dict[str, Any]:
    run = name.removeprefix("al-")
    return {
        "scheduleTime": stamp(when),
        "actualTime": stamp(when + timedelta(microseconds=85_965), 9),
        "startWorkflowResult": {
            "workflowId": f"{run}-{stamp(when)}",
            "runId": f"{abs(hash_of(run, stamp(when))):032x}"[:36],
        },
        "startWorkflowStatus": PREFIX + "COMPLETED",
    }


def hash_of(*words: str) -> int:
    """A number out of words that is the same in every process."""
    value = 1469598103934665603
    for byte in "|".join(words).encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def _calendar(hour: int) -> dict[str, Any]:
    return {
        "second": [{"step": 1}],
        "minute": [{"step": 1}],
        "hour": [{"start": hour, "end": hour, "step": 1}],
        "dayOfMonth": [{"start": 1, "end": 31, "step": 1}],
        "month": [{"start": 1, "end": 12, "step": 1}],
        "dayOfWeek": [{"end": 6, "step": 1}],
    }


def _payload(value: Any, kind: str) -> dict[str, Any]:
    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    return {
        "metadata": {"encoding": encoded("json/plain"), "type": encoded(kind)},
        "data": encoded(json.dumps(value)),
    }


def workflow(name: str, kind: str, started: datetime, schedule: str | None) -> dict[str, Any]:
    """A running row of ``GET /workflows`` (tenant-api.md 6.1): no close time, no counters."""
    run_id = f"{hash_of(name):016x}-run"
    row: dict[str, Any] = {
        "execution": {"workflowId": name, "runId": run_id},
        "type": {"name": kind},
        "startTime": stamp(started, 6),
        "status": PREFIX + "RUNNING",
        "executionTime": stamp(started, 6),
        "memo": {},
        "taskQueue": "alfred-learn",
        "rootExecution": {"workflowId": name, "runId": run_id},
    }
    if schedule:
        row["searchAttributes"] = {
            "indexedFields": {
                "TemporalScheduledById": _payload(schedule, "Keyword"),
                "TemporalScheduledStartTime": _payload(stamp(started), "Datetime"),
            }
        }
    return row
