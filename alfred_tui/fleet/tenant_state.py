"""All that is known of one tenant, and what its looks teach us to expect of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alfred_tui.fleet import counting, showing
from alfred_tui.fleet.expectation import (
    CORE,
    Expectation,
    expectation,
    layout_of,
    stack_schedules,
)
from alfred_tui.fleet.judge import Conditions, firing
from alfred_tui.fleet.memory import Memory, Track, present_since
from alfred_tui.fleet.recalling import kept_conditions, recalled
from alfred_tui.fleet.sampler import JUDGED
from alfred_tui.fleet.sight import NO_DAMPING, Sight, in_backup_window, trio_of, zone_of
from alfred_tui.fleet.trend import NONE
from alfred_tui.model.damping import Damp
from alfred_tui.model.facts import Dashboard, Schedules
from alfred_tui.model.kept import KeptState
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.tenant import BUILDING, Layout, Tenant
from alfred_tui.model.verdict import Pill, Reason, Verdict
from alfred_tui.model.view import Counting, TenantView

FIGURES_LAST = 900.0
"""Seconds for which figures of the run before stand in for those that were not seen yet.

Fixed on purpose: no longer than what the host told is shown without its age in a run.
"""
_ANY_CORE = frozenset().union(*CORE.values())


class TenantState:
    """All that is known of one tenant: memory of its looks, what the rules said, what is shown.

    ``firing`` are its reasons one by one; ``reasons`` the loud ones and ``quieted`` the others, as
    they are told. ``limits`` and ``damping`` are those in force for it. ``recalled``: what fired in
    the run before was taken over; ``met``: it was not, and the newest look was the first of its
    kind, so that it shows what was so before we came. ``figures`` are those of the run before, as
    long as they stand in. Before the epoch ``watched`` nobody watched; 0.0 where that is unknown.
    """

    __slots__ = (
        "conditions",
        "damping",
        "expected",
        "figures",
        "firing",
        "generation",
        "kept_view",
        "layout",
        "learnt",
        "limits",
        "loopback",
        "memory",
        "met",
        "quieted",
        "reasons",
        "recalled",
        "row",
        "schedules",
        "seen",
        "stale",
        "tenant",
        "trend",
        "verdict",
        "watched",
        "well_since",
        "zone",
    )

    def __init__(
        self,
        tenant: Tenant,
        kept: KeptState | None,
        limits: Limits,
        damping: Mapping[str, Damp] = NO_DAMPING,
    ) -> None:
        self.limits, self.damping = limits, damping
        self.memory = Memory()
        self.conditions: Conditions = {}
        self.firing: tuple[Reason, ...] = ()
        self.reasons: tuple[Reason, ...] = ()
        self.quieted: tuple[Reason, ...] = ()
        self.seen: frozenset[str] = kept.seen if kept else frozenset()
        self.learnt: frozenset[str] = kept.learnt if kept else frozenset()
        self.well_since: datetime | None = kept.well_since if kept else None
        self.schedules: frozenset[str] = kept.schedules if kept else frozenset()
        self.generation: str | None = kept.generation if kept else None
        self.kept_view: TenantView | None = kept.view if kept else None
        self.figures: TenantView | None = None
        self.verdict: Verdict | None = None
        self.stale = self.met = self.recalled = False
        self.watched = 0.0
        self.trend = NONE
        self.describe(tenant)

    def describe(self, tenant: Tenant) -> None:
        """Take over the tenant's description."""
        self.tenant = tenant
        self.zone = zone_of(tenant.timezone)
        self.loopback = showing.on_loopback(tenant)
        self.row = showing.described(TenantView(tenant.name, Pill.UNKNOWN), tenant)
        self.layout: Layout | None = None
        self.expect()

    def has_doors_of(self, other: Tenant) -> bool:
        """Whether address and key are those of another description."""
        mine = self.tenant
        return (mine.api_url, mine.address, mine.api_key) == (
            other.api_url,
            other.address,
            other.api_key,
        )

    def expect(self) -> None:
        """Work out anew what should be running here."""
        self.layout = self.tenant.layout or layout_of(self.generation, self.seen)
        self.expected: Expectation = expectation(
            self.layout, self.seen, self.tenant.labels, schedules=self.schedules
        )
        self.memory.missing &= self.expected.services  # what is new is missed at the next look

    def recall(self, kept: KeptState, now: datetime) -> None:
        """Take over what the run before knew: what fired, when services were away or listed.

        What fired at another address says nothing of this one.
        """
        young = self._take_absences(kept, now)
        if not self.tenant.polled or kept.view.address not in ("", self.row.address):
            return
        self.recalled = True
        self.conditions = recalled(kept)
        self.firing = firing(self.conditions)
        if (now - kept.kept_at).total_seconds() <= FIGURES_LAST:
            self.figures = kept.view
        if kept.view.pill in JUDGED:
            self.verdict = Verdict(kept.view.pill, kept.view.since)
        seen = kept.view.oldest
        if young and seen is not None and (now - seen).total_seconds() <= self._backup_lasts:
            listed = {name for name, _ in kept.view.images}
            self.memory.before = frozenset(listed & trio_of(self.layout))

    def _take_absences(self, kept: KeptState, now: datetime) -> bool:
        """Since when services were away; whether that is so young that it tells of this backup.

        An absence that was kept before this backup's window proves nothing about this backup.
        """
        young = (now - kept.kept_at).total_seconds() <= self._backup_lasts
        gone = kept.gone
        if not young and in_backup_window(now, self.zone, self.limits):
            gone = {name: at for name, at in gone.items() if name not in trio_of(self.layout)}
        for name in gone.keys() | kept.known.keys():
            track = self.memory.services[name] = Track(0.0)  # not listed yet in this run
            track.gone, track.known = gone.get(name), kept.known.get(name, 0.0)
        self.watched = 0.0 if young else now.timestamp()
        return young

    @property
    def _backup_lasts(self) -> float:
        """From the earliest begin of a backup to its latest end, seconds."""
        return self.limits.backup_window_length + self.limits.backup_allowance

    def kept(self, view: TenantView, now: datetime) -> KeptState:
        """What should outlive the process."""
        moment, services = now.timestamp(), self.memory.services
        away = {
            name: track.gone
            for name in self.memory.missing
            if (track := services.get(name)) is not None
            and track.gone is not None
            # found away only, it is told as found again, until no backup takes as long
            and (track.dated or moment - track.gone > self.limits.backup_allowance)
        }
        unlearnt = self.seen - self.learnt - self.expected.core
        return KeptState(
            tenant=self.tenant.name,
            view=view,
            kept_at=now,
            seen=self.seen,
            generation=self.generation,
            learnt=self.learnt,
            well_since=self.well_since,
            gone=away,
            known={name: services[name].known for name in unlearnt if name in services},
            schedules=self.schedules,
            conditions=kept_conditions(self.conditions),
            counting=self.counting(),
        )

    def counting(self) -> tuple[Counting, ...]:
        """What does not count yet, or is healing; as with reasons, nothing while it is built."""
        if not self.conditions or self.tenant.lifecycle in BUILDING:
            return ()
        return counting.counting(self.conditions, self.limits)

    def sight(
        self,
        seen: Observation,
        *,
        suspect: bool = False,
        partition: bool = False,
        own_clock: bool = False,
    ) -> Sight:
        """Everything in view at ``seen``, for the rules."""
        return Sight(
            tenant=self.tenant,
            layout=self.layout,
            expectation=self.expected,
            limits=self.limits,
            damping=self.damping,
            memory=self.memory,
            seen=seen,
            zone=self.zone,
            suspect=suspect,
            partition=partition,
            own_clock=own_clock,
            trend=self.trend,
        )


def learn(state: TenantState, seen: Observation) -> None:
    """What this look teaches us to expect, now and for good."""
    before = (state.generation, state.seen, state.schedules)
    if isinstance(seen.answer, Dashboard):
        state.generation = seen.answer.generation or state.generation
    elif isinstance(seen.answer, Schedules):
        new = stack_schedules({row.schedule_id for row in seen.answer.rows})
        if not new <= state.schedules:
            state.schedules |= new
    elif seen.failure is not None:
        absent = seen.failure.kind is FailureKind.UNSUPPORTED
        if seen.look is Look.DASHBOARD and absent and state.generation is None:
            state.generation = "F1"
    elif seen.look is Look.CONTAINERS:
        _learn_services(state, seen)
    if (state.generation, state.seen, state.schedules) != before:
        state.expect()


def _learn_services(state: TenantState, seen: Observation) -> None:
    limits = state.limits
    new = state.memory.rows.keys() - state.seen
    if new:
        floor = seen.at.timestamp() - limits.presence
        state.seen |= {
            name for name in new if name in _ANY_CORE or present_since(state.memory, name, floor)
        }
    if state.verdict is not None and state.verdict.pill is Pill.OK:
        state.well_since = state.well_since or seen.at
        if (seen.at - state.well_since).total_seconds() >= limits.learn_after:
            _learn_for_good(state, seen)
    elif state.firing:
        state.well_since = None
    if state.memory.missing:
        # what was never learnt for good and has been away for as long was passing
        floor = seen.at.timestamp() - limits.learn_after
        state.seen -= {
            name
            for name in state.memory.missing - state.learnt - state.expected.core
            if (track := state.memory.services.get(name))
            and max(track.gone or floor, state.watched) < floor
        }


def _learn_for_good(state: TenantState, seen: Observation) -> None:
    """A tenant that has been well for long teaches what itself has been there for as long."""
    floor = seen.at.timestamp() - state.limits.learn_after
    unlearnt = state.seen - state.learnt
    old = {
        name
        for name in unlearnt & state.memory.rows.keys()
        if state.memory.services[name].known <= floor
    }
    if old:
        state.learnt |= old
