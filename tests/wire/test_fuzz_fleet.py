"""One tenant's answer is broken: nothing crashes, no other verdict moves, the reason says where.

Through decoding and judging, and for what only a socket can do (10 MB, cut, a slow drip) through
the real door.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alfred_tui.fleet.state import FleetState
from alfred_tui.model.limits import Limits
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.tenant import Secret, Tenant
from alfred_tui.model.verdict import Reason
from alfred_tui.model.view import TenantView
from alfred_tui.tenant.door import ApiDoor
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire import decode
from tests.tenant.loopback import QUICK, Exchange, listening, tenant
from tests.wire.entries import body
from tests.wire.test_fuzz import ODD, PATHS, mangled, points_at

AT = datetime(2026, 11, 23, 13, 17, 20, tzinfo=UTC)
"""Just after the recordings were made."""
RECORDED = {
    Look.CONTAINERS: "containers",
    Look.DASHBOARD: "dashboard",
    Look.QUEUE: "task-queue-pollers",
    Look.SCHEDULES: "schedules",
    Look.WORKFLOWS: "workflows-running",
    Look.STREAMS: "streams",
    Look.SYSTEM: "system-info",
    Look.WORKERS: "workers-status",
}
VICTIM, OTHERS = "victim", ("acme", "birch", "cedar")


def seen(name: str, look: Look, raw: bytes, at: datetime) -> Observation:
    """What a look would have seen, had it got these bytes."""
    made = {"tenant": name, "look": look, "at": at, "took": 0.1, "door": Door.API}
    try:
        answer, odd = decode(look, raw)
    except BadAnswer as trouble:
        return Observation(**made, failure=trouble.failure)  # type: ignore[arg-type]
    return Observation(**made, answer=answer, oddities=odd)  # type: ignore[arg-type]


def fleet() -> FleetState:
    """Four tenants, each seen once through every look."""
    state = FleetState(Limits(), now=lambda: AT)
    for number, name in enumerate((*OTHERS, VICTIM)):
        state.add(Tenant(name, f"https://10.0.0.{number + 1}:3100", Secret("k" * 20)))
        for look, recording in RECORDED.items():
            state.apply(seen(name, look, body(recording), AT))
    return state


def neighbours(state: FleetState) -> dict[str, TenantView]:
    return {name: state.view(name) for name in OTHERS}


def oddness(state: FleetState) -> list[Reason]:
    return [reason for reason in state.view(VICTIM).reasons if reason.rule == "answer-odd"]


def struck(look: Look, raw: bytes) -> tuple[Observation, list[Reason]]:
    """The fleet after its victim got these bytes twice; the others are as they were."""
    state = fleet()
    before = neighbours(state)
    assert oddness(state) == []
    for turn in (1, 2):
        broken = seen(VICTIM, look, raw, AT + timedelta(seconds=10 * turn))
        state.apply(broken)
    assert neighbours(state) == before
    state.age(AT + timedelta(seconds=21))
    assert {n: v.pill for n, v in neighbours(state).items()} == {
        n: v.pill for n, v in before.items()
    }
    return broken, oddness(state)


@settings(max_examples=250, deadline=None)
@given(data=st.data(), value=ODD, drop=st.booleans(), look=st.sampled_from(sorted(RECORDED)))
def test_one_mangled_node_is_named_in_the_reason_and_touches_nobody_else(
    data: st.DataObject, value: Any, drop: bool, look: Look
) -> None:
    path = data.draw(st.sampled_from(PATHS[RECORDED[look]]))
    broken, reasons = struck(look, mangled(RECORDED[look], path, value, drop=drop))
    assert bool(reasons) == (broken.failure is not None or bool(broken.oddities))
    for reason in reasons:
        assert reason.subject == look
        at = f" at {reason.value}" if reason.value != "$" else ""
        assert f" odd{at}: " in reason.text
        assert points_at(reason.value, path)


def test_the_place_of_an_odd_word_is_the_reasons_value() -> None:
    raw = mangled("containers", (3, "State"), None, drop=False)
    _, (reason,) = struck(Look.CONTAINERS, raw)
    assert reason.value == "$[3].State"
    assert reason.text == "containers odd at $[3].State: Expected `str`, got `null`"


def words(look: Look) -> list[tuple[str | int, ...]]:
    """Places of texts in a recording, the first of each key."""
    found: dict[str | int, tuple[str | int, ...]] = {}
    for path in PATHS[RECORDED[look]]:
        value = json.loads(body(RECORDED[look]))
        for step in path:
            value = value[step]
        if isinstance(value, str):
            found.setdefault(path[-1], path)
    return list(found.values())


@pytest.mark.parametrize("look", sorted(RECORDED))
def test_ten_megabytes_in_one_word_are_not_kept(look: Look) -> None:
    for path in words(look)[:6]:
        state = fleet()
        before = neighbours(state)
        raw = mangled(RECORDED[look], path, "z" * 10_000_000, drop=False)
        broken = seen(VICTIM, look, raw, AT + timedelta(seconds=10))
        state.apply(broken)
        assert neighbours(state) == before
        assert len(repr(state.view(VICTIM))) < 100_000
        assert len(repr(broken)) < 200_000


@pytest.mark.parametrize("look", sorted(RECORDED))
@pytest.mark.parametrize("value", [None, 7, ["z" * 10_000_000]], ids=["null", "number", "10 MB"])
def test_of_every_look_the_whole_answer_may_be_something_else(look: Look, value: Any) -> None:
    _, (reason,) = struck(look, json.dumps(value).encode())
    assert reason.value.startswith("$")


@pytest.mark.parametrize("look", sorted(RECORDED))
def test_a_deep_answer_is_refused(look: Look) -> None:
    _, (reason,) = struck(look, b"[" * 100_000 + b"]" * 100_000)
    assert reason.value.startswith("$")


# --- through the door -------------------------------------------------------------------------

CUT, DRIP, HUGE, LINE = "cut", "drip", "10 MB", "10 MB word"


async def ill(exchange: Exchange, how: str, raw: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    if how == CUT:
        exchange.raw(head % len(raw) + raw[: len(raw) // 2])
        exchange.writer.close()
    elif how == DRIP:
        exchange.raw(head % len(raw))
        for byte in raw:
            exchange.raw(bytes([byte]))
            await exchange.writer.drain()
            await asyncio.sleep(0.01)
    elif how == HUGE:
        exchange.answer(b"[" + b" " * 10_000_000 + raw[1:])
    else:
        rows = json.loads(raw)
        rows[0]["Status"] = "z" * 10_000_000
        exchange.answer(json.dumps(rows).encode())


@pytest.mark.parametrize(
    ("how", "kind", "reason"),
    [
        (CUT, FailureKind.CUT, ""),
        (DRIP, FailureKind.TIMED_OUT, ""),
        (HUGE, FailureKind.TOO_LARGE, "containers odd: answer larger than 4 MB"),
        (LINE, FailureKind.TOO_LARGE, "containers odd: answer larger than 4 MB"),
    ],
)
async def test_a_tenant_that_is_ill_on_the_wire_delays_and_changes_nobody(
    how: str, kind: FailureKind, reason: str
) -> None:
    raw = body("containers")

    async def serve(exchange: Exchange) -> None:
        if b"victim-key" in exchange.head:
            await ill(exchange, how, raw)
        else:
            exchange.answer(raw)

    state = fleet()
    before = neighbours(state)
    finished: list[str] = []
    async with listening(serve) as server:
        door = ApiDoor(poll=QUICK, now=lambda: AT + timedelta(seconds=10))

        async def look(name: str) -> Observation:
            key = Secret(f"{name}-key-invented")
            got = await door.look(tenant(server.port, name=name, api_key=key), Look.CONTAINERS)
            finished.append(name)
            return got

        everybody = [look(name) for name in (VICTIM, *OTHERS)]
        answers = await asyncio.gather(*everybody)
        await door.aclose()
    for got in answers:
        state.apply(got)
    assert answers[0].failure is not None
    assert answers[0].failure.kind is kind
    assert all(got.failure is None for got in answers[1:])
    if how == DRIP:
        assert finished[-1] == VICTIM, "nobody waited for it"
    for name, was in before.items():
        now = state.view(name)
        assert (now.pill, [r.rule for r in now.reasons]) == (
            was.pill,
            [r.rule for r in was.reasons],
        )
    assert reason in "".join(r.text for r in oddness(state))
