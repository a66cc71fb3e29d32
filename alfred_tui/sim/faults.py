"""What goes wrong in the simulated fleet: by name, tenant and time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from alfred_tui.sim.dice import roll

if TYPE_CHECKING:
    from alfred_tui.sim.people import Person

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


NEEDS_SERVICE = {
    "container-exit": "alfred",
    "unhealthy": "ollama",
    "restart-loop": "mcp-server",
    "service-paused": "ollama",
    "image-update": "alfred-learn",
}
"""Faults of one service, and the service when none is named."""
NEEDS_SCHEDULE = {
    "schedule-paused": "al-event-processor",
    "schedule-missing": "al-task-runner",
    "workflow-stuck": "al-learning",
}
NEEDS_STREAM = {"stream-silent": "composio-gmail", "stream-broken": "composio-gmail"}
DEFAULTS = NEEDS_SERVICE | NEEDS_SCHEDULE | NEEDS_STREAM


class FaultError(ValueError):
    """A fault script that cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``at`` seconds since the start (may be negative), ``lasts`` ``None`` for good.

    ``service`` is a service, schedule or stream, as the kind asks; empty for the usual one.
    ``amount`` in the kind's own unit, 0 for the usual: ``slow`` and ``clock-skew`` seconds,
    ``disk-filling`` and ``memory-high`` the percent it begins with, ``workflow-stuck`` and
    ``stream-silent`` the seconds it has lasted already. ``route`` limits ``slow``, ``answer-cut``
    and ``answer-garbage`` to paths that hold it; ``sort`` is one of :data:`SORTS`.
    """

    kind: str
    tenant: str
    at: float = 0.0
    lasts: float | None = None
    service: str = ""
    amount: float = 0.0
    route: str = ""
    sort: str = ""

    @property
    def about(self) -> str:
        """The service, schedule or stream it is about; empty when it is about the tenant."""
        return self.service or DEFAULTS.get(self.kind, "")

    def on(self, elapsed: float) -> bool:
        """Whether it is in force ``elapsed`` seconds after the start."""
        return self.at <= elapsed and (self.lasts is None or elapsed < self.at + self.lasts)

    def fits(self, person: Person) -> bool:
        """Whether the tenant has what it is about."""
        if self.kind in NEEDS_SERVICE:
            return self.about in person.services
        if self.kind in NEEDS_SCHEDULE:
            return any(plan.id == self.about for plan in person.plans)
        if self.kind in NEEDS_STREAM:
            return any(source.id == self.about for source in person.streams)
        return True


class Active(NamedTuple):
    """A fault in force: ``since`` in epoch seconds."""

    kind: str
    about: str
    since: float
    amount: float
    route: str = ""
    sort: str = ""


def read_script(path: Path, people: Sequence[Person], seed: int) -> list[Fault]:
    """The faults of a JSON script ``{"faults": [{"tenant", "fault", "at"?, "for"?, ...}]}``.

    Raises:
        FaultError: unreadable, or a fault, tenant, service or number that does not exist.
    """
    try:
        whole = json.loads(path.read_text())
    except (OSError, ValueError) as trouble:
        raise FaultError(f"{path.name}: not readable as JSON: {trouble}") from None
    listed = whole.get("faults") if isinstance(whole, dict) else None
    if not isinstance(listed, list):
        raise FaultError(f'{path.name}: {{"faults": [...]}} is needed')
    found: list[Fault] = []
    for index, item in enumerate(listed):
        found += _read(item, people, seed, f"{path.name}: faults[{index}]")
    return found


KEYS = frozenset({"tenant", "fault", "at", "for", "route", "sort"})
ABOUT = ("service", "schedule", "stream")
AMOUNT = ("amount", "seconds", "percent")
SORTS = {
    "answer-garbage": ("html", "text", "null", "list", "odd"),
    "temporal-silent": ("frozen", "stopped"),
}
"""How a fault shows, the usual way first."""


def _read(item: Any, people: Sequence[Person], seed: int, where: str) -> list[Fault]:
    if not isinstance(item, dict):
        raise FaultError(f"{where}: an object is needed")
    if item.get("fault") not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise FaultError(f"{where}: unknown fault {item.get('fault')!r}; known are {known}")
    known_keys = [*sorted(KEYS), *ABOUT, *AMOUNT]
    if unknown := item.keys() - set(known_keys):
        raise FaultError(
            f"{where}: unknown key {min(unknown)!r}; known are {', '.join(known_keys)}"
        )
    sort = item.get("sort", "")
    if sort and sort not in SORTS.get(item["fault"], ()):
        raise FaultError(f"{where}.sort: {item['fault']} has no sort {sort!r}")
    lasts = None if item.get("for") is None else _number(item, "for", where)
    fault = Fault(
        kind=item["fault"],
        tenant="",
        at=_number(item, "at", where),
        lasts=lasts,
        service=next((str(item[key]) for key in ABOUT if item.get(key)), ""),
        amount=next((_number(item, key, where) for key in AMOUNT if key in item), 0.0),
        route=str(item.get("route") or ""),
        sort=sort,
    )
    chosen = _choose(item.get("tenant"), fault, people, seed, where)
    return [replace(fault, tenant=person.name) for person in chosen]


def _number(item: dict[str, Any], key: str, where: str) -> float:
    value = item.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FaultError(f"{where}.{key}: a number is needed, not {value!r}")
    return float(value)


def _choose(
    word: Any, fault: Fault, people: Sequence[Person], seed: int, where: str
) -> list[Person]:
    if word == "all":
        word = "share:1"
    if isinstance(word, str) and word.startswith("share:"):
        try:
            part = float(word.removeprefix("share:"))
        except ValueError:
            part = -1.0
        if not 0 <= part <= 1:
            raise FaultError(f"{where}.tenant: share:0 to share:1 is needed, not {word!r}")
        able = sorted((p for p in people if fault.fits(p)), key=lambda p: roll(seed, where, p.name))
        return able[: round(part * len(people))]
    one = next(
        (p for p in people if p.name == word or (p.index == word and word is not True)), None
    )
    if one is None:
        raise FaultError(f"{where}.tenant: no tenant {word!r}")
    if not fault.fits(one):
        raise FaultError(f"{where}: {one.name} ({one.generation}) has no {fault.about}")
    return [one]


def demo(people: Sequence[Person]) -> list[Fault]:
    """The demo's day: some in trouble from the start, things happening, a healing."""
    told = (
        Fault("container-exit", "", at=-900, service="alfred"),
        Fault("workflow-stuck", "", at=-60),
        Fault("zero-pollers", "", at=-400),
        Fault("disk-filling", "", amount=92),
        Fault("unhealthy", "", at=-150, lasts=225, service="ollama"),
        Fault("stream-broken", "", at=-600),
        Fault("image-update", "", at=20),
        Fault("restart-loop", "", at=30, lasts=180),
        Fault("host-blackholed", "", at=45, lasts=240),
        Fault("schedule-paused", "", at=60),
        Fault("api-down", "", at=90, lasts=120),
        Fault("docker-silent", "", at=150, lasts=90),
    )
    free = list(people)
    found = []
    for fault in told:
        wanted = [p for p in free if fault.fits(p)]
        if fault.kind == "disk-filling":
            wanted = [p for p in wanted if p.volume_seen]
        if wanted:
            person = wanted[roll("demo", fault.kind, len(wanted)) % len(wanted)]
            free.remove(person)
            found.append(replace(fault, tenant=person.name))
    return found
