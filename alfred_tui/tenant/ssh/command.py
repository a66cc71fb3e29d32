"""One command for a tenant: an argument list, made into a shell line here and nowhere else.

sshd hands one string to the user's shell, so every word is quoted; nothing that a tenant or an
operator named can become syntax. The line begins with ``exec``: the program takes the shell's
place, so a signal reaches it, and no word is ever one of the shell's own (``eval`` would read its
arguments as code). What needs a pipeline is a :func:`script`.
"""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath

import msgspec

from alfred_tui.tenant.ssh.errors import CommandRefused
from alfred_tui.tenant.ssh.sudo import ROOT, allowed, forbidden_in

LONGEST = 100_000
"""Bytes of a line: Linux takes 131,072 in one argument, and sshd makes it one."""

_PROGRAM = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+-]*")


class Command(msgspec.Struct, frozen=True, gc=False):
    """``words``: program and arguments, each as it shall arrive.

    Bytes that are no UTF-8 are in a word as Python has them in file names (surrogateescape).
    ``folder`` is absolute, to be in; ``stdin`` is given to the program, which sees its end;
    ``sudo`` runs it as root, without ever asking for a password. ``within`` are constant words that
    run what comes after them.
    """

    words: tuple[str, ...]
    folder: str = ""
    stdin: bytes = b""
    sudo: bool = False
    within: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """What is run, for people."""
        return PurePosixPath(self.words[0]).name if self.words else ""


def script(text: str, *arguments: str, folder: str = "", stdin: bytes = b"") -> Command:
    """A constant shell script; what varies is in ``arguments``, which it has as ``"$1"`` and on."""
    return Command(("sh", "-c", text, "sh", *arguments), folder, stdin)


def rendered(command: Command, tenant: str, user: str) -> bytes:
    """The line for ``user``'s shell. ``tenant`` is named in errors; root needs no sudo.

    Raises:
        CommandRefused: no line can carry it, or the tenant's sudo rules forbid it.
    """
    words = _checked(command, tenant, user)
    line = "exec " + shlex.join((*command.within, *words))
    if command.folder:
        line = f"cd {shlex.quote(command.folder)} && {line}"
    try:
        sent = line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise CommandRefused(tenant, "a word holds half a character") from None
    if len(sent) > LONGEST:
        raise CommandRefused(
            tenant, f"the command has {len(sent):,} bytes", "Hand long data in through stdin"
        )
    return sent


def _checked(command: Command, tenant: str, user: str) -> tuple[str, ...]:
    words, sudo = command.words, command.sudo
    if words and PurePosixPath(words[0]).name == "sudo":
        words, sudo = words[1:], True
        if words[:1] == ("-n",):
            words = words[1:]
    if not words or not _PROGRAM.fullmatch(words[0]):
        raise CommandRefused(tenant, f"{words[0] if words else 'nothing'!r} is no program's name")
    if any("\0" in word for word in (*words, command.folder)):
        raise CommandRefused(tenant, "a word holds a NUL, which no program can be given")
    if command.folder and not command.folder.startswith("/"):
        raise CommandRefused(tenant, f"the folder {command.folder!r} is not absolute")
    if user == ROOT:
        return words
    if sudo and not allowed(words):
        raise _forbidden(tenant, " ".join(("sudo", *words)), user)
    if not sudo and (bad := forbidden_in(words)):
        raise _forbidden(tenant, bad, user)
    return ("sudo", "-n", "--", *words) if sudo else words


def _forbidden(tenant: str, what: str, user: str) -> CommandRefused:
    shown = what if len(what) <= 80 else what[:79] + "…"
    return CommandRefused(
        tenant,
        f"the sudo rules of {user} forbid: {shown}",
        "Nothing was sent; it would ask for a password that nobody can give",
    )
