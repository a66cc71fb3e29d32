"""``shot``: a screen as a picture, without a terminal."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.cli.output import fail

if TYPE_CHECKING:
    from alfred_tui.config import Settings


def shot(settings: Settings, arguments: argparse.Namespace) -> int:
    """``shot fleet|tenant NAME -o FILE``."""
    found = re.fullmatch(r"(\d{2,3})x(\d{2,3})", arguments.size)
    if not found or not (40 <= int(found[1]) <= 400 and 10 <= int(found[2]) <= 200):
        return fail(f"--size {arguments.size}: columns x rows is needed, 40x10 to 400x200")
    if arguments.screen == "tenant" and not arguments.name:
        return fail("shot tenant: NAME is needed")
    if arguments.screen == "fleet" and arguments.name:
        return fail("shot fleet: takes no NAME; did you mean shot tenant?")
    target = Path(arguments.output)
    if not target.absolute().parent.is_dir():
        return fail(f"-o {arguments.output}: its folder is not there")
    from alfred_tui.shots import shot

    return shot(
        settings,
        arguments.screen,
        arguments.name,
        target,
        (int(found[1]), int(found[2])),
        settings.ui.theme,
    )
