"""What is asked of a host: one script whose parts say how each of them ended, and Docker's figures.

Docker measures for two seconds, so it is asked beside the rest: two sessions of the three that a
tenant allows. Nothing here needs root (runbook.md 1, 3.3).
"""

from __future__ import annotations

from typing import NamedTuple

from alfred_tui.tenant.host.figures import whole
from alfred_tui.tenant.ssh.command import Command, script

MARK = "\x1e"
"""Begins the lines between the parts; in no name of a disk or unit, and escaped in JSON."""
NEWEST = 200
"""Lines of the journal, at most."""
OURS = ("alfred-update.service", "alfred-backup.service")
"""Units whose every line is shown; of the others only warnings and worse."""
UNITS = (
    *OURS,
    "alfred-update.timer",
    "alfred-backup.timer",
    "alfred-luks.service",
    "alfred-api.service",
    "cloudflared.service",
    "docker.service",
    "tailscaled.service",
    "ssh.service",
    "fail2ban.service",
)
"""Units that a tenant has, or has in some generation; one that is not there is left out."""

_JOURNAL = (
    f"timeout 10 journalctl --no-pager --since=-1h --lines={NEWEST} --output=json "
    "--output-fields=MESSAGE,PRIORITY,UNIT,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER"
)
PARTS = {
    "uptime": "cat /proc/uptime",
    "load": "cat /proc/loadavg",
    "memory": "cat /proc/meminfo",
    # -l: a network share that does not answer would hold up everything
    "disks": "timeout 5 df -l -P -T -B1",
    "timers": "timeout 5 systemctl list-timers --all --no-pager --output=json",
    "units": "timeout 5 systemctl show --no-pager "
    "--property=Id,Description,LoadState,ActiveState,SubState,Result " + " ".join(UNITS),
    "failed units": "timeout 5 systemctl list-units --state=failed --no-pager --output=json",
    "journal of ours": _JOURNAL + "".join(f" --unit={name}" for name in OURS),
    "journal": f"{_JOURNAL} --priority=warning",
}
"""By name, a shell command each."""

_SCRIPT = "\n".join(
    f"echo '{MARK}{name}'\n{words} 2>&1\necho \"{MARK}$?\"" for name, words in PARTS.items()
)


class Part(NamedTuple):
    """What one command said, both streams, and its exit status."""

    text: str
    status: int


def rest() -> Command:
    """All parts, one after another."""
    return script(_SCRIPT)


def stats() -> Command:
    """Docker's figures of every running container, a JSON object a line."""
    return Command(("docker", "stats", "--no-stream", "--format", "{{json .}}"))


def parts(text: str) -> dict[str, Part]:
    """What :func:`rest` printed, by part; one that was cut off is not in it."""
    found: dict[str, Part] = {}
    name, *pieces = ["", *text.split(MARK)]
    for piece in pieces:
        head, _, body = piece.partition("\n")
        if head in PARTS:
            name, said = head, body
        elif name and (status := whole(head)) is not None:
            found[name] = Part(said, status)
            name = ""
    return found
