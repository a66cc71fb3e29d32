"""The former tool's database: every version, whatever its rows say, wherever its files are."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.cli.tenants import described
from alfred_tui.config import Paths
from alfred_tui.model.tenant import Lifecycle, Secret
from alfred_tui.store.inventory import tenant_of
from alfred_tui.store.store import Store
from alfred_tui.takeover.former import read_former
from alfred_tui.takeover.found import Found, Sighting, SourceError
from alfred_tui.takeover.keyfiles import fingerprint_of
from alfred_tui.takeover.merge import Change, Preference, merge, preference_of
from alfred_tui.takeover.plan import read_path
from tests.takeover.former import (
    FINGERPRINT,
    FIRM,
    KEY,
    LATER,
    ROW,
    VERSIONS,
    former_tool,
    key_folder,
    opened,
)

BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))
PUBLIC = base64.b64encode(BLOB).decode()
NAMED = "SHA256:" + base64.b64encode(hashlib.sha256(BLOB).digest()).decode().rstrip("=")


def only(file: Path) -> Found:
    (found,) = read_former(file).found
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_read_and_says_what_it_does_not_know(tmp_path: Path, version: int) -> None:
    file = former_tool(tmp_path, version=version)
    told = read_former(file)
    (found,) = told.found
    keys = file.parent / "ssh_keys" / "1"
    assert found.fields["api_url"] == "https://alfred-acme:3100"
    assert found.fields["lifecycle"] is Lifecycle.RUNNING
    expected = {
        "ssh.host": "203.0.113.5",
        "ssh.user": "deploy",
        "ssh.key_file": str(keys / "id_ed25519"),
        "server_type": "cx53",
        "location": "nbg1",
        "estate.instance_id": "1",
        "estate.server_id": 4711,
        "estate.volume_id": 81,
        "estate.cloud_key_id": 91,
        "estate.tailnet_address": "100.64.0.2",
        "estate.luks_key_file": str(keys / "luks.key"),
        "estate.restic_file": str(keys / "restic.env"),
        "estate.current_image": "sha-9f2c41",
        "estate.healthy_image": "sha-88aa00",
    }
    assert expected.items() <= found.fields.items()
    assert found.assumed == {"estate.created_at": datetime(2026, 3, 1, 10, tzinfo=UTC)}
    assert [key.fingerprint for key in found.host_keys] == [FINGERPRINT]
    assert found.warnings == ()
    assert found.fields.get("api_key") == (Secret(KEY) if version >= 2 else None)
    assert found.fields.get("estate.subdomain") == ("acme" if version >= 3 else None)
    absent = [c for c, v in (("api_key", 2), ("tailscale_tag", 3), ("subdomain", 3)) if v > version]
    assert [c for c in absent if any(c in note for note in told.notes)] == absent
    assert bool(told.notes) == bool(absent)


def test_the_gateway_token_is_never_taken(tmp_path: Path) -> None:
    told = read_former(former_tool(tmp_path))
    assert "canary-gateway" not in repr(told)
    assert KEY not in repr(told)


def test_the_step_at_which_building_stopped_goes_with_the_error(tmp_path: Path) -> None:
    broken = only(former_tool(tmp_path / "a", {"status": "error", "tailscale_hostname": None}))
    (failed,) = merge([], [Sighting("x", (broken,))], Preference()).tenants
    assert failed.labels == {"step": "bootstrap_openclaw"}
    well = Sighting("x", (only(former_tool(tmp_path / "b", {"tailscale_hostname": None})),))
    asked = merge([failed], [well], Preference())
    assert (asked.held_back, asked.tenants) == (("acme",), ()), "first somebody decides the state"
    kept = merge([failed], [well], preference_of(["theirs", "ours:lifecycle"])).tenants
    assert [each.labels for each in kept] == [{"step": "bootstrap_openclaw"}]
    done = merge([failed], [well], preference_of(["theirs"]))
    assert [(t.lifecycle, t.labels) for t in done.tenants] == [(Lifecycle.RUNNING, {})]
    assert Change("labels.step", "bootstrap_openclaw", None) in done.changed["acme"]
    own = msgspec.structs.replace(done.tenants[0], labels={"step": "of my own"})
    assert merge([own], [well], preference_of(["theirs"])).unchanged == ("acme",)


@pytest.mark.parametrize(
    ("row", "lifecycle", "step"),
    [
        ({"status": "running"}, Lifecycle.RUNNING, None),
        ({"status": "suspended"}, Lifecycle.SUSPENDED, None),
        ({"status": "destroyed"}, Lifecycle.DESTROYED, None),
        ({"status": "destroying"}, Lifecycle.DESTROYING, None),
        ({"status": "cloud_init"}, Lifecycle.CLOUD_INIT, None),
        ({"status": "error", "ssh_key_path": None}, Lifecycle.ERROR, "generate_keypair"),
        ({"status": "error", "server_id": None}, Lifecycle.ERROR, "create_server"),
        ({"status": "error", "ssh_host_key": None}, Lifecycle.ERROR, "wait_cloud_init"),
        ({"status": "error", "tailscale_hostname": None}, Lifecycle.ERROR, "bootstrap_openclaw"),
        ({"status": "error"}, Lifecycle.ERROR, "setup after bootstrap_openclaw"),
    ],
)
def test_a_status_becomes_where_a_tenant_stands(
    tmp_path: Path, row: dict[str, Any], lifecycle: Lifecycle, step: str | None
) -> None:
    found = only(former_tool(tmp_path, row))
    assert found.fields["lifecycle"] is lifecycle
    assert found.fields.get("labels.step") == step


def test_an_unknown_status_is_said_and_not_guessed(tmp_path: Path) -> None:
    found = only(former_tool(tmp_path, {"status": "hibernating"}))
    assert "lifecycle" not in found.fields
    assert "hibernating" in found.warnings[0]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("alfred-acme.tail1a2b3.ts.net.", "https://alfred-acme.tail1a2b3.ts.net:3100"),
        ("Alfred-Acme", "https://alfred-acme:3100"),
        ("", None),
        ("not a host/..", None),
    ],
)
def test_hosts_come_without_their_dot_and_are_assumed_where_there_is_none(
    tmp_path: Path, host: str, url: str | None
) -> None:
    found = only(former_tool(tmp_path, {"customer_name": "My_Co", "tailscale_hostname": host}))
    assert found.fields.get("api_url") == url
    assert found.assumed.get("api_url") == (None if url else "https://alfred-my-co:3100")
    assert bool(found.warnings) == (url is None)


@pytest.mark.parametrize(
    "recorded",
    [
        "data/ssh_keys/7/id_ed25519",
        "ssh_keys/7/id_ed25519",
        "/app/alfred-ctrl/data/ssh_keys/7/id_ed25519",
        "",
    ],
)
def test_a_key_is_found_however_its_path_was_written(tmp_path: Path, recorded: str) -> None:
    file = former_tool(tmp_path, {"id": 7, "ssh_key_path": recorded}, files=False)
    keys = key_folder(file.parent / "ssh_keys" / "7")
    found = only(file)
    assert found.fields["ssh.key_file"] == str(keys / "id_ed25519")
    assert found.warnings == ()


def test_an_absolute_path_that_still_holds_is_kept(tmp_path: Path) -> None:
    elsewhere = key_folder(tmp_path / "vault" / "acme")
    file = former_tool(
        tmp_path / "tool", {"ssh_key_path": str(elsewhere / "id_ed25519")}, files=False
    )
    found = only(file)
    assert found.fields["ssh.key_file"] == str(elsewhere / "id_ed25519")
    assert found.fields["estate.luks_key_file"] == str(elsewhere / "luks.key")
    assert found.warnings == ()


def test_files_that_lie_badly_are_said_with_what_it_means(tmp_path: Path) -> None:
    file = former_tool(tmp_path)
    keys = file.parent / "ssh_keys" / "1"
    (keys / "id_ed25519").chmod(0o644)
    (keys / "luks.key").write_text("")
    (keys / "restic.env").unlink()
    key, luks, restic = only(file).warnings
    assert "id_ed25519 can be read by others: chmod 600 it" in key
    assert "luks.key is empty" in luks
    assert "volume is lost" in luks
    assert "restic.env is not there" in restic
    assert "backups" in restic


def test_a_tenant_that_is_gone_is_not_asked_for_its_files(tmp_path: Path) -> None:
    assert only(former_tool(tmp_path, {"status": "destroyed"}, files=False)).warnings == ()


@pytest.mark.parametrize(
    ("recorded", "fingerprint", "kind"),
    [
        ("ab" * 32, FINGERPRINT, ""),
        (":".join(["AB"] * 32), FINGERPRINT, ""),
        (FINGERPRINT, FINGERPRINT, ""),
        (FINGERPRINT.removeprefix("SHA256:") + "=", FINGERPRINT, ""),
        (f"ssh-ed25519 {PUBLIC} root@acme", NAMED, "ssh-ed25519"),
        (PUBLIC, NAMED, "ssh-ed25519"),
    ],
)
def test_a_host_key_is_known_in_every_form(recorded: str, fingerprint: str, kind: str) -> None:
    read = fingerprint_of(recorded)
    assert read is not None
    assert (read.fingerprint, read.kind) == (fingerprint, kind)
    assert bool(read.key) == bool(kind)


@pytest.mark.parametrize("recorded", ["MD5:" + ":".join(["ab"] * 16), "ab" * 16, "?", "a b c", ""])
def test_a_host_key_in_another_form_is_none(recorded: str) -> None:
    assert fingerprint_of(recorded) is None


def test_a_host_key_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    found = only(former_tool(tmp_path, {"ssh_host_key": "MD5:whatever"}))
    assert found.host_keys == ()
    assert "host key" in found.warnings[0]


def test_rows_are_taken_as_they_are_and_odd_ones_named(tmp_path: Path) -> None:
    file = former_tool(
        tmp_path,
        {"customer_name": "a", "server_id": "12", "ip_address": "nonsense", "created_at": "??"},
        {"customer_name": "b/../c"},
        {"customer_name": "d", "api_key": "line\nbreak", "server_id": 2.0, "volume_id": b"\0\1"},
    )
    told = read_former(file)
    first, last = told.found
    assert (first.fields["estate.server_id"], "ssh.host" in first.fields) == (12, False)
    assert "estate.created_at" not in first.assumed
    assert ("api_key" in last.fields, last.fields["estate.server_id"]) == (False, 2)
    assert "estate.volume_id" not in last.fields
    assert [left.name for left in told.left_out] == ["b/../c"]
    assert "header" in last.warnings[0]


def test_a_folder_is_as_good_as_its_file(tmp_path: Path) -> None:
    file = former_tool(tmp_path)
    assert read_path(tmp_path) == read_path(file.parent) == read_path(file)
    with pytest.raises(SourceError, match=r"no alfred-ctrl\.db"):
        read_path(file.parent / "ssh_keys")


def test_a_database_still_in_its_log_only_is_one_too(tmp_path: Path) -> None:
    file = tmp_path / "alfred-ctrl.db"
    connection = opened(file)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE instances (id INTEGER PRIMARY KEY, customer_name TEXT)")
    connection.execute("INSERT INTO instances (customer_name) VALUES ('acme')")
    connection.commit()
    told = read_path(file)
    assert [found.name for found in told.found] == ["acme"]
    assert "tailscale_hostname" in told.notes[0]
    connection.close()


def test_other_databases_are_refused_by_what_they_are(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Store.open(Paths(home)).close()
    with pytest.raises(SourceError, match="a store of alfred-tui"):
        read_path(home / "alfred.db")
    state = tmp_path / "alfred-state.db"
    connection = opened(state)
    connection.execute("CREATE TABLE signal (id TEXT PRIMARY KEY)")
    connection.close()
    with pytest.raises(SourceError, match="of a tenant itself"):
        read_path(state)
    other = tmp_path / "other.db"
    connection = opened(other)
    connection.execute("CREATE TABLE instances (id INTEGER)")
    connection.close()
    with pytest.raises(SourceError, match="no customer_name"):
        read_path(other)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(SourceError, match="cannot be read as a database"):
        read_path(damaged)
    with pytest.raises(SourceError, match="No such file"):
        read_former(tmp_path / "nothing.db")


CELLS = (
    st.none()
    | st.integers(-9, 10**19).map(str)
    | st.integers(0, 9)
    | st.floats(allow_nan=False)
    | st.binary(max_size=4)
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "running",
            "error",
            "10.0.0.7",
            "fd7a::1",
            "2026-03-01 10:00:00",
            "alfred-x.y.z.",
            "ab" * 32,
        ]
    )
)
COLUMNS = [column for column in ROW if column != "customer_name"]


@given(row=st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, CELLS)))
def test_whatever_a_row_holds_what_is_taken_can_be_edited(row: dict[str, Any]) -> None:
    """Editing checks a whole description: none may be taken that it would refuse."""
    filled = {key: cell for key, cell in row.items() if cell is not None}
    with tempfile.TemporaryDirectory() as folder:
        file = former_tool(Path(folder), {**dict.fromkeys(COLUMNS), **FIRM, **filled}, files=False)
        (found,) = read_former(file).found
        (tenant,) = merge([], [read_former(file)], Preference()).tenants
    problems: list[str] = []
    again = tenant_of(described(tenant, show_key=True), "", Path("/"), problems, keyless=True)
    assert problems == []
    assert again == tenant
    assert found.name == tenant.name


def test_the_builder_knows_every_documented_column() -> None:
    added = {column.split()[0] for columns in LATER for column in columns}
    assert {"api_key", "gateway_token", "subdomain", "tailscale_tag"} <= added
