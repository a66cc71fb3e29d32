"""``doctor`` as a person runs it: real doors, real files, a real store, nothing of them changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.tenant import HostKey
from alfred_tui.store.store import Store
from tests.support.commands import alfred, entry, inventory
from tests.support.simulator import simulator
from tests.takeover.former import former_tool
from tests.takeover.recorded import answer, fake_client

CANARY = "canary-91c4"


def told(home: Path, *words: str, code: int, **env: str) -> dict[str, dict[str, str]]:
    """Findings by subject."""
    done = alfred(home, "doctor", "--json", *words, **env)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert CANARY not in done.stdout + done.stderr
    whole: dict[str, Any] = json.loads(done.stdout)
    assert whole["verdict"] == ("ok", "warning", "failing")[code]
    for each in whole["findings"]:
        assert bool(each["advice"]) == (each["level"] != "ok"), each
    return {each["subject"]: each for each in whole["findings"]}


def bytes_of(home: Path) -> dict[str, str]:
    """What lies in the data folder; WAL's shared memory is not content."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.iterdir())
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


@pytest.fixture
def tools(tmp_path: Path) -> str:
    """A PATH with ssh and a tailscale client that is up."""
    folder = fake_client(tmp_path / "bin", answer("all-up-idle"))
    (folder / "ssh").write_text("#!/bin/sh\n")
    (folder / "ssh").chmod(0o755)
    return str(folder)


def test_a_fleet_that_is_well_and_one_with_every_lock_shut(tmp_path: Path, tools: str) -> None:
    home = tmp_path / "h"
    with simulator(tmp_path, "--tls", tenants=3) as listed:
        assert alfred(home, "import", str(listed)).returncode == 0
        before = bytes_of(home)
        found = told(home, code=0, PATH=tools)
        assert bytes_of(home) == before
        first, second, third = [each["name"] for each in json.loads(listed.read_text())["tenants"]]
        for lock in ("certificate", "API key"):
            assert found[f"{first} {lock}"]["level"] == "ok"
        text = alfred(home, "doctor", first, PATH=tools)
        assert (text.returncode, second in text.stdout) == (0, False)
        assert text.stdout.splitlines()[-1].endswith(" ok, 0 warning, 0 failing")
        _shut(home, listed, first, second, third)
        found = told(home, code=2, PATH=tools)
    assert found[f"{first} API key"]["text"] == "refused"
    assert "--api-key-file" in found[f"{first} API key"]["advice"]
    assert "--tailnet" in found[f"{second} certificate"]["advice"]
    assert f"{second} API key" not in found, "nobody has seen it"
    assert "--ca-file" in found[f"{third} certificate"]["advice"]
    found = told(home, first, code=2, PATH=tools)
    down = [s for s, each in found.items() if s.startswith(first) and each["level"] == "failing"]
    assert len(down) == 2, "neither its API nor its port of SSH"


def _shut(home: Path, listed: Path, first: str, second: str, third: str) -> None:
    """A wrong key, a wrong name, an unknown authority."""
    key = listed.with_name("key")
    key.write_text("canary-91c4-wrong\n")
    port = json.loads(listed.read_text())["tenants"][1]["api_url"].rpartition(":")[2]
    for words in (
        (first, "--api-key-file", str(key)),
        (second, "--api-url", f"https://alfred-other.tail0.ts.example:{port}"),
        (third, "--ca-file", ""),
    ):
        assert alfred(home, "tenants", "edit", *words).returncode == 0


def test_it_logs_in_once_where_there_is_a_key_and_pins_nothing(tmp_path: Path, tools: str) -> None:
    home, log = tmp_path / "h", tmp_path / "requests.jsonl"
    with simulator(tmp_path, "--request-log", str(log), tenants=4) as listed:
        assert alfred(home, "import", str(listed)).returncode == 0
        tenants = json.loads(listed.read_text())["tenants"]
        pinned, new, refused, changed = [each["name"] for each in tenants]
        assert alfred(home, "run", pinned, "--", "true").returncode == 0
        key = tenants[0]["ssh"]["key_file"]
        edit = ("tenants", "edit", refused, "--ssh-key-file", key)
        assert alfred(home, *edit).returncode == 0
        store = Store.open(Paths(home))
        store.pin([HostKey(changed, f"SHA256:{'A' * 43}", "the former tool", datetime.now(UTC))])
        store.close()
        before, lines = bytes_of(home), len(log.read_text().splitlines())
        found = told(home, code=2, PATH=tools)
        assert bytes_of(home) == before, "nothing is pinned"
        since = map(json.loads, log.read_text().splitlines()[lines:])
        logins = [each["tenant"] for each in since if each["method"] == "SSH login"]
    logged = {name: found[f"{name} login"] for name in (pinned, new, refused, changed)}
    assert [each["level"] for each in logged.values()] == ["ok", "ok", "failing", "failing"]
    assert "let in as deploy, host key SHA256:" in logged[pinned]["text"]
    assert "not pinned yet" not in logged[pinned]["text"]
    assert "not pinned yet" in logged[new]["text"]
    assert key in logged[refused]["text"]
    assert "host key changed" in logged[changed]["text"]
    assert "--repin SHA256:" in logged[changed]["advice"]
    assert sorted(logins) == sorted([pinned, new, refused]), "once each; none where it changed"


def test_files_that_lie_badly_are_failing_with_what_to_do(tmp_path: Path, tools: str) -> None:
    home = tmp_path / "h"
    file = former_tool(tmp_path / "tool", {"status": "suspended"})
    assert alfred(home, "import", str(file)).returncode == 0
    assert told(home, code=0, PATH=tools)["acme ssh key"]["level"] == "ok"
    keys = file.parent / "ssh_keys" / "1"
    (keys / "id_ed25519").chmod(0o644)
    (keys / "luks.key").unlink()
    found = told(home, code=2, PATH=tools)
    assert found["acme ssh key"]["advice"] == f"chmod 600 {keys / 'id_ed25519'}"
    assert found["acme luks.key"]["level"] == "warning"
    assert "acme port 3100" not in found, "a suspended tenant is not asked"
    shown = alfred(home, "doctor", "--problems", PATH=tools).stdout.splitlines()
    assert [line.split()[0] for line in shown[:-1]] == ["failing", "->", "warning", "->"]


def test_settings_that_cannot_be_used_are_what_it_says(tmp_path: Path, tools: str) -> None:
    home = tmp_path / "h"
    home.mkdir(mode=0o700)
    file = Paths(home).config_file
    file.write_text("[poll]\ncontainers_intervall = 5\n")
    found = told(home, code=2, PATH=tools)
    assert found[str(file)]["level"] == "failing"
    assert "containers_interval?" in found[str(file)]["text"]
    assert alfred(home, "list").returncode == 2


def test_stores_that_are_not_well_are_said_and_left_alone(tmp_path: Path, tools: str) -> None:
    home = tmp_path / "h"
    database = Paths(home).database
    assert told(home, code=1, PATH=tools)[str(database)]["level"] == "warning"
    assert not home.exists(), "looking makes nothing"
    alfred(home, "import", str(inventory(tmp_path / "f.json", entry(lifecycle="suspended"))))
    assert told(home, code=0, PATH=tools)[str(database)]["level"] == "ok"
    database.chmod(0o640)
    assert "chmod 600" in told(home, code=2, PATH=tools)[str(database)]["advice"]
    assert database.stat().st_mode & 0o777 == 0o640
    database.chmod(0o600)
    connection = sqlite3.connect(database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    assert "newer" in told(home, code=2, PATH=tools)[str(database)]["text"]
    database.write_bytes(b"no database at all " * 300)
    assert told(home, code=2, PATH=tools)[str(database)]["level"] == "failing"


def test_a_tenant_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "h"
    alfred(home, "import", str(inventory(tmp_path / "f.json", entry())))
    done = alfred(home, "doctor", "acne")
    assert done.returncode == 2
    assert "did you mean acme?" in done.stderr
