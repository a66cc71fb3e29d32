"""How each fault shows on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.sim.caller import (
    Caller,
    ahead,
    code,
    health,
    missing,
    percent,
    pollers,
    pulled,
    silent_docker,
    state,
    stuck,
)

SEEN: dict[str, Callable[[Caller, float], bool]] = {
    "answer-cut": lambda c, t: c.ask("streams", t).behaviour == "cut",
    "answer-garbage": lambda c, t: c.ask("streams", t).body.startswith(b"<"),
    "api-down": lambda c, t: (
        c.ask("streams", t).behaviour == "refused"
        and c.world.banner(c.person.name, c.world.start + timedelta(seconds=t)).behaviour == "ok"
    ),
    "backup-failed": missing("temporal", "openclaw", "alfred"),
    "clock-skew": lambda c, t: ahead(c, t) > 60,
    "container-exit": missing("alfred"),
    "disk-filling": lambda c, t: percent(c, t) > 90,
    "docker-silent": silent_docker,
    "host-blackholed": lambda c, t: c.ask("streams", t).behaviour == "blackhole",
    "host-refused": lambda c, t: (
        c.world.banner(c.person.name, c.world.start + timedelta(seconds=t)).behaviour == "refused"
    ),
    "memory-high": lambda c, t: c.get("admin/dashboard", t)["health"]["memory_percent"] > 95,
    "restart-loop": state("mcp-server", "restarting"),
    "schedule-missing": lambda c, t: c.schedule("al-task-runner", t) is None,
    "schedule-paused": lambda c, t: (
        (c.schedule("al-event-processor", t) or {}).get("paused", False) is True
    ),
    "service-paused": lambda c, t: (
        state("ollama", "paused")(c, t) and c.service("ollama", t)["Status"].endswith("(Paused)")  # type: ignore[index]
    ),
    "slow": lambda c, t: c.ask("streams", t).delay > 2,
    "stream-broken": lambda c, t: c.get("streams/composio-gmail", t)["stream"][
        "last_pull_status"
    ].startswith("error"),
    "stream-silent": lambda c, t: pulled(c, t) > 900,
    "temporal-silent": lambda c, t: code(c, "schedules", t) == (500, "EXEC_ERROR"),
    "unhealthy": health("ollama", "unhealthy"),
    "workflow-stuck": lambda c, t: bool(stuck(c, t)),
    "wrong-key": lambda c, t: code(c, "streams", t) == (401, "UNAUTHORIZED"),
    "zero-pollers": lambda c, t: pollers(c, t) is None,
}
"""How each fault shows; ``image-update`` and lingering pollers have tests of their own."""
