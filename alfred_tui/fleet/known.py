"""What is known of the platform's workflow types: how long a run may take (runbook.md 8.2, 14)."""

from __future__ import annotations

from functools import lru_cache

DURABLE = (
    "OnboardingPipeline",
    "TaskRunner",
    "MediaIngestion",
    "Briefing",
    "DecisionRouter",
    "StuckPipelineAlert",
    "SubscriptionWatcher",
    "temporal-sys-",
)
"""Types by the beginning of their name that may run for days: age alone is no sign."""

MINUTE = 60.0
ALLOWANCES = {
    # twice the run's own time limit
    "PlaneSync": 10 * MINUTE,
    "PlaneReverseSync": 10 * MINUTE,
    "Steward": 10 * MINUTE,
    "SignalExtract": 50 * MINUTE,
    "StreamEventPurge": 20 * MINUTE,
    # ten times the cadence of quick pollers
    "MeetingCapture": 10 * MINUTE,
    "TranscriptIntake": 10 * MINUTE,
    "SignalRouter": 20 * MINUTE,
    # one walk over everything, once an hour, a night or a week
    "HourlyEnrichment": 60 * MINUTE,
    "OmiAudioProcessor": 60 * MINUTE,
    "OpenclawSessionSweep": 60 * MINUTE,
    "PatternDetection": 60 * MINUTE,
    "PlaneReconciliation": 60 * MINUTE,
    "NightlyMaintenance": 120 * MINUTE,
    "NightlyNarrative": 120 * MINUTE,
    "Reflection": 120 * MINUTE,
    "ChorePromotionReflection": 120 * MINUTE,
    "DecisionPatterns": 120 * MINUTE,
    "DailyDigest": 120 * MINUTE,
    "FleetAudit": 120 * MINUTE,
    "DecayWatcher": 120 * MINUTE,
    "WeeklyMatterDigest": 120 * MINUTE,
}
"""Seconds by type, without the ending ``Workflow``."""


@lru_cache(maxsize=512)
def allowance(workflow_type: str, default: float) -> float | None:
    """How long a workflow of this type may run, seconds; ``None`` for durable ones.

    ``default`` holds for types that are not in the table.
    """
    if workflow_type.startswith(DURABLE):
        return None
    return ALLOWANCES.get(workflow_type.removesuffix("Workflow"), default)
