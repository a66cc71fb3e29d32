"""``journalctl``: what units said. Without sudo, as far as operators read it (runbook.md 3.3, 9).

``sudo journalctl`` is refused; the runbook's own commands read the ``alfred-*`` units and the
tunnel without it, and so they are readable here. Everything else is root's.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from alfred_tui.sim.clock import stamp
from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.replies import NO_DOCKER
from alfred_tui.sim.ssh import moments, units
from alfred_tui.sim.ssh.arguments import Unknown, parse
from alfred_tui.sim.ssh.shell import Job
from alfred_tui.sim.ssh.units import ABOUT, BACKUP, UPDATE, Run

FLAGS = "-u= --unit= -S= --since= -U= --until= -n= --lines= --no-pager -f --follow -o= --output="
FLAGS += " -p= --priority= --output-fields="
FLAGS += " -q --quiet -r --reverse -x -e -b --boot --utc -a --all --no-hostname -g= --grep="
READABLE: tuple[str, ...] = (
    f"{UPDATE}.service",
    f"{BACKUP}.service",
    f"{UPDATE}.timer",
    f"{BACKUP}.timer",
)
READABLE += ("alfred-luks.service", "cloudflared.service")
HINT = (
    "Hint: You are currently not seeing messages from other users and the system.\n"
    "      Users in groups 'adm', 'systemd-journal' can see all messages.\n"
    "      Pass -q to turn off this notice."
)
_NAMES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
LEVELS = {name: number for number, name in enumerate(_NAMES)}
LEVELS |= {str(number): number for number in range(8)}
"""By name and by number; a level means itself and worse ones."""
LONGEST = 30 * 86_400.0
"""How far back a journal goes, seconds."""


class Entry(NamedTuple):
    """One line: when (epoch seconds), of which unit, who said it, and how bad it is (3: error)."""

    t: float
    unit: str
    who: str
    pid: int
    text: str
    priority: int = 6


async def journalctl(job: Job) -> int:
    """``journalctl -u UNIT [--since S] [-n N] [-f] [-o FORMAT]``."""
    try:
        given = parse(job.words[1:], FLAGS)
    except Unknown as trouble:
        return job.fail(
            f"journalctl: {str(trouble).replace('unknown flag:', 'unrecognized option')}"
        )
    await job.takes(0.1)
    now = job.t + job.asked.told
    span = []
    for text, usual in (
        (given.of("-S", "--since"), job.t - LONGEST),
        (given.of("-U", "--until"), job.t),
    ):
        moment = moments.read(text, now) if text else usual + job.asked.told
        if moment is None:
            return job.fail(f"Failed to parse timestamp: {text}")
        span.append(moment - job.asked.told)
    names = [units.full(name) for name in given.each("-u", "--unit")]
    ours = bool(names) and all(name in READABLE for name in names if units.known(job.box, name))
    if job.shell.who != "root" and not ours:
        job.io.err("" if given.has("-q", "--quiet") else f"{HINT}\n")
        return job.fail("No journal files were opened due to insufficient permissions.")
    found = sorted(e for name in names for e in _entries(job, name, span[0]) if e.t <= span[1])
    if wanted := given.of("-g", "--grep"):
        found = [entry for entry in found if wanted in entry.text]
    if level := given.of("-p", "--priority"):
        if level not in LEVELS:
            return job.fail(f"Unknown log level {level}")
        found = [entry for entry in found if entry.priority <= LEVELS[level]]
    count = given.of("-n", "--lines") or ("10" if given.has("-f", "--follow") else "")
    if count.isdecimal():
        found = found[-int(count) :] if int(count) else []
    form = FORMS.get(given.of("-o", "--output"), short)
    if form is as_json and (only := given.of("--output-fields")):
        form = partial(as_json, only=frozenset(only.split(",")))
    for entry in reversed(found) if given.has("-r", "--reverse") else found:
        job.say(form(job, entry))
    if not found and not given.has("-q", "--quiet", "-f", "--follow"):
        job.say("-- No entries --")
    if given.has("-f", "--follow"):
        await _follow(job, names, form)
    return 0


async def _follow(job: Job, names: list[str], form: Form) -> None:
    while True:
        begin = job.t
        await job.takes(1.0)
        for entry in sorted(e for name in names for e in _entries(job, name, begin)):
            if entry.t <= job.t:
                job.say(form(job, entry))


def readable(job: Job, name: str, since: float) -> list[Entry]:
    """A unit's lines since then, none where they are root's."""
    if job.shell.who != "root" and name not in READABLE:
        return []
    return [entry for entry in _entries(job, name, since) if entry.t <= job.t]


def _entries(job: Job, name: str, since: float) -> list[Entry]:
    """A unit's lines after ``since``, up to now."""
    asked = job.asked
    if name in (f"{UPDATE}.service", f"{BACKUP}.service"):
        runs = units.runs(asked, name, since - 900.0)
        found = [entry for run in runs for entry in _of_run(job, name, run)]
    elif name == "cloudflared.service":
        hours = range(int(since // 3600), int(job.t // 3600) + 1)
        pid = 700 + roll(asked.person.key, "tunnel") % 200
        text = "INF Registered tunnel connection connIndex=0 location=fra01 protocol=quic"
        found = [Entry(hour * 3600.0 + 71, name, "cloudflared", pid, text) for hour in hours]
    elif name == "alfred-luks.service":
        born = asked.world.epoch - asked.person.age
        lines = (f"Starting {name} - {ABOUT[name]}...", f"Finished {name} - {ABOUT[name]}.")
        found = [
            Entry(born + 8.0 + 4 * n, name, "systemd", 1, text) for n, text in enumerate(lines)
        ]
    else:
        found = []
    return [entry for entry in found if since < entry.t <= job.t]


def _of_run(job: Job, name: str, run: Run) -> list[Entry]:
    about = ABOUT[name]
    pid = 600 + int(run.begin) % 30_000

    def by_systemd(t: float, text: str, priority: int = 6) -> Entry:
        return Entry(t, name, "systemd", 1, text, priority)

    made = [by_systemd(run.begin, f"Starting {name} - {about}...")]
    made += _update(job, run, pid) if name.startswith(UPDATE) else _backup(job, run, pid)
    if run.well:
        made.append(by_systemd(run.end, f"{name}: Deactivated successfully."))
        made.append(by_systemd(run.end + 0.001, f"Finished {name} - {about}."))
    else:
        text = f"{name}: Main process exited, code=exited, status=1/FAILURE"
        made.append(by_systemd(run.end - 0.002, text, 5))
        made.append(by_systemd(run.end - 0.001, f"{name}: Failed with result 'exit-code'.", 4))
        made.append(by_systemd(run.end, f"Failed to start {name} - {about}.", 3))
    return made


def _update(job: Job, run: Run, pid: int) -> list[Entry]:
    name, life = f"{UPDATE}.service", job.asked.life
    if not run.well:
        return [Entry(run.end - 0.01, name, "docker", pid, NO_DOCKER.strip())]
    up, made = life.up(run.begin), []
    for service in life.person.services:
        mine = [o for o in life.outages[service] if o.tick == run.begin]
        words = ("Recreate", "Recreated", "Starting", "Started") if mine else ("Running",)
        for word in words:
            when = max(o.end for o in mine) if word == "Started" else up
            text = f" Container {life.person.home.project}-{service}-1  {word}"
            made.append(Entry(when, name, "docker", pid + 1, text))
    made.sort(key=lambda entry: entry.t)
    made.append(Entry(run.end - 0.1, name, "docker", pid + 2, "Total reclaimed space: 0B"))
    return made


def _backup(job: Job, run: Run, pid: int) -> list[Entry]:
    name, made = f"{BACKUP}.service", []
    for service in ("alfred", job.asked.person.agent, "temporal"):
        text = f" Container {job.box.person.home.project}-{service}-1  Stopped"
        made.append(Entry(run.begin + 0.6, name, "backup.sh", pid, text))
    if not run.well:
        text = "Fatal: unable to open config file: Stat: dial tcp: i/o timeout"
        return [*made, Entry(run.end - 0.01, name, "backup.sh", pid, text, 6)]
    saved = f"snapshot {snapshot(job, run)[:8]} saved"
    made.append(Entry(run.end - 20.0, name, "backup.sh", pid, saved))
    text = f"Backup complete at {stamp(run.end + job.asked.told)[:-1]}+00:00"
    return [*made, Entry(run.end - 0.01, name, "backup.sh", pid, text)]


def snapshot(job: Job, run: Run) -> str:
    """The id of the snapshot that a backup made."""
    return hexes(64, job.box.person.key, "snapshot", int(run.begin))


def _line(job: Job, entry: Entry, when: str) -> str:
    return f"{when} {job.box.name} {entry.who}[{entry.pid}]: {entry.text}"


def short(job: Job, entry: Entry) -> str:
    """``Jun 02 12:20:30 host systemd[1]: ...``."""
    when = datetime.fromtimestamp(entry.t + job.asked.told, UTC)
    return _line(job, entry, f"{when:%b %d %H:%M:%S}")


def iso(job: Job, entry: Entry) -> str:
    """With a whole time in front."""
    when = datetime.fromtimestamp(entry.t + job.asked.told, UTC)
    return _line(job, entry, f"{when:%Y-%m-%dT%H:%M:%S}+0000")


def bare(job: Job, entry: Entry) -> str:
    """The text alone."""
    return entry.text


def as_json(job: Job, entry: Entry, only: frozenset[str] = frozenset()) -> str:
    """An object with the journal's own fields; with ``only`` those, and what is always there."""
    micro = str(int((entry.t + job.asked.told) * 1_000_000))
    fields = {
        "__REALTIME_TIMESTAMP": micro,
        "_HOSTNAME": job.box.name,
        "_PID": str(entry.pid),
        "SYSLOG_IDENTIFIER": entry.who,
        "PRIORITY": str(entry.priority),
        "MESSAGE": entry.text,
        "UNIT" if entry.who == "systemd" else "_SYSTEMD_UNIT": entry.unit,
    }
    if only:
        kept = [name for name in fields if name in only or name.startswith("__")]
        fields = {name: fields[name] for name in kept}
    return json.dumps(fields, separators=(",", ":"))


Form = Callable[[Job, Entry], str]
FORMS: dict[str, Form] = {"short-iso": iso, "cat": bare, "json": as_json}
PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {"journalctl": journalctl}
