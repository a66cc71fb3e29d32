"""The tailscale client's recorded answers, given by an executable of that name on PATH."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "fleet" / "tailscale"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def answer(name: str) -> dict[str, Any]:
    """One recording: ``exit``, ``stdout``, ``stderr``."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def status(name: str) -> dict[str, Any]:
    """What one recording printed, to be changed by a test."""
    found: dict[str, Any] = json.loads(answer(name)["stdout"])
    return found


def fake_client(folder: Path, said: dict[str, Any]) -> Path:
    """A folder for PATH with a ``tailscale`` that answers ``said`` to ``status --json``."""
    folder.mkdir(exist_ok=True)
    for stream in ("stdout", "stderr"):
        (folder / stream).write_text(said.get(stream, ""))
    where = shlex.quote(str(folder))
    script = folder / "tailscale"
    script.write_text(
        "#!/bin/sh\n"
        'if [ "$*" != "status --json" ]; then echo "asked: $*" >&2; exit 99; fi\n'
        f"/bin/cat {where}/stdout; /bin/cat {where}/stderr >&2; exit {said.get('exit', 0)}\n"
    )
    script.chmod(0o755)
    return folder


def peer(name: str, **more: Any) -> dict[str, Any]:
    """A machine of the tailnet as the client lists it."""
    return {
        "ID": f"n{name}",
        "HostName": "localhost",
        "DNSName": f"{name}.tail1a2b3.ts.net.",
        "TailscaleIPs": ["fd7a::1", f"100.64.1.{sum(map(ord, name)) % 250}"],
        "Online": True,
        "InNetworkMap": True,
        **more,
    }


def net(*peers: dict[str, Any], recording: str = "running-nopeers") -> dict[str, Any]:
    """A recording with these machines instead of its own."""
    whole = status(recording)
    whole["Peer"] = {f"nodekey:{index:064x}": each for index, each in enumerate(peers)}
    return {"exit": 0, "stdout": json.dumps(whole), "stderr": ""}
