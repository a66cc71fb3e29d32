"""Chores: the only schedules that HTTP can pause, and what a pause does."""

from __future__ import annotations

import json
from typing import Any

from alfred_tui.sim.faults import Fault
from tests.sim.caller import Caller, fleet, one, struck

CHORE = "chore-daily-brief"
DAY = 86_400.0


def chores(caller: Caller, seconds: float) -> dict[str, str]:
    return {row["slug"]: row["status"] for row in caller.get("chores", seconds)["chores"]}


def last(caller: Caller, seconds: float) -> Any:
    return (caller.schedule(CHORE, seconds) or {}).get("recentActions", [None])[-1]


def brisk() -> Caller:
    return Caller(
        fleet(), one(wanted=lambda p: any(q.id == CHORE and not q.paused for q in p.plans))
    )


def test_a_paused_chore_does_not_run_until_it_is_resumed() -> None:
    caller = brisk()
    reply = caller.post("chores/daily-brief/pause", 100)
    assert json.loads(reply.body) == {"slug": "daily-brief", "status": "paused"}
    before = last(caller, 90)
    for seconds in (110, 2 * DAY):
        schedule = caller.schedule(CHORE, seconds)
        assert schedule is not None
        assert schedule["paused"] is True
        assert last(caller, seconds) == before
        assert chores(caller, seconds)["daily-brief"] == "paused"
        assert caller.get(f"schedules/{CHORE}", seconds)["schedule"]["state"]["paused"] is True
    back = caller.post("chores/daily-brief/resume", 2 * DAY + 10)
    assert json.loads(back.body) == {"slug": "daily-brief", "status": "active"}
    assert "paused" not in (caller.schedule(CHORE, 2 * DAY + 20) or {})
    assert last(caller, 2 * DAY + 20) == before, "what was missed is not made up for"
    assert last(caller, 3 * DAY) != before
    assert chores(caller, 3 * DAY)["daily-brief"] == "active"


def test_the_past_does_not_change_by_a_pause() -> None:
    caller = brisk()
    before = caller.get("schedules", 50)
    whole = caller.get(f"schedules/{CHORE}", 50)
    caller.post("chores/daily-brief/pause", 100)
    assert caller.get("schedules", 50) == before
    assert caller.get(f"schedules/{CHORE}", 50) == whole
    assert caller.get(f"schedules/{CHORE}", 110)["conflictToken"] != whole["conflictToken"]


def test_pausing_twice_and_resuming_what_runs_is_harmless() -> None:
    caller = brisk()
    for second, verb in ((1, "resume"), (2, "pause"), (3, "pause"), (4, "resume"), (5, "resume")):
        assert caller.post(f"chores/daily-brief/{verb}", second).status == 200
    assert "paused" not in (caller.schedule(CHORE, 6) or {})


def test_all_chores_are_paused_at_once_and_nothing_else() -> None:
    caller = brisk()
    told = json.loads(caller.post("admin/chores/emergency-pause-all", 100).body)
    slugs = sorted(chores(caller, 110))
    assert told == {"paused": slugs, "failed": [], "total": len(slugs)}
    paused = {r["scheduleId"] for r in caller.get("schedules", 110) if r["info"].get("paused")}
    assert paused == {f"chore-{slug}" for slug in slugs}


def test_without_temporal_all_fail_and_the_answer_is_200() -> None:
    caller = struck("temporal-silent", sort="stopped")
    reply = caller.post("admin/chores/emergency-pause-all", 100)
    told = json.loads(reply.body)
    assert (reply.status, told["paused"]) == (200, [])
    assert len(told["failed"]) == told["total"] > 0
    assert told["failed"][0]["error"] == (
        'schedule toggle: docker failed (1): service "temporal" is not running\n'
    )
    assert caller.post("chores/daily-brief/pause", 100).status == 500
    assert caller.post("chores/daily-brief/trigger", 100).status == 400
    assert "paused" not in (caller.schedule(CHORE, 700) or {})


def test_a_chore_without_its_schedule() -> None:
    person = one()
    fault = Fault("schedule-missing", person.name, service=CHORE)
    caller = Caller(fleet(fault, tenants=48), person)
    for verb, status in (("pause", 500), ("trigger", 400)):
        reply = caller.post(f"chores/daily-brief/{verb}", 10)
        assert reply.status == status
        assert f"temporal-sys-scheduler:{CHORE}" in json.loads(reply.body)["error"]["message"]
    told = json.loads(caller.post("admin/chores/emergency-pause-all", 10).body)
    assert "daily-brief" in told["paused"], "one without a schedule counts as paused"


def test_a_triggered_chore_runs_even_when_it_is_paused() -> None:
    caller = brisk()
    caller.post("chores/daily-brief/pause", 100)
    reply = caller.post("chores/daily-brief/trigger", 200)
    assert json.loads(reply.body)["message"].startswith("Chore daily-brief fired manually")
    assert last(caller, 205)["scheduleTime"] == "2026-06-02T12:23:50.000000000Z"


def test_an_unknown_chore_and_an_early_generation() -> None:
    caller = Caller(fleet(), one("F1"))
    assert caller.post("admin/chores/emergency-pause-all").status == 404
    for reply in (caller.post("chores/nope/pause"), caller.ask("chores/nope")):
        assert reply.status == 404
        assert json.loads(reply.body)["error"]["message"] == "chore nope not found"


def test_resuming_over_http_ends_a_pause_that_a_fault_made() -> None:
    person = one()
    fault = Fault("schedule-paused", person.name, at=60.0, service=CHORE)
    caller = Caller(fleet(fault, tenants=48), person)
    assert (caller.schedule(CHORE, 100) or {}).get("paused") is True
    assert caller.post("chores/daily-brief/resume", 110).status == 200
    assert "paused" not in (caller.schedule(CHORE, 120) or {})
