"""The verdict rules (verdicts.md): each a small pure function from what is in view to findings."""

from alfred_tui.fleet.rules import (  # noqa: I001  the order is that of equally bad reasons
    reach,
    backup,
    services,
    temporal,
    streams,
    host,
)
from alfred_tui.fleet.rules.registry import RULES, TEMPORAL_LOOKS, Rule, rules_of

__all__ = [
    "RULES",
    "TEMPORAL_LOOKS",
    "Rule",
    "backup",
    "host",
    "reach",
    "rules_of",
    "services",
    "streams",
    "temporal",
]
