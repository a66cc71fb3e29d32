"""``mute``, ``ack``, ``unmute``, ``mutes``: what they keep, what they refuse, what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.config import Paths
from alfred_tui.model.kept import KeptState
from alfred_tui.model.quiet import LONGEST
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Pill, Reason
from alfred_tui.model.view import TenantView
from alfred_tui.store.store import Store
from tests.support.commands import URL, alfred

DISK = Reason("disk-high", Pill.DEGRADED, "disk 93 % > 90 %")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two tenants: one with a full disk, seen an hour ago, one that is well."""
    made, at = tmp_path / "h", datetime.now(UTC) - timedelta(hours=1)
    store = Store.open(Paths(made))
    store.put_tenants([Tenant(name, URL, Secret("k")) for name in ("acme", "birch")])
    store.keep_states(
        [
            KeptState("acme", TenantView("acme", Pill.DEGRADED, at, (DISK,), oldest=at), at),
            KeptState("birch", TenantView("birch", Pill.OK, at, oldest=at), at),
        ]
    )
    store.close()
    return made


def quiet(home: Path) -> list[dict[str, Any]]:
    done = alfred(home, "mutes", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["quiet"]
    return found


def listed(home: Path) -> dict[str, dict[str, Any]]:
    done = json.loads(alfred(home, "list", "--json").stdout)
    return {each["name"]: each for each in done["tenants"]} | {"counts": done["counts"]}


def test_a_mute_is_kept_told_and_seen_by_list(home: Path) -> None:
    done = alfred(home, "mute", "acme", "--for", "4h", "--reason", "volume grows\x1b[31m")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("quiet until ")
    assert done.stdout.rstrip().endswith("acme: everything")
    (wish,) = quiet(home)
    assert (wish["kind"], wish["tenant"], wish["rule"]) == ("mute", "acme", None)
    assert wish["reason"].startswith("volume grows")
    assert "\x1b" not in wish["reason"]
    assert "@" in wish["who"]
    lasts = datetime.fromisoformat(wish["until"]) - datetime.fromisoformat(wish["at"])
    assert lasts == timedelta(hours=4)
    seen = listed(home)
    assert seen["acme"]["quiet"] is True
    assert [reason["rule"] for reason in seen["acme"]["quieted"]] == ["disk-high"]
    assert (seen["counts"]["degraded"], seen["counts"]["quiet"]) == (0, 1)
    assert "muted: disk 93 %" in alfred(home, "list").stdout


def test_a_rule_can_be_muted_everywhere(home: Path) -> None:
    more = ("--rule", "disk-high", "--for", "1d", "--reason", "r")
    assert alfred(home, "mute", "--everywhere", *more).returncode == 0
    assert listed(home)["acme"]["quiet"] is True
    assert [(w["tenant"], w["rule"]) for w in quiet(home)] == [(None, "disk-high")]
    assert "every tenant: disk-high" in alfred(home, "mutes").stdout


def test_an_acknowledgement_holds_what_was_known_and_says_how_old_that_is(home: Path) -> None:
    done = alfred(home, "ack", "acme", "birch", "--reason", "on it")
    assert done.returncode == 0
    assert "acme: as it was 1 h ago" in done.stderr
    assert "birch: nothing is wrong" in done.stderr
    (wish,) = quiet(home)
    assert wish["acknowledged"] == [{"rule": "disk-high", "subject": "", "pill": "degraded"}]
    assert listed(home)["acme"]["quiet"] is True
    assert alfred(home, "ack", "birch").returncode == 1


def test_taking_back_and_taking_back_what_is_not_there(home: Path) -> None:
    alfred(home, "mute", "acme", "birch", "--for", "4h", "--reason", "r")
    done = alfred(home, "unmute", "acme")
    assert (done.returncode, done.stdout) == (0, "loud again: acme: everything\n")
    assert [wish["tenant"] for wish in quiet(home)] == ["birch"]
    again = alfred(home, "unmute", "acme")
    assert again.returncode == 1
    assert "alfred-tui mutes" in again.stderr
    assert alfred(home, "mutes").stdout.splitlines()[0].split()[0] == "WHAT"


def test_a_dry_run_keeps_nothing(home: Path) -> None:
    words = ("mute", "acme", "--for", "4h", "--reason", "r")
    assert alfred(home, *words, "--dry-run").stdout.startswith("would be quiet until")
    assert alfred(home, "ack", "acme", "--dry-run").returncode == 0
    assert quiet(home) == []
    alfred(home, *words)
    assert "would be loud" in alfred(home, "unmute", "acme", "--dry-run").stdout
    assert len(quiet(home)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mute", "acme", "--reason", "r"), "--for"),
        (("mute", "--for", "4h", "--reason", "r"), "--everywhere"),
        (("mute", "--everywhere", "--for", "4h", "--reason", "r"), "--rule"),
        (("mute", "acme", "--everywhere", "--for", "4h", "--reason", "r"), "--everywhere"),
        (("mute", "acme", "--for", "soon", "--reason", "r"), "36h"),
        (("mute", "acme", "--for", "0h", "--reason", "r"), "nought"),
        (("mute", "acme", "--for", f"{LONGEST.days + 1}d", "--reason", "r"), "365 days"),
        (("mute", "acme", "--until", "2020-01-01", "--reason", "r"), "passed"),
        (("mute", "acme", "--until", "25:00", "--reason", "r"), "08:00"),
        (("mute", "acme", "--for", "4h"), "--reason"),
        (("mute", "acm", "--for", "4h", "--reason", "r"), "acme"),
        (("mute", "acme", "--rule", "disk-hig", "--for", "4h", "--reason", "r"), "disk-high"),
        (("ack", "acm"), "acme"),
        (("unmute",), "--everywhere"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    home: Path, words: tuple[str, ...], said: str
) -> None:
    done = alfred(home, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert quiet(home) == []


def test_without_a_store_there_is_nothing_and_none_is_made(tmp_path: Path) -> None:
    done = alfred(tmp_path / "none", "mutes")
    assert done.returncode == 2
    assert not (tmp_path / "none").exists() or not list((tmp_path / "none").glob("alfred.db*"))
