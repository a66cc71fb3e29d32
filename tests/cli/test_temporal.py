"""``schedules``, ``workflows`` and ``do``: listed with the way they came, and acted on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import alfred
from tests.support.ops import Fleet, fleet


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


def listed(running: Fleet, what: str = "schedules") -> dict[str, object]:
    return json.loads(alfred(running.home, what, running.names[0], "--json").stdout)  # type: ignore[no-any-return]


def test_schedules_are_listed_paused_and_unpaused(well: Fleet) -> None:
    name = well.names[0]
    shown = alfred(well.home, "schedules", name)
    assert shown.returncode == 0
    assert "al-plane-sync" in shown.stdout
    assert shown.stdout.splitlines()[-1] == "by ctrl-api"
    words = ("schedules", name, "pause", "al-plane-sync")
    assert alfred(well.home, *words, "--yes").returncode == 2, "without a reason"
    done = alfred(well.home, *words, "--reason", "moving house", "--yes")
    assert (done.returncode, done.stdout.split()[0]) == (0, "done"), done.stderr
    rows = {row["id"]: row for row in listed(well)["schedules"]}  # type: ignore[attr-defined]
    assert (rows["al-plane-sync"]["paused"], rows["al-plane-sync"]["note"]) == (
        True,
        "moving house",
    )
    done = alfred(well.home, "schedules", name, "unpause", "al-plane-sync", "--yes")
    assert done.returncode == 0


def test_where_the_api_is_down_the_way_is_said(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "api-down"}) as running:
        found = listed(running)
        assert found["way"] == "ssh"
        assert str(found["instead"]).startswith("ctrl-api: ")


def test_a_stuck_workflow_is_shown_and_restarted(tmp_path: Path) -> None:
    stuck = {"tenant": 0, "fault": "workflow-stuck", "seconds": 9000}
    with fleet(tmp_path, stuck) as running:
        name = running.names[0]
        row = listed(running, "workflows")["workflows"][0]  # type: ignore[index]
        assert row["seconds"] > row["allowed"]
        assert "stuck" in alfred(running.home, "workflows", name).stdout
        dry = alfred(running.home, "workflows", name, "restart", row["id"], "--dry-run")
        assert "terminate" in dry.stdout
        assert running.acts() == []
        done = alfred(running.home, "workflows", name, "restart", row["id"], "--yes")
        assert done.returncode == 0, done.stdout


def test_any_operation_can_be_done_by_its_id(well: Fleet) -> None:
    words = ("do", "schedule.trigger", well.names[0], "schedule=al-reflection")
    done = alfred(well.home, *words, "--yes")
    assert (done.returncode, done.stdout.split()[0]) == (0, "done")
    wrong = alfred(well.home, "do", "schedule.explode", well.names[0], "--yes")
    assert wrong.returncode == 2
    assert "alfred-tui ops" in wrong.stderr
