"""What of the fleet is remembered, and when: samples by the minute, an event for every change.

Pure: it is told what changed and what time it is, and hands out what should be written. An event is
about the tenant: that we paused, fell behind or were offline ourselves is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from alfred_tui.model.history import Event, Sample
from alfred_tui.model.tenant import BUILDING, Lifecycle
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView

JUDGED = frozenset({Pill.OK, Pill.DEGRADED, Pill.DOWN, Pill.BUILDING})
"""Pills that say something of the tenant itself."""
GAP = 2.0
"""A sample stands for no more than so many intervals: what was not watched is not invented."""
MOST_HELD = 10_000
"""Events held while the store cannot be written; the oldest go first."""


def interval(tenants: int, wanted: float, raw_hours: float, most: int) -> float:
    """Seconds between two samples of a tenant: ``wanted``, or more so that ``most`` are kept.

    Raw samples are kept for ``raw_hours``, so a fleet ten times as large is sampled as rarely as
    keeps the store's size.
    """
    return max(wanted, tenants * raw_hours * 3600.0 / max(1, most))


class Sampler:
    """Follows every tenant's pill. Times are aware UTC, the loop's clock is not asked."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Pill, tuple[Reason, ...]]] = {}
        self._events: list[Event] = []
        self._sampled: float | None = None

    def begin(self, views: Iterable[TenantView]) -> None:
        """What was known when the program ended last: the first look is held against it."""
        for view in views:
            if (pill := _judged(view)) in JUDGED:
                self._known[view.name] = (pill, _all_reasons(view))

    def changed(self, view: TenantView, at: datetime, *, met: bool = False) -> None:
        """A tenant's view has changed; where its pill did, that is an event.

        Not so where it is only ``met``: what was so before anybody looked has not happened now.
        """
        if view.pill not in JUDGED:
            return
        before, pill = self._known.get(view.name), view.whole
        self._known[view.name] = (pill, _all_reasons(view))
        if met or before is None or before[0] is pill:
            return
        self._events.append(
            Event(
                at=at,
                tenant=view.name,
                before=before[0],
                after=pill,
                reasons_before=before[1],
                reasons_after=_all_reasons(view),
            )
        )

    def knows(self, name: str) -> bool:
        """Whether a tenant is one of those that are watched."""
        return name in self._known

    def forget(self, name: str) -> None:
        """A tenant has gone."""
        self._known.pop(name, None)

    def take_events(self) -> list[Event]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def give_back(self, events: list[Event]) -> None:
        """They could not be written: they are kept for the next try, oldest first."""
        self._events = [*events, *self._events][-MOST_HELD:]

    def take_samples(
        self, views: Mapping[str, TenantView], now: datetime, every: float
    ) -> list[Sample]:
        """A sample of everybody if it is time for one, else nothing."""
        moment = now.timestamp()
        since = None if self._sampled is None else moment - self._sampled
        if since is not None and 0 <= since < every:
            return []
        seen = [v for v in views.values() if v.counted and (v.pill in JUDGED or v.oldest)]
        if not seen:
            return []  # nobody has been looked at yet
        self._sampled = moment
        span = round(every if since is None or since < 0 else min(since, every * GAP))
        return [_sample(view, int(moment), span) for view in seen]


def _judged(view: TenantView) -> Pill:
    """The pill that a view had before it was only old: the worst of its reasons'."""
    if view.pill is not Pill.STALE:
        return view.whole
    if Lifecycle(view.lifecycle) in BUILDING:
        return Pill.BUILDING
    pills = [reason.pill for reason in _all_reasons(view)]
    return min(pills, key=lambda pill: pill.severity, default=Pill.OK)


def _all_reasons(view: TenantView) -> tuple[Reason, ...]:
    """Also those that are quiet: the past does not know what was muted."""
    return (*view.reasons, *view.quieted) if view.quieted else view.reasons


def _sample(view: TenantView, at: int, span: int) -> Sample:
    live = view.pill in JUDGED
    return Sample(
        tenant=view.name,
        at=at,
        span=span,
        pill=view.whole,
        latency=view.latency if live else None,
        disk=view.disk if live and view.disk_sure else None,
        memory=view.memory if live else None,
        seen=view.seen if live else None,
        expected=view.expected if live else None,
    )
