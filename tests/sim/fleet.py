"""Helpers of the simulator's tests: ask a tenant over a real socket, read what a world answers."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alfred_tui.sim.world import World
from tests.support.simulator import backups_far, fleet_port

START = datetime(2026, 6, 2, 12, 0, 30, tzinfo=UTC)
DASHBOARD = "/api/v1/admin/dashboard"
CONTAINERS = "/api/v1/admin/containers"
SYSTEM = "/api/v1/admin/system/info"
QUEUE = "/api/v1/admin/temporal/task-queues/alfred-learn"
SCHEDULES = "/api/v1/schedules"
RUNNING = "/api/v1/workflows?query=ExecutionStatus%3D%22Running%22"


def after(seconds: float) -> datetime:
    """A moment so many seconds into the worlds of these tests."""
    return START + timedelta(seconds=seconds)


def ask(
    world: World, name: str, target: str, at: datetime = START, method: str = "GET", **more: str
) -> Any:
    """What a tenant of a world answers to a caller with the right key."""
    person = world.by_name[name]
    headers = {"authorization": f"Bearer {person.key}"}
    headers |= {key.replace("_", "-"): value for key, value in more.items()}
    return world.respond(name, method, target, headers, at)


def told(world: World, name: str, target: str, at: datetime = START) -> Any:
    """A good answer, parsed."""
    reply = ask(world, name, target, at)
    assert reply.status == 200, reply.body[:300]
    return json.loads(reply.body)


def rows(world: World, name: str, at: datetime = START) -> dict[str, dict[str, Any]]:
    """Containers by service."""
    return {row["Service"]: row for row in told(world, name, CONTAINERS, at)}


class Running:
    """A simulator in a process of its own, and the tenants of its inventory."""

    def __init__(self, process: subprocess.Popen[str], inventory: Path, line: str) -> None:
        self.process, self.inventory, self.line = process, inventory, line
        self.tenants: list[dict[str, Any]] = json.loads(inventory.read_text())["tenants"]

    def connect(self, index: int = 0, timeout: float = 10.0) -> http.client.HTTPConnection:
        """A connection to a tenant's API."""
        tenant = self.tenants[index]
        address, port = doors(tenant)
        return http.client.HTTPConnection(address, port, timeout=timeout)

    def get(self, target: str, index: int = 0, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One GET with the tenant's key, unless another authorization is given."""
        given = {"Authorization": f"Bearer {self.tenants[index]['api_key']}", **headers}
        connection = self.connect(index)
        try:
            connection.request("GET", target, headers=given)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def banner(self, index: int = 0, timeout: float = 5.0) -> bytes:
        """What its SSH port says first."""
        ssh = self.tenants[index]["ssh"]
        with socket.create_connection((ssh["host"], ssh["port"]), timeout) as sock:
            return sock.makefile("rb").readline()


def doors(tenant: dict[str, Any]) -> tuple[str, int]:
    """Address and port of a tenant's API."""
    rest = tenant["api_url"].split("://", 1)[1]
    host, _, port = rest.partition(":")
    return tenant.get("connect_address") or host, int(port)


@contextmanager
def running(folder: Path, *more: str, tenants: int = 3) -> Iterator[Running]:
    """A simulator that listens; it is ended by SIGTERM and has to end well."""
    inventory = folder / "inventory.json"
    process = launch(inventory, *more, tenants=tenants)
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    try:
        assert line.startswith("listening: "), process.communicate(timeout=10)
        yield Running(process, inventory, line)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)
        process.stdout.close()
        process.stderr.close()


def launch(inventory: Path, *more: str, tenants: int = 3) -> subprocess.Popen[str]:
    """The command itself; ``--port`` is a free one."""
    words = ["-m", "alfred_tui.sim", "--tenants", str(tenants), "--port", str(fleet_port())]
    if "--begin" not in more:
        words += backups_far()
    return subprocess.Popen(
        [sys.executable, *words, "--inventory", str(inventory), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def eventually(what: Callable[[], bool], within: float = 15.0) -> None:
    """Wait until something is so; a deadline is the only time that counts."""
    limit = time.monotonic() + within
    while not what():
        assert time.monotonic() < limit, "it never came to be"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether a process is there, zombies aside."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
