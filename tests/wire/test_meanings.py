"""What each recorded or documented answer means to us; an entry without a meaning fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from alfred_tui.model import facts
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind
from alfred_tui.tenant.replies import error_of
from alfred_tui.tenant.routes import ROUTES
from alfred_tui.tenant.wire import decode, decode_stream, decode_system_disk
from tests.wire.entries import body, entry, names

MEANINGS: dict[str, Callable[[], None]] = {}


def means(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def register(check: Callable[[], None]) -> Callable[[], None]:
        MEANINGS[name] = check
        return check

    return register


def seen(look: Look, name: str) -> Any:
    answer, odd = decode(look, body(name))
    assert odd == ()
    return answer


def refusal(name: str) -> tuple[FailureKind, str]:
    failure = error_of(entry(name)["response"]["status"], body(name)).failure
    return failure.kind, failure.text


def refused(name: str, kind: FailureKind, text: str) -> None:
    @means(name)
    def check() -> None:
        got, said = refusal(name)
        assert got is kind
        assert text in said


SILENT = "Cannot connect to the Docker daemon"
STOPPED = 'service "temporal" is not running'
refused("nodocker-containers", FailureKind.COMMAND_FAILED, SILENT)
refused("nodocker-workflows", FailureKind.COMMAND_FAILED, SILENT)
refused("nobinary-containers", FailureKind.COMMAND_FAILED, "ENOENT")
refused("notemporal-task-queue", FailureKind.COMMAND_FAILED, STOPPED)
refused("notemporal-schedules", FailureKind.COMMAND_FAILED, STOPPED)
refused("notemporal-workflows", FailureKind.COMMAND_FAILED, STOPPED)
refused("workflows-bad-query", FailureKind.COMMAND_FAILED, "invalid query")
refused("temporal-just-started", FailureKind.COMMAND_FAILED, "invalid query")
refused("schedule-pause", FailureKind.COMMAND_FAILED, "unknown flag: --pause")
refused("workflow-describe-unknown", FailureKind.NOT_FOUND, "not found for ID")
refused("auth-wrong-key", FailureKind.UNAUTHORIZED, "Invalid API key")
refused("auth-missing", FailureKind.UNAUTHORIZED, "")
refused("x-tenant-id", FailureKind.SERVER_ERROR, "X-Tenant-ID")
refused("guard-ctrl-api-no-header", FailureKind.GUARD, "X-Confirm-Self-Restart")
refused("restart-learn-again", FailureKind.RATE_LIMITED, "rate limited")
refused("nodocker-restart-learn", FailureKind.SERVER_ERROR, "restart failed")
refused("stream-unknown", FailureKind.NOT_FOUND, "")
refused("system-info-hyphen", FailureKind.UNSUPPORTED, "no such route")
refused("unknown-route", FailureKind.UNSUPPORTED, "no such route")


@means("containers")
def _containers() -> None:
    rows = seen(Look.CONTAINERS, "containers").by_service
    assert len(rows) == 11
    assert rows["alfred"].health == ""
    assert rows["alfred"].up == facts.Uptime(180, 240)
    assert rows["alfred"].created_at == datetime(2026, 11, 23, 13, 10, 13, tzinfo=UTC)
    assert rows["alfred"].image_id == "9752bd7f32b4"
    assert (rows["plane-api"].state, rows["plane-api"].health) == ("running", "unhealthy")
    assert (rows["plane-worker"].state, rows["plane-worker"].up) == ("restarting", None)
    assert "init" not in rows


@means("containers-paused")
def _paused() -> None:
    rows = seen(Look.CONTAINERS, "containers-paused").rows
    paused = {row.service: row.up for row in rows if row.state == "paused"}
    assert set(paused) == {"plane-db", "temporal"}
    assert all(up is not None for up in paused.values())


@means("containers-after-stop")
def _stopped() -> None:
    assert "mcp-server" not in seen(Look.CONTAINERS, "containers-after-stop").by_service


@means("containers-after-openclaw-restart")
def _starting() -> None:
    row = seen(Look.CONTAINERS, "containers-after-openclaw-restart").by_service["openclaw"]
    assert row.health == "starting"
    assert row.up is not None
    assert row.up.high <= 60


@means("notemporal-containers")
def _without_temporal() -> None:
    rows = seen(Look.CONTAINERS, "notemporal-containers").by_service
    assert "temporal" not in rows
    assert "alfred" in rows


@means("dashboard")
def _dashboard() -> None:
    board = seen(Look.DASHBOARD, "dashboard")
    assert board.generation == "F"
    assert board.containers is not None
    assert len(board.containers.rows) == 11
    assert board.disk == facts.Disk(26, facts.Scope.CONTAINER)
    assert board.records == 298
    assert dict(board.records_by_type)["note"] > 0
    assert board.pending_devices == 1
    assert board.inbox == 1
    assert "token" not in repr(board)


@means("nodocker-dashboard")
def _silent_docker() -> None:
    board = seen(Look.DASHBOARD, "nodocker-dashboard")
    assert board.containers is None  # `health.containers` is [], which proves nothing
    assert board.pending_devices is None


@means("novault-dashboard")
def _no_vault() -> None:
    board = seen(Look.DASHBOARD, "novault-dashboard")
    assert board.records == 0
    assert board.containers is not None


@means("nobinary-dashboard")
def _no_binary() -> None:
    board = seen(Look.DASHBOARD, "nobinary-dashboard")
    assert board.containers is None
    assert not board.health_answered
    assert board.generation == "F"


@means("dashboard-h")
def _dashboard_h() -> None:
    board = seen(Look.DASHBOARD, "dashboard-h")
    assert board.generation == "H"
    assert board.disk is None
    assert [row.service for row in board.containers.rows] == ["hermes"]


@means("system-info")
def _system() -> None:
    system = seen(Look.SYSTEM, "system-info")
    assert system.uptime == 44 * 60
    assert system.disk == facts.Disk(26, facts.Scope.CONTAINER, "/")
    assert round(system.memory_percent) == 5


@means("nobinary-system-info")
def _system_unknown() -> None:
    assert seen(Look.SYSTEM, "nobinary-system-info") == facts.System()


@means("system-info-volume")
def _system_volume() -> None:
    system = seen(Look.SYSTEM, "system-info-volume")
    assert system.disk == facts.Disk(93, facts.Scope.VOLUME, "/mnt/encrypted")
    assert system.uptime == (17 * 24 + 1) * 3600
    assert system.memory_percent is None


@means("system-info-h")
def _system_h() -> None:
    assert decode_system_disk(body("system-info-h"))[0] == facts.Disk(75.0, facts.Scope.HOST)


@means("task-queue-pollers")
def _pollers() -> None:
    queue = seen(Look.QUEUE, "task-queue-pollers")
    assert {p.kind for p in queue.pollers} == {"workflow", "activity"}
    newest = max(p.last_access for p in queue.pollers)
    assert newest == datetime(2026, 11, 23, 13, 17, 11, 120123, tzinfo=UTC)
    assert queue.backlog == 0


@means("task-queue-after-restart")
def _lingering() -> None:
    assert len(seen(Look.QUEUE, "task-queue-after-restart").pollers) == 2


def _nobody(name: str) -> None:
    @means(name)
    def check() -> None:
        assert seen(Look.QUEUE, name).pollers == ()


for _name in (
    "task-queue-unknown",
    "task-queue-worker-stopped-5min",
    "task-queue-backlog-no-worker",
):
    _nobody(_name)


@means("task-queue-old-cli")
def _old_cli() -> None:
    pollers = seen(Look.QUEUE, "task-queue-old-cli").pollers
    assert pollers
    assert {poller.kind for poller in pollers} == {""}
    assert all(poller.last_access for poller in pollers)


@means("schedules")
def _schedules() -> None:
    rows = {row.schedule_id: row for row in seen(Look.SCHEDULES, "schedules").rows}
    assert len(rows) == 10
    weekly = rows["chore-weekly-review"]
    assert (weekly.paused, weekly.note) == (True, "paused for maintenance")
    assert weekly.cadence == "09:00 Mon Europe/Budapest"
    assert weekly.interval is None
    assert rows["chore-daily-brief"].cadence == "06:30 Mon-Fri"
    hourly = rows["al-hourly-enrichment"]
    assert (hourly.interval, hourly.jitter, hourly.last_action) == (3600, 30, None)
    assert not hourly.paused
    assert rows["al-plane-sync"].last_action is not None
    assert rows["al-fleet-audit"].next_times[0] == datetime(2026, 11, 24, 2, tzinfo=UTC)


@means("workflows-running")
def _running() -> None:
    rows = seen(Look.WORKFLOWS, "workflows-running").rows
    sync = next(row for row in rows if row.type == "PlaneSyncWorkflow")
    assert sync.schedule_id == "al-plane-sync"
    assert sync.started == datetime(2026, 11, 23, 13, 14, 30, 63066, tzinfo=UTC)
    assert next(r for r in rows if r.workflow_id == "nobody-home").schedule_id is None


@means("workflows-empty")
def _none_running() -> None:
    assert seen(Look.WORKFLOWS, "workflows-empty").rows == ()


@means("streams")
def _streams() -> None:
    streams = seen(Look.STREAMS, "streams")
    assert [row.stream_id for row in streams.rows if row.system] == [
        "system-openclaw-sessions",
        "system-inbox",
    ]
    assert streams.rows[0].last_event == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert "whk_" not in repr(streams)


@means("stream-get")
def _stream() -> None:
    row, _ = decode_stream(body("stream-get"))
    assert row.interval == 300
    assert row.last_pull_status.startswith("error")
    assert "conn_" not in repr(row)
    assert "998877" not in repr(row)


@means("workers-status")
def _workers() -> None:
    workers = seen(Look.WORKERS, "workers-status")
    assert (workers.rows[0].name, workers.rows[0].state) == ("curator", "running")
    assert len(workers.rows) == 4


@means("workers-status-h")
def _workers_h() -> None:
    workers = seen(Look.WORKERS, "workers-status-h")
    assert workers.rows == (facts.Worker("curator", "stalled", "heartbeat_stale"),)
    assert workers.degraded


def _same_host(name: str) -> None:
    @means(name)
    def check() -> None:
        assert seen(Look.SYSTEM, name).disk.scope is facts.Scope.CONTAINER
        assert seen(Look.SYSTEM, name).uptime > 0


for _name in ("accept-xml", "etag-if-none-match", "get-with-body"):
    _same_host(_name)


@means("containers-after-learning-disable")
def _learn_disabled() -> None:
    assert (
        "alfred-learn" not in seen(Look.CONTAINERS, "containers-after-learning-disable").by_service
    )


@means("containers-after-recreate")
def _recreated() -> None:
    before = seen(Look.CONTAINERS, "containers").by_service["openclaw"]
    after = seen(Look.CONTAINERS, "containers-after-recreate").by_service["openclaw"]
    assert after.container_id != before.container_id
    assert after.created_at > before.created_at


@means("containers-after-restart-timeout")
def _after_timeout() -> None:
    assert "plane-api" in seen(Look.CONTAINERS, "containers-after-restart-timeout").by_service


@means("dashboard-9000")
def _big_vault() -> None:
    assert seen(Look.DASHBOARD, "dashboard-9000").records == 9006


@means("dashboard-warm")
def _warm() -> None:
    assert seen(Look.DASHBOARD, "dashboard-warm").records == 298


@means("task-queue-dash")
def _dash() -> None:
    assert seen(Look.QUEUE, "task-queue-dash").pollers == ()


def _running_of(name: str) -> None:
    @means(name)
    def check() -> None:
        listed = entry(name)["response"]["body"]
        running = [
            row["execution"]["workflowId"] for row in listed if row["status"].endswith("_RUNNING")
        ]
        assert [row.workflow_id for row in seen(Look.WORKFLOWS, name).rows] == running


for _name in (
    "workflows",
    "workflows-failed",
    "workflows-limit-param-ignored",
    "workflows-timerange",
):
    _running_of(_name)


def read_by_us(name: str) -> bool:
    """Whether an entry is an answer to a question that a look asks."""
    whole = entry(name)
    request, response = whole.get("request") or {}, whole.get("response") or {}
    path = str(request.get("path", "")).partition("?")[0]
    asked = {route.target.partition("?")[0] for route in ROUTES.values()}
    return path in asked and request.get("method") == "GET" and response.get("status") == 200


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_an_entry_means_what_we_say(name: str) -> None:
    MEANINGS[name]()


def test_every_recorded_answer_that_we_read_has_its_meaning() -> None:
    recorded = [name for name in names("recorded") if read_by_us(name)]
    assert len(recorded) > 25
    assert [name for name in recorded if name not in MEANINGS] == []


def test_rate_limit_says_how_long() -> None:
    assert error_of(429, body("restart-learn-again")).failure.retry_after == 20
