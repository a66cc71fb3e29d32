"""What a tenant should be running, as data (verdicts.md, When it changes; tenant-api.md 3.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from alfred_tui.model.tenant import Layout

_ALWAYS = frozenset({"temporal", "ollama", "alfred", "ctrl-api", "alfred-learn"})
_GATEWAY = frozenset({"openclaw"})
_WORKERS = frozenset({"openclaw", "openclaw-workers", "mcp-server"})

CORE: Mapping[Layout | None, frozenset[str]] = {
    None: _ALWAYS,
    Layout.F1: _ALWAYS | _GATEWAY,
    Layout.F2: _ALWAYS | _WORKERS,
    Layout.F3: _ALWAYS | _WORKERS,
    Layout.H: _ALWAYS | {"hermes", "mcp-server"},
}
"""Services that must be listed from the first poll on; ``None`` while the generation is unknown."""

GROUPS: Mapping[str, frozenset[str]] = {
    "plane": frozenset(
        {
            "plane-db",
            "plane-redis",
            "plane-mq",
            "plane-minio",
            "plane-api",
            "plane-worker",
            "plane-beat",
            "plane-web",
            "plane-space",
            "plane-admin",
            "plane-live",
            "plane-proxy",
        }
    ),
    "sure": frozenset({"sure-db", "sure-redis", "sure-web", "sure-worker"}),
    "vaultwarden": frozenset({"vaultwarden", "vault-cli"}),
}
"""Optional stacks; a member that was seen makes itself expected, a label the whole stack."""

ONE_SHOTS = frozenset({"init", "vault-init", "sure-init", "plane-migrator"})
"""Services that run once and exit: never expected, no fault when gone."""


class Expectation(msgspec.Struct, frozen=True):
    """``core`` missing is DOWN, ``optional`` missing is DEGRADED."""

    core: frozenset[str]
    optional: frozenset[str]

    @property
    def services(self) -> frozenset[str]:
        """Everything that should be listed."""
        return self.core | self.optional


def expectation(
    layout: Layout | None,
    seen: Collection[str],
    labels: Mapping[str, str],
    *,
    dropped: Collection[str] = (),
) -> Expectation:
    """What to expect of a tenant of ``layout`` that was ever seen running ``seen``.

    Core never depends on what was seen: a tenant first seen broken does not teach us that broken
    is normal. ``labels`` such as ``plane-enabled: true`` announce a stack before it was seen;
    ``dropped`` is what a person took out.
    """
    core = CORE[layout]
    optional = {name for name in seen if not is_one_shot(name)}
    for group, members in GROUPS.items():
        if labels.get(f"{group}-enabled", "").lower() == "true":
            optional |= members
    return Expectation(core, frozenset(optional - core - set(dropped)))


def is_one_shot(service: str) -> bool:
    """Whether a service is meant to exit after its work."""
    return service in ONE_SHOTS or service.endswith(("-init", "-migrator"))


def layout_of(answer_generation: str | None, services: Collection[str]) -> Layout | None:
    """The generation a tenant betrays: ``H`` or ``F`` by its dashboard, ``F1`` by lacking one.

    F2 and F3 expect the same, so ``F`` is taken as F3 here.
    """
    if answer_generation == "H" or "hermes" in services:
        return Layout.H
    if answer_generation == "F1":
        return Layout.F1
    if answer_generation == "F" or "openclaw-workers" in services:
        return Layout.F3
    return None


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
"""Platform schedules without a gate: every layout has them (runbook.md 14)."""
