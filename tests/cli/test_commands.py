"""The commands as a person runs them: real processes, a real store, a real simulated fleet."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import alfred
from tests.support.commands import inventory as write
from tests.support.simulator import simulator

ACME = {"name": "acme", "api_url": "https://acme.tail0.ts.example:3100", "api_key": "canary-91c4"}


def test_import_twice_changes_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "fleet.json", ACME)
    assert alfred(tmp_path / "h", "import", str(file), "--dry-run").stdout.splitlines()[0] == (
        "would add acme"
    )
    assert "1 added" in alfred(tmp_path / "h", "import", str(file)).stdout
    again = alfred(tmp_path / "h", "import", str(file))
    assert again.stdout == "0 added, 0 changed, 1 unchanged\n"
    assert again.returncode == 0


def test_every_problem_is_named_by_its_path_and_nothing_is_imported(tmp_path: Path) -> None:
    file = write(
        tmp_path / "fleet.json",
        ACME,
        {**ACME, "name": "../x", "colour": 1},
        {**ACME, "name": "plain", "api_url": "http://10.1.2.3:3100"},
        {**ACME, "name": "ssh", "ssh": {"host": "h", "port": 99999}},
        ACME,
        {"name": "bare"},
    )
    done = alfred(tmp_path / "h", "import", str(file))
    assert done.returncode == 2
    for path in (
        "$.tenants[1].colour",
        "$.tenants[2].api_url",
        "$.tenants[3].ssh.port",
        "$.tenants[4].name",
        "$.tenants[5].api_key",
    ):
        assert path in done.stderr
    assert alfred(tmp_path / "h", "list").stdout.splitlines()[1:] == []


def test_keys_are_private_and_shown_only_when_asked_for(tmp_path: Path) -> None:
    home = tmp_path / "h"
    alfred(home, "import", str(write(tmp_path / "fleet.json", ACME)))
    for shown in (
        alfred(home, "tenants", "list"),
        alfred(home, "tenants", "list", "--json"),
        alfred(home, "list", "--json"),
        alfred(home, "settings"),
    ):
        assert shown.returncode == 0
        assert "canary" not in shown.stdout + shown.stderr
    assert "canary-91c4" in alfred(home, "tenants", "list", "--show-keys").stdout
    assert stat.S_IMODE((home / "alfred.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_add_edit_remove(tmp_path: Path) -> None:
    home, url = tmp_path / "h", "https://acme.tail0.ts.example:3100"
    made = alfred(
        home, "tenants", "add", "acme", "--api-url", url, "--api-key-file", "-", stdin="k1\n"
    )
    assert made.stdout.startswith("added acme")
    twice = alfred(
        home, "tenants", "add", "acme", "--api-url", url, "--api-key-file", "-", stdin="k1\n"
    )
    assert twice.returncode == 2
    assert "edit" in twice.stderr
    edited = alfred(home, "tenants", "edit", "acme", "--location", "nbg1", "--layout", "F3")
    assert "changed acme" in edited.stdout
    (held,) = json.loads(alfred(home, "tenants", "list", "--json").stdout)["tenants"]
    assert (held["location"], held["layout"], held["api_url"]) == ("nbg1", "F3", url)
    wrong = alfred(home, "tenants", "edit", "acne", "--location", "x")
    assert wrong.returncode == 2
    assert "did you mean acme?" in wrong.stderr
    assert alfred(home, "tenants", "remove", "acme").returncode == 2
    assert "removed acme" in alfred(home, "tenants", "remove", "acme", "--yes").stdout


def test_a_bad_setting_is_named_with_its_file(tmp_path: Path) -> None:
    home = tmp_path / "h"
    home.mkdir()
    (home / "config.toml").write_text('[poll]\ncontainers_interval = "soon"\n')
    done = alfred(home, "list")
    assert done.returncode == 2
    assert "poll.containers_interval" in done.stderr
    assert "config.toml" in done.stderr
    (home / "config.toml").write_text("[poll]\ncontainer_interval = 3\n")
    assert "did you mean poll.containers_interval?" in alfred(home, "list").stderr


def test_health_without_tenants_says_how_to_begin(tmp_path: Path) -> None:
    done = alfred(tmp_path / "h", "health")
    assert done.returncode == 2
    assert "alfred-tui import PATH" in done.stderr


def test_health_verifies_tls_against_the_tenants_name(tmp_path: Path) -> None:
    home = tmp_path / "h"
    with simulator(tmp_path, "--tls", tenants=2) as inventory:
        whole = json.loads(inventory.read_text())
        whole["tenants"][1]["api_url"] = whole["tenants"][0]["api_url"]
        inventory.write_text(json.dumps(whole))
        assert alfred(home, "import", str(inventory)).returncode == 0
        done = alfred(home, "health", "--json")
        first, second = json.loads(done.stdout)["tenants"]
        assert first["pill"] == "ok"
        assert second["reasons"][0]["rule"] == "tls-bad"
        assert "certificate is not for" in second["reasons"][0]["text"]


def test_a_wrong_key_is_cannot_see_and_never_shown(tmp_path: Path) -> None:
    home = tmp_path / "h"
    with simulator(tmp_path, tenants=1) as inventory:
        whole = json.loads(inventory.read_text())
        whole["tenants"][0]["api_key"] = "canary-77aa"
        inventory.write_text(json.dumps(whole))
        alfred(home, "import", str(inventory))
        done = alfred(home, "health", "--json")
    (tenant,) = json.loads(done.stdout)["tenants"]
    assert tenant["pill"] == "degraded"
    assert tenant["reasons"][0]["rule"] == "key-refused"
    assert "canary" not in done.stdout + done.stderr
    for file in home.iterdir():
        if not file.name.startswith("alfred.db"):
            assert b"canary" not in file.read_bytes()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["health", "--help"]])
def test_help_is_quick_and_whole(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import sys; from alfred_tui.cli import run\n"
        "try: run(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'httpx', 'sqlmodel', 'alembic', 'asyncssh', 'textual', 'temporalio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    done = alfred(tmp_path / "h", "hilth")
    assert done.returncode == 2
    assert "invalid choice" in done.stderr
