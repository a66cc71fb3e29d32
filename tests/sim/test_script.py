"""Fault scripts: what they may say, and how one that cannot be used is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alfred_tui.sim.faults import DEFAULTS, KINDS, FaultError
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
        ("[]", '{"faults": [...]} is needed'),
        ('{"faults": {}}', '{"faults": [...]} is needed'),
        ('{"faults": [], "more": []}', "nothing else"),
        ('{"faults": [], "faults": [1]}', "'faults' is given twice"),
        ('{"faults": [{"tenant": 0, "fault": "slow", "at": 1, "at": 2}]}', "'at' is given twice"),
        ("[" * 100_000, "not readable"),
    ],
)
def test_a_file_that_is_no_script_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


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
