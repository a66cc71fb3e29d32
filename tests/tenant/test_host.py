"""What a host's programs print, read: recorded from real ones, and by their manuals."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from alfred_tui.model.host import Entry, Missing, Mount, Timer, Unit, Usage
from alfred_tui.tenant.host import figures, systemd
from alfred_tui.tenant.host.asked import MARK, PARTS, Part, parts, rest, stats
from alfred_tui.tenant.host.look import read
from alfred_tui.tenant.ssh.command import rendered
from alfred_tui.tenant.ssh.errors import Phase, TimedOut
from alfred_tui.tenant.ssh.result import Result

# coreutils 9.1, Debian 12
DF = """\
df: /run/user/1000/doc: Operation not permitted
Filesystem              Type         1-blocks        Used   Available Capacity Mounted on
devtmpfs                devtmpfs  12630458368           0 12630458368       0% /dev
tmpfs                   tmpfs     25276063744           0 25276063744       0% /dev/shm
/dev/vda                ext4     270553174016 18275778560 79517515776      19% /
overlay                 overlay  270553174016 18275778560 79517515776      19% /var/lib/docker/x
/dev/mapper/alfred-data ext4     105089261568 99834798489           0     100% /mnt/a folder
"""
# Docker 28.2, from the recorded answers
STATS = """\
{"BlockIO":"0B / 0B","CPUPerc":"1.83%","Container":"6d","ID":"6d","MemPerc":"0.98%",\
"MemUsage":"588KiB / 23.54GiB","Name":"compose-ctrl-api-1","NetIO":"806B / 0B","PIDs":"1"}
{"BlockIO":"0B / 0B","CPUPerc":"--","Container":"b5","ID":"b5","MemPerc":"--",\
"MemUsage":"-- / --","Name":"compose-alfred-learn-1","NetIO":"--","PIDs":"--"}
{"BlockIO":"0B / 0B","CPUPerc":"214.00%","Container":"c5","ID":"c5","MemPerc":"9.00%",\
"MemUsage":"1.5GiB / 23.54GiB","Name":"somebody","NetIO":"806B / 0B","PIDs":"31"}
a warning
"""
NO_SYSTEMD = """\
System has not been booted with systemd as init system (PID 1). Can't operate.
Failed to connect to bus: Host is down
"""
AT = datetime(2026, 6, 2, 12, 15, 30, tzinfo=UTC)
MICRO = int(AT.timestamp() * 1_000_000)


def test_disks_are_told_and_what_is_none_is_not() -> None:
    assert figures.disks(DF) == (
        Mount("/", "/dev/vda", "ext4", 270553174016, 18275778560),
        Mount("/mnt/a folder", "/dev/mapper/alfred-data", "ext4", 105089261568, 99834798489),
    )
    with pytest.raises(ValueError, match="command not found"):
        figures.disks("sh: 1: df: command not found\n")


def test_the_kernels_figures() -> None:
    assert figures.uptime("30454.76 27705.24\n") == 30454.76
    assert figures.load("2.00 2.20 2.34 3/114 18768\n") == (2.0, 2.2, 2.34)
    said = "MemTotal:       24683656 kB\nMemFree: 1 kB\nMemAvailable:   23601908 kB\nHugePages: 0\n"
    assert figures.memory(said) == ((24683656 - 23601908) * 1024, 24683656 * 1024)
    for reading in (figures.uptime, figures.load, figures.memory):
        for bad in ("", "cat: /proc/x: No such file or directory\n"):
            with pytest.raises(ValueError, match=r"."):
                reading(bad)


def test_dockers_figures_are_by_service_and_what_is_unknown_stays_so() -> None:
    assert figures.usage(STATS) == (
        Usage("alfred-learn"),
        Usage("ctrl-api", 1.83, 588 * 1024, 0.98, 1),
        Usage("somebody", 214.0, 3 * 2**29, 9.0, 31),
    )


def test_a_timer_that_never_fires_has_no_moment() -> None:
    rows = [
        {"next": MICRO, "left": 5, "last": MICRO - 900_000_000, "passed": 6, "unit": "b.timer",
         "activates": "b.service"},
        {"next": None, "left": None, "last": 0, "passed": 0, "unit": "a.timer", "activates": None},
        {"next": 2**64 - 1, "last": None, "unit": "c.timer"},
    ]  # fmt: skip
    last = datetime(2026, 6, 2, 12, 0, 30, tzinfo=UTC)
    assert systemd.timers(json.dumps(rows) + "\n") == (
        Timer("a.timer"),
        Timer("b.timer", "b.service", AT, last),
        Timer("c.timer"),
    )
    assert systemd.timers("[]\n") == ()


def test_units_that_are_not_there_are_left_out() -> None:
    text = (
        "Id=alfred-update.service\nDescription=Update = pull\nLoadState=loaded\n"
        "ActiveState=failed\nSubState=failed\nResult=exit-code\n\n"
        "Id=alfred-api.service\nDescription=alfred-api.service\nLoadState=not-found\n"
        "ActiveState=inactive\nSubState=dead\nResult=success\n"
    )
    assert systemd.units(text) == (
        Unit("alfred-update.service", "failed", "failed", "exit-code", "Update = pull"),
    )


@pytest.mark.parametrize("reading", [systemd.timers, systemd.units, systemd.failed])
def test_without_systemd_it_is_said_so(reading: object) -> None:
    with pytest.raises(ValueError, match="not been booted with systemd"):
        reading(NO_SYSTEMD)  # type: ignore[operator]


def line(**fields: object) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": str(MICRO), **fields})


def test_an_entry_in_all_the_forms_that_the_journal_has() -> None:
    text = "\n".join(
        (
            line(MESSAGE="Failed", PRIORITY="3", UNIT="a.service", _SYSTEMD_UNIT="init.scope"),
            line(MESSAGE=[255, 104, 105], _SYSTEMD_UNIT="b.service"),
            line(MESSAGE=None, SYSLOG_IDENTIFIER="kernel", PRIORITY="9"),
            '{"MESSAGE":"\\u001b[31mred\\u001b[0m","PRIORITY":"x"}',
            '{"cut',
            "-- No entries --",
        )
    )
    assert systemd.journal(text) == (
        Entry(AT, "a.service", "Failed", 3),
        Entry(AT, "b.service", "\N{REPLACEMENT CHARACTER}hi", 6),
        Entry(AT, "kernel", "(a message that the journal does not tell)", 7),
        Entry(None, "", "red", 6),
    )
    assert systemd.journal("-- No entries --\n") == ()
    with pytest.raises(ValueError, match="No journal files"):
        systemd.journal("No journal files were opened.\n")


def test_the_newest_of_both_lists_each_once() -> None:
    later = datetime(2026, 6, 2, 13, 0, tzinfo=UTC)
    one, two, three = Entry(AT, "a", "x"), Entry(later, "b", "y"), Entry(None, "c", "z")
    assert systemd.newest([two, one, one, three], 3) == (three, one, two)
    assert systemd.newest([two, one, three], 1) == (two,)


def figured(text: str = STATS, status: int = 0, err: str = "") -> Result:
    out = text.encode()
    return Result(status, out, err.encode(), 1.0, False, "", len(out), b"")


def told(**changed: Part) -> dict[str, Part]:
    """A host that is well but for ``changed``."""
    well = {
        "uptime": Part("30454.76 27705.24\n", 0),
        "load": Part("2.00 2.20 2.34 3/114 18768\n", 0),
        "memory": Part("MemTotal: 20 kB\nMemAvailable: 15 kB\n", 0),
        "disks": Part(DF, 1),
        "timers": Part("[]\n", 0),
        "units": Part("Id=ssh.service\nLoadState=loaded\nActiveState=active\n", 0),
        "failed units": Part("[]\n", 0),
        "journal of ours": Part(line(MESSAGE="x") + "\n", 0),
        "journal": Part("-- No entries --\n", 0),
    }
    assert well.keys() == PARTS.keys()
    return well | {name.replace("_", " "): part for name, part in changed.items()}


def test_a_host_that_answers_misses_nothing() -> None:
    host = read(told(), figured())
    assert host.missing == ()
    assert (host.uptime, host.memory, len(host.mounts)) == (30454.76, (5 * 1024, 20 * 1024), 2)
    assert [entry.text for entry in host.journal] == ["x"]


def test_what_fails_is_missing_with_its_own_words_and_the_rest_stands() -> None:
    broken = told(timers=Part(NO_SYSTEMD, 1), disks=Part("", 124), memory=Part("", 0))
    del broken["journal"]
    host = read(broken, figured("", 1, "Cannot connect to the Docker daemon\nmore\n"))
    assert {each.part: each.why for each in host.missing} == {
        "timers": "System has not been booted with systemd as init system (PID 1). Can't operate.",
        "disks": "it did not end in time",
        "memory": "it said nothing",
        "journal": "the answer was cut off before it",
        "containers": "Cannot connect to the Docker daemon",
    }
    assert (host.uptime, host.timers, host.mounts, host.usage) == (30454.76, (), (), ())
    assert [unit.name for unit in host.units] == ["ssh.service"]
    late = read(told(), TimedOut("acme", Phase.COMMAND, 20.0))
    assert [each.part for each in late.missing] == ["containers"]


def test_who_may_not_read_the_journal_is_told_so_once() -> None:
    hint = "Hint: You are currently not seeing messages from other users and the system.\n"
    shut = "No journal files were opened due to insufficient permissions.\n"
    for ours, others in ((hint + line(MESSAGE="x"), shut), (shut, shut), (shut, hint)):
        parts_ = told(journal_of_ours=Part(ours, 0), journal=Part(others, 1))
        (missing,) = read(parts_, figured()).missing
        assert missing == Missing(
            "journal", "the login may not read all of it (groups adm, systemd-journal)"
        )


def test_other_units_that_failed_are_told_too_and_ours_once() -> None:
    failed = [
        {"unit": "ssh.service", "load": "loaded", "active": "failed", "sub": "failed"},
        {"unit": "x.service", "load": "loaded", "active": "failed", "sub": "failed",
         "description": "X"},
    ]  # fmt: skip
    host = read(told(failed_units=Part(json.dumps(failed), 0)), figured())
    assert [unit.name for unit in host.units] == ["x.service", "ssh.service"]


def test_an_answer_that_is_cut_off_keeps_the_parts_that_came() -> None:
    whole = "".join(f"{MARK}{name}\nsaid {name}\n{MARK}{n}\n" for n, name in enumerate(PARTS))
    assert parts(whole)["disks"] == Part("said disks\n", 3)
    assert list(parts(whole)) == list(PARTS)
    cut = parts(whole[: whole.index(f"{MARK}timers") + 12])
    assert list(cut) == ["uptime", "load", "memory", "disks"]
    assert parts("nonsense\n\x1e0\n") == {}


def test_nothing_of_it_needs_root() -> None:
    for command in (rest(), stats()):
        assert not command.sudo
        assert b"sudo" not in rendered(command, "acme", "deploy")


@pytest.mark.skipif(shutil.which("df") is None, reason="no coreutils here")
def test_the_script_runs_in_this_machines_own_shell() -> None:
    """Real ``sh``, ``df`` and kernel; systemd's parts by whether it is there."""
    done = subprocess.run(rest().words, capture_output=True, text=True, timeout=60, check=False)
    found = parts(done.stdout)
    assert done.stderr == ""
    assert list(found) == list(PARTS)
    host = read(found, figured())
    assert host.uptime
    assert host.memory
    assert 0 < host.memory[0] < host.memory[1]
    assert len(host.load) == 3
    missing = {each.part for each in host.missing}
    assert missing <= {"timers", "units", "failed units", "journal of ours", "journal", "disks"}
