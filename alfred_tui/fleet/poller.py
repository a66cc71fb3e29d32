"""The beats: who is looked at when, never twice at once, with a bound on all (architecture.md)."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random

from alfred_tui.fleet.beating import Beating, PollerStats
from alfred_tui.fleet.doors import Doors
from alfred_tui.fleet.lanes import Lanes
from alfred_tui.fleet.pulls import failing
from alfred_tui.fleet.rhythm import backed_off, dashboard_every
from alfred_tui.model.look import PULSE_LOOKS, Beat, Look
from alfred_tui.model.observation import TLS, TRANSPORT, FailureKind, Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.tenant import Tenant

log = logging.getLogger(__name__)

AGAIN_SOON = 5.0
"""Seconds to the second look that a silent Docker or a vanished service asks for.

Fixed on purpose: long enough for a restart, short enough to be believed within a beat.
"""
PULSE_AGAIN = 20.0
"""Seconds to the second round that a failed look or one that heals asks for.

Fixed on purpose: a command that hangs is cut after half a minute, and is not asked on top of it.
"""
FOCUSED = 2.0
"""Seconds between two containers looks at the tenant on the screen; fixed: faster tells no more."""
WATCHED_MOST = 6
"""Looks at streams that come with the pulse while pulls fail: enough to meet three in a row.

Fixed on purpose: a tenant counts the lines of every stream at such a look.
"""
AT_ONCE = 16
"""Looks begun in one step of the loop."""
_HOPELESS = TRANSPORT | TLS | {FailureKind.UNAUTHORIZED, FailureKind.CONFIGURATION}
_SECOND_TRY = TRANSPORT | {
    FailureKind.COMMAND_FAILED,
    FailureKind.SERVER_ERROR,
    FailureKind.NOT_FOUND,
    FailureKind.RATE_LIMITED,
    FailureKind.GUARD,
}


def _lost(seen: Observation) -> bool:
    return seen.failure is not None and seen.failure.kind in TRANSPORT


class Poller:
    """One scheduler for the whole fleet. ``run`` ends only when cancelled."""

    def __init__(
        self,
        doors: Doors,
        poll: PollSettings,
        *,
        on_observation: Callable[[Observation], None],
        vanished: Callable[[str], bool] = lambda _: False,
        healing: Callable[[str], frozenset[Look]] = lambda _: frozenset(),
        random: Random | None = None,
    ) -> None:
        self._doors = doors
        self._poll = poll
        self._hand_over = on_observation
        self._vanished = vanished
        self._healing = healing
        self._random = random or Random()
        self._beats: dict[str, Beating] = {}
        self._heap: list[tuple[float, int, str, Beat]] = []
        self._sequence = 0
        self._wake = asyncio.Event()
        # the costly looks have lanes of their own: a burst of them must not delay the cheap beat
        self._lanes = Lanes(poll.max_in_flight, poll.max_slow, poll.patience)
        self._costly = Lanes(poll.max_costly, max(1, poll.max_slow // 8), poll.patience)
        self._focus: str | None = None
        self._budget_at = 0.0
        self._looks = self._failed = self._handler_errors = 0
        self._errors: Counter[str] = Counter()
        self.paused = False
        self.interval = poll.containers_interval

    # --- who and when ---------------------------------------------------------------------

    def set_tenants(self, tenants: Iterable[Tenant]) -> None:
        """Whom to poll from now on; known ones keep their rhythm."""
        wanted = {t.name: t for t in tenants if t.polled}
        gone = self._beats.keys() - wanted.keys()
        for name in gone:
            del self._beats[name]
        if gone:
            self._heap = [entry for entry in self._heap if entry[2] not in gone]
            heapq.heapify(self._heap)
        start = self._time()
        costly = start + 0.5 + len(wanted) / 200
        spread = min(self._poll.pulse_interval / 5, 4.0 + len(wanted) / 20)
        for name, tenant in wanted.items():
            held = self._beats.get(name)
            if held is not None:
                changed, held.tenant = held.tenant != tenant, tenant
                if changed:
                    self.refresh([name])
                continue
            held = self._beats[name] = Beating(tenant)
            # containers of everybody first; the costly looks follow, spread out
            self._schedule(name, Beat.CONTAINERS, start)
            for beat in (Beat.DASHBOARD, Beat.PULSE):
                self._schedule(name, beat, costly + self._random.random() * spread)

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    def _schedule(self, name: str, beat: Beat, at: float) -> None:
        held = self._beats.get(name)
        if held is None:
            return
        held.due[beat] = at
        self._sequence += 1
        heapq.heappush(self._heap, (at, self._sequence, name, beat))
        self._wake.set()

    def pause(self) -> None:
        """Begin no further look; those under way end."""
        self.paused = True

    def resume(self) -> None:
        """Go on."""
        self.paused = False
        self._wake.set()

    def refresh(self, names: Iterable[str] | None = None) -> None:
        """Look at all beats of ``names`` (``None``: everybody) as soon as possible."""
        now = self._time()
        for name in list(self._beats) if names is None else names:
            held = self._beats.get(name)
            if held is not None:
                held.when.clear()
                for beat in Beat:
                    self._schedule(name, beat, now)

    def set_interval(self, seconds: float) -> None:
        """The containers beat from now on, at least a second."""
        self.interval = max(1.0, seconds)
        now = self._time()
        for name, held in self._beats.items():
            if held.due.get(Beat.CONTAINERS, 0) > now + self.interval:
                self._schedule(name, Beat.CONTAINERS, now + self._random.random() * self.interval)

    def focus(self, name: str | None) -> None:
        """A tenant on the screen: its containers beat quickens, its dashboard never."""
        self._focus = name
        if name is not None:
            self._schedule(name, Beat.CONTAINERS, self._time())

    def trying(self, name: str) -> bool:
        """Whether a containers look at a tenant is under way, not merely waiting its turn."""
        held = self._beats.get(name)
        return held is not None and Look.CONTAINERS in held.asking

    def stats(self) -> PollerStats:
        """Figures for the diagnostics screen."""
        now = self._time()
        seen = [b.when.get(Look.CONTAINERS) for b in self._beats.values()]
        whole = [w for w in seen if w is not None]
        return PollerStats(
            in_flight=self._lanes.in_flight + self._costly.in_flight,
            limit=self._lanes.limit + self._costly.limit,
            queued=self._lanes.waiting + self._costly.waiting,
            looks=self._looks,
            failed=self._failed,
            errors=dict(self._errors),
            slowest=self._slowest(),
            sweep=now - min(whole) if whole and len(whole) == len(seen) else None,
            handler_errors=self._handler_errors,
        )

    def _note_bug(self) -> None:
        self._handler_errors += 1
        self._errors["bug of ours (see the log)"] += 1

    def _slowest(self) -> tuple[tuple[str, float], ...]:
        """The tenants whose newest looks took longest, seconds."""
        newest = (
            (took, f"{name} {look.value}")
            for name, held in self._beats.items()
            for look, took in held.took.items()
        )
        return tuple((what, took) for took, what in heapq.nlargest(5, newest))

    # --- the loop -------------------------------------------------------------------------

    async def run(self) -> None:
        """Poll until cancelled; nothing is left under way afterwards."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wait()
                now = self._time()
                begun = 0
                while self._heap and self._heap[0][0] <= now and not self.paused:
                    begun += 1
                    if begun % AT_ONCE == 0:
                        await asyncio.sleep(0)  # a whole fleet due at once may not hold the loop
                    at, _, name, beat = heapq.heappop(self._heap)
                    held = self._beats.get(name)
                    if held is None or held.due.get(beat) != at:
                        continue  # rescheduled or gone meanwhile
                    del held.due[beat]
                    if beat in held.busy:
                        continue  # the look under way schedules the next
                    held.busy.add(beat)
                    group.create_task(self._beat(held, beat))

    async def _wait(self) -> None:
        self._wake.clear()
        if self.paused or not self._heap:
            await self._wake.wait()
            return
        delay = self._heap[0][0] - self._time()
        if delay > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._wake.wait()

    async def _beat(self, held: Beating, beat: Beat) -> None:
        name = held.tenant.name
        after = self.interval
        try:
            if beat is Beat.CONTAINERS:
                after = await self._containers(held)
            elif beat is Beat.DASHBOARD:
                after = await self._dashboard(held)
            else:
                after = await self._pulse(held)
        except Exception:  # a bug in asking one tenant must not end the polling of all
            self._note_bug()
            log.exception("looking at %s (%s) failed", name, beat.value)
        finally:
            held.busy.discard(beat)
            if self._beats.get(name) is held:
                wait = after * self._random.uniform(0.95, 1.05)
                soonest = held.due.get(beat)
                at = self._time() + wait
                self._schedule(name, beat, at if soonest is None else min(at, soonest))

    async def _ask(self, held: Beating, look: Look, *, slow: bool = False) -> Observation:
        tenant = held.tenant
        door = self._doors.banner if look is Look.BANNER else None
        cheap = look in (Look.CONTAINERS, Look.BANNER)

        def ask() -> asyncio.Task[Observation]:
            held.asking.add(look)
            return asyncio.ensure_future(
                door(tenant) if door is not None else self._doors.look(tenant, look)
            )

        try:
            seen = await (self._lanes if cheap else self._costly).run(ask, slow=slow)
        finally:
            held.asking.discard(look)
        held.when[look] = self._time()
        held.took[look] = seen.took
        self._looks += 1
        if seen.failure is not None:
            self._failed += 1
            self._errors[seen.failure.kind.value] += 1
        try:
            self._hand_over(seen)
        except Exception:  # a bug in judging one look must not end the polling of all
            self._note_bug()
            log.exception("judging a look at %s (%s) failed", tenant.name, look.value)
        return seen

    async def _containers(self, held: Beating) -> float:
        was_lost = held.lost
        seen = await self._ask(held, Look.CONTAINERS, slow=held.failures[Beat.CONTAINERS] > 0)
        if _lost(seen):
            seen = await self._second_try(held, first=not was_lost) or seen
        held.lost = _lost(seen)
        if seen.ok:
            held.failures[Beat.CONTAINERS] = 0
            if self._vanished(held.tenant.name):
                return AGAIN_SOON
            focused = self._focus == held.tenant.name
            return min(FOCUSED, self.interval) if focused else self.interval
        held.failures[Beat.CONTAINERS] += 1
        if held.failures[Beat.CONTAINERS] == 1:
            return AGAIN_SOON
        return backed_off(self.interval, held.failures[Beat.CONTAINERS])

    async def _second_try(self, held: Beating, *, first: bool) -> Observation | None:
        """Ask port 22 and, at a first failure, HTTP once more, side by side: both within 5 s."""
        wanted = self._time() - held.banner_at >= self._poll.banner_interval
        async with asyncio.TaskGroup() as group:
            if first or wanted:
                held.banner_at = self._time()
                group.create_task(self._ask(held, Look.BANNER, slow=True))
            again = (
                group.create_task(self._ask(held, Look.CONTAINERS, slow=True)) if first else None
            )
        return None if again is None else again.result()

    async def _dashboard(self, held: Beating) -> float:
        failures = held.failures[Beat.CONTAINERS]
        if failures > 1:
            return self._poll.dashboard_interval  # asking more of one that is down tells nothing
        await self._byte_budget(held.size)
        seen = await self._ask(held, Look.DASHBOARD, slow=held.dashboard_took > self._poll.patience)
        held.dashboard_took, held.size = seen.took, seen.size
        if seen.failure is not None and seen.failure.kind is FailureKind.UNSUPPORTED:
            return self._poll.pulse_interval
        return dashboard_every(
            self._poll.dashboard_interval, self._poll.dashboard_factor, seen.took
        )

    async def _byte_budget(self, size: int) -> None:
        """Dashboards of the whole fleet share a number of bytes a second."""
        now = self._time()
        start = max(now, self._budget_at)
        self._budget_at = start + size / self._poll.byte_budget
        if start > now:
            await asyncio.sleep(start - now)

    async def _pulse(self, held: Beating) -> float:
        """The pulse's looks one after the other; soon again what failed or heals."""
        if held.failures[Beat.CONTAINERS] > 1:
            return self._poll.pulse_interval / 10
        again, name = False, held.tenant.name
        heals = self._healing(name)
        for look in PULSE_LOOKS:
            if look not in heals and not self._pulse_due(held, look):
                continue
            seen = await self._ask(held, look)
            if look is Look.STREAMS and seen.ok:
                held.watched = held.watched + 1 if failing(seen) else 0
            if seen.failure is None or seen.failure.kind not in _SECOND_TRY:
                continue
            again = True
            held.when.pop(look, None)  # due again with the next round
            if _lost(seen) and held.failures[Beat.CONTAINERS]:
                break  # it is the tenant that is lost, and not one of its routes
        again = again or bool(self._healing(name))
        held.failures[Beat.PULSE] = held.failures[Beat.PULSE] + 1 if again else 0
        return PULSE_AGAIN if 0 < held.failures[Beat.PULSE] <= 2 else self._poll.pulse_interval

    def _pulse_due(self, held: Beating, look: Look) -> bool:
        every = {
            Look.SYSTEM: self._poll.system_interval,
            Look.STREAMS: self._poll.streams_interval,
        }.get(look, 0.0)
        if look is Look.STREAMS and 0 < held.watched <= WATCHED_MOST:
            every = min(every, self._poll.pulse_interval / 2)
        last = held.when.get(look)
        return last is None or self._time() - last >= every * 0.9

    # --- once, for commands ---------------------------------------------------------------

    async def look_once(self, names: Iterable[str] | None = None) -> None:
        """Every look at every named tenant once, with the second tries that rules ask for.

        For use without ``run``. A bug met on the way is logged and counted, as there.
        """
        chosen = [self._beats[n] for n in (names or list(self._beats)) if n in self._beats]
        async with asyncio.TaskGroup() as group:
            for held in chosen:
                group.create_task(self._whole_look(held))

    async def _whole_look(self, held: Beating) -> None:
        try:
            await self._all_beats(held)
        except Exception:
            self._note_bug()
            log.exception("looking at %s failed", held.tenant.name)

    async def _all_beats(self, held: Beating) -> None:
        name = held.tenant.name
        await self._containers(held)
        if held.failures[Beat.CONTAINERS] or self._vanished(name):
            await asyncio.sleep(AGAIN_SOON)
            seen = await self._ask(held, Look.CONTAINERS)
            if seen.failure is not None and seen.failure.kind in _HOPELESS:
                return  # no route would tell more
        doubtful = set[Look]()
        for look in (Look.DASHBOARD, *PULSE_LOOKS):
            seen = await self._ask(held, look)
            if seen.failure is not None and seen.failure.kind in _SECOND_TRY:
                doubtful.add(look)
        if doubtful := doubtful | self._healing(name):
            await asyncio.sleep(PULSE_AGAIN / 2)
        for look in sorted(doubtful, key=list(Look).index):
            await self._ask(held, look)
        # once more, with the generation known that the dashboard told
        await self._ask(held, Look.CONTAINERS)
        if self._vanished(name):
            await asyncio.sleep(AGAIN_SOON)
            await self._ask(held, Look.CONTAINERS)
