"""What happens to an answer on its way, and what answers in the tenant's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from math import log
from typing import TYPE_CHECKING

from alfred_tui.sim.dice import share
from alfred_tui.sim.faults import Active
from alfred_tui.sim.replies import Reply, answer, compact, refusal

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

GARBAGE = {
    "html": b"<html><body><h1>It works</h1></body></html>",
    "text": b"upstream connect error or disconnect",
    "null": b"null",
    "list": b'[1,"two",null]',
    "odd": b'{"surprise":{"containers":7}}',
}
MOVED = {"away": "https://login.example", "inside": "/moved"}
"""Where a redirect leads: to a portal elsewhere, or to another path of the same server."""
WORST = 10.0
"""How many times the average an answer takes at most in a latency storm."""
MEGABYTE = 1_000_000
OVERFLOW = "docker failed (ERR_CHILD_PROCESS_STDIO_MAXBUFFER): stdout maxBuffer length exceeded"


def instead(asked: Asked) -> Reply | None:
    """The answer of something in front of the tenant; then the request never reaches it."""
    for fault in asked.faults:
        if fault.route not in asked.path:
            continue
        if fault.kind == "redirect":
            place = MOVED[fault.sort] + asked.target
            return _dated(
                Reply(int(fault.amount), {"Location": place, "Content-Length": "0"}), asked
            )
        if fault.kind == "rate-limited":
            return _dated(_limited(fault, asked), asked)
        if fault.kind == "gateway":
            return _dated(_away(fault), asked)
    return None


def troubled(reply: Reply, asked: Asked) -> Reply:
    """The tenant's answer as it arrives, with its ``Date``."""
    for fault in asked.faults:
        if fault.route in asked.path:
            reply = _struck(reply, fault, asked)
    return _dated(reply, asked)


def _struck(reply: Reply, fault: Active, asked: Asked) -> Reply:
    if fault.kind == "slow":
        return reply.later(reply.delay + fault.amount)
    if fault.kind == "latency-storm":
        return reply.later(reply.delay + fault.amount * _jitter(asked))
    if reply.status != 200:
        return reply
    if fault.kind == "answer-cut":
        return replace(reply, behaviour="cut")
    if fault.kind == "answer-drip":
        return replace(reply, behaviour="drip", rate=fault.amount)
    if fault.kind == "answer-garbage":
        return _with(reply, GARBAGE[fault.sort])
    return _huge(reply, fault) if fault.kind == "answer-huge" else reply


def _now(asked: Asked) -> datetime:
    """The time by the tenant's clock."""
    return datetime.fromtimestamp(asked.t + asked.told, UTC)


def _dated(reply: Reply, asked: Asked) -> Reply:
    return replace(reply, headers=reply.headers | {"Date": _http_date(_now(asked))})


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _limited(fault: Active, asked: Asked) -> Reply:
    """429 as a proxy says it, the time to wait in either form that HTTP has."""
    seconds = int(fault.amount)
    if fault.sort == "date":
        wait = _http_date(_now(asked) + timedelta(seconds=seconds))
    else:
        wait = str(seconds)
    told = {"error": "rate limited", "retry_after_seconds": seconds, "message": "slow down"}
    reply = answer(told, 0.002, 429)
    return replace(reply, headers=reply.headers | {"Retry-After": wait})


def _away(fault: Active) -> Reply:
    """What a proxy says while nothing answers behind it: a page for people, or no word."""
    status = int(fault.amount)
    words = HTTPStatus(status).phrase
    page = f"<html><head><title>{status} {words}</title></head></html>\r\n".encode()
    body = page if fault.sort == "page" else b""
    headers = {"Content-Type": "text/html", "Content-Length": str(len(body))}
    return Reply(status, headers, body, delay=0.002)


def _jitter(asked: Asked) -> float:
    """How a storm spreads: mostly little, sometimes much, one on average."""
    dice = share("storm", asked.person.name, asked.path, int(asked.t * 1000))
    return min(WORST, -log(1.0 - dice))


def _with(reply: Reply, body: bytes) -> Reply:
    return replace(reply, body=body, headers=reply.headers | {"Content-Length": str(len(body))})


def _huge(reply: Reply, fault: Active) -> Reply:
    """The answer grown to so many megabytes of good JSON, or an error that carries as many."""
    size = int(fault.amount * MEGABYTE)
    if fault.sort == "answer":
        return _with(reply, _grown(reply.body, size))
    refused = refusal(500, "EXEC_ERROR", OVERFLOW, {"stdout": ""}, reply.delay)
    return _with(refused, refused.body.replace(b'"stdout":""', b'"stdout":"%b"' % _filling(size)))


def _grown(body: bytes, size: int) -> bytes:
    inside = body[1:-1]
    if body.startswith(b"[") and inside:
        return b"[" + b",".join([inside] * (size // len(inside) + 1)) + b"]"
    if body.startswith(b"{"):
        return b"%b%b%b}" % (body[:-1], b"," if inside else b"", b'"more":"%b"' % _filling(size))
    return compact([_filling(size).decode()])


@lru_cache(maxsize=4)
def _filling(size: int) -> bytes:
    return b"so much to say " * (size // 15 + 1)
