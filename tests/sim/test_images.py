"""Images: updates of many, a bad one, a service that an update takes away, a leak."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.sim.faults import Fault
from alfred_tui.sim.script import read_script
from tests.sim.caller import (
    QUEUE,
    Caller,
    code,
    fleet,
    health,
    leaked,
    missing,
    one,
    pollers,
    state,
    struck,
)

IMAGE = re.compile(r"com\.docker\.compose\.image=sha256:([0-9a-f]{64})(,|$)")


def image(caller: Caller, service: str, seconds: float) -> str:
    row = caller.service(service, seconds)
    assert row is not None
    found = IMAGE.search(row["Labels"])
    assert found is not None
    return found.group(1)


def ident(caller: Caller, service: str, seconds: float) -> str:
    return str((caller.service(service, seconds) or {})["ID"])


def test_many_get_one_new_image_within_minutes(tmp_path: Path) -> None:
    world = fleet(tenants=24)
    entry = {"tenant": "all", "fault": "image-update", "at": 60, "spread": 600}
    script = tmp_path / "release.json"
    script.write_text(json.dumps({"faults": [entry | {"service": "openclaw"}]}))
    told = read_script(script, world.people, 7)
    for fault in told:
        world.add_fault(fault)
    callers = [Caller(world, world.by_name[fault.tenant]) for fault in told]
    assert len(callers) > 15
    before = {image(c, "openclaw", 50) for c in callers}
    after = {image(c, "openclaw", 700) for c in callers}
    assert len(before) == len(after) == 1, "the same image everywhere"
    assert before != after
    halfway = [image(c, "openclaw", 360) in after for c in callers]
    assert {True, False} == set(halfway), "not all at once"
    for caller in callers:
        if caller.service("openclaw-workers"):
            assert image(caller, "openclaw-workers", 700) in after, "of the same image"
        assert ident(caller, "openclaw", 50) != ident(caller, "openclaw", 700)
        assert ident(caller, "ollama", 50) == ident(caller, "ollama", 700)
        assert health("openclaw", "healthy")(caller, 800)


def test_two_releases_are_two_images_and_a_named_one_is_one() -> None:
    first, second = fleet().people[:2]
    world = fleet(
        Fault("image-update", first.name, at=10),
        Fault("image-update", first.name, at=300),
        Fault("image-update", second.name, at=40, image="alfred-learn 10"),
    )
    one_, other = Caller(world, first), Caller(world, second)
    told = [image(one_, "alfred-learn", t) for t in (5, 100, 400)]
    assert len(set(told)) == 3
    assert image(other, "alfred-learn", 100) == told[1]


def test_what_an_update_finds_by_itself_is_another_image_for_each() -> None:
    world = fleet(quiet=False, tenants=12)
    day = 86_400.0
    images: dict[str, set[str]] = {}
    for person in world.people:
        caller = Caller(world, person)
        for name in ("alfred-learn", "ollama"):
            if image(caller, name, 0) != image(caller, name, 2 * day):
                images.setdefault(name, set()).add(image(caller, name, 2 * day))
    assert max(len(found) for found in images.values()) > 1, "nobody would call it one release"


@pytest.mark.parametrize("service", ["openclaw", "alfred-learn"])
def test_a_bad_image_restarts_in_a_loop_until_another_comes(service: str) -> None:
    caller = struck("image-regression", service=service)
    before = image(caller, service, 50)
    looks = {state(service, "restarting")(caller, t) for t in range(80, 650, 7)}
    assert looks == {True, False}, "it comes up again and again"
    bad = image(caller, service, 300)
    mended = image(caller, service, 700)
    assert len({before, bad, mended}) == 3
    assert not any(state(service, "restarting")(caller, t) for t in range(670, 900, 7))
    assert not state("ollama", "restarting")(caller, 300)


def test_a_bad_image_strikes_every_service_that_is_made_of_it() -> None:
    caller = struck("image-regression", service="openclaw")
    turn = next(t for t in range(80, 120) if state("openclaw", "restarting")(caller, t))
    assert state("openclaw-workers", "restarting")(caller, turn)
    assert caller.ask("devices", turn).status == 500
    assert caller.get("openclaw/ready", turn)["ready"] is False


def test_a_bad_image_may_just_never_become_well() -> None:
    caller = struck("image-regression", service="openclaw", sort="unhealthy")
    assert health("openclaw", "starting")(caller, 120)
    assert health("openclaw", "unhealthy")(caller, 300)
    assert state("openclaw", "running")(caller, 300)
    assert health("openclaw", "healthy")(caller, 760)


@pytest.mark.parametrize("kind", ["image-regression", "restart-loop", "service-paused"])
def test_a_worker_that_does_not_run_does_not_poll(kind: str) -> None:
    caller = struck(kind, service="alfred-learn")
    start = caller.world.start.timestamp()
    assert pollers(caller, 50)
    assert all(seen.timestamp() < start + 75 for seen in pollers(caller, 300) or [])
    assert pollers(caller, 500) is None
    assert caller.get(QUEUE, 500)["stats"][0]["approximateBacklogCount"] > 0
    back = pollers(caller, 760)
    assert back
    assert all(seen.timestamp() > start + 650 for seen in back)


def test_temporal_in_a_loop_cannot_be_asked() -> None:
    caller = struck("restart-loop", service="temporal")
    turn = next(t for t in range(80, 120) if state("temporal", "restarting")(caller, t))
    assert code(caller, "schedules", turn) == (500, "EXEC_ERROR")
    message = json.loads(caller.ask("schedules", turn).body)["error"]["message"]
    assert "is restarting, wait until the container is running" in message
    assert caller.ask("schedules", 700).status == 200


def test_a_service_that_an_update_took_away_is_nobodys_to_start() -> None:
    caller = Caller(fleet(Fault("service-lost", one().name, at=60), quiet=False), one())
    for verb in ("start", "restart", "stop"):
        reply = caller.post(f"admin/containers/mcp-server/{verb}", 100)
        assert reply.status == 500
        assert "no such service: mcp-server" in json.loads(reply.body)["error"]["message"]
    assert caller.ask("admin/containers/mcp-server/logs", 100).status == 500
    for hours in (0.1, 1, 20, 50):
        assert missing("mcp-server")(caller, hours * 3600), "no timer brings it back"


def test_a_service_that_comes_back_is_a_new_container() -> None:
    caller = struck("service-lost")
    assert ident(caller, "mcp-server", 50) != ident(caller, "mcp-server", 700)
    assert caller.ask("admin/containers/mcp-server/logs", 700).status == 200


def test_a_lost_worker_cannot_be_restarted_by_its_own_route() -> None:
    caller = struck("service-lost", service="alfred-learn")
    reply = caller.post("admin/restart-learn", 100)
    assert reply.status == 500
    assert "no such service" in json.loads(reply.body)["details"]


def _grows(caller: Caller, moments: Any) -> list[float]:
    return [leaked(caller, moment) for moment in moments]


def test_a_leak_grows_until_its_service_starts_anew_and_then_grows_again() -> None:
    person = one(wanted=lambda p: p.memory < 50)
    fault = Fault("memory-leak", person.name, at=0.0, amount=12.0, service="ollama")
    caller = Caller(fleet(fault, tenants=48), person)
    hours = _grows(caller, (3600, 7200, 10_800))
    assert [round(h) for h in hours] == [12, 24, 36]
    assert caller.post("admin/containers/ollama/restart", 10_900).status == 200
    assert leaked(caller, 10_960) < 1
    assert round(leaked(caller, 10_900 + 3600)) == 12
    assert caller.get("admin/dashboard", 3 * 86_400)["health"]["memory_percent"] == 99
