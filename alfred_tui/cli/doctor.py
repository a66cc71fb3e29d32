"""``doctor``: everything an operator needs, looked at once, with what to do where it fails."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from alfred_tui.cli import running
from alfred_tui.cli.output import Refused, level, out
from alfred_tui.cli.tenants import unknown
from alfred_tui.model.text import clean

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.takeover.findings import Finding

_LONGEST = 600


def doctor(settings: Settings, arguments: argparse.Namespace) -> int:
    """``doctor [NAME...]``: 0 all is ok, 1 there are warnings, 2 something fails."""
    import msgspec

    from alfred_tui.takeover.doctor import examine
    from alfred_tui.takeover.findings import worst

    _check_names(settings, arguments.names)
    found = running.run(examine(settings, arguments.settings_trouble, arguments.names))
    verdict = worst(found)
    if arguments.json:
        rows = [msgspec.to_builtins(finding) for finding in found]
        out(json.dumps({"verdict": verdict.value, "findings": rows}, indent=2))
    else:
        _say([each for each in found if each.advice] if arguments.problems else found)
        _count(found)
    return verdict.exit_code


def _check_names(settings: Settings, names: list[str]) -> None:
    if not names:
        return
    from alfred_tui.store.inspection import inspect_store

    known = [tenant.name for tenant in inspect_store(settings.paths.database).tenants]
    if strangers := [name for name in names if name not in known]:
        raise Refused(*(unknown(name, known) for name in strangers))


def _say(found: list[Finding]) -> None:
    for each in found:
        what = f"{each.area}: {clean(each.subject, _LONGEST)}: {clean(each.text, _LONGEST)}"
        out(f"{level(each.level.value)}  {what}")
        if each.advice:
            out(f"{'':7}  -> {clean(each.advice, _LONGEST)}")


def _count(found: list[Finding]) -> None:
    from alfred_tui.takeover.findings import Level

    counts = {each.value: sum(1 for f in found if f.level is each) for each in Level}
    out(", ".join(f"{count} {word}" for word, count in counts.items()))
