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

TICK = 900.0
UPDATED = 0.025
"""How often an update finds a new image: at one tick in forty."""
FOREVER = float("inf")
Why = Literal["backup", "update", "act", "fault"]


@dataclass(slots=True)
class Outage:
    """A service is not listed from ``begin`` to ``end``, then it starts.

    ``recreated``: it comes back in a new container, of the image that has the name ``image``.
    """

    begin: float
    end: float
    why: Why
    recreated: bool = False
    image: str = ""


class Present(NamedTuple):
    """A listed service: when its container was made and started last, and of which image."""

    created: float
    started: float
    image: str = ""


class Life:
    """The containers of one tenant, through time."""

    def __init__(self, person: Person, seed: int, start: float, quiet: bool = False) -> None:
        self.person = person
        self.seed = seed
        who = (seed, person.name)
        born = start - person.age
        self.born = {
            name: born + between(0, person.age * 0.9, *who, "born", cat.SERVICES[name].image)
            for name in person.services
        }
        self.outages: dict[str, list[Outage]] = {name: [] for name in person.services}
        self._first = self._tick = start - TICK + between(0, TICK, *who, "tick")
        self._day = int(start // DAY) - 1
        self._quiet = quiet
        self.extend(start)

    def extend(self, t: float) -> None:
        """Let backups and updates up to ``t`` happen."""
        if self._quiet:
            return
        while (begin := self._backup_begin(self._day)) <= t + 2 * 60:
            self._backup(begin)
            self._day += 1
        while self._tick <= t:
            self._update(self._tick)
            self._tick += TICK

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
        return day * DAY + 3 * 3600 + delay

    def _backup(self, begin: float) -> None:
        length = between(120, 360, self.seed, self.person.name, "backup length", int(begin))
        for late, name in enumerate(("temporal", self.person.agent, "alfred")):
            self._add(name, Outage(begin, begin + length + 2.0 * late, "backup"))

    def _update(self, tick: float) -> None:
        """``compose pull``, then ``compose up -d``, which makes new containers of new images."""
        if share(self.seed, self.person.name, "update", int(tick)) < UPDATED:
            image = f"{self.person.name} {int(tick)}"
            self.recreate(self._images(int(tick)), self._up(tick), image)

    def _up(self, tick: float) -> float:
        """When the update of a tick has pulled and runs ``up -d``."""
        return tick + between(15, 60, self.seed, self.person.name, "pull", int(tick))

    def _undone(self, t: float) -> float:
        """When the next ``up -d`` starts what is stopped at ``t``."""
        if self._quiet or t == FOREVER:
            return FOREVER
        before = max(0, int((t - self._first) // TICK))
        ups = (self._up(self._first + n * TICK) for n in (before, before + 1, before + 2))
        return next(up for up in ups if up >= t)

    def _images(self, tick: int) -> tuple[str, ...]:
        own = tuple(
            name
            for name in (self.person.agent, "openclaw-workers", "alfred", "alfred-learn")
            if name in self.born
        )
        groups = [own, own[-2:], ("mcp-server",), ("ollama",)]
        groups += [g for g in (cat.PLANE, cat.SURE, cat.VAULTWARDEN) if g[0] in self.born]
        return pick(tuple(groups), self.seed, self.person.name, "image", tick)

    def recreate(self, names: Iterable[str], t: float, image: str) -> None:
        """New containers of a new image at ``t``: gone for 1 to 3 s, longer who waits for others.

        ``image`` names the image; the same name is the same image on every tenant.
        """
        ready: dict[str, float] = {}
        for name in sorted(names, key=lambda n: len(cat.SERVICES[n].waits_for)):
            gap = between(1, 3, self.seed, self.person.name, name, int(t))
            waited = [ready[other] for other in cat.SERVICES[name].waits_for if other in ready]
            begins = max([t + gap, *waited])
            ready[name] = self.healthy_at(name, begins)
            self._add(name, Outage(t, begins, "update", recreated=True, image=image))

    def _add(self, name: str, outage: Outage) -> None:
        if outage.why in ("backup", "act"):
            # when it ends must not depend on how far the timers were followed before
            outage.end = min(outage.end, self._undone(outage.begin))
        self.outages[name].append(outage)

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
