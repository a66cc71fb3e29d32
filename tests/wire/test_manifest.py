"""Every entry has a meaning in values, or is none of ours; nothing says what it means unheld."""

from __future__ import annotations

import importlib

import pytest

from tests.wire.entries import MEANINGS, UNREAD, entry, look_of, names

for _module in ("test_answers", "test_refusals"):
    importlib.import_module(f"tests.wire.{_module}")

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
    ("health", "nodocker-health", "health-script-text", "h-health-script-unavailable", "h-healthz"),
    "health proves nothing (tenant-api.md 2.1): the simulator's shape only",
)
UNREAD |= {
    "devices": "the dashboard has them, too",
    "container-logs-tail3-ansi": "logs are not looked at",
    "keep-alive": "about the connection; its body is not kept",
    "guard-ctrl-api-yes": "no answer at all: the connection is cut",
}
# refusals of routes that no look asks for still mean something: they are typed like the others


@pytest.mark.parametrize("name", names())
def test_an_entry_has_a_meaning(name: str) -> None:
    assert (name in MEANINGS) != (name in UNREAD), "say in values what it means"


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_what_has_no_meaning_is_never_asked_for(name: str) -> None:
    assert look_of(name) is None


def test_nothing_is_said_of_entries_that_are_not_there() -> None:
    assert set(MEANINGS) | set(UNREAD) == set(names())


def test_all_that_looks_ask_for_is_recorded() -> None:
    well = [look_of(name) for name in names() if entry(name)["response"]["status"] == 200]
    for look in ("containers", "dashboard", "queue", "schedules", "workflows"):
        assert well.count(look) >= 3 if look != "schedules" else well.count(look) >= 2  # type: ignore[arg-type]
    for look in ("streams", "stream", "system", "disk", "workers"):
        assert look in well
