"""The tailnet: every recorded state by its name, and which machines are which tenants."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.tenant import Estate, Secret, Tenant
from alfred_tui.store.inventory import problems_of
from alfred_tui.takeover.former import read_former
from alfred_tui.takeover.found import Fields, SourceError
from alfred_tui.takeover.merge import Preference, preference_of
from alfred_tui.takeover.peers import sighting_of
from alfred_tui.takeover.plan import Gathered, Import, plan
from alfred_tui.takeover.tailnet import REMEDY, State, Tailnet, ask_tailnet, read_status
from tests.takeover.former import former_tool
from tests.takeover.recorded import FOLDER, NAMES, answer, fake_client, net, peer, status

NOW = datetime(2026, 11, 25, tzinfo=UTC)
STATES = {
    "all-up-active": State.UP,
    "all-up-idle": State.UP,
    "all-up-idle-after-traffic": State.UP,
    "back-online": State.UP,
    "bad-flag": State.UNREADABLE,
    "daemon-not-running": State.NOT_RUNNING,
    "daemon-not-running-nosystemd": State.NOT_RUNNING,
    "fresh-no-network": State.LOGGED_OUT,
    "health-from-control": State.UP,
    "loggedout": State.LOGGED_OUT,
    "loggedout-immediately": State.LOGGED_OUT,
    "magicdns-off": State.UP,
    "needs-approval": State.UNAPPROVED,
    "needslogin-authurl": State.LOGIN_PENDING,
    "needslogin-authurl-pending": State.LOGIN_PENDING,
    "needslogin-fresh": State.LOGGED_OUT,
    "nonroot": State.LOGGED_OUT,
    "one-offline": State.UP,
    "peer-unreachable-just-now": State.UP,
    "peers-false": State.UP,
    "running-nopeers": State.UP,
    "self-key-expired": State.KEY_EXPIRED,
    "self-network-back-25s": State.OFFLINE,
    "self-network-down-10min": State.OFFLINE,
    "self-network-down-5s": State.UP,
    "socket-permission": State.NO_ACCESS,
    "socket-wrong": State.NO_ACCESS,
    "starting-no-network-1s": State.STARTING,
    "stopped": State.STOPPED,
}
WITH_MACHINES = {
    *(
        "all-up-active",
        "all-up-idle",
        "all-up-idle-after-traffic",
        "back-online",
        "health-from-control",
        "magicdns-off",
    ),
    *("one-offline", "peer-unreachable-just-now", "self-key-expired", "self-network-back-25s"),
    *("self-network-down-10min", "self-network-down-5s", "stopped"),
}
SUFFIX = "tail1a2b3.ts.net"


def read(said: dict[str, Any]) -> Tailnet:
    return read_status(said["exit"], said["stdout"].encode(), said["stderr"].encode(), NOW)


def urls(net: Tailnet, known: dict[str, Fields] | None = None) -> dict[str, object]:
    found = sighting_of(net, known or {}).found
    return {each.name: each.fields.get("api_url") for each in found}


def test_no_recording_is_left_out() -> None:
    assert set(STATES) == set(NAMES), f"{FOLDER} and this table differ"


@pytest.mark.parametrize("name", NAMES)
async def test_every_recorded_state_by_the_client_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PATH", str(fake_client(tmp_path / "bin", answer(name))))
    net = await ask_tailnet()
    assert net.state is STATES[name]
    assert bool(net.nodes) == (name in WITH_MACHINES)
    assert net.suffix in ("", SUFFIX)
    if net.mapped:
        notes = " ".join(sighting_of(net, {}).notes)
        assert (net.state.value in notes) == (net.state is not State.UP)
        assert ("no other machine" in notes) == (name not in WITH_MACHINES)
    else:
        with pytest.raises(SourceError, match=f"tailscale here is {net.state.value}"):
            sighting_of(net, {})


@pytest.mark.parametrize("state", [state for state in State if state is not State.UP])
def test_every_state_but_up_has_a_remedy(state: State) -> None:
    assert REMEDY[state]


async def test_without_a_client_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    net = await ask_tailnet()
    assert net.state is State.ABSENT
    with pytest.raises(SourceError, match="install tailscale"):
        sighting_of(net, {})


async def test_a_client_that_hangs_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "tailscale"
    binary.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec /bin/sleep 600\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await ask_tailnet(limit=1.0)).state is State.NOT_ANSWERING
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_online_is_trusted_only_while_the_client_is() -> None:
    assert {node.online for node in read(answer("one-offline")).nodes} == {True, False}
    for name in ("stopped", "self-key-expired", "self-network-down-10min"):
        assert {node.online for node in read(answer(name)).nodes} == {None}


def test_ghosts_shared_and_nameless_machines_are_nobody() -> None:
    said = net(
        peer("alfred-acme"),
        peer("alfred-ghost", InNetworkMap=False),
        peer("alfred-shared", ShareeNode=True),
        peer("alfred-x", DNSName=""),
    )
    assert [node.name for node in read(said).nodes] == [f"alfred-acme.{SUFFIX}"]
    assert read(answer("loggedout")).nodes == ()


def test_names_lose_their_dot_and_the_fourth_version_is_picked() -> None:
    (node,) = read(net(peer("Alfred-Acme"))).nodes
    assert node.name == f"alfred-acme.{SUFFIX}"
    assert node.address is not None
    assert node.address.startswith("100.64.1.")


def test_new_tenants_are_those_with_the_tag_or_the_former_tools_name() -> None:
    said = net(
        peer("alfred-acme"), peer("umbra", Tags=["tag:tenant"]), peer("printer"),
        peer("other", Tags=["tag:server"]),
    )  # fmt: skip
    assert urls(read(said)) == {
        "acme": f"https://alfred-acme.{SUFFIX}:3100",
        "umbra": f"https://umbra.{SUFFIX}:3100",
    }
    told = sighting_of(read(said), {}, "server")
    assert {each.name for each in told.found} == {"acme", "other"}


@pytest.mark.parametrize(
    ("url", "now"),
    [
        ("https://alfred-acme:3100", f"https://alfred-acme.{SUFFIX}:3100"),
        (f"https://alfred-acme.{SUFFIX}:4100", f"https://alfred-acme.{SUFFIX}:4100"),
        ("https://100.64.0.2:3100", f"https://alfred-acme.{SUFFIX}:3100"),
        ("https://acme.example:3100", None),
    ],
)
def test_a_known_tenant_gets_its_full_name_but_keeps_a_public_one(
    url: str, now: str | None
) -> None:
    assert urls(read(net(peer("alfred-acme"))), {"acme": {"api_url": url}}) == {"acme": now}


def test_a_known_tenant_is_found_by_its_address_too() -> None:
    said = peer("box-17", TailscaleIPs=["100.64.0.9"])
    known: dict[str, Fields] = {
        "acme": {"api_url": "https://alfred-acme:3100", "estate.tailnet_address": "100.64.0.9"}
    }
    assert urls(read(net(said)), known) == {"acme": f"https://box-17.{SUFFIX}:3100"}


def test_a_machine_made_anew_takes_the_place_of_the_dead_one() -> None:
    known: dict[str, Fields] = {"acme": {"api_url": f"https://alfred-acme.{SUFFIX}:3100"}}
    dead, anew = peer("alfred-acme", Online=False), peer("alfred-acme-1")
    (found,) = sighting_of(read(net(dead, anew)), known).found
    assert found.fields["api_url"] == f"https://alfred-acme-1.{SUFFIX}:3100"
    assert "alfred-acme is offline" in found.doubt
    expired = peer("alfred-acme", Expired=True)
    (found,) = sighting_of(read(net(expired, anew)), known).found
    assert found.fields["api_url"] == f"https://alfred-acme-1.{SUFFIX}:3100"


def test_a_twin_beside_a_living_machine_is_only_mentioned() -> None:
    known: dict[str, Fields] = {"acme": {"api_url": f"https://alfred-acme.{SUFFIX}:3100"}}
    both = [peer("alfred-acme"), peer("alfred-acme-1")]
    (found,) = sighting_of(read(net(*both)), known).found
    assert found.fields["api_url"] == f"https://alfred-acme.{SUFFIX}:3100"
    assert "alfred-acme-1" in found.warnings[0]
    assert set(urls(read(net(*both)))) == {"acme"}, "nor is it a tenant of its own"
    stopped = net(peer("alfred-acme", Online=False), peer("alfred-acme-1"), recording="stopped")
    assert urls(read(stopped), known) == {"acme": f"https://alfred-acme.{SUFFIX}:3100"}


def test_a_tenant_that_is_really_called_so_is_no_twin() -> None:
    known: dict[str, Fields] = {
        "acme": {"api_url": "https://alfred-acme:3100"},
        "acme-1": {"api_url": "https://alfred-acme-1:3100"},
    }
    both = net(peer("alfred-acme", Online=False), peer("alfred-acme-1"))
    assert urls(read(both), known) == {
        "acme": f"https://alfred-acme.{SUFFIX}:3100",
        "acme-1": f"https://alfred-acme-1.{SUFFIX}:3100",
    }


def test_twins_of_nobody_living_are_left_to_the_operator() -> None:
    known: dict[str, Fields] = {"acme": {"api_url": "https://alfred-acme:3100"}}
    twins = [peer(f"alfred-acme-{n}") for n in (1, 2)]
    told = sighting_of(read(net(*twins)), known)
    assert told.found == ()
    assert "alfred-acme-1, alfred-acme-2 could be it" in told.left_out[0].why
    (found,) = sighting_of(read(net(twins[0])), known).found
    assert found.fields["api_url"] == f"https://alfred-acme-1.{SUFFIX}:3100"
    assert "alfred-acme is gone" in found.doubt


ACME = Tenant("acme", f"https://alfred-acme.{SUFFIX}:3100", Secret("key-of-acme"))
BLANKET = (
    ["theirs"], ["theirs:api_url"], ["theirs:api_url", "theirs:estate", "theirs:connect_address"]
)  # fmt: skip
TWINS = net(
    peer("alfred-acme", Tags=["tag:tenant"], Online=False, TailscaleIPs=["100.64.0.8"]),
    peer("alfred-acme-2", Tags=["tag:tenant"], TailscaleIPs=["100.64.0.9"]),
)


def imported(said: dict[str, Any], words: list[str], *ours: Tenant) -> Import:
    return plan(ours, [], Gathered((), read(said)), preference_of(words))


@pytest.mark.parametrize(
    "words", [[], *BLANKET, ["theirs:birch/api_url@tailnet"], ["theirs:acme/api_url"]]
)
def test_no_blanket_word_gives_a_tenants_key_to_a_twin(words: list[str]) -> None:
    """Another customer may really be called acme-2."""
    done = imported(TWINS, words, ACME)
    (conflict,) = done.outcome.conflicts
    assert (conflict.key, conflict.decided) == ("acme/api_url@tailnet", None)
    assert (conflict.ours, conflict.theirs) == (
        ACME.api_url,
        f"https://alfred-acme-2.{SUFFIX}:3100",
    )
    assert "alfred-acme is offline, alfred-acme-2 is there" in conflict.why
    assert conflict.why in done.warnings["acme"]
    assert (done.outcome.held_back, done.outcome.tenants) == (("acme",), ()), "nor is it filled in"


def test_a_twin_is_taken_by_a_word_for_that_tenant_whole_and_stays() -> None:
    words = ["theirs:acme/api_url@tailnet"]
    (acme,) = imported(TWINS, words, ACME).outcome.tenants
    assert acme.api_url == f"https://alfred-acme-2.{SUFFIX}:3100"
    assert acme.estate.tailnet_address == "100.64.0.9", "one machine, one decision"
    assert imported(TWINS, [], acme).outcome.unchanged == ("acme",)
    for kept in (["ours"], ["ours:acme/api_url", "theirs"], ["ours:acme/api_url@tailnet"]):
        assert imported(TWINS, kept, ACME).outcome.unchanged == ("acme",)


@pytest.mark.parametrize("online", [True, False])
def test_a_twin_is_never_left_unsaid(online: bool) -> None:
    several = net(
        peer("alfred-acme", Online=False),
        peer("alfred-acme-1", Online=online),
        peer("alfred-acme-2", Online=online),
        peer("shop"),
        peer("shop-1", Tags=["tag:tenant"]),
    )
    done = imported(several, [], ACME)
    assert "alfred-acme-1, alfred-acme-2" in done.warnings["acme"][0]
    assert done.outcome.added == ("shop-1",), "shop is nobody's: shop-1 is no twin of a tenant's"


@pytest.mark.parametrize("words", [[], *BLANKET])
def test_an_address_alone_moves_nobody_to_another_machine(words: list[str]) -> None:
    acme = msgspec.structs.replace(ACME, estate=Estate(tailnet_address="100.64.0.9"))
    said = net(peer("box-17", TailscaleIPs=["100.64.0.9"]))
    done = imported(said, words, acme).outcome
    assert (done.held_back, done.tenants) == (("acme",), ())
    assert "100.64.0.9 alone" in done.conflicts[0].why
    (moved,) = imported(said, ["theirs:acme/api_url@tailnet"], acme).outcome.tenants
    assert moved.api_url == f"https://box-17.{SUFFIX}:3100"


@pytest.mark.parametrize("words", [[], *BLANKET])
def test_a_machine_with_a_name_of_its_own_is_not_taken_by_address(words: list[str]) -> None:
    acme = msgspec.structs.replace(ACME, estate=Estate(tailnet_address="100.64.0.9"))
    birch = peer("alfred-birch", Tags=["tag:tenant"], TailscaleIPs=["100.64.0.9"])
    known = Tenant("birch", f"https://alfred-birch.{SUFFIX}:3100", Secret("key-of-birch"))
    done = imported(net(birch), words, acme, known).outcome
    assert (done.conflicts, list(done.changed)) == ((), ["birch"])
    assert "acme" in {left.name for left in done.left_out}
    assert "alfred-birch, which is birch's" in done.left_out[0].why


@pytest.mark.parametrize("words", [[], *BLANKET])
def test_a_new_machine_with_a_known_address_is_held_back_until_it_is_told_whose(
    words: list[str],
) -> None:
    acme = msgspec.structs.replace(ACME, estate=Estate(tailnet_address="100.64.0.9"))
    said = net(peer("alfred-birch", Tags=["tag:tenant"], TailscaleIPs=["100.64.0.9"]))
    done = imported(said, words, acme).outcome
    assert (done.held_back, done.tenants) == (("birch",), ())
    assert [each.key for each in done.conflicts] == ["birch/name@tailnet"]
    (birch,) = imported(said, [*words, "theirs:birch/name"], acme).outcome.tenants
    assert (birch.name, birch.api_key.reveal()) == ("birch", "")


def test_whatever_comes_first_one_machine_is_one_tenant(tmp_path: Path) -> None:
    said = net(peer("alfred-my-co", Tags=["tag:tenant"]))
    (first,) = imported(said, []).outcome.tenants
    row = {"customer_name": "My_Co", "tailscale_hostname": f"alfred-my-co.{SUFFIX}"}
    former = read_former(former_tool(tmp_path, row))
    both = Gathered((former,), read(said))
    held = plan([first], [], both, preference_of(["theirs"])).outcome
    assert (held.added, held.held_back) == ((), ("My_Co",))
    done = plan([first], [], both, preference_of(["ours:My_Co/name", "theirs"])).outcome
    (mine,) = done.tenants
    assert (mine.name, mine.estate.server_id) == ("my-co", 4711)
    again = plan([mine], done.host_keys, both, preference_of(["ours"])).outcome
    assert again.unchanged == ("my-co",)


def test_a_machine_that_two_tenants_could_be_is_nobodys() -> None:
    twice = [Tenant(name, f"https://alfred-my-co.{SUFFIX}:3100") for name in ("my-co", "My_Co")]
    done = imported(net(peer("alfred-my-co")), ["theirs"], *twice).outcome
    assert (done.tenants, done.conflicts, done.added) == ((), (), ())
    assert {left.name for left in done.left_out} == {"my-co", "My_Co"}
    assert all("my-co and My_Co" in left.why for left in done.left_out)
    public = Tenant("My_Co", "https://my-co.example")
    done = imported(net(peer("alfred-my-co")), [], twice[0], public).outcome
    assert list(done.changed) == ["my-co"], "its own address counts before a likely name"
    assert [left.name for left in done.left_out] == ["My_Co"]


def at(name: str, url: str, **more: Any) -> Tenant:
    return Tenant(name, url, Secret(f"key-of-{name}"), **more)


def tagged(label: str, address: str, **more: Any) -> dict[str, Any]:
    return peer(label, Tags=["tag:tenant"], TailscaleIPs=[address], **more)


@pytest.mark.parametrize("words", [[], *BLANKET])
@pytest.mark.parametrize("recorded", [None, "100.64.0.2"])
def test_a_machine_at_a_tenants_own_address_is_not_given_to_its_namesake(
    words: list[str], recorded: str | None
) -> None:
    two = at("two", "https://100.64.0.2:3100", estate=Estate(tailnet_address=recorded))
    acme = at("acme", "https://203.0.113.4:3100")
    done = imported(net(tagged("alfred-acme", "100.64.0.2")), words, two, acme).outcome
    assert (done.tenants, done.held_back) == ((), ("two",))
    (conflict,) = done.conflicts
    assert conflict.key == "two/api_url@tailnet"
    assert "alfred-acme has two's own address 100.64.0.2" in conflict.why
    (left,) = done.left_out
    assert (left.name, left.why) == ("acme", "it would be alfred-acme, which is two's")


@pytest.mark.parametrize("words", [[], *BLANKET, ["theirs:team/api_url@tailnet"]])
def test_a_twin_at_the_own_address_of_another_is_offered_to_nobody_else(words: list[str]) -> None:
    team = at("team", f"https://alfred-team.{SUFFIX}:3100")
    two = at("two", "https://100.64.0.2:3100")
    said = net(
        tagged("alfred-team", "100.64.0.1", Online=False), tagged("alfred-team-2", "100.64.0.2")
    )
    done = imported(said, words, team, two).outcome
    assert {each.name: each.api_url for each in done.tenants} == {"team": team.api_url}
    assert [each.key for each in done.conflicts] == ["two/api_url@tailnet"]
    assert done.left_out == ()
    (two,) = (
        each
        for each in imported(said, ["theirs:two/api_url@tailnet"], team, two).outcome.tenants
        if each.name == "two"
    )
    assert two.api_url == f"https://alfred-team-2.{SUFFIX}:3100"


@pytest.mark.parametrize("words", [[], *BLANKET])
def test_a_tenant_goes_to_its_namesake_only_by_its_own_word(words: list[str]) -> None:
    acme = at("acme", "https://100.64.0.5:3100")
    said = net(tagged("alfred-acme", "100.64.0.9"), tagged("alfred-shop", "100.64.0.5"))
    done = imported(said, words, acme).outcome
    assert (done.tenants, done.added) == ((), ())
    why = {each.key: each.why for each in done.conflicts}
    assert set(why) == {"acme/api_url@tailnet", "shop/api_url@tailnet"}
    assert "its own address 100.64.0.5 is alfred-shop's" in why["acme/api_url@tailnet"]
    assert "100.64.0.5 is acme's own address" in why["shop/api_url@tailnet"]
    (moved,) = imported(said, [*words, "theirs:acme/api_url@tailnet"], acme).outcome.tenants
    assert moved.api_url == f"https://alfred-acme.{SUFFIX}:3100"
    assert imported(said, words, moved).outcome.added == ("shop",)


def test_an_address_that_no_machine_has_is_left_by_a_word_of_its_own_too() -> None:
    acme = at("acme", "https://100.64.0.5:3100")
    said = net(tagged("alfred-acme", "100.64.0.9"))
    (conflict,) = imported(said, ["theirs"], acme).outcome.conflicts
    assert "alfred-acme is called so, and has not its own address 100.64.0.5" in conflict.why


def test_the_name_of_the_machine_at_its_own_address_is_an_ordinary_difference() -> None:
    acme = at("acme", "https://100.64.0.5:3100")
    (moved,) = imported(net(tagged("alfred-acme", "100.64.0.5")), ["theirs"], acme).outcome.tenants
    assert moved.api_url == f"https://alfred-acme.{SUFFIX}:3100"


def test_an_address_to_dial_is_a_public_tenants_own() -> None:
    acme = at("acme", "https://acme.example", connect_address="100.64.0.5")
    for words in ([], *BLANKET):
        done = imported(net(tagged("alfred-shop", "100.64.0.5")), words, acme).outcome
        assert (done.added, done.held_back) == ((), ("acme",))
        assert [left.name for left in done.left_out] == ["shop"]


def test_a_tagged_machine_with_only_a_known_address_is_one_question() -> None:
    acme = at("acme", "https://acme.example", estate=Estate(tailnet_address="100.64.0.5"))
    said = net(tagged("srv5", "100.64.0.5"))
    for words in ([], *BLANKET):
        done = imported(said, words, acme).outcome
        assert [each.key for each in done.conflicts] == ["srv5/name@tailnet"]
        assert done.left_out == (), "that it is srv5's is not said while nobody has said so"
    done = imported(said, ["ours:srv5/name", "ours:acme/api_url"], acme).outcome
    assert (list(done.changed), done.left_out) == (["acme"], ())
    done = imported(said, ["theirs:srv5/name"], acme).outcome
    assert (done.added, [left.name for left in done.left_out]) == (("srv5",), ["acme"])


def test_two_machines_for_one_name_are_both_left_out_and_named() -> None:
    said = net(peer("acme", Tags=["tag:tenant"]), peer("alfred-acme"), peer("alfred-birch"))
    done = imported(said, []).outcome
    assert done.added == ("birch",)
    (left,) = done.left_out
    assert left.name == "acme"
    assert "acme and alfred-acme" in left.why
    known = msgspec.structs.replace(ACME, api_url=f"https://acme.{SUFFIX}:3100")
    done = imported(said, [], known).outcome
    assert list(done.changed) == ["acme"]
    (left,) = done.left_out
    assert "alfred-acme would be acme too, and acme's machine is called acme" in left.why


LABELS = ["acme", "alfred-acme", "alfred-acme-1", "alfred-acme-2", "alfred-my-co", "box"]
ADDRESSES = [f"100.64.0.{n}" for n in range(2, 10)]
NUMERIC = "https://{}:3100"


@st.composite
def fleets(draw: st.DrawFn) -> list[Tenant]:
    """Tenants known by name, by number, by a public name, and with an address to dial instead."""
    hosts, own = (iter(draw(st.permutations(each))) for each in (LABELS, ADDRESSES))
    made = []
    for name in draw(st.lists(st.sampled_from(["acme", "acme-2", "My_Co", "my-co"]), unique=True)):
        kind = draw(st.sampled_from(["named", "public", "numeric"]))
        host = {"named": f"{next(hosts)}.{SUFFIX}", "public": f"x{len(made)}.example"}.get(kind)
        dialled = draw(st.booleans()) and kind != "named"
        made.append(
            at(
                name,
                f"https://{host or next(own)}:3100",
                connect_address=next(own) if dialled else None,
                estate=Estate(tailnet_address=draw(st.none() | st.sampled_from(ADDRESSES))),
            )
        )
    return made


@given(st.data(), fleets(), st.booleans())
def test_whatever_the_tailnet_looks_like_no_key_moves_and_no_machine_is_shared(
    data: st.DataObject, ours: list[Tenant], names_work: bool
) -> None:
    """With every blanket word for theirs; those at home on the tailnet have their full name."""
    labels = data.draw(st.lists(st.sampled_from(LABELS), unique=True))
    there = dict(zip(data.draw(st.permutations(ADDRESSES)), labels, strict=False))
    nodes = [
        peer(
            label,
            Tags=["tag:tenant"] if data.draw(st.booleans()) else [],
            Online=data.draw(st.booleans()),
            TailscaleIPs=[address],
        )
        for address, label in there.items()
    ]
    words = ["theirs", "theirs:api_url", "theirs:estate", "theirs:connect_address"]
    net_ = read(net(*nodes))._replace(names_work=names_work)
    whole = plan(ours, [], Gathered((), net_), preference_of(words))
    done = whole.outcome
    after = {each.name: each for each in (*ours, *done.tenants)}
    for each in ours:
        assert _at_home(after[each.name].host, there) == _at_home(each.host, there)
    assert _shared(list(after.values()), there) <= _shared(ours, there)
    said = set(re.findall(r"[\w-]+", repr((done.left_out, done.conflicts, whole.warnings))))
    taken = {there.get(each.estate.tailnet_address or "") for each in after.values()}
    silent = set(labels).difference(taken, *(_machines(each, there) for each in after.values()))
    tenants = {n for n in silent if n.startswith("alfred-") or _tagged(n, nodes)}
    unsaid = {label for label in tenants if not said & {label, label.removeprefix("alfred-")}}
    assert unsaid == set(), "each machine of a tenant is taken or spoken of"


def _at_home(host: str, there: dict[str, str]) -> str:
    """A host as the label of the tailnet's machine that it is; a public name as it stands."""
    return there.get(host, host.removesuffix(f".{SUFFIX}"))


def _machines(tenant: Tenant, there: dict[str, str]) -> set[str]:
    """Where its key goes: TLS proves a name of the tailnet, whatever is dialled."""
    dialled = set() if tenant.host.endswith(SUFFIX) else {_at_home(tenant.address, there)}
    return {_at_home(tenant.host, there)} | dialled


def _shared(tenants: list[Tenant], there: dict[str, str]) -> set[frozenset[str]]:
    """Pairs of tenants with one machine."""
    return {
        frozenset((one.name, other.name))
        for one, other in combinations(tenants, 2)
        if _machines(one, there) & _machines(other, there)
    }


def _tagged(label: str, nodes: list[dict[str, Any]]) -> bool:
    return any(node["ID"] == f"n{label}" and node["Tags"] for node in nodes)


def test_a_machine_of_another_tailnet_is_nobodys() -> None:
    shared = peer("alfred-acme", DNSName="alfred-acme.aaa.ts.net.", TailscaleIPs=["100.64.0.7"])
    acme = msgspec.structs.replace(ACME, estate=Estate(tailnet_address="100.64.0.7"))
    done = imported(net(shared, peer("alfred-birch")), ["theirs"], acme)
    assert (done.outcome.added, done.outcome.changed) == (("birch",), {})
    assert "machines of other tailnets are passed over: 1" in done.notes


def test_the_recorded_collision_is_told_apart_by_name() -> None:
    known: dict[str, Fields] = {"acme": {"api_url": "https://acme:3100"}}
    (found,) = sighting_of(read(answer("health-from-control")), known).found
    assert found.fields["api_url"] == f"https://acme.{SUFFIX}:3100"


def test_where_names_do_not_work_the_address_is_dialled() -> None:
    (found,) = sighting_of(read(answer("magicdns-off")), {"acme": {}}).found
    assert found.fields["connect_address"] == found.fields["estate.tailnet_address"]
    (found,) = sighting_of(read(answer("all-up-idle")), {"acme": {}}).found
    assert "connect_address" not in found.fields


def test_an_expired_machine_is_said() -> None:
    (found,) = sighting_of(read(net(peer("alfred-acme", Expired=True))), {}).found
    assert "expired" in found.warnings[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(st.sampled_from(sorted(WITH_MACHINES)), st.data())
def test_whatever_a_client_prints_there_is_a_state(name: str, data: st.DataObject) -> None:
    whole = status(name)
    peers = list(whole["Peer"].values())
    place = data.draw(st.sampled_from([whole, whole["Self"], whole["CurrentTailnet"], *peers]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    for each in peers:
        each["Tags"] = ["tag:tenant"]
    net = read_status(0, json.dumps(whole).encode(), b"", NOW)
    assert net.state in State
    if net.mapped:
        done = plan([], [], Gathered((), net), Preference()).outcome
        assert done.left_out == ()
        assert all(problems_of(tenant) == [] for tenant in done.tenants)
