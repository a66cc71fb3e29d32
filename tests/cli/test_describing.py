"""``import`` and ``tenants``: what is taken, what is refused, and keys that stay where they are."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.tenant import SshTarget, Tenant
from alfred_tui.store.store import Store
from tests.support.commands import URL, alfred, entry, inventory

CANARY = "canary-91c4"


def kept(home: Path) -> dict[str, Tenant]:
    """What the store holds."""
    store = Store.open(Paths(home))
    try:
        return {tenant.name: tenant for tenant in store.tenants()}
    finally:
        store.close()


def add(home: Path, *more: str, key: str = f"{CANARY}\n") -> None:
    done = alfred(home, "tenants", "add", "acme", "--api-url", URL, *more, stdin=key)
    assert done.returncode == 0, done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_an_import_says_what_it_did_and_twice_does_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    file = inventory(tmp_path / "fleet.json", entry("a"), entry("b"))
    dry = alfred(home, "import", str(file), "--dry-run")
    assert dry.stdout.splitlines() == [
        "would add a",
        "would add b",
        "2 to add, 0 to change, 0 unchanged",
    ]
    assert kept(home) == {}
    assert json.loads(alfred(home, "import", str(file), "--json").stdout)["added"] == ["a", "b"]
    before = kept(home)
    again = alfred(home, "import", str(file))
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == "0 added, 0 changed, 2 unchanged\n"
    assert kept(home) == before
    inventory(file, entry("b", location="nbg1"), entry("c"))
    third = json.loads(alfred(home, "import", str(file), "--json").stdout)
    assert (third["added"], third["changed"], third["unchanged"]) == (["c"], ["b"], [])
    assert list(kept(home)) == ["a", "b", "c"]


def test_one_mistake_imports_nothing_and_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    alfred(home, "import", str(inventory(tmp_path / "one.json", entry("a"))))
    before = kept(home)
    bad = inventory(
        tmp_path / "bad.json", entry("a", location="x"), entry("b"), entry("c", layout="F9")
    )
    done = alfred(home, "import", str(bad))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "$.tenants[2].layout" in done.stderr
    assert "nothing was imported" in done.stderr
    assert CANARY not in done.stderr
    assert kept(home) == before


def test_an_open_inventory_and_missing_files_are_warned_of(tmp_path: Path) -> None:
    ssh = {"host": "127.0.0.1", "key_file": "no-key"}
    file = inventory(tmp_path / "fleet.json", entry(ca_file="no-ca.pem", ssh=ssh))
    file.chmod(0o644)
    done = alfred(tmp_path / "h", "import", str(file))
    assert done.returncode == 0
    warned = done.stderr.splitlines()
    assert len(warned) == 3
    assert all("warning" in line for line in warned)
    for word in ("chmod 600", "no-ca.pem", "no-key"):
        assert word in done.stderr
    made = kept(tmp_path / "h")["acme"]
    assert made.ca_file == str(tmp_path / "no-ca.pem")
    assert made.ssh is not None
    assert made.ssh.key_file == str(tmp_path / "no-key")


def test_keys_are_shown_only_where_a_flag_asks(tmp_path: Path) -> None:
    home = tmp_path / "h"
    add(home, "--ssh", "root@10.0.0.7:2222")
    for words in (
        ["tenants", "list"],
        ["tenants", "list", "--json"],
        ["list"],
        ["list", "--json"],
        ["settings"],
        ["settings", "--json"],
    ):
        done = alfred(home, *words)
        assert done.returncode == 0
        assert CANARY not in done.stdout + done.stderr, words
    for words in (["--show-keys"], ["--show-keys", "--json"]):
        assert CANARY in alfred(home, "tenants", "list", *words).stdout
    for file in home.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        if not file.name.startswith("alfred.db"):
            assert CANARY.encode() not in file.read_bytes()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_add_takes_everything_and_edit_changes_only_what_is_given(tmp_path: Path) -> None:
    home = tmp_path / "h"
    key_file = tmp_path / "key"
    key_file.write_text("k-from-a-file\n")
    add(
        home,
        *("--ssh", "root@10.0.0.7:2222", "--ssh-key-file", str(tmp_path / "id")),
        *("--location", "fsn1", "--layout", "F3", "--label", "a=1", "--label", "b=2"),
    )
    was = kept(home)["acme"]
    assert was.api_key.reveal() == CANARY
    assert was.ssh == SshTarget("10.0.0.7", 2222, "root", str(tmp_path / "id"))
    assert was.labels == {"a": "1", "b": "2"}
    edited = alfred(
        home,
        *("tenants", "edit", "acme", "--location", "", "--label", "a=", "--label", "c=3"),
        *("--ssh", "[fd7a::7]:2200", "--api-key-file", str(key_file)),
    )
    assert edited.returncode == 0, edited.stderr
    now = kept(home)["acme"]
    assert now.location is None
    assert now.labels == {"b": "2", "c": "3"}
    assert now.ssh == SshTarget("fd7a::7", 2200, "deploy", str(tmp_path / "id"))
    assert now.api_key.reveal() == "k-from-a-file"
    assert (now.api_url, now.layout) == (was.api_url, was.layout)
    assert alfred(home, "tenants", "edit", "acme", "--ssh", "").returncode == 0
    assert kept(home)["acme"].ssh is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "acme", "--api-url", URL], "edit"),
        (["add", "b", "--api-url", "http://10.1.2.3:1"], "allow-plain-http"),
        (["add", "b/c", "--api-url", URL], "name"),
        (["add", "b", "--api-url", URL, "--layout", "F9"], "layout"),
        (["add", "b", "--api-url", URL, "--ssh", "h:x"], "--ssh"),
        (["add", "b", "--api-url", URL, "--label", "x"], "--label"),
        (["add", "b", "--api-url", URL, "--ssh-key-file", "x"], "--ssh"),
        (["add", "b", "--api-url", URL, "--api-key-file", "/no/such"], "--api-key-file"),
        (["edit", "acne", "--location", "x"], "did you mean acme?"),
        (["remove", "acne", "--yes"], "did you mean acme?"),
        (["remove", "acme"], "--yes"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    tmp_path: Path, words: list[str], said: str
) -> None:
    home = tmp_path / "h"
    add(home)
    before = kept(home)
    done = alfred(home, "tenants", *words, stdin="k-1234\n")
    assert done.returncode == 2
    assert said.replace("-", "_") in done.stderr.replace("-", "_")
    assert "Traceback" not in done.stderr
    assert kept(home) == before


def test_without_a_key_nothing_is_added(tmp_path: Path) -> None:
    done = alfred(tmp_path / "h", "tenants", "add", "acme", "--api-url", URL, stdin="")
    assert done.returncode == 2
    assert "key" in done.stderr
    assert kept(tmp_path / "h") == {}


def test_remove_forgets_the_last_state_too(tmp_path: Path) -> None:
    home = tmp_path / "h"
    add(home)
    Paths(home).snapshot.write_bytes(b"still shows acme")
    done = alfred(home, "tenants", "remove", "acme", "--yes")
    assert done.stdout == "removed acme\n"
    assert kept(home) == {}
    assert not Paths(home).snapshot.exists()
