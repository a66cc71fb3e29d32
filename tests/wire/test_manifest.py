"""Every entry has a meaning in values, or is none of ours; nothing says what it means unheld."""

from __future__ import annotations

import importlib

import pytest

from alfred_tui.tenant.errors import BadAnswer
from tests.wire.entries import MEANINGS, UNREAD, answering, body, entry, look_of, names
from tests.wire.simulated import ALL, is_route
from tests.wire.test_simulator_again import AGAIN

for _module in ("test_answers", "test_refusals"):
    importlib.import_module(f"tests.wire.{_module}")

DETAIL = ("schedule", "workflow", "history", "chore")
ACTS = "an act's answer, for the simulator: no look changes anything"
UNREAD |= dict.fromkeys(
    (
        "restart-learn",
        "guard-openclaw-yes-trailing-blank",
        "guard-unneeded-header",
        "f2-restart-openclaw",
        "f2-config-openclaw-patch",
        "container-start",
        "container-stop",
        "schedule-trigger",
        "workflow-terminate",
    ),
    ACTS,
)
UNREAD |= dict.fromkeys(
    (
        "chore-pause",
        "chore-resume",
        "chore-trigger",
        "chores-emergency-pause-all",
        "notemporal-emergency-pause",
        "novault-emergency-pause",
    ),
    ACTS,
)
DETAILS = "about one schedule, workflow or chore: no look asks for details"
UNREAD |= dict.fromkeys(
    (
        name
        for name in names()
        if entry(name)["response"]["status"] == 200
        and any(is_route(r, entry(name)["request"]["path"]) for r in DETAIL)
        and entry(name)["request"]["method"] == "GET"
    ),
    DETAILS,
)
UNREAD |= dict.fromkeys(
    (
        "chores",
        "chores-after-emergency-pause",
        "f3-storage-metrics-latency",
        "h-hermes-ready",
        "openclaw-ready",
        "openclaw-ready-stopped",
        "storage-metrics",
        "storage-metrics-9000",
        "temporal-cluster",
    ),
    "no look asks for it yet: the simulator's shape only",
)
UNREAD |= dict.fromkeys(
    (
        "health",
        "h-health-script-unavailable-rows",
        "nodocker-health",
        "health-script-text",
        "h-health-script-unavailable",
        "h-healthz",
    ),
    "health proves nothing (tenant-api.md 2.1): the simulator's shape only",
)
UNREAD |= {
    "devices": "the dashboard has them, too",
    "container-logs-tail3-ansi": "logs are not looked at",
    "keep-alive": "about the connection; its body is not kept",
    "guard-ctrl-api-yes": "no answer at all: the connection is cut",
}
CONNECTION = {"keep-alive", "guard-ctrl-api-yes"}
# refusals of routes that no look asks for still mean something: they are typed like the others


@pytest.mark.parametrize("name", names())
def test_an_entry_has_a_meaning(name: str) -> None:
    assert (name in MEANINGS) != (name in UNREAD), "say in values what it means"


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_what_has_no_meaning_is_never_asked_for(name: str) -> None:
    assert look_of(name) is None


@pytest.mark.parametrize("name", sorted(set(UNREAD) - CONNECTION))
def test_what_has_no_meaning_holds_the_simulator(name: str) -> None:
    path = entry(name)["request"]["path"]
    known = [route for route in ALL if is_route(route, path)]
    acts = entry(name)["request"]["method"] != "GET"
    assert known or acts or name in AGAIN, "nobody is held to it"


def others(name: str) -> list[bytes]:
    """Bodies that an entry might have had instead, of the same look and status."""
    look, status = look_of(name), entry(name)["response"]["status"]
    alike = [n for n in names() if look_of(n) == look and n != name]
    alike = [n for n in alike if entry(n)["response"]["status"] == status]
    return [b"{}", b"[]", b'{"error":"something else"}', *map(body, alike[:20])]


WRONG = (AssertionError, BadAnswer, LookupError, StopIteration, AttributeError, TypeError)


BY_STATUS = {"redirect"}
"""Known by the status alone, whatever the body."""


@pytest.mark.parametrize("name", sorted(set(MEANINGS) - BY_STATUS))
def test_what_is_said_of_an_entry_is_not_said_of_any_answer(name: str) -> None:
    for raw in others(name):
        with answering(name, raw):
            try:
                MEANINGS[name]()
            except (*WRONG, pytest.fail.Exception):
                return
    pytest.fail("its check asserts nothing")


def test_nothing_is_said_of_entries_that_are_not_there() -> None:
    assert set(MEANINGS) | set(UNREAD) == set(names())


def test_all_that_looks_ask_for_is_recorded() -> None:
    well = [look_of(name) for name in names() if entry(name)["response"]["status"] == 200]
    for look in ("containers", "dashboard", "queue", "schedules", "workflows"):
        assert well.count(look) >= 3 if look != "schedules" else well.count(look) >= 2  # type: ignore[arg-type]
    for look in ("streams", "stream", "system", "disk", "workers"):
        assert look in well
