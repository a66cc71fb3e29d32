"""Every form in which ctrl-api says no (tenant-api.md 1.3), as one typed error."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import msgspec

from alfred_tui.model.observation import FailureKind
from alfred_tui.model.text import clean, first_line
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
_MESSAGE = re.compile(rb'"message"\s*:\s*"((?:[^"\\]|\\.){0,400})', re.DOTALL)
_LOG_LINE = re.compile(r'^time=\S+ level=\w+ msg="((?:[^"\\]|\\.)*)"')
_ROUTE = re.compile(r"\b(?:GET|POST|PATCH|DELETE|PUT|HEAD) /")
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})<", re.IGNORECASE)
LONGEST_WAIT = 3600.0
"""Seconds; a tenant that asks for more patience is not believed."""


def error_of(status: int, body: bytes) -> TenantError:
    """The typed error of an answer that is not 200. ``body`` may be cut, empty or no JSON."""
    if 300 <= status < 400:
        return ServerError("redirected: not followed", kind=FailureKind.REDIRECTED, status=status)
    if status < 300:
        return BadAnswer(f"{_named(status)} where 200 was due", status=status, path="$")
    code, text, whole = _said(body)
    if status in (401, 403):
        return Unauthorized(text or "key refused", status=status, code=code)
    if status == 404:
        return _not_found(code, text, whole)
    if status == 409 and not code and "X-Confirm-Self-Restart" in text:
        return GuardNeeded(text, status=status)
    if status == 429:
        return RateLimited(text or "rate limited", status=status, retry_after=_wait(whole))
    if code == "EXEC_ERROR":
        return _command(status, text, whole)
    details = whole.get("details")
    if text and isinstance(details, str) and not code:
        text = f"{text}: {first_line(details)}"
    return ServerError(text or _page(status, body), status=status, code=code)


def _named(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _page(status: int, body: bytes) -> str:
    """A proxy's page by its title; ctrl-api's own bare refusals by the status alone."""
    found = _TITLE.search(body)
    named = _named(status)
    title = clean(found.group(1).decode("utf-8", "replace"), 80) if found else ""
    return f"{named} ({title})" if title and title not in named else named


def _wait(whole: dict[str, Any]) -> float | None:
    seconds = whole.get("retry_after_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or seconds < 0:
        return None
    return min(float(min(seconds, LONGEST_WAIT)), LONGEST_WAIT)


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
        return _text(error.get("code")), _text(error.get("message")), whole
    return "", _text(error), whole


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _said_cut(body: bytes) -> tuple[str, str, dict[str, Any]]:
    """What can be read of a body that was capped (an error body can be 10 MB) or is no JSON."""
    code = "EXEC_ERROR" if b'"EXEC_ERROR"' in body[:200] else ""
    found = _MESSAGE.search(body)
    if found is None:
        return code, "", {}
    text = found.group(1).decode("utf-8", "replace")
    return code, text.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\"), {}


def _not_found(code: str, text: str, whole: dict[str, Any]) -> TenantError:
    if code == "NOT_FOUND":
        if _ROUTE.search(text):  # an unknown route's message names method and path
            return Unsupported("this generation has no such route", status=404, code=code)
        return NotFound(text or "not found", status=404, code=code)
    if isinstance(whole.get("error"), str):
        return NotFound(text or "not found", status=404)
    return BadAnswer("404 that is not this API's own", status=404, path="$")


def _command(status: int, text: str, whole: dict[str, Any]) -> TenantError:
    found = _COMMAND.match(text)
    program, exit_code, said = found.groups() if found else ("", "", text)
    error = whole.get("error")
    details = error.get("details") if isinstance(error, dict) else None
    stderr = _text(details.get("stderr")) if isinstance(details, dict) else ""
    line = _telling(stderr) or _telling(said)
    if "not found for ID" in line:
        return NotFound(line, status=status, code="EXEC_ERROR")
    return CommandFailed(
        line or "command failed without a word",
        program=clean(program, 40),
        exit_code=clean(exit_code, 40),
        status=status,
    )


def _telling(output: str) -> str:
    """The first line of a command's output, without what its logger puts around it."""
    line = first_line(output)
    if line.startswith("Usage:"):
        for other in output[:8000].splitlines():
            if other.startswith("Error"):
                line = clean(other)
                break
    found = _LOG_LINE.match(line)
    return found.group(1).replace('\\"', '"') if found else line
