"""``import`` as a person runs it: from the former tool, Hetzner and the tailnet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.tenant import HostKey, Lifecycle, Tenant
from alfred_tui.store.store import Store
from tests.support.commands import alfred, entry, inventory
from tests.takeover.cloud import TOKEN, Answer, cloud, error, server
from tests.takeover.former import FINGERPRINT, KEY, former_tool
from tests.takeover.recorded import answer, fake_client, net, peer

SUFFIX = "tail1a2b3.ts.net"
FULL = f"https://alfred-acme.{SUFFIX}:3100"


def kept(home: Path) -> tuple[dict[str, Tenant], list[HostKey]]:
    """What the store holds."""
    store = Store.open(Paths(home))
    try:
        return {tenant.name: tenant for tenant in store.tenants()}, store.host_keys()
    finally:
        store.close()


def imported(home: Path, *words: str, code: int = 0, **env: str) -> dict[str, Any]:
    """The report as JSON."""
    done = alfred(home, "import", *words, "--json", **env)
    assert done.returncode == code, done.stderr
    for secret in (KEY, TOKEN, "canary-91c4"):
        assert secret not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def nobody(tmp_path: Path) -> str:
    """A PATH without a tailscale client."""
    (tmp_path / "empty").mkdir()
    return str(tmp_path / "empty")


@pytest.fixture
def client(tmp_path: Path) -> str:
    """A PATH with a tailscale client that is up and knows acme."""
    return str(fake_client(tmp_path / "bin", net(peer("alfred-acme", Tags=["tag:tenant"]))))


def test_the_former_tool_is_taken_over_whole(tmp_path: Path, client: str) -> None:
    home, tool = tmp_path / "h", tmp_path / "tool"
    former_tool(tool, {}, {"customer_name": "umbra", "status": "destroyed", "api_key": None})
    dry = alfred(home, "import", str(tool), "--dry-run", PATH=client)
    assert dry.stdout.splitlines() == [
        "would add acme",
        "would add umbra",
        "2 to add, 0 to change, 0 unchanged",
    ]
    assert f"completed with {SUFFIX}" in dry.stderr
    assert kept(home) == ({}, [])
    assert imported(home, str(tool), PATH=client)["added"] == ["acme", "umbra"]
    tenants, keys = kept(home)
    acme = tenants["acme"]
    assert (acme.api_url, acme.api_key.reveal()) == (FULL, KEY)
    assert acme.ssh is not None
    assert (acme.ssh.host, acme.ssh.user) == ("203.0.113.5", "deploy")
    assert Path(acme.ssh.key_file or "").is_file()
    assert (acme.estate.server_id, acme.estate.healthy_image) == (4711, "sha-88aa00")
    assert tenants["umbra"].lifecycle is Lifecycle.DESTROYED
    assert {(key.tenant, key.fingerprint) for key in keys} == {
        ("acme", FINGERPRINT),
        ("umbra", FINGERPRINT),
    }
    again = imported(home, str(tool), PATH=client)
    assert (again["unchanged"], again["added"], again["changed"]) == (["acme", "umbra"], [], [])
    assert kept(home) == (tenants, keys)


def test_short_names_without_a_suffix_are_warned_of_and_completed_later(
    tmp_path: Path, nobody: str
) -> None:
    home, file = tmp_path / "h", former_tool(tmp_path / "tool")
    done = alfred(home, "import", str(file), PATH=nobody)
    assert "--tailnet" in done.stderr
    assert kept(home)[0]["acme"].api_url == "https://alfred-acme:3100"
    later = imported(home, str(file), "--tailnet", f"{SUFFIX}.", PATH=nobody)
    assert later["differences"]["acme"] == {
        "api_url": {"was": "https://alfred-acme:3100", "now": FULL}
    }
    again = imported(home, str(file), PATH=nobody)
    assert (again["unchanged"], again["notes"]) == (["acme"], [])
    assert kept(home)[0]["acme"].api_url == FULL


def test_conflicts_are_listed_and_left_until_somebody_decides(tmp_path: Path, nobody: str) -> None:
    home, tool = tmp_path / "h", tmp_path / "tool"
    file = former_tool(tool, {}, {"customer_name": "umbra", "server_id": 12})
    listed = entry("acme", api_url=FULL, location="fsn1", timezone="UTC")
    assert imported(home, str(inventory(tmp_path / "f.json", listed)))["added"] == ["acme"]
    before = kept(home)[0]["acme"]
    words = (str(file), "--tailnet", SUFFIX)
    text = alfred(home, "import", *words, "--dry-run", PATH=nobody)
    assert text.returncode == 1
    assert "conflict acme location: ours fsn1, alfred-ctrl.db has nbg1: undecided" in text.stdout
    assert "conflict acme api_key: ours ********" in text.stdout
    assert "--prefer" in text.stderr
    left = imported(home, *words, code=1, PATH=nobody)
    assert (left["held_back"], left["added"]) == (["acme"], ["umbra"])
    assert {c["field"]: (c["ours"], c["theirs"], c["decided"]) for c in left["conflicts"]} == {
        "location": ("fsn1", "nbg1", None),
        "api_key": ("********", "********", None),
    }
    assert kept(home)[0]["acme"] == before
    decided = ("--prefer", "theirs", "--prefer", "ours:api_key")
    done = imported(home, *words, *decided, PATH=nobody)
    assert done["changed"] == ["acme"]
    assert {c["field"]: c["decided"] for c in done["conflicts"]} == {
        "location": "theirs",
        "api_key": "ours",
    }
    acme = kept(home)[0]["acme"]
    assert (acme.location, acme.api_key, acme.timezone) == ("nbg1", before.api_key, "UTC")
    assert acme.estate.server_id == 4711
    assert imported(home, *words, *decided, PATH=nobody)["changed"] == []


def test_a_nightly_import_says_what_only_a_word_for_one_tenant_decides(tmp_path: Path) -> None:
    home = tmp_path / "h"
    known = entry("acme", api_url=FULL)
    imported(home, str(inventory(tmp_path / "f.json", known)))
    twins = net(peer("alfred-acme", Online=False), peer("alfred-acme-2"))
    env = {"PATH": str(fake_client(tmp_path / "bin", twins))}
    words = ("--tailscale", "--prefer", "theirs")
    text = alfred(home, "import", *words, **env)
    assert text.returncode == 1
    twin = FULL.replace("acme.", "acme-2.")
    (line,) = (each for each in text.stdout.splitlines() if each.startswith("conflict"))
    assert line.startswith(
        f"conflict acme api_url: ours {FULL}, tailnet has {twin} (alfred-acme is"
    )
    assert line.endswith(": undecided")
    assert text.stderr.splitlines()[-2:] == [
        "alfred-tui: 1 tenant was left alone because of conflicts",
        "alfred-tui: only a word of its own decides: --prefer ours:acme/api_url@tailnet "
        "or --prefer theirs:acme/api_url@tailnet",
    ]
    standing = (*words, "--prefer", "theirs:acme/api_url")
    told = imported(home, *standing, code=1, **env)
    assert "another customer's" in told["conflicts"][0]["why"]
    assert kept(home)[0]["acme"].api_url == FULL
    told = imported(home, *words, "--prefer", "theirs:acme/api_url@tailnet", **env)
    assert told["differences"]["acme"]["api_url"] == {"was": FULL, "now": twin}


def test_a_word_for_all_is_offered_only_where_it_decides_something(tmp_path: Path) -> None:
    home = tmp_path / "h"
    listed = [entry("acme", api_url=FULL), entry("birch", api_url="https://100.64.0.3:3100")]
    imported(home, str(inventory(tmp_path / "f.json", *listed)))
    birch = peer("alfred-birch", TailscaleIPs=["100.64.0.3"])
    alone = net(peer("alfred-acme"), birch)
    env = {"PATH": str(fake_client(tmp_path / "alone", alone))}
    text = alfred(home, "import", "--tailscale", "--dry-run", **env)
    assert "--prefer theirs decides all, " in text.stderr
    both = net(peer("alfred-acme", Online=False), peer("alfred-acme-2"), birch)
    env = {"PATH": str(fake_client(tmp_path / "both", both))}
    text = alfred(home, "import", "--tailscale", "--dry-run", **env)
    assert "--prefer theirs decides the others, " in text.stderr
    assert "--prefer theirs:acme/api_url@tailnet" in text.stderr


def test_hetzner_finds_what_is_missing_and_fills_in_the_rest(tmp_path: Path, nobody: str) -> None:
    home = tmp_path / "h"
    known = entry("acme", api_url=FULL)
    assert imported(home, str(inventory(tmp_path / "f.json", known)))["added"] == ["acme"]
    with cloud(server(7, "acme"), server(8, "umbra")) as there:
        env = {"HCLOUD_TOKEN": TOKEN, "HCLOUD_ENDPOINT": there.url, "PATH": nobody}
        told = imported(home, "--hetzner", "--tailnet", SUFFIX, **env)
        assert (told["added"], told["changed"]) == (["umbra"], ["acme"])
        again = imported(home, "--hetzner", "--tailnet", SUFFIX, **env)
        assert (again["unchanged"], again["changed"]) == (["acme", "umbra"], [])
        there.always = error(401, "unauthorized")
        refused = alfred(home, "import", "--hetzner", **env)
    assert refused.returncode == 2
    assert "token was refused" in refused.stderr
    for file in home.iterdir():
        assert TOKEN.encode() not in file.read_bytes(), file.name
    tenants = kept(home)[0]
    assert (tenants["acme"].api_url, tenants["acme"].server_type) == (FULL, "cx53")
    assert tenants["umbra"].api_url == f"https://alfred-umbra.{SUFFIX}:3100"
    assert "tenants edit umbra --api-key-file" in told["warnings"]["umbra"][0]


@pytest.mark.parametrize(
    ("page", "refusal", "said"),
    [
        (2, Answer(*error(500, "server_error")), "server_error"),
        (3, Answer(200, b"", cut=True), "broke off"),
    ],
)
def test_a_cloud_that_fails_at_a_later_page_changes_nothing(
    tmp_path: Path, nobody: str, page: int, refusal: Answer, said: str
) -> None:
    home = tmp_path / "h"
    imported(home, str(inventory(tmp_path / "f.json", entry("tenant-1", api_url=FULL))))
    before = kept(home)
    with cloud(*(server(n) for n in range(1, 121))) as there:
        there.at_page = {page: [refusal]}
        env = {"HCLOUD_TOKEN": TOKEN, "HCLOUD_ENDPOINT": there.url, "PATH": nobody}
        done = alfred(home, "import", "--hetzner", **env)
        assert there.pages() == list(range(1, page + 1))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "nothing was imported" in done.stderr
    assert kept(home) == before


def test_a_server_of_a_tenant_known_by_another_name_is_not_added_beside_it(
    tmp_path: Path, nobody: str
) -> None:
    home = tmp_path / "h"
    ssh = {"host": "203.0.113.7"}
    known = entry("acme-gmbh", api_url=FULL, ssh=ssh)
    imported(home, str(inventory(tmp_path / "f.json", known)))
    with cloud(server(7, "acme")) as there:
        env = {"HCLOUD_TOKEN": TOKEN, "HCLOUD_ENDPOINT": there.url, "PATH": nobody}
        words = ("--hetzner", "--tailnet", SUFFIX)
        told = imported(home, *words, "--prefer", "theirs", code=1, **env)
        assert (told["added"], told["held_back"]) == ([], ["acme"])
        assert "the same machine as acme-gmbh" in told["conflicts"][0]["why"]
        told = imported(home, *words, "--prefer", "ours:acme/name", **env)
        assert (told["added"], told["changed"]) == ([], ["acme-gmbh"])
        assert imported(home, *words, **env)["unchanged"] == ["acme-gmbh"], "its server tells"
    assert list(kept(home)[0]) == ["acme-gmbh"]


def test_one_without_a_key_is_given_one(tmp_path: Path, client: str) -> None:
    home = tmp_path / "h"
    told = imported(home, "--tailscale", PATH=client)
    assert told["added"] == ["acme"]
    listed = json.loads(alfred(home, "tenants", "list", "--json").stdout)["tenants"]
    assert listed[0]["api_key"] == ""
    assert alfred(home, "tenants", "edit", "acme", "--location", "fsn1").returncode == 0
    key = tmp_path / "key"
    key.write_text("canary-91c4\n")
    done = alfred(home, "tenants", "edit", "acme", "--api-key-file", str(key))
    assert done.returncode == 0, done.stderr
    acme = kept(home)[0]["acme"]
    assert (acme.api_key.reveal(), acme.location) == ("canary-91c4", "fsn1")
    assert acme.estate.tailnet_tag == "tenant", "editing loses nothing"
    assert imported(home, "--tailscale", PATH=client)["unchanged"] == ["acme"]


def test_all_sources_at_once_are_one_import(tmp_path: Path) -> None:
    home, file = tmp_path / "h", former_tool(tmp_path / "tool")
    path = fake_client(
        tmp_path / "bin", net(peer("alfred-acme", TailscaleIPs=["100.64.0.2"]), peer("alfred-new"))
    )
    with cloud(server(4711, "acme", volumes=[81])) as there:
        there.servers[0]["public_net"]["ipv4"]["ip"] = "203.0.113.5"
        there.servers[0]["location"]["name"] = "nbg1"
        env = {"HCLOUD_TOKEN": TOKEN, "HCLOUD_ENDPOINT": there.url, "PATH": str(path)}
        words = (str(file), "--hetzner", "--tailscale")
        told = imported(home, *words, **env)
        assert (told["added"], told["conflicts"]) == (["acme", "new"], [])
        assert imported(home, *words, **env)["unchanged"] == ["acme", "new"]
    acme = kept(home)[0]["acme"]
    assert (acme.api_url, acme.labels) == (FULL, {"plane-enabled": "true"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--hetzner or --tailscale"),
        (["--tailscale"], "tailscale here is not installed: install"),
        (["--hetzner"], "hetzner.token_file"),
        (["/no/such/file"], "No such file"),
        (["x", "--prefer", "mine"], "--prefer mine"),
        (["x", "--tailnet", "nodot"], "--tailnet nodot"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    tmp_path: Path, nobody: str, words: list[str], said: str
) -> None:
    done = alfred(tmp_path / "h", "import", *words, PATH=nobody, HCLOUD_TOKEN="")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert kept(tmp_path / "h") == ({}, [])


def test_a_tailnet_that_cannot_tell_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "h"
    path = fake_client(tmp_path / "bin", answer("loggedout"))
    file = str(former_tool(tmp_path / "tool"))
    done = alfred(home, "import", file, "--tailscale", PATH=str(path))
    assert done.returncode == 2
    assert "logged out: run `tailscale up` and log in" in done.stderr
    assert kept(home) == ({}, [])
    assert imported(home, file, PATH=str(path))["added"] == ["acme"], "it is not needed for that"


def test_another_host_key_is_said_and_not_taken(tmp_path: Path, nobody: str) -> None:
    home = tmp_path / "h"
    imported(home, str(former_tool(tmp_path / "one")), PATH=nobody)
    other = former_tool(tmp_path / "two", {"ssh_host_key": "cd" * 32})
    told = imported(home, str(other), "--prefer", "ours", PATH=nobody)
    assert "find out why" in told["warnings"]["acme"][0]
    assert [key.fingerprint for key in kept(home)[1]] == [FINGERPRINT]


def test_an_exported_fleet_is_an_inventory_again(tmp_path: Path, nobody: str) -> None:
    home = tmp_path / "h"
    imported(home, str(former_tool(tmp_path / "tool")), PATH=nobody)
    listed = alfred(home, "tenants", "list", "--json", "--show-keys").stdout
    file = tmp_path / "again.json"
    file.write_text(listed)
    assert imported(home, str(file))["unchanged"] == ["acme"]
    assert imported(tmp_path / "other", str(file))["added"] == ["acme"]
    assert kept(tmp_path / "other")[0] == kept(home)[0]
