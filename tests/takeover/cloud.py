"""A small server that speaks Hetzner Cloud's API: pages, labels, and every way of saying no."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

TOKEN = "canary-hcloud"


def server(number: int, customer: str | None = None, **more: Any) -> dict[str, Any]:
    """A server as the API describes one, as far as ``hcloud`` reads it."""
    name = customer or f"tenant-{number}"
    return {
        "id": number,
        "name": f"alfred-{name}",
        "status": "running",
        "created": "2026-03-01T10:01:07+00:00",
        "public_net": {
            "ipv4": {"id": 1, "ip": f"203.0.113.{number % 250}", "blocked": False, "dns_ptr": "x"},
            "ipv6": {"id": 2, "ip": "2001:db8::/64", "blocked": False, "dns_ptr": []},
            "floating_ips": [],
            "firewalls": [],
        },
        "private_net": [],
        "server_type": {"id": 22, "name": "cx53", "description": "CX53", "cores": 16},
        "location": {"id": 3, "name": "hel1", "description": "Helsinki", "country": "FI"},
        "image": None,
        "iso": None,
        "rescue_enabled": False,
        "locked": False,
        "backup_window": "22-02",
        "outgoing_traffic": 1,
        "ingoing_traffic": 1,
        "included_traffic": 1,
        "protection": {"delete": False, "rebuild": False},
        "labels": {"managed-by": "alfred-ctrl", "customer": name, "plane-enabled": "true"},
        "volumes": [1000 + number],
        "load_balancers": [],
        "primary_disk_size": 320,
        "placement_group": None,
        **more,
    }


class Answer(NamedTuple):
    """One answer. One that is ``cut`` breaks off half way; without a body it is the real one's."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False


@dataclass
class Cloud:
    """What the server has and how it behaves.

    ``refusals`` are answered first, one a request; those of ``at_page`` when its turn comes, one
    a request, or its first one each time where that is ``lasting``. ``asked`` and ``at`` are every
    request and when it came.
    """

    servers: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[tuple[int, bytes]] = field(default_factory=list)
    always: tuple[int, bytes] | None = None
    at_page: dict[int, list[Answer]] = field(default_factory=dict)
    lasting: bool = False
    silent: threading.Event | None = None
    asked: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    url: str = ""

    def pages(self) -> list[int]:
        """The pages that were asked for, in their order."""
        return [_page(path) for path in self.asked]


def error(status: int, code: str) -> tuple[int, bytes]:
    """A refusal in the API's form."""
    return status, json.dumps({"error": {"code": code, "message": f"{code} said"}}).encode()


def limited() -> Answer:
    """What the API says once a project's requests of the hour are used up."""
    headers = (
        ("RateLimit-Limit", "3600"), ("RateLimit-Remaining", "0"),
        ("RateLimit-Reset", str(int(time.time()) + 1)), ("Retry-After", "1"),
    )  # fmt: skip
    return Answer(*error(429, "rate_limit_exceeded"), headers)


@contextmanager
def cloud(*servers: dict[str, Any]) -> Iterator[Cloud]:
    """The server, listening on loopback."""
    state = Cloud(list(servers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.at.append(time.monotonic())
            state.asked.append(self.path)
            if state.silent is not None:
                state.silent.wait(60)
            said = Answer(*_answer(state, self.path, self.headers.get("Authorization", "")))
            self.send_response(said.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said.body)))
            for name, value in said.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body[: len(said.body) // 2] if said.cut else said.body)
            self.close_connection = self.close_connection or said.cut

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    listening.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    try:
        yield state
    finally:
        if state.silent is not None:
            state.silent.set()
        listening.shutdown()
        listening.server_close()
        thread.join()


def _page(path: str) -> int:
    return int(parse_qs(urlsplit(path).query).get("page", ["1"])[0])


def _answer(state: Cloud, path: str, authorization: str) -> tuple[int, bytes] | Answer:
    if left := state.at_page.get(_page(path)):
        said = left[0] if state.lasting else left.pop(0)
        whole = said.body or not said.cut
        return said if whole else said._replace(body=_served(state, path, authorization)[1])
    return _served(state, path, authorization)


def _served(state: Cloud, path: str, authorization: str) -> tuple[int, bytes]:
    if state.refusals:
        return state.refusals.pop(0)
    if state.always is not None:
        return state.always
    if authorization != f"Bearer {TOKEN}":
        return error(401, "unauthorized")
    parts = urlsplit(path)
    if parts.path != "/v1/servers":
        return error(404, "not_found")
    asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
    key, _, value = asked.get("label_selector", "").partition("=")
    chosen = [s for s in state.servers if not key or s["labels"].get(key) == value]
    page, size = int(asked.get("page", 1)), int(asked.get("per_page", 25))
    last = max(1, -(-len(chosen) // size))
    meta = {
        "page": page,
        "per_page": size,
        "previous_page": page - 1 or None,
        "next_page": page + 1 if page < last else None,
        "last_page": last,
        "total_entries": len(chosen),
    }
    shown = chosen[(page - 1) * size : page * size]
    return 200, json.dumps({"servers": shown, "meta": {"pagination": meta}}).encode()
