"""The simulator as a process: its line, its inventory, and its end."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.sim.fleet import alive, eventually, launch, running
from tests.support.simulator import faults


def test_it_says_one_line_and_writes_a_private_inventory(tmp_path: Path) -> None:
    with running(tmp_path, tenants=4) as fleet:
        assert re.fullmatch(r"listening: 4 tenants .*port \d+, inventory .*\n", fleet.line)
        assert stat.S_IMODE(fleet.inventory.stat().st_mode) == 0o600
        assert len({tenant["name"] for tenant in fleet.tenants}) == 4
        assert len({tenant["api_key"] for tenant in fleet.tenants}) == 4
        assert len({urlsplit(tenant["api_url"]).netloc for tenant in fleet.tenants}) == 4
        for tenant in fleet.tenants:
            assert set(tenant) >= {"name", "api_url", "api_key", "ssh", "server_type", "location"}
            assert tenant["ssh"]["port"] == urlsplit(tenant["api_url"]).port + 1
        fleet.process.send_signal(signal.SIGTERM)
        out, err = fleet.process.communicate(timeout=10)
        assert (fleet.process.returncode, out, err) == (0, "", "")


def test_layouts_are_left_to_be_found_out_for_some(tmp_path: Path) -> None:
    with running(tmp_path, tenants=12) as fleet:
        told = [tenant.get("layout") for tenant in fleet.tenants]
    assert None in told
    assert {layout for layout in told if layout} <= {"F1", "F2", "F3", "H"}
    assert any(told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as fleet:
        fleet.process.send_signal(number)
        _, err = fleet.process.communicate(timeout=10)
        assert (fleet.process.returncode, err) == (0, "")


def test_it_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.json"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'alfred_tui.sim', '--tenants', '2',\n"
            "    '--inventory', sys.argv[1], '--parent-pid', str(os.getpid())],\n"
            "    stdout=subprocess.PIPE, text=True)\n"
            "print(child.pid, child.stdout.readline().split(':')[0], flush=True)\n"
            "time.sleep(600)\n",
            str(inventory),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child, word = parent.stdout.readline().split()
    assert word == "listening"
    assert alive(int(child))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not alive(int(child)), within=10)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"tenant": 0, "fault": "container-exist"}, "container-exist"),
        ({"tenant": "nobody-here", "fault": "slow"}, "nobody-here"),
        ({"tenant": 99, "fault": "slow"}, "99"),
        ({"tenant": 0, "fault": "unhealthy", "service": "nonesuch"}, "nonesuch"),
        ({"tenant": "share:lots", "fault": "slow"}, "share:lots"),
        ({"tenant": 0, "fault": "slow", "at": "soon"}, "at"),
        ({"tenant": 0, "fault": "slow", "whn": 3}, "whn"),
    ],
)
def test_a_fault_script_that_cannot_be_used_is_refused(
    tmp_path: Path, entry: dict[str, object], said: str
) -> None:
    process = launch(tmp_path / "inventory.json", *faults(tmp_path, entry), tenants=2)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert said in err
    assert "faults[0]" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "65535"], "--port: 0 to 65534"),
        (["--port", "-1"], "--port: 0 to 65534"),
        (["--tenants", "0"], "--tenants: 1 to 20000"),
        (["--inventory", "/nowhere/at/all.json"], "No such file or directory: '/nowhere"),
        (["--faults", "/nowhere.json"], "nowhere.json: not readable"),
        (["--scenario", "calm-weak"], "--scenario: no 'calm-weak'; there are calm-week, compos"),
        (["--begin", "yesterday"], "--begin: no time 'yesterday'; 2026-06-02T02:40Z is one"),
        (["--speed", "0"], "--speed: more than 0, at most 10000"),
        (["--speed", "-3"], "--speed: more than 0"),
        (["--speed", "nan"], "--speed: more than 0"),
        (["--speed", "1e9"], "--speed: more than 0"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(
    tmp_path: Path, words: list[str], said: str
) -> None:
    process = launch(tmp_path / "inventory.json", *words, tenants=2)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert ("--port" in err) == ("--port" in words)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with running(tmp_path, tenants=1) as fleet:
        port = str(urlsplit(fleet.tenants[0]["api_url"]).port)
        process = launch(tmp_path / "other.json", "--port", port, tenants=1)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 2
        assert "choose another --port" in err


def test_a_whole_fleet_over_tls_ends_well(tmp_path: Path) -> None:
    with running(tmp_path, "--tls", "--seed", "7", tenants=24) as fleet:
        assert {t["api_url"].split(":")[0] for t in fleet.tenants} == {"https"}
        assert {Path(t["ca_file"]).exists() for t in fleet.tenants} == {True}
        fleet.process.send_signal(signal.SIGINT)
        out, err = fleet.process.communicate(timeout=10)
        assert (fleet.process.returncode, out, err) == (0, "", "")


def test_a_request_is_logged_without_the_key(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with running(tmp_path, "--request-log", str(log)) as fleet:
        key = fleet.tenants[0]["api_key"]
        assert fleet.get("/api/v1/admin/containers")[0] == 200
        assert fleet.get(f"/api/v1/nope?token={key}")[0] == 404
        eventually(lambda: len(log.read_text().splitlines()) == 2)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert [line["tenant"] for line in lines] == [fleet.tenants[0]["name"]] * 2
        assert [line["method"] for line in lines] == ["GET", "GET"]
        assert lines[0]["target"] == "/api/v1/admin/containers"
        assert key not in log.read_text()


def test_the_same_seed_is_the_same_fleet(tmp_path: Path) -> None:
    found = []
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        with running(tmp_path / turn, "--seed", "5") as fleet:
            found.append([(tenant["name"], tenant["api_key"]) for tenant in fleet.tenants])
    assert found[0] == found[1]
