"""How every container of a tenant stands: the running ones, and those that ended (3.1, 3.2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from alfred_tui.sim import containers
from alfred_tui.sim.acts import IGNORE_SIGTERM
from alfred_tui.sim.dice import hexes
from alfred_tui.sim.faults import Active
from alfred_tui.sim.homes import Home
from alfred_tui.sim.life import Life, Outage

KILLED = 137
"""The exit code of what was killed: it did not listen, or memory ran out."""


class Stand(NamedTuple):
    """A container as Docker knows it. Times are epoch seconds, ``finished`` 0 for never.

    ``restarts`` counts Docker's own. ``code`` and ``oom`` are those of its last end.
    """

    home: Home
    service: str
    ident: str
    image: str
    state: str
    health: str
    status: str
    created: float
    started: float
    finished: float = 0.0
    code: int = 0
    oom: bool = False
    restarts: int = 0

    @property
    def name(self) -> str:
        """What Compose calls it."""
        return f"{self.home.project}-{self.service}-1"

    @property
    def whole(self) -> str:
        """Its id in all its 64 digits."""
        return self.ident + hexes(52, self.ident)

    @property
    def image_id(self) -> str:
        """The local id of its image, ``sha256:...``."""
        return image_id(self.service, self.image)

    @property
    def reference(self) -> str:
        """The image as the compose file names it."""
        return containers.known_as(self.service).image


def image_id(service: str, image: str) -> str:
    """The local id of a service's image that has the name ``image``."""
    return f"sha256:{hexes(64, containers.known_as(service).image, image)}"


def digest(service: str, image: str) -> str:
    """The registry's digest of it: ``repository@sha256:...``."""
    reference = containers.known_as(service).image
    return f"{reference.rsplit(':', 1)[0]}@sha256:{hexes(64, reference, image, 'registry')}"


def all_of(life: Life, t: float, faults: Sequence[Active]) -> list[Stand]:
    """Every container that is there, by name."""
    found = [_one(life, name, t, faults) for name in life.person.services]
    found += [_oneshot(life, name, t) for name in oneshots(life)]
    return sorted((stand for stand in found if stand), key=lambda stand: stand.name)


def oneshots(life: Life) -> list[str]:
    """The services that a tenant has and that ran once."""
    return [n for n, (_, why) in containers.ONESHOTS.items() if why in life.person.services]


def _one(life: Life, name: str, t: float, faults: Sequence[Active]) -> Stand | None:
    present = life.at(name, t)
    if present is None:
        return _ended(life, name, t, faults)
    state, health, status = containers.condition(life, name, t, faults)
    ident = life.container_id(name, present.created)
    whole = Stand(life.person.home, name, ident, present.image, state, health, status, *present[:2])
    turns = containers.looping(life, name, t, faults)
    if turns is None:
        return whole
    count, turn = turns
    died = t - turn + containers.LIVES if state == "restarting" else t - turn - 0.1
    whole = whole._replace(restarts=count, started=max(present.started, t - turn))
    return whole._replace(finished=died, code=int(state == "restarting")) if count else whole


def _ended(life: Life, name: str, t: float, faults: Sequence[Active]) -> Stand | None:
    """A container that does not run; None where it was removed."""
    outage = max(
        (o for o in life.outages[name] if o.begin <= t < o.end), key=lambda outage: outage.begin
    )
    if outage.recreated and outage.why == "fault":
        return None
    since = life.gone_since(name, t)
    assert since is not None
    before = life.at(name, since - 0.001)
    created, started, image = before or (life.born[name], life.born[name], "")
    if outage.recreated:
        ident = life.container_id(name, outage.begin)
        return Stand(
            life.person.home, name, ident, outage.image, "created", "", "Created", outage.begin, 0.0
        )
    code, oom = _code(name, outage, faults)
    status = f"Exited ({code}) {containers.human(t - since)} ago"
    ident = life.container_id(name, created)
    return Stand(
        life.person.home,
        name,
        ident,
        image,
        "exited",
        "",
        status,
        created,
        started,
        since,
        code,
        oom,
    )


def _code(name: str, outage: Outage, faults: Sequence[Active]) -> tuple[int, bool]:
    for fault in faults:
        if outage.why == "fault" and (fault.kind, fault.about) == ("container-exit", name):
            return (KILLED, True) if fault.sort == "oom" else (1, False)
    return (KILLED if name in IGNORE_SIGTERM else 0), False


def _oneshot(life: Life, name: str, t: float) -> Stand:
    born = life.born[containers.ONESHOTS[name][1]]
    ident = life.container_id(name, born)
    status = f"Exited (0) {containers.human(t - born)} ago"
    return Stand(life.person.home, name, ident, "", "exited", "", status, born, born, born + 2.0)


def row(stand: Stand, t: float, told: float) -> dict[str, Any]:
    """What Compose lists of a container; ``told`` is by how much the tenant's clock is ahead."""
    head, tail = containers.frame(stand.home, stand.service, stand.ident, stand.image, 0)
    made = datetime.fromtimestamp(stand.created + told, UTC)
    publishers = {"Ports": "", "Publishers": []} if stand.state in ("exited", "created") else {}
    whole: dict[str, Any] = {
        "Command": json.loads(containers.command(stand.service)),
        "CreatedAt": f"{made:%Y-%m-%d %H:%M:%S} +0000 UTC",
        "ExitCode": stand.code if stand.state == "exited" else 0,
        "Health": stand.health,
        "ID": stand.ident,
        **json.loads("{" + head[:-1] + "}"),
        "RunningFor": f"{containers.human(t - stand.created)} ago",
        **json.loads("{" + tail[:-1] + "}"),
        "State": stand.state,
        "Status": stand.status,
    }
    return whole | publishers
