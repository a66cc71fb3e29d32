"""What happens to one tenant's containers: backups, updates, faults, and what people do.

Times are epoch seconds. Everything that is no act follows from the seed, in whatever order it is
asked about, so a fake clock may ask about any moment (runbook.md 3, 9; tenant-api.md 3.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from alfred_tui.sim import catalogue as cat
from alfred_tui.sim.dice import between, pick, roll, share
from alfred_tui.sim.people import DAY, Person
from alfred_tui.sim.timers import TICK, Timer

UPDATED = 0.025
"""How often an update finds a new image: at one tick in forty."""
FOREVER = float("inf")
BACKUP_HOUR = 3
"""Of the host's time, which is UTC here, when the timer of backups fires (runbook.md 5)."""
Why = Literal["backup", "update", "act", "fault"]


@dataclass(slots=True)
class Outage:
    """A service is not listed from ``begin`` to ``end``, then it starts.

    ``recreated``: it comes back in a new container, of the image that has the name ``image``.
    ``tick`` is when the update was started that made it.
    """

    begin: float
    end: float
    why: Why
    recreated: bool = False
    image: str = ""
    tick: float = 0.0


@dataclass(slots=True)
class Release:
    """An image that is in the registry from ``published`` on; the update of ``taken`` pulls it."""

    published: float
    names: list[str]
    image: str
    taken: float | None = None


class Present(NamedTuple):
    """A listed service: when its container was made and started last, and of which image."""

    created: float
    started: float
    image: str = ""


class Life:
    """The containers of one tenant, through time."""

    def __init__(
        self,
        person: Person,
        seed: int,
        start: float,
        quiet: bool = False,
        backup_hour: int = BACKUP_HOUR,
    ) -> None:
        self.person = person
        self.seed = seed
        who = (seed, person.name)
        born = start - person.age
        self.born = {
            name: born + between(0, person.age * 0.9, *who, "born", cat.SERVICES[name].image)
            for name in person.services
        }
        self.outages: dict[str, list[Outage]] = {name: [] for name in person.services}
        first = start - TICK + between(0, TICK, *who, "tick")
        self.timer = Timer(first)
        self._next = first
        self._releases: list[Release] = []
        self._by_hand: list[float] = []
        self._stopped: list[tuple[float, float]] = []
        self._day = int(start // DAY) - 1
        self._quiet, self._backup_hour = quiet, backup_hour
        self.extend(start)

    def extend(self, t: float) -> None:
        """Let backups and updates up to ``t`` happen."""
        if self._quiet:
            return
        while (begin := self._backup_begin(self._day)) <= t + 2 * 60:
            self._backup(begin)
            self._day += 1
        while self._next <= t:
            self._update(self._next)
            self._next = self.timer.after(self._next)

    def at(self, service: str, t: float) -> Present | None:
        """How a service stands, ``None`` while it is not listed."""
        created = started = self.born[service]
        image = ""
        for outage in self.outages[service]:
            if outage.begin > t:
                continue
            if t < outage.end:
                return None
            started = max(started, outage.end)
            if outage.recreated and outage.begin >= created:
                created, image = outage.begin, outage.image
        return Present(created, started, image)

    def gone_since(self, service: str, t: float) -> float | None:
        """Since when a service is not listed; ``None`` while it is."""
        begun = [o.begin for o in self.outages.get(service, ()) if o.begin <= t < o.end]
        return min(begun) if begun else None

    def healthy_at(self, service: str, t: float) -> float:
        """When the service that starts at ``t`` passes its healthcheck."""
        known = cat.SERVICES[service]
        return t + (known.boot * between(0.7, 1.4, self.person.name, service, int(t)))

    # --- what happens by itself -----------------------------------------------------------

    def _backup_begin(self, day: int) -> float:
        delay = between(0, 1700, self.seed, self.person.name, "backup", day)
        return day * DAY + self._backup_hour * 3600 + delay

    def backed_up(self, begin: float) -> float:
        """When the backup is done that began at ``begin``."""
        length = between(120, 360, self.seed, self.person.name, "backup length", int(begin))
        return begin + length

    def backups(self, since: float, until: float) -> list[float]:
        """When backups began in (since, until], by the timer or by hand."""
        days = range(int(since // DAY) - 1, int(until // DAY) + 1)
        nights = [] if self._quiet else [self._backup_begin(day) for day in days]
        found = [t for t in nights if not self._no_backup(t)] + self._by_hand
        return sorted(t for t in found if since < t <= until)

    def next_backup(self, t: float) -> float:
        """When the timer starts the next one; never while it is stopped."""
        if self._no_backup(t):
            return FOREVER
        days = (int(t // DAY), int(t // DAY) + 1)
        return next(begin for begin in map(self._backup_begin, days) if begin > t)

    def _no_backup(self, t: float) -> bool:
        return any(begin <= t < end for begin, end in self._stopped)

    def _backup(self, begin: float) -> None:
        if self._no_backup(begin):
            return
        length = self.backed_up(begin) - begin
        for late, name in enumerate(("temporal", self.person.agent, "alfred")):
            self._add(name, Outage(begin, begin + length + 2.0 * late, "backup"))

    def _update(self, tick: float) -> None:
        """``compose pull``, then ``compose up -d``, which makes new containers of new images."""
        if share(self.seed, self.person.name, "update", int(tick)) < UPDATED:
            image = f"{self.person.name} {int(tick)}"
            self.recreate(self._images(int(tick)), self.up(tick), image, tick)
        for release in self._releases:
            if release.taken is None and release.published <= tick:
                release.taken = tick
                self.recreate(release.names, self.up(tick), release.image, tick)

    def up(self, tick: float) -> float:
        """When the update of a tick has pulled and runs ``up -d``."""
        return tick + between(15, 60, self.seed, self.person.name, "pull", int(tick))

    def updated(self, tick: float) -> float:
        """When the update of a tick is done."""
        made = [o.end for mine in self.outages.values() for o in mine if o.tick == tick]
        return max([self.up(tick) + 2.5, *made])

    def _undone(self, t: float) -> float:
        """When the next ``up -d`` starts what is stopped at ``t``."""
        if self._quiet or t == FOREVER:
            return FOREVER
        ups = map(self.up, self.timer.starts(t - TICK, t + 2 * TICK))
        return next((up for up in ups if up >= t), FOREVER)

    def _images(self, tick: int) -> tuple[str, ...]:
        own = tuple(
            name
            for name in (self.person.agent, "openclaw-workers", "alfred", "alfred-learn")
            if name in self.born
        )
        groups = [own, own[-2:], ("mcp-server",), ("ollama",)]
        groups += [g for g in (cat.PLANE, cat.SURE, cat.VAULTWARDEN) if g[0] in self.born]
        return pick(tuple(groups), self.seed, self.person.name, "image", tick)

    def recreate(self, names: Iterable[str], t: float, image: str, tick: float = 0.0) -> None:
        """New containers of a new image at ``t``: gone for 1 to 3 s, longer who waits for others.

        ``image`` names the image; the same name is the same image on every tenant. ``tick`` is when
        the update was started that does it.
        """
        ready: dict[str, float] = {}
        for name in sorted(names, key=lambda n: len(cat.SERVICES[n].waits_for)):
            gap = between(1, 3, self.seed, self.person.name, name, int(t))
            waited = [ready[other] for other in cat.SERVICES[name].waits_for if other in ready]
            begins = max([t + gap, *waited])
            ready[name] = self.healthy_at(name, begins)
            self._add(name, Outage(t, begins, "update", True, image, tick))

    def _add(self, name: str, outage: Outage) -> None:
        if outage.why in ("backup", "act"):
            # when it ends must not depend on how far the timers were followed before
            outage.end = min(outage.end, self._undone(outage.begin))
        self.outages[name].append(outage)

    def publish(self, names: list[str], t: float, image: str) -> None:
        """An image is in the registry from ``t`` on: the next update makes containers of it."""
        self._releases.append(Release(t, names, image))

    def update_now(self, t: float, *, works: bool = True) -> float:
        """Somebody starts the update's unit at ``t``; when it ends.

        It does what the timer's does, and the timer counts from it. ``works``: Docker answers.
        """
        self.extend(t)
        self._forget_after(t)
        self.timer.started(t)
        self._next = self.timer.after(t)
        if not works:
            return t + 0.4
        self._update(t)
        up = self.up(t)
        for outage in (o for mine in self.outages.values() for o in mine):
            if outage.why in ("act", "backup") and outage.begin <= up < outage.end:
                outage.end = up
        return self.updated(t)

    def backup_now(self, t: float) -> float:
        """Somebody starts the backup's unit at ``t``; when it ends."""
        self.extend(t)
        self._by_hand.append(t)
        length = self.backed_up(t) - t
        for late, name in enumerate(("temporal", self.person.agent, "alfred")):
            self._add(name, Outage(t, t + length + 2.0 * late, "act"))
        return self.backed_up(t)

    def set_backups(self, t: float, *, active: bool) -> None:
        """Somebody starts or stops the timer of backups."""
        self.extend(t)
        self._forget_after(t)
        if active:
            self._stopped = [(begin, min(end, t)) for begin, end in self._stopped]
        elif not self._no_backup(t):
            self._stopped.append((t, FOREVER))

    def set_timer(self, t: float, *, active: bool) -> None:
        """Somebody starts or stops the timer of updates."""
        self.extend(t)
        self._forget_after(t)
        (self.timer.resume if active else self.timer.stop)(t)
        self._next = self.timer.after(t)

    def _forget_after(self, t: float) -> None:
        """Whatever was foreseen of timers after ``t`` may come otherwise."""
        for name, mine in self.outages.items():
            self.outages[name] = [
                o for o in mine if o.tick <= t and not (o.why == "backup" and o.begin > t)
            ]
        for release in self._releases:
            if release.taken is not None and release.taken > t:
                release.taken = None
        self._next = self.timer.after(t)
        while self._backup_begin(self._day - 1) > t:
            self._day -= 1

    # --- faults and acts ------------------------------------------------------------------

    def stop(self, name: str, begin: float, end: float = FOREVER, why: Why = "act") -> Outage:
        """Stop a service; until the next update when nobody starts it and it was an act."""
        outage = Outage(begin, end, why)
        self._add(name, outage)
        return outage

    def lose(self, name: str, begin: float, end: float = FOREVER) -> None:
        """An update takes a service away; another one may bring it back as a new container."""
        self._add(name, Outage(begin, end, "fault", recreated=True))

    def start(self, name: str, t: float) -> None:
        """Start a service at ``t`` if it is stopped."""
        for outage in self.outages[name]:
            if outage.begin <= t < outage.end:
                outage.end = t

    def restart(self, name: str, begin: float, end: float) -> None:
        """Stop and start a service; a stopped one is started."""
        self.start(name, end)
        self._add(name, Outage(begin, end, "act"))

    def container_id(self, name: str, created: float) -> str:
        """The 12 digits that Compose lists."""
        return f"{roll(self.seed, self.person.name, name, round(created)):016x}"[:12]
