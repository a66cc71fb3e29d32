"""Changing the world without a screen: ``restart``, ``stop``, ``start``, ``ops``, ``journal``."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alfred_tui.cli import running
from alfred_tui.cli.output import Refused, fail, out, table
from alfred_tui.cli.tenants import opened, reading, unknown
from alfred_tui.model import when
from alfred_tui.model.operation import Consent, Outcome, Plan, RunRecord
from alfred_tui.model.text import clean
from alfred_tui.model.units import stamp

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.engine import Engine
    from alfred_tui.ops.board import Yes
    from alfred_tui.ops.bulk import Bulk


def act(settings: Settings, arguments: argparse.Namespace) -> int:
    """An operation on one service of one or several tenants."""
    names = known_names(settings, arguments.names)
    return running.run(carried(settings, arguments, names, {"service": arguments.service}))


def known_names(settings: Settings, names: Sequence[str]) -> list[str]:
    """The names, each once, if the store has them all.

    Raises:
        Refused: it has not.
    """
    with opened(settings) as store:
        known = [tenant.name for tenant in store.tenants()]
    if strangers := [name for name in names if name not in known]:
        raise Refused(*(unknown(name, known) for name in strangers))
    return list(dict.fromkeys(names))


def do(settings: Settings, arguments: argparse.Namespace) -> int:
    """``do``: any operation, with what it must be told as ``name=value``."""
    import alfred_tui.ops  # noqa: F401 - fills the list
    from alfred_tui.ops.operation import OPERATIONS

    if arguments.operation not in OPERATIONS:
        raise Refused(
            f"no operation is called {arguments.operation!r}: `alfred-tui ops` lists them"
        )
    names = [word for word in arguments.names if "=" not in word]
    given = dict(word.split("=", 1) for word in arguments.names if "=" in word)
    if not names:
        raise Refused("which tenants? NAME is missing")
    return running.run(carried(settings, arguments, known_names(settings, names), given))


async def carried(
    settings: Settings, arguments: argparse.Namespace, names: list[str], given: Mapping[str, str]
) -> int:
    """Plan it, show it or ask, and do it on all of them; the exit code."""
    from alfred_tui.engine import Engine
    from alfred_tui.ops.operation import Refused as No
    from alfred_tui.ops.operation import Unseen
    from alfred_tui.store.errors import StoreError

    engine = Engine(settings)
    try:
        await engine.start(poll=False)
        if arguments.dry_run:
            return await planned(engine, arguments, arguments.operation, names, given)
        return await _carry_out(engine, arguments, names, given)
    except (No, Unseen, StoreError) as trouble:
        raise Refused(str(trouble)) from None
    finally:
        await engine.stop()


async def planned(
    engine: Engine,
    arguments: argparse.Namespace,
    operation: str,
    names: Sequence[str],
    given: Mapping[str, str],
) -> int:
    """What would be sent, as commands for the shell or as JSON; nothing is.

    Those of which no plan can be made are told beside the others; 1 is the exit code then.

    Raises:
        ops.operation.Refused, Unseen: there is one tenant, and no plan for it.
    """
    from alfred_tui.ops.operation import Refused as No
    from alfred_tui.ops.operation import Unseen

    plans: list[Plan] = []
    troubles: dict[str, str] = {}
    for name in names:
        try:
            plans.append(await engine.board.plan(operation, name, given))
        except (No, Unseen) as trouble:
            if len(names) == 1:
                raise
            troubles[name] = str(trouble)
    if arguments.json:
        found = [_plan(plan) for plan in plans]
        unplanned = [{"tenant": name, "why": why} for name, why in troubles.items()]
        out(json.dumps({"plans": found, "unplanned": unplanned}, indent=2))
    else:
        for plan in plans:
            out(f"# {plan.risk.value}; " + "; ".join(plan.wrong))
            out(plan.shell())
    for why in troubles.values():
        print(f"alfred-tui: not planned: {clean(why)}", file=sys.stderr)  # noqa: T201
    return 1 if troubles else 0


async def _carry_out(
    engine: Engine,
    arguments: argparse.Namespace,
    names: list[str],
    given: Mapping[str, str],
) -> int:
    from alfred_tui.ops import bulk

    targets = bulk.alike(names, given)
    plan = await bulk.first_plan(engine.board, arguments.operation, targets)
    yes = said_already(arguments, plan) or await asked(plan, names)
    if yes is None:
        return fail("nothing was done", 1)
    made = await bulk.begin(
        engine.board,
        arguments.operation,
        targets,
        yes,
        in_flight=engine.settings.ops.in_flight,
        failures=arguments.failures or engine.settings.ops.failures,
        typed=plan.tenant,
    )
    try:
        await made.done()
    finally:
        await made.cancel()
    _tell(made, arguments)
    return 0 if not made.failed else 1


def said_already(arguments: argparse.Namespace, plan: Plan) -> Yes | None:
    """What was said on the line itself: ``--yes``, and where a name must be typed, that name.

    Raises:
        Refused: ``--yes`` alone will not do here, or the name is another one.
    """
    from alfred_tui.ops.board import Yes

    if plan.consent is not Consent.NAME:
        return Yes.KEY if arguments.yes else None
    if arguments.confirm == plan.tenant:
        return Yes.NAME
    if arguments.yes or arguments.confirm:
        raise Refused(
            f"{plan.title}: {plan.risk.value}, so --yes will not do; "
            f"--confirm {plan.tenant} says yes"
        )
    return None


async def asked(plan: Plan, names: list[str]) -> Any:
    """Ask the person at the terminal; ``None`` for no."""
    from alfred_tui.ops.board import Yes

    if not sys.stdin.isatty():
        raise Refused(
            f"{plan.title}: --yes says yes where there is no terminal; --dry-run shows it"
        )
    print(plan.shell(), file=sys.stderr)  # noqa: T201 - the question, not the answer
    for line in plan.wrong:
        print(f"  {line}", file=sys.stderr)  # noqa: T201
    more = f" and on {len(names) - 1} more" if len(names) > 1 else ""
    word = plan.tenant if plan.consent is Consent.NAME else "y"
    question = f"{clean(plan.title)}{more}, {plan.risk.value}: type {word} to do it: "
    answer = await asyncio.to_thread(input, question)
    return Yes.NAME if answer.strip() == word else None


def _tell(made: Bulk, arguments: argparse.Namespace) -> None:
    if arguments.json:
        lines = [
            {"tenant": line.tenant, "state": line.state.value, "text": line.text}
            for line in made.lines
        ]
        out(
            json.dumps({"operation": made.operation, "bulk": made.name, "results": lines}, indent=2)
        )
        return
    for line in made.lines:
        out(f"{line.state.value:<9}  {clean(line.tenant)}  {clean(line.text)}".rstrip())


def operations(settings: Settings, arguments: argparse.Namespace) -> int:
    """``ops``: what can be done, how risky it is, and what it must be told."""
    import alfred_tui.ops  # noqa: F401 - fills the list
    from alfred_tui.ops.operation import OPERATIONS

    rows = sorted(OPERATIONS.values(), key=lambda each: each.id)
    if arguments.json:
        whole = [
            {
                "id": each.id,
                "about": each.about,
                "risk": each.risk.value,
                "takes": dict(each.takes),
            }
            for each in rows
        ]
        out(json.dumps({"operations": whole}, indent=2))
        return 0
    table(
        ["OPERATION", "RISK", "TAKES", "WHAT IT DOES"],
        [
            [each.id, each.risk.value, ", ".join(a.name for a in each.takes), each.about]
            for each in rows
        ],
    )
    return 0


def journal(settings: Settings, arguments: argparse.Namespace) -> int:
    """``journal``: who did what, and what came of it; oldest first, the newest last."""
    now = datetime.now(UTC)
    try:
        since = when.before(arguments.since, now) if arguments.since else None
        until = when.before(arguments.until, now) if arguments.until else None
    except ValueError as trouble:
        raise Refused(f"--since, --until: {trouble}") from None
    with reading(settings) as store:
        runs = store.journal.runs(
            arguments.name, since=since, until=until, limit=arguments.limit or 200
        )
    from alfred_tui.ops.export import line
    from alfred_tui.ops.standing import teller

    stands = teller(None, lambda: now)
    for run in reversed(runs):
        out(line(run, stands(run)) if arguments.json else _line(run, stands(run)))
    return 0


def _line(run: RunRecord, outcome: Outcome | None) -> str:
    from alfred_tui.ops.standing import word

    told = f"{stamp(run.at)}  {word(outcome):<9}  {clean(run.title)}  {clean(run.who)}"
    return f"{told}  {clean(run.text)}".rstrip()


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "operation": plan.operation,
        "tenant": plan.tenant,
        "title": plan.title,
        "risk": plan.risk.value,
        "consent": plan.consent.value,
        "calls": [{"door": c.door, "says": c.says, "line": c.line} for c in plan.calls],
        "shell": plan.shell(),
        "wrong": list(plan.wrong),
        "watches": plan.watches,
    }


def said_yes(made: Any) -> None:
    """The options of whatever changes something."""
    made.add_argument("--yes", action="store_true", help="do not ask")
    made.add_argument("--confirm", metavar="NAME", help="the name, where it must be typed")
    made.add_argument("--failures", type=int, metavar="N", help="as ops.failures is set")
    made.add_argument("--dry-run", action="store_true", help="print the calls, send nothing")
    made.add_argument("--json", action="store_true", help="the result as JSON")


VERBS = {"restart": "Restart", "stop": "Stop", "start": "Start"}


def add_parsers(add: Any) -> None:
    """The commands; ``add`` makes one, as :meth:`grammar._Commands.add` does."""
    for verb, word in VERBS.items():
        made = add(
            verb,
            f"{verb} a service of tenants",
            f"  alfred-tui {verb} acme alfred --dry-run\n"
            f"  alfred-tui {verb} acme birch alfred --yes\n",
            f"{word}s SERVICE on every NAME, a few at once (ops.in_flight), and watches for the\n"
            "effect: the API answers success whatever happened. Each is asked about first, but\n"
            "for --yes, and written down in the journal. After --failures that went wrong nobody\n"
            "else is begun. Exits 1 where one was not done.",
        )
        made.add_argument("names", nargs="+", metavar="NAME")
        made.add_argument("service", metavar="SERVICE")
        said_yes(made)
        made.set_defaults(handler=act, operation=f"container.{verb}")

    made = add(
        "do",
        "do any of the operations that ops lists",
        "  alfred-tui do learn.restart acme --dry-run\n"
        "  alfred-tui do schedule.pause acme schedule=al-plane-sync reason='moving house'\n"
        "  alfred-tui do update.run acme birch --yes\n",
        "OPERATION is an id of `alfred-tui ops`; what it must be told stands as NAME=VALUE behind\n"
        "the tenants. As with restart it is asked about first, watched, and written down.",
    )
    made.add_argument("operation", metavar="OPERATION")
    made.add_argument("names", nargs="+", metavar="NAME")
    said_yes(made)
    made.set_defaults(handler=do)

    made = add("ops", "list what can be done to a tenant", "  alfred-tui ops\n")
    made.add_argument("what", nargs="?", choices=("list",), metavar="list", help=argparse.SUPPRESS)
    made.add_argument("--json", action="store_true", help="the same as JSON")
    made.set_defaults(handler=operations)

    made = add(
        "journal",
        "tell what was done, by whom, and what came of it",
        "  alfred-tui journal --since 2d\n"
        "  alfred-tui journal acme --json | jq 'select(.outcome == \"unknown\")'\n",
        "The newest stands last. A run without an end is one whose program ended in its middle:\n"
        "what it had sent may have been carried out, and may not.",
    )
    made.add_argument("name", nargs="?", metavar="NAME", help="only of this tenant")
    made.add_argument("--since", metavar="WHEN", help=f"from then on: {when.PAST}")
    made.add_argument("--until", metavar="WHEN", help="before then; written the same way")
    made.add_argument("--limit", type=int, metavar="N", help="the newest N; 200")
    made.add_argument("--json", action="store_true", help="JSON lines")
    made.set_defaults(handler=journal)
