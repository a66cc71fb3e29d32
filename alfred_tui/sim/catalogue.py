"""What a tenant may run: services, schedules and streams (runbook.md 14, 15; tenant-api.md 3.1)."""

from __future__ import annotations

from typing import NamedTuple


class Service(NamedTuple):
    """A service of the compose project; ``boot`` is how long its healthcheck takes, in seconds."""

    name: str
    image: str
    command: str
    health: bool = True
    port: int = 0
    mounts: int = 1
    boot: float = 12.0
    waits_for: tuple[str, ...] = ()


class Plan(NamedTuple):
    """A schedule: every ``every`` seconds, or at a time of day in a zone (weekdays 0 = Sunday)."""

    id: str
    type: str
    every: int = 0
    hour: int = 0
    minute: int = 0
    weekdays: tuple[int, int] = (0, 6)
    zoned: bool = False
    jitter: str = ""
    comment: str = ""
    notes: str = ""
    paused: bool = False
    runs_for: float = 2.0
    workflow_id: str = ""


class Source(NamedTuple):
    """A stream; pulled every ``every`` seconds, or fed from outside when 0."""

    id: str
    name: str
    type: str
    source: str
    every: int = 0
    action: str = ""
    system: bool = False


_OPENCLAW = "registry.example/alfred-openclaw:latest"
_READY = ("temporal", "openclaw-workers", "ctrl-api")

SERVICES = {
    s.name: s
    for s in (
        Service("temporal", "temporalio/temporal:latest", "temporal server sta", port=7233),
        Service("ollama", "ollama/ollama:latest", "/bin/ollama serve", boot=6),
        Service("openclaw", _OPENCLAW, "sh -c 'exec node op", port=18789, mounts=4, boot=25),
        Service("openclaw-workers", _OPENCLAW, "sh -c 'exec node op", mounts=4, boot=25),
        Service("hermes", "registry.example/hermes:latest", "python3 -m hermes g", mounts=3),
        Service(
            *("alfred", "registry.example/alfred-worker:latest", "bash -c 'rm -f /app"),
            health=False,
            mounts=3,
            waits_for=("openclaw-workers", "ctrl-api"),
        ),
        Service(
            *("alfred-learn", "registry.example/alfred-learn:latest", "python3 /app/learn."),
            health=False,
            mounts=4,
            waits_for=_READY,
        ),
        Service("ctrl-api", "node:22-slim", "bash -c 'exec node ", port=3100, mounts=9),
        Service(
            "mcp-server", "registry.example/alfred-mcp:latest", "node server.mjs", health=False
        ),
        Service("vaultwarden", "vaultwarden/server:latest", "/start.sh"),
        Service("vault-cli", "registry.example/vault-cli:latest", "sleep infinity", health=False),
        Service("plane-db", "postgres:15.7-alpine", "docker-entrypoint.s"),
        Service("plane-redis", "valkey/valkey:7.2-alpine", "docker-entrypoint.s"),
        Service("plane-mq", "rabbitmq:3.13-management", "docker-entrypoint.s"),
        Service("plane-minio", "minio/minio:latest", "/usr/bin/docker-ent"),
        *(
            Service(f"plane-{part}", "makeplane/plane-backend:stable", f"./bin/docker-{part}")
            for part in ("api", "worker", "beat")
        ),
        *(
            Service(f"plane-{part}", f"makeplane/plane-{part}:stable", "docker-entrypoint.s")
            for part in ("web", "space", "admin", "live", "proxy")
        ),
        Service("sure-db", "postgres:16", "docker-entrypoint.s"),
        Service("sure-redis", "redis:7", "docker-entrypoint.s"),
        Service("sure-web", "registry.example/sure:stable", "/rails/bin/docker-e", port=3001),
        Service("sure-worker", "registry.example/sure:stable", "bundle exec sidekiq", health=False),
        Service("voice-bridge", "registry.example/voice-bridge:latest", "node bridge.mjs"),
        Service("caddy", "caddy:2", "caddy run --config ", health=False, port=443),
        Service("tailscale", "tailscale/tailscale:stable", "/usr/local/bin/cont", health=False),
        *(
            Service(f"web-{part}", f"registry.example/web-{part}:latest", "nginx -g 'daemon of")
            for part in ("app", "chat", "docs", "desk", "notes", "files", "help")
        ),
    )
}
"""Every service that is ever listed, by its compose name. One-shots never are."""


def of_one_image(service: str) -> tuple[str, ...]:
    """The services that are made of the same image as this one, itself among them."""
    image = SERVICES[service].image
    return tuple(name for name, known in SERVICES.items() if known.image == image)


PLANE = tuple(name for name in SERVICES if name.startswith("plane-"))
SURE = tuple(name for name in SERVICES if name.startswith("sure-"))
VAULTWARDEN = ("vaultwarden", "vault-cli")
H_EXTRAS = ("voice-bridge", "caddy", "tailscale")
WEB = tuple(name for name in SERVICES if name.startswith("web-"))

CORE_F = (
    *("temporal", "ollama", "openclaw", "openclaw-workers"),
    *("alfred", "ctrl-api", "alfred-learn", "mcp-server"),
)
CORE_H = ("temporal", "ollama", "hermes", "alfred", "ctrl-api", "alfred-learn", "mcp-server")

MIN = 60
PLATFORM = (
    Plan("al-event-processor", "EventProcessorWorkflow", 15 * MIN, runs_for=20),
    Plan("al-session-tracker", "SessionTrackerWorkflow", 15 * MIN, runs_for=6),
    Plan("al-learning", "LearningWorkflow", 15 * MIN, runs_for=45),
    Plan("al-judgment", "JudgmentWorkflow", 15 * MIN, runs_for=30),
    Plan("al-task-runner", "TaskRunnerWorkflow", 15 * MIN, runs_for=240),
    Plan("al-hourly-enrichment", "HourlyEnrichmentWorkflow", 60 * MIN, jitter="30s", runs_for=120),
    Plan("al-omi-processor", "OmiAudioProcessorWorkflow", 10 * MIN, runs_for=4),
    Plan("al-composio-reconnect-cleanup", "ComposioReconnectCleanupWorkflow", 15 * MIN),
    Plan("al-reflection", "ReflectionWorkflow", hour=2, zoned=True, runs_for=400),
    Plan("al-nightly-maintenance", "NightlyMaintenanceWorkflow", hour=3, zoned=True, runs_for=300),
    Plan(
        *("al-chore-promotion", "ChorePromotionReflectionWorkflow"),
        hour=3,
        weekdays=(0, 0),
        zoned=True,
        runs_for=90,
    ),
    Plan("al-fleet-audit", "FleetAuditWorkflow", hour=2, comment="nightly", runs_for=60),
)
"""What every tenant has (tenant-api.md 6.4, runbook.md 14)."""

WITH_PLANE = (
    Plan("al-plane-sync", "PlaneSyncWorkflow", 15, runs_for=4),
    Plan("al-plane-reverse-sync", "PlaneReverseSyncWorkflow", 10, runs_for=3),
    Plan("al-plane-reconciliation", "PlaneReconciliationWorkflow", 60 * MIN, runs_for=90),
)
STEWARD = (
    Plan("al-signal-extract", "SignalExtractWorkflow", 5 * MIN, runs_for=100),
    Plan("al-signal-router", "SignalRouterWorkflow", 2 * MIN, runs_for=8),
    Plan("al-stream-event-purge", "StreamEventPurgeWorkflow", hour=3, runs_for=60),
    Plan("al-reversal-calibration", "ReversalCalibrationWorkflow", 10 * MIN, runs_for=12),
)
WITH_VEXA = (
    Plan("al-meeting-capture", "MeetingCaptureWorkflow", MIN),
    Plan("al-transcript-intake", "TranscriptIntakeWorkflow", MIN),
)
LATER = (
    Plan("al-pattern-detection", "PatternDetectionWorkflow", 60 * MIN, runs_for=40),
    Plan("al-openclaw-session-sweep", "OpenclawSessionSweepWorkflow", 60 * MIN, runs_for=20),
    Plan("al-decision-router", "DecisionRouterWorkflow", MIN, runs_for=3),
    Plan("al-task-closure-watcher", "TaskClosureWatcherWorkflow", 5 * MIN),
    Plan("al-defer-resurface", "DeferResurfaceWorkflow", 15 * MIN),
    Plan("al-scheduled-dispatch", "ScheduledDispatchWorkflow", 15 * MIN),
    Plan("al-decay-watcher", "DecayWatcherWorkflow", 360 * MIN, runs_for=30),
    Plan("al-nightly-narrative", "NightlyNarrativeWorkflow", hour=2, zoned=True, runs_for=200),
    Plan("al-decision-patterns", "DecisionPatternsWorkflow", hour=3, zoned=True, runs_for=150),
)
MATTERS = ("move-office", "tax-return", "kitchen", "hiring", "school-trip", "insurance")
CHORES = (
    Plan("chore-daily-brief", "DailyDigestWorkflow", hour=6, minute=30, weekdays=(1, 5)),
    Plan("chore-weekly-review", "WeeklyReviewWorkflow", hour=9, weekdays=(1, 1), zoned=True),
    Plan("chore-invoices", "SubscriptionWatcherWorkflow", hour=7, minute=15, zoned=True),
    Plan("chore-briefing-evening", "BriefingWorkflow", hour=19, minute=30, zoned=True),
)

STREAMS = (
    Source("composio-gmail", "Gmail", "email", "composio", 300, "GMAIL_FETCH_EMAILS"),
    Source("composio-calendar", "Calendar", "calendar", "composio", 300, "GOOGLECALENDAR_LIST"),
    Source("composio-slack", "Slack", "chat", "composio", 300, "SLACK_FETCH_HISTORY"),
    Source("composio-notion", "Notion", "document", "composio", 600, "NOTION_SEARCH"),
    Source("omi-wearable", "Omi", "audio", "omi"),
    Source("plane", "Plane", "plane", "plane"),
)
ZONES = ("Europe/Budapest", "Europe/Lisbon", "America/New_York", "Asia/Singapore", "UTC")
