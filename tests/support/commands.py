"""``alfred-tui`` as a person or a script runs it: a process of its own, with Textual blocked."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WITHOUT_TEXTUAL = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("textual", "rich"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocked())
from alfred_tui.__main__ import main
main()
"""
URL = "https://acme.tail0.ts.example:3100"


def command(*arguments: str) -> list[str]:
    """What to start."""
    return [sys.executable, "-c", WITHOUT_TEXTUAL, *arguments]


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """An environment in which no setting of this machine's user counts."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ALFRED_TUI_")}
    kept.pop("NO_COLOR", None)
    return {**kept, "ALFRED_TUI_HOME": str(home), **more}


def alfred(
    home: Path, *arguments: str, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        command(*arguments),
        env=surroundings(home, **more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def inventory(path: Path, *tenants: dict[str, Any]) -> Path:
    """An inventory file with these tenants, readable by its owner only."""
    path.write_text(json.dumps({"tenants": tenants}))
    path.chmod(0o600)
    return path


def entry(name: str = "acme", **more: Any) -> dict[str, Any]:
    """A tenant as an inventory describes it."""
    url = f"https://{name}.tail0.ts.example:3100"
    return {"name": name, "api_url": url, "api_key": "canary-91c4", **more}


@contextmanager
def silent_server() -> Iterator[tuple[int, socket.socket]]:
    """A port of this machine where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server.getsockname()[1], server


def started(home: Path, arguments: Sequence[str], **more: Any) -> subprocess.Popen[str]:
    """A command that is still running."""
    return subprocess.Popen(
        command(*arguments),
        env=surroundings(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )
