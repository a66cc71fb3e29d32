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


DAILY = "al-reflection"
PAUSED = "al-event-processor"
"""Paused by the fault."""
ROUTES = "/api/v1/schedules"
VERBS = [
    (("pause", DAILY, "--reason", "it's moving day"), "disruptive", "yes"),
    (("unpause", PAUSED), "safe", "enter"),
    (("trigger", DAILY), "safe", "enter"),
]


@pytest.fixture
def paused(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path, {"tenant": 0, "fault": "schedule-paused"}) as running:
        yield running


def test_a_schedule_is_triggered_once_and_only_with_a_yes(well: Fleet) -> None:
    name = well.names[0]
    words = ("schedules", name, "trigger")
    for wrong, said in (
        ((DAILY,), "--yes says yes"),
        (("al-reflectoin", "--yes"), f"did you mean {DAILY}"),
        (("--yes",), "which schedule?"),
    ):
        refused = alfred(well.home, *words, *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert said in refused.stderr
    assert (well.acts(), well.commands()) == ([], [])
    assert alfred(well.home, "journal").stdout == ""
    done = alfred(well.home, *words, DAILY, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"done       {name}  {DAILY} has begun a new run\n"
    assert well.acts() == [f"{name} POST {ROUTES}/{DAILY}/trigger"]
    assert well.commands() == []


@pytest.mark.parametrize(("words", "risk", "consent"), VERBS)
def test_a_dry_run_shows_both_ways_and_sends_nothing(
    paused: Fleet, words: tuple[str, ...], risk: str, consent: str
) -> None:
    name, verb, schedule = paused.names[0], words[0], words[1]
    shown = alfred(paused.home, "schedules", name, *words, "--dry-run")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"# {risk}; ")
    assert shown.stdout.count("curl -sS -X POST") == 1
    assert f"{ROUTES}/{schedule}/{verb}" in shown.stdout
    assert f"--schedule-id {schedule}" in shown.stdout
    told = alfred(paused.home, "schedules", name, *words, "--dry-run", "--json")
    whole = json.loads(told.stdout)
    (plan,) = whole["plans"]
    assert (told.returncode, whole["unplanned"]) == (0, [])
    assert (plan["operation"], plan["tenant"]) == (f"schedule.{verb}", name)
    assert (plan["risk"], plan["consent"]) == (risk, consent)
    assert [call["door"] for call in plan["calls"]] == ["ctrl-api", "ssh"]
    # --yes says nothing where nothing is done
    assert alfred(paused.home, "schedules", name, *words, "--dry-run", "--yes").returncode == 0
    assert (paused.acts(), paused.commands()) == ([], [])
    assert alfred(paused.home, "journal").stdout == ""


@pytest.mark.parametrize("words", [words for words, _, _ in VERBS])
def test_what_came_of_it_is_told_as_json(paused: Fleet, words: tuple[str, ...]) -> None:
    name, verb, schedule = paused.names[0], words[0], words[1]
    done = alfred(paused.home, "schedules", name, *words, "--yes", "--json")
    whole = json.loads(done.stdout)
    (line,) = whole["results"]
    assert (done.returncode, done.stderr) == (0, "")
    assert (whole["operation"], line["tenant"]) == (f"schedule.{verb}", name)
    assert line["state"] == "done"
    assert paused.acts() == [f"{name} POST {ROUTES}/{schedule}/{verb}"]
    (run,) = alfred(paused.home, "journal", "--json").stdout.splitlines()
    assert json.loads(run)["operation"] == f"schedule.{verb}"


def test_what_is_not_done_is_one_and_told_as_json(tmp_path: Path) -> None:
    limited = {"tenant": 0, "fault": "rate-limited", "route": "/trigger"}
    shut = {"tenant": 0, "fault": "ssh-refused"}
    with fleet(tmp_path, limited, shut) as running:
        words = ("schedules", running.names[0], "trigger", DAILY)
        done = alfred(running.home, *words, "--yes", "--json")
        (line,) = json.loads(done.stdout)["results"]
        assert (done.returncode, line["state"]) == (1, "failed")
        assert "rate limited" in line["text"]
