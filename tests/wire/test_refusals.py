"""What each recorded or documented refusal means to us: its kind, its text, its numbers."""

from __future__ import annotations

import pytest

from alfred_tui.model.observation import FailureKind
from alfred_tui.tenant.errors import CommandFailed, TenantError
from alfred_tui.tenant.fetch import ERROR_CAP
from alfred_tui.tenant.replies import error_of
from tests.wire.entries import MEANINGS, body, entry, means

EARLIER = set(MEANINGS)

SILENT = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
    "Is the docker daemon running?"
)
STOPPED = 'service "temporal" is not running'
MALFORMED = "Missing or malformed Authorization header"
GUARDED = "X-Confirm-Self-Restart"
NO_ROUTE = "this generation has no such route"


def error(name: str) -> TenantError:
    return error_of(entry(name)["response"]["status"], body(name))


def refused(name: str, kind: FailureKind, text: str, code: str = "") -> None:
    @means(name)
    def check() -> None:
        failure = error(name).failure
        assert (failure.kind, failure.code) == (kind, code)
        assert text in failure.text if text == GUARDED else failure.text == text
        assert failure.status == entry(name)["response"]["status"]


def failed(name: str, text: str, program: str = "docker", exit_code: str = "1") -> None:
    @means(name)
    def check() -> None:
        trouble = error(name)
        assert isinstance(trouble, CommandFailed)
        assert trouble.failure.kind is FailureKind.COMMAND_FAILED
        assert trouble.failure.code == "EXEC_ERROR"
        assert trouble.failure.text == text
        assert (trouble.program, trouble.exit_code) == (program, exit_code)


for _name in ("containers", "workflows", "restart"):
    failed(f"nodocker-{_name}", SILENT)
for _name in ("task-queue", "schedules", "workflows", "workflow", "cluster"):
    failed(f"notemporal-{_name}", STOPPED)
failed("nodocker-cluster", SILENT)
failed("workflow-describe-bad-runid", "failed describing workflow: Invalid RunId.")
failed("nobinary-containers", "spawn docker ENOENT", exit_code="ENOENT")
failed("tailscale-status", "spawn tailscale ENOENT", "tailscale", "ENOENT")
failed(
    "workflows-bad-query",
    "failed listing workflows: invalid query: malformed SQL query: syntax error at position 36",
)
failed(
    "workflows-query-flag",
    "failed listing workflows: invalid query: malformed SQL query: syntax error at position 34",
)
failed(
    "workflows-unknown-attribute",
    "failed listing workflows: invalid query: invalid expression: "
    "column name 'Foo' is not a valid search attribute",
)
failed(
    "temporal-just-started",
    "failed listing workflows: invalid query: invalid expression: "
    "column name 'x' is not a valid search attribute",
)
failed("task-queue-frozen", "failed reaching server: context deadline exceeded")
failed("schedule-pause", "Error: unknown flag: --pause")
failed("schedule-create-duplicate", "schedule with this ID is already registered")
failed(
    "workflow-terminate-closed",
    "failed to terminate workflow: workflow execution already completed",
)
failed("f-workers-status-alfred-down", 'service "alfred" is not running')
failed("container-logs-unknown", "no such service: nosuch")
failed("container-restart-unknown", "no such service: nosuch")
failed("container-restart-bad-name-dot", "Invalid service name", "", "")
failed("container-restart-over-30s", "Container compose-plane-api-1 Restarting", exit_code="255")
failed(
    "container-logs-over-10mib",
    "stdout maxBuffer length exceeded",
    exit_code="ERR_CHILD_PROCESS_STDIO_MAXBUFFER",
)
failed(
    "exec-time-limit",
    "Command failed: docker compose exec -T temporal temporal task-queue describe",
    exit_code="null",
)

failed(
    "backups-snapshots", "bash: line 1: /opt/alfred/restic.env: No such file or directory", "bash"
)
failed("devices-openclaw-stopped", 'service "openclaw" is not running')
failed("workers-distiller-status-fail", "Error: No such command 'distiller status'.", exit_code="2")
failed(
    "workers-up-30s",
    "Command failed: docker compose -f /opt/alfred/compose/docker-compose.yaml "
    "exec -T alfred alfred --config /app/data/config.yaml up --foreground",
    exit_code="255",
)
SCRIPT = "/opt/alfred/healthcheck.sh"
failed("health-script-exit4", "boom", SCRIPT, "4")
failed("health-script-missing", f"spawn {SCRIPT} ENOENT", SCRIPT, "ENOENT")
failed("nobinary-health", f"{SCRIPT}: line 5: awk: command not found", SCRIPT, "127")

NOT_FOUND = FailureKind.NOT_FOUND
refused(
    "workflow-describe-unknown",
    NOT_FOUND,
    "failed describing workflow: workflow not found for ID: nope",
    "EXEC_ERROR",
)
refused(
    "schedule-describe-unknown",
    NOT_FOUND,
    "workflow not found for ID: temporal-sys-scheduler:nope",
    "EXEC_ERROR",
)
refused(
    "schedule-trigger-unknown",
    NOT_FOUND,
    "workflow not found for ID: temporal-sys-scheduler:nope",
    "EXEC_ERROR",
)
refused(
    "workflow-terminate-unknown",
    NOT_FOUND,
    "failed to terminate workflow: workflow not found for ID: nope",
    "EXEC_ERROR",
)
refused(
    "workflow-history-unknown",
    NOT_FOUND,
    "failed getting next history event: workflow not found for ID: nope",
    "EXEC_ERROR",
)
refused(
    "chore-pause-no-schedule",
    NOT_FOUND,
    "workflow not found for ID: temporal-sys-scheduler:chore-orphan-chore",
    "EXEC_ERROR",
)
refused("chore-unknown", NOT_FOUND, "chore nope not found", "NOT_FOUND")
refused("stream-unknown", NOT_FOUND, "Stream nope not found", "NOT_FOUND")
refused("stream-unknown-flat", NOT_FOUND, "Stream not found")
refused("flat-record-missing", NOT_FOUND, "Record not found")
refused("novault-openclaw-workers-agents", NOT_FOUND, "workers config not found")
refused("edge-no-instance", NOT_FOUND, "Instance not found")

for _name in (
    "api-health-key",
    "auth-trailing-blank",
    "bad-percent-escape-unmatched",
    "double-slash",
    "f1-dashboard",
    "f2-admin-audit",
    "f2-storage-metrics",
    "healthz-key",
    "hermes-ready",
    "root",
    "system-info-hyphen",
    "trailing-slash",
    "unknown-route",
    "unknown-route-post",
    "uppercase-path",
    "workers-runs",
    "wrong-method",
):
    refused(_name, FailureKind.UNSUPPORTED, NO_ROUTE, "NOT_FOUND")
for _name in ("head", "proxy-not-found"):
    refused(_name, FailureKind.BAD_ANSWER, "404 that is not this API's own")

UNAUTHORIZED = FailureKind.UNAUTHORIZED
for _name in (
    "auth-basic",
    "auth-lowercase-scheme",
    "auth-missing",
    "auth-query-token",
    "healthz-no-key",
    "unknown-route-no-key",
    "x-tenant-id-no-key",
):
    refused(_name, UNAUTHORIZED, MALFORMED, "UNAUTHORIZED")
for _name in ("auth-quoted-key", "auth-two-blanks", "auth-wrong-key"):
    refused(_name, UNAUTHORIZED, "Invalid API key", "UNAUTHORIZED")
refused("edge-unknown-key", UNAUTHORIZED, "Unauthorized")

for _name in (
    "guard-ctrl-api-no-header",
    "guard-openclaw-YES",
    "guard-openclaw-no-header",
    "guard-openclaw-true",
):
    refused(_name, FailureKind.GUARD, GUARDED)

ERROR = FailureKind.SERVER_ERROR
refused("nodocker-restart-learn", ERROR, f"restart failed: docker failed (1): {SILENT}")
refused("conflict-already-connected", ERROR, "channel is connected", "ALREADY_CONNECTED")
refused("stream-create-duplicate", ERROR, "Stream rig-test already exists", "CONFLICT")
refused("stream-delete-system", ERROR, "Cannot delete a system stream", "VALIDATION_ERROR")
refused("config-openclaw-patch-none", ERROR, "Request body must be an object", "VALIDATION_ERROR")
refused("container-logs-tail-all", ERROR, "tail must be a number", "VALIDATION_ERROR")
refused(
    "chore-trigger-no-schedule",
    ERROR,
    "Failed to trigger chore-orphan-chore: docker failed (1): time=2026-11-23T13:17:15.936 "
    'level=ERROR msg="workflow not found for ID: temporal-sys-scheduler:chore-orphan-chore"',
    "VALIDATION_ERROR",
)
refused("json-malformed", ERROR, "Invalid JSON body", "VALIDATION_ERROR")
refused("bad-percent-escape", ERROR, "URI malformed", "INTERNAL_ERROR")
refused(
    "f3-dashboard-vault-read-fails",
    ERROR,
    "EACCES: permission denied, scandir 'task'",
    "INTERNAL_ERROR",
)
refused(
    "plane-comment-unreachable",
    ERROR,
    "Failed to reach Plane at http://plane-api:8000: fetch failed",
    "PLANE_UNREACHABLE",
)
refused("partial-state", ERROR, "schedule recreated, vault record not written", "PARTIAL_STATE")
refused("flat-notification-refused", ERROR, "no recipient known")
refused("flat-notification-failed", ERROR, "gateway said no")
refused("flat-curator-failed", ERROR, "curator exited 2")
refused("flat-fix-memory-failed", ERROR, "compose file not readable")
refused("edge-unreachable", ERROR, "Tenant unreachable")
refused("edge-not-ready", ERROR, "Instance is not running")
refused("edge-timed-out", ERROR, "Tenant request timed out")
refused("proxy-bad-gateway", ERROR, "HTTP 502 Bad Gateway")
refused("request-timeout", ERROR, "HTTP 408 Request Timeout")
refused("url-too-long", ERROR, "HTTP 431 Request Header Fields Too Large")
refused("headers-too-large", ERROR, "HTTP 431 Request Header Fields Too Large")
refused("no-host-header", ERROR, "HTTP 400 Bad Request")
refused("redirect", FailureKind.REDIRECTED, "redirected: not followed")


@means("x-tenant-id")
def _foreign_header() -> None:
    failure = error("x-tenant-id").failure
    assert (failure.kind, failure.code) == (ERROR, "X_TENANT_ID_NOT_SUPPORTED")
    assert failure.text.startswith("X-Tenant-ID header is not used")


@means("vault-refresh-not-provisioned")
def _conflict_without_guard() -> None:
    failure = error("vault-refresh-not-provisioned").failure
    assert failure.kind is ERROR  # a flat 409, but no guard: there is no header that helps
    assert failure.text.startswith("Vaultwarden not provisioned")


def limited(name: str, seconds: float) -> None:
    @means(name)
    def check() -> None:
        failure = error(name).failure
        assert (failure.kind, failure.retry_after) == (FailureKind.RATE_LIMITED, seconds)
        assert failure.text == "rate limited"


limited("restart-learn-again", 20)
limited("restart-learn-still-limited", 9)

MINE = sorted(set(MEANINGS) - EARLIER)


@pytest.mark.parametrize("name", MINE)
def test_a_refusal_means_what_we_say(name: str) -> None:
    MEANINGS[name]()


@pytest.mark.parametrize("name", MINE)
def test_a_refusal_cut_short_is_still_of_its_status(name: str) -> None:
    whole = error(name).failure
    for size in (1, 30, 200):
        cut = error_of(whole.status or 0, body(name)[:size]).failure
        assert cut.status == whole.status
        assert "\n" not in cut.text


def test_of_a_capped_error_the_first_line_is_shown() -> None:
    whole = (
        b'{"error":{"code":"EXEC_ERROR","message":"docker failed (1): no space left\\non device",'
        b'"details":{"stdout":"' + b"x" * 10_000_000 + b'"}}}'
    )
    trouble = error_of(500, whole[:ERROR_CAP])
    assert isinstance(trouble, CommandFailed)
    assert (trouble.failure.text, trouble.exit_code) == ("no space left", "1")


@pytest.mark.parametrize("wait", [None, "20", True, -1, 1e308])
def test_a_wait_that_is_no_wait_is_not_believed(wait: object) -> None:
    import msgspec

    said = error_of(
        429, msgspec.json.encode({"error": "rate limited", "retry_after_seconds": wait})
    )
    assert said.failure.retry_after in (None, 3600.0)
