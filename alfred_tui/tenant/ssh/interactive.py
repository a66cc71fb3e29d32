"""The real ``ssh`` for a person, under the same host-key enforcement as our own connections.

Nothing here runs anything: it makes an argument list and the known-hosts file that it needs. Taking
the terminal is for whoever has it.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from alfred_tui.model.tenant import HostKey, Tenant
from alfred_tui.tenant.ssh import hostkeys, keys
from alfred_tui.tenant.ssh.command import Command, rendered
from alfred_tui.tenant.ssh.errors import HostKeyUnknown, Unconfigured

_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

_FIXED = (
    "StrictHostKeyChecking=yes",
    "GlobalKnownHostsFile=/dev/null",
    "VerifyHostKeyDNS=no",
    "UpdateHostKeys=no",
    "CheckHostIP=no",
    "CanonicalizeHostname=no",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "AddKeysToAgent=no",
    "PreferredAuthentications=publickey",
    "PubkeyAuthentication=yes",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "Tunnel=no",
    "PermitLocalCommand=no",
    "ControlMaster=no",
    "ControlPath=none",
    "ProxyCommand=none",
    "ConnectionAttempts=1",
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
)
"""What never varies (ssh_config(5)): only our key, only pinned host keys, nothing forwarded."""


UNREACHED = 255
"""What ``ssh`` ends with when it is not the shell's own end (ssh(1), EXIT STATUS)."""
_STAYS = f'''"$@"
code=$?
if [ "$code" -eq {UNREACHED} ]; then printf '%s' 'Enter closes this window '; read -r _; fi
exit "$code"'''


class Interactive(NamedTuple):
    """What to run, as a list, and the file that it reads host keys from."""

    argv: tuple[str, ...]
    known_hosts: Path


def interactive(
    tenant: Tenant, pinned: Sequence[HostKey], folder: Path, command: Command | None = None
) -> Interactive:
    """The way in for a person; writes ``<tenant>.known_hosts`` (0600) into ``folder``; blocks.

    ``folder`` must exist. ``pinned`` are the tenant's keys: :meth:`SshDoor.secure` pins one where
    there is none. With a ``command`` that is run on a terminal instead of a shell.

    Raises:
        Unconfigured: no ssh block, a key file that ``ssh`` would refuse, a name that is none.
        HostKeyUnknown: no key is pinned, or only a fingerprint.
        CommandRefused: as :func:`rendered`.
    """
    way = keys.access(tenant)
    target, name = way.target, tenant.name
    if not _HOST.fullmatch(target.host):
        raise Unconfigured(name, f"{target.host!r} is no host")
    if not _USER.fullmatch(target.user):
        raise Unconfigured(name, f"{target.user!r} is no user")
    keys.load(name, way.key_file)
    known = [key for key in hostkeys.whole(pinned) if key.tenant == name]
    if not known:
        raise HostKeyUnknown(
            name, "no whole host key is pinned", "Let the program connect once, then try again"
        )
    alias = plain(name)
    file = folder.absolute() / f"{alias}.known_hosts"
    _write(file, "".join(f"{alias} {key.kind} {key.key}\n" for key in known))
    kinds = ",".join(each for key in known for each in hostkeys.KINDS[key.kind])
    options = (
        *_FIXED,
        # not -i: that looks for the file before it puts "%" words in
        f'IdentityFile="{_path(name, way.key_file.absolute())}"',
        f'UserKnownHostsFile="{_path(name, file)}"',
        f"HostKeyAlias={alias}",
        f"HostKeyAlgorithms={kinds}",
        f"HostName={_literal(target.host)}",
    )
    argv = ["ssh", "-F", "/dev/null", "-p", str(target.port), "-l", target.user]
    for option in options:
        argv += ["-o", option]
    argv += ["-t", "--", alias]
    if command is not None:
        argv.append(os.fsdecode(rendered(command, name, target.user)))
    return Interactive(tuple(argv), file)


def in_tmux(argv: Sequence[str], title: str, environment: Mapping[str, str]) -> list[str] | None:
    """``argv`` in a tmux window of its own; ``None`` outside tmux.

    The window stays until Enter where ``ssh`` itself failed, so that what it said can be read. Not
    by tmux's ``remain-on-exit``: that also stays for whatever the last command in the shell was.
    """
    if not environment.get("TMUX"):
        return None
    # tmux takes a last ";" of a word for its own, and "#" in a name for a format
    words = [word[:-1] + "\\;" if word.endswith(";") else word for word in argv]
    return ["tmux", "new-window", "-n", plain(title), "--", "sh", "-c", _STAYS, "sh", *words]


def plain(name: str) -> str:
    """``name`` in letters that mean nothing to ssh, tmux or a file system; no two become one."""
    shown = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
    if shown and shown == name:
        return shown
    return f"{shown or 'tenant'}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"


def _path(tenant: str, path: Path) -> str:
    """A path between an option's double quotes; ``ssh`` puts variables in where it finds ``${``."""
    if "${" in str(path):
        raise Unconfigured(tenant, f"ssh cannot be given the path {path}")
    return _literal(str(path)).replace("\\", "\\\\").replace('"', '\\"')


def _literal(text: str) -> str:
    """``text`` for an option in which ``ssh`` replaces ``%`` words."""
    return text.replace("%", "%%")


def _write(file: Path, text: str) -> None:
    """All of it or nothing, for the owner only."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
