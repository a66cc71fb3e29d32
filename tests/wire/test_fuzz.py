"""One node dropped, nulled, retyped, deep or huge: used, noted or refused, never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alfred_tui.model.look import Look
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire import decode
from tests.wire.entries import body

LOOKS = {
    "containers": Look.CONTAINERS,
    "dashboard": Look.DASHBOARD,
    "dashboard-h": Look.DASHBOARD,
    "system-info": Look.SYSTEM,
    "task-queue-pollers": Look.QUEUE,
    "schedules": Look.SCHEDULES,
    "workflows-running": Look.WORKFLOWS,
    "streams": Look.STREAMS,
    "workers-status": Look.WORKERS,
    "workers-status-h": Look.WORKERS,
}
DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "0001-01-01T00:00:00Z", "9" * 400, "\x1b[31m", "y" * 200_000]),
    st.sampled_from([[], {}, [None], {"": None}, DEEP]),
)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        items = list(value.items())
    else:
        items = list(enumerate(value)) if isinstance(value, list) else []
    for key, inner in items[:12]:
        found += nodes(inner, (*path, key))
    return found


PARSED = {name: json.loads(body(name)) for name in LOOKS}
PATHS = {name: [path for path in nodes(value) if path] for name, value in PARSED.items()}


def mangled(name: str, path: tuple[Any, ...], value: Any, *, drop: bool) -> bytes:
    whole = json.loads(body(name))
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return json.dumps(whole).encode()


@settings(max_examples=150, deadline=None)
@given(data=st.data(), value=ODD, drop=st.booleans(), name=st.sampled_from(sorted(LOOKS)))
def test_a_mangled_node_is_used_noted_or_refused_by_path(
    data: st.DataObject, value: Any, drop: bool, name: str
) -> None:
    path = data.draw(st.sampled_from(PATHS[name]))
    try:
        _, odd = decode(LOOKS[name], mangled(name, path, value, drop=drop))
    except BadAnswer as trouble:
        assert trouble.failure.path.startswith("$")
        return
    for place in odd:
        assert place.path.startswith("$")


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(LOOKS)), share=st.floats(0, 0.999))
def test_a_cut_answer_is_refused(name: str, share: float) -> None:
    whole = body(name)
    with pytest.raises(BadAnswer):
        decode(LOOKS[name], whole[: int(len(whole) * share)])


@pytest.mark.parametrize("look", sorted(set(LOOKS.values())))
@pytest.mark.parametrize(
    "junk",
    [b"", b"null", b"3", b'"x"', b"<html>", b"\xff\xfe", b'{"raw":"text"}', b"[" * 100_000],
)
def test_junk_is_refused_or_read_as_text(look: Look, junk: bytes) -> None:
    if look is Look.WORKERS and b"raw" in junk:
        assert decode(look, junk)[0]
        return
    with pytest.raises(BadAnswer):
        decode(look, junk)


def test_one_odd_row_spoils_only_itself() -> None:
    answer, odd = decode(Look.CONTAINERS, mangled("containers", (3, "State"), None, drop=False))
    assert len(answer.rows) == 11  # type: ignore[union-attr]
    assert [place.path for place in odd] == ["$[3].State"]
