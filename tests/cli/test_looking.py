"""``list``, ``health``, ``settings``, ``shot``: outputs for people and programs, and exit codes."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView
from alfred_tui.store.store import Store
from tests.support.commands import URL, alfred, entry, inventory
from tests.support.simulator import faults, simulator

KEYS = ["name", "pill", "quiet", "reasons", "quieted", "facts", "looked_at"]
REASON = ["rule", "text", "value", "limit", "since", "door"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three tenants: one seen well two minutes ago, one seen down, one never seen."""
    made = tmp_path / "h"
    at = datetime.now(UTC) - timedelta(minutes=2, seconds=5)
    down = Reason("host-down", Pill.DOWN, "no answer\x1b[31m at all", since=at, seen=at)
    store = Store.open(Paths(made))
    store.put_tenants([Tenant(n, URL, Secret("canary-11")) for n in ("well", "dead", "new")])
    store.keep_states(
        [
            KeptState("well", TenantView("well", Pill.OK, at, oldest=at), at),
            KeptState("dead", TenantView("dead", Pill.DOWN, at, (down,), oldest=at), at),
        ]
    )
    store.close()
    return made


def test_list_is_worst_first_with_its_age_and_reason(home: Path) -> None:
    done = alfred(home, "list")
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["STATUS", "NAME", "LOOKED", "HOST", "WHY"]
    assert [row.split()[1:3] for row in rows] == [
        ["DOWN", "dead"],
        ["UNKNOWN", "new"],
        ["OK", "well"],
    ]
    assert "2 min" in rows[0]
    assert "no answer at all" in rows[0]
    assert "never" in rows[1]
    assert "\x1b" not in done.stdout


def test_list_as_json_and_by_status(home: Path) -> None:
    whole = json.loads(alfred(home, "list", "--json").stdout)
    assert {each["name"]: each["pill"] for each in whole["tenants"]} == {
        "dead": "down",
        "new": "unknown",
        "well": "ok",
    }
    (dead,) = json.loads(alfred(home, "list", "--json", "--status", "down").stdout)["tenants"]
    (reason,) = dead["reasons"]
    assert list(reason) == REASON
    assert reason["rule"] == "host-down"
    assert datetime.fromisoformat(dead["looked_at"]).tzinfo is not None
    assert whole["tenants"][1]["looked_at"] is None


def test_list_asks_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        home = tmp_path / "h"
        alfred(home, "import", str(inventory(tmp_path / "f.json", entry(api_url=url))))
        assert alfred(home, "list").returncode == 0
        with pytest.raises(BlockingIOError):
            server.accept()


def test_health_of_a_closed_port_is_1_with_the_documented_form(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    home = tmp_path / "h"
    url = f"http://127.0.0.1:{port}"
    alfred(home, "import", str(inventory(tmp_path / "f.json", entry(api_url=url))))
    done = alfred(home, "health", "--json")
    assert done.returncode == 1, done.stderr
    whole = json.loads(done.stdout)
    assert list(whole) == ["tenants", "counts"]
    (tenant,) = whole["tenants"]
    assert list(tenant) == KEYS
    assert tenant["pill"] in ("down", "degraded", "unknown")
    assert list(tenant["reasons"][0]) == REASON
    assert whole["counts"]["total"] == 1
    assert "canary" not in done.stdout + done.stderr
    # what was seen is kept for `list`
    (listed,) = json.loads(alfred(home, "list", "--json").stdout)["tenants"]
    assert listed["pill"] == tenant["pill"]


def test_health_of_strangers_and_of_nobody_is_2(home: Path, tmp_path: Path) -> None:
    strange = alfred(home, "health", "wel", "nobody")
    assert strange.returncode == 2
    assert "did you mean well?" in strange.stderr
    assert "nobody" in strange.stderr
    empty = alfred(tmp_path / "empty", "health")
    assert empty.returncode == 2
    assert "alfred-tui import PATH" in empty.stderr


def test_health_of_a_wrong_setting_is_2_before_anybody_is_asked(home: Path) -> None:
    done = alfred(home, "health", "--set", "poll.connect_timeout=soon")
    assert done.returncode == 2
    assert "command line" in done.stderr
    assert "poll.connect_timeout" in done.stderr


def test_health_without_textual_over_a_real_fleet(tmp_path: Path) -> None:
    home = tmp_path / "h"
    # a service that the nightly backup leaves alone: this holds at any time of the day
    script = faults(tmp_path, {"tenant": 1, "fault": "container-exit", "service": "ollama"})
    with simulator(tmp_path, *script) as file:
        assert alfred(home, "import", str(file)).returncode == 0
        names = [tenant["name"] for tenant in json.loads(file.read_text())["tenants"]]
        done = alfred(home, "health")
        assert done.returncode == 1, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines[0].split()[2] == names[1]
        assert "service-missing" in lines[0]
        assert {line.split()[2] for line in lines if "● OK" in line} == {names[0], names[2]}
        assert "\x1b" not in done.stdout
        assert alfred(home, "health", names[0], names[0], names[2]).returncode == 0
        whole = json.loads(alfred(home, "health", "--json").stdout)
        first, second, _ = whole["tenants"]
        assert first["pill"] == "ok"
        assert set(first["facts"]) >= {"Doors", "Host", "Containers", "Temporal", "Workers"}
        assert "ollama" in " ".join(r["text"] for r in second["reasons"])
        assert whole["counts"]["ok"] == 2
        listed = json.loads(alfred(home, "list", "--json", "--status", second["pill"]).stdout)
        assert [tenant["name"] for tenant in listed["tenants"]] == [names[1]]


def test_a_suspended_tenant_is_not_asked_and_spoils_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    asleep = entry("asleep", api_url="http://127.0.0.1:9", lifecycle="suspended")
    alfred(home, "import", str(inventory(tmp_path / "f.json", asleep)))
    done = alfred(home, "health", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["total"] == 0


def test_settings_say_where_each_value_came_from(tmp_path: Path) -> None:
    home = tmp_path / "h"
    home.mkdir()
    (home / "config.toml").write_text("[poll]\nmax_slow = 100\n[ui]\nascii = true\n")
    words = ["--set", "poll.patience=0.7", "settings", "--json", "--set", "log.keep=5"]
    done = alfred(home, *words, ALFRED_TUI_POLL__MAX_SLOW="200")
    found = json.loads(done.stdout)["settings"]
    for key, value, origin in (
        ("poll.max_slow", 200, "ALFRED_TUI_POLL__MAX_SLOW"),
        ("ui.ascii", True, "config.toml"),
        ("log.keep", 5, "command line"),
        ("ui.theme", "dark", "default"),
    ):
        assert found[key]["value"] == value
        assert origin in found[key]["from"]
    assert str(home) in alfred(home, "settings").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fleet", "--size", "10x10"], "--size"),
        (["fleet", "--size", "wide"], "--size"),
        (["fleet", "--size", "9999x50"], "--size"),
        (["fleet", "--theme", "pink"], "dark"),
        (["tenant"], "NAME"),
        (["fleet", "acme"], "NAME"),
        (["grid"], "fleet"),
    ],
)
def test_shot_refuses_before_it_looks(tmp_path: Path, words: list[str], said: str) -> None:
    picture = tmp_path / "x.svg"
    done = alfred(tmp_path / "h", "shot", *words, "-o", str(picture))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not picture.exists()


def test_two_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    home = tmp_path / "h"
    files = [
        inventory(tmp_path / f"{n}.json", *(entry(f"t{n}-{m}") for m in range(20)))
        for n in range(3)
    ]
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda file: alfred(home, "import", str(file)), files))
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    with closing(sqlite3.connect(Paths(home).database)) as there:
        assert there.execute("SELECT count(*) FROM tenant").fetchone() == (60,)
