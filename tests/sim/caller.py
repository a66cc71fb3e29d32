"""Asks one tenant of a simulated world in-process, at any second from its start."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from alfred_tui.sim.faults import Fault
from alfred_tui.sim.papers import Paper
from alfred_tui.sim.people import Person
from alfred_tui.sim.ssh.box import Said
from alfred_tui.sim.world import World

NOON = datetime(2026, 6, 2, 12, 20, 30, tzinfo=UTC)
SEED = 7
RUNNING = "workflows?query=ExecutionStatus%3D%22Running%22"
QUEUE = "admin/temporal/task-queues/alfred-learn"


def fleet(*faults: Fault, quiet: bool = True, tenants: int = 12, start: datetime = NOON) -> World:
    return World(tenants, SEED, start, faults, quiet=quiet)


def one(generation: str = "F3", wanted: Callable[[Person], bool] = lambda _: True) -> Person:
    people = World(48, SEED, NOON, quiet=True).people
    return next(p for p in people if p.generation == generation and wanted(p))


class Caller:
    """Asks one tenant of a world; seconds count from its start."""

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person = world, person

    def ask(self, path: str, seconds: float = 0, method: str = "GET", **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.person.key}"} | headers
        at = self.world.start + timedelta(seconds=seconds)
        return self.world.respond(self.person.name, method, f"/api/v1/{path}", given, at)

    def get(self, path: str, seconds: float = 0) -> Any:
        reply = self.ask(path, seconds)
        assert reply.status == 200, reply
        return json.loads(reply.body)

    def second(self, seconds: float) -> float:
        return self.world.epoch + seconds

    def shell(self, line: str, seconds: float = 0, stdin: str = "") -> Said:
        return self.world.box(self.person.name).say(line, self.second(seconds), stdin)

    def paper(self, seconds: float) -> Paper:
        return self.world.paper(self.person.name, self.world.start + timedelta(seconds=seconds))

    def post(self, path: str, seconds: float = 0, **headers: str) -> Any:
        return self.ask(path, seconds, "POST", **headers)

    def service(self, name: str, seconds: float = 0) -> dict[str, Any] | None:
        rows = self.get("admin/containers", seconds)
        return next((row for row in rows if row["Service"] == name), None)

    def schedule(self, name: str, seconds: float = 0) -> dict[str, Any] | None:
        rows = self.get("schedules", seconds)
        return next((row["info"] for row in rows if row["scheduleId"] == name), None)


def struck(kind: str, person: Person | None = None, **more: Any) -> Caller:
    """A tenant whom one fault hits from second 60 to 660 (``lasts`` of your own otherwise)."""
    who = person or one()
    fault = Fault(kind, who.name, **({"at": 60.0, "lasts": 600.0} | more))
    return Caller(fleet(fault, tenants=48), who)


def percent(caller: Caller, seconds: float) -> int:
    """The volume's use as the last line of ``df`` tells it."""
    last = caller.get("admin/system/info", seconds)["disk"].splitlines()[-1]
    return int(last.split()[-2].rstrip("%"))


def pollers(caller: Caller, seconds: float) -> list[datetime] | None:
    found = caller.get(QUEUE, seconds)["pollers"]
    if found is None:
        return None
    return [datetime.fromisoformat(row["lastAccessTime"][:26] + "+00:00") for row in found]


def stuck(caller: Caller, seconds: float) -> list[str]:
    """Ids of learning workflows that run for longer than half an hour."""
    early = caller.world.start + timedelta(seconds=seconds - 1800)
    return [
        row["execution"]["workflowId"]
        for row in caller.get(RUNNING, seconds)
        if row["type"]["name"] == "LearningWorkflow"
        and datetime.fromisoformat(row["startTime"]) < early
    ]


def overdue(caller: Caller, seconds: float) -> float:
    """For how many seconds the next action of the event processor has been due."""
    info = caller.schedule("al-event-processor", seconds) or {}
    following = datetime.fromisoformat(info["futureActionTimes"][0])
    return (caller.world.start + timedelta(seconds=seconds) - following).total_seconds()


def code(caller: Caller, path: str, seconds: float) -> tuple[int, str]:
    reply = caller.ask(path, seconds)
    error = json.loads(reply.body).get("error", {}) if reply.status >= 400 else {}
    return reply.status, error.get("code", "")


def pulled(caller: Caller, seconds: float) -> float:
    """How long ago the mail was pulled, seconds."""
    last = caller.get("streams/composio-gmail", seconds)["stream"]["last_pull_at"]
    now = caller.world.start + timedelta(seconds=seconds)
    return (now - datetime.fromisoformat(last)).total_seconds()


def pulled_with(caller: Caller, seconds: float) -> str:
    """How the last pull of the mail went."""
    return str(caller.get("streams/composio-gmail", seconds)["stream"]["last_pull_status"])


def quiet(caller: Caller, seconds: float) -> float:
    """For how long no mail has come though it is pulled well, seconds; 0 if it is not."""
    stream = caller.get("streams/composio-gmail", seconds)["stream"]
    well = (stream["last_pull_status"], stream["status"]) == ("ok", "active")
    now = caller.world.start + timedelta(seconds=seconds)
    since = (now - datetime.fromisoformat(stream["last_event_at"])).total_seconds()
    return since if well else 0.0


def memory(caller: Caller, seconds: float) -> float:
    """Memory in use, percent, as ``free`` tells it."""
    line = caller.get("admin/system/info", seconds)["memory"].splitlines()[1].split()
    return 100 * int(line[2]) / int(line[1])


@cache
def _well() -> World:
    return fleet(tenants=48)


def leaked(caller: Caller, seconds: float) -> float:
    """How many percent more memory are in use than without any fault."""
    return memory(caller, seconds) - memory(Caller(_well(), caller.person), seconds)


def at_its_doors(caller: Caller, seconds: float) -> tuple[str, str]:
    """What connecting meets at the API and at SSH."""
    at = caller.world.start + timedelta(seconds=seconds)
    name = caller.person.name
    return caller.world.door(name, "api", at), caller.world.door(name, "ssh", at)


def ahead(caller: Caller, seconds: float) -> float:
    """By how much the Date header is ahead of the asker's clock."""
    said = caller.ask("streams", seconds).headers["Date"]
    told = datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    return (told - caller.world.start).total_seconds() - int(seconds)


def silent_docker(c: Caller, t: float) -> bool:
    if c.ask("admin/containers", t).status == 200:
        return False
    dashboard = c.get("admin/dashboard", t)
    assert dashboard["health"]["containers"] == []
    assert dashboard["containers"] is None
    assert dashboard["devices"] is None
    assert dashboard["vault"]["total"] > 0
    return code(c, "schedules", t) == (500, "EXEC_ERROR")


def missing(*names: str) -> Callable[[Caller, float], bool]:
    return lambda c, t: all(c.service(name, t) is None for name in names)


def health(name: str, value: str) -> Callable[[Caller, float], bool]:
    return lambda c, t: (c.service(name, t) or {}).get("Health") == value


def state(name: str, value: str) -> Callable[[Caller, float], bool]:
    return lambda c, t: (c.service(name, t) or {}).get("State") == value
