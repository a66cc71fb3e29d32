"""Pictures of the screen, kept for their owner only: they show a fleet's names and troubles."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alfred_tui.screens import own_file


def save(svg: str, folder: Path | None, moment: datetime) -> Path:
    """Write a picture into ``folder`` (else the working directory) and return its path.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    path, file = own_file.begin(folder, "alfred", ".svg", moment)
    with file:
        file.write(svg)
    return path
