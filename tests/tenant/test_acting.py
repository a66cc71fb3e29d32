"""Calls that change something, against a real server: sent once, and what came of them is never
told better or worse than it is known."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alfred_tui.model.operation import Answer, ApiCall, Outcome
from alfred_tui.tenant.acting import SAID, Actor
from alfred_tui.tenant.door import ApiDoor
from tests.tenant.loopback import KEY, QUICK, Exchange, Handler, blackhole, listening, tenant
from tests.wire.entries import body, entry, names

CALL = ApiCall("restart it", "POST", "/api/v1/admin/containers/caddy/restart", limit=2.0)


class Sent(NamedTuple):
    """What came of it, and how often it was asked."""

    answer: Answer
    times: int


async def sent(handler: Handler, call: ApiCall = CALL) -> Sent:
    door = ApiDoor(poll=QUICK, now=lambda: datetime.now(UTC))
    try:
        async with listening(handler) as server:
            answer = await Actor(door.transport).send(tenant(server.port), call)
            return Sent(answer, len(server.heads))
    finally:
        await door.aclose()


def sound(made: Sent) -> Answer:
    """It was sent once, and what is kept of the answer is a line that can be shown."""
    assert made.times == 1
    text = made.answer.text
    assert len(text) <= SAID + 200
    assert KEY not in text
    assert not {unicodedata.category(each) for each in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return made.answer


ACTS = [
    name
    for name in names("recorded")
    if entry(name)["request"]["method"] not in ("GET", "HEAD")
    and entry(name)["response"]["status"] is not None
]


@pytest.mark.parametrize("name", ACTS)
async def test_what_a_tenant_has_answered_to_a_change_is_told_as_it_was(name: str) -> None:
    status: int = entry(name)["response"]["status"]

    async def as_recorded(exchange: Exchange) -> None:
        exchange.answer(body(name), f"{status} Recorded")

    answer = sound(await sent(as_recorded))
    assert (answer.outcome, answer.status) == (
        Outcome.DONE if status < 300 else Outcome.FAILED,
        status,
    )
    error = json.loads(body(name)).get("error") if status >= 300 else None
    said = error["message"] if isinstance(error, dict) else error
    if said and status != 404:
        # without the words that wrap what a command has said
        told = answer.text.partition(": again in ")[0]
        assert told
        whole = " ".join(said.replace('\\"', '"').split())
        assert told[:60] in whole or told.startswith(whole)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    status=st.sampled_from([200, 201, 204, 301, 400, 401, 404, 409, 429, 500, 502, 503, 599, 999]),
    said=st.one_of(
        st.binary(max_size=300),
        st.sampled_from([b"{" * 5000, b'{"error": ' + b"[" * 4000, b"\xff" * 70_000]),
        st.recursive(
            st.one_of(st.none(), st.integers(), st.text(max_size=20)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(st.sampled_from(["error", "code", "message", "x"]), inner),
            ),
            max_leaves=6,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    wait=st.sampled_from(["", "Retry-After: 7", "Retry-After: soon", "Retry-After: -1e999"]),
)
def test_whatever_is_answered_its_status_says_what_came_of_it(
    status: int, said: bytes, wait: str
) -> None:
    async def anything(exchange: Exchange) -> None:
        exchange.answer(b"" if status == 204 else said, f"{status} x", *([wait] if wait else []))

    answer = sound(asyncio.run(sent(anything)))
    assert answer.status == status
    assert answer.outcome is (Outcome.DONE if 200 <= status < 300 else Outcome.FAILED)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    begun=st.one_of(
        st.binary(max_size=200),
        st.sampled_from(
            [
                b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
                b"HTTP/1.1 200",
                b"HTTP/1.1 20000 OK\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                b"SSH-2.0-OpenSSH_9.2p1\r\n",
            ]
        ),
    )
)
def test_after_an_answer_that_is_none_it_is_unknown_what_came_of_it(begun: bytes) -> None:
    async def nonsense(exchange: Exchange) -> None:
        exchange.raw(begun)

    answer = sound(asyncio.run(sent(nonsense)))
    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)


async def test_without_an_answer_in_its_time_it_is_unknown() -> None:
    over = asyncio.Event()

    async def silence(exchange: Exchange) -> None:
        await over.wait()

    answer = sound(await sent(silence, ApiCall("it", "POST", "/x", limit=0.3)))
    assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)
    assert "no whole answer within 0.3 s" in answer.text


async def test_where_nobody_listens_it_was_not_sent() -> None:
    door = ApiDoor(poll=QUICK, now=lambda: datetime.now(UTC))
    async with blackhole() as port:
        answer = await Actor(door.transport).send(tenant(port), CALL)
    await door.aclose()
    assert (answer.outcome, answer.status) == (Outcome.NOT_SENT, None)
