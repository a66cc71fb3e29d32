"""The verdict rules (verdicts.md): each a small pure function from what is in view to findings."""

from alfred_tui.fleet.rules import (  # noqa: I001  the order is that of equally bad reasons
    reach,
    routes,
    backup,
    services,
    temporal,
    schedules,
    streams,
    host,
    past,
)
from alfred_tui.fleet.rules.registry import BUILD_FAILED, RULES, TEMPORAL_LOOKS, Rule, rules_of

__all__ = [
    "BUILD_FAILED",
    "RULES",
    "RULE_IDS",
    "TEMPORAL_LOOKS",
    "Rule",
    "backup",
    "host",
    "past",
    "reach",
    "routes",
    "rules_of",
    "schedules",
    "services",
    "streams",
    "temporal",
]

RULE_IDS = (*RULES, BUILD_FAILED)
"""The ids that a reason can have, and that a wish for quiet can name."""
