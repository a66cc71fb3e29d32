"""The fleet as far as it is known: observations in, views and facts out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from alfred_tui.fleet import showing
from alfred_tui.fleet.expectation import Expectation, expectation, layout_of
from alfred_tui.fleet.judge import Condition, Key, follow, verdict
from alfred_tui.fleet.rhythm import backed_off
from alfred_tui.fleet.rules import RULES
from alfred_tui.fleet.sight import Memory, Sight, remember
from alfred_tui.model.facts import Containers, Dashboard
from alfred_tui.model.kept import KeptState
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TRANSPORT, FailureKind, Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.model.verdict import Pill, Verdict
from alfred_tui.model.view import Counts, Fact, OwnNetwork, TenantView


class TenantState:
    """All that is known of one tenant. Its parts are frozen; applying a look replaces them."""

    __slots__ = (
        "answers",
        "attempts",
        "conditions",
        "generation",
        "kept_view",
        "memory",
        "seen",
        "tenant",
        "verdict",
    )

    def __init__(self, tenant: Tenant, kept: KeptState | None) -> None:
        self.tenant = tenant
        self.attempts: dict[Look, Observation] = {}
        self.answers: dict[Look, Observation] = {}
        self.conditions: dict[Key, Condition] = {}
        self.memory = Memory()
        self.seen: frozenset[str] = kept.seen if kept else frozenset()
        self.generation: str | None = kept.generation if kept else None
        self.kept_view: TenantView | None = kept.view if kept else None
        self.verdict: Verdict | None = None

    def expected(self) -> Expectation:
        """What should be running here."""
        layout = self.tenant.layout or layout_of(self.generation, self.seen)
        return expectation(layout, self.seen, self.tenant.labels)

    def sight(self, now: datetime, limits: Limits) -> Sight:
        """Everything in view, for the rules."""
        return Sight(
            tenant=self.tenant,
            layout=self.tenant.layout or layout_of(self.generation, self.seen),
            expectation=self.expected(),
            limits=limits,
            now=now,
            attempts=self.attempts,
            answers=self.answers,
            memory=self.memory,
        )


class FleetState:
    """Holds every tenant's state; ``apply`` is the only way in for what was seen."""

    def __init__(
        self,
        limits: Limits,
        *,
        now: Callable[[], datetime],
        containers_interval: float = 10.0,
    ) -> None:
        self.limits = limits
        self.network = OwnNetwork()
        self.containers_interval = containers_interval
        self._now = now
        self._states: dict[str, TenantState] = {}
        self._views: dict[str, TenantView] = {}

    @property
    def views(self) -> dict[str, TenantView]:
        """Every tenant's newest view by name. Treat as read-only."""
        return self._views

    def add(self, tenant: Tenant, kept: KeptState | None = None) -> None:
        """Begin to know a tenant, or take over its edited description; what was seen stays."""
        old = self._states.get(tenant.name)
        if old is not None and _same_doors(old.tenant, tenant):
            old.tenant = tenant
        else:
            self._states[tenant.name] = TenantState(tenant, kept)
        self._views[tenant.name] = self._show(self._states[tenant.name], self._now())

    def remove(self, name: str) -> None:
        """Forget a tenant; unknown names are ignored."""
        self._states.pop(name, None)
        self._views.pop(name, None)

    def apply(self, seen: Observation) -> bool:
        """Take in one look and judge anew; whether the tenant's view changed."""
        state = self._states.get(seen.tenant)
        if state is None:  # removed while the look was under way
            return False
        before = state.sight(seen.at, self.limits) if state.attempts else None
        state.attempts = {**state.attempts, seen.look: seen}
        if seen.ok:
            state.answers = {**state.answers, seen.look: seen}
            self._learn(state, seen)
        elif seen.look is Look.DASHBOARD and _kind(seen) is FailureKind.UNSUPPORTED:
            state.generation = "F1"
        sight = state.sight(seen.at, self.limits)
        state.memory = remember(state.memory, before, seen, self.limits, sight)
        sight = msgspec.structs.replace(sight, memory=state.memory)
        state.conditions = follow(state.conditions, sight, seen.look, RULES.values())
        return self._refresh(state, seen.at)

    def _learn(self, state: TenantState, seen: Observation) -> None:
        answer = seen.answer
        if isinstance(answer, Dashboard):
            state.generation = answer.generation or state.generation
        elif isinstance(answer, Containers):
            names = answer.by_service.keys()
            if not names <= state.seen:
                state.seen = state.seen | names

    def vanished(self, name: str) -> bool:
        """Whether the newest list misses a service that an earlier one had: look again soon."""
        state = self._states.get(name)
        if state is None:
            return False
        waiting = (c for k, c in state.conditions.items() if k[0] == "service-missing")
        return any(not c.firing for c in waiting)

    def age(self, now: datetime) -> set[str]:
        """Judge again without a look: time alone makes stale, and makes DEGRADED into DOWN."""
        return {name for name, state in self._states.items() if self._refresh(state, now)}

    def _refresh(self, state: TenantState, now: datetime) -> bool:
        view = self._show(state, now)
        old = self._views.get(state.tenant.name)
        self._views[state.tenant.name] = view
        return view != old

    def _show(self, state: TenantState, now: datetime) -> TenantView:
        tenant = state.tenant
        sight = state.sight(now, self.limits)
        looked = bool(state.attempts)
        if not looked and state.kept_view is not None and tenant.polled:
            kept = state.kept_view
            pill = kept.pill if kept.pill is Pill.UNKNOWN else Pill.STALE
            return showing.described(msgspec.structs.replace(kept, pill=pill, images=()), tenant)
        notes = ("backup running",) if sight.backup_running else ()
        state.verdict = verdict(
            state.conditions,
            tenant.lifecycle,
            state.verdict,
            now,
            seen=looked,
            stale=self._is_stale(state, now),
            own_network=self.network.state == "offline" and not showing.on_loopback(tenant),
            notes=notes,
        )
        return showing.view(sight, state.verdict)

    def _is_stale(self, state: TenantState, now: datetime) -> bool:
        seen = state.attempts.get(Look.CONTAINERS)
        if seen is None:
            return False
        streak = state.memory.streaks.get(Look.CONTAINERS)
        interval = backed_off(self.containers_interval, streak.count if streak else 0)
        limit = self.limits.stale_intervals * interval + seen.took
        return (now - seen.at).total_seconds() > limit

    def facts(self, name: str) -> tuple[Fact, ...]:
        """Every fact behind a tenant's verdict; empty for an unknown name."""
        state = self._states.get(name)
        return showing.facts(state.sight(self._now(), self.limits)) if state else ()

    def counts(self) -> Counts:
        """Tenants by pill, those that are counted."""
        found = dict.fromkeys(Pill, 0)
        for view in self._views.values():
            if view.counted:
                found[view.pill] += 1
        return Counts(
            total=sum(found.values()),
            ok=found[Pill.OK],
            degraded=found[Pill.DEGRADED],
            down=found[Pill.DOWN],
            stale=found[Pill.STALE],
            unknown=found[Pill.UNKNOWN],
            building=found[Pill.BUILDING],
        )

    def lost(self) -> tuple[int, int, int]:
        """Tenants off this machine: how many were looked at, lost over HTTP, answered on SSH."""
        looked = lost = ssh = 0
        for state in self._states.values():
            seen = state.attempts.get(Look.CONTAINERS)
            if seen is None or showing.on_loopback(state.tenant):
                continue
            looked += 1
            if seen.failure is not None and seen.failure.kind in TRANSPORT:
                lost += 1
                banner = state.attempts.get(Look.BANNER)
                ssh += banner is not None and banner.ok
        return looked, lost, ssh

    def kept(self, now: datetime, names: Iterable[str] | None = None) -> list[KeptState]:
        """What should outlive the process, of tenants that were looked at."""
        chosen = self._states.keys() if names is None else names
        return [
            KeptState(name, self._views[name], now, state.seen, state.generation)
            for name in chosen
            if (state := self._states.get(name)) is not None and state.attempts
        ]


def _kind(seen: Observation) -> FailureKind | None:
    return seen.failure.kind if seen.failure else None


def _same_doors(old: Tenant, new: Tenant) -> bool:
    return (old.api_url, old.address, old.layout) == (new.api_url, new.address, new.layout)
