"""A worker on the learning queue, in a process of its own: ``worker.py ADDRESS IDENTITY OLD|NEW``.

The new code of the drifting workflow does another thing first than the old one did. Prints one line
when it polls; ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

QUEUE = "alfred-learn"


@activity.defn
async def nothing() -> None:
    """Only so that there are pollers of activities, too."""


@workflow.defn(name="PlaneSyncWorkflow")
class PlaneSync:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))


@workflow.defn(name="LearningWorkflow")
class Learning:
    """Never ends."""

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)


class _Waits:
    def __init__(self) -> None:
        self.gone_on = False


@workflow.defn(name="DriftWorkflow")
class OldDrift(_Waits):
    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(timedelta(hours=1))

    @workflow.signal
    def go_on(self) -> None:
        self.gone_on = True


@workflow.defn(name="DriftWorkflow")
class NewDrift(_Waits):
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))

    @workflow.signal
    def go_on(self) -> None:
        self.gone_on = True


async def main(address: str, identity: str, version: str) -> None:
    client = await Client.connect(address)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    drift = OldDrift if version == "OLD" else NewDrift
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[PlaneSync, Learning, drift],
        activities=[nothing],
        identity=identity,
        # every task replays the history: so no worker is needed that has it in memory
        max_cached_workflows=0,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        print("polls", flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
