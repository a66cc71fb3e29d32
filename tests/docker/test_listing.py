"""What Compose prints of a project, as rows: recorded from a real one, and by older ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alfred_tui.tenant.containers import rows
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire.containers import containers

RECORDED = Path(__file__).parents[1] / "sim" / "recorded" / "docker" / "compose-ps.jsonl"


def test_a_line_an_object_is_read_as_the_api_s_list() -> None:
    answer, odd = containers(rows(RECORDED.read_bytes()))
    assert list(odd) == []
    assert {row.service: (row.state, row.health) for row in answer.rows} == {
        "alfred": ("running", ""),
        "alfred-learn": ("restarting", ""),
        "ctrl-api": ("running", "unhealthy"),
        "openclaw": ("running", "healthy"),
        "plane-redis": ("paused", ""),
        "temporal": ("running", "starting"),
    }
    assert answer.by_service["alfred"].up is not None
    assert answer.by_service["alfred"].image_id == "816531d395ec"


def test_the_array_of_an_old_compose_is_the_same() -> None:
    lines = RECORDED.read_text().splitlines()
    old = json.dumps([json.loads(line) for line in lines]).encode()
    assert containers(rows(old + b"\n"))[0] == containers(rows(RECORDED.read_bytes()))[0]


def test_where_nothing_runs_nothing_is_printed_and_that_is_an_answer() -> None:
    for text in (b"", b"\n", b"[]\n"):
        assert containers(rows(text))[0].rows == ()


def test_a_line_that_is_no_row_spoils_no_other() -> None:
    text = b"a new version is there\n" + RECORDED.read_bytes()
    assert len(containers(rows(text))[0].rows) == 6


@pytest.mark.parametrize("text", [b"a new version is there\n", b"{\n", b'"alfred"\n'])
def test_what_is_no_listing_is_no_empty_one(text: bytes) -> None:
    with pytest.raises(BadAnswer):
        containers(rows(text))
