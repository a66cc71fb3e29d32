"""What commands on a host print, spoiled: read as far as it goes, or refused in words."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alfred_tui.model.look import Look
from alfred_tui.ops.ended import read as read_ended
from alfred_tui.ops.operation import Unseen
from alfred_tui.tenant import images
from alfred_tui.tenant.containers import ListedOverSsh
from alfred_tui.tenant.errors import TenantError
from alfred_tui.tenant.host.asked import MARK, PARTS, parts
from alfred_tui.tenant.host.look import read
from alfred_tui.tenant.ssh.result import Result
from alfred_tui.tenant.temporal.shell import OverSsh
from alfred_tui.tenant.wire import decode
from tests.tenant.test_host import DF, MICRO, STATS
from tests.wire.test_fuzz import ODD, changed, nodes

HERE = Path(__file__).parents[1] / "sim" / "recorded"
LISTS = {
    Look.CONTAINERS: "docker/compose-ps.jsonl",
    Look.QUEUE: "temporal/taskqueue-describe-pollers.json",
    Look.SCHEDULES: "temporal/schedule-list.json",
    Look.WORKFLOWS: "temporal/workflow-list-running.json",
}
ENTRY = {"__REALTIME_TIMESTAMP": str(MICRO), "MESSAGE": "it began", "PRIORITY": "4", "UNIT": "a.b"}
TIMER = {"unit": "alfred-update.timer", "activates": "alfred-update.service", "next": MICRO}
SAID = {
    "uptime": "30454.76 27705.24\n",
    "load": "2.00 2.20 2.34 3/114 18768\n",
    "memory": "MemTotal:       24683656 kB\nMemAvailable:   23601908 kB\n",
    "disks": DF,
    "timers": json.dumps([TIMER, TIMER | {"last": 0}]) + "\n",
    "units": "Id=docker.service\nLoadState=loaded\nActiveState=active\nSubState=running\n",
    "failed units": json.dumps([{"unit": "x.service", "active": "failed"}]) + "\n",
    "journal of ours": json.dumps(ENTRY) + "\n",
    "journal": json.dumps(ENTRY | {"MESSAGE": [104, 105]}) + "\n",
}
IMAGE = "sha256:" + "a1" * 32
IMAGES = f'alfred {IMAGE} it:latest\nother {IMAGE} it:1\n\n{IMAGE} ["x/it@{IMAGE}"]\n'
WORDS = st.one_of(
    st.sampled_from(["", "\n", "0", "-", "[", "{", "\x00", "\x1b[31m", "٣", "9" * 400, "9" * 5000]),
    st.sampled_from(["null", "1e999", "99999999999GiB / 1", f"{MARK}0", f"{MARK}journal", "²"]),
    st.text(max_size=20),
)


@st.composite
def spoiled(draw: st.DrawFn, text: str) -> str:
    """The text with up to three pieces of it exchanged, taken out or said twice."""
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 40)))
        instead = draw(WORDS) if draw(st.booleans()) else text[begin:end] * 2
        text = text[:begin] + instead + text[end:]
    return text


def printed(said: dict[str, str]) -> str:
    return "".join(f"{MARK}{name}\n{text}{MARK}0\n" for name, text in said.items())


def test_every_part_of_the_look_at_a_host_is_here() -> None:
    assert SAID.keys() == PARTS.keys()
    host = read(parts(printed(SAID)), Result(0, STATS.encode()))
    assert (host.missing, len(host.usage), len(host.journal)) == ((), 3, 2)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(SAID)))
def test_a_spoiled_part_takes_no_other_with_it(data: st.DataObject, name: str) -> None:
    text = data.draw(spoiled(SAID[name]))
    host = read(parts(printed(SAID | {name: text})), Result(0, STATS.encode()))
    assert len(host.usage) == 3
    if MARK not in text:
        assert {each.part for each in host.missing} <= {name}


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_the_host_prints_is_read(data: st.DataObject) -> None:
    stats = data.draw(spoiled(STATS))
    text = data.draw(spoiled(printed(SAID)))
    read(parts(text), Result(0, stats.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 400, "9" * 5000, "1e999", "nan", "٣"])
def test_figures_that_nobody_means_spoil_nothing_else(digits: str) -> None:
    said = {name: re.sub(r"\d+(?=\D*$)", digits, text, count=1) for name, text in SAID.items()}
    rows = [
        {"Name": "compose-alfred-1", key: text}
        for key in ("CPUPerc", "MemUsage", "MemPerc", "PIDs")
        for text in (digits, f"{digits}%", f"{digits}GiB / 1GiB")
    ]
    stats = "".join(json.dumps(row) + "\n" for row in rows)
    host = read(parts(printed(said)), Result(0, stats.encode()))
    assert len(host.usage) == len(rows)
    figures = [x for row in host.usage for x in (row.cpu, row.memory, row.memory_percent)]
    assert all(x is None or math.isfinite(x) for x in (*figures, *host.load, host.uptime))
    parts(f"{MARK}uptime\n1\n{MARK}{digits}\n")


@settings(max_examples=300, deadline=None)
@given(text=spoiled(IMAGES))
def test_images_that_are_told_are_images(text: str) -> None:
    for image in images.read(text):
        assert image.image_id == IMAGE
        assert all("@sha256:" in digest for digest in image.digests)


def recorded(look: Look) -> Any:
    text = (HERE / LISTS[look]).read_text()
    if LISTS[look].endswith("jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return json.loads(text)


PATHS = {look: nodes(recorded(look)) for look in LISTS}


def body(look: Look, text: bytes) -> bytes:
    ways = ListedOverSsh if look is Look.CONTAINERS else OverSsh
    return ways(None, None, None).body(text)  # type: ignore[abstract, arg-type]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), look=st.sampled_from(sorted(LISTS)), value=ODD, drop=st.booleans())
def test_a_mangled_listing_is_used_noted_or_refused(
    data: st.DataObject, look: Look, value: Any, drop: bool
) -> None:
    path = data.draw(st.sampled_from([each for each in PATHS[look] if each]))
    text = changed(recorded(look), path, value, drop=drop)
    try:
        answer, _ = decode(look, body(look, text))
    except TenantError as refused:
        assert str(refused)
    else:
        assert answer is not None


@settings(max_examples=300, deadline=None)
@given(data=st.data(), look=st.sampled_from(sorted(LISTS)))
def test_a_listing_in_pieces_is_used_noted_or_refused(data: st.DataObject, look: Look) -> None:
    text = data.draw(spoiled((HERE / LISTS[look]).read_text()))
    try:
        decode(look, body(look, text.encode("utf-8", "surrogatepass")))
    except TenantError as refused:
        assert str(refused)


@settings(max_examples=300, deadline=None)
@given(text=spoiled((HERE / "temporal" / "workflow-list.json").read_text()))
def test_what_has_ended_is_told_or_cannot_be_seen(text: str) -> None:
    try:
        read_ended(text)
    except Unseen as why:
        assert "not understood" in str(why)


def test_the_recorded_list_of_what_has_ended_is_read() -> None:
    found = read_ended((HERE / "temporal" / "workflow-list.json").read_text())
    assert found is not None
    assert found.status in ("completed", "failed", "terminated", "canceled", "timed_out")
    with pytest.raises(Unseen):
        read_ended("no JSON")
