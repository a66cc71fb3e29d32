"""Answers as the tenant's server forms them (tenant-api.md 1.3, 1.6)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Behaviour = Literal["ok", "cut", "drip", "closed", "refused", "blackhole"]

NO_DOCKER = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
    " Is the docker daemon running?\n"
)
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
}


@dataclass(frozen=True)
class Reply:
    """One answer: ``delay`` in seconds passes before its first byte.

    ``behaviour``: ``cut`` sends half of the body and closes, ``drip`` sends ``rate`` bytes of it
    a second, ``closed`` closes without a byte, ``refused`` and ``blackhole`` mean that nobody
    listens (``status`` 0).
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    behaviour: Behaviour = "ok"
    rate: float = 0.0

    def later(self, seconds: float) -> Reply:
        """The same answer after ``seconds``."""
        return replace(self, delay=seconds)


def compact(value: Any) -> bytes:
    """JSON as the server writes it: no blanks, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer(value: Any, delay: float = 0.0, status: int = 200) -> Reply:
    """A JSON answer; bytes are taken as ready JSON."""
    body = value if isinstance(value, bytes) else compact(value)
    head = CORS | {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return Reply(status, head, body, delay)


def refusal(status: int, code: str, message: str, details: Any = None, delay: float = 0.0) -> Reply:
    """The nested error envelope."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        error["details"] = details
    return answer({"error": error}, delay, status)


def failed_command(stderr: str, delay: float = 0.1, stdout: str = "", code: int = 1) -> Reply:
    """EXEC_ERROR of a docker command that ended with ``code``."""
    details = {"stderr": stderr}
    if stdout:
        details["stdout"] = stdout
    return refusal(500, "EXEC_ERROR", f"docker failed ({code}): {stderr}", details, delay)


def not_found(method: str, path: str) -> Reply:
    """No such route."""
    return refusal(404, "NOT_FOUND", f"No route: {method} {path}")
