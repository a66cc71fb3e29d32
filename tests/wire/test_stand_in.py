"""The stand-in for ctrl-api says what the real one said, byte for byte but for spacing, where the
commands that it wraps do as they did then."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import ctrl_api as stand_in
from tests.support.ctrl_api import KEY, ctrl_api
from tests.wire.entries import entry, names

ROUTE = re.compile(
    r"/admin/containers(/[^/]+/(restart|stop|start))?|/schedules(/[^/]+/(pause|trigger))?"
    r"|/chores/[^/]+/(pause|resume)|/workflows(/[^/]+/terminate)?"
    r"|/admin/temporal/task-queues/[^/]+"
)
BESIDE = {
    "guard-ctrl-api-yes": "the one that would answer is restarted",
    "schedule-create-duplicate": "nobody creates schedules",
    "x-tenant-id": "nobody sends that header",
    "f2-restart-openclaw": "of a generation that guards nothing",
    "bad-percent-escape": "another route's",
    "url-too-long": "nobody asks so much",
}
AS_IT_DID = 'cat "$1"; cat "$2" >&2; [ -z "$4" ] || sleep 60; exit "$3"'
"""Prints what the wrapped command printed, and ends as it did."""


def asked() -> Iterator[str]:
    for name in names("recorded"):
        path = urlsplit(entry(name)["request"]["path"]).path
        found = ROUTE.fullmatch(path.removeprefix("/api/v1"))
        odd = path.lower() != path or "//" in path
        if (found or odd) and name not in BESIDE:
            yield name


def printed(body: Any) -> tuple[str, str, str]:
    """Standard output, standard error and the end of the command behind an answer."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or error["code"] != "EXEC_ERROR":
        return json.dumps(body), "", "0"
    details = error.get("details", {})
    code = re.match(r"docker failed \((\w+)\)", error["message"])
    return details.get("stdout", ""), details.get("stderr", ""), code[1] if code else "0"


@pytest.mark.parametrize("name", asked())
def test_it_answers_as_the_recorded_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, response = entry(name)["request"], entry(name)["response"]
    out, err, code = printed(response["body"])
    (tmp_path / "out").write_text(out)
    (tmp_path / "err").write_text(err)
    late = "late" if response["elapsed_ms"] > 30_000 else ""
    if late:
        monkeypatch.setattr(stand_in, "LIMIT", 0.5)
    trap = "trap 'kill $!; exit 255' TERM; " if late else ""  # as compose ends by that signal
    script = trap + AS_IT_DID.replace("sleep 60", "{ sleep 60 & wait; }")
    files = (str(tmp_path / "out"), str(tmp_path / "err"))
    words = ("sh", "-c", script, "sh", *files, code, late)
    if code == "ENOENT":
        words = (str(tmp_path / "docker"),)
    with ctrl_api(words, words) as api:
        place = urlsplit(api.url)
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
        headers = {
            key: value.replace("<AAS_API_KEY>", KEY)
            for key, value in request["headers"].items()
            if key not in ("Host", "Content-Length")
        }
        body = json.dumps(request["body"]) if request["body"] is not None else None
        path = request["path"].replace("<AAS_API_KEY>", KEY)
        connection.request(request["method"], path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
    assert (answer.status, json.loads(said)) == (response["status"], response["body"])
    assert answer.headers["Content-Type"].partition(";")[0] == response["headers"]["Content-Type"]
