"""One node dropped, nulled, retyped, deep or huge: used, noted or refused, never a crash."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alfred_tui.model.facts import Containers, Dashboard, Oddity
from alfred_tui.model.look import Look
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.replies import error_of
from alfred_tui.tenant.wire import decode, decode_stream, decode_system_disk
from tests.wire.entries import body, entry, look_of, names

Path = tuple[str | int, ...]
Decode = Callable[[bytes], tuple[Any, tuple[Oddity, ...]]]


def decoder(name: str) -> Decode:
    look = look_of(name)
    if look == "stream":
        return decode_stream
    if look == "disk":
        return decode_system_disk
    assert isinstance(look, Look)
    return lambda raw: decode(look, raw)


def usable(name: str) -> bool:
    if look_of(name) is None or entry(name)["response"]["status"] != 200:
        return False
    return "body_text" not in entry(name)["response"] and len(body(name)) < 60_000


WELL = [name for name in names() if usable(name) and not name.endswith("-raw")]
REFUSED = [name for name in names() if (entry(name)["response"]["status"] or 0) >= 300]
PARSED = {name: json.loads(body(name)) for name in WELL}

DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "0001-01-01T00:00:00Z", "9" * 400, "\x1b[31m", "\ud83d", "٣%"]),
    st.sampled_from(["y" * 200_000, "9999-12-31T23:59:59-14:00", "Up 9999999999 years", "1e999s"]),
    st.sampled_from([[], {}, [None], {"": None}, {"seconds": 10**30}, DEEP]),
)


def nodes(value: Any, path: Path = ()) -> list[Path]:
    found = [path]
    if isinstance(value, dict):
        items: list[tuple[str | int, Any]] = list(value.items())
    else:
        items = list(enumerate(value)) if isinstance(value, list) else []
    for key, inner in items[:14]:
        found += nodes(inner, (*path, key))
    return found


PATHS = {name: nodes(value) for name, value in PARSED.items()}


NO_ROUTE = {Look.BANNER, Look.SHELL}
"""Looks that are no question to the API."""


def test_every_route_that_is_called_is_here() -> None:
    assert {look_of(name) for name in WELL} == {*Look, "stream", "disk"} - NO_ROUTE


def mangled(name: str, path: Path, value: Any, *, drop: bool) -> bytes:
    return changed(json.loads(body(name)), path, value, drop=drop)


def changed(whole: Any, path: Path, value: Any, *, drop: bool) -> bytes:
    """The value with the node at ``path`` exchanged, or taken out, as JSON."""
    if not path:
        return json.dumps(value).encode()
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return json.dumps(whole).encode()


def steps(path: str) -> list[str]:
    assert path.startswith("$")
    return re.findall(r"\.[^.\[]*|\[\d+\]", path[1:])


def points_at(said: str, changed: Path) -> bool:
    """Whether one of the two places holds the other."""
    mine = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in changed]
    named = steps(said)
    size = min(len(mine), len(named))
    return mine[:size] == named[:size]


@settings(max_examples=400, deadline=None)
@given(data=st.data(), value=ODD, drop=st.booleans(), name=st.sampled_from(WELL))
def test_a_mangled_node_is_used_noted_or_refused_by_its_path(
    data: st.DataObject, value: Any, drop: bool, name: str
) -> None:
    path = data.draw(st.sampled_from(PATHS[name]))
    try:
        answer, odd = decoder(name)(mangled(name, path, value, drop=drop))
    except BadAnswer as trouble:
        assert points_at(trouble.failure.path, path)
        return
    for place in odd:
        assert points_at(place.path, path)
    shown = repr(answer)
    shown.encode()  # no half of a surrogate pair is left to break a terminal
    assert "\x1b" not in shown


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(WELL), share=st.floats(0, 0.999))
def test_a_cut_answer_is_refused(name: str, share: float) -> None:
    whole = body(name)
    with pytest.raises(BadAnswer) as trouble:
        decoder(name)(whole[: int(len(whole) * share)])
    assert trouble.value.failure.path == "$"


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(WELL), at=st.floats(0, 1), junk=st.binary(min_size=1, max_size=6))
def test_overwritten_bytes_never_crash(name: str, at: float, junk: bytes) -> None:
    whole = body(name)
    start = int(len(whole) * at)
    try:
        decoder(name)(whole[:start] + junk + whole[start + len(junk) :])
    except BadAnswer as trouble:
        assert trouble.failure.path.startswith("$")


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(REFUSED), at=st.floats(0, 1), junk=st.binary(max_size=6))
def test_a_mangled_refusal_is_still_a_refusal(name: str, at: float, junk: bytes) -> None:
    whole = body(name)
    start = int(len(whole) * at)
    status = entry(name)["response"]["status"]
    failure = error_of(status, whole[:start] + junk + whole[start + len(junk) + 1 :]).failure
    assert failure.status == status
    assert failure.text
    assert "\n" not in failure.text


@pytest.mark.parametrize("look", sorted(set(Look) - NO_ROUTE))
@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"null",
        b"3",
        b'"x"',
        b"NaN",
        b"[NaN]",
        b"<html>",
        b"\xff\xfe",
        b'{"raw":"text"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda junk: repr(junk[:12]),
)
def test_junk_is_refused_or_read_as_text(look: Look, junk: bytes) -> None:
    if look is Look.WORKERS and b"raw" in junk:
        assert decode(look, junk)[0]
        return
    with pytest.raises(BadAnswer):
        decode(look, junk)


def test_an_odd_word_spoils_only_itself() -> None:
    answer, odd = decode(Look.CONTAINERS, mangled("containers", (3, "State"), None, drop=False))
    assert isinstance(answer, Containers)
    assert [(place.path, place.text) for place in odd] == [
        ("$[3].State", "Expected `str`, got `null`")
    ]
    assert len(answer.rows) == 11
    assert [row.service for row in answer.rows if not row.state] == [answer.rows[3].service]


def test_a_row_without_its_service_says_nothing() -> None:
    answer, odd = decode(Look.CONTAINERS, mangled("containers", (3, "Service"), 0, drop=True))
    assert isinstance(answer, Containers)
    assert [(place.path, place.text) for place in odd] == [("$[3].Service", "missing")]
    assert len(answer.rows) == 10


def test_of_an_answer_all_odd_the_first_place_is_named() -> None:
    rows = [{"State": "running", "Service": n} for n in range(3000)]
    with pytest.raises(BadAnswer) as trouble:
        decode(Look.CONTAINERS, json.dumps(rows).encode())
    assert trouble.value.failure.path == "$[0].Service"


def test_a_ten_megabyte_word_is_cut() -> None:
    answer, odd = decode(
        Look.CONTAINERS, mangled("containers", (0, "Status"), "z" * 10_000_000, drop=False)
    )
    assert isinstance(answer, Containers)
    assert (len(answer.rows[0].status), odd) == (60, ())


def test_half_an_emoji_in_a_name_is_replaced_without_a_word() -> None:
    raw = body("dashboard").replace(b'"conversation":[', b'"caf\\ud83d":[],"conversation":[', 1)
    answer, odd = decode(Look.DASHBOARD, raw)
    assert isinstance(answer, Dashboard)
    assert odd == ()
    assert dict(answer.records_by_type)["caf�"] == 0
    assert answer.records == 298


def test_text_that_is_not_utf8_is_replaced_and_said() -> None:
    raw = body("dashboard").replace(b'"conversation":', b'"conv\xff":', 1)
    answer, odd = decode(Look.DASHBOARD, raw)
    assert isinstance(answer, Dashboard)
    assert [(place.path, place.text) for place in odd] == [("$", "not UTF-8")]
    assert answer.records == 298


def test_of_two_keys_alike_the_last_counts() -> None:
    answer, odd = decode(
        Look.CONTAINERS, b'[{"Service":"a","Service":"alfred","State":"x","State":"running"}]'
    )
    assert isinstance(answer, Containers)
    assert (answer.rows[0].service, answer.rows[0].state, odd) == ("alfred", "running", ())


def test_secrets_are_never_kept() -> None:
    board = repr(decode(Look.DASHBOARD, body("dashboard"))[0])
    streams = repr(decode(Look.STREAMS, body("streams-states"))[0])
    detail = repr(decode_stream(body("stream-get"))[0])
    for secret in ("gw-token", "tg-invented", "whk_", "conn_", "secret"):
        assert secret not in board + streams + detail
