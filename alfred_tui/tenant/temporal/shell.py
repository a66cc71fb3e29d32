"""Temporal's own command on the tenant, over SSH (runbook.md 4.1, tenant-api.md 6)."""

from __future__ import annotations

from alfred_tui.model.look import Look
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.over_ssh import LooksOverSsh
from alfred_tui.tenant.stack import Stack

JSON = ("-o", "json")
QUEUE = "alfred-learn"

ASKS: dict[Look, tuple[str, ...]] = {
    Look.QUEUE: ("task-queue", "describe", "--task-queue", QUEUE),
    Look.SCHEDULES: ("schedule", "list"),
    Look.WORKFLOWS: ("workflow", "list", "--query", 'ExecutionStatus="Running"'),
}
"""What is asked for each look: the same as ctrl-api asks, so that the same is answered."""


class OverSsh(LooksOverSsh):
    """Who polls, all schedules, what runs."""

    def words(self, look: Look, stack: Stack) -> tuple[str, ...]:
        """Temporal's command."""
        return (*stack.temporal, *ASKS[look], *JSON)

    def body(self, said: bytes) -> bytes:
        """As it is: ctrl-api hands on what the command prints."""
        if not said.strip():
            raise BadAnswer("Temporal's command said nothing", path="$")
        return said
