"""What is about to be done to a tenant: the exact calls, how risky they are, what they rest on.

A plan is data: it can be shown, copied as shell commands, journalled, and held against what was
sent. It never holds a secret: the API key is named by the variable that the shell has it in.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

KEY_VARIABLE = "ALFRED_API_KEY"
"""Where a copied command takes the tenant's key from (runbook.md, Conventions)."""


class Risk(StrEnum):
    """How much can go wrong, and with it how a person says yes (ux.md, Confirm)."""

    READ = "read"
    SAFE = "safe"
    DISRUPTIVE = "disruptive"
    DESTRUCTIVE = "destructive"


class Consent(StrEnum):
    """How a person says yes: not at all, with Enter, with ``y``, by typing the tenant's name."""

    NONE = "none"
    ENTER = "enter"
    YES = "yes"
    NAME = "name"


CONSENT: dict[Risk, Consent] = {
    Risk.READ: Consent.NONE,
    Risk.SAFE: Consent.ENTER,
    Risk.DISRUPTIVE: Consent.YES,
    Risk.DESTRUCTIVE: Consent.NAME,
}


class ApiCall(msgspec.Struct, frozen=True, gc=False, tag="api"):
    """One request to ctrl-api. ``limit`` seconds to wait for the answer.

    ``may_lose`` says that the connection is expected to be lost (a restart of ctrl-api itself).
    """

    says: str
    method: str
    path: str
    headers: dict[str, str] = {}
    body: str = ""
    limit: float = 45.0
    may_lose: bool = False

    @property
    def door(self) -> str:
        """The door it goes through."""
        return "ctrl-api"

    @property
    def line(self) -> str:
        """It in one line: ``POST /api/v1/...``."""
        return f"{self.method} {self.path}" + (f" {self.body}" if self.body else "")

    def shell(self, where: Target) -> str:
        """The same as a command; the key comes from the environment."""
        words = ["curl", "-sS", "-X", self.method]
        headers = {"Authorization": f"Bearer ${KEY_VARIABLE}", **self.headers}
        text = " ".join(map(shlex.quote, words))
        for name, value in headers.items():
            # double quotes, so that the shell puts the key in
            text += f' -H "{name}: {value}"'
        if self.body:
            text += f" -H 'Content-Type: application/json' -d {shlex.quote(self.body)}"
        return f"{text} {shlex.quote(where.api_url.rstrip('/') + self.path)}"


class ShellCall(msgspec.Struct, frozen=True, gc=False, tag="ssh"):
    """One command on the tenant, as words; ``folder`` to be in, ``limit`` seconds to run.

    ``otherwise``: it takes the place of the call before it, where that was not carried out.
    ``within``: words of ours before it that run it, told to nobody.
    """

    says: str
    words: tuple[str, ...]
    folder: str = ""
    limit: float = 60.0
    may_lose: bool = False
    otherwise: bool = False
    within: tuple[str, ...] = ()

    @property
    def door(self) -> str:
        """The door it goes through."""
        return "ssh"

    @property
    def line(self) -> str:
        """It as one line of a shell on the tenant."""
        command = shlex.join(self.words)
        return f"cd {shlex.quote(self.folder)} && {command}" if self.folder else command

    def shell(self, where: Target) -> str:
        """The same from here."""
        port = f" -p {where.port}" if where.port != 22 else ""
        return f"ssh{port} {shlex.quote(where.ssh)} {shlex.quote(self.line)}"


Call = ApiCall | ShellCall


class Target(msgspec.Struct, frozen=True, gc=False):
    """Where the calls of a plan go: ``ssh`` is ``user@host``, ``api_url`` the API's base."""

    api_url: str
    ssh: str
    port: int = 22


class Plan(msgspec.Struct, frozen=True, gc=False):
    """What an operation would do now.

    ``before`` is what was seen when it was made, by which the effect is told afterwards;
    ``good_for`` seconds later it must be made anew. ``wrong`` is what could go wrong, ``watches``
    how the effect is told. ``named`` asks for the typed name whatever the risk.
    """

    operation: str
    tenant: str
    title: str
    risk: Risk
    calls: tuple[Call, ...]
    where: Target
    made: datetime
    arguments: dict[str, str] = {}
    before: dict[str, Any] = {}
    good_for: float = 60.0
    wrong: tuple[str, ...] = ()
    watches: str = ""
    named: bool = False

    @property
    def consent(self) -> Consent:
        """How a person says yes to it."""
        return Consent.NAME if self.named else CONSENT[self.risk]

    def stale(self, now: datetime) -> bool:
        """Whether what it rests on is too old by now."""
        return not timedelta(0) <= now - self.made <= timedelta(seconds=self.good_for)

    def shell(self) -> str:
        """All of it as shell commands, one a line; what takes another's place is a comment."""
        lines = []
        for call in self.calls:
            mark = "# " if isinstance(call, ShellCall) and call.otherwise else ""
            lines += [f"# {self.title}: {call.says}", f"{mark}{call.shell(self.where)}"]
        return "\n".join(lines)


class Outcome(StrEnum):
    """How a call or a run ended. ``unknown``: it may have been carried out, and may not."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"
    CANCELLED = "cancelled"


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What came back of a call: ``status`` an HTTP status or an exit code, ``None`` without one."""

    outcome: Outcome
    status: int | None = None
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether it was carried out as far as the other side says."""
        return self.outcome is Outcome.DONE


class CallRecord(msgspec.Struct, frozen=True, gc=False):
    """A call in the journal: ``answered`` is ``None`` as long as nothing is known of it."""

    number: int
    door: str
    says: str
    line: str
    intended: datetime
    answered: datetime | None = None
    outcome: Outcome = Outcome.UNKNOWN
    status: int | None = None
    text: str = ""


class RunRecord(msgspec.Struct, frozen=True, gc=False):
    """A run in the journal. ``program`` is ``pid@machine``; ``bulk`` joins runs of one wish.

    Pills are those of the verdict before and after; ``ended`` is ``None`` while it runs, and for
    ever where its program died: then its outcome is unknown.
    """

    number: int
    at: datetime
    who: str
    program: str
    tenant: str
    operation: str
    title: str
    risk: Risk
    arguments: Mapping[str, str] = {}
    bulk: str = ""
    before: str = ""
    after: str = ""
    ended: datetime | None = None
    outcome: Outcome = Outcome.UNKNOWN
    text: str = ""
    calls: tuple[CallRecord, ...] = ()
