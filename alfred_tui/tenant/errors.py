"""Typed errors of a tenant's doors (architecture.md, rule 5).

TenantError
├── Unreachable      no HTTP answer: name, refused, no route, timed out, cut
├── TlsRefused       the certificate was not accepted: expired, issuer, name
├── Unauthorized     401 or 403
├── GuardNeeded      409 without the confirmation header
├── RateLimited      429, with the seconds to wait
├── NotFound         404 of a record, or of a Temporal id
├── Unsupported      404 of a route: this generation does not have it
├── CommandFailed    EXEC_ERROR: program, exit code, first line of stderr
├── ServerError      any other 4xx or 5xx
├── BadAnswer        200, but not understood; carries the JSON path
└── Misconfigured    nothing was sent: our own settings or resources forbid it
"""

from __future__ import annotations

from alfred_tui.model.observation import Failure, FailureKind
from alfred_tui.model.text import clean


class TenantError(Exception):
    """Base of all errors that cross a tenant's door; ``failure`` is the same as data."""

    kind = FailureKind.SERVER_ERROR

    def __init__(
        self,
        text: str,
        *,
        kind: FailureKind | None = None,
        status: int | None = None,
        code: str = "",
        path: str = "",
        retry_after: float | None = None,
    ) -> None:
        self.failure = Failure(
            kind=kind or self.kind,
            text=clean(text),
            status=status,
            code=clean(code, 60),
            path=clean(path, 120),
            retry_after=retry_after,
        )
        super().__init__(self.failure.text)


class Unreachable(TenantError):
    """No HTTP answer came."""

    kind = FailureKind.TIMED_OUT


class TlsRefused(TenantError):
    """The host answered; its certificate was not accepted."""

    kind = FailureKind.TLS_OTHER


class Unauthorized(TenantError):
    """The key was refused (401, 403)."""

    kind = FailureKind.UNAUTHORIZED


class GuardNeeded(TenantError):
    """409: the self-restart guard wants its header (tenant-api.md 3.2)."""

    kind = FailureKind.GUARD


class RateLimited(TenantError):
    """429; ``failure.retry_after`` seconds where the body says so."""

    kind = FailureKind.RATE_LIMITED


class NotFound(TenantError):
    """A record or a Temporal id that does not exist."""

    kind = FailureKind.NOT_FOUND


class Unsupported(TenantError):
    """This tenant's generation has no such route."""

    kind = FailureKind.UNSUPPORTED


class CommandFailed(TenantError):
    """A wrapped command failed on the tenant: ``program``, ``exit_code`` text as shown."""

    kind = FailureKind.COMMAND_FAILED

    def __init__(self, text: str, *, program: str, exit_code: str, status: int) -> None:
        super().__init__(text, status=status, code="EXEC_ERROR")
        self.program = program
        self.exit_code = exit_code


class ServerError(TenantError):
    """The API answered with an error that has no kind of its own."""

    kind = FailureKind.SERVER_ERROR


class BadAnswer(TenantError):
    """An answer that was not understood; ``failure.path`` is the JSON path."""

    kind = FailureKind.BAD_ANSWER


class Misconfigured(TenantError):
    """Nothing was sent: a setting, a CA file or our own resources forbid it."""

    kind = FailureKind.CONFIGURATION
