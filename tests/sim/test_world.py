"""The world in-process: who lives there, ordinary days and nights, the wire; any clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alfred_tui.sim.faults import Fault, FaultError
from alfred_tui.sim.world import World
from tests.sim.caller import (
    NOON,
    QUEUE,
    RUNNING,
    SEED,
    Caller,
    fleet,
    health,
    missing,
    one,
    pollers,
    struck,
)


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


def test_the_old_worker_of_learn_polls_until_it_is_killed_and_the_new_one_once_it_has_booted() -> (
    None
):
    caller = Caller(fleet(), one())
    assert caller.post("admin/restart-learn", 100).status == 200
    before = caller.service("alfred-learn", 110)
    assert before is not None
    assert "second" not in before["Status"], "it ignores SIGTERM: listed, and no younger"
    asked = caller.world.start + timedelta(seconds=100)
    young = caller.service("alfred-learn", 112)
    assert young is not None
    assert young["Status"] == "Up 1 second"
    old = pollers(caller, 112)
    assert old
    for seen in old:
        assert asked + timedelta(seconds=10) < seen < asked + timedelta(seconds=10.3), "the old"
    new = pollers(caller, 116)
    assert new
    assert all(seen > asked + timedelta(seconds=14) for seen in new)


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


@pytest.mark.parametrize("hour", range(24))
def test_backups_at_another_hour_are_at_three_in_the_zone_that_the_inventory_names(
    hour: int,
) -> None:
    world = World(1, 7, NOON, backup_hour=hour)
    (known,) = world.inventory()["tenants"]
    begins = datetime.fromtimestamp(world.life(known["name"]).next_backup(world.epoch), UTC)
    assert begins.hour == hour
    assert begins.astimezone(ZoneInfo(known.get("timezone", "UTC"))).hour == 3
