"""A tenant whose Temporal is real: schedules, one paused, one stuck, one drifted, a dead poller.

Its ctrl-api and its sshd both reach that Temporal by its own command, as a tenant's do.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
)

from alfred_tui.model.tenant import Secret, Tenant
from tests.support import sshd
from tests.support.ctrl_api import KEY, CtrlApi, ctrl_api
from tests.support.temporal import COMMAND, Temporal, temporal_server

ROOT = Path(__file__).parents[2]
QUEUE = "alfred-learn"
OLD, NEW = "1@old-worker", "1@new-worker"
PATIENCE = 60.0
NOTE = "paused for maintenance"

_DOCKER = """#!/bin/sh
[ "$1 $2 $3 $4 $5 $6 $7" = \\
  "compose -f /opt/alfred/compose/docker-compose.yaml exec -T temporal temporal" ] || {{
  echo "this tenant has no docker but Temporal's: $*" >&2; exit 64; }}
shift 7
exec {temporal} --address {address} "$@"
"""


class World(NamedTuple):
    """The tenant, and what is behind it."""

    tenant: Tenant
    temporal: Temporal
    api: CtrlApi
    ssh: sshd.Sshd

    def paused(self, schedule: str) -> bool:
        """What Temporal itself says."""
        text = self.temporal.said("schedule", "describe", "-s", schedule, "-o", "json")
        return bool(json.loads(text)["schedule"].get("state", {}).get("paused"))

    def runs(self, query: str) -> list[dict[str, Any]]:
        """Executions as listed."""
        listed = self.temporal.said("workflow", "list", "--query", query, "-o", "json")
        return list(json.loads(listed))


def until(holds: Callable[[], bool], what: str) -> None:
    """Ask again and again, until patience ends."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"never came: {what}"


@contextmanager
def worker(address: str, identity: str, version: str) -> Iterator[None]:
    """It polls as long as the block lasts."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.temporal.worker", address, identity, version],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "polls\n"
        yield
    finally:
        child.terminate()
        child.wait(PATIENCE)
        child.stdout.close()


async def _fill(address: str) -> None:
    client = await Client.connect(address)

    def starts(kind: str, name: str) -> ScheduleActionStartWorkflow:
        return ScheduleActionStartWorkflow(kind, id=f"{name}-run", task_queue=QUEUE)

    hourly = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))])
    mondays = ScheduleSpec(
        calendars=[
            ScheduleCalendarSpec(
                hour=[ScheduleRange(9)], minute=[ScheduleRange(0)], day_of_week=[ScheduleRange(1)]
            )
        ],
        time_zone_name="Europe/Budapest",
    )
    for name, kind, spec, state in (
        ("al-plane-sync", "PlaneSyncWorkflow", hourly, ScheduleState()),
        ("al-learning", "LearningWorkflow", hourly, ScheduleState(note="a note is no pause")),
        ("al-drift", "DriftWorkflow", hourly, ScheduleState()),
        ("chore-weekly", "PlaneSyncWorkflow", mondays, ScheduleState(note=NOTE, paused=True)),
    ):
        await client.create_schedule(
            name, Schedule(action=starts(kind, name), spec=spec, state=state)
        )
    for name in ("al-plane-sync", "al-learning", "al-drift"):
        await client.get_schedule_handle(name).trigger()


def history(server: Temporal, workflow: str) -> str:
    """Every event, as JSON."""
    return server.said("workflow", "show", "-w", workflow, "-o", "json")


def _worked(server: Temporal, kind: str) -> str:
    """A running workflow of this type whose first task a worker has done; its id."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        listed = json.loads(
            server.said(
                *("workflow", "list", "-o", "json", "--query"),
                f'WorkflowType="{kind}" AND ExecutionStatus="Running"',
            )
        )
        for each in listed:
            name = str(each["execution"]["workflowId"])
            if "EVENT_TYPE_WORKFLOW_TASK_COMPLETED" in history(server, name):
                return name
    raise AssertionError(f"never came: a {kind} that a worker took up")


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """All of it, running."""
    sshd.needs_sshd()
    with temporal_server(folder) as server:
        with worker(server.address, OLD, "OLD"):
            asyncio.run(_fill(server.address))
            drifted = _worked(server, "DriftWorkflow")
            _worked(server, "LearningWorkflow")
        with worker(server.address, NEW, "NEW"):
            server.said("workflow", "signal", "-w", drifted, "--name", "go_on")
            until(
                lambda: "NON_DETERMINISTIC" in history(server, drifted),
                "the drifted workflow's failure",
            )
            with _doors(folder, server) as found:
                yield found


@contextmanager
def _doors(folder: Path, server: Temporal) -> Iterator[World]:
    assert COMMAND is not None
    tools = folder / "tools"
    tools.mkdir(mode=0o755)
    parts = Path(COMMAND).resolve().parent
    with (
        ctrl_api(temporal=server.words) as api,
        sshd.running(
            folder,
            rooms={"tools": tools, "parts": parts},
            environment=lambda found: {"PATH": f"{found.place('tools')}:/usr/bin:/bin"},
        ) as ssh,
    ):
        docker = tools / "docker"
        temporal = f"{ssh.place('parts')}/{Path(COMMAND).name}"
        docker.write_text(_DOCKER.format(temporal=temporal, address=server.address))
        docker.chmod(0o755)
        tenant = msgspec.structs.replace(ssh.tenant(), api_url=api.url, api_key=Secret(KEY))
        yield World(tenant, server, api, ssh)
