"""What each recorded or documented answer of status 200 means to us, in values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alfred_tui.model import facts
from alfred_tui.model.look import Look
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire import decode, decode_stream, decode_system_disk
from tests.wire.entries import MEANINGS, body, entry, means

EARLIER = set(MEANINGS)


def seen(look: Look, name: str) -> Any:
    answer, odd = decode(look, body(name))
    assert odd == ()
    return answer


def services(name: str) -> dict[str, facts.Container]:
    answer = seen(Look.CONTAINERS, name)
    assert isinstance(answer, facts.Containers)
    return answer.by_service


def refused(look: Look, name: str) -> tuple[str, str]:
    with pytest.raises(BadAnswer) as trouble:
        decode(look, body(name))
    return trouble.value.failure.path, trouble.value.failure.text


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


@means("system-info")
def _system() -> None:
    system = seen(Look.SYSTEM, "system-info")
    assert system.uptime == 44 * 60
    assert system.disk == facts.Disk(26, facts.Scope.CONTAINER, "/")
    assert round(system.memory_percent) == 5


@means("nobinary-system-info")
def _system_unknown() -> None:
    assert seen(Look.SYSTEM, "nobinary-system-info") == facts.System()


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
    row, odd = decode_stream(body("stream-get"))
    assert odd == ()
    assert (row.stream_id, row.name, row.status, row.event_count) == (
        "composio-gmail",
        "Gmail",
        "active",
        2,
    )
    assert row.last_pull == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert row.interval == 300
    assert row.last_pull_status.startswith("error")
    assert "conn_" not in repr(row)
    assert "998877" not in repr(row)


@means("workers-status")
def _workers() -> None:
    workers = seen(Look.WORKERS, "workers-status")
    assert (workers.rows[0].name, workers.rows[0].state) == ("curator", "running")
    assert len(workers.rows) == 4


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


@means("h-dashboard")
def _h_dashboard() -> None:
    board = seen(Look.DASHBOARD, "h-dashboard")
    assert (board.generation, board.health_answered) == ("H", True)
    assert board.containers is not None
    assert [row.service for row in board.containers.rows][:3] == ["hermes", "temporal", "ctrl-api"]
    assert (board.records, board.records_by_type) == (3, (("person", 1), ("task", 2)))
    assert (board.disk, board.memory_percent, board.tunnel) == (None, None, None)
    assert (board.inbox, board.pending_devices) == (0, None)


@means("h-dashboard-docker-silent")
def _h_silent() -> None:
    board = seen(Look.DASHBOARD, "h-dashboard-docker-silent")
    assert (board.generation, board.containers) == ("H", None)
    assert board.disk == facts.Disk(41, facts.Scope.CONTAINER)
    assert (board.memory_percent, board.inbox) == (58, 0)


@means("f2-dashboard-all-parts-failed")
def _all_failed() -> None:
    board = seen(Look.DASHBOARD, "f2-dashboard-all-parts-failed")
    assert board == facts.Dashboard(generation="F", records=0, inbox=0)


@means("f3-dashboard-health-as-counts")
def _health_as_counts() -> None:
    board = seen(Look.DASHBOARD, "f3-dashboard-health-as-counts")
    assert board.disk is None  # -1 is "could not tell"
    assert (board.memory_percent, board.inbox, board.records) == (73, 2, 1)
    assert board.pending_devices is None  # a list: which wait is not said
    rows = board.containers.by_service
    assert (rows["ollama"].health, rows["openclaw"].health) == ("unhealthy", "healthy")
    assert rows["openclaw"].up == facts.Uptime(4.5 * 3600, 5.5 * 3600)


@means("f2-containers-old-compose")
def _old_compose() -> None:
    rows = services("f2-containers-old-compose")
    assert (rows["openclaw"].state, rows["openclaw"].health) == ("running", "starting")
    assert (rows["temporal"].up, rows["temporal"].created_at) == (None, None)
    assert (rows["temporal"].image, rows["temporal"].image_id) == ("", "")


@means("f3-containers-states")
def _states() -> None:
    rows = services("f3-containers-states")
    hour, day = 3600.0, 86400.0
    assert {name: row.up for name, row in rows.items() if row.up} == {
        "alfred": facts.Uptime(0, 1),
        "alfred-learn": facts.Uptime(60, 120),
        "openclaw": facts.Uptime(21 * day - hour / 2, 28 * day - hour / 2),
        "mcp-server": facts.Uptime(46, 47),
        "temporal": facts.Uptime(hour, 1.5 * hour),
        "ctrl-api": facts.Uptime(60 * day - hour / 2, 90 * day - hour / 2),
    }
    assert {row.state for row in rows.values()} == {
        "running",
        "restarting",
        "paused",
        "created",
        "exited",
        "dead",
        "removing",
    }
    assert rows["temporal"].health == "starting"
    assert rows["ctrl-api"].image_id == "5f0c9be1d4a7"


@means("f3-containers-none")
def _nothing_runs() -> None:
    assert seen(Look.CONTAINERS, "f3-containers-none").rows == ()


@means("login-page")
def _login_page() -> None:
    path, text = refused(Look.CONTAINERS, "login-page")
    assert (path, "not JSON" in text) == ("$", True)


@means("h-system-info-disk")
def _h_disk() -> None:
    assert decode_system_disk(body("h-system-info-disk")) == (
        facts.Disk(75.0, facts.Scope.HOST),
        (),
    )


@means("h-system-info-disk-unknown")
def _h_disk_unknown() -> None:
    assert decode_system_disk(body("h-system-info-disk-unknown")) == (None, ())


@means("f-system-info-host")
def _host() -> None:
    system = seen(Look.SYSTEM, "f-system-info-host")
    assert system.uptime == (23 * 24 * 60 + 44) * 60
    assert system.disk == facts.Disk(93, facts.Scope.VOLUME, "/mnt/encrypted")
    assert round(system.memory_percent, 1) == 79.7


@means("f-system-info-unknown")
def _host_unknown() -> None:
    assert seen(Look.SYSTEM, "f-system-info-unknown") == facts.System()


@means("h-workers-status")
def _h_workers() -> None:
    workers = seen(Look.WORKERS, "h-workers-status")
    assert workers.rows == (
        facts.Worker("curator", "stalled", "heartbeat_stale, no_progress"),
        facts.Worker("distiller", "idle"),
        facts.Worker("janitor", "complete"),
    )
    assert not workers.degraded


@means("h-workers-status-degraded")
def _h_workers_degraded() -> None:
    assert seen(Look.WORKERS, "h-workers-status-degraded") == facts.Workers(degraded=True)


@means("task-queue-raw")
def _queue_raw() -> None:
    path, text = refused(Look.QUEUE, "task-queue-raw")
    assert (path, "Task queue: alfred-learn" in text) == ("$.raw", True)


@means("task-queue-odd-ages")
def _odd_ages() -> None:
    queue = seen(Look.QUEUE, "task-queue-odd-ages")
    assert (queue.backlog, len(queue.pollers), queue.pollers[0].kind) == (43, 1, "workflow")


@means("schedules-forms")
def _forms() -> None:
    rows = {row.schedule_id: row for row in seen(Look.SCHEDULES, "schedules-forms").rows}
    learning = rows["al-learning"]
    assert (learning.interval, learning.jitter, learning.cadence) == (900, 30, "every 15 min")
    assert learning.last_action == datetime(2026, 6, 1, 8, 45, 1, 250000, tzinfo=UTC)
    assert learning.next_times[1] == datetime(2026, 6, 1, 9, 15, tzinfo=UTC)
    assert rows["al-nightly-maintenance"].cadence == "cron 30 3 * * * Europe/Vienna"
    assert (rows["al-reflection"].paused, rows["al-reflection"].note) == (
        False,
        "moved to mornings",
    )
    paused = rows["al-plane-sync"]
    assert (paused.paused, paused.note, paused.next_times) == (True, "paused by the owner", ())
    assert rows["chore-bare"] == facts.Schedule("chore-bare")


@means("workflows-plain-attributes")
def _plain_attributes() -> None:
    (row,) = seen(Look.WORKFLOWS, "workflows-plain-attributes").rows
    assert (row.schedule_id, row.task_queue) == ("al-plane-sync", "alfred-learn")
    assert row.started == datetime(2026, 6, 1, 9, tzinfo=UTC)


@means("workflows-raw")
def _workflows_raw() -> None:
    assert refused(Look.WORKFLOWS, "workflows-raw")[0] == "$.raw"


@means("streams-states")
def _stream_states() -> None:
    rows = {row.stream_id: row for row in seen(Look.STREAMS, "streams-states").rows}
    assert {name: row.status for name, row in rows.items()} == {
        "rss-news": "error",
        "mail-old": "paused",
        "hook-door": "idle",
        "system-inbox": "idle",
    }
    assert [name for name, row in rows.items() if row.system] == ["system-inbox"]
    assert "whk_" not in repr(rows)


@means("stream-detail-pull")
def _pulled() -> None:
    row, odd = decode_stream(body("stream-detail-pull"))
    assert (row.interval, row.last_pull_status, row.event_count, odd) == (600, "ok", 44, ())
    assert row.last_pull == datetime(2026, 6, 1, 8, 58, tzinfo=UTC)
    assert "secret" not in repr(row)


MINE = sorted(set(MEANINGS) - EARLIER)


@pytest.mark.parametrize("name", MINE)
def test_an_answer_means_what_we_say(name: str) -> None:
    MEANINGS[name]()
