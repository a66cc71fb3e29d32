"""A world whose time runs faster than the clock: over real sockets, and for a real client."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from alfred_tui.fleet.poller import Poller
from alfred_tui.fleet.state import FleetState
from alfred_tui.model.limits import Limits
from alfred_tui.model.observation import Observation
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.verdict import Pill
from alfred_tui.sim.pace import Pace
from alfred_tui.sim.world import World
from alfred_tui.store.inventory import read_inventory
from alfred_tui.tenant.door import ApiDoor
from tests.sim.fleet import CONTAINERS, SYSTEM, Running, eventually, running
from tests.sim.hurried_loop import run_hurried
from tests.support.simulator import faults

BEGIN = "2026-06-02T12:20:30Z"
FAST = ("--begin", BEGIN)
ANCHOR = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def said(fleet: Running, target: str = CONTAINERS, index: int = 0) -> tuple[datetime, Any]:
    """The tenant's time and what it answers."""
    status, headers, body = fleet.get(target, index)
    assert status == 200
    return parsedate_to_datetime(headers["Date"]), json.loads(body)


# --- the pace --------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0, 123.456789])
def test_a_pace_tells_the_time_and_reads_what_it_says(speed: float) -> None:
    begin = datetime(2026, 6, 2, 2, 40, 0, 250_000, tzinfo=UTC)
    pace = Pace(ANCHOR, begin, speed)
    assert pace.at(ANCHOR) == begin
    assert pace.at(ANCHOR + timedelta(seconds=100)) == begin + timedelta(seconds=100 * speed)
    assert Pace.read(f"listening: 3 tenants on 127.77.0.2 port 31000, {pace}, inventory x") == pace


def test_a_line_without_a_pace_is_refused() -> None:
    with pytest.raises(ValueError, match="no pace in"):
        Pace.read("listening: 3 tenants on 127.77.0.2 port 31000, inventory x")


# --- the wire --------------------------------------------------------------------------------


def test_time_begins_where_it_is_told_to_and_runs_as_fast(tmp_path: Path) -> None:
    with running(tmp_path, *FAST, "--speed", "600") as fleet:
        pace = Pace.read(fleet.line)
        assert pace.begin == datetime.fromisoformat(BEGIN)
        assert pace.speed == 600
        before = pace.now()
        told, _ = said(fleet)
        after = pace.now()
        assert before - timedelta(seconds=1) <= told <= after
        uptime = said(fleet, SYSTEM)[1]["uptime"]
        eventually(lambda: said(fleet)[0] > told + timedelta(seconds=120), within=5)
        assert said(fleet, SYSTEM)[1]["uptime"] != uptime


def test_time_may_stand_elsewhere_and_run_as_ever(tmp_path: Path) -> None:
    with running(tmp_path, *FAST) as fleet:
        told, _ = said(fleet)
        assert timedelta(0) <= told - datetime.fromisoformat(BEGIN) < timedelta(seconds=60)


def test_faults_come_and_go_in_the_time_of_the_world(tmp_path: Path) -> None:
    script = faults(
        tmp_path,
        {"tenant": 0, "fault": "container-exit", "at": 3600, "for": 9600},
        {"tenant": 1, "fault": "host-refused", "at": 3600, "for": 9600},
    )
    with running(tmp_path, *FAST, "--speed", "2400", *script) as fleet:
        start = datetime.fromisoformat(BEGIN)
        seen: dict[bool, list[float]] = {True: [], False: []}

        def look() -> bool:
            told, rows = said(fleet)
            there = any(row["Service"] == "alfred" for row in rows)
            seen[there].append((told - start).total_seconds())
            return bool(seen[False]) and there

        eventually(look)
        assert min(seen[False]) >= 3600
        assert max(seen[False]) <= 13_200
        assert max(seen[True]) >= 13_199

        def shut(index: int) -> bool:
            try:
                fleet.get(CONTAINERS, index)
            except OSError:
                return True
            return False

        eventually(lambda: not shut(1))


def test_what_people_do_has_its_effects_in_the_time_of_the_world(tmp_path: Path) -> None:
    with running(tmp_path, *FAST, "--speed", "60") as fleet:
        connection = fleet.connect()
        key = {"Authorization": f"Bearer {fleet.tenants[0]['api_key']}"}
        began = time.monotonic()
        target = "/api/v1/admin/containers/alfred-learn/restart"
        connection.request("POST", target, headers=key)
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        assert time.monotonic() - began < 5, "ten seconds of the world's"
        connection.close()

        def up() -> list[str]:
            """Words of its status; none while it is not listed."""
            rows = said(fleet)[1]
            return next((r["Status"].split() for r in rows if r["Service"] == "alfred-learn"), [])

        eventually(lambda: "seconds" in up() or "minute" in up())
        eventually(lambda: "minutes" in up() and 3 <= int(up()[1]) < 15)


def test_the_same_moment_is_the_same_bytes_at_any_speed(tmp_path: Path) -> None:
    world = World(3, 5, datetime.fromisoformat(BEGIN))
    with running(tmp_path, *FAST, "--speed", "90", "--seed", "5") as fleet:
        told = []
        for _ in range(20):
            status, headers, body = fleet.get("/api/v1/streams/composio-gmail")
            assert status == 200
            told.append((parsedate_to_datetime(headers["Date"]), body))
    person = world.people[0]
    for moment, body in told:
        own = [
            world.respond(
                person.name,
                "GET",
                "/api/v1/streams/composio-gmail",
                {"authorization": f"Bearer {person.key}"},
                moment + timedelta(seconds=part),
            ).body
            for part in (0.0, 0.999)
        ]
        assert body in own


# --- a client --------------------------------------------------------------------------------

PATIENT = PollSettings(
    containers_interval=30.0, connect_timeout=600.0, answer_timeout=900.0, dashboard_timeout=900.0
)
"""Time limits of the world's seconds, on a machine that may be busy."""


def watch(fleet: Running, hurried: bool, until: float) -> dict[str, list[tuple[Pill, set[str]]]]:
    """What a client shows until the world's ``until`` th second, tenant by tenant."""
    pace = Pace.read(fleet.line)
    told: dict[str, list[tuple[Pill, set[str]]]] = {}

    def now() -> datetime:
        return pace.now() if hurried else datetime.now(UTC)

    async def main() -> None:
        state = FleetState(Limits(), now=now, containers_interval=PATIENT.containers_interval)
        door = ApiDoor(poll=PATIENT, now=now)
        tenants = read_inventory(fleet.inventory)
        for tenant in tenants:
            state.add(tenant)

        def take(seen: Observation) -> None:
            state.apply(seen)
            view = state.views[seen.tenant]
            told.setdefault(seen.tenant, []).append((view.pill, {r.rule for r in view.reasons}))

        poller = Poller(door, PATIENT, on_observation=take, random=Random(7))
        poller.set_tenants(tenants)
        if not hurried:
            poller.set_interval(1.0)
        left = pace.begin + timedelta(seconds=until) - pace.now()
        with suppress(TimeoutError):
            async with asyncio.timeout(left.total_seconds() / (1 if hurried else pace.speed)):
                await poller.run()
        await door.aclose()

    run_hurried(pace.speed if hurried else 1.0, main)
    return told


def test_a_client_that_lives_in_the_time_of_the_world_sees_its_day(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 1, "fault": "container-exit", "at": 240, "for": 300})
    with running(tmp_path, *FAST, "--speed", "90", *script, tenants=3) as fleet:
        told = watch(fleet, True, 840)
        names = [tenant["name"] for tenant in fleet.tenants]
    for name in (names[0], names[2]):
        assert {pill for pill, _ in told[name]} == {Pill.OK}, told[name]
    pills = [pill for pill, _ in told[names[1]]]
    assert pills[0] is pills[-1] is Pill.OK
    assert Pill.DOWN in pills
    assert {rule for _, rules in told[names[1]] for rule in rules} == {"service-missing"}


def test_a_client_that_goes_by_the_clock_says_that_clocks_run_away(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "120", tenants=2) as fleet:
        told = watch(fleet, False, 900)
    for shown in told.values():
        assert any("clock-skew" in rules for _, rules in shown), shown
