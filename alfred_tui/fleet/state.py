"""The fleet as far as it is known: observations in, views and facts out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from alfred_tui.fleet import showing
from alfred_tui.fleet.clocks import Clocks
from alfred_tui.fleet.contact import Contact
from alfred_tui.fleet.judge import (
    build_failure,
    firing,
    folded,
    healing,
    judge,
    verdict,
    waiting,
)
from alfred_tui.fleet.memory import remember, take_missing
from alfred_tui.fleet.paused import Ledger, told
from alfred_tui.fleet.quieting import Quieting
from alfred_tui.fleet.rules import rules_of
from alfred_tui.fleet.sight import NO_DAMPING, follow_backup, trio_of
from alfred_tui.fleet.staleness import is_stale
from alfred_tui.fleet.tenant_state import TenantState, learn
from alfred_tui.fleet.trend import Trend
from alfred_tui.model.damping import Damp
from alfred_tui.model.kept import KeptState
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import TRANSPORT, FailureKind, Observation
from alfred_tui.model.paused import Paused
from alfred_tui.model.quiet import Quiet
from alfred_tui.model.tenant import Lifecycle, Tenant
from alfred_tui.model.view import Counts, Fact, OwnNetwork, TenantView

_RULES = {look: rules_of(look) for look in Look}
SUSPECT_MOST = 20.0
"""Seconds for which a suspicion of our own network holds verdicts back without an answer.

Fixed on purpose: asking takes at most 6 s, and is tried again at once.
"""


class FleetState:
    """Holds every tenant's state; ``apply`` is the only way in for what was seen.

    ``trying`` says whether a containers look at a tenant is under way just now (the poller knows):
    a tenant that keeps us waiting is not stale. ``own`` gives the limits and the damping of one
    tenant where some are set for it alone; they are ``limits`` and ``damping`` otherwise.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        now: Callable[[], datetime],
        containers_interval: float = 10.0,
        trying: Callable[[str], bool] | None = None,
        damping: Mapping[str, Damp] = NO_DAMPING,
        own: Callable[[str], tuple[Limits, Mapping[str, Damp]]] | None = None,
    ) -> None:
        self.limits = limits
        self.quieting = Quieting()
        self._own = own or (lambda _: (limits, damping))
        self.containers_interval = containers_interval
        self.trying = trying
        self.contact = Contact()
        self._clocks = Clocks()
        self._network = OwnNetwork()
        self._now = now
        self._states: dict[str, TenantState] = {}
        self._views: dict[str, TenantView] = {}
        self._paused = Ledger()

    # --- who ------------------------------------------------------------------------------

    @property
    def views(self) -> dict[str, TenantView]:
        """Every tenant's newest view by name. Treat as read-only."""
        return self._views

    def view(self, name: str) -> TenantView:
        """One tenant's newest view; ``KeyError`` for an unknown name."""
        return self._views[name]

    def add(self, tenant: Tenant, kept: KeptState | None = None) -> None:
        """Begin to know a tenant, or take over its edited description.

        What was seen stays while doors and key are the same; else it begins from what was kept.
        """
        state = self._states.get(tenant.name)
        if state is not None and state.has_doors_of(tenant):
            state.describe(tenant)
        else:
            if state is not None and kept is not None and state.memory.attempts:
                kept = state.kept(self._views[tenant.name], self._now())  # newer than what is kept
            self._forget(tenant.name)
            state = self._states[tenant.name] = TenantState(tenant, kept, *self._own(tenant.name))
            if kept is not None:
                state.recall(kept, self._now())
        if state.loopback or not tenant.polled:
            self.contact.forget(tenant.name)
        else:
            self.contact.members.add(tenant.name)
        self._hear(state)
        self._refresh(state, self._now())

    def remove(self, name: str) -> None:
        """Forget a tenant; unknown names are ignored."""
        self._states.pop(name, None)
        self._views.pop(name, None)
        self._forget(name)

    def _forget(self, name: str) -> None:
        self.contact.forget(name)
        self._clocks.forget(name)

    def known(self, name: str) -> TenantState | None:
        """All that is known of a tenant, to be read only; ``None`` for an unknown name."""
        return self._states.get(name)

    # --- what was seen --------------------------------------------------------------------

    def apply(self, seen: Observation) -> bool:
        """Take in one look and judge anew; whether the tenant's view changed."""
        state = self._states.get(seen.tenant)
        if state is None:  # removed while the look was under way
            return False
        state.met = not state.recalled and seen.look not in state.memory.attempts
        self._note_contact(state, seen)
        remember(state.memory, seen, state.limits)
        if seen.skew is not None and seen.look is not Look.BANNER:
            off = abs(seen.skew) - seen.skew_margin > state.limits.clock_skew
            self._clocks.note(seen.tenant, seen.skew, off=off)
        learn(state, seen)
        if seen.look is Look.CONTAINERS and seen.failure is None:
            take_missing(state.memory, seen.at, state.expected)
            trio = trio_of(state.layout)
            follow_backup(state.memory, seen.at, trio, state.zone, state.limits)
        self._judge(state, seen)
        return self._refresh(state, seen.at)

    def _judge(self, state: TenantState, seen: Observation) -> None:
        if seen.failure is None and seen.door is Door.API:
            self.quieting.answered(state.tenant.name, seen.at)
        sight = state.sight(
            seen,
            suspect=not state.loopback and self._suspects(seen.at),
            partition=not state.loopback and self._network.state == "partition",
            own_clock=self._clocks.ours is not None,
        )
        judged = judge(state.conditions, sight, _RULES[seen.look])
        if judged is not state.conditions:
            state.conditions, state.firing = judged, firing(judged)
            self.quieting.follow(state.tenant.name, state.firing, seen.at)
            self._hear(state)

    def _hear(self, state: TenantState) -> None:
        """Tell the loud reasons from those that are wished to be quiet."""
        found = state.firing
        if state.tenant.lifecycle is Lifecycle.ERROR:
            found = (build_failure(state.tenant), *found)
        loud, quiet = self.quieting.split(state.tenant.name, found)
        state.reasons, state.quieted = folded(loud), folded(quiet)

    def quieten(self, wishes: Iterable[Quiet], now: datetime, *, others: bool = False) -> set[str]:
        """These wishes for quiet hold from now on, by ``others``; names whose view changed."""
        touched = self.quieting.replace(wishes, now, others=others)
        names = list(self._states) if touched is None else touched
        for name in names:
            if (state := self._states.get(name)) is not None:
                self.quieting.follow(name, state.firing, now)
        return self._heard(names, now)

    def _heard(self, touched: Iterable[str] | None, now: datetime) -> set[str]:
        names = list(self._states) if touched is None else touched
        changed = set()
        for name in names:
            if (state := self._states.get(name)) is not None:
                self._hear(state)
                if self._refresh(state, now):
                    changed.add(name)
        return changed

    def set_trend(self, name: str, found: Trend) -> None:
        """What a tenant's past says of its normal, for the looks to come."""
        state = self._states.get(name)
        if state is not None:
            state.trend = found

    def met(self, name: str) -> bool:
        """Whether the newest look only shows what was so before we came: no event of the tenant."""
        state = self._states.get(name)
        return state is not None and state.met

    def vanished(self, name: str) -> bool:
        """Whether something in the newest list needs a second look soon to be believed."""
        state = self._states.get(name)
        if state is None:
            return False
        return waiting(state.conditions, "service-missing", "backup-left-stopped", "docker-silent")

    def healing(self, name: str) -> frozenset[Look]:
        """Looks of the pulse that were quiet on what fires: one more round of them ends it."""
        state = self._states.get(name)
        return healing(state.conditions) if state is not None else frozenset()

    @property
    def own_clock(self) -> str:
        """What to tell of this machine's clock where it is the one that is wrong, else ``""``."""
        return self._clocks.text

    # --- our own network ------------------------------------------------------------------

    def _note_contact(self, state: TenantState, seen: Observation) -> None:
        if state.loopback or seen.look is Look.BANNER or seen.door is Door.SSH:
            return
        if seen.failure is not None and seen.failure.kind is FailureKind.CONFIGURATION:
            if seen.look is Look.CONTAINERS:
                self.contact.bar(state.tenant.name)
            return  # nothing was sent: neither an answer nor a loss
        lost = seen.failure is not None and seen.failure.kind in TRANSPORT
        if seen.look is not Look.CONTAINERS and lost:
            return  # one route that hangs says nothing of the way to it
        self.contact.note(state.tenant.name, seen.at, lost=lost)
        if not lost and self._network.state in ("offline", "partition"):
            self._came_back(seen.at)

    def _came_back(self, at: datetime) -> None:
        """Somebody answers: what was lost meanwhile is lost no more until it fails anew."""
        self._network = OwnNetwork("up", self._network.tailnet, "", at)
        for state in self._states.values():
            if not state.loopback:
                state.memory.streaks.clear()
                self._refresh(state, at)

    def _suspects(self, now: datetime) -> bool:
        """Whether our own network is, or may be, the cause of what is lost."""
        if self._network.state == "offline":
            return True
        since = self.contact.since
        if since is None or not self.contact.suspicious:
            return False
        asked = self._network.at is not None and self._network.at >= since
        return not asked and (now - since).total_seconds() < SUSPECT_MOST

    @property
    def suspect(self) -> bool:
        """Whether our own network should be checked now: verdicts wait for the answer."""
        return self._network.state != "offline" and self._suspects(self._now())

    @property
    def network(self) -> OwnNetwork:
        """What the last check of our own network said."""
        return self._network

    @network.setter
    def network(self, found: OwnNetwork) -> None:
        self._network = found
        now = found.at or self._now()
        for name in list(self.contact.members):
            state = self._states[name]
            seen = state.memory.attempts.get(Look.CONTAINERS)
            if seen is not None and name in self.contact.lost:
                self._judge(state, msgspec.structs.replace(seen, at=max(now, seen.at)))
            self._refresh(state, now)

    def lost(self) -> tuple[int, int, int]:
        """Tenants off this machine: how many were looked at, lost over HTTP, answered on SSH.

        While many are lost together only those looked at since the last answer are counted.
        """
        looked = lost = ssh = 0
        together = self.contact.suspicious
        for name in self.contact.members:
            memory = self._states[name].memory
            seen = memory.attempts.get(Look.CONTAINERS)
            if seen is None or name in self.contact.barred:
                continue
            if together and name not in self.contact.lost:
                continue
            looked += 1
            if seen.failure is not None and seen.failure.kind in TRANSPORT:
                lost += 1
                banner = memory.attempts.get(Look.BANNER)
                ssh += banner is not None and banner.ok
        return looked, lost, ssh

    def lost_kinds(self) -> frozenset[FailureKind]:
        """How the tenants that are lost together are lost."""
        kinds = set()
        for name in self.contact.lost:
            seen = self._states[name].memory.attempts.get(Look.CONTAINERS)
            if seen is not None and seen.failure is not None:
                kinds.add(seen.failure.kind)
        return frozenset(kinds)

    # --- what is shown --------------------------------------------------------------------

    def age(self, now: datetime) -> set[str]:
        """Judge again without a look: time alone makes stale. Names whose view changed."""
        changed = self._heard(self.quieting.expire(now), now)
        for name in self.quieting.unmet(now):
            state = self._states.get(name)
            if state is None or self.quieting.follow(name, state.firing, now):
                changed |= self._heard([name], now)
        for name, state in self._states.items():
            if self._is_stale(state, now) != state.stale and self._refresh(state, now):
                changed.add(name)
        return changed

    def _refresh(self, state: TenantState, now: datetime) -> bool:
        view = self._show(state, now)
        name = state.tenant.name
        old = self._views.get(name)
        self._views[name] = view
        return view != old

    def _show(self, state: TenantState, now: datetime) -> TenantView:
        state.stale = self._is_stale(state, now)
        looked = bool(state.memory.attempts)
        if not looked and state.kept_view is not None and state.tenant.polled:
            split = self.quieting.split
            return showing.restored(
                state.kept_view, state.tenant, split, marks=self._marks(state), stale=state.stale
            )
        state.verdict = verdict(
            state.reasons,
            state.tenant,
            state.verdict,
            now,
            seen=Look.CONTAINERS in state.memory.answers,
            stale=state.stale,
            own_network=self._network.state == "offline" and not state.loopback,
            notes=(
                *showing.notes(state.memory, state.limits, now),
                *told(self._standing(state), now),
            ),
            quieted=state.quieted,
        )
        memory = state.memory
        if state.figures is not None and memory.attempts.keys() >= showing.FIGURES:
            state.figures = None
        row = showing.view(
            state.row, memory, state.expected, state.layout, state.verdict, self._marks(state)
        )
        return row if state.figures is None else showing.with_figures(row, state.figures)

    def _marks(self, state: TenantState) -> str:
        """``z``: something of it is quiet, or would be. ``s``: a schedule that we paused."""
        quiet = state.quieted or self.quieting.about(state.tenant.name)
        return ("z" if quiet else "") + ("s" if self._standing(state) else "")

    def _standing(self, state: TenantState) -> tuple[Paused, ...]:
        seen = state.memory.answers.get(Look.SCHEDULES)
        return self._paused.standing(state.tenant.name, seen)

    def paused(self, name: str) -> tuple[Paused, ...]:
        """Schedules of a tenant that were paused with this program, and are."""
        state = self._states.get(name)
        return self._standing(state) if state is not None else ()

    def set_paused(self, paused: Iterable[Paused], now: datetime) -> set[str]:
        """These schedules were paused with this program. Names whose view changed."""
        touched = self._paused.replace(paused)
        states = (self._states[name] for name in touched if name in self._states)
        return {state.tenant.name for state in states if self._refresh(state, now)}

    def _is_stale(self, state: TenantState, now: datetime) -> bool:
        return is_stale(state, now, interval=self.containers_interval, trying=self.trying)

    def facts(self, name: str) -> tuple[Fact, ...]:
        """Every fact behind a tenant's verdict; empty for an unknown name."""
        state = self._states.get(name)
        if state is None:
            return ()
        return showing.facts(state.memory, state.expected, state.tenant, self.theirs(name))

    def theirs(self, name: str) -> datetime:
        """Now by a tenant's own clock, aware UTC; by ours where nothing is known of it."""
        state = self._states.get(name)
        return self._now() + timedelta(seconds=state.memory.clock if state is not None else 0.0)

    def counts(self) -> Counts:
        """Tenants by pill, those that are counted."""
        return showing.counted(self._views.values())

    def kept(self, now: datetime, names: Iterable[str] | None = None) -> list[KeptState]:
        """What should outlive the process, of tenants that were looked at."""
        chosen = self._states.keys() if names is None else names
        return [
            state.kept(self._views[name], now)
            for name in chosen
            if (state := self._states.get(name)) is not None and state.memory.attempts
        ]
