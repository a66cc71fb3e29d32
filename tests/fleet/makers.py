"""Observations made by hand: what a look at a tenant would bring, without a tenant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from alfred_tui.fleet.expectation import CORE
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.facts import (
    Answer,
    Banner,
    Container,
    Containers,
    Dashboard,
    Disk,
    Oddity,
    Poller,
    Queue,
    Schedule,
    Schedules,
    Scope,
    Streams,
    System,
    Uptime,
    Workers,
    Workflows,
)
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.tenant import Layout, Secret, Tenant
from alfred_tui.model.verdict import Pill, Reason

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CORE_F3 = sorted(CORE[Layout.F3])
PLATFORM = (
    "al-event-processor",
    "al-session-tracker",
    "al-learning",
    "al-judgment",
    "al-task-runner",
    "al-hourly-enrichment",
    "al-reflection",
)


def tenant(name: str = "acme", **more: Any) -> Tenant:
    more.setdefault("layout", Layout.F3)
    return Tenant(name, f"https://{name}.ts.example:3100", Secret("k"), **more)


def failure(kind: FailureKind, text: str = "", **more: Any) -> Failure:
    return Failure(kind, text or kind.value, **more)


TIMED_OUT = failure(FailureKind.TIMED_OUT)
REFUSED = failure(FailureKind.REFUSED)
EXEC = failure(FailureKind.COMMAND_FAILED, "Cannot connect to the Docker daemon", status=500)
NO_TEMPORAL = failure(FailureKind.COMMAND_FAILED, 'service "temporal" is not running', status=500)


def row(service: str, at: datetime = NOON, *, up: float = 18000.0, **more: Any) -> Container:
    """A container that is well and has been up for ``up`` seconds at ``at``."""
    more.setdefault("state", "running")
    running = more["state"] in ("running", "paused")
    more.setdefault("created_at", at - timedelta(days=3))
    more.setdefault("container_id", f"c-{service}")
    more.setdefault("image_id", f"i-{service}")
    return Container(service, up=Uptime(up, up + 1.0) if running else None, **more)


def rows(
    names: Iterable[str] = CORE_F3, *extra: Container, at: datetime = NOON, up: float = 18000.0
) -> Containers:
    replaced = {one.service for one in extra}
    plain = [row(name, at, up=up) for name in names if name not in replaced]
    return Containers((*plain, *extra))


def without(*gone: str, names: Iterable[str] = CORE_F3) -> Containers:
    return rows([name for name in names if name not in gone])


def queue(at: datetime, *, workflow: float | None = 20.0, activity: float | None = 20.0) -> Queue:
    """Pollers last seen so many seconds before ``at``; ``None`` lists none of that kind."""
    ages = {"workflow": workflow, "activity": activity}
    return Queue(
        tuple(
            Poller(kind, "1@w", at - timedelta(seconds=age))
            for kind, age in ages.items()
            if age is not None
        )
    )


def schedules(at: datetime, *extra: Schedule) -> Schedules:
    mine = {one.schedule_id for one in extra}
    plain = [schedule(name, at) for name in PLATFORM if name not in mine]
    return Schedules((*plain, *extra))


def schedule(name: str, at: datetime, **more: Any) -> Schedule:
    more.setdefault("interval", 900.0)
    more.setdefault("next_times", (at + timedelta(seconds=300),))
    more.setdefault("last_action", at - timedelta(seconds=600))
    more.setdefault("workflow_type", "Workflow-" + name)
    return Schedule(name, **more)


def host(percent: float = 40.0, scope: Scope = Scope.VOLUME, memory: float = 40.0) -> System:
    return System(86400.0, memory, Disk(percent, scope))


LOOK_OF: dict[type, Look] = {
    Containers: Look.CONTAINERS,
    Dashboard: Look.DASHBOARD,
    Queue: Look.QUEUE,
    Schedules: Look.SCHEDULES,
    Workflows: Look.WORKFLOWS,
    Streams: Look.STREAMS,
    System: Look.SYSTEM,
    Workers: Look.WORKERS,
    Banner: Look.BANNER,
}


def saw(
    answer: Answer | Failure,
    at: datetime = NOON,
    *,
    look: Look | None = None,
    name: str = "acme",
    odd: str | tuple[str, ...] = "",
    **more: Any,
) -> Observation:
    failed = isinstance(answer, Failure)
    chosen = look or (Look.CONTAINERS if failed else LOOK_OF[type(answer)])
    return Observation(
        tenant=name,
        look=chosen,
        at=at,
        took=more.pop("took", 0.05),
        door=Door.PORT22 if chosen is Look.BANNER else Door.API,
        answer=None if isinstance(answer, Failure) else answer,
        failure=answer if isinstance(answer, Failure) else None,
        oddities=tuple(
            Oddity(path, "Expected `str`, got `int`")
            for path in ((odd,) if isinstance(odd, str) else odd)
            if path
        ),
        **more,
    )


class Story:
    """One tenant, looked at again and again under a clock of its own."""

    def __init__(
        self,
        who: Tenant | None = None,
        at: datetime = NOON,
        limits: Limits | None = None,
        **more: Any,
    ) -> None:
        self.tenant = who or tenant(connect_address="127.0.0.9")
        self.at = at
        # as if a look were always under way: staleness is a story of its own
        self.state = FleetState(
            limits or Limits(), now=lambda: self.at, trying=lambda _: True, **more
        )
        self.state.add(self.tenant)

    def see(self, *answers: Answer | Failure, after: float = 10.0, **more: Any) -> Story:
        """Looks, each ``after`` seconds from the one before."""
        for answer in answers:
            self.at += timedelta(seconds=after)
            self.state.apply(saw(answer, self.at, name=self.tenant.name, **more))
        return self

    def well(self, looks: int = 2) -> Story:
        """So many good containers looks."""
        for _ in range(looks):
            self.see(rows(at=self.at + timedelta(seconds=10), up=self.up))
        return self

    @property
    def up(self) -> float:
        """Uptime of a container that never restarts."""
        return 18000.0 + (self.at - NOON).total_seconds() + 10.0

    @property
    def pill(self) -> Pill:
        return self.state.views[self.tenant.name].pill

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.state.views[self.tenant.name].reasons

    @property
    def rules(self) -> list[str]:
        return [reason.rule for reason in self.reasons]

    def reason(self, rule: str) -> Reason:
        found = [reason for reason in self.reasons if reason.rule == rule]
        assert found, f"{rule} does not fire: {self.reasons}"
        return found[0]
