"""The simulated world: what a tenant answers at a moment, by seed, faults, acts and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alfred_tui.sim import days, papers, routes, scenes, strikes, wire
from alfred_tui.sim.faults import Active, Fault, FaultError
from alfred_tui.sim.life import BACKUP_HOUR, FOREVER, Life
from alfred_tui.sim.people import Person, population
from alfred_tui.sim.replies import Behaviour, Reply
from alfred_tui.sim.scenes import Deeds
from alfred_tui.sim.ssh.fence import Fence
from alfred_tui.sim.ssh.porter import BANNER
from alfred_tui.sim.temporal import Scene, Toggle

if TYPE_CHECKING:
    from alfred_tui.sim.ssh.box import Box

SHUT: dict[str, tuple[Behaviour, Behaviour]] = {
    "host-blackholed": ("blackhole", "blackhole"),
    "host-refused": ("refused", "refused"),
    "api-down": ("refused", "ok"),
    "ssh-refused": ("ok", "refused"),
    "blackholed": ("blackhole", "blackhole"),
    "refused": ("refused", "refused"),
    "partition": ("blackhole", "ok"),
}
"""What connecting meets, at the API and at SSH, by kind of fault or sort of ``tailnet-gone``.

Who reaches SSH by a public address still gets there when only the tailnet is gone (runbook.md 12).
"""


class World:
    """A fleet of tenants. ``start`` is the moment that fault times count from.

    The same tenants, faults, acts and moments give the same bytes. ``scenario`` is one of
    :func:`alfred_tui.sim.days.names`; ``quiet`` leaves out backups and updates;
    backups are at ``backup_hour``, UTC, and the inventory names a zone in which that is 03:00.

    Raises:
        FaultError: a fault about a tenant or service that does not exist, or no such scenario.
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
        backup_hour: int = BACKUP_HOUR,
    ) -> None:
        self.people = population(tenants, seed)
        self.by_name = {person.name: person for person in self.people}
        self.seed = seed
        self.quiet = quiet
        self.backup_hour = backup_hour
        self.start = start
        self.epoch = start.timestamp()
        self.faults: dict[str, list[Fault]] = {}
        self.healed: dict[Fault, float] = {}
        self.learn_asked: dict[str, float] = {}
        self._deeds: dict[str, Deeds] = {person.name: Deeds() for person in self.people}
        self._lives: dict[str, Life] = {}
        self._fences: dict[str, Fence] = {}
        self._boxes: dict[str, Box] = {}
        for fault in [*faults, *(days.faults(scenario, self.people, seed) if scenario else [])]:
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
        begin = self.epoch + fault.at
        end = FOREVER if fault.lasts is None else begin + fault.lasts
        strikes.strike(self.life(person.name), fault, begin, end)

    def life(self, name: str) -> Life:
        """The containers of a tenant."""
        if name not in self._lives:
            self._lives[name] = Life(
                self.by_name[name], self.seed, self.epoch, self.quiet, self.backup_hour
            )
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
            Active(f.kind, f.about, self._since(f, t), f.size, f.route, f.way)
            for f in self.faults.get(name, ())
            if self._on(f, t)
        ]

    def _since(self, fault: Fault, t: float) -> float:
        since = self.epoch + fault.at
        if fault.kind == "memory-leak":
            present = self.life(fault.tenant).at(fault.about, t)
            since = t if present is None else max(since, present.started)
        return since

    def _on(self, fault: Fault, t: float) -> bool:
        return fault.on(t - self.epoch) and t < self.healed.get(fault, FOREVER)

    def heal(self, name: str, kinds: frozenset[str], about: str, t: float) -> None:
        """Somebody repaired it: those faults end at ``t``."""
        for fault in self.faults.get(name, ()):
            if fault.kind in kinds and about in (fault.about, "") and self._on(fault, t):
                self.healed[fault] = t

    # --- what people do to Temporal ---------------------------------------------------------

    def deeds(self, name: str) -> Deeds:
        """What people did to a tenant's Temporal."""
        return self._deeds[name]

    def toggle(self, name: str, schedule: str, t: float, *, paused: bool, reason: str = "") -> None:
        """Pause or resume a schedule; resuming ends a fault that paused it."""
        self._deeds[name].toggles[schedule].append(Toggle(t, paused, reason))
        if not paused:
            self.heal(name, frozenset({"schedule-paused"}), schedule, t)

    def start_by_hand(self, name: str, schedule: str, t: float) -> None:
        """Start a run of a schedule."""
        self._deeds[name].manual[schedule].append(t)

    def terminate(self, name: str, workflow_id: str, t: float, reason: str = "") -> None:
        """End a run; whatever kept it from ending is not repaired."""
        self._deeds[name].ended[workflow_id] = t
        self._deeds[name].reasons[workflow_id] = reason

    def cancel(self, name: str, workflow_id: str, t: float) -> None:
        """Ask a run to end; a worker that hears it lets it."""
        self._deeds[name].cancelled.setdefault(workflow_id, t)

    # --- the doors --------------------------------------------------------------------------

    def door(self, name: str, which: str, at: datetime) -> Behaviour:
        """``ok``, ``refused`` or ``blackhole``: what connecting to ``api`` or ``ssh`` meets."""
        t = at.timestamp()
        life = self.life(name)
        life.extend(t)
        here = [f.sort if f.kind == "tailnet-gone" else f.kind for f in self.active(name, t)]
        met = {SHUT[word][which == "ssh"] for word in here if word in SHUT}
        if which == "api" and life.at("ctrl-api", t) is None:
            met.add("refused")
        if which == "ssh" and name in self._fences and self._fences[name].closed(t):
            met.add("refused")
        return "blackhole" if "blackhole" in met else "refused" if "refused" in met else "ok"

    def host_key(self, name: str, t: float) -> int:
        """The how manieth host key a tenant's sshd shows, from 0."""
        return sum(fault.kind == "ssh-key-changed" for fault in self.active(name, t))

    def ssh_delay(self, name: str, t: float) -> float:
        """By how many seconds logins and commands are later than usual."""
        return sum(fault.amount for fault in self.active(name, t) if fault.kind == "ssh-slow")

    def ssh_cut(self, name: str, t: float) -> str:
        """Where a command's connection is cut: nowhere, ``before`` it, in its ``middle``."""
        cuts = (fault.sort for fault in self.active(name, t) if fault.kind == "ssh-cut")
        return next(cuts, "")

    def fence(self, name: str) -> Fence:
        """Who failed to log in at a tenant, and whether its port is closed for that."""
        return self._fences.setdefault(name, Fence())

    def box(self, name: str) -> Box:
        """The machine behind a tenant's SSH door."""
        if name not in self._boxes:
            # it and all its programs are only needed when somebody logs in
            from alfred_tui.sim.ssh.box import Box

            self._boxes[name] = Box(self, self.by_name[name])
        return self._boxes[name]

    def paper(self, name: str, at: datetime) -> papers.Paper:
        """The certificate that a tenant shows, where it is reached over TLS."""
        return papers.shown(self.active(name, at.timestamp()))

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
        given = {key.lower(): value for key, value in headers.items()}
        faults = self.active(name, t)
        asked = routes.Asked(self, self.by_name[name], method, target, given, t, faults)
        return wire.instead(asked) or wire.troubled(routes.respond(asked), asked)

    # --- what the answers need -----------------------------------------------------------

    def told(self, name: str, t: float) -> float:
        """By how much the tenant's clock is ahead of ours, seconds."""
        return sum(f.amount for f in self.active(name, t) if f.kind == "clock-skew")

    def scene(self, person: Person, t: float, faults: list[Active]) -> Scene:
        """What Temporal knows of a tenant."""
        return scenes.scene(self, person, t, faults)

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
        ahead = (BACKUP_HOUR - self.backup_hour + 11) % 24 - 11  # of UTC, -11 to 12 hours
        zone = {"timezone": f"Etc/GMT{-ahead:+d}"} if ahead else {}
        if doors is None:
            doors = [self.doors(p, address_of(p.index), port, tls, ca_file) for p in self.people]
        return {
            "tenants": [
                {
                    "name": person.name,
                    "api_key": person.key,
                    **ways,
                    **zone,
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
            "ssh": {"host": address, "port": port + 1, "user": person.home.login},
        }
        return ways | ({"ca_file": ca_file} if tls and ca_file else {})


def host_of(person: Person) -> str:
    """The name that a tenant's certificate holds."""
    return f"alfred-{person.name}.tail1234.ts.example"


def address_of(index: int, network: int = 77) -> str:
    """The loopback address of the tenant with this index."""
    number = index + 1
    return f"127.{network}.{number // 250}.{number % 250 + 1}"
