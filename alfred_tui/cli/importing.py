"""``import``: what others know of the fleet, merged into what is known here."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alfred_tui.cli import running
from alfred_tui.cli.output import Refused, fail, out
from alfred_tui.cli.tenants import opened
from alfred_tui.model.text import clean

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.takeover.found import Value
    from alfred_tui.takeover.gathering import Request
    from alfred_tui.takeover.merge import Conflict, Outcome
    from alfred_tui.takeover.plan import Import

_LONGEST = 300
_MOST = 5
"""Decisions that are spelled out; each conflict's line tells the rest."""


def import_tenants(settings: Settings, arguments: argparse.Namespace) -> int:
    """``import [PATH] [--hetzner] [--tailscale]``: 0, or 1 where a conflict is undecided."""
    from alfred_tui.store.inventory import InventoryError
    from alfred_tui.takeover.desk import take
    from alfred_tui.takeover.found import SourceError
    from alfred_tui.takeover.gathering import gather
    from alfred_tui.takeover.merge import preference_of
    from alfred_tui.takeover.plan import plan

    request = _request(arguments)
    try:
        prefer = preference_of(arguments.prefer)
    except ValueError as trouble:
        raise Refused(f"--prefer {trouble}") from None
    try:
        gathered, notes = running.run(gather(settings, request))
    except InventoryError as trouble:
        raise Refused(*trouble.problems, "nothing was imported") from None
    except SourceError as trouble:
        raise Refused(str(trouble), "nothing was imported") from None
    with opened(settings) as store:
        if arguments.dry_run:
            done = plan(store.tenants(), store.host_keys(), gathered, prefer)
        else:
            done = take(store, gathered, prefer)
    _say_beside(done, [*notes, *done.notes], as_json=arguments.json)
    if arguments.json:
        out(json.dumps(_document(done, notes, dry=arguments.dry_run), indent=2))
    else:
        _say(done.outcome, dry=arguments.dry_run)
    return _undecided(done.outcome)


def _request(arguments: argparse.Namespace) -> Request:
    from alfred_tui.takeover.gathering import Request, is_suffix

    request = Request(
        arguments.path or "",
        arguments.hetzner,
        arguments.tailscale,
        arguments.tailnet or "",
        arguments.tag,
    )
    if request.empty:
        raise Refused("nothing to import: name a PATH, or give --hetzner or --tailscale")
    if arguments.tailnet is not None and not is_suffix(arguments.tailnet):
        raise Refused(f"--tailnet {arguments.tailnet}: a suffix like tail1a2b3.ts.net is needed")
    return request


def _say_beside(done: Import, notes: Sequence[str], *, as_json: bool) -> None:
    for note in notes:
        fail(note if note.startswith(("warning:", "note:")) else f"note: {note}")
    beside_both = {conflict.why for conflict in done.outcome.conflicts}
    for name, lines in done.warnings.items():
        for line in lines:
            if line in beside_both and not as_json:
                continue
            fail(f"warning: {name}: {line}")
    for left in done.outcome.left_out:
        where = f" ({left.source})" if left.source else ""
        fail(f"warning: {left.name}{where} is left out: {left.why}")


def _say(outcome: Outcome, *, dry: bool) -> None:
    for name in outcome.added:
        out(f"{'would add' if dry else 'added'} {name}")
    for name, changes in outcome.changed.items():
        out(f"{'would change' if dry else 'changed'} {name}")
        for change in changes:
            out(f"  {change.field}: {_word(change.was)} -> {_word(change.now)}")
    for conflict in outcome.conflicts:
        out(_line(conflict))
    held = f", {len(outcome.held_back)} held back" if outcome.held_back else ""
    out(
        f"{len(outcome.added)} {'to add' if dry else 'added'}, "
        f"{len(outcome.changed)} {'to change' if dry else 'changed'}, "
        f"{len(outcome.unchanged)} unchanged{held}"
    )


def _line(conflict: Conflict) -> str:
    end = f"{conflict.decided.value} counts" if conflict.decided else "undecided"
    why = f" ({clean(conflict.why, _LONGEST)})" if conflict.why else ""
    return (
        f"conflict {conflict.tenant} {clean(conflict.field, 80)}: ours {_word(conflict.ours)}, "
        f"{conflict.source} has {_word(conflict.theirs)}{why}: {end}"
    )


def _word(value: Value | None) -> str:
    from alfred_tui.takeover.found import shown

    text = shown(value)
    return "nothing" if text is None else clean(text, _LONGEST)


def _undecided(outcome: Outcome) -> int:
    if not outcome.held_back:
        return 0
    count = len(outcome.held_back)
    who = "1 tenant was" if count == 1 else f"{count} tenants were"
    undecided = [each for each in outcome.conflicts if each.decided is None]
    alone = [each for each in undecided if each.why]
    rest = "all" if not alone else "the others"
    how = f": --prefer ours or --prefer theirs decides {rest}, --prefer theirs:FIELD one field"
    fail(
        f"{who} left alone because of conflicts{how if len(undecided) > len(alone) else ''}", code=1
    )
    for each in alone[:_MOST]:
        # with its source: a word without it may stand since an ordinary difference
        key = shlex.quote(each.key)
        fail(f"only a word of its own decides: --prefer ours:{key} or --prefer theirs:{key}")
    return 1


def _document(done: Import, notes: Sequence[str], *, dry: bool) -> dict[str, Any]:
    from alfred_tui.takeover.found import shown

    outcome = done.outcome
    return {
        "dry_run": dry,
        "added": list(outcome.added),
        "changed": list(outcome.changed),
        "unchanged": list(outcome.unchanged),
        "held_back": list(outcome.held_back),
        "differences": {
            name: {each.field: {"was": shown(each.was), "now": shown(each.now)} for each in changes}
            for name, changes in outcome.changed.items()
        },
        "conflicts": [
            {
                "tenant": each.tenant,
                "field": each.field,
                "ours": shown(each.ours),
                "theirs": shown(each.theirs),
                "source": each.source,
                "decided": each.decided.value if each.decided else None,
                "why": each.why or None,
            }
            for each in outcome.conflicts
        ],
        "left_out": [
            {"name": each.name, "source": each.source, "why": each.why} for each in outcome.left_out
        ],
        "warnings": {name: list(lines) for name, lines in done.warnings.items()},
        "notes": [*notes, *done.notes],
    }
