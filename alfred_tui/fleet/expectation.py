"""What a tenant should be running, as data (verdicts.md, When it changes; tenant-api.md 3.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from alfred_tui.model.tenant import Layout

_ALWAYS = frozenset({"temporal", "ollama", "alfred", "ctrl-api", "alfred-learn"})
_WORKERS = frozenset({"openclaw", "openclaw-workers", "mcp-server"})

CORE: Mapping[Layout | None, frozenset[str]] = {
    None: _ALWAYS,
    Layout.F1: _ALWAYS | {"openclaw"},
    Layout.F2: _ALWAYS | _WORKERS,
    Layout.F3: _ALWAYS | _WORKERS,
    Layout.H: _ALWAYS | {"hermes", "mcp-server"},
}
"""Services that must be listed from the first poll on; ``None`` while the generation is unknown."""

GROUPS: Mapping[str, frozenset[str]] = {
    "plane": frozenset(
        f"plane-{part}"
        for part in (
            *("db", "redis", "mq", "minio", "api", "worker"),
            *("beat", "web", "space", "admin", "live", "proxy"),
        )
    ),
    "sure": frozenset({"sure-db", "sure-redis", "sure-web", "sure-worker"}),
    "vaultwarden": frozenset({"vaultwarden", "vault-cli"}),
    "voice-bridge": frozenset({"voice-bridge"}),
    "caddy": frozenset({"caddy"}),
    "tailscale": frozenset({"tailscale"}),
}
"""Optional stacks: a label, or one member once seen, makes the whole stack expected."""

STACK_SCHEDULES: Mapping[str, str] = {"plane": "al-plane-"}
"""How the schedules of an optional stack begin: a tenant that has them is to keep them."""

FOREIGN: Mapping[Layout | None, tuple[str, ...]] = {
    Layout.H: ("openclaw",),
    **dict.fromkeys((Layout.F1, Layout.F2, Layout.F3), ("hermes",)),
}
"""How the agent's services of the other line begin: left by a move, and expected no more."""

GROUP_OF: Mapping[str, str] = {name: group for group, names in GROUPS.items() for name in names}

_ONE_SHOTS = frozenset({"init"})


class Expectation(msgspec.Struct, frozen=True, gc=False):
    """``core`` missing is DOWN, ``optional`` missing is DEGRADED; ``schedules`` platform ids."""

    core: frozenset[str]
    optional: frozenset[str]
    schedules: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()


def expectation(
    layout: Layout | None,
    seen: Collection[str],
    labels: Mapping[str, str],
    *,
    dropped: Collection[str] = (),
    schedules: Collection[str] = (),
) -> Expectation:
    """What to expect of a tenant of ``layout`` that was seen running ``seen``.

    Core never depends on what was seen: a tenant first seen broken does not teach us that broken
    is normal. A label ``plane-enabled: true`` announces a stack before it was seen, ``expects:
    plane, voice-bridge, -caddy`` adds and takes out by hand, a schedule too; ``dropped`` is what
    a person took out. ``schedules`` of stacks that were seen are expected with their stack.
    """
    foreign = FOREIGN.get(layout, ())
    known = {name for name in seen if not is_one_shot(name) and not name.startswith(foreign)}
    groups = {GROUP_OF[name] for name in known if name in GROUP_OF}
    groups |= {group for group in GROUPS if labels.get(f"{group}-enabled", "").lower() == "true"}
    out = set(dropped)
    for word in labels.get("expects", "").replace(",", " ").split():
        name = word.lstrip("+-")
        if word.startswith("-"):
            out |= GROUPS.get(name, frozenset({name}))
        elif name in GROUPS:
            groups.add(name)
        elif name:
            known.add(name)
    for group in groups:
        known |= GROUPS[group]
    core = CORE[layout]
    # before the generation is known, neither line's own services are anybody's extras
    unsure = CORE[Layout.F3] | CORE[Layout.H] if layout is None else frozenset[str]()
    optional = frozenset(known - core - unsure - out)
    stacks = tuple(
        start
        for group, start in STACK_SCHEDULES.items()
        if group in groups and not GROUPS[group] <= out
    )
    kept = {name for name in schedules if name.startswith(stacks)}
    return Expectation(core - out, optional, (SCHEDULES | kept) - out, (core - out) | optional)


def stack_schedules(names: Collection[str]) -> frozenset[str]:
    """Those schedules that belong to an optional stack."""
    starts = tuple(STACK_SCHEDULES.values())
    return frozenset(name for name in names if name.startswith(starts))


def is_one_shot(service: str) -> bool:
    """Whether a service is meant to exit after its work: never expected, no fault when gone."""
    return service in _ONE_SHOTS or service.endswith(("-init", "-migrator"))


def layout_of(generation: str | None, services: Collection[str]) -> Layout | None:
    """The generation a tenant betrays (tenant-api.md section 0).

    ``generation`` is ``H`` or ``F`` by the dashboard's keys, ``F1`` where it has no dashboard.
    F2 and F3 expect the same, so ``F`` is taken as F3 here.
    """
    if generation == "H" or "hermes" in services:
        return Layout.H
    if generation == "F" or "openclaw-workers" in services:
        return Layout.F3
    return Layout.F1 if generation == "F1" else None


def agent_of(layout: Layout | None) -> str:
    """The agent runtime's service name."""
    return "hermes" if layout is Layout.H else "openclaw"


SCHEDULES = frozenset(
    {
        "al-event-processor",
        "al-session-tracker",
        "al-learning",
        "al-judgment",
        "al-task-runner",
        "al-hourly-enrichment",
        "al-reflection",
    }
)
"""Platform schedules without a gate that every layout has been seen with (runbook.md 14).

``al-omi-processor``, ``al-composio-reconnect-cleanup``, ``al-nightly-maintenance`` and
``al-chore-promotion`` have no gate either, but nothing says that every layout has them.
"""
