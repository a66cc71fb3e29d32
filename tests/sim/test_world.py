"""The world in-process: what faults do and undo, acts, ordinary nights; any clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alfred_tui.sim.faults import DEFAULTS, KINDS, Fault, FaultError
from alfred_tui.sim.people import Person
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


def code(caller: Caller, path: str, seconds: float) -> tuple[int, str]:
    reply = caller.ask(path, seconds)
    error = json.loads(reply.body).get("error", {}) if reply.status >= 400 else {}
    return reply.status, error.get("code", "")


def pulled(caller: Caller, seconds: float) -> float:
    """How long ago the mail was pulled, seconds."""
    last = caller.get("streams/composio-gmail", seconds)["stream"]["last_pull_at"]
    now = caller.world.start + timedelta(seconds=seconds)
    return (now - datetime.fromisoformat(last)).total_seconds()


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


SEEN: dict[str, Callable[[Caller, float], bool]] = {
    "answer-cut": lambda c, t: c.ask("streams", t).behaviour == "cut",
    "answer-garbage": lambda c, t: c.ask("streams", t).body.startswith(b"<"),
    "api-down": lambda c, t: (
        c.ask("streams", t).behaviour == "refused"
        and c.world.banner(c.person.name, c.world.start + timedelta(seconds=t)).behaviour == "ok"
    ),
    "backup-failed": missing("temporal", "openclaw", "alfred"),
    "clock-skew": lambda c, t: ahead(c, t) > 60,
    "container-exit": missing("alfred"),
    "disk-filling": lambda c, t: percent(c, t) > 90,
    "docker-silent": silent_docker,
    "host-blackholed": lambda c, t: c.ask("streams", t).behaviour == "blackhole",
    "host-refused": lambda c, t: (
        c.world.banner(c.person.name, c.world.start + timedelta(seconds=t)).behaviour == "refused"
    ),
    "memory-high": lambda c, t: c.get("admin/dashboard", t)["health"]["memory_percent"] > 95,
    "restart-loop": state("mcp-server", "restarting"),
    "schedule-missing": lambda c, t: c.schedule("al-task-runner", t) is None,
    "schedule-paused": lambda c, t: (
        (c.schedule("al-event-processor", t) or {}).get("paused", False) is True
    ),
    "service-paused": lambda c, t: (
        state("ollama", "paused")(c, t) and c.service("ollama", t)["Status"].endswith("(Paused)")  # type: ignore[index]
    ),
    "slow": lambda c, t: c.ask("streams", t).delay > 2,
    "stream-broken": lambda c, t: c.get("streams/composio-gmail", t)["stream"][
        "last_pull_status"
    ].startswith("error"),
    "stream-silent": lambda c, t: pulled(c, t) > 900,
    "temporal-silent": lambda c, t: code(c, "schedules", t) == (500, "EXEC_ERROR"),
    "unhealthy": health("ollama", "unhealthy"),
    "workflow-stuck": lambda c, t: bool(stuck(c, t)),
    "wrong-key": lambda c, t: code(c, "streams", t) == (401, "UNAUTHORIZED"),
    "zero-pollers": lambda c, t: pollers(c, t) is None,
}
"""How each fault shows; ``image-update`` and lingering pollers have tests of their own."""


def test_every_fault_has_a_sight() -> None:
    assert SEEN.keys() | {"image-update"} == KINDS


@pytest.mark.parametrize("kind", sorted(SEEN))
def test_a_fault_comes_shows_and_goes(kind: str) -> None:
    caller = struck(kind, one(wanted=lambda p: p.volume_seen and p.records < 2000))
    sight = SEEN[kind]
    seen = [sight(caller, second) for second in range(30, 1100, 10)]
    assert not any(seen[:3]), "not before its time"
    assert any(seen[3:63]), "while it is in force"
    assert not any(seen[66:]), "healed afterwards"


def test_another_tenant_is_not_touched() -> None:
    person = one()
    other = next(p for p in fleet(tenants=48).people if p.name != person.name)
    faults = [Fault(kind, person.name) for kind in KINDS - {"image-update"}]
    hit, well = Caller(fleet(*faults, tenants=48), other), Caller(fleet(tenants=48), other)
    for path in ("admin/containers", "schedules", QUEUE, RUNNING, "streams", "admin/system/info"):
        assert hit.ask(path, 500) == well.ask(path, 500)


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    def story(seed: int) -> list[bytes]:
        world = World(8, seed, NOON, [Fault("unhealthy", World(8, seed, NOON).people[0].name)])
        callers = [Caller(world, person) for person in world.people]
        paths = ("admin/containers", "schedules", QUEUE, RUNNING, "streams", "admin/system/info")
        return [c.ask(path, t).body for t in (0, 4000) for c in callers for path in paths]

    assert story(3) == story(3)
    assert story(3) != story(4)


def test_what_happens_by_itself_does_not_depend_on_when_it_is_asked_about() -> None:
    person = fleet().people[0]
    often, once = fleet(quiet=False), fleet(quiet=False)
    for minute in range(0, 16 * 60, 5):
        often.respond(person.name, "GET", "/x", {}, NOON + timedelta(minutes=minute))
    end = 16 * 3600.0
    assert Caller(often, person).get("schedules", end) == Caller(once, person).get("schedules", end)
    ages = [
        [(row["Service"], row["Status"]) for row in Caller(w, person).get("admin/containers", end)]
        for w in (often, once)
    ]
    assert ages[0] == ages[1]


def test_a_fleet_mixes_generations_sizes_and_views_of_the_disk() -> None:
    people = World(200, SEED, NOON).people
    assert {p.generation for p in people} == {"F1", "F2", "F3", "H"}
    assert min(p.records for p in people) == 200
    assert max(p.records for p in people) == 9400
    assert min(len(p.services) for p in people) >= 12
    assert 26 < max(len(p.services) for p in people) <= 35
    assert {(p.volume_seen, p.wrapped) for p in people} == {
        (True, True),
        (True, False),
        (False, False),
    }
    assert len({p.name for p in people}) == len({p.key for p in people}) == 200


def test_a_bigger_vault_takes_longer() -> None:
    people = sorted(
        (p for p in World(60, SEED, NOON).people if p.generation == "F3"), key=lambda p: p.records
    )
    world = World(60, SEED, NOON)
    small, big = (Caller(world, p).ask("admin/dashboard") for p in (people[0], people[-1]))
    assert big.delay > small.delay
    assert len(big.body) > 5 * len(small.body)


def test_labels_come_in_another_order_but_are_the_same() -> None:
    caller = Caller(fleet(), fleet().people[0])
    seen = {
        tuple(row["Labels"].split(","))
        for row in (caller.service("temporal") or {} for _ in range(8))
    }
    assert len(seen) > 1
    assert len({tuple(sorted(labels)) for labels in seen}) == 1


# --- pollers ------------------------------------------------------------------------------


def test_dead_pollers_stay_listed_for_five_minutes_then_null() -> None:
    caller = struck("zero-pollers", lasts=None)
    start = caller.world.start
    assert all(
        (start + timedelta(seconds=50) - seen).total_seconds() < 60
        for seen in pollers(caller, 50) or []
    )
    dead = pollers(caller, 330)
    assert dead
    assert all(seen <= start + timedelta(seconds=60) for seen in dead)
    assert pollers(caller, 365) is None
    assert caller.get(QUEUE, 365)["stats"][0]["approximateBacklogCount"] > 0


def test_a_restart_of_learn_brings_pollers_back_and_is_limited() -> None:
    caller = struck("zero-pollers", lasts=None)
    done = json.loads(caller.post("admin/restart-learn", 500).body)
    assert done["ok"] is True
    assert done["ready_after_seconds"] > 0
    again = caller.post("admin/restart-learn", 512)
    assert again.status == 429
    flat = json.loads(again.body)
    assert flat["error"] == "rate limited"
    assert 0 < flat["retry_after_seconds"] <= 18
    fresh = pollers(caller, 540)
    assert fresh
    assert all(seen > caller.world.start + timedelta(seconds=500) for seen in fresh)
    assert caller.post("admin/restart-learn", 531).status == 200


def test_f1_has_neither_dashboard_nor_restart_learn() -> None:
    caller = Caller(fleet(), one("F1"))
    assert caller.ask("admin/dashboard").status == 404
    assert caller.post("admin/restart-learn").status == 404


# --- containers through time -----------------------------------------------------------------


def test_an_updated_service_is_gone_for_moments_then_young_starting_and_well() -> None:
    caller = struck("image-update", service="temporal", lasts=None)
    before = caller.service("temporal", 55)
    assert before is not None
    gone = [t / 10 for t in range(595, 660) if caller.service("temporal", t / 10) is None]
    assert 0.9 <= gone[-1] - gone[0] <= 3.1
    young = caller.service("temporal", 64)
    assert young is not None
    assert young["ID"] != before["ID"]
    assert young["Health"] == "starting"
    assert young["Status"].endswith("(health: starting)")
    assert health("temporal", "healthy")(caller, 120)


def test_a_night_stops_three_services_once_and_starts_them_again() -> None:
    evening = datetime(2026, 6, 2, 2, 50, tzinfo=UTC)
    world = World(12, SEED, evening)
    for person in world.people:
        caller = Caller(world, person)
        away = [t for t in range(0, 3600, 10) if caller.service("temporal", t) is None]
        begin, end = min(away), max(away)
        assert 600 <= begin <= 600 + 1710, "between 03:00 and 03:30"
        assert end - begin <= 370
        if len(away) * 10 >= 120:
            middle = away[len(away) // 2]
            assert missing(person.agent, "alfred")(caller, middle)
            assert caller.ask("schedules", middle).status == 500
            assert caller.service("ollama", middle) is not None
        later = caller.service("temporal", end + 60)
        assert later is not None
        assert later["Health"] == "healthy"


def test_a_quiet_world_has_no_night() -> None:
    world = World(3, SEED, datetime(2026, 6, 2, 2, 50, tzinfo=UTC), quiet=True)
    caller = Caller(world, world.people[0])
    assert all(caller.service("temporal", t) for t in range(0, 3600, 30))


# --- acts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("generation", "service", "guarded"),
    [
        ("F2", "ctrl-api", False),
        ("F3", "openclaw", True),
        ("H", "hermes", True),
        ("F3", "alfred", False),
    ],
)
def test_the_guard_of_each_generation(generation: str, service: str, guarded: bool) -> None:
    caller = Caller(fleet(), one(generation))
    path = f"admin/containers/{service}/restart"
    reply = caller.post(path)
    assert (reply.status == 409) is guarded
    if guarded:
        assert isinstance(json.loads(reply.body)["error"], str)
        assert caller.post(path, 1, **{"X-Confirm-Self-Restart": "YES"}).status == 409
        assert caller.post(path, 2, **{"X-Confirm-Self-Restart": "yes"}).status == 200


def test_stop_takes_a_service_off_the_list_and_start_brings_it_back_young() -> None:
    caller = Caller(fleet(), one())
    assert caller.post("admin/containers/mcp-server/stop", 10).status == 200
    assert caller.service("mcp-server", 12) is None
    assert caller.service("mcp-server", 900) is None
    assert caller.post("admin/containers/mcp-server/start", 1000).status == 200
    back = caller.service("mcp-server", 1010)
    assert back is not None
    assert "seconds" in back["Status"]


def test_the_update_timer_undoes_a_stop() -> None:
    caller = Caller(fleet(quiet=False), one())
    caller.post("admin/containers/mcp-server/stop", 10)
    assert caller.service("mcp-server", 12) is None
    assert caller.service("mcp-server", 1000) is not None


def test_restart_repairs_what_a_restart_can_repair() -> None:
    for kind in ("container-exit", "unhealthy", "service-paused"):
        caller = struck(kind, lasts=None)
        sight = SEEN[kind]
        assert sight(caller, 100)
        assert caller.post(f"admin/containers/{DEFAULTS[kind]}/restart", 110).status == 200
        assert not sight(caller, 200), kind


def test_ctrl_api_restarting_itself_hangs_up_and_comes_back() -> None:
    caller = Caller(fleet(), one())
    reply = caller.post("admin/containers/ctrl-api/restart", 0, **{"X-Confirm-Self-Restart": "yes"})
    assert reply.behaviour == "closed"
    assert caller.ask("streams", reply.delay + 0.3).behaviour == "refused"
    assert caller.ask("streams", 30).status == 200


def test_terminating_a_stuck_workflow_frees_its_schedule() -> None:
    caller = struck("workflow-stuck", lasts=None)
    (ident,) = stuck(caller, 100)
    assert (caller.schedule("al-learning", 100) or {})["recentActions"][-1][
        "startWorkflowStatus"
    ].endswith("RUNNING")
    assert caller.post(f"workflows/{ident}/terminate", 110).status == 200
    assert stuck(caller, 120) == []
    again = caller.post(f"workflows/{ident}/terminate", 130)
    assert again.status == 500
    assert "already completed" in json.loads(again.body)["error"]["message"]
    assert (
        "not found"
        in json.loads(caller.post("workflows/none/terminate", 1).body)["error"]["message"]
    )


def test_a_triggered_schedule_runs_now_and_pause_is_broken() -> None:
    caller = Caller(fleet(), one())
    assert caller.post("schedules/al-learning/trigger", 100).status == 200
    last = (caller.schedule("al-learning", 105) or {})["recentActions"][-1]
    assert last["scheduleTime"] == "2026-06-02T12:22:10Z"
    paused = caller.post("schedules/al-learning/pause", 110)
    assert paused.status == 500
    assert "unknown flag: --pause" in json.loads(paused.body)["error"]["message"]
    assert len(paused.body) > 20_000
    assert "paused" not in (caller.schedule("al-learning", 120) or {})


def test_schedules_agree_with_the_clock() -> None:
    world = fleet(tenants=24)
    for person in world.people:
        for row in Caller(world, person).get("schedules", 777):
            now = NOON + timedelta(seconds=777)
            ahead_of = [datetime.fromisoformat(t) for t in row["info"]["futureActionTimes"]]
            assert all(t > now for t in ahead_of), row["scheduleId"]
            assert len(ahead_of) == 5
            done = [
                datetime.fromisoformat(a["scheduleTime"])
                for a in row["info"].get("recentActions", [])
            ]
            assert all(t <= now for t in done), row["scheduleId"]
            assert done == sorted(done)


# --- the wire ------------------------------------------------------------------------------------


def test_the_key_is_asked_for_before_the_route() -> None:
    caller = Caller(fleet(), one())
    nowhere = caller.world.respond(caller.person.name, "GET", "/api/v1/nope", {}, NOON)
    assert nowhere.status == 401
    assert caller.ask("nope").status == 404
    wrong = {"authorization": "Bearer sim-wrong"}
    assert caller.world.respond(caller.person.name, "GET", "/nope", wrong, NOON).status == 401
    assert caller.ask("streams", 0, "GET", **{"X-Tenant-ID": "1"}).status == 400
    assert caller.world.respond(caller.person.name, "GET", "/healthz", {}, NOON).status == 401
    h = one("H")
    assert fleet().respond(h.name, "GET", "/healthz", {}, NOON).status == 200


def test_a_fault_that_does_not_fit_is_refused() -> None:
    world = fleet()
    f1 = next(p for p in world.people if p.generation == "F1")
    with pytest.raises(FaultError, match="openclaw-workers"):
        world.add_fault(Fault("container-exit", f1.name, service="openclaw-workers"))
    with pytest.raises(FaultError, match="nobody"):
        world.add_fault(Fault("slow", "nobody"))


def test_the_demo_begins_in_trouble_and_goes_on() -> None:
    world = World(24, SEED, NOON, scenario="demo")
    struck_ones = {f.tenant: f for faults in world.faults.values() for f in faults}
    assert 8 <= len(struck_ones) <= 12, "most are well"
    assert any(f.at <= 0 for f in struck_ones.values())
    assert any(f.at > 0 for f in struck_ones.values())
    assert any(f.lasts is not None and f.at <= 0 for f in struck_ones.values()), "one heals"
