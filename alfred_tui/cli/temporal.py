"""Temporal without a screen: ``schedules``, ``workflows``."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alfred_tui.cli import running
from alfred_tui.cli.doing import carried, known_names, said_yes
from alfred_tui.cli.output import Refused, out, table
from alfred_tui.model import units
from alfred_tui.model.facts import Schedules, Workflows
from alfred_tui.model.told import Told

if TYPE_CHECKING:
    from alfred_tui.config import Settings

PAUSE, UNPAUSE, TRIGGER = "pause", "unpause", "trigger"


def schedules(settings: Settings, arguments: argparse.Namespace) -> int:
    """``schedules``: list them, or pause, unpause, trigger one."""
    return _listed_or_done(settings, arguments, "schedule")


def workflows(settings: Settings, arguments: argparse.Namespace) -> int:
    """``workflows``: list what runs, or restart one that is stuck."""
    return _listed_or_done(settings, arguments, "workflow")


def _listed_or_done(settings: Settings, arguments: argparse.Namespace, noun: str) -> int:
    """All of one tenant, or a verb on one of them."""
    (name,) = known_names(settings, [arguments.name])
    if not arguments.verb:
        return running.run(_listed(settings, arguments, name, f"{noun}s"))
    if not arguments.id:
        raise Refused(f"which {noun}? `alfred-tui {noun}s {name}` lists them")
    given = {noun: arguments.id}
    if arguments.verb == PAUSE:
        if not arguments.reason:
            raise Refused("why? --reason is what who finds it paused will read")
        given["reason"] = arguments.reason
    arguments.operation = f"{noun}.{arguments.verb}"
    return running.run(carried(settings, arguments, [name], given))


async def _listed(settings: Settings, arguments: argparse.Namespace, name: str, what: str) -> int:
    from alfred_tui.engine import Engine
    from alfred_tui.ops.operation import Unseen
    from alfred_tui.store.errors import StoreError

    engine = Engine(settings)
    try:
        await engine.start(poll=False)
        sights = engine.sights
        if what == "schedules":
            _tell_schedules(await sights.schedules(name), sights.theirs(name), arguments)
        else:
            told = await sights.workflows(name)
            limits = {row.type: sights.allowance(name, row.type) for row in told.answer.rows}
            _tell_workflows(told, limits, sights.theirs(name), arguments)
    except (Unseen, StoreError) as trouble:
        raise Refused(str(trouble), code=1) from None
    finally:
        await engine.stop()
    return 0


def _way(told: Told[Any]) -> dict[str, Any]:
    return {"way": told.door.value, "at": told.at.isoformat(), "instead": told.instead}


def _end(told: Told[Any]) -> None:
    why = f" ({told.instead})" if told.instead else ""
    out(f"\nby {told.door.value}{why}")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _tell_schedules(told: Told[Schedules], now: datetime, arguments: argparse.Namespace) -> None:
    rows = sorted(told.answer.rows, key=lambda row: (not row.paused, row.schedule_id))
    if arguments.json:
        whole = [
            {
                "id": row.schedule_id,
                "type": row.workflow_type,
                "paused": row.paused,
                "note": row.note,
                "cadence": row.cadence,
                "next": [_iso(moment) for moment in row.next_times],
                "last": _iso(row.last_action),
            }
            for row in rows
        ]
        out(json.dumps({**_way(told), "schedules": whole}, indent=2))
        return
    lines = []
    for row in rows:
        coming = min((each for each in row.next_times if each >= now), default=None)
        waits = (coming - now).total_seconds() if coming is not None and not row.paused else None
        lines.append(
            [
                row.schedule_id,
                "paused" if row.paused else "on",
                f"in {units.short_duration(waits)}" if waits is not None else "-",
                units.age(row.last_action, now) if row.last_action else "-",
                row.cadence,
                row.note,
            ]
        )
    table(["SCHEDULE", "STATE", "NEXT", "LAST", "CADENCE", "NOTE"], lines)
    _end(told)


def _tell_workflows(
    told: Told[Workflows],
    limits: dict[str, float | None],
    now: datetime,
    arguments: argparse.Namespace,
) -> None:
    def lasts(started: datetime | None) -> float:
        return (now - started).total_seconds() if started is not None else 0.0

    rows = sorted(told.answer.rows, key=lambda row: -lasts(row.started))
    if arguments.json:
        whole = [
            {
                "id": row.workflow_id,
                "run": row.run_id,
                "type": row.type,
                "schedule": row.schedule_id,
                "queue": row.task_queue,
                "started": _iso(row.started),
                "seconds": round(lasts(row.started), 1),
                "allowed": limits[row.type],
            }
            for row in rows
        ]
        out(json.dumps({**_way(told), "workflows": whole}, indent=2))
        return
    lines = []
    for row in rows:
        limit = limits[row.type]
        stuck = limit is not None and lasts(row.started) > limit
        lines.append(
            [
                units.short_duration(lasts(row.started)),
                "stuck" if stuck else "",
                row.type,
                row.workflow_id,
                row.schedule_id or "-",
            ]
        )
    table(["RUNS FOR", "", "TYPE", "WORKFLOW", "SCHEDULE"], lines)
    _end(told)


def add_parsers(add: Any) -> None:
    """The commands; ``add`` makes one, as :meth:`grammar._Commands.add` does."""
    made = add(
        "schedules",
        "list a tenant's schedules; pause, unpause or trigger one",
        "  alfred-tui schedules acme\n"
        "  alfred-tui schedules acme pause al-plane-sync --reason 'moving house'\n"
        "  alfred-tui schedules acme trigger al-judgment --yes\n",
        "By ctrl-api, or where that does not answer by Temporal's own command over SSH: the last\n"
        "line, and in JSON `way`, says by which. Exits 1 where it could not be listed or done.",
    )
    made.add_argument("name", metavar="NAME")
    made.add_argument(
        "verb", nargs="?", choices=(PAUSE, UNPAUSE, TRIGGER), metavar="VERB",
        help="pause, unpause or trigger",
    )  # fmt: skip
    made.add_argument("id", nargs="?", metavar="ID")
    made.add_argument("--reason", metavar="TEXT", help="why it is paused")
    said_yes(made)
    made.set_defaults(handler=schedules)

    made = add(
        "workflows",
        "list what runs at a tenant, the longest first; restart one that is stuck",
        "  alfred-tui workflows acme\n"
        "  alfred-tui workflows acme restart al-learning-2026-06-01T09:00:00Z --dry-run\n",
        "A restart terminates that very run and triggers its schedule.",
    )
    made.add_argument("name", metavar="NAME")
    made.add_argument("verb", nargs="?", choices=("restart",), metavar="VERB", help="restart")
    made.add_argument("id", nargs="?", metavar="ID")
    said_yes(made)
    made.set_defaults(handler=workflows)
