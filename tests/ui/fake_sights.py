"""Closer looks without a tenant: invented lists; ``troubles`` says which look fails, and how."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alfred_tui.model.facts import (
    Container,
    Containers,
    Poller,
    Queue,
    Schedule,
    Schedules,
    Uptime,
    Workflow,
    Workflows,
)
from alfred_tui.model.host import Entry, Host, Missing, Mount, Timer, Unit, Usage
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.paused import Paused
from alfred_tui.model.told import Told
from alfred_tui.ops.operation import Unseen

if TYPE_CHECKING:
    from tests.ui.fake_engine import FakeEngine

LIMIT = 3600.0


def container(service: str, up: float, state: str = "running", health: str = "") -> Container:
    from tests.ui.fake_engine import NOW

    image = f"registry.example/alfred/{service}:latest"
    status = f"Up {int(up // 86400)} days" if up >= 86400 else f"Up {int(up // 60)} minutes"
    return Container(
        service,
        state,
        health,
        f"{status} ({health})" if health else status,
        Uptime(up, up),
        NOW - timedelta(seconds=up),
        f"c{abs(hash(service)) % 10**6:06d}",
        image,
        f"sha256:{service.encode().hex():0<16}",
    )


CONTAINERS = Containers(
    (
        container("openclaw", 12 * 86400, health="healthy"),
        container("ctrl-api", 12 * 86400),
        container("temporal", 12 * 86400, health="healthy"),
        container("alfred-learn", 4 * 60),
        container("vaultwarden", 3 * 60, health="unhealthy"),
        container("caddy", 41 * 86400),
        container("plane-api", 20, state="restarting"),
    )
)


def schedules() -> Schedules:
    from tests.ui.fake_engine import NOW, ago

    soon = NOW + timedelta(minutes=4)
    return Schedules(
        (
            Schedule("al-learning", "LearningWorkflow", interval=3600.0, next_times=(soon,),
                     last_action=ago(3360), cadence="every 1 h"),
            Schedule("al-plane-sync", "PlaneSyncWorkflow", True, "moving house", 15.0,
                     last_action=ago(7200), cadence="every 15 s"),
            Schedule("al-judgment", "JudgmentWorkflow", note="made by the registrar",
                     next_times=(NOW + timedelta(seconds=40),), last_action=ago(20),
                     cadence="every 1 min", interval=60.0),
            Schedule("chore-weekly-review", "WeeklyReviewWorkflow", True, "paused for maintenance",
                     cadence="Mon 09:00 Europe/Budapest"),
            Schedule("al-fleet-audit", "FleetAuditWorkflow", cadence="daily 02:00",
                     next_times=(NOW + timedelta(hours=14),), last_action=ago(36000)),
        )
    )  # fmt: skip


def workflows() -> Workflows:
    from tests.ui.fake_engine import ago

    return Workflows(
        (
            Workflow("al-learning-run-2026-06-01T09:00:00Z", "0197a0c4-aaaa", "LearningWorkflow",
                     ago(11_000), "al-learning", "alfred-learn"),
            Workflow("al-plane-sync-run-2026-06-01T12:04:15Z", "0197a0c4-bbbb",
                     "PlaneSyncWorkflow", ago(16), "al-plane-sync", "alfred-learn"),
            Workflow("task-runner-7", "0197a0c4-cccc", "TaskRunnerWorkflow", ago(3 * 86400),
                     None, "alfred-learn"),
        )
    )  # fmt: skip


def host() -> Host:
    from tests.ui.fake_engine import NOW, ago

    return Host(
        41 * 86400.0,
        (0.42, 0.6, 0.71),
        (7_800_000_000, 16_000_000_000),
        (
            Usage("openclaw", 34.2, 2_100_000_000, 13.1, 96),
            Usage("temporal", 4.1, 310_000_000, 1.9, 14),
            Usage("alfred-learn", 0.6, 240_000_000, 1.5, 9),
        ),
        (
            Timer("alfred-update.timer", "alfred-update.service", NOW + timedelta(minutes=6),
                  ago(540)),
            Timer("alfred-backup.timer", "alfred-backup.service", NOW + timedelta(hours=15),
                  ago(32400)),
        ),
        (
            Unit("alfred-backup.service", "failed", "failed", "exit-code", "nightly backup"),
            Unit("docker.service", "active", "running", "success", "Docker engine"),
        ),
        (
            Mount("/mnt/encrypted", "/dev/mapper/alfred", "ext4", 80_000_000_000, 74_400_000_000),
            Mount("/", "/dev/sda1", "ext4", 40_000_000_000, 17_200_000_000),
        ),
        (
            Entry(ago(600), "alfred-backup.service", "restic: wrong password or no key found", 3),
            Entry(ago(540), "alfred-update.service", "Pulled 0 images", 6),
        ),
        (Missing("swap", "no such file"),),
    )  # fmt: skip


class FakeSights:
    """``known`` are looks that the fleet has taken already, of all tenants; ``of`` of one.

    ``failed`` and ``failed_of`` are newer ones that failed. ``held`` makes every look wait.
    """

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self.answers: dict[str, Any] = {
            "containers": CONTAINERS,
            "schedules": schedules(),
            "workflows": workflows(),
            "pollers": Queue((Poller("workflow", "1@worker", engine.now()),)),
            "host": host(),
        }
        self.known: dict[Look, Observation] = {}
        self.of: dict[tuple[str, Look], Observation | None] = {}
        self.failed: dict[Look, Failure] = {}
        self.failed_of: dict[tuple[str, Look], Failure] = {}
        self.troubles: dict[str, str] = {}
        self.kinds: dict[str, FailureKind] = {}
        self.ours: list[Paused] = []
        self.ahead: dict[str, timedelta] = {}
        self.instead = ""
        self.held = False
        self.asked: list[str] = []

    def last(self, tenant: str, look: Look) -> Observation | None:
        return self.of.get((tenant, look), self.known.get(look))

    def theirs(self, tenant: str) -> datetime:
        return self._engine.now() + self.ahead.get(tenant, timedelta())

    def tried(self, tenant: str, look: Look) -> Observation | None:
        failure = self.failed_of.get((tenant, look), self.failed.get(look))
        if failure is None:
            return self.last(tenant, look)
        return Observation(tenant, look, self._engine.now(), 0.1, Door.API, failure=failure)

    def allowance(self, tenant: str, workflow_type: str) -> float | None:
        return None if workflow_type.startswith("TaskRunner") else LIMIT

    def paused(self, tenant: str) -> Sequence[Paused]:
        return [each for each in self.ours if each.tenant == tenant]

    async def _see(self, tenant: str, what: str, door: Door = Door.API) -> Told[Any]:
        self.asked.append(f"{what} of {tenant}")
        if self.held:
            await asyncio.Event().wait()
        if what in self.troubles:
            seen = "the host cannot be looked at"
            if what != "host":
                seen = f"the {what} of {tenant} cannot be listed"
            raise Unseen(f"{seen}: {self.troubles[what]}", self.kinds.get(what))
        if self.instead and door is Door.API:
            return Told(self.answers[what], Door.SSH, self._engine.now(), self.instead)
        return Told(self.answers[what], door, self._engine.now())

    async def containers(self, tenant: str) -> Told[Containers]:
        return await self._see(tenant, "containers")

    async def schedules(self, tenant: str) -> Told[Schedules]:
        return await self._see(tenant, "schedules")

    async def workflows(self, tenant: str) -> Told[Workflows]:
        return await self._see(tenant, "workflows")

    async def pollers(self, tenant: str) -> Told[Queue]:
        return await self._see(tenant, "pollers")

    async def host(self, tenant: str) -> Told[Host]:
        return await self._see(tenant, "host", Door.SSH)

    def fails(self, look: Look, what: str, kind: FailureKind, text: str) -> None:
        """This look fails from now on."""
        self.failed[look] = Failure(kind, text)
        self.troubles[what], self.kinds[what] = text, kind


class FakeWays:
    """Ways that lead nowhere: ``words`` is what would be run."""

    def __init__(self) -> None:
        self.words: Sequence[str] = ("true",)
        self.asked: list[tuple[str, ...]] = []

    async def way_in(self, tenant: str) -> Sequence[str]:
        self.asked.append(("way_in", tenant))
        return self.words

    async def repin(self, tenant: str, fingerprint: str) -> None:
        self.asked.append(("repin", tenant, fingerprint))

    async def allow(self, tenant: str) -> None:
        self.asked.append(("allow", tenant))
