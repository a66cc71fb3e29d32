"""How each fault shows on the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.sim.caller import (
    Caller,
    ahead,
    at_its_doors,
    code,
    health,
    leaked,
    missing,
    overdue,
    percent,
    pollers,
    pulled,
    pulled_with,
    quiet,
    silent_docker,
    state,
    stuck,
)

SEEN: dict[str, Callable[[Caller, float], bool]] = {
    "answer-cut": lambda c, t: c.ask("streams", t).behaviour == "cut",
    "answer-drip": lambda c, t: c.ask("streams", t).behaviour == "drip",
    "answer-garbage": lambda c, t: c.ask("streams", t).body.startswith(b"<"),
    "answer-huge": lambda c, t: len(c.ask("streams", t).body) > 20_000_000,
    "api-down": lambda c, t: (
        c.ask("streams", t).behaviour == "refused"
        and c.world.banner(c.person.name, c.world.start + timedelta(seconds=t)).behaviour == "ok"
    ),
    "backup-failed": missing("temporal", "openclaw", "alfred"),
    "certificate-ending": lambda c, t: 0 < c.paper(t).days < 14,
    "certificate-expired": lambda c, t: c.paper(t).days < 0,
    "certificate-unknown": lambda c, t: not c.paper(t).known,
    "certificate-wrong-name": lambda c, t: not c.paper(t).named,
    "clock-skew": lambda c, t: ahead(c, t) > 60,
    "composio-outage": lambda c, t: "503" in pulled_with(c, t),
    "container-exit": missing("alfred"),
    "disk-filling": lambda c, t: percent(c, t) > 90,
    "docker-silent": silent_docker,
    "gateway": lambda c, t: c.ask("streams", t).status == 502,
    "host-blackholed": lambda c, t: c.ask("streams", t).behaviour == "blackhole",
    "host-refused": lambda c, t: (
        c.world.banner(c.person.name, c.world.start + timedelta(seconds=t)).behaviour == "refused"
    ),
    "image-regression": state("alfred-learn", "restarting"),
    "latency-storm": lambda c, t: c.ask("streams", t).delay > 2,
    "memory-leak": lambda c, t: leaked(c, t) > 1,
    "memory-high": lambda c, t: c.get("admin/dashboard", t)["health"]["memory_percent"] > 95,
    "rate-limited": lambda c, t: c.ask("streams", t).status == 429,
    "redirect": lambda c, t: "Location" in c.ask("streams", t).headers,
    "restart-loop": state("mcp-server", "restarting"),
    "schedule-missing": lambda c, t: c.schedule("al-task-runner", t) is None,
    "schedule-paused": lambda c, t: (
        (c.schedule("al-event-processor", t) or {}).get("paused", False) is True
    ),
    "service-lost": missing("mcp-server"),
    "service-paused": lambda c, t: (
        state("ollama", "paused")(c, t) and c.service("ollama", t)["Status"].endswith("(Paused)")  # type: ignore[index]
    ),
    "schedule-late": lambda c, t: overdue(c, t) > 60,
    "starting": health("ollama", "starting"),
    "ssh-cut": lambda c, t: c.world.ssh_cut(c.person.name, c.second(t)) == "middle",
    "ssh-key-changed": lambda c, t: c.world.host_key(c.person.name, c.second(t)) != 0,
    "ssh-refused": lambda c, t: at_its_doors(c, t) == ("ok", "refused"),
    "ssh-slow": lambda c, t: c.world.ssh_delay(c.person.name, c.second(t)) > 2,
    "slow": lambda c, t: c.ask("streams", t).delay > 2,
    "stream-broken": lambda c, t: "size limit" in pulled_with(c, t),
    "stream-quiet": lambda c, t: quiet(c, t) > 40_000,
    "stream-silent": lambda c, t: pulled(c, t) > 900,
    "tailnet-gone": lambda c, t: at_its_doors(c, t) == ("blackhole", "blackhole"),
    "temporal-silent": lambda c, t: code(c, "schedules", t) == (500, "EXEC_ERROR"),
    "unhealthy": health("ollama", "unhealthy"),
    "workflow-stuck": lambda c, t: bool(stuck(c, t)),
    "wrong-key": lambda c, t: code(c, "streams", t) == (401, "UNAUTHORIZED"),
    "zero-pollers": lambda c, t: pollers(c, t) is None,
}
"""How each fault shows; images and lingering pollers have tests of their own."""
