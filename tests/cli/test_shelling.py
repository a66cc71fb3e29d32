"""``run`` and ``ssh``: output and exit code pass through, many are told in lines."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import alfred, command, started, surroundings
from tests.support.ops import Fleet, fleet


@pytest.fixture
def well(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as running:
        yield running


def runs(well: Fleet) -> list[str]:
    """Commands that were sent, but for the lock's."""
    return [line for line in well.commands() if "flock -w" not in line]


def test_of_one_output_and_exit_code_are_its_own(well: Fleet) -> None:
    name = well.names[0]
    done = alfred(well.home, "run", name, "--", "echo out; echo err >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
    (told,) = alfred(well.home, "journal", "--json").stdout.splitlines()
    run = json.loads(told)
    assert run["outcome"] == "failed"
    assert run["calls"][0]["status"] == 3


def test_output_is_passed_on_byte_for_byte(well: Fleet) -> None:
    command = "printf 'no newline'; printf '%01000000d' 7; printf last >&2"
    done = alfred(well.home, "run", well.names[0], "--", command)
    assert done.stdout == f"no newline{7:01000000d}"
    assert done.stderr == "last"
    whole = json.loads(alfred(well.home, "run", well.names[0], "--json", "--", command).stdout)
    assert (len(whole["stdout"]), whole["cut"]) == (1_000_000, True)


def test_where_the_output_has_no_room_the_command_goes_on_and_that_is_said(well: Fleet) -> None:
    name = well.names[0]
    words = command("run", name, "--", "echo out; sleep 0.2; echo more; exit 0")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            words, stdout=full, stderr=subprocess.PIPE, env=surroundings(well.home), check=False
        )
    assert done.returncode == 1
    assert done.stderr.count(b"its output cannot be written") == 1
    (told,) = alfred(well.home, "journal", "--json").stdout.splitlines()
    run = json.loads(told)
    assert (run["outcome"], run["calls"][0]["status"]) == ("done", 0)


def test_words_reach_the_host_as_they_are(well: Fleet) -> None:
    done = alfred(well.home, "run", well.names[0], "--", "printf", "%s|", "a b", "$HOME", "it's")
    assert (done.returncode, done.stdout) == (0, "a b|$HOME|it's|")


def test_of_many_a_line_each_or_everything_as_json(well: Fleet) -> None:
    words = ("run", "--all", "--yes", "--", "echo first; echo last")
    done = alfred(well.home, *words)
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert done.returncode == 0
    assert {name: (row[0], row[1], row[3]) for name, row in rows.items()} == dict.fromkeys(
        well.names, ("done", "0", "last")
    )
    whole = json.loads(alfred(well.home, "run", "--json", *words[1:]).stdout)
    found = {each["tenant"]: (each["exit"], each["stdout"]) for each in whole["results"]}
    assert found == dict.fromkeys(well.names, (0, "first\nlast\n"))


def test_one_that_fails_makes_it_one_and_the_others_are_done(well: Fleet) -> None:
    command = "mkdir /tmp/once-only && echo made"
    assert alfred(well.home, "run", well.names[0], "--", command).returncode == 0
    done = alfred(well.home, "run", "--all", "--yes", "--in-flight", "1", "--", command)
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert done.returncode == 1
    assert rows[well.names[0]][0] == "failed"
    assert rows[well.names[1]][:2] == ["done", "0"]


def test_by_a_status_those_are_meant_who_had_it_last(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "schedule-paused"}) as running:
        home, (sick, other) = running.home, running.names
        degraded = ("run", "--status", "degraded")
        never = alfred(home, *degraded, "--yes", "--", "echo found")
        assert never.returncode == 1, "nobody has been looked at"
        assert alfred(home, "health").returncode == 1
        nobody = alfred(home, "run", "--status", "down", "--yes", "--", "echo found")
        for done in (never, nobody):
            assert (done.returncode, done.stdout) == (1, "")
            assert "no tenant is meant" in done.stderr
        shown = alfred(home, *degraded, "--dry-run", "--", "echo found")
        assert shown.returncode == 0
        assert sick in shown.stdout
        assert other not in shown.stdout
        assert running.commands() == []
        done = alfred(home, *degraded, "--yes", "--", "echo found")
        _, row = (line.split() for line in done.stdout.splitlines())
        assert (done.returncode, row[:3], row[4:]) == (0, [sick, "done", "0"], ["found"])
        assert len(runs(running)) == 1
        assert runs(running)[0].startswith(f"{sick} ")
        assert "echo found" in runs(running)[0]
        failed = alfred(home, "run", "--status", "ok", "--yes", "--json", "--", "exit 3")
        (told,) = json.loads(failed.stdout)["results"]
        assert (failed.returncode, told["tenant"], told["exit"]) == (1, other, 3)
        assert [line.split()[0] for line in runs(running)] == [sick, other]


def test_one_that_a_status_has_found_was_not_named_and_is_asked_about(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "schedule-paused"}) as running:
        assert alfred(running.home, "health").returncode == 1
        done = alfred(running.home, "run", "--status", "degraded", "--", "echo found")
        assert (done.returncode, done.stdout) == (2, "")
        assert "--yes says yes" in done.stderr
        assert running.commands() == []
        assert alfred(running.home, "journal").stdout == ""


def test_a_dry_run_sends_nothing(well: Fleet) -> None:
    done = alfred(well.home, "run", "--all", "--dry-run", "--", "reboot now")
    assert done.returncode == 0
    assert done.stdout.count("reboot now") >= 2
    assert well.commands() == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("{0}",), 2, "what is to be run"),
        (("--", "true"), 2, "on which tenants"),
        (("{0}", "--all", "--", "true"), 2, "not both"),
        (("nobody", "--", "true"), 2, "nobody"),
        (("--status", "down", "--", "true"), 1, "no tenant is meant"),
        (("--all", "--", "true"), 2, "--yes says yes"),
        (("{0}", "--", "sudo reboot"), 255, "sudo rules"),
    ],
)
def test_what_is_not_done_says_why_and_sends_nothing(
    well: Fleet, words: tuple[str, ...], code: int, said: str
) -> None:
    done = alfred(well.home, "run", *(word.format(*well.names) for word in words))
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert runs(well) == []


def test_read_only_runs_nothing(well: Fleet) -> None:
    (well.home / "config.toml").write_text("[ops]\nread_only = true\n")
    for verb in ("run", "ssh"):
        done = alfred(well.home, verb, well.names[0], "--", "true")
        assert done.returncode == 2
        assert "read-only" in done.stderr
    assert well.commands() == []


def test_where_ssh_does_not_get_there_it_is_255_and_said(tmp_path: Path) -> None:
    with fleet(tmp_path, {"tenant": 0, "fault": "ssh-refused"}) as running:
        done = alfred(running.home, "run", running.names[0], "--", "true")
        assert done.returncode == 255
        assert "refused" in done.stderr


@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed")
def test_ssh_is_the_persons_own_under_our_check(well: Fleet) -> None:
    done = alfred(well.home, "ssh", well.names[0], "--", "echo", "it's me")
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("\r", "") == "it's me\n"


def test_ssh_that_is_only_planned_connects_to_nobody(well: Fleet) -> None:
    name, shown = well.names[0], "SHA256:" + "A" * 43
    first = json.loads(alfred(well.home, "ssh", name, "--dry-run", "--json").stdout)
    assert first == {"tenant": name, "pinned": [], "repin": None, "words": None}
    assert "the first connection pins" in alfred(well.home, "ssh", name, "--dry-run").stdout
    assert well.commands() == []
    assert alfred(well.home, "run", name, "--", "true").returncode == 0
    done = alfred(well.home, "ssh", name, "--dry-run", "--json", "--", "uptime")
    planned = json.loads(done.stdout)
    assert len(planned["pinned"]) == 1
    assert (planned["words"][0], planned["words"][-1]) == ("ssh", "exec uptime")
    assert (
        shlex.join(planned["words"])
        in alfred(well.home, "ssh", name, "--dry-run", "--", "uptime").stdout
    )
    done = alfred(well.home, "ssh", name, "--repin", shown, "--dry-run")
    assert done.stdout == (
        f"host key: {planned['pinned'][0]}\nwould pin {shown} instead, if the host shows it\n"
    )
    assert len(well.commands()) == 1, "that of run"
    assert alfred(well.home, "ssh", name, "--json").returncode == 2


def test_ssh_refuses_a_changed_host_key_and_takes_the_one_that_was_shown(tmp_path: Path) -> None:
    changed = {"tenant": 0, "fault": "ssh-key-changed", "at": 6}
    with fleet(tmp_path, changed) as running:
        name = running.names[0]
        assert alfred(running.home, "run", name, "--", "true").returncode == 0
        while (done := alfred(running.home, "ssh", name, "--", "true")).returncode == 0:
            pass  # its key is not another one yet
        assert done.returncode == 255
        shown = {word.strip(".,;:()") for word in done.stderr.split() if "SHA256:" in word}
        assert len(shown) == 2, done.stderr
        wrong = alfred(running.home, "ssh", name, "--repin", "SHA256:" + "A" * 43, "--", "true")
        assert wrong.returncode == 255
        codes = [
            alfred(running.home, "ssh", name, "--repin", each, "--", "true").returncode
            for each in sorted(shown)
        ]
        assert 0 in codes
        assert alfred(running.home, "ssh", name, "--", "true").returncode == 0


def test_a_reader_that_has_enough_does_not_end_the_command(well: Fleet) -> None:
    name = well.names[0]
    command = "echo first; sleep 1; echo more; echo last >&2; touch /tmp/came-to-its-end"
    process = started(well.home, ["run", name, "--", command])
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert alfred(well.home, "run", name, "--", "test -e /tmp/came-to-its-end").returncode == 0
    runs = [json.loads(line) for line in alfred(well.home, "journal", "--json").stdout.splitlines()]
    assert runs[0]["outcome"] == "done"
