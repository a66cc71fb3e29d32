"""``systemctl``: anybody may look, root alone may change (runbook.md 1, 4.4)."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from alfred_tui.sim.ssh import journal, moments, units
from alfred_tui.sim.ssh.arguments import Arguments, Unknown, parse
from alfred_tui.sim.ssh.gotemplate import columns
from alfred_tui.sim.ssh.shell import Job
from alfred_tui.sim.ssh.units import BACKUP, UPDATE, Unit

FLAGS = (
    "-p= --property= --value --no-pager --all -a -l --full --output= -o= -n= --lines= -q --quiet"
)
FLAGS += " --no-block --wait --now --timestamp= --plain --no-legend --state= -t= --type= --failed"
SEE = "See system logs and 'systemctl status {name}' for details."


async def systemctl(job: Job) -> int:
    """``systemctl VERB [UNIT...]``."""
    try:
        given = parse(job.words[1:], FLAGS)
    except Unknown as trouble:
        return job.fail(
            f"systemctl: {str(trouble).replace('unknown flag:', 'unrecognized option')}"
        )
    verb, *names = given.words or ["list-units"]
    given.words = [units.full(name) for name in names]
    does = VERBS.get(verb)
    if does is None:
        return job.fail(f"Unknown command verb {verb}.")
    await job.takes(0.02)
    return await does(Job(job.shell, [verb], job.io), given)


def _told(job: Job) -> float:
    return job.asked.told


async def is_active(job: Job, given: Arguments) -> int:
    """``is-active`` and ``is-failed``: the state, and whether it is so."""
    good = 0
    wanted = "active" if job.words[0] == "is-active" else "failed"
    for name in given.words:
        there = units.known(job.box, name)
        state = units.stands(job.box, name, job.t).active if there else "inactive"
        if not given.has("-q", "--quiet"):
            job.say(state)
        good += state == wanted
    return 0 if good else 3 if wanted == "active" else 1


async def is_enabled(job: Job, given: Arguments) -> int:
    """``is-enabled``."""
    good = 0
    for name in given.words:
        if not units.known(job.box, name):
            job.fail(f"Failed to get unit file state for {name}: No such file or directory")
            continue
        state = units.stands(job.box, name, job.t).enabled
        job.say(state)
        good += state in ("enabled", "static")
    return 0 if good else 1


async def show(job: Job, given: Arguments) -> int:
    """``show [-p NAME,...] [--value] UNIT...``."""
    wanted = [name for text in given.each("-p", "--property") for name in text.split(",")]
    for index, name in enumerate(given.words):
        if index:
            job.say("")
        if units.known(job.box, name):
            told = units.properties(job.box, units.stands(job.box, name, job.t))
        else:
            told = {"Id": name, "LoadState": "not-found", "ActiveState": "inactive"}
            told |= {"SubState": "dead"}
        # systemd tells them in its own order, whatever the order that they are asked for in
        for key, value in told.items():
            if not wanted or key in wanted:
                text = _moment(value, given.of("--timestamp"), _told(job))
                job.say(text if given.has("--value") else f"{key}={text}")
    return 0


def _moment(value: str, style: str, told: float) -> str:
    if not re.fullmatch(r"@[\d.]+", value):
        return value
    t = float(value[1:]) + told
    return f"@{int(t)}" if style == "unix" else moments.written(t)


async def status(job: Job, given: Arguments) -> int:
    """``status UNIT...``: for people, with the journal's last lines."""
    worst = 0
    for name in given.words:
        if not units.known(job.box, name):
            worst = max(worst, job.fail(f"Unit {name} could not be found.", 4))
            continue
        unit = units.stands(job.box, name, job.t)
        _describe(job, unit)
        count = given.of("-n", "--lines") or "10"
        entries = journal.readable(job, name, job.t - 86_400)
        if entries and count.isdecimal() and int(count):
            job.say("")
            for entry in entries[-int(count) :]:
                job.say(journal.short(job, entry))
        worst = max(worst, 0 if unit.active in ("active", "activating") else 3)
    return worst


def _describe(job: Job, unit: Unit) -> None:
    told = units.properties(job.box, unit)
    dot = {"active": "●", "failed": "×", "activating": "●"}.get(unit.active, "○")
    ago = moments.span(job.t - unit.since)
    job.say(f"{dot} {unit.name} - {unit.about}")
    preset = "preset: enabled"
    path = told["FragmentPath"]
    job.say(f"     Loaded: loaded ({path}; {unit.enabled}; {preset})")
    state = f"{unit.active} ({unit.sub})"
    if unit.active == "failed":
        state = "failed (Result: exit-code)"
    job.say(f"     Active: {state} since {moments.written(unit.since + _told(job))}; {ago} ago")
    if unit.following is not None:
        left = moments.span(unit.following - job.t)
        when = moments.written(unit.following + _told(job))
        job.say(f"    Trigger: {when}; {left} left")
    if unit.name.endswith(".timer"):
        job.say(f"   Triggers: ● {told['Unit']}")
    elif unit.name.replace(".service", ".timer") in units.ABOUT:
        job.say(f"TriggeredBy: ● {unit.name.replace('.service', '.timer')}")
    if unit.run is not None and unit.sub != "start":
        word = "SUCCESS" if unit.run.well else "FAILURE"
        pid = 600 + int(unit.run.begin) % 30_000
        text = f"code=exited, status={told['ExecMainStatus']}/{word}"
        job.say(f"   Main PID: {pid} ({text})")


async def list_timers(job: Job, given: Arguments) -> int:
    """``list-timers [--all] [--output=json]``."""
    names = [name for name in units.ABOUT if name.endswith(".timer")]
    names = [name for name in names if not given.words or name in given.words]
    found = [units.stands(job.box, name, job.t) for name in names]
    found = [u for u in found if u.active == "active" or given.has("--all", "-a")]
    found.sort(key=lambda unit: unit.following or float("inf"))
    if given.of("--output", "-o").startswith("json"):
        job.say(json.dumps([_row(unit, _told(job)) for unit in found], separators=(",", ":")))
        return 0
    told = _told(job)
    lines = [["NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"]]
    for unit in found:
        ahead, passed = unit.following, unit.last
        lines.append(
            [
                moments.written(ahead + told) if ahead else "-",
                f"{moments.span(ahead - job.t)} left" if ahead else "-",
                moments.written(passed + told) if passed else "-",
                f"{moments.span(job.t - passed)} ago" if passed else "-",
                unit.name,
                unit.name.replace(".timer", ".service"),
            ]
        )
    for line in columns(lines[1:] if given.has("--no-legend") else lines, 1):
        job.say(line)
    if not given.has("--no-legend"):
        job.say(f"\n{len(found)} timers listed.")
        if not given.has("--all", "-a"):
            job.say("Pass --all to see loaded but inactive timers, too.")
    return 0


def _row(unit: Unit, told: float) -> dict[str, object]:
    """Moments in microseconds; systemd gives ``left`` and ``passed`` as moments, too."""

    def micro(t: float | None) -> int | None:
        return None if t is None else int((t + told) * 1_000_000)

    ahead, passed = micro(unit.following), micro(unit.last)
    row: dict[str, object] = {
        "next": ahead,
        "left": ahead,
        "last": passed,
        "passed": passed,
        "unit": unit.name,
    }
    return row | {"activates": unit.name.replace(".timer", ".service")}


async def list_units(job: Job, given: Arguments) -> int:
    """``list-units`` and ``--failed``."""
    kind = given.of("-t", "--type")
    there = [name for name in units.ABOUT if units.known(job.box, name)]
    found = [units.stands(job.box, name, job.t) for name in there]
    found = [unit for unit in found if not kind or unit.name.endswith(f".{kind}")]
    failed = given.has("--failed") or given.of("--state") == "failed"
    shown = [u for u in found if (u.active == "failed") or not failed]
    if given.of("--output", "-o").startswith("json"):
        rows = [
            {"unit": u.name, "load": "loaded", "active": u.active, "sub": u.sub}
            | {"description": u.about}
            for u in shown
        ]
        job.say(json.dumps(rows, separators=(",", ":")))
        return 0
    heads = ["  UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"]
    table = [[f"  {u.name}", "loaded", u.active, u.sub, u.about] for u in shown]
    for line in columns(table if given.has("--no-legend") else [heads, *table], 1):
        job.say(line)
    if not given.has("--no-legend"):
        job.say(f"{len(shown)} loaded units listed.")
    return 0


async def change(job: Job, given: Arguments) -> int:
    """``start``, ``stop``, ``restart``, ``enable``, ``disable``: root's."""
    verb, worst = job.words[0], 0
    for name in given.words:
        if not units.known(job.box, name):
            worst = job.fail(f"Failed to {verb} {name}: Unit {name} not found.", 5)
        elif job.shell.who != "root":
            job.io.err(f"Failed to {verb} {name}: Interactive authentication required.\n")
            if verb in ("start", "stop", "restart"):
                job.io.err(SEE.format(name=name) + "\n")
            worst = 1
        elif verb in ("enable", "disable"):
            job.box.enabled[name] = f"{verb}d"
            if given.has("--now"):
                await _switch(job, name, verb == "enable")
        else:
            worst = max(worst, await _move(job, name, verb, given))
    return worst


async def _move(job: Job, name: str, verb: str, given: Arguments) -> int:
    if name in units.ONESHOTS and verb != "stop":
        return await _run(job, name, wait=not given.has("--no-block"))
    if verb != "start":
        await _switch(job, name, False)
        await job.takes(0.3)
    if verb != "stop":
        await _switch(job, name, True)
    return 0


async def _switch(job: Job, name: str, active: bool) -> None:
    """Start or stop a timer or a service."""
    if name in units.ONESHOTS or name == "logrotate.timer":
        return
    if name == f"{UPDATE}.timer":
        job.asked.life.set_timer(job.t, active=active)
        return
    if name == f"{BACKUP}.timer":
        job.asked.life.set_backups(job.t, active=active)
    units.fell(job.box, name, job.t, active=active)


async def _run(job: Job, name: str, *, wait: bool) -> int:
    """Run a oneshot, or wait for the run that is under way."""
    asked = job.asked
    unit = units.stands(job.box, name, job.t)
    if unit.active == "activating" and unit.run is not None:
        end, well = unit.run.end, unit.run.well
    elif name == f"{UPDATE}.service":
        works = "docker-silent" not in asked.kinds
        end = asked.life.update_now(job.t, works=works)
        well = works and "service-paused" not in asked.kinds
    elif name == f"{BACKUP}.service":
        end, well = asked.life.backup_now(job.t), True
    else:
        end, well = job.t + 0.2, True
    if not wait:
        return 0
    await job.takes(end - job.t)
    if well:
        return 0
    return job.fail(
        f"Job for {name} failed because the control process exited with error code.\n"
        f'See "systemctl status {name}" and "journalctl -xeu {name}" for details.'
    )


async def reload(job: Job, given: Arguments) -> int:
    """``daemon-reload`` and ``reset-failed``."""
    if job.shell.who == "root":
        return 0
    return job.fail("Failed to reload daemon: Interactive authentication required.")


Verb = Callable[[Job, Arguments], Awaitable[int]]
VERBS: dict[str, Verb] = {
    "is-active": is_active,
    "is-failed": is_active,
    "is-enabled": is_enabled,
    "show": show,
    "status": status,
    "list-timers": list_timers,
    "list-units": list_units,
    "daemon-reload": reload,
    "reset-failed": reload,
    **dict.fromkeys(("start", "stop", "restart", "enable", "disable"), change),
}
PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {"systemctl": systemctl}
