"""The machine behind one tenant's SSH door, in common with what its API tells."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.sim.people import Person
from alfred_tui.sim.routes import Asked
from alfred_tui.sim.ssh import furniture
from alfred_tui.sim.ssh.shell import Io, Moment, Shell, Text

if TYPE_CHECKING:
    from alfred_tui.sim.world import World

PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Said(NamedTuple):
    """What a command line came to: ``t`` is the epoch second of its end."""

    out: str
    err: str
    code: int
    t: float


class Box:
    """One tenant's machine: files, units, and whatever the world knows of its containers."""

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person = world, person
        self.name = f"alfred-{person.name}"
        self.files = furniture.files(person, world.seed, world.epoch)
        self.units: dict[str, list[tuple[float, bool]]] = {}
        self.enabled: dict[str, str] = {}
        self.locked: set[str] = set()
        self._environments: dict[str, dict[str, str]] = {}

    def asked(self, t: float) -> Asked:
        """The world at ``t`` as the API's side sees it."""
        self.world.life(self.person.name).extend(t)
        faults = self.world.active(self.person.name, t)
        return Asked(self.world, self.person, "GET", "/", {}, t, faults)

    def environment(self, service: str) -> dict[str, str]:
        """The variables that a service's container was made with."""
        return self._environments.get(service) or furniture.environment(self.person)

    def differs(self, service: str) -> bool:
        """Whether Compose's ``.env`` says something else than when the container was made."""
        readers = ("alfred", "alfred-learn", "ctrl-api", self.person.agent)
        return service in readers and self._written() != self.environment(service)

    def read_environment(self, service: str) -> None:
        """A service's container is made anew, and so reads ``.env``."""
        self._environments[service] = self._written()

    def _written(self) -> dict[str, str]:
        node = self.files.find(f"{self.person.home.folder}/.env")
        lines = (node.text or "").splitlines() if node else []
        pairs = (line.partition("=") for line in lines if "=" in line and line[:1] != "#")
        return {name: value.strip("'\"") for name, _, value in pairs}

    def shell(self, moment: Moment, *, login: bool = False) -> Shell:
        """An operator's shell, as sshd starts it."""
        who, entry = self.person.home.login, self.person.home.entry
        env = {"HOME": entry, "USER": who, "LOGNAME": who, "SHELL": "/bin/bash"}
        name = "-bash" if login else "bash: line 1"
        env |= {"PATH": PATHS, "PWD": entry}
        return Shell(self, moment, env, entry, name, who)

    def say(self, line: str, at: datetime | float, stdin: str = "") -> Said:
        """Run a command line at a moment, without a clock: its own time passes at once."""
        begin = at.timestamp() if isinstance(at, datetime) else at
        moment = Moment(begin, _at_once)
        out: list[str] = []
        err: list[str] = []
        code = _finish(self.shell(moment).run(line, Io(Text(stdin), out.append, err.append)))
        return Said("".join(out), "".join(err), code, moment.t)


async def _at_once(seconds: float) -> None:
    """Time passes without anybody waiting for it."""


def _finish(work: Coroutine[None, None, int]) -> int:
    """Run something that never has to wait."""
    try:
        work.send(None)
    except StopIteration as done:
        return int(done.value)
    work.close()
    raise RuntimeError("a command waited for something that never comes here")
