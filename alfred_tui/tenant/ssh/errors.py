"""Typed errors of the SSH door.

SshError                 every one names the tenant, what happened, what it means, what to do
├── Unconfigured         nothing was sent: no ssh block, the key file, our own machine
├── CommandRefused       nothing was sent: sudo rules, or words that no command line can carry
├── NameNotFound         the host's name is not resolved
├── Refused, NoRoute     nothing listens, or no way there
├── TimedOut             ``phase`` says in what; in ``COMMAND`` the outcome is unknown
├── ConnectionCut        ``phase`` likewise
├── NotSsh               what answers does not speak SSH as we do
├── AuthenticationFailed the key was refused; not tried again until a person asks anew
├── LockedOut            a door shut after a refused key: likely fail2ban; ``until`` when it opens
├── HostKeyUnknown       a key is needed beforehand and none is pinned
├── HostKeyChanged       another key than a pinned one; both fingerprints
├── SessionRefused       the connection stands, the server opens no session on it
├── RemoteCommandFailed  it ran and ended badly: exit status or signal, tail of stderr
├── OutputCut            it ran; its output is longer than the limit
└── DoorClosed           we are closing
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from alfred_tui.model.observation import Failure, FailureKind
from alfred_tui.model.tenant import HostKey
from alfred_tui.model.text import clean, first_line
from alfred_tui.tenant.errors import TenantError

if TYPE_CHECKING:
    from alfred_tui.tenant.ssh.result import Result

LONGEST = 600
"""Characters of a text: two fingerprints and what to do must be in it whole."""


class Phase(StrEnum):
    """Where on the way a limit was reached or a connection was cut."""

    PLACE = "waiting for a free session"
    CONNECT = "connecting"
    BANNER = "waiting for the server's first line"
    KEY_EXCHANGE = "agreeing on keys"
    LOGIN = "logging in"
    SESSION = "opening a session"
    COMMAND = "running the command"


class SshError(TenantError):
    """Base. ``sent``: the command went out and may have been carried out, wholly or in part."""

    kind = FailureKind.CUT

    def __init__(
        self,
        tenant: str,
        happened: str,
        advice: str = "",
        *,
        sent: bool = False,
        kind: FailureKind | None = None,
    ) -> None:
        text = f"{tenant}: {happened}" if tenant else happened
        if advice:
            text += f". {advice}"
        super().__init__("", kind=kind)
        shown = clean(text, LONGEST)
        self.failure = Failure(self.failure.kind, shown)
        self.args = (shown,)
        self.tenant = tenant
        self.sent = sent

    def again(self) -> Self:
        """The same error for somebody else, with a traceback of its own."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.args = self.args
        return twin


class Unconfigured(SshError):
    """Our own settings, files or resources forbid it; nothing was sent."""

    kind = FailureKind.CONFIGURATION


class CommandRefused(SshError):
    """A command that must not, or cannot, be sent."""

    kind = FailureKind.CONFIGURATION


class NameNotFound(SshError):
    """The host's name has no address."""

    kind = FailureKind.NAME


class Refused(SshError):
    """Nothing listens at the port."""

    kind = FailureKind.REFUSED


class NoRoute(SshError):
    """No way to the host."""

    kind = FailureKind.UNREACHABLE


class TimedOut(SshError):
    """No answer within ``limit`` seconds in ``phase``."""

    kind = FailureKind.TIMED_OUT

    def __init__(self, tenant: str, phase: Phase, limit: float) -> None:
        unknown = phase is Phase.COMMAND
        advice = (
            "It was told to end; whether it was carried out is unknown: look before trying again"
            if unknown
            else "Nothing was run"
        )
        super().__init__(
            tenant, f"time is up after {limit:g} s, {phase.value}", advice, sent=unknown
        )
        self.phase = phase
        self.limit = limit


class ConnectionCut(SshError):
    """The connection went away in ``phase``."""

    def __init__(self, tenant: str, phase: Phase, why: str = "") -> None:
        unknown = phase is Phase.COMMAND
        advice = (
            "Whether it was carried out is unknown: look before trying again"
            if unknown
            else "Nothing was run"
        )
        said = f" ({why})" if why else ""
        super().__init__(
            tenant, f"the connection was lost, {phase.value}{said}", advice, sent=unknown
        )
        self.phase = phase


class NotSsh(SshError):
    """The peer breaks the protocol, or no algorithm is common."""

    kind = FailureKind.BAD_ANSWER


class AuthenticationFailed(SshError):
    """The server does not take the key; ``at`` when it was tried."""

    kind = FailureKind.UNAUTHORIZED

    def __init__(self, tenant: str, user: str, key_file: str, at: datetime) -> None:
        super().__init__(
            tenant,
            f"the server refused the key {key_file} for {user} at {at:%H:%M:%S} UTC",
            "It is not tried again until you ask (S, or alfred-tui ssh): three failures in ten "
            "minutes lock this machine out for an hour. Check user and key file",
        )
        self.at = at


class LockedOut(SshError):
    """The port is shut, and a key was refused before: likely fail2ban (runbook.md 1)."""

    kind = FailureKind.LOCKED_OUT

    def __init__(self, tenant: str, saw: str, failed: datetime, until: datetime) -> None:
        super().__init__(
            tenant,
            f"{saw}, and the key was refused at {failed:%H:%M} UTC: this machine is likely locked "
            f"out by fail2ban until {until:%H:%M} UTC",
            "Wait until then, or unban this address from another machine; then ask anew",
        )
        self.until = until


class HostKeyUnknown(SshError):
    """A pinned key is needed and there is none."""

    kind = FailureKind.CONFIGURATION


class HostKeyChanged(SshError):
    """The server's key is not a pinned one; nothing but that was learnt and no login was tried."""

    kind = FailureKind.HOST_KEY

    def __init__(self, tenant: str, pinned: Sequence[HostKey], offered: HostKey) -> None:
        known = ", ".join(f"{key.kind} {key.fingerprint}".strip() for key in pinned)
        super().__init__(
            tenant,
            f"THE HOST KEY CHANGED: pinned {known}; offered {offered.kind} {offered.fingerprint}",
            "The server was built anew, or somebody stands between. Nothing was sent. Compare "
            "with the server's own console before you pin the new key",
        )
        self.pinned = tuple(pinned)
        self.offered = offered

    @property
    def short(self) -> str:
        """Both fingerprints in less than 200 characters: of the pinned keys the likest."""
        offered = self.offered
        likest = sorted(self.pinned, key=lambda key: key.kind != offered.kind)[:1]
        known = "".join(f", {key.kind} {key.fingerprint} pinned" for key in likest)
        return f"host key changed: {offered.kind} {offered.fingerprint} offered{known}"


class SessionRefused(SshError):
    """The server opens no session: its MaxSessions is used up, or it forbids commands."""

    kind = FailureKind.SERVER_ERROR


class RemoteCommandFailed(SshError):
    """It ran and ended with another status than 0, or by a signal; ``result`` is all of it."""

    kind = FailureKind.COMMAND_FAILED

    def __init__(self, tenant: str, program: str, result: Result) -> None:
        how = f"signal {result.signal}" if result.signal else f"exit status {result.exit_status}"
        said = first_line(result.tail.decode("utf-8", "replace"))
        super().__init__(
            tenant, f"{program} failed, {how}" + (f": {said}" if said else ""), sent=True
        )
        self.program = program
        self.result = result


class OutputCut(SshError):
    """It ran to its end, and said more than ``limit`` bytes; ``result`` has the beginning."""

    kind = FailureKind.TOO_LARGE

    def __init__(self, tenant: str, program: str, limit: int, result: Result) -> None:
        super().__init__(
            tenant,
            f"{program} said more than {limit:,} bytes ({result.size:,} came)",
            "The rest was let go: ask for less",
            sent=True,
        )
        self.limit = limit
        self.result = result


class DoorClosed(SshError):
    """The door was closed meanwhile."""

    kind = FailureKind.CONFIGURATION
