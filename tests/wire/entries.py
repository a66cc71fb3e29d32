"""The wire as data: recordings of a real tenant, and shapes that are only documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def names(folder: str = "*") -> list[str]:
    return sorted(path.stem for path in HERE.glob(f"{folder}/*.json"))


def entry(name: str) -> dict[str, Any]:
    path = next(HERE.glob(f"*/{name}.json"))
    return dict(json.loads(path.read_text()))


def body(name: str) -> bytes:
    response = entry(name)["response"]
    if "body_text" in response:
        return str(response["body_text"]).encode()
    return json.dumps(response["body"]).encode()
