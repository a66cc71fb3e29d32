"""``import``: what others know of the fleet, merged into what is known here."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui.cli import running
from alfred_tui.cli.output import Refused, fail, out
from alfred_tui.cli.tenants import opened
from alfred_tui.model.text import clean

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.tenant import HostKey, Tenant
    from alfred_tui.store.store import Store
    from alfred_tui.takeover.found import Sighting, Value
    from alfred_tui.takeover.merge import Conflict, Outcome, Preference
    from alfred_tui.takeover.plan import Gathered, Import
    from alfred_tui.takeover.tailnet import Tailnet

_LONGEST = 300
_SUFFIX = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def import_tenants(settings: Settings, arguments: argparse.Namespace) -> int:
    """``import [PATH] [--hetzner] [--tailscale]``: 0, or 1 where a conflict is undecided."""
    from alfred_tui.store.inventory import InventoryError
    from alfred_tui.takeover.found import SourceError
    from alfred_tui.takeover.merge import preference_of

    if not (arguments.path or arguments.hetzner or arguments.tailscale):
        raise Refused("nothing to import: name a PATH, or give --hetzner or --tailscale")
    if arguments.tailnet is not None and not _SUFFIX.fullmatch(arguments.tailnet.strip(".")):
        raise Refused(f"--tailnet {arguments.tailnet}: a suffix like tail1a2b3.ts.net is needed")
    try:
        prefer = preference_of(arguments.prefer)
    except ValueError as trouble:
        raise Refused(f"--prefer {trouble}") from None
    try:
        gathered, notes = running.run(_gather(settings, arguments))
    except InventoryError as trouble:
        raise Refused(*trouble.problems, "nothing was imported") from None
    except SourceError as trouble:
        raise Refused(str(trouble), "nothing was imported") from None
    with opened(settings) as store:
        done = _done(store, gathered, prefer, dry=arguments.dry_run)
    _say_beside(done, [*notes, *done.notes])
    if arguments.json:
        out(json.dumps(_document(done, notes, dry=arguments.dry_run), indent=2))
    else:
        _say(done.outcome, dry=arguments.dry_run)
    return _undecided(done.outcome)


def _done(store: Store, gathered: Gathered, prefer: Preference, *, dry: bool) -> Import:
    """Merge into the store, or only say what that would do."""
    from alfred_tui.takeover.plan import plan

    if dry:
        return plan(store.tenants(), store.host_keys(), gathered, prefer)
    made: list[Import] = []

    def decide(
        tenants: list[Tenant], pinned: list[HostKey]
    ) -> tuple[list[Tenant], tuple[HostKey, ...]]:
        made.append(plan(tenants, pinned, gathered, prefer))
        return list(made[0].outcome.tenants), made[0].outcome.host_keys

    store.change_tenants(decide)
    return made[0]


async def _gather(settings: Settings, arguments: argparse.Namespace) -> tuple[Gathered, list[str]]:
    """Read every source that is asked for; lines about how it went."""
    from alfred_tui.takeover.plan import Gathered, read_path_aside, short_hosts, with_suffix

    sightings: list[Sighting] = []
    notes: list[str] = []
    if arguments.path:
        path = Path(arguments.path)
        sightings.append(await read_path_aside(path))
        notes += _path_notes(path, sightings[0])
    if arguments.hetzner:
        sightings.append(await _ask_hetzner(settings))
    short = [name for sighting in sightings for name in short_hosts(sighting)]
    net = await _ask_tailnet(arguments, bool(short))
    suffix = (arguments.tailnet or (net.suffix if net else "")).strip(".").lower()
    asked = bool(arguments.tailnet)
    if short and suffix:
        where = "as asked" if asked else "as tailscale here says"
        notes.append(f"note: {len(short)} short host names are completed with {suffix}, {where}")
    return Gathered(
        tuple(with_suffix(sighting, suffix, asked=asked) for sighting in sightings),
        net if arguments.tailscale else None,
        arguments.tag.removeprefix("tag:"),
    ), notes


async def _ask_hetzner(settings: Settings) -> Sighting:
    from alfred_tui.takeover.hetzner import access_of, read_hetzner

    # a section of the settings file where this version of it knows one
    file, endpoint = settings.hetzner.token_file, settings.hetzner.endpoint
    return await read_hetzner(access_of(file, endpoint))


async def _ask_tailnet(arguments: argparse.Namespace, short: bool) -> Tailnet | None:
    """The client is asked for its machines, or only for the suffix that short names lack."""
    from alfred_tui.takeover.peers import check
    from alfred_tui.takeover.tailnet import ask_tailnet

    if not arguments.tailscale and (not short or arguments.tailnet):
        return None
    net = await ask_tailnet()
    if arguments.tailscale:
        check(net)
    return net


def _path_notes(path: Path, sighting: Sighting) -> list[str]:
    from alfred_tui.takeover.plan import INVENTORY, database_in

    file = database_in(path) or path
    found = []
    if file.stat().st_mode & 0o077:
        found.append(f"warning: {file} holds keys and others can read it: chmod 600 it")
    if sighting.source == INVENTORY:
        found += [
            f"warning: {each.name}: {field} {Path(str(place)).name} is not there"
            for each in sighting.found
            for field in ("ca_file", "ssh.key_file")
            if (place := each.fields.get(field)) and not Path(str(place)).exists()
        ]
    return found


def _say_beside(done: Import, notes: list[str]) -> None:
    for note in notes:
        fail(note if note.startswith(("warning:", "note:")) else f"note: {note}")
    for name, lines in done.warnings.items():
        for line in lines:
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
    return (
        f"conflict {conflict.tenant} {clean(conflict.field, 80)}: ours {_word(conflict.ours)}, "
        f"{conflict.source} has {_word(conflict.theirs)}: {end}"
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
    return fail(
        f"{who} left alone because of conflicts: "
        "--prefer ours or --prefer theirs decides all, --prefer theirs:FIELD one field",
        code=1,
    )


def _document(done: Import, notes: list[str], *, dry: bool) -> dict[str, Any]:
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
            }
            for each in outcome.conflicts
        ],
        "left_out": [
            {"name": each.name, "source": each.source, "why": each.why} for each in outcome.left_out
        ],
        "warnings": {name: list(lines) for name, lines in done.warnings.items()},
        "notes": [*notes, *done.notes],
    }
