"""Fault scripts: what they may say, and how one that cannot be used is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.sim.faults import FaultError
from alfred_tui.sim.kinds import DEFAULTS, KINDS
from alfred_tui.sim.people import population
from alfred_tui.sim.script import read_script

PEOPLE = population(12, 7)


def read(folder: Path, text: str) -> list[Any]:
    path = folder / "night.json"
    path.write_text(text)
    return read_script(path, PEOPLE, 7)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(FaultError) as trouble:
        read(folder, text)
    assert "\n" not in str(trouble.value)
    return str(trouble.value)


def test_every_fault_can_be_told_to_everybody(tmp_path: Path) -> None:
    for kind in sorted(KINDS):
        told = read(tmp_path, json.dumps({"faults": [{"tenant": "all", "fault": kind}]}))
        able = [person.name for person in PEOPLE if told[0].fits(person)]
        assert sorted(fault.tenant for fault in told) == sorted(able)
        assert {fault.kind for fault in told} == {kind}


def test_a_fault_is_read_as_it_is_told(tmp_path: Path) -> None:
    entry = {"tenant": 3, "fault": "slow", "at": -5, "for": 60, "seconds": 4, "route": "/streams"}
    (fault,) = read(tmp_path, json.dumps({"faults": [entry]}))
    assert (fault.tenant, fault.kind) == (PEOPLE[3].name, "slow")
    assert (fault.at, fault.lasts, fault.amount, fault.route) == (-5, 60, 4, "/streams")


@pytest.mark.parametrize(("share", "many"), [("share:0", 0), ("share:0.25", 3), ("share:1", 12)])
def test_a_share_is_the_same_tenants_every_time(tmp_path: Path, share: str, many: int) -> None:
    text = json.dumps({"faults": [{"tenant": share, "fault": "slow"}]})
    told = read(tmp_path, text)
    assert len({fault.tenant for fault in told}) == many
    assert told == read(tmp_path, text)


@pytest.mark.parametrize(
    ("entry", "place", "allowed"),
    [
        ({"tenant": 0, "fault": "container-exist"}, "faults[1]", "container-exit"),
        ({"tenant": 0, "fault": ["slow"]}, "faults[1]", "known are"),
        ({"tenant": 0}, "faults[1]", "known are"),
        ("slow", "faults[1]", "an object"),
        ({"tenant": "nobody", "fault": "slow"}, "faults[1].tenant", "0 to 11, share:0.05 or all"),
        ({"tenant": True, "fault": "slow"}, "faults[1].tenant", "0 to 11"),
        ({"tenant": 12, "fault": "slow"}, "faults[1].tenant", "0 to 11"),
        ({"tenant": "share:2", "fault": "slow"}, "faults[1].tenant", "share:0 to share:1"),
        ({"tenant": 0, "fault": "unhealthy", "service": "x"}, "faults[1]", "it has alfred"),
        ({"tenant": 0, "fault": "schedule-paused", "schedule": "x"}, "faults[1]", "al-learning"),
        ({"tenant": 0, "fault": "stream-silent", "stream": "x"}, "faults[1]", "composio-gmail"),
        ({"tenant": 0, "fault": "slow", "at": "soon"}, "faults[1].at", "a number"),
        ({"tenant": 0, "fault": "slow", "at": True}, "faults[1].at", "a number"),
        ({"tenant": 0, "fault": "slow", "for": -1}, "faults[1].for", "a number from 0"),
        ({"tenant": 0, "fault": "slow", "seconds": float("nan")}, "faults[1].seconds", "from 0"),
        ({"tenant": 0, "fault": "slow", "at": 10**400}, "faults[1].at", "a number"),
        ({"tenant": 0, "fault": "slow", "whn": 3}, "faults[1]", "at, fault, for"),
        ({"tenant": 0, "fault": "slow", "route": 7}, "faults[1].route", "a text"),
        ({"tenant": 0, "fault": "unhealthy", "route": "x"}, "faults[1].route", "answer-cut"),
        ({"tenant": 0, "fault": "slow", "sort": "x"}, "faults[1].sort", "it has none"),
        ({"tenant": 0, "fault": "answer-garbage", "sort": "x"}, "faults[1].sort", "html, text"),
        ({"tenant": 0, "fault": "temporal-silent", "sort": [1]}, "faults[1].sort", "frozen"),
        ({"tenant": 0, "fault": "slow", "spread": -1}, "faults[1].spread", "from 0"),
        ({"tenant": 0, "fault": "slow", "spread": "wide"}, "faults[1].spread", "a number"),
        ({"tenant": 0, "fault": "slow", "image": "x"}, "faults[1].image", "image-regression, imag"),
        ({"tenant": 0, "fault": "image-update", "image": 7}, "faults[1].image", "a text"),
        ({"tenant": 0, "fault": "api-down", "amount": 3}, "faults[1].amount", "has no amount"),
        ({"tenant": 0, "fault": "slow", "amount": 3, "seconds": 4}, "faults[1]", "say the same"),
        ({"tenant": 0, "fault": "answer-huge", "amount": 900}, "faults[1].amount", "0 to 256"),
        ({"tenant": 0, "fault": "redirect", "amount": 304}, "faults[1].amount", "301, 302, 303"),
        ({"tenant": 0, "fault": "memory-high", "percent": 120}, "faults[1].percent", "to 99.6"),
        ({"tenant": 0, "fault": "clock-skew", "seconds": "x"}, "faults[1].seconds", "a number is"),
        ({"fault": "certificate-ending", "days": 3}, "faults[1].tenant", "0 to 11"),
        ({"tenant": 0, "fault": "redirect", "sort": "up"}, "faults[1].sort", "away, inside"),
        ({"tenant": 0, "fault": "tailnet-gone", "sort": "x"}, "faults[1].sort", "blackholed, ref"),
    ],
)
def test_a_refusal_names_line_place_and_what_is_allowed(
    tmp_path: Path, entry: Any, place: str, allowed: str
) -> None:
    text = '{"faults": [\n{"tenant": 0,\n "fault": "slow"},\n' + json.dumps(entry) + "\n]}"
    said = refusal(tmp_path, text)
    assert said.startswith(f"night.json:4: {place}")
    assert allowed in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"faults": [\n{"tenant": 0,\n "fault": slow}]}', "night.json:3: no JSON"),
        ("", "night.json:1: no JSON"),
        ("[]", '"faults": [...]} is needed'),
        ('{"faults": {}}', '"faults": [...]} is needed'),
        ('{"faults": [], "more": []}', "nothing else"),
        ('{"about": 7, "faults": []}', "nothing else"),
        ('{"about": "x"}', '"faults": [...]} is needed'),
        ('{"faults": [], "faults": [1]}', "'faults' is given twice"),
        ('{"faults": [{"tenant": 0, "fault": "slow", "at": 1, "at": 2}]}', "'at' is given twice"),
        ("[" * 100_000, "not readable"),
    ],
)
def test_a_file_that_is_no_script_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_a_share_is_struck_within_the_spread_by_one_and_the_same_image(tmp_path: Path) -> None:
    entry = {"tenant": "all", "fault": "image-update", "at": 100, "spread": 900}
    told = read(tmp_path, json.dumps({"faults": [entry]}))
    times = sorted(fault.at for fault in told)
    assert 100 <= times[0] < times[-1] < 1000
    assert len(set(times)) == len(PEOPLE)
    assert len({fault.image for fault in told}) == 1
    assert told == read(tmp_path, json.dumps({"faults": [entry]}))
    (named,) = read(tmp_path, json.dumps({"faults": [entry | {"tenant": 3, "image": "v2"}]}))
    assert named.image == "v2"


def test_a_tailnet_that_is_gone_is_gone_for_all_unless_it_says_for_whom(tmp_path: Path) -> None:
    told = read(tmp_path, '{"faults": [{"fault": "tailnet-gone"}]}')
    assert {fault.tenant for fault in told} == {person.name for person in PEOPLE}
    some = '{"faults": [{"fault": "tailnet-gone", "tenant": "share:0.5"}]}'
    assert len(read(tmp_path, some)) == len(PEOPLE) // 2


def test_a_script_may_say_what_it_is_about(tmp_path: Path) -> None:
    entries = [{"tenant": 0, "fault": "slow", "at": -9}]
    about = {"about": 'all [of] "faults": [', "faults": entries}
    (fault,) = read(tmp_path, json.dumps(about))
    assert fault.at == -9
    entries.append({"tenant": 0, "fault": "nothing"})
    assert refusal(tmp_path, json.dumps(about, indent=1)).startswith("night.json:9: faults[1]")
    spelt = r'{"faults": [{"tenant": 0, "fault": "slow"}]}'
    assert len(read(tmp_path, spelt)) == 1


def test_a_clock_may_be_behind(tmp_path: Path) -> None:
    entry = {"tenant": 0, "fault": "clock-skew", "seconds": -90}
    (fault,) = read(tmp_path, json.dumps({"faults": [entry]}))
    assert fault.amount == -90


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match=r"night\.json: not readable"):
        read_script(tmp_path / "night.json", PEOPLE, 7)
    (tmp_path / "night.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(FaultError, match=r"night\.json: not readable"):
        read_script(tmp_path / "night.json", PEOPLE, 7)


def test_the_usual_thing_of_a_fault_is_one_that_many_have() -> None:
    for kind, usual in DEFAULTS.items():
        assert usual, kind
        able = [p for p in PEOPLE if p.generation != "H" and usual in (*p.services, *_ids(p))]
        assert len(able) >= len(PEOPLE) // 2, kind


def _ids(person: Any) -> list[str]:
    return [thing.id for thing in (*person.plans, *person.streams)]
