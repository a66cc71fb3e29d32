"""``restart``, ``stop``, ``start``, ``ops``, ``journal``: what leaves, what is said, exit codes."""

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


def test_a_restart_of_two_is_done_told_and_in_the_journal(well: Fleet) -> None:
    done = alfred(well.home, "restart", *well.names, "alfred", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["done", name] for name in well.names]
    assert len(well.acts()) == 2
    told = alfred(well.home, "journal").stdout.splitlines()
    assert len(told) == 2
    assert all("restart alfred on" in line and "done" in line for line in told)
    whole = [
        json.loads(line)
        for line in alfred(well.home, "journal", well.names[0], "--json").stdout.splitlines()
    ]
    (run,) = whole
    assert (run["tenant"], run["outcome"], run["calls"][0]["status"]) == (
        well.names[0],
        "done",
        200,
    )


def test_a_dry_run_prints_the_calls_and_sends_nothing(well: Fleet) -> None:
    done = alfred(well.home, "stop", *well.names, "temporal", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.count("curl -sS -X POST") == 2
    assert "$ALFRED_API_KEY" in done.stdout
    assert "workflows and schedules stand still" in done.stdout
    plans = json.loads(
        alfred(well.home, "stop", well.names[0], "alfred", "--dry-run", "--json").stdout
    )
    assert plans["plans"][0]["consent"] == "yes"
    assert well.acts() == []
    assert alfred(well.home, "journal").stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("{0}", "alfrd", "--yes"), "did you mean alfred"),
        (("{0}", "nobody", "alfred", "--yes"), "nobody"),
        (("{0}", "alfred"), "--yes"),
        (("{0}",), "SERVICE"),
    ],
)
def test_what_is_not_understood_or_agreed_to_sends_nothing(
    well: Fleet, words: tuple[str, ...], said: str
) -> None:
    given = [word.format(*well.names) for word in words]
    done = alfred(well.home, "restart", *given)
    assert done.returncode == 2
    assert said in done.stderr
    assert well.acts() == []


def test_one_that_cannot_be_planned_makes_the_exit_code_and_holds_nobody_up(
    tmp_path: Path,
) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "docker-silent"}, tenants=3) as running:
        silent, *others = running.names
        planned = alfred(running.home, "restart", silent, *others, "alfred", "--dry-run")
        assert planned.returncode == 1
        assert planned.stdout.count("curl -sS -X POST") == 2
        assert f"not planned: the containers of {silent} cannot be listed" in planned.stderr
        assert running.acts() == []
        done = alfred(running.home, "restart", silent, *others, "alfred", "--yes", "--json")
        assert done.returncode == 1
        states = {each["tenant"]: each["state"] for each in json.loads(done.stdout)["results"]}
        assert states == {silent: "refused", others[0]: "done", others[1]: "done"}


def test_what_is_known_of_tenants_stays_as_it_was(well: Fleet) -> None:
    alfred(well.home, "health")
    before = json.loads(alfred(well.home, "list", "--json").stdout)
    name = well.names[0]
    for words in (
        ("restart", name, "alfred", "--yes"),
        ("run", "--all", "--yes", "--", "true"),
        ("schedules", name),
        ("workflows", name),
        ("run", name, "--", "true"),
    ):
        assert alfred(well.home, *words).returncode == 0, words
    after = json.loads(alfred(well.home, "list", "--json").stdout)
    for rows in (before, after):
        for row in rows["tenants"]:
            row.pop("looked_at")
    assert after == before
    run = json.loads(alfred(well.home, "journal", name, "--json").stdout.splitlines()[0])
    pill = next(row["pill"] for row in before["tenants"] if row["name"] == name)
    assert run["before"].partition(":")[0] == pill
    assert run["after"] == "", "one look is no verdict"


def test_read_only_refuses(well: Fleet) -> None:
    done = alfred(
        well.home, "restart", well.names[0], "alfred", "--yes", "--set", "ops.read_only=true"
    )
    assert done.returncode == 2
    assert "read-only" in done.stderr
    assert well.acts() == []


def test_operations_are_listed_with_their_risk(tmp_path: Path) -> None:
    done = alfred(tmp_path, "ops", "--json")
    found = {each["id"]: each for each in json.loads(done.stdout)["operations"]}
    assert found["container.stop"]["risk"] == "disruptive"
    assert list(found["container.stop"]["takes"]) == ["service"]
    assert "container.start" in alfred(tmp_path, "ops").stdout
    assert alfred(tmp_path, "ops", "list").stdout == alfred(tmp_path, "ops").stdout


@pytest.mark.parametrize(
    ("given", "states"),
    [
        ((), ["failed", "held", "held"]),
        (("--set", "ops.failures=2"), ["failed", "failed", "held"]),
        (("--set", "ops.failures=2", "--failures", "3"), ["failed", "failed", "failed"]),
    ],
)
def test_nobody_is_begun_after_as_many_failures_as_are_set(
    tmp_path: Path, given: tuple[str, ...], states: list[str]
) -> None:
    with fleet(tmp_path, tenants=3) as running:
        words = ("do", "shell.run", *running.names, "command=exit 3", "--yes", "--json")
        done = alfred(running.home, *words, "--set", "ops.in_flight=1", *given)
        assert done.returncode == 1
        assert [each["state"] for each in json.loads(done.stdout)["results"]] == states
