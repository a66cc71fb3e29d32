"""What the doctor makes of what was seen: pure, one finding a check, each with what to do."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from alfred_tui.model.limits import Limits
from alfred_tui.model.observation import Observation
from alfred_tui.model.tenant import Tenant
from alfred_tui.store.inspection import Inspection
from alfred_tui.takeover.keyfiles import Lying
from alfred_tui.takeover.tailnet import REMEDY, State, Tailnet

LEAST_FREE = 200_000_000
"""Bytes; a store of some hundred tenants grows by that in weeks."""
_TOGETHER = 3
"""So many clocks do not go wrong at once by themselves."""


AREAS = ("settings", "store", "log", "tools", "tailnet", "clock", "files", "doors")
"""What findings are grouped by, in the order in which a person would mend things."""


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"

    @property
    def exit_code(self) -> int:
        """0, 1 or 2."""
        return list(Level).index(self)


class Finding(msgspec.Struct, frozen=True):
    """One check. ``area`` groups them, ``subject`` is what was looked at: a file, a tenant's door.

    ``advice`` is what to do; only one that is ok has none.
    """

    area: str
    subject: str
    level: Level
    text: str
    advice: str = ""


class OwnFile(msgspec.Struct, frozen=True):
    """A file or folder of ours: its ``mode`` bits, ``None`` where it is not there."""

    path: Path
    mode: int | None = None
    writable: bool = True
    size: int = 0


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level; ok where there is none."""
    levels = (each.level for each in findings)
    return max(levels, key=lambda level: level.exit_code, default=Level.OK)


def of_settings(file: OwnFile, trouble: str) -> list[Finding]:
    """The settings file: read, absent, or not to be used for the reason ``trouble``."""
    subject = str(file.path)
    if trouble:
        advice = "mend that setting; `alfred-tui settings` shows what is allowed"
        return [Finding("settings", subject, Level.FAILING, trouble, advice)]
    text = "not there: every setting is its default" if file.mode is None else "read"
    if file.mode is not None and file.mode & 0o022:
        advice = f"chmod go-w {file.path}"
        return [Finding("settings", subject, Level.WARNING, "others can change it", advice)]
    return [Finding("settings", subject, Level.OK, text)]


def of_store(
    folder: OwnFile,
    file: OwnFile,
    store: Inspection,
    free: int | None,
) -> list[Finding]:
    """The store: whole, its schema, its mode and its folder's, and the room beside it (bytes).

    What to do about one in trouble is said by that trouble: few of them damage anything.
    """
    subject = str(file.path)

    def found(level: Level, text: str, advice: str = "") -> Finding:
        return Finding("store", subject, level, text, advice)

    findings: list[Finding] = []
    if store.error is not None:
        findings.append(found(Level.FAILING, store.trouble, store.error.advice))
    elif not store.exists:
        text = "not there yet: no tenants are known"
        findings.append(found(Level.WARNING, text, "`alfred-tui import PATH` makes and fills it"))
    elif store.older:
        text = (
            f"schema {store.revision}: it is brought to {store.head} at the next start, after a"
            " copy"
        )
        findings.append(found(Level.OK, text))
    elif not store.tenants:
        advice = "`alfred-tui import PATH` or `alfred-tui tenants add NAME`"
        findings.append(found(Level.WARNING, "whole, and without tenants", advice))
    else:
        text = f"whole, schema {store.revision}, {len(store.tenants)} tenants"
        findings.append(found(Level.OK, text))
    findings += _private(file, "it holds API keys", 0o600)
    findings += _private(folder, "it holds the store and the log", 0o700)
    if file.mode is not None and not file.writable:
        advice = f"give yourself permission to write {file.path}"
        findings.append(found(Level.FAILING, "cannot be written", advice))
    if free is not None:
        findings.append(_room(folder.path, free))
    return findings


def _room(folder: Path, free: int) -> Finding:
    text = f"{free // 1_000_000} MB free"
    if free < LEAST_FREE:
        advice = "make room on that disk, or choose another folder with --home"
        return Finding("store", str(folder), Level.WARNING, text, advice)
    return Finding("store", str(folder), Level.OK, text)


def _private(file: OwnFile, why: str, mode: int) -> list[Finding]:
    if file.mode is None or not file.mode & 0o077:
        return []
    text = f"open to others (mode {file.mode & 0o777:03o}), and {why}"
    advice = f"chmod {mode:o} {file.path}"
    return [Finding("store", str(file.path), Level.FAILING, text, advice)]


def of_log(file: OwnFile) -> list[Finding]:
    """The log file: writable, for its owner only."""
    subject = str(file.path)
    if file.mode is None:
        return [Finding("log", subject, Level.OK, "not there yet: nothing was worth a line")]
    if not file.writable:
        advice = f"give yourself permission to write {file.path}"
        return [Finding("log", subject, Level.FAILING, "cannot be written", advice)]
    if file.mode & 0o077:
        advice = f"chmod 600 {file.path}"
        return [Finding("log", subject, Level.WARNING, "others can read it", advice)]
    return [Finding("log", subject, Level.OK, f"{file.size // 1000} kB")]


def of_files(tenant: Tenant, seen: Mapping[str, Lying]) -> list[Finding]:
    """A tenant's files on this machine, by how each path lies."""
    findings = []
    for what, path, need in _files(tenant):
        state = seen.get(path, Lying.ABSENT)
        subject = f"{tenant.name} {what}"
        open_is_well = what == "ca_file" and state is Lying.OPEN
        if state is Lying.WELL or open_is_well:
            findings.append(Finding("files", subject, Level.OK, path))
            continue
        mend = _FILE_ADVICE[what].format(name=tenant.name)
        advice = f"chmod 600 {path}" if state is Lying.OPEN else mend
        findings.append(Finding("files", subject, need, f"{path} {state.value}", advice))
    return findings


def _files(tenant: Tenant) -> list[tuple[str, str, Level]]:
    ssh = tenant.ssh.key_file if tenant.ssh else None
    named = (
        ("ca_file", tenant.ca_file, Level.FAILING),
        ("ssh key", ssh, Level.FAILING),
        ("luks.key", tenant.estate.luks_key_file, Level.WARNING),
        ("restic.env", tenant.estate.restic_file, Level.WARNING),
    )
    return [(what, path, level) for what, path, level in named if path]


_FILE_ADVICE = {
    "ca_file": "`alfred-tui tenants edit {name} --ca-file FILE` names where it is",
    "ssh key": "`alfred-tui tenants edit {name} --ssh-key-file FILE` names where it is",
    "luks.key": "copy /opt/alfred/luks.key there from the tenant: without it the volume is lost "
    "with the server's disk",
    "restic.env": "copy /opt/alfred/restic.env there from the tenant: without it the backups "
    "cannot be read once the server is gone",
}


def of_tailnet(net: Tailnet, tenants: Sequence[Tenant]) -> list[Finding]:
    """This machine's tailnet, as far as the tenants need it."""
    if not tenants:
        return [Finding("tailnet", "tailscale", Level.OK, f"{net.state.value}; nobody needs it")]
    named = [t for t in tenants if t.host.endswith(".ts.net") or t.host.startswith("100.")]
    level = Level.FAILING if named else Level.WARNING
    if net.state is not State.UP:
        text = net.state.value + (f": {net.text}" if net.text else "")
        advice = REMEDY.get(net.state, "see `tailscale status`")
        return [Finding("tailnet", "tailscale", level, text, advice)]
    findings = [Finding("tailnet", "tailscale", Level.OK, f"up, {net.suffix}")]
    blind = [t.name for t in named if not t.connect_address]
    if not net.names_work and blind:
        text = f"MagicDNS is off: the names of {_some(blind)} are not found"
        advice = "switch it on for the tailnet, or fill in addresses: alfred-tui import --tailscale"
        findings.append(Finding("tailnet", "names", Level.FAILING, text, advice))
    return findings


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def of_tools(places: Mapping[str, str | None]) -> list[Finding]:
    """Programs on PATH by name. ``tailscale`` is looked at with the tailnet."""
    findings = []
    for name, (text, advice) in _TOOLS.items():
        place = places.get(name)
        level = Level.OK if place or not advice else Level.WARNING
        findings.append(Finding("tools", name, level, place or text, "" if place else advice))
    return findings


_TOOLS = {
    "ssh": ("not on PATH: no shell on a tenant", "install openssh-client"),
    "tmux": ("not on PATH: a shell on a tenant takes this terminal meanwhile", ""),
}


def of_clock(seen: Iterable[Observation], limits: Limits) -> list[Finding]:
    """This machine's clock against the tenants', and theirs against it (seconds)."""
    skews = {s.tenant: s.skew for s in seen if s.skew is not None}
    subject = "this machine"
    if not skews:
        return [Finding("clock", subject, Level.OK, "nobody answered to compare it with")]
    middle = statistics.median(skews.values())
    if len(skews) >= _TOGETHER and abs(middle) > limits.clock_skew:
        text = f"{_off(-middle)} against {len(skews)} tenants"
        return [Finding("clock", subject, Level.FAILING, text, "set it: timedatectl set-ntp true")]
    findings = [Finding("clock", subject, Level.OK, f"compared with {len(skews)} tenants")]
    for name, skew in sorted(skews.items()):
        if abs(skew) > limits.clock_skew:
            advice = "set the tenant's clock: timedatectl set-ntp true"
            findings.append(Finding("clock", name, Level.WARNING, _off(skew), advice))
    return findings


def _off(skew: float) -> str:
    return f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}"


def certificate_soon(ends: datetime, now: datetime, limits: Limits) -> bool:
    """Whether a certificate ends so soon that somebody should see to it."""
    return ends - now < timedelta(days=limits.certificate_days)
