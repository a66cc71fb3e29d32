"""systemd's units on a box, and how they stand (runbook.md 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from alfred_tui.sim.clock import run_id
from alfred_tui.sim.dice import roll
from alfred_tui.sim.faults import Fault
from alfred_tui.sim.people import DAY
from alfred_tui.sim.timers import NEVER

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked
    from alfred_tui.sim.ssh.box import Box

UPDATE, BACKUP = "alfred-update", "alfred-backup"
LUKS = "alfred-luks.service"
ABOUT = {
    f"{UPDATE}.timer": "Run the Alfred update every 15 minutes",
    f"{UPDATE}.service": "Update the Alfred containers",
    f"{BACKUP}.timer": "Run the Alfred backup every night",
    f"{BACKUP}.service": "Back up the encrypted volume",
    LUKS: "Open and mount the encrypted volume",
    "cloudflared.service": "cloudflared",
    "docker.service": "Docker Application Container Engine",
    "tailscaled.service": "Tailscale node agent",
    "ssh.service": "OpenBSD Secure Shell server",
    "fail2ban.service": "Fail2Ban Service",
    "logrotate.timer": "Daily rotation of log files",
    "logrotate.service": "Rotate log files",
}
ONESHOTS = (f"{UPDATE}.service", f"{BACKUP}.service", LUKS, "logrotate.service")
FELL = {"docker.service": "docker-silent", "ssh.service": "ssh-refused"}
FELL |= {"tailscaled.service": "tailnet-gone"}
"""The fault that it is when somebody stops a service."""


class Run(NamedTuple):
    """One run of a oneshot: when it began and ended (epoch seconds), and whether it went well."""

    begin: float
    end: float
    well: bool = True


class Unit(NamedTuple):
    """How a unit stands at a moment. ``since``: of its state; ``run``: its last or present one.

    ``following`` and ``last`` are a timer's firings, None when there is none.
    """

    name: str
    active: str
    sub: str
    since: float
    enabled: str = "static"
    run: Run | None = None
    following: float | None = None
    last: float | None = None

    @property
    def about(self) -> str:
        """Its description."""
        return ABOUT[self.name]

    @property
    def result(self) -> str:
        """How its last run ended."""
        return "success" if self.run is None or self.run.well else "exit-code"


def full(name: str) -> str:
    """A unit's name with its kind."""
    return name if name.endswith((".service", ".timer", ".target")) else f"{name}.service"


def known(box: Box, name: str) -> bool:
    """Whether a box has such a unit."""
    return name in ABOUT and (name != LUKS or box.person.home.encrypted)


def runs(asked: Asked, name: str, since: float) -> list[Run]:
    """The runs of a oneshot that began after ``since``, up to now."""
    life, t = asked.life, asked.t
    if name == f"{UPDATE}.service":
        starts = [tick for tick in life.timer.earlier(since) if tick > since]
        starts += life.timer.starts(since, t)
        return [_update(asked, begin) for begin in starts]
    if name == f"{BACKUP}.service":
        found = [Run(begin, life.backed_up(begin)) for begin in life.backups(since, t)]
        for fault in asked.faults:
            if fault.kind == "backup-failed" and since < fault.since <= t:
                found.append(Run(fault.since - 1.0, fault.since + 3.0, False))
        return sorted(found)
    if name == "logrotate.service":
        midnight = t // DAY * DAY
        return [Run(midnight, midnight + 1.0)] if midnight > since else []
    return []


def _update(asked: Asked, begin: float) -> Run:
    kinds = {fault.kind for fault in asked.world.active(asked.person.name, begin)}
    if "docker-silent" in kinds:
        return Run(begin, begin + 0.4, False)
    # compose starts no paused container: what can be updated is, and the unit has failed
    return Run(begin, asked.life.updated(begin), "service-paused" not in kinds)


def stands(box: Box, name: str, t: float) -> Unit:
    """How a unit stands at ``t``."""
    asked = box.asked(t)
    born = asked.world.epoch - asked.person.age
    if name.endswith(".timer"):
        return _timer(box, asked, name, born)
    if name in ONESHOTS:
        return _oneshot(asked, name, born)
    changes = [change for change in box.units.get(name, ()) if change[0] <= t]
    since, active = changes[-1] if changes else (born + 30.0, True)
    fell = [f.since for f in asked.faults if f.kind == FELL.get(name)]
    if name == "docker.service" and fell:
        since, active = max(fell), False
    words = ("active", "running") if active else ("inactive", "dead")
    return Unit(name, *words, since, _enabled(box, name, "enabled"))


def _enabled(box: Box, name: str, usual: str) -> str:
    return box.enabled.get(name, usual)


def _timer(box: Box, asked: Asked, name: str, born: float) -> Unit:
    following: float | None
    last: float | None
    if name == f"{UPDATE}.timer":
        timer = asked.life.timer
        following, last = timer.after(asked.t), timer.last(asked.t)
        since = timer.since(asked.t) or born + 30.0
    elif name == f"{BACKUP}.timer":
        following = asked.life.next_backup(asked.t)
        nights = asked.life.backups(asked.t - 3 * DAY, asked.t)
        last = nights[-1] if nights else None
        changes = [when for when, _ in box.units.get(name, ()) if when <= asked.t]
        since = changes[-1] if changes else born + 30.0
    else:
        last = asked.t // DAY * DAY
        following, since = last + DAY, born + 30.0
    runs_on = following != NEVER
    words = ("active", "waiting") if runs_on else ("inactive", "dead")
    enabled = _enabled(box, name, "enabled")
    shown = following if runs_on else None
    return Unit(name, *words, since, enabled, None, shown, last)


def _oneshot(asked: Asked, name: str, born: float) -> Unit:
    if name == LUKS:
        return Unit(name, "active", "exited", born + 12.0, "enabled", Run(born + 8.0, born + 12.0))
    found = runs(asked, name, asked.t - 3 * DAY if BACKUP in name else asked.t - DAY)
    run = found[-1] if found else None
    if run is None:
        return Unit(name, "inactive", "dead", born)
    if run.begin <= asked.t < run.end:
        return Unit(name, "activating", "start", run.begin, run=run)
    words = ("inactive", "dead") if run.well else ("failed", "failed")
    return Unit(name, *words, run.end, run=run)


def properties(box: Box, unit: Unit) -> dict[str, str]:
    """What ``systemctl show`` tells, moments as epoch seconds or empty."""
    run = unit.run
    code = "0" if run is None or run.well else "1"
    running = unit.sub in ("running", "start")
    pid = str(600 + roll(box.person.key, unit.name, unit.since) % 30_000) if running else "0"
    made = {
        "Id": unit.name,
        "Names": unit.name,
        "Description": unit.about,
        "LoadState": "loaded",
        "ActiveState": unit.active,
        "SubState": unit.sub,
        "FragmentPath": f"/etc/systemd/system/{unit.name}",
        "UnitFileState": unit.enabled,
        "InvocationID": run_id(box.person.key, unit.name, run or unit.since).replace("-", ""),
        "StateChangeTimestamp": _moment(unit.since),
        "ActiveEnterTimestamp": _moment(unit.since if unit.active == "active" else None),
        "InactiveEnterTimestamp": _moment(unit.since if unit.active != "active" else None),
        "Result": unit.result,
    }
    if unit.name.endswith(".timer"):
        return made | {
            "Unit": unit.name.replace(".timer", ".service"),
            "NextElapseUSecRealtime": _moment(unit.following),
            "LastTriggerUSec": _moment(unit.last),
        }
    ended = run is not None and not running
    return made | {
        "Type": "oneshot" if unit.name in ONESHOTS else "notify",
        "MainPID": pid,
        "NRestarts": "0",
        "ExecMainStartTimestamp": _moment(run.begin if run else None),
        "ExecMainExitTimestamp": _moment(run.end if run and ended else None),
        "ExecMainCode": "1" if ended else "0",
        "ExecMainStatus": code if ended else "0",
        "ExecMainPID": pid,
    }


def _moment(t: float | None) -> str:
    """An epoch second marked as one, for whoever shows it."""
    return "" if t is None else f"@{t:.6f}"


def fell(box: Box, name: str, t: float, *, active: bool) -> None:
    """Somebody stops or starts a service; what that does to the tenant happens."""
    box.units.setdefault(name, []).append((t, active))
    kind = FELL.get(name)
    if kind and active:
        box.world.heal(box.person.name, frozenset({kind}), "", t)
    elif kind:
        way = "partition" if kind == "tailnet-gone" else ""
        box.world.add_fault(Fault(kind, box.person.name, at=t - box.world.epoch, sort=way))
