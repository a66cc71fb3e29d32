"""What a tenant's ``deploy`` may do as root without a password, as data (runbook.md 1).

Anything else would ask for a password, which nobody can give to a command, and leave a line in the
tenant's log of attempts; so it is never sent.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import NamedTuple

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
_BEFORE = frozenset(
    {"then", "do", "else", "elif", "if", "while", "until", "!", "{", "exec", "time"}
)
_SET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_MARKS = frozenset("();<>|&\n")


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


def forbidden_in(script: str) -> str:
    """The first ``sudo`` call of a shell script that would not run; empty where none is seen.

    Sees simple commands only: a script that hides the word behind a variable is not understood.
    """
    for words in _sudo_calls(script):
        bare = list(words)
        while bare and bare[0] in ("-n", "--non-interactive", "--"):
            bare.pop(0)
        if not allowed(bare, expands=True):
            return " ".join(["sudo", *bare])
    return ""


def _sudo_calls(script: str) -> Iterator[list[str]]:
    for words in _simple_commands(script):
        while words and (words[0] in _BEFORE or _SET.fullmatch(words[0])):
            words.pop(0)
        if words and PurePosixPath(words[0]).name == "sudo":
            yield words[1:]


def _simple_commands(script: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(script, posix=True, punctuation_chars="".join(sorted(_MARKS)))
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    words: list[str] = []
    try:
        for token in lexer:
            if token and _MARKS.issuperset(token):
                yield words
                words = []
            else:
                words.append(token)
    except ValueError:
        return  # quotes that do not close: the shell will say so
    yield words
