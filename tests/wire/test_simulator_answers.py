"""The simulator's answers have the recorded and documented shape; no client code in between."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from alfred_tui.sim.faults import Fault
from tests.wire.simulated import (
    ALL,
    ROUTES,
    START,
    answers,
    differences,
    entries,
    get,
    is_map,
    world,
)


@pytest.mark.parametrize("route", ALL)
def test_every_answer_has_the_recorded_shape(route: str) -> None:
    seen = 0
    wrong: dict[str, str] = {}
    for name, line, body in answers(route):
        seen += 1
        for fault in differences(route, line, body):
            wrong.setdefault(fault, name)
    assert seen >= 3
    assert not wrong, "\n".join(f"{fault} ({name})" for fault, name in wrong.items())


@pytest.mark.parametrize("route", ALL)
def test_a_key_spelt_otherwise_is_found(route: str) -> None:
    name, line, body = next(answers(route))
    places = {}
    for path, holder, key in _keys(body, "$"):
        places[re.sub(r"\[\d+\]", "[]", path)] = (holder, key)
    assert places, name
    for path, (holder, key) in places.items():
        value = holder.pop(key)
        holder[key.upper() if key.islower() else key.lower() + "_"] = value
        assert differences(route, line, body), path
        holder.pop(next(reversed(holder)))
        holder[key] = value


def _keys(value: Any, path: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    if isinstance(value, list):
        for index, item in enumerate(value[:40]):
            yield from _keys(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key in list(value):
            if not is_map(path):
                yield f"{path}.{key}", value, key
            yield from _keys(value[key], f"{path}.{key}")


def test_the_ledger_of_the_newest_h_names_its_workers() -> None:
    (documented,) = (e for e in entries() if e["name"] == "h-workers-status")
    ledgers = [body["workers"] for _, _, body in answers("workers") if "workers" in body]
    assert ledgers
    for ledger in ledgers:
        assert set(ledger) == set(documented["response"]["body"]["workers"])


@pytest.mark.parametrize(
    ("kind", "sort"),
    [("workflow-stuck", "nondeterminism"), ("workflow-stuck", "activity"), ("zero-pollers", "")],
)
def test_what_goes_wrong_in_temporal_has_the_recorded_shape(kind: str, sort: str) -> None:
    made = world()
    person = next(p for p in made.people if p.generation == "F3")
    made.add_fault(Fault(kind, person.name, at=-1300, sort=sort))
    (ident, *_) = [
        row["execution"]["workflowId"]
        for row in json.loads(get(made, person.name, ROUTES["running"]).body)
        if row["type"]["name"] == "LearningWorkflow"
    ]
    for _ in ("running", "terminated"):
        for route, target in (("workflow", ident), ("history", f"{ident}/history")):
            reply = get(made, person.name, f"/api/v1/workflows/{target}")
            assert reply.status == 200
            assert differences(route, "F", json.loads(reply.body)) == []
        made.terminate(person.name, ident, START.timestamp())
