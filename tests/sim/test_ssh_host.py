"""What a closer look at the box reads: the kernel's files, disks with their kinds, the journal."""

from __future__ import annotations

import json
import re

from tests.sim.caller import Caller, fleet, one


def caller() -> Caller:
    """A tenant whose timers run."""
    return Caller(fleet(quiet=False, tenants=48), one())


def test_the_kernels_files_agree_with_the_programs_that_read_them() -> None:
    box = caller()
    seconds = float(box.shell("cat /proc/uptime", 10).out.split()[0])
    assert f"up {int(seconds // 86400)} days" in box.shell("uptime", 10).out
    loads = box.shell("cat /proc/loadavg", 10).out.split()[:3]
    assert box.shell("uptime", 10).out.rstrip().endswith(", ".join(loads))
    told = dict(re.findall(r"(\w+): +(\d+) kB", box.shell("cat /proc/meminfo", 10).out))
    total, *_, available = box.shell("free -k", 10).out.splitlines()[1].split()[1:]
    assert (told["MemTotal"], told["MemAvailable"]) == (total, available)
    assert box.shell("cat /proc/nothing", 10).code == 1


def test_disks_with_their_kinds() -> None:
    head, *rows = caller().shell("df -l -P -T -B1", 10).out.splitlines()
    assert head.split()[:3] == ["Filesystem", "Type", "1-blocks"]
    kinds = {row.split()[-1]: row.split()[1] for row in rows}
    assert kinds == {"/dev": "devtmpfs", "/": "ext4", "/run": "tmpfs", "/mnt/encrypted": "ext4"}


def test_the_journal_by_level_and_by_field() -> None:
    box = caller()
    ask = "journalctl -u alfred-update.service --since=-1d -o json --output-fields="
    every = [json.loads(x) for x in box.shell(f"{ask}PRIORITY", 3600).out.splitlines()]
    assert {key for each in every for key in each} == {"__REALTIME_TIMESTAMP", "PRIORITY"}
    assert {each["PRIORITY"] for each in every} >= {"6"}
    assert box.shell(f"{ask}PRIORITY --priority=warning -q", 3600).out == ""
    bad = box.shell("journalctl -u alfred-update.service -p loud", 3600)
    assert (bad.code, bad.err) == (1, "Unknown log level loud\n")
