"""What happened in a workflow run, event by event, as the Temporal CLI prints it (6.1)."""

from __future__ import annotations

import base64
import json
from typing import Any

from alfred_tui.sim.clock import run_id
from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.temporal import QUEUE, Run, Scene

TAKEN_UP = 0.12
"""Seconds after its start at which a worker has taken a run up."""
RESULT = {"ok": True, "items": 3}
TASK_QUEUE = {"name": QUEUE, "kind": "TASK_QUEUE_KIND_NORMAL"}
CLASH = (
    "[TMPRL1100] Nondeterminism error: Timer machine does not handle this event: "
    "HistoryEvent(id: 5, ActivityTaskScheduled)"
)
ACTIVITIES = {"StreamPullerWorkflow": "composio_pull", "TaskRunnerWorkflow": "execute_task"}


def activity_of(run: Run) -> str:
    """The activity that a type of workflow begins with."""
    return ACTIVITIES.get(run.type, "llm_call")


def worker(scene: Scene) -> str:
    """Who works, or worked last."""
    dead = scene.dead[-1].identity if scene.dead else f"1@{hexes(12, scene.person.key, 'worker')}"
    return scene.worker or dead


class Tape:
    """Events in their order; each has one object of attributes, named after its type."""

    def __init__(self, scene: Scene, run: Run) -> None:
        self.scene, self.run = scene, run
        self.events: list[dict[str, Any]] = []
        self._task = 1_048_576 + roll(run.workflow_id) % 100_000 * 16

    def add(self, name: str, t: float, **attributes: Any) -> str:
        """Write an event down; its id."""
        number = str(len(self.events) + 1)
        words = name.lower().split("_")
        key = words[0] + "".join(word.title() for word in words[1:]) + "EventAttributes"
        event = {
            "eventId": number,
            "eventTime": self.scene.shown(t, 9),
            "eventType": f"EVENT_TYPE_{name}",
            "taskId": str(self._task + len(self.events)),
            key: attributes,
        }
        self.events.append(event)
        return number

    def scheduled(self, t: float) -> str:
        """A workflow task waits for a worker."""
        kind = "WORKFLOW_TASK_SCHEDULED"
        return self.add(kind, t, taskQueue=TASK_QUEUE, startToCloseTimeout="10s", attempt=1)

    def taken(self, t: float, scheduled: str) -> str:
        """A worker takes a workflow task."""
        return self.add(
            "WORKFLOW_TASK_STARTED",
            t,
            scheduledEventId=scheduled,
            identity=worker(self.scene),
            requestId=run_id("task", self.run.workflow_id, scheduled),
            historySizeBytes=str(110 * len(self.events) + 57),
            workerVersion=self._version(),
        )

    def done(self, t: float, scheduled: str, started: str, sdk: dict[str, Any]) -> str:
        """A worker has done a workflow task."""
        return self.add(
            "WORKFLOW_TASK_COMPLETED",
            t,
            scheduledEventId=scheduled,
            startedEventId=started,
            identity=worker(self.scene),
            workerVersion=self._version(),
            sdkMetadata=sdk,
            meteringMetadata={},
        )

    def _version(self) -> dict[str, str]:
        return {"buildId": f"{roll(self.run.type):032x}"}

    def activity(self, t: float, decided: str) -> str:
        """An activity waits for a worker."""
        return self.add(
            "ACTIVITY_TASK_SCHEDULED",
            t,
            activityId="1",
            activityType={"name": activity_of(self.run)},
            taskQueue=TASK_QUEUE,
            header={},
            input=payloads(1),
            scheduleToCloseTimeout="0s",
            scheduleToStartTimeout="0s",
            startToCloseTimeout="7200s",
            heartbeatTimeout="0s",
            workflowTaskCompletedEventId=decided,
            retryPolicy={
                "initialInterval": "1s",
                "backoffCoefficient": 2,
                "maximumInterval": "100s",
            },
            useWorkflowBuildId=True,
            priority={},
        )


def payloads(*values: Any) -> dict[str, Any]:
    """Values in the long form that histories have."""
    encoding = base64.b64encode(b"json/plain").decode()
    return {
        "payloads": [
            {
                "metadata": {"encoding": encoding},
                "data": base64.b64encode(
                    json.dumps(value, separators=(",", ":")).encode()
                ).decode(),
            }
            for value in values
        ]
    }


def length(run: Run) -> int:
    """How many events :func:`of` gives, without writing them down."""
    if run.status == "COMPLETED":
        return 11
    before = 2 if run.waits else 10 if run.trouble == "nondeterminism" else 5
    if run.status == "CANCELED":
        return before + 6
    return before + (run.cancelled is not None) + (run.closed is not None)


def of(scene: Scene, run: Run) -> list[dict[str, Any]]:
    """The events of a run up to now."""
    tape, t = Tape(scene, run), run.began
    _begin(tape, t)
    waiting = tape.scheduled(t + 0.0001)
    if not run.waits:
        end = run.closed if run.closed is not None else scene.t
        first = tape.done(
            t + TAKEN_UP - 0.0001,
            waiting,
            tape.taken(t + 0.06, waiting),
            {"coreUsedFlags": [1, 2, 3, 4], "sdkName": "temporal-python", "sdkVersion": "1.35.0"},
        )
        pending = tape.activity(t + TAKEN_UP, first)
        if run.status == "COMPLETED":
            _complete(tape, pending, end)
        elif run.trouble == "nondeterminism":
            _clash(tape, pending, t + 0.4)
    if run.cancelled is not None and run.status != "COMPLETED":
        _cancel(tape, run.cancelled)
    if run.status == "TERMINATED":
        # the CLI's own words; the reason that an operator gives is in ``details``
        tape.add(
            "WORKFLOW_EXECUTION_TERMINATED",
            run.closed or t,
            reason="terminated by user via frontend",
            details=[scene.reasons.get(run.workflow_id) or "operator: restart stuck workflow"],
            identity="temporal-cli:root@ctrl-api",
        )
    return tape.events


def _begin(tape: Tape, t: float) -> None:
    run = tape.run
    own = run.ids(tape.scene.person)["runId"]
    tape.add(
        "WORKFLOW_EXECUTION_STARTED",
        t,
        workflowType={"name": run.type},
        taskQueue=TASK_QUEUE,
        workflowTaskTimeout="10s",
        originalExecutionRunId=own,
        identity="temporal-scheduler" if run.schedule else "ctrl-api",
        firstExecutionRunId=own,
        attempt=1,
        firstWorkflowTaskBackoff="0s",
        workflowId=run.workflow_id,
        priority={},
    )


def _cancel(tape: Tape, asked: float) -> None:
    """Somebody asked for its end; when a worker heard it, it came."""
    kind = "WORKFLOW_EXECUTION_CANCEL_REQUESTED"
    tape.add(kind, asked, identity="temporal-cli:root@ctrl-api")
    if tape.run.status != "CANCELED" or tape.run.closed is None:
        return
    end = tape.run.closed
    waiting = tape.scheduled(asked + 0.0001)
    decided = tape.done(end - 0.001, waiting, tape.taken(end - 0.01, waiting), {})
    kind = "ACTIVITY_TASK_CANCEL_REQUESTED"
    tape.add(kind, end - 0.0005, scheduledEventId="5", workflowTaskCompletedEventId=decided)
    tape.add("WORKFLOW_EXECUTION_CANCELED", end, workflowTaskCompletedEventId=decided)


def _worked(tape: Tape, pending: str, t: float) -> tuple[str, str]:
    """The activity is done, and the next workflow task is taken up."""
    started = tape.add(
        "ACTIVITY_TASK_STARTED",
        t - 0.07,
        scheduledEventId=pending,
        identity=worker(tape.scene),
        requestId=run_id("activity", tape.run.workflow_id),
        attempt=1,
        workerVersion={"buildId": f"{roll(tape.run.type):032x}"},
    )
    tape.add(
        "ACTIVITY_TASK_COMPLETED",
        t - 0.02,
        result=payloads("ok"),
        scheduledEventId=pending,
        startedEventId=started,
        identity=worker(tape.scene),
    )
    waiting = tape.scheduled(t - 0.0199)
    return waiting, tape.taken(t - 0.01, waiting)


def _complete(tape: Tape, pending: str, end: float) -> None:
    waiting, taken = _worked(tape, pending, end)
    last = tape.done(end - 0.0001, waiting, taken, {})
    tape.add(
        "WORKFLOW_EXECUTION_COMPLETED",
        end,
        result=payloads(RESULT),
        workflowTaskCompletedEventId=last,
    )


def _clash(tape: Tape, pending: str, t: float) -> None:
    """New code does not agree with the history: only the first failure is written down."""
    waiting, taken = _worked(tape, pending, t)
    tape.add(
        "WORKFLOW_TASK_FAILED",
        t,
        scheduledEventId=waiting,
        startedEventId=taken,
        cause="WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR",
        failure={"message": CLASH, "applicationFailureInfo": {}},
        identity=worker(tape.scene),
    )
