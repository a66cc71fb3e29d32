"""What goes wrong in the simulated fleet: by name, tenant and time."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = frozenset(
    {
        "container-exit",
        "unhealthy",
        "restart-loop",
        "service-paused",
        "docker-silent",
        "api-down",
        "host-blackholed",
        "host-refused",
        "wrong-key",
        "slow",
        "answer-cut",
        "answer-garbage",
        "zero-pollers",
        "schedule-paused",
        "schedule-missing",
        "workflow-stuck",
        "stream-silent",
        "stream-broken",
        "disk-filling",
        "memory-high",
        "temporal-silent",
        "clock-skew",
        "backup-failed",
        "image-update",
    }
)


class FaultError(ValueError):
    """A fault script that cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: seconds since the start, ``lasts`` ``None`` for good."""

    kind: str
    tenant: str
    at: float = 0.0
    lasts: float | None = None
    service: str = ""
    amount: float = 0.0

    def on(self, elapsed: float) -> bool:
        """Whether it is in force ``elapsed`` seconds after the start."""
        return self.at <= elapsed and (self.lasts is None or elapsed < self.at + self.lasts)


def read_script(path: Path, names: list[str], seed: int) -> list[Fault]:
    """The faults of a JSON script ``{"faults": [{"tenant", "fault", "at"?, "for"?, ...}]}``.

    Raises:
        FaultError: unreadable, or a fault or tenant that does not exist.
    """
    try:
        whole = json.loads(path.read_text())
        listed = whole["faults"]
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise FaultError(f'{path.name}: {{"faults": [...]}} is needed: {trouble}') from None
    found: list[Fault] = []
    for index, item in enumerate(listed):
        where = f"{path.name}: faults[{index}]"
        if not isinstance(item, dict) or item.get("fault") not in KINDS:
            raise FaultError(f"{where}: unknown fault; known are {', '.join(sorted(KINDS))}")
        for name in _tenants(item.get("tenant"), names, seed, where):
            found.append(
                Fault(
                    item["fault"],
                    name,
                    float(item.get("at", 0)),
                    None if item.get("for") is None else float(item["for"]),
                    str(item.get("service", "")),
                    float(item.get("amount", 0)),
                )
            )
    return found


def _tenants(word: Any, names: list[str], seed: int, where: str) -> list[str]:
    if isinstance(word, int) and 0 <= word < len(names):
        return [names[word]]
    if word in names:
        return [word]
    if isinstance(word, str) and word.startswith("share:"):
        count = round(float(word[6:]) * len(names))
        return random.Random(f"{seed} share").sample(names, count)
    raise FaultError(f"{where}: no tenant {word!r}")


def demo(names: list[str]) -> list[Fault]:
    """The demo's day: some in trouble from the start, things happening, a healing."""
    who = names.__getitem__
    return [
        Fault("container-exit", who(2), service="alfred"),
        Fault("zero-pollers", who(5)),
        Fault("host-blackholed", who(9), at=45, lasts=240),
        Fault("schedule-paused", who(11)),
        Fault("unhealthy", who(14), lasts=75, service="ollama"),
        Fault("disk-filling", who(16), amount=93),
        Fault("workflow-stuck", who(18)),
        Fault("api-down", who(20), at=90, lasts=120),
        Fault("restart-loop", who(7), at=30, lasts=150, service="mcp-server"),
        Fault("image-update", who(3), at=20, service="alfred-learn"),
    ]
