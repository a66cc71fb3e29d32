"""Every form in which ctrl-api says no (tenant-api.md 1.3), as one typed error."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from alfred_tui.model.observation import FailureKind
from alfred_tui.model.text import first_line
from alfred_tui.tenant.errors import (
    BadAnswer,
    CommandFailed,
    GuardNeeded,
    NotFound,
    RateLimited,
    ServerError,
    TenantError,
    Unauthorized,
    Unsupported,
)

_COMMAND = re.compile(r"^(\S+) failed \(([^)]*)\):\s*(.*)", re.DOTALL)
_MESSAGE = re.compile(rb'"message"\s*:\s*"((?:[^"\\]|\\.){0,400})')


def error_of(status: int, body: bytes) -> TenantError:
    """The typed error of an answer that is not 200. ``body`` may be cut, empty or no JSON."""
    if 300 <= status < 400:
        return ServerError("redirected: not followed", kind=FailureKind.REDIRECTED, status=status)
    code, text, whole = _said(body)
    if status in (401, 403):
        return Unauthorized(text or "key refused", status=status, code=code)
    if status == 404:
        return _not_found(code, text, whole)
    if status == 409 and not code:
        return GuardNeeded(text or "confirmation header needed", status=status)
    if status == 429:
        wait = whole.get("retry_after_seconds")
        seconds = float(wait) if isinstance(wait, (int, float)) else None
        return RateLimited(text or "rate limited", status=status, retry_after=seconds)
    if code == "EXEC_ERROR":
        return _command(status, text, whole)
    shown = text or f"HTTP {status} without a readable body"
    return ServerError(shown, status=status, code=code)


def _said(body: bytes) -> tuple[str, str, dict[str, Any]]:
    """Code, message and the whole object of an error body: nested, flat, ``status: error``."""
    try:
        whole = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _said_cut(body)
    if not isinstance(whole, dict):
        return "", "", {}
    error = whole.get("error")
    if isinstance(error, dict):
        code, message = error.get("code"), error.get("message")
        return (
            code if isinstance(code, str) else "",
            message if isinstance(message, str) else "",
            whole,
        )
    return "", error if isinstance(error, str) else "", whole


def _said_cut(body: bytes) -> tuple[str, str, dict[str, Any]]:
    """What can be read of a body that was capped (an error body can be 10 MB) or is no JSON."""
    found = _MESSAGE.search(body)
    code = "EXEC_ERROR" if b'"EXEC_ERROR"' in body[:200] else ""
    if found:
        text = found.group(1).decode("utf-8", "replace").replace("\\n", "\n").replace('\\"', '"')
        return code, text, {}
    return code, "", {}


def _not_found(code: str, text: str, whole: dict[str, Any]) -> TenantError:
    if code == "NOT_FOUND":
        if "oute" in text or re.search(r"\b(GET|POST|PATCH|DELETE|PUT|HEAD) /", text):
            return Unsupported("this generation has no such route", status=404, code=code)
        return NotFound(text or "not found", status=404, code=code)
    if isinstance(whole.get("error"), str):
        return NotFound(text, status=404)
    return BadAnswer("404 that is not this API's own", status=404, path="$")


def _command(status: int, text: str, whole: dict[str, Any]) -> TenantError:
    found = _COMMAND.match(text)
    program, exit_code, said = found.groups() if found else ("", "", text)
    error = whole.get("error")
    details = error.get("details") if isinstance(error, dict) else None
    stderr = details.get("stderr") if isinstance(details, dict) else None
    line = first_line(stderr if isinstance(stderr, str) else said) or first_line(said)
    lowered = line.lower()
    if "not found for id" in lowered:
        return NotFound(line, status=status, code="EXEC_ERROR")
    return CommandFailed(
        line or "command failed without a word",
        program=program,
        exit_code=exit_code,
        status=status,
    )
