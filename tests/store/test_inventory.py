"""The inventory: strict, all problems by their path, nothing taken from a file with a mistake."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alfred_tui.model.tenant import Estate, Layout, Lifecycle, Secret, SshTarget, Tenant
from alfred_tui.store.inventory import (
    InventoryError,
    problems_of,
    read_entries,
    read_inventory,
    tenant_of,
)

CANARY = "canary-3b7d"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]")
ACME: dict[str, Any] = {
    "name": "acme",
    "api_url": "https://acme.tail0.ts.example:3100",
    "api_key": CANARY,
}


def write(folder: Path, whole: object) -> Path:
    path = folder / "fleet.json"
    path.write_text(whole if isinstance(whole, str) else json.dumps(whole), "utf-8")
    return path


def problems(folder: Path, whole: object) -> list[str]:
    with pytest.raises(InventoryError) as caught:
        read_inventory(write(folder, whole))
    assert CANARY not in str(caught.value)
    return caught.value.problems


def test_everything_that_may_be_said_is_understood(tmp_path: Path) -> None:
    whole = {
        **ACME,
        "connect_address": "100.64.0.7",
        "ca_file": "tls/ca.pem",
        "ssh": {"host": "10.0.0.7", "port": 2222, "user": "deploy", "key_file": "keys/acme"},
        "server_type": "cx53",
        "location": "fsn1",
        "layout": "F3",
        "labels": {"plane-enabled": "true"},
        "lifecycle": "suspended",
        "timezone": "Europe/Berlin",
    }
    (made,) = read_inventory(write(tmp_path, {"tenants": [whole]}))
    assert made == Tenant(
        name="acme",
        api_url="https://acme.tail0.ts.example:3100",
        api_key=Secret(CANARY),
        connect_address="100.64.0.7",
        ca_file=str(tmp_path / "tls" / "ca.pem"),
        ssh=SshTarget("10.0.0.7", 2222, "deploy", str(tmp_path / "keys" / "acme")),
        server_type="cx53",
        location="fsn1",
        layout=Layout.F3,
        lifecycle=Lifecycle.SUSPENDED,
        timezone="Europe/Berlin",
        labels={"plane-enabled": "true"},
    )


@pytest.mark.parametrize(("layout", "user"), [("H", "root"), ("F3", "deploy"), (None, "deploy")])
def test_who_logs_in_is_the_generations_where_it_is_not_said(
    tmp_path: Path, layout: str | None, user: str
) -> None:
    ssh = {"host": "10.0.0.7"}
    item = {**ACME, "ssh": ssh, "layout": layout}
    (made,) = read_inventory(write(tmp_path, {"tenants": [item]}))
    assert made.ssh is not None and made.ssh.user == user
    item["ssh"] = {**ssh, "user": "ada"}
    (made,) = read_inventory(write(tmp_path, {"tenants": [item]}))
    assert made.ssh is not None and made.ssh.user == "ada"


def test_null_is_the_same_as_not_there(tmp_path: Path) -> None:
    bare = {"ssh": None, "ca_file": None, "labels": None, "layout": None, "allow_plain_http": None}
    assert read_inventory(write(tmp_path, {"tenants": [{**ACME, **bare}]})) == read_inventory(
        write(tmp_path, {"tenants": [ACME]})
    )


def test_files_are_beside_the_inventory_wherever_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "inventories"
    folder.mkdir()
    write(folder, {"tenants": [{**ACME, "ca_file": "../ca.pem"}]})
    monkeypatch.chdir(tmp_path)
    (made,) = read_inventory(Path("inventories/fleet.json"))
    assert made.ca_file is not None
    assert Path(made.ca_file).is_absolute()
    assert Path(made.ca_file).resolve() == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": None}, ".name"),
        ({"name": ""}, ".name"),
        ({"name": 7}, ".name"),
        ({"name": "../up"}, ".name"),
        ({"name": "a b"}, ".name"),
        ({"name": "-flag"}, ".name"),
        ({"name": "a\u001b[31m"}, ".name"),
        ({"name": "x" * 64}, ".name"),
        ({"api_url": None}, ".api_url"),
        ({"api_url": "acme:3100"}, ".api_url"),
        ({"api_url": "ftp://acme.example"}, ".api_url"),
        ({"api_url": "https://"}, ".api_url"),
        ({"api_url": "https://acme.example:99999"}, ".api_url"),
        ({"api_url": "https://acme.example:0"}, ".api_url"),
        ({"api_url": "https://acme.example/admin"}, ".api_url"),
        ({"api_url": "https://acme.example?x=1"}, ".api_url"),
        ({"api_url": "https://user:word@acme.example"}, ".api_url"),
        ({"api_url": "https://ac me.example"}, ".api_url"),
        ({"api_url": "https://ac\nme.example:3100"}, ".api_url"),
        ({"api_url": "https://[::1"}, ".api_url"),
        ({"api_url": "http://10.1.2.3:3100"}, ".api_url"),
        ({"api_url": "http://acme.example:3100"}, ".api_url"),
        ({"api_url": "http://127.0.0.1:1", "connect_address": "10.1.2.3"}, ".api_url"),
        ({"api_key": None}, ".api_key"),
        ({"api_key": ""}, ".api_key"),
        ({"api_key": 12}, ".api_key"),
        ({"api_key": f"{CANARY} x"}, ".api_key"),
        ({"api_key": f"{CANARY}\r\nX-Evil: 1"}, ".api_key"),
        ({"api_key": f"{CANARY}ü"}, ".api_key"),
        ({"connect_address": "10.1.2.3:3100"}, ".connect_address"),
        ({"connect_address": "-o"}, ".connect_address"),
        ({"ca_file": 1}, ".ca_file"),
        ({"ca_file": ""}, ".ca_file"),
        ({"ssh": "host"}, ".ssh"),
        ({"ssh": {}}, ".ssh.host"),
        ({"ssh": {"host": "-oProxyCommand=x"}}, ".ssh.host"),
        ({"ssh": {"host": "h", "port": "22"}}, ".ssh.port"),
        ({"ssh": {"host": "h", "port": 0}}, ".ssh.port"),
        ({"ssh": {"host": "h", "port": 65536}}, ".ssh.port"),
        ({"ssh": {"host": "h", "port": True}}, ".ssh.port"),
        ({"ssh": {"host": "h", "user": "-l root"}}, ".ssh.user"),
        ({"ssh": {"host": "h", "prot": 22}}, ".ssh.prot"),
        ({"layout": "F9"}, ".layout"),
        ({"lifecycle": "asleep"}, ".lifecycle"),
        ({"timezone": "Mars/Olympus"}, ".timezone"),
        ({"labels": ["x"]}, ".labels"),
        ({"labels": {"a": 1}}, ".labels.a"),
        ({"allow_plain_http": "yes"}, ".allow_plain_http"),
        ({"colour": "red"}, ".colour"),
        ({"api_kye": CANARY}, ".api_kye"),
    ],
)
def test_a_mistake_is_named_by_its_path(tmp_path: Path, change: dict[str, Any], path: str) -> None:
    found = problems(tmp_path, {"tenants": [{**ACME, "name": "first"}, {**ACME, **change}]})
    assert [line.partition(": ")[0] for line in found] == [f"$.tenants[1]{path}"]
    for line in found:
        assert not CONTROL.search(line)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "tenants": [
                {"name": "a", "api_url": "ftp://x", "layout": "F9", "ssh": {"port": 0}},
                "not an object",
                ACME,
                {**ACME, "labels": {"x": None}},
            ],
            "tenant": [],
        },
    )
    paths = {line.partition(": ")[0] for line in found}
    assert paths == {
        "$.tenant",
        "$.tenants[0].api_key",
        "$.tenants[0].api_url",
        "$.tenants[0].layout",
        "$.tenants[0].ssh.host",
        "$.tenants[0].ssh.port",
        "$.tenants[1]",
        "$.tenants[3].labels.x",
        "$.tenants[3].name",
    }


def test_a_name_given_twice_says_where_it_was_first(tmp_path: Path) -> None:
    (line,) = problems(tmp_path, {"tenants": [ACME, {**ACME, "name": "b"}, ACME]})
    assert line.startswith("$.tenants[2].name: ")
    assert "$.tenants[0]" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1"),
        ('{"tenants": [\n{"name": "a",}\n]}', "line 2"),
        ("[]", "$.tenants"),
        ('{"tenants": {}}', "$.tenants"),
        ("null", "$.tenants"),
        ("[" * 100_000, "not JSON"),
        ('{"tenants": [{"name": "a", "name": "b"}]}', "twice"),
    ],
)
def test_what_is_no_inventory_says_so(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in line for line in problems(tmp_path, text))


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(InventoryError, match=str(path)):
            read_inventory(path)
    (tmp_path / "latin.json").write_bytes(b'{"tenants": "\xff"}')
    with pytest.raises(InventoryError, match="UTF-8"):
        read_inventory(tmp_path / "latin.json")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (made,) = read_inventory(write(tmp_path, "\ufeff" + json.dumps({"tenants": [ACME]})))
    assert made.name == "acme"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_plain_http_to_this_machine_is_fine(tmp_path: Path, url: str) -> None:
    (made,) = read_inventory(write(tmp_path, {"tenants": [{**ACME, "api_url": url}]}))
    assert made.api_url == url


def test_plain_http_elsewhere_needs_a_word(tmp_path: Path) -> None:
    plain = {**ACME, "api_url": "http://10.1.2.3:3100"}
    (line,) = problems(tmp_path, {"tenants": [plain]})
    assert "allow_plain_http" in line
    (made,) = read_inventory(write(tmp_path, {"tenants": [{**plain, "allow_plain_http": True}]}))
    assert made.allow_plain_http


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
entries = st.fixed_dictionaries(
    {},
    optional={
        key: anything | st.just(ACME.get(key))
        for key in ("name", "api_url", "api_key", "ssh", "labels", "layout", "connect_address")
    },
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(entry=entries | anything)
@example(entry={**ACME, "api_url": "https://[v1.x]:1"})
@example(entry={**ACME, "api_url": "//"})
@example(entry={**ACME, "timezone": "/etc/passwd"})
@example(entry={**ACME, "ca_file": "~nobody-is-called-so/x"})
def test_whatever_stands_there_is_a_tenant_or_a_named_problem(tmp_path: Path, entry: Any) -> None:
    path = write(tmp_path, {"tenants": [entry]})
    try:
        (made,) = read_inventory(path)
    except InventoryError as trouble:
        assert trouble.problems
        for line in trouble.problems:
            assert line.startswith(("$.tenants", str(path)))
            assert not CONTROL.search(line)
    else:
        assert made.host
        assert 0 < made.port < 65536


def test_what_a_tenant_owns_may_be_said(tmp_path: Path) -> None:
    estate = {
        "server_id": 4711,
        "luks_key_file": "keys/luks.key",
        "restic_file": "/r",
        "created_at": "2026-03-01T10:00:00Z",
        "subdomain": None,
    }
    (made,) = read_inventory(write(tmp_path, {"tenants": [{**ACME, "estate": estate}]}))
    assert made.estate == Estate(
        server_id=4711,
        luks_key_file=str(tmp_path / "keys" / "luks.key"),
        restic_file="/r",
        created_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    )
    assert problems_of(made) == []


@pytest.mark.parametrize(
    ("estate", "said"),
    [
        ({"server": 1}, "estate.server: unknown"),
        ({"server_id": "1"}, "server_id"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"subdomain": ""}, "estate.subdomain: one line"),
        ({"subdomain": "a\nb"}, "estate.subdomain: one line"),
        (7, "estate: an object"),
    ],
)
def test_what_a_tenant_owns_is_read_as_strictly(tmp_path: Path, estate: object, said: str) -> None:
    (line,) = problems(tmp_path, {"tenants": [{**ACME, "estate": estate}]})
    assert said in line


def test_what_is_stated_is_told_from_what_is_so_by_default(tmp_path: Path) -> None:
    bare = {**ACME, "ssh": {"host": "h", "port": None}, "layout": None}
    full = {
        **ACME,
        "name": "b",
        "ssh": {"host": "h", "port": 22, "user": "deploy"},
        "lifecycle": "running",
    }
    first, second = read_entries(write(tmp_path, {"tenants": [bare, full]}))
    assert first.stated == {"name", "api_url", "api_key", "ssh", "ssh.host"}
    assert second.stated - first.stated == {"ssh.port", "ssh.user", "lifecycle"}
    assert first.tenant.ssh == second.tenant.ssh


def test_only_one_that_is_edited_may_be_without_a_key(tmp_path: Path) -> None:
    item = {key: value for key, value in ACME.items() if key != "api_key"}
    found: list[str] = []
    assert tenant_of(item, "", tmp_path, found) is None
    assert found == [".api_key: is needed"]
    made = tenant_of(item, "", tmp_path, [], keyless=True)
    assert made is not None
    assert not made.api_key
    assert problems_of(made) == []
    assert "api_url" in problems_of(Tenant("acme", "ftp://x"))[0]
