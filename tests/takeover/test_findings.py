"""What the doctor says to what was seen: every level, and advice wherever it is not ok."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.facts import Banner
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import TLS, TRANSPORT, Failure, FailureKind, Observation
from alfred_tui.model.tenant import Estate, Secret, SshTarget, Tenant
from alfred_tui.store.inspection import Inspection, inspect_store
from alfred_tui.store.store import Store
from alfred_tui.takeover import findings
from alfred_tui.takeover.doors import of_doors
from alfred_tui.takeover.findings import Finding, Level, OwnFile, worst
from alfred_tui.takeover.keyfiles import Lying
from alfred_tui.takeover.tailnet import State, Tailnet
from tests.store.damage import spoil
from tests.store.small_disk import run_on_small_disk

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIMITS = Limits()
HOME, DATABASE = Path("/h"), Path("/h/alfred.db")
URL = "https://alfred-acme.tail1a2b3.ts.net:3100"


def tenant(name: str = "acme", **more: object) -> Tenant:
    return Tenant(name=name, **{"api_url": URL, "api_key": Secret("k"), **more})  # type: ignore[arg-type]


def look(
    kind: FailureKind | None = None,
    *,
    name: str = "acme",
    skew: float | None = None,
    ends: datetime | None = None,
) -> Observation:
    failure = Failure(kind, f"it was {kind.value}") if kind else None
    return Observation(
        name, Look.CONTAINERS, AT, 0.1, Door.API,
        failure=failure, skew=skew, certificate_ends=ends,
    )  # fmt: skip


def banner(kind: FailureKind | None = None) -> Observation:
    answer = None if kind else Banner("SSH-2.0-OpenSSH_9.2p1")
    failure = Failure(kind, f"it was {kind.value}") if kind else None
    return Observation("acme", Look.BANNER, AT, 0.1, Door.PORT22, answer, failure)


def levels(found: list[Finding]) -> list[str]:
    assert all(bool(each.advice) == (each.level is not Level.OK) for each in found), found
    return [each.level.value for each in found]


def doors(api: Observation, port: Observation | None = None, **more: object) -> list[Finding]:
    return of_doors(tenant(**more), api, port or banner(), LIMITS, AT)


def test_all_well_is_a_line_for_every_lock() -> None:
    found = doors(look(ends=AT + timedelta(days=60)))
    assert levels(found) == ["ok"] * 4
    assert [each.subject for each in found] == [
        "acme port 3100", "acme certificate", "acme API key", "acme port 22",
    ]  # fmt: skip
    assert "ends 2027-01-24" in found[1].text


@pytest.mark.parametrize("kind", sorted(TRANSPORT))
def test_a_connection_that_fails_hides_the_other_locks(kind: FailureKind) -> None:
    found = doors(look(kind))
    assert levels(found) == ["failing", "ok"]
    assert "{" not in found[0].advice


@pytest.mark.parametrize("kind", sorted(TLS))
def test_a_bad_certificate_is_told_from_a_connection(kind: FailureKind) -> None:
    found = doors(look(kind))
    assert levels(found) == ["ok", "failing", "ok"]
    assert found[1].subject == "acme certificate"
    assert "{" not in found[1].advice


def test_a_certificate_that_ends_soon_is_a_warning() -> None:
    near, far = timedelta(days=LIMITS.certificate_days), timedelta(seconds=1)
    assert levels(doors(look(ends=AT + near - far)))[1] == "warning"
    assert levels(doors(look(ends=AT + near + far)))[1] == "ok"


def test_plain_http_has_no_certificate_to_speak_of() -> None:
    found = doors(look(), api_url="http://127.0.0.1:3100")
    assert levels(found) == ["ok"] * 4
    assert "plain http" in found[1].text


@pytest.mark.parametrize(
    ("kind", "key", "level", "said"),
    [
        (FailureKind.UNAUTHORIZED, "k", "failing", "refused"),
        (FailureKind.UNAUTHORIZED, "", "failing", "there is none"),
        (None, "", "failing", "there is none"),
        (FailureKind.SERVER_ERROR, "k", "warning", "answers with an error"),
        (FailureKind.BAD_ANSWER, "k", "warning", "answers with an error"),
    ],
)
def test_keys(kind: FailureKind | None, key: str, level: str, said: str) -> None:
    found = doors(look(kind), api_key=Secret(key))
    (about,) = [each for each in found if each.subject == "acme API key"]
    assert (about.level.value, said in about.text) == (level, True)
    if "answers" not in said:
        assert "tenants edit acme --api-key-file" in about.advice


def test_a_description_that_cannot_be_used_is_said_alone() -> None:
    assert levels(doors(look(FailureKind.CONFIGURATION))) == ["failing", "ok"]


def test_ssh_by_its_own_host_and_port() -> None:
    found = doors(look(), banner(FailureKind.TIMED_OUT), ssh=SshTarget("203.0.113.5", 2222))
    assert found[-1].subject == "acme port 2222"
    assert found[-1].level is Level.FAILING
    assert "203.0.113.5" in found[-1].advice
    assert "fail2ban" in found[-1].advice


THREE = tuple(tenant(name) for name in ("acme", "birch", "cedar"))
WHOLE = Inspection(True, "0003", "0003", tenants=THREE)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["ok", "ok"]),
        ({"store": Inspection(True, "0003", "0003")}, ["warning", "ok"]),
        ({"store": Inspection(True, "0003", "0001", older=True)}, ["ok", "ok"]),
        ({"store": Inspection(False, "0003"), "file": OwnFile(DATABASE)}, ["warning", "ok"]),
        ({"file": OwnFile(DATABASE, 0o100640)}, ["ok", "failing", "ok"]),
        ({"folder": OwnFile(HOME, 0o40755)}, ["ok", "failing", "ok"]),
        ({"file": OwnFile(DATABASE, 0o100600, writable=False)}, ["ok", "failing", "ok"]),
        ({"free": findings.LEAST_FREE - 1}, ["ok", "warning"]),
        ({"free": None}, ["ok"]),
    ],
)
def test_the_store(changes: dict[str, object], expected: list[str]) -> None:
    well = {
        "folder": OwnFile(HOME, 0o40700),
        "file": OwnFile(DATABASE, 0o100600),
        "store": WHOLE,
        "free": findings.LEAST_FREE,
    }
    found = findings.of_store(**{**well, **changes})  # type: ignore[arg-type]
    assert levels(found) == expected


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()


def garbled(path: Path) -> None:
    path.write_bytes(b"\xff" * 8192)


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE notes (text)")


def spoiled(path: Path) -> None:
    spoil(path, "tenant")


def unreadable_tenant(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE tenant SET body = x'00ff'")
        plain.commit()


def begun(tmp_path: Path) -> Path:
    paths = Paths(tmp_path / "h")
    store = Store.open(paths)
    store.put_tenants([tenant()])
    store.close()
    return paths.database


def about_store(path: Path, **more: float) -> Finding:
    """What the doctor says of the store at ``path`` first."""
    own = OwnFile(path, 0o100600)
    folder = OwnFile(path.parent, 0o40700)
    return findings.of_store(folder, own, inspect_store(path, **more), None)[0]


@pytest.mark.parametrize(
    ("harm", "said", "advice"),
    [
        (newer, "schema 9999", "install that version"),
        (garbled, "not a database", "move the file away and import again"),
        (foreign, "no such table", "move the file away and import again"),
        (spoiled, "", "move the file away and import again"),
        (unreadable_tenant, "a tenant cannot be read", "move the file away and import again"),
    ],
)
def test_only_a_damaged_store_is_to_be_moved_away(
    tmp_path: Path, harm: Callable[[Path], None], said: str, advice: str
) -> None:
    path = begun(tmp_path)
    harm(path)
    found = about_store(path)
    assert found.level is Level.FAILING
    assert said in found.text
    assert advice in found.advice
    assert ("move" in found.advice) == ("move" in advice)
    assert "before-" not in found.advice, "there is no copy"


def test_a_copy_is_named_where_there_is_one(tmp_path: Path) -> None:
    path = begun(tmp_path)
    for name in ("alfred.db.before-0002", "alfred.db.before-0004", "alfred.db.before-0004-wal"):
        path.with_name(name).touch()
    garbled(path)
    assert about_store(path).advice.endswith("(alfred.db.before-0004)")


def test_one_that_is_held_is_waited_for_and_not_thrown_away(tmp_path: Path) -> None:
    path = begun(tmp_path)
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        holder.execute("UPDATE tenant SET position = position")
        found = about_store(path, patience=0.05)
        holder.rollback()
    assert (found.level, "locked" in found.text) == (Level.FAILING, True)
    assert "close the program that holds it" in found.advice
    assert "move" not in found.advice


FULL = """
import sys
from contextlib import suppress
from pathlib import Path
from alfred_tui.config import Paths
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.store.inspection import inspect_store
from alfred_tui.store.store import Store
from alfred_tui.takeover import findings
from alfred_tui.takeover.findings import OwnFile

paths = Paths(Path(sys.argv[1]) / "home")
store = Store.open(paths)
store.put_tenants([Tenant("acme", "https://h.example:1", Secret("k"))])
store.close()
with suppress(OSError), (Path(sys.argv[1]) / "filler").open("wb", buffering=0) as file:
    while True:
        file.write(bytes(4096))
seen = inspect_store(paths.database)
print(*(tenant.name for tenant in seen.tenants))
own = OwnFile(paths.database, 0o100600)
for found in findings.of_store(OwnFile(paths.home, 0o40700), own, seen, 0):
    print(found.level.value, found.text, found.advice, sep=" | ")
"""


def test_a_full_disk_is_to_be_emptied_and_its_store_is_read(tmp_path: Path) -> None:
    done = run_on_small_disk(tmp_path, "4m", FULL)
    assert done.returncode == 0, done.stderr
    names, store, room = done.stdout.splitlines()
    assert names == "acme"
    assert store.startswith("failing | no room")
    assert "make room on the disk" in store
    assert room.startswith("warning | 0 MB free | make room")
    assert "move" not in done.stdout


@pytest.mark.parametrize(
    ("file", "trouble", "level"),
    [
        (OwnFile(HOME), "", "ok"),
        (OwnFile(HOME, 0o100644), "", "ok"),
        (OwnFile(HOME, 0o100664), "", "warning"),
        (OwnFile(HOME, 0o100644), "config.toml: poll.x: there is no such setting", "failing"),
    ],
)
def test_settings(file: OwnFile, trouble: str, level: str) -> None:
    assert levels(findings.of_settings(file, trouble)) == [level]


@pytest.mark.parametrize(
    ("file", "level"),
    [
        (OwnFile(HOME), "ok"),
        (OwnFile(HOME, 0o100600, size=9000), "ok"),
        (OwnFile(HOME, 0o100644), "warning"),
        (OwnFile(HOME, 0o100600, writable=False), "failing"),
    ],
)
def test_the_log(file: OwnFile, level: str) -> None:
    assert levels(findings.of_log(file)) == [level]


@pytest.mark.parametrize("state", Lying)
def test_files_by_how_they_lie(state: Lying) -> None:
    estate = Estate(luks_key_file="/l", restic_file="/r")
    described = tenant(ca_file="/ca", ssh=SshTarget("h", key_file="/k"), estate=estate)
    found = findings.of_files(described, dict.fromkeys(("/ca", "/k", "/l", "/r"), state))
    if state is Lying.WELL:
        expected = ["ok"] * 4
    elif state is Lying.OPEN:
        expected = ["ok", "failing", "warning", "warning"]  # a CA's certificate is no secret
        assert found[1].advice == "chmod 600 /k"
    else:
        expected = ["failing", "failing", "warning", "warning"]
        assert "tenants edit acme --ca-file" in found[0].advice
    assert levels(found) == expected
    assert findings.of_files(tenant(), {}) == []


@pytest.mark.parametrize("state", State)
def test_the_tailnet_matters_as_far_as_tenants_need_it(state: State) -> None:
    net = Tailnet(state, "tail1a2b3.ts.net")
    well = state is State.UP
    assert levels(findings.of_tailnet(net, [])) == ["ok"]
    assert levels(findings.of_tailnet(net, [tenant()])) == ["ok" if well else "failing"]
    public = tenant(api_url="https://acme.example:3100")
    assert levels(findings.of_tailnet(net, [public])) == ["ok" if well else "warning"]


def test_names_that_this_machine_cannot_look_up() -> None:
    net = Tailnet(State.UP, "tail1a2b3.ts.net", names_work=False)
    assert levels(findings.of_tailnet(net, [tenant()])) == ["ok", "failing"]
    assert levels(findings.of_tailnet(net, [tenant(connect_address="100.64.0.2")])) == ["ok"]


def test_tools() -> None:
    assert levels(findings.of_tools({"ssh": "/bin/ssh", "tmux": "/bin/tmux"})) == ["ok", "ok"]
    assert levels(findings.of_tools({"ssh": None, "tmux": None})) == ["warning", "ok"]


@pytest.mark.parametrize(
    ("skews", "expected"),
    [
        ([], ["ok"]),
        ([None, None], ["ok"]),
        ([0, 1, -1], ["ok"]),
        ([600, 601, 599], ["failing"]),
        ([-600, -601, 0, -599], ["failing"]),
        ([600], ["ok", "warning"]),
        ([0, 0, 600], ["ok", "warning"]),
        ([LIMITS.clock_skew, -LIMITS.clock_skew], ["ok"]),
    ],
)
def test_whose_clock_is_wrong(skews: list[float | None], expected: list[str]) -> None:
    seen = [look(name=f"t{n}", skew=skew) for n, skew in enumerate(skews)]
    assert levels(findings.of_clock(seen, LIMITS)) == expected


def test_our_own_clock_is_off_the_other_way() -> None:
    ahead = findings.of_clock([look(name=n, skew=600) for n in "abc"], LIMITS)
    assert "600 s behind" in ahead[0].text, "they are ahead of us, so we are behind"


def test_the_worst_decides_the_exit_code() -> None:
    def one(level: Level) -> Finding:
        return Finding("a", "s", level, "t", "do")

    assert worst([]).exit_code == 0
    assert worst([one(Level.OK), one(Level.WARNING)]).exit_code == 1
    assert worst([one(Level.FAILING), one(Level.WARNING), one(Level.OK)]).exit_code == 2
