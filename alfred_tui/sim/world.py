"""The simulated world: what a tenant answers at a moment, by seed, faults, acts and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from alfred_tui.sim import routes
from alfred_tui.sim.faults import Active, Fault, FaultError, demo
from alfred_tui.sim.life import FOREVER, Life
from alfred_tui.sim.people import Person, population
from alfred_tui.sim.replies import Behaviour, Reply
from alfred_tui.sim.temporal import Dead, Scene

BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
GARBAGE = {
    "": b"<html><body><h1>It works</h1></body></html>",
    "html": b"<html><body><h1>It works</h1></body></html>",
    "text": b"upstream connect error or disconnect",
    "null": b"null",
    "list": b'[1,"two",null]',
    "odd": b'{"surprise":{"containers":7}}',
}
SLOW = 3.0
SKEW = 300.0
HEALED_BY_START = frozenset({"container-exit", "unhealthy", "service-paused"})


class World:
    """A fleet of tenants. ``start`` is the moment that fault times count from.

    The same tenants, faults, acts and moments give the same bytes. ``scenario`` may be ``demo``;
    ``quiet`` leaves out backups and updates.

    Raises:
        FaultError: a fault about a tenant or service that does not exist.
    """

    def __init__(
        self,
        tenants: int,
        seed: int,
        start: datetime,
        faults: Sequence[Fault] = (),
        scenario: str | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        self.people = population(tenants, seed)
        self.by_name = {person.name: person for person in self.people}
        self.seed = seed
        self.quiet = quiet
        self.start = start
        self.epoch = start.timestamp()
        self.faults: dict[str, list[Fault]] = {}
        self.healed: dict[Fault, float] = {}
        self.manual: dict[str, dict[str, list[float]]] = {}
        self.ended: dict[str, dict[str, float]] = {}
        self.learn_asked: dict[str, float] = {}
        self._lives: dict[str, Life] = {}
        self._calls: dict[str, int] = {}
        for fault in [*faults, *(demo(self.people) if scenario == "demo" else [])]:
            self.add_fault(fault)

    @property
    def tenants(self) -> list[Person]:
        """Everybody who lives here."""
        return self.people

    def add_fault(self, fault: Fault) -> None:
        """Let a fault happen, in addition."""
        person = self.by_name.get(fault.tenant)
        if person is None:
            raise FaultError(f"no tenant {fault.tenant!r}")
        if not fault.fits(person):
            raise FaultError(f"{person.name} ({person.generation}) has no {fault.about}")
        self.faults.setdefault(fault.tenant, []).append(fault)
        life = self.life(person.name)
        begin = self.epoch + fault.at
        end = FOREVER if fault.lasts is None else begin + fault.lasts
        if fault.kind == "container-exit":
            life.stop(fault.about, begin, end, "fault")
        elif fault.kind == "backup-failed":
            for service in ("temporal", person.agent, "alfred"):
                life.stop(service, begin, end, "fault")
        elif fault.kind == "image-update":
            life.recreate([fault.about], begin)

    def life(self, name: str) -> Life:
        """The containers of a tenant."""
        if name not in self._lives:
            self._lives[name] = Life(self.by_name[name], self.seed, self.epoch, self.quiet)
        return self._lives[name]

    def fault(self, name: str, kind: str, at: datetime) -> Fault | None:
        """The fault of this kind in force at a tenant."""
        t = at.timestamp()
        return next(
            (f for f in self.faults.get(name, ()) if f.kind == kind and self._on(f, t)), None
        )

    def active(self, name: str, t: float) -> list[Active]:
        """The faults in force at epoch second ``t``."""
        return [
            Active(f.kind, f.about, self.epoch + f.at, f.amount, f.route, f.sort)
            for f in self.faults.get(name, ())
            if self._on(f, t)
        ]

    def _on(self, fault: Fault, t: float) -> bool:
        return fault.on(t - self.epoch) and t < self.healed.get(fault, FOREVER)

    def heal(self, name: str, kinds: frozenset[str], about: str, t: float) -> None:
        """Somebody repaired it: those faults end at ``t``."""
        for fault in self.faults.get(name, ()):
            if fault.kind in kinds and about in (fault.about, "") and self._on(fault, t):
                self.healed[fault] = t

    # --- the doors --------------------------------------------------------------------------

    def door(self, name: str, which: str, at: datetime) -> Behaviour:
        """``ok``, ``refused`` or ``blackhole``: what connecting to ``api`` or ``ssh`` meets."""
        t = at.timestamp()
        kinds = {fault.kind for fault in self.active(name, t)}
        if "host-blackholed" in kinds:
            return "blackhole"
        if "host-refused" in kinds:
            return "refused"
        if which == "ssh":
            return "ok"
        life = self.life(name)
        life.extend(t)
        return "refused" if "api-down" in kinds or life.at("ctrl-api", t) is None else "ok"

    def banner(self, name: str, at: datetime) -> Reply:
        """What port 22 says."""
        behaviour = self.door(name, "ssh", at)
        return Reply(0, behaviour=behaviour) if behaviour != "ok" else Reply(200, body=BANNER)

    def respond(
        self, name: str, method: str, target: str, headers: Mapping[str, str], at: datetime
    ) -> Reply:
        """The answer of tenant ``name`` to a request at a moment; header names in any case.

        ``headers`` of the answer lack ``Connection``, which is the socket's business.
        """
        t = at.timestamp()
        behaviour = self.door(name, "api", at)
        if behaviour != "ok":
            return Reply(0, behaviour=behaviour)
        self._calls[name] = turn = self._calls.get(name, 0) + 1
        given = {key.lower(): value for key, value in headers.items()}
        faults = self.active(name, t)
        asked = routes.Asked(self, self.by_name[name], method, target, given, t, turn, faults)
        return self._troubled(routes.respond(asked), asked)

    def _troubled(self, reply: Reply, asked: routes.Asked) -> Reply:
        """The answer after the faults of the wire."""
        told = datetime.fromtimestamp(asked.t + asked.told, UTC)
        headers = reply.headers | {"Date": format_datetime(told, usegmt=True)}
        for fault in asked.faults:
            if fault.route not in asked.path:
                continue
            if fault.kind == "slow":
                reply = reply.later(reply.delay + (fault.amount or SLOW))
            elif fault.kind == "answer-cut" and reply.status == 200:
                reply = replace(reply, behaviour="cut")
            elif fault.kind == "answer-garbage" and reply.status == 200:
                reply = replace(reply, body=GARBAGE[fault.sort])
                headers["Content-Length"] = str(len(reply.body))
        return replace(reply, headers=headers)

    # --- what the answers need -----------------------------------------------------------

    def told(self, name: str, t: float) -> float:
        """By how much the tenant's clock is ahead of ours, seconds."""
        skews = [f.amount or SKEW for f in self.active(name, t) if f.kind == "clock-skew"]
        return sum(skews)

    def scene(self, person: Person, t: float, faults: list[Active]) -> Scene:
        """What Temporal knows of a tenant."""
        life = self.life(person.name)
        learn = life.at("alfred-learn", t)
        idle = life.gone_since("alfred-learn", t)
        hung = [f.since for f in faults if f.kind == "zero-pollers"]
        if hung:
            idle = min([*hung, *([idle] if idle is not None else [])])
        worker = None
        if learn is not None and idle is None:
            worker = f"1@{life.container_id('alfred-learn', learn.created)}"
        dead = [d for d in self._dead(life, t, hung) if d.identity != worker]
        return Scene(
            person=person,
            t=t,
            faults=faults,
            worker=worker,
            dead=dead,
            idle_since=idle,
            gaps=self._gaps(life, t),
            told=self.told(person.name, t),
            worker_since=self._polls_since(life, t),
            manual=self.manual.get(person.name, {}),
            ended=self.ended.get(person.name, {}),
        )

    def _dead(self, life: Life, t: float, hung: list[float]) -> list[Dead]:
        ends = [o.begin for o in life.outages["alfred-learn"] if t - 400 < o.begin <= t]
        reborn = max((o.end for o in life.outages["temporal"] if o.end <= t), default=0.0)
        found = {}
        for end in sorted([*ends, *hung]):
            before = life.at("alfred-learn", end - 0.001)
            if before is not None and end > reborn:
                identity = f"1@{life.container_id('alfred-learn', before.created)}"
                found[identity] = Dead(identity, end - 1.0)
        return list(found.values())

    def _polls_since(self, life: Life, t: float) -> float:
        """When the worker polled first: it and Temporal were there, and it was not hung."""
        both = [life.at(name, t) for name in ("alfred-learn", "temporal")]
        begun = [present.started for present in both if present is not None]
        for fault in self.faults.get(life.person.name, ()):
            if fault.kind == "zero-pollers" and not self._on(fault, t):
                over = self.epoch + fault.at + (fault.lasts or 0.0)
                begun.append(min(over, self.healed.get(fault, over)))
        return max((moment for moment in begun if moment <= t), default=0.0)

    def _gaps(self, life: Life, t: float) -> list[tuple[float, float]]:
        """When Temporal or its worker was away; for the worker only what is over."""
        gaps = [(o.begin, min(o.end, t)) for o in life.outages["temporal"] if o.begin <= t]
        gaps += [(o.begin, o.end) for o in life.outages["alfred-learn"] if o.end <= t]
        for fault in self.faults.get(life.person.name, ()):
            since = self.epoch + fault.at
            lasts = FOREVER if fault.lasts is None else fault.lasts
            until = min(since + lasts, self.healed.get(fault, FOREVER))
            if fault.kind in ("zero-pollers", "temporal-silent", "schedule-paused") and until <= t:
                gaps.append((since, until))
        return [gap for gap in gaps if gap[1] > t - 86_400]

    # --- the inventory ----------------------------------------------------------------------

    def inventory(
        self,
        doors: Sequence[Mapping[str, Any]] | None = None,
        *,
        port: int = 3100,
        tls: bool = False,
        ca_file: str | None = None,
    ) -> dict[str, Any]:
        """The inventory that ``import`` reads; ``doors`` gives each tenant's in their order.

        Without ``doors`` every tenant has an address of its own and ``port``, SSH on the next.
        """
        if doors is None:
            doors = [self.doors(p, address_of(p.index), port, tls, ca_file) for p in self.people]
        return {
            "tenants": [
                {
                    "name": person.name,
                    "api_key": person.key,
                    **ways,
                    "server_type": person.server_type,
                    "location": person.location,
                    **({"layout": person.generation} if person.index % 2 else {}),
                    "labels": {"customer": person.name, "fleet": "simulated"},
                }
                for person, ways in zip(self.people, doors, strict=True)
            ]
        }

    def doors(
        self, person: Person, address: str, port: int, tls: bool, ca_file: str | None = None
    ) -> dict[str, Any]:
        """How one tenant is reached, in the inventory's words."""
        host = host_of(person)
        ways: dict[str, Any] = {
            "api_url": f"https://{host}:{port}" if tls else f"http://{address}:{port}",
            "connect_address": address,
            "ssh": {"host": address, "port": port + 1, "user": "deploy"},
        }
        return ways | ({"ca_file": ca_file} if tls and ca_file else {})


def host_of(person: Person) -> str:
    """The name that a tenant's certificate holds."""
    return f"alfred-{person.name}.tail1234.ts.example"


def address_of(index: int, network: int = 77) -> str:
    """The loopback address of the tenant with this index."""
    number = index + 1
    return f"127.{network}.{number // 250}.{number % 250 + 1}"
