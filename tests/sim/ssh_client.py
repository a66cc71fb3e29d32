"""Ways into a running simulator's boxes: the real ``ssh``, and a second implementation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.sim.fleet import Running


def needs_ssh() -> None:
    """Skip, or fail where every part is required, without the real client."""
    if shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        text = "ssh is not installed (openssh-client): the box was NOT tried with the real client"
        if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
            pytest.fail(text)
        pytest.skip(text)


def words(fleet: Running, folder: Path, index: int = 0, *more: str, user: str = "") -> list[str]:
    """The command line of the real client, for one tenant."""
    needs_ssh()
    ssh = fleet.tenants[index]["ssh"]
    options = ["BatchMode=yes", "IdentitiesOnly=yes", "LogLevel=ERROR"]
    options += ["StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={folder / 'known'}"]
    own = more if "-i" in more else ("-i", ssh["key_file"], *more)
    flags = [part for option in options for part in ("-o", option)]
    to = f"{user or ssh['user']}@{ssh['host']}"
    return ["ssh", "-F", "none", *flags, "-p", str(ssh["port"]), *own, to]


def run(
    fleet: Running, folder: Path, command: str, *more: str, index: int = 0, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command on a box with the real client."""
    line = [*words(fleet, folder, index, *more), command]
    return subprocess.run(
        line, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def strange_key(folder: Path, name: str = "strange") -> Path:
    """A key that nobody knows."""
    needs_ssh()
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@asynccontextmanager
async def inside(
    fleet: Running, index: int = 0, **more: Any
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection of the second implementation."""
    ssh = fleet.tenants[index]["ssh"]
    given: dict[str, Any] = {"client_keys": [ssh["key_file"]], "known_hosts": None}
    given |= {"username": ssh["user"], "config": None, "agent_path": None} | more
    async with asyncssh.connect(ssh["host"], ssh["port"], **given) as connection:
        yield connection


def logged(log: Path, how: str = "") -> list[dict[str, Any]]:
    """The lines of a request log, of one sort."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if not how or line["method"] == how]
