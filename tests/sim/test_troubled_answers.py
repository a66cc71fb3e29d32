"""Answers that are too much, too slow, or not the tenant's: over real sockets."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.sim.faults import Fault
from tests.sim.caller import Caller, fleet, one, struck
from tests.sim.fleet import CONTAINERS, DASHBOARD, SYSTEM, doors, eventually, running
from tests.support.simulator import faults


def told(kind: str, **more: Any) -> Any:
    """A tenant's answer while the fault is in force."""
    return struck(kind, **more).ask("admin/containers", 100)


def test_a_huge_body_is_good_json_of_its_size(tmp_path: Path) -> None:
    script = faults(
        tmp_path,
        {"tenant": 0, "fault": "answer-huge", "amount": 30},
        {"tenant": 1, "fault": "answer-huge", "amount": 12, "sort": "error", "route": "/contain"},
    )
    with running(tmp_path, *script, tenants=2) as fleet_:
        status, headers, body = fleet_.get(CONTAINERS, 0)
        assert status == 200
        assert 30_000_000 <= len(body) == int(headers["Content-Length"]) < 31_000_000
        assert len(json.loads(body)) > 1000
        status, _, body = fleet_.get(CONTAINERS, 1)
        assert status == 500
        assert len(body) > 12_000_000
        assert "maxBuffer" in json.loads(body)["error"]["message"]
        assert len(fleet_.get(SYSTEM, 1)[2]) < 1000, "only of that route"


@pytest.mark.parametrize("path", ["admin/containers", "admin/system/info", "workflows?query=x%3D1"])
def test_whatever_its_form_an_answer_grows_and_stays_json(path: str) -> None:
    caller = struck("answer-huge", amount=2.0)
    reply = caller.ask(path, 100)
    small = caller.ask(path, 20)
    assert reply.status == small.status
    body = json.loads(reply.body)
    assert type(body) is type(json.loads(small.body))
    assert (len(reply.body) > 2_000_000) == (reply.status == 200)


def test_a_body_drips_at_its_pace_and_is_whole_in_the_end(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "answer-drip", "amount": 400})
    with running(tmp_path, *script, tenants=1) as fleet_:
        began = time.monotonic()
        status, headers, body = fleet_.get(SYSTEM)
        took = time.monotonic() - began
        assert status == 200
        assert len(body) == int(headers["Content-Length"])
        assert took >= len(body) / 400 - 0.5, "no faster than told"
        json.loads(body)


def test_a_client_that_leaves_a_drip_leaves_nothing_behind(tmp_path: Path) -> None:
    script = faults(tmp_path, {"tenant": 0, "fault": "answer-drip", "amount": 4})
    with running(tmp_path, *script, tenants=2) as fleet_:
        key = fleet_.tenants[0]["api_key"]
        with socket.create_connection(doors(fleet_.tenants[0]), 10) as sock:
            sock.sendall(
                f"GET {SYSTEM} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
            )
            assert sock.recv(4096).startswith(b"HTTP/1.1 200 OK")
        assert fleet_.get(CONTAINERS, 1)[0] == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_elsewhere_and_tells_nothing(status: int) -> None:
    away = told("redirect", amount=status)
    assert (away.status, away.body) == (status, b"")
    assert away.headers["Location"] == "https://login.example/api/v1/admin/containers"
    inside = told("redirect", amount=status, sort="inside")
    assert inside.headers["Location"] == "/moved/api/v1/admin/containers"
    assert inside.headers["Content-Length"] == "0"


def test_who_follows_a_redirect_stands_in_the_request_log(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    script = faults(tmp_path, {"tenant": 0, "fault": "redirect", "sort": "inside"})
    with running(tmp_path, *script, "--request-log", str(log)) as fleet_:
        status, headers, _ = fleet_.get(CONTAINERS)
        assert status == 302
        fleet_.get(headers["Location"])
        eventually(lambda: len(log.read_text().splitlines()) == 2)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["target"] for line in lines] == [CONTAINERS, f"/moved{CONTAINERS}"]


def test_who_is_limited_is_told_for_how_long_in_either_form() -> None:
    reply = told("rate-limited", amount=45)
    assert (reply.status, reply.headers["Retry-After"]) == (429, "45")
    assert json.loads(reply.body)["retry_after_seconds"] == 45
    dated = told("rate-limited", amount=45, sort="date")
    wait = parsedate_to_datetime(dated.headers["Retry-After"]) - parsedate_to_datetime(
        dated.headers["Date"]
    )
    assert wait.total_seconds() == 45


@pytest.mark.parametrize("kind", ["redirect", "rate-limited", "gateway"])
def test_what_stands_in_front_of_a_tenant_keeps_acts_from_it(kind: str) -> None:
    caller = struck(kind)
    assert caller.post("admin/containers/mcp-server/stop", 100).status in (302, 429, 502)
    assert caller.service("mcp-server", 700) is not None


def test_a_storm_has_its_average_and_its_jitter() -> None:
    person = one()
    caller = Caller(fleet(Fault("latency-storm", person.name, amount=2.0), tenants=48), person)
    usual = caller.ask("streams").delay
    extra = sorted(caller.ask("streams", n / 7).delay - usual for n in range(600))
    calm = Caller(fleet(tenants=48), person).ask("streams").delay
    extra = [delay + usual - calm for delay in extra]
    assert 1.6 < sum(extra) / len(extra) < 2.4
    assert extra[60] < 0.5, "many hardly notice"
    assert 5 < extra[-1] <= 20, "few wait long"
    assert caller.ask("streams", 1).delay == caller.ask("streams", 1).delay


def test_a_clock_behind_is_behind_in_every_time_that_is_told() -> None:
    caller = struck("clock-skew", amount=-900.0)
    reply = caller.ask("schedules", 100)
    said = parsedate_to_datetime(reply.headers["Date"])
    now = caller.world.start.timestamp() + 100
    assert said.timestamp() == int(now - 900)
    for row in json.loads(reply.body):
        for action in row["info"].get("recentActions", []):
            assert datetime.fromisoformat(action["scheduleTime"]) <= said
        assert datetime.fromisoformat(row["info"]["futureActionTimes"][0]) > said
    assert said.tzinfo is UTC


def test_a_partition_leaves_ssh_and_a_share_leaves_the_others(tmp_path: Path) -> None:
    script = faults(
        tmp_path,
        {"fault": "tailnet-gone", "tenant": "share:0.5", "sort": "partition"},
        {"fault": "api-down", "tenant": 0, "at": -60, "for": 30},
    )
    with running(tmp_path, *script, tenants=4) as fleet_:
        lost = 0
        for index, tenant in enumerate(fleet_.tenants):
            assert fleet_.banner(index).startswith(b"SSH-2.0-")
            try:
                with socket.create_connection(doors(tenant), 0.4):
                    pass
            except TimeoutError:
                lost += 1
        assert lost == 2


def test_a_tailnet_goes_for_everybody_at_once_and_comes_back(tmp_path: Path) -> None:
    script = faults(tmp_path, {"fault": "tailnet-gone", "at": 1, "for": 2, "sort": "refused"})
    with running(tmp_path, *script, tenants=4) as fleet_:

        def up(tenant: dict[str, Any], ssh: bool) -> bool:
            address, port = doors(tenant)
            try:
                with socket.create_connection((address, port + ssh), 1):
                    return True
            except ConnectionRefusedError:
                return False

        def all_of(wanted: bool) -> bool:
            return all(up(t, ssh) is wanted for t in fleet_.tenants for ssh in (False, True))

        eventually(lambda: all_of(False))
        eventually(lambda: all_of(True))
        assert fleet_.get(DASHBOARD, 0)[0] == 200
