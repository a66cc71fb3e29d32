"""Recorded requests asked again: the simulator's answer is the recorded one, word for word."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.wire.simulated import HERE, START, world

AGAIN = {
    *("auth-basic", "auth-lowercase-scheme", "auth-missing", "auth-query-token", "auth-quoted-key"),
    *("auth-two-blanks", "auth-wrong-key", "auth-trailing-blank", "api-health-key"),
    *("bad-percent-escape-unmatched", "bad-percent-escape", "container-logs-tail-all"),
    *("container-logs-unknown", "container-restart-bad-name-dot", "container-restart-unknown"),
    *("double-slash", "guard-ctrl-api-no-header", "guard-openclaw-YES", "guard-openclaw-no-header"),
    *("guard-openclaw-true", "head", "healthz-key", "healthz-no-key", "hermes-ready", "root"),
    *("schedule-describe-unknown", "schedule-trigger-unknown", "stream-unknown"),
    *("system-info-hyphen", "trailing-slash", "unknown-route", "unknown-route-no-key"),
    *("uppercase-path", "workers-runs", "workflow-describe-unknown", "workflow-terminate-unknown"),
    *("workflows-bad-query", "workflows-empty", "workflows-unknown-attribute", "wrong-method"),
    *("x-tenant-id", "x-tenant-id-no-key", "container-start", "container-stop", "schedule-pause"),
    *("guard-unneeded-header", "f2-storage-metrics", "f2-restart-openclaw", "f2-admin-audit"),
    *("openclaw-ready", "workflow-history-unknown", "chore-unknown", "chore-pause", "chore-resume"),
    "devices",
}
"""Recordings whose request means the same to any tenant of that generation."""

MOMENT = re.compile(r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")


@pytest.mark.parametrize("name", sorted(AGAIN))
def test_a_recorded_request_gets_the_recorded_answer(name: str) -> None:
    path = HERE / "recorded" / f"{name}.json"
    entry = json.loads(path.read_text())
    made = world()
    person = next(
        p
        for p in made.people
        if p.generation == ("F2" if name.startswith("f2-") else "F3") and "mcp-server" in p.services
    )
    request = entry["request"]
    headers = {
        key.lower(): value.replace("<AAS_API_KEY>", person.key).strip()
        for key, value in request["headers"].items()
    }
    target = request["path"].replace("<AAS_API_KEY>", person.key)
    reply = made.respond(person.name, request["method"], target, headers, START)
    assert reply.status == entry["response"]["status"], reply.body
    assert set(reply.headers) == set(entry["response"]["headers"]) - {"Connection"}
    if request["method"] == "HEAD":
        return
    said, recorded = json.loads(reply.body), entry["response"]["body"]
    if name == "schedule-pause":
        assert len(reply.body) == pytest.approx(entry["response"]["body_bytes"], rel=0.1)
        said, recorded = (_first_line(text) for text in (said, recorded))
    if name == "x-tenant-id":
        said, recorded = ({"code": e["error"]["code"]} for e in (said, recorded))
    assert _timeless(said) == _timeless(recorded)


def _first_line(body: Any) -> Any:
    error = body["error"]
    return {
        "code": error["code"],
        "message": error["message"].splitlines()[0],
        "stderr": error["details"]["stderr"].splitlines()[0],
    }


def _timeless(body: Any) -> Any:
    return json.loads(MOMENT.sub("time=", json.dumps(body)))
