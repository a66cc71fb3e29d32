"""Where files that are not code live: beside us in a wheel, beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """The path of ``assets/<name>``; raises ``FileNotFoundError`` where neither place has it."""
    for folder in (_HERE / "assets", _HERE.parent / "assets"):
        path = folder / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"asset {name!r} is neither in {_HERE} nor beside it")
