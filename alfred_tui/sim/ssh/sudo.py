"""``sudo`` as ``deploy`` may use it: the rules without a password, and nothing else (runbook 1)."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase

from alfred_tui.sim.ssh.shell import Job

RULES = (
    ("systemctl", "*"),
    ("tailscale", "*"),
    ("cloudflared", "*"),
    ("chown", "*"),
    ("mkdir", "-p /opt/alfred/*"),
    ("bash", "/opt/alfred/*.sh"),
    ("bash", "-c set -a && source /opt/alfred/*.env *"),
)
"""A program, and what its arguments joined by blanks have to look like."""
NO_TERMINAL = (
    "sudo: a terminal is required to read the password; either use the -S option to read from"
    " standard input or configure an askpass helper\n"
)
ASKED = "sudo: a password is required"


def allowed(words: list[str]) -> bool:
    """Whether the rules let these words run as root."""
    name, *rest = words
    folder, base = posixpath.split(name)
    if folder not in ("", "/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"):
        return False
    given = " ".join(rest)
    return any(base == program and fnmatchcase(given, shape) for program, shape in RULES)


async def sudo(job: Job) -> int:
    """``sudo [-n] COMMAND``, ``sudo -l``."""
    words, quiet = job.words[1:], False
    while words and words[0].startswith("-"):
        flag = words.pop(0)
        if flag == "--":
            break
        if flag in ("-v", "--validate"):
            return job.fail(ASKED)
        quiet = quiet or flag in ("-n", "--non-interactive")
        if flag in ("-l", "--list"):
            _list(job)
            return 0
        if flag in ("-u", "--user") and words and words.pop(0) != "root":
            words = ["?"]
    if not words:
        return job.fail("usage: sudo -h | -K | -k | -V")
    if job.shell.who != "root" and not allowed(words):
        if not quiet and not job.io.terminal:
            job.io.err(NO_TERMINAL)
        return job.fail(ASKED)
    from alfred_tui.sim.ssh.builtin import BUILTINS
    from alfred_tui.sim.ssh.commands import PROGRAMS, call

    base = posixpath.basename(words[0])
    if base not in PROGRAMS and base not in BUILTINS:
        return job.fail(f"sudo: {words[0]}: command not found")
    shell = job.shell.child(who="root")
    shell.env |= {"USER": "root", "LOGNAME": "root", "HOME": "/root", "SUDO_USER": job.shell.who}
    return await call(Job(shell, [base, *words[1:]], job.io))


def _list(job: Job) -> None:
    who = job.shell.who
    job.say(f"User {who} may run the following commands on {job.box.name}:")
    if who == "root":
        job.say("    (ALL : ALL) ALL")
        return
    for program, shape in RULES:
        job.say(f"    (ALL) NOPASSWD: /usr/bin/{program} {shape}")


PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {"sudo": sudo}
