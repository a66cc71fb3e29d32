"""Our own network: every recorded state of the tailscale client, routes, and whose fault it is."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from alfred_tui.fleet.contact import Contact
from alfred_tui.fleet.network import (
    ask_tailscale,
    check,
    has_default_route,
    judge_network,
    tailnet_word,
)
from alfred_tui.model.observation import FailureKind
from tests.fleet.makers import NOON

RECORDED = Path(__file__).parent / "tailscale"
WORDS = {
    "all-up-active": "up",
    "all-up-idle": "up",
    "all-up-idle-after-traffic": "up",
    "back-online": "up",
    "bad-flag": "not running",
    "daemon-not-running": "not running",
    "daemon-not-running-nosystemd": "not running",
    "fresh-no-network": "needs login",
    "health-from-control": "up",
    "loggedout": "needs login",
    "loggedout-immediately": "needs login",
    "magicdns-off": "up",
    "needs-approval": "waits for approval",
    "needslogin-authurl": "needs login",
    "needslogin-authurl-pending": "needs login",
    "needslogin-fresh": "needs login",
    "nonroot": "needs login",
    "one-offline": "up",
    "peer-unreachable-just-now": "up",
    "peers-false": "up",
    "running-nopeers": "up",
    "self-key-expired": "needs login",
    "self-network-back-25s": "offline",
    "self-network-down-10min": "offline",
    "self-network-down-5s": "up",
    "socket-permission": "not running",
    "socket-wrong": "not running",
    "starting-no-network-1s": "starting",
    "stopped": "stopped",
}


def test_every_recording_is_judged() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == WORDS.keys()


@pytest.mark.parametrize("name", sorted(WORDS))
def test_what_the_client_says_in_every_recorded_state(name: str) -> None:
    recorded = json.loads((RECORDED / f"{name}.json").read_text())
    word = tailnet_word(recorded["exit"], recorded["stdout"].encode())
    assert word == WORDS[name]
    # and what it means when nobody answers on any port, long after
    found = judge_network(5, 5, 0, True, word, NOON, since=NOON - timedelta(minutes=5))
    assert found.state == ("up" if word == "up" else "offline")
    assert bool(found.text) is (found.state == "offline")
    assert found.tailnet == word


@pytest.mark.parametrize("said", [b"", b"not json", b"[]", b"{}", b'{"BackendState": 3}'])
def test_nonsense_is_not_taken_for_up(said: bytes) -> None:
    assert tailnet_word(0, said) == "unreadable"


@pytest.mark.parametrize(
    ("looked", "lost", "ssh", "route", "tailnet", "state"),
    [
        (0, 0, 0, False, "stopped", "unchecked"),
        (5, 4, 0, False, "stopped", "up"),  # one answers: it is not us
        (5, 5, 0, False, "", "offline"),
        (5, 5, 0, True, "", "up"),
        (5, 5, 0, None, "", "up"),
        (5, 5, 0, None, "stopped", "offline"),
        (5, 5, 5, True, "up", "partition"),
        (5, 5, 2, True, "up", "up"),
        (1, 1, 0, True, "up", "up"),
    ],
)
def test_whose_fault_it_is(
    looked: int, lost: int, ssh: int, route: bool | None, tailnet: str, state: str
) -> None:
    long_ago = NOON - timedelta(minutes=10)
    assert judge_network(looked, lost, ssh, route, tailnet, NOON, since=long_ago).state == state


def test_a_client_that_has_not_noticed_the_cut_yet_is_not_believed() -> None:
    def state(seconds: float, lost: int = 5) -> str:
        since = NOON - timedelta(seconds=seconds)
        return judge_network(lost, lost, 0, True, "up", NOON, since=since).state

    assert (state(5), state(119), state(121)) == ("offline", "offline", "up")
    assert state(5, lost=2) == "up", "two hosts may die together"


def test_names_that_nowhere_resolve_are_our_own_trouble() -> None:
    names = frozenset({FailureKind.NAME})
    assert judge_network(4, 4, 0, True, "", NOON, kinds=names).state == "offline"
    assert judge_network(1, 1, 0, True, "", NOON, kinds=names).state == "up"
    mixed = names | {FailureKind.TIMED_OUT}
    assert judge_network(4, 4, 0, True, "", NOON, kinds=mixed).state == "up"


HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
DEFAULT = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
LOCAL = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
V6_DEFAULT = f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003 "


@pytest.mark.parametrize(
    ("v4", "v6", "found"),
    [
        (HEADER + LOCAL + DEFAULT, None, True),
        (HEADER + LOCAL, None, False),
        (HEADER, "", False),
        (HEADER + LOCAL, V6_DEFAULT + "wlan0\n", True),
        (HEADER + LOCAL, V6_DEFAULT + "lo\n", False),
        (HEADER, V6_DEFAULT + "lo\n" + V6_DEFAULT + "wlan0\n", True),
        (None, None, None),
    ],
)
def test_default_routes(tmp_path: Path, v4: str | None, v6: str | None, found: bool | None) -> None:
    first, second = tmp_path / "route", tmp_path / "ipv6_route"
    for path, text in ((first, v4), (second, v6)):
        if text is not None:
            path.write_text(text)
    assert has_default_route(first, second) is found


async def test_the_client_is_asked_with_a_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "tailscale"
    said = json.loads((RECORDED / "stopped.json").read_text())["stdout"]
    (tmp_path / "said").write_text(said)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await ask_tailscale() == "", "no client here"
    binary.write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/said\n")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    assert await ask_tailscale() == "stopped"
    binary.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    assert await ask_tailscale() == "not running"
    binary.write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    monkeypatch.setattr("alfred_tui.fleet.network.TIME_LIMIT", 0.2)
    assert await ask_tailscale() == "not answering"


class Fleet:
    contact = Contact()

    def __init__(self, looked: int, lost: int) -> None:
        self.counts = (looked, lost, 0)

    def lost(self) -> tuple[int, int, int]:
        return self.counts

    def lost_kinds(self) -> frozenset[FailureKind]:
        return frozenset()


async def test_a_fleet_on_loopback_asks_nobody() -> None:
    async def ask() -> str:
        raise AssertionError("asked")

    assert await check(Fleet(0, 0), lambda: NOON, ask=ask) is None


async def test_a_check_joins_route_and_client() -> None:
    async def ask() -> str:
        return "up"

    found = await check(Fleet(3, 3), lambda: NOON, ask=ask, route=lambda: False)
    assert found is not None
    assert (found.state, found.text) == ("offline", "this machine has no network route")
    assert found.at == NOON
