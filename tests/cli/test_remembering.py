"""``info`` and ``events``: what the store remembers, whole, in order, and without its secrets."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.history import Event, EventKind, Sample
from alfred_tui.model.kept import KeptState
from alfred_tui.model.quiet import Quiet, QuietKind
from alfred_tui.model.tenant import Estate, HostKey, Layout, Secret, SshTarget, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import Counting, TenantView
from alfred_tui.store.store import Store
from tests.store.damage import spoil
from tests.support.commands import alfred, command, surroundings

CANARY = "canary-5d1f"
NOW = datetime.now(UTC)
FINGERPRINT = "SHA256:" + "k" * 43


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tenants; of one everything is known, of the other nothing; and the past of a third."""
    folder = tmp_path_factory.mktemp("remembering")
    (folder / "luks.key").write_text(CANARY)
    made = folder / "h"
    store = Store.open(Paths(made))
    whole = Tenant(
        "acme",
        "https://acme.tail0.ts.example:3100",
        Secret(CANARY),
        connect_address="100.64.0.7",
        ssh=SshTarget("acme.tail0.ts.example", 2222, "deploy", "/keys/acme"),
        server_type="cx53",
        location="fsn1",
        layout=Layout.F3,
        labels={"ring": "early"},
        estate=Estate(luks_key_file=str(folder / "luks.key"), restic_file="/keys/restic.env"),
    )
    store.put_tenants([whole, Tenant("acme-dental", "https://dental:1", Secret(CANARY))])
    store.pin([HostKey("acme", FINGERPRINT, "the former tool", NOW, "ssh-ed25519", "AAAA")])
    reason = Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %\x1b[31m", "93 %", "90 %", NOW)
    view = TenantView("acme", Pill.DEGRADED, NOW, (reason,), oldest=NOW, seen=8, expected=9)
    gone = {"sure-web": NOW.timestamp()}
    seen = frozenset({"alfred", "sure-web"})
    store.keep_states([KeptState("acme", view, NOW, seen, "F", learnt=seen, gone=gone)])
    minute = int(NOW.timestamp()) // 60 * 60
    store.history.write(
        [
            Sample("acme", minute - 60 * back, 60, Pill.DOWN if back == 3 else Pill.OK)
            for back in range(300)
        ],
        [
            Event(NOW - timedelta(days=9), "acme", before=Pill.OK, after=Pill.DOWN),
            Event(NOW - timedelta(days=1), "gone", before=Pill.OK, after=Pill.DOWN),
            Event(NOW - timedelta(hours=1), "acme", EventKind.QUIET, text="muted", who="kim"),
            Event(NOW, "acme", before=Pill.OK, after=Pill.DEGRADED, reasons_after=(reason,)),
        ],
    )
    store.history.write([Sample("gone", minute, 60, Pill.OK)])
    store.close()
    return made


def test_info_shows_everything_and_no_secret(home: Path) -> None:
    done = alfred(home, "info", "acme")
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        *("▲ DEGRADED", "disk 93 % > 90 %", "disk-high", "https://acme.tail0.ts.example:3100"),
        *("100.64.0.7", "deploy@acme.tail0.ts.example port 2222", "/keys/acme", "cx53", "fsn1"),
        *("running", "early", "luks.key", "/keys/restic.env", FINGERPRINT, "the former tool"),
        *("F3, as given", "8 of 9", "sure-db, sure-redis", "missing sure-web", "al-judgment"),
        *("24 h", "99.67 %, down 1 min", f"{NOW:%Y-%m} ", "muted (by kim)", "● OK       → ■ DOWN"),
    ):
        assert said in done.stdout, said
    assert CANARY not in done.stdout
    assert "\x1b" not in done.stdout
    assert "********" in done.stdout


def test_info_as_json_has_the_documented_form(home: Path) -> None:
    done = alfred(home, "info", "acme", "--json")
    assert CANARY not in done.stdout
    whole = json.loads(done.stdout)
    documented = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    for key in whole:
        assert f"`{key}`" in documented
    assert whole["tenant"]["api_key"] == "********"
    assert whole["tenant"]["estate"]["restic_file"] == "/keys/restic.env"
    assert whole["last"]["pill"] == "degraded"
    assert whole["last"]["reasons"][0]["limit"] == "90 %"
    assert whole["expects"]["learnt"] == ["alfred", "sure-web"]
    assert whole["host_keys"][0]["fingerprint"] == FINGERPRINT
    (day, *_) = whole["availability"]
    assert (day["label"], day["seconds"]["down"], day["seconds"]["watched"]) == ("24 h", 60, 18000)
    assert day["percent"] == pytest.approx(100 * 299 / 300)
    assert [event["after"] for event in whole["events"]] == ["down", None, "degraded"]
    assert whole["quiet"] == []
    assert whole["trouble"] == []


def test_info_tells_what_does_not_count_yet_and_what_is_healing(tmp_path: Path) -> None:
    store = Store.open(Paths(tmp_path / "h"))
    store.put_tenants([Tenant("acme", "https://h.example:1", Secret(CANARY))])
    disk = Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %\x1b[31m", "93 %", "90 %", NOW)
    slow = Reason("slow", Pill.DEGRADED, "answers take 4.1 s", since=NOW)
    view = TenantView("acme", Pill.DEGRADED, NOW, (slow,), oldest=NOW)
    counting = (Counting(disk, 2, 3, of=5), Counting(slow, 1, 2, healing=True))
    store.keep_states([KeptState("acme", view, NOW, counting=counting)])
    store.close()
    lines = alfred(tmp_path / "h", "info", "acme").stdout.splitlines()
    assert "  healing: answers take 4.1 s: 1 of 2 looks without it (slow, ctrl-api)" in lines
    (counted,) = [line for line in lines if "counting: " in line]
    assert counted.startswith("  counting: disk 93 % > 90 %")
    assert counted.endswith(": 2 of 3 looks, of the last 5 (disk-high, ctrl-api)")
    assert "\x1b" not in counted
    whole = json.loads(alfred(tmp_path / "h", "info", "acme", "--json").stdout)
    first, second = whole["last"]["counting"]
    assert (first["rule"], first["pill"], first["healing"]) == ("disk-high", "degraded", False)
    assert (first["looks"], first["needed"], first["of"]) == (2, 3, 5)
    assert (second["rule"], second["healing"], second["of"]) == ("slow", True, None)
    documented = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    for key in ("counting", "pill", "healing", "looks", "needed", "of", "lasted", "lasting"):
        assert key in first or key in whole["last"]
        assert key in documented


def test_info_tells_what_is_quiet(tmp_path: Path) -> None:
    store = Store.open(Paths(tmp_path / "h"))
    names = ("acme", "beta")
    store.put_tenants([Tenant(name, "https://h.example:1", Secret(CANARY)) for name in names])
    slow = Reason("slow", Pill.DEGRADED, "latency 4 s", since=NOW)
    view = TenantView("acme", Pill.OK, NOW, quieted=(slow,))
    store.keep_states([KeptState("acme", view, NOW)])
    mute, soon = QuietKind.MUTE, NOW + timedelta(hours=8)
    store.quiets.put(
        [
            Quiet(mute, NOW, soon, tenant="acme", rule="disk-high", reason="grows", who="kim"),
            Quiet(mute, NOW, soon, rule="slow", reason="everybody is"),
            Quiet(mute, NOW, soon, tenant="beta", reason="not hers"),
        ],
        NOW,
    )
    store.close()
    said = alfred(tmp_path / "h", "info", "acme").stdout.partition("Events")[0]
    for words in ("acme: disk-high, until", "by kim: grows", "every tenant: slow, until"):
        assert words in said
    assert "quiet: latency 4 s" in said
    assert "not hers" not in said
    whole = json.loads(alfred(tmp_path / "h", "info", "acme", "--json").stdout)
    assert {wish["rule"] for wish in whole["quiet"]} == {"disk-high", "slow"}
    assert [reason["rule"] for reason in whole["last"]["quieted"]] == ["slow"]


def test_info_of_one_that_nobody_has_looked_at(home: Path) -> None:
    assert (
        "○ UNKNOWN   acme-dental  nobody has looked yet"
        in alfred(home, "info", "acme-dental").stdout
    )
    whole = json.loads(alfred(home, "info", "acme-dental", "--json").stdout)
    assert (whole["last"], whole["events"], whole["availability"]) == (None, [], [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["info", "ac"], "did you mean acme or acme-dental?"),
        (["info", "acme-dentist"], "did you mean acme-dental"),
        (["info", "zzz"], "alfred-tui list"),
        (["info", "gone"], "its past is there: `alfred-tui events gone`"),
        (["info"], "NAME"),
        (["events", "acne"], "did you mean acme?"),
        (["events", "--since", "soon"], "--since soon: allowed is 30m"),
        (["events", "--until", "2026-13-01"], "--until"),
        (["events", "--since", "999999w"], "--since"),
        (["events", "--limit", "0"], "a whole number from 1"),
        (["events", "--limit", "x"], "a whole number from 1"),
    ],
)
def test_what_is_not_understood_is_2(home: Path, words: list[str], said: str) -> None:
    done = alfred(home, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("words", [["info", "acme"], ["events"], ["events", "acme", "--json"]])
def test_no_store_is_made_where_there_is_none(tmp_path: Path, words: list[str]) -> None:
    done = alfred(tmp_path / "h", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "alfred-tui import PATH" in done.stderr
    assert not (tmp_path / "h").exists()


def test_events_stand_in_the_order_of_time_and_are_narrowed(home: Path) -> None:
    def told(*words: str) -> list[tuple[str, str]]:
        done = alfred(home, "events", "--json", *words)
        assert (done.returncode, done.stderr) == (0, "")
        rows = [json.loads(row) for row in done.stdout.splitlines()]
        assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
        return [(row["tenant"], row["kind"]) for row in rows]

    everything = [("acme", "status"), ("gone", "status"), ("acme", "quiet"), ("acme", "status")]
    assert told() == everything
    assert told("--since", "2d") == everything[1:]
    assert told("--since", "2d", "--until", "2h") == everything[1:2]
    assert told("--since", f"{NOW:%Y-%m-%dT%H:%M:%S}") == everything[3:]
    assert told("--limit", "2") == everything[2:]
    assert told("acme", "--until", "30m", "--limit", "1") == everything[2:3]
    assert told("gone") == everything[1:2]


def test_events_for_people(home: Path) -> None:
    done = alfred(home, "events")
    *_, quiet, last = done.stdout.splitlines()
    assert quiet.endswith("acme         quiet                    muted (by kim)")
    assert last.endswith("acme         ● OK       → ▲ DEGRADED  disk 93 % > 90 %")
    assert last.startswith(f"{NOW:%Y-%m-%d %H:%M:%S} UTC")
    assert "\x1b" not in done.stdout
    nothing = alfred(home, "events", "acme-dental", "--since", "1h")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "nothing happened since" in nothing.stderr


def test_another_ones_lock_is_not_waited_for(home: Path) -> None:
    with closing(sqlite3.connect(Paths(home).database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert alfred(home, "info", "acme").returncode == 0
        assert alfred(home, "events").returncode == 0


def test_a_year_is_piped_without_being_held(tmp_path: Path) -> None:
    store = Store.open(Paths(tmp_path / "h"))
    long = (Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 % " * 12, since=NOW),)
    begin = NOW - timedelta(days=365)
    for part in range(20):
        store.history.write(
            [],
            [
                Event(begin + timedelta(minutes=part * 3000 + n), f"t{n % 9}", after=Pill.DEGRADED,
                      before=Pill.OK, reasons_after=long)
                for n in range(3000)
            ],
        )  # fmt: skip
    store.close()
    run = "import resource,sys\nfrom alfred_tui.cli import run\ncode = run(sys.argv[1:])\n"
    run += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"

    def peak(*words: str) -> tuple[int, int]:
        done = subprocess.run(
            [sys.executable, "-c", run, "events", "--json", *words],
            env=surroundings(tmp_path / "h"),
            capture_output=True,
            timeout=90,
            check=True,
        )
        return int(done.stderr), len(done.stdout)

    little, _ = peak("--limit", "1000")
    much, size = peak()
    assert size > 25_000_000
    assert much - little < 6_000  # kB: a tenth of what it would weigh


def test_a_reader_that_has_enough_ends_it(home: Path) -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" | true', "bash", *command("events", "--json")],
        env=surroundings(home),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode in (0, 141)


def test_a_damaged_part_is_named_and_the_rest_is_shown(tmp_path: Path) -> None:
    store = Store.open(Paths(tmp_path / "h"))
    store.put_tenants([Tenant("acme", "https://acme:1", Secret(CANARY))])
    long = "x" * 300
    minute = int(NOW.timestamp()) // 60 * 60
    store.history.write(
        [Sample("acme", minute, 60, Pill.OK)],
        [
            Event(NOW - timedelta(minutes=n), "acme", after=Pill.OK, text=long)
            for n in range(1200, 0, -1)
        ],
    )
    store.close()
    spoil(Paths(tmp_path / "h").database, "event", place=1)
    done = alfred(tmp_path / "h", "info", "acme", "--json")
    assert done.returncode == 2
    whole = json.loads(done.stdout)
    assert whole["tenant"]["name"] == "acme"
    assert whole["availability"][0]["percent"] == 100.0
    assert "events cannot be read" in whole["trouble"][0]
    assert "move the file away and import again\n" in done.stderr
    told = alfred(tmp_path / "h", "events")
    assert told.returncode == 2
    assert len(told.stdout.splitlines()) == 1000, "as far as it could be read"
    assert "alfred.db" in told.stderr
    assert "Traceback" not in told.stderr
