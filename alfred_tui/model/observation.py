"""What one look saw: an answer or a failure, with its door, its time and its cost."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from alfred_tui.model.facts import Answer, Oddity
from alfred_tui.model.look import Door, Look


class FailureKind(StrEnum):
    """Why a look did not succeed; mirrors ``tenant/errors.py`` as data."""

    NAME = "name not found"
    REFUSED = "connection refused"
    UNREACHABLE = "no route"
    TIMED_OUT = "timed out"
    CUT = "connection cut"
    TLS_EXPIRED = "certificate expired"
    TLS_ISSUER = "unknown issuer"
    TLS_NAME = "certificate for another name"
    TLS_OTHER = "TLS failed"
    UNAUTHORIZED = "key refused"
    HOST_KEY = "host key changed"
    LOCKED_OUT = "locked out"
    GUARD = "guard header needed"
    RATE_LIMITED = "rate limited"
    NOT_FOUND = "not found"
    UNSUPPORTED = "not supported here"
    COMMAND_FAILED = "command failed"
    SERVER_ERROR = "server error"
    BAD_ANSWER = "answer not understood"
    TOO_LARGE = "answer too large"
    REDIRECTED = "redirected"
    CONFIGURATION = "configuration"


TRANSPORT = frozenset(
    {
        FailureKind.NAME,
        FailureKind.REFUSED,
        FailureKind.UNREACHABLE,
        FailureKind.TIMED_OUT,
        FailureKind.CUT,
    }
)
"""No HTTP answer came: the API may be down, the host may be gone."""

TLS = frozenset(
    {
        FailureKind.TLS_EXPIRED,
        FailureKind.TLS_ISSUER,
        FailureKind.TLS_NAME,
        FailureKind.TLS_OTHER,
    }
)
"""The host answered, its certificate was not accepted."""


class Failure(msgspec.Struct, frozen=True, gc=False):
    """A typed error as data. ``text`` is cleaned, one line, free of secrets.

    ``status`` is the HTTP status if there was one; ``path`` the JSON path for a bad answer;
    ``retry_after`` seconds.
    """

    kind: FailureKind
    text: str
    status: int | None = None
    code: str = ""
    path: str = ""
    retry_after: float | None = None


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One look at one tenant. Exactly one of ``answer`` and ``failure`` is set.

    ``at`` is when the answer was complete (ours, UTC), ``took`` seconds from dialling to the last
    byte, ``size`` body bytes. ``skew`` is tenant clock minus ours in seconds and ``skew_margin``
    how wrong that may be (half a round trip plus the header's full second).
    ``oddities`` are places not understood in an answer that was otherwise used.
    ``certificate_ends`` is when the presented certificate expires.
    """

    tenant: str
    look: Look
    at: datetime
    took: float
    door: Door
    answer: Answer | None = None
    failure: Failure | None = None
    oddities: tuple[Oddity, ...] = ()
    skew: float | None = None
    skew_margin: float = 0.0
    size: int = 0
    certificate_ends: datetime | None = None

    @property
    def ok(self) -> bool:
        """Whether an answer came and could be used."""
        return self.failure is None
