"""What a tenant's ``deploy`` may do as root without a password, as data (runbook.md 1).

Anything else would ask for a password, which nobody can give to a command, and leave a line in the
tenant's log of attempts; so it is never sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from alfred_tui.tenant.ssh.sh import commands_of

ROOT = "root"
"""The user who needs no sudo (layout H)."""


class Rule(NamedTuple):
    """A program, and a pattern that its arguments, joined by blanks, must fit (sudoers(5))."""

    program: str
    arguments: str


RULES = (
    Rule("systemctl", "*"),
    Rule("tailscale", "*"),
    Rule("cloudflared", "*"),
    Rule("chown", "*"),
    Rule("mkdir", "-p /opt/alfred/*"),
    Rule("bash", "/opt/alfred/*.sh"),
    Rule("bash", "-c set -a && source /opt/alfred/*.env *"),
)
"""The NOPASSWD list of ``deploy``, whole."""

_PLACES = frozenset({".", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin"})


def allowed(words: Sequence[str], *, expands: bool = False) -> bool:
    """Whether ``sudo WORDS`` runs without a password.

    ``expands``: a shell will still put something in where a ``$`` is, so that may fit.
    """
    if not words:
        return False
    program = PurePosixPath(words[0])
    if str(program.parent) not in _PLACES:
        return False
    arguments = " ".join(words[1:])
    return any(
        rule.program == program.name
        and (fnmatchcase(arguments, rule.arguments) or (expands and "$" in arguments))
        for rule in RULES
    )


@lru_cache(maxsize=64)
def forbidden_in(command: tuple[str, ...]) -> str:
    """The first ``sudo`` call that would not run, in a command or the scripts it hands to shells.

    Empty where none is seen: what a variable hides is not understood (:mod:`.sh`).
    """
    for words in commands_of(command):
        if PurePosixPath(words[0]).name != "sudo":
            continue
        bare = words[1:]
        while bare and bare[0] in ("-n", "--non-interactive", "--"):
            bare.pop(0)
        if not allowed(bare, expands=True):
            return " ".join(["sudo", *bare])
    return ""
