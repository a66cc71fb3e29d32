"""Quiet without a screen: ``mute``, ``ack``, ``unmute``, ``mutes``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alfred_tui.cli.output import Refused, fail, out, table
from alfred_tui.cli.tenants import opened, reading, unknown
from alfred_tui.model import when
from alfred_tui.model.quiet import ACKNOWLEDGED_FOR, LONGEST, Quiet, QuietKind, acked
from alfred_tui.model.text import clean
from alfred_tui.model.units import age, short_duration, stamp

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.store.store import Store

OLD = timedelta(minutes=10)
"""A last known state older than this is told with its age when it is acknowledged."""


def mute(settings: Settings, arguments: argparse.Namespace) -> int:
    """``mute``: tenants, one rule of them, or one rule everywhere, for a time."""
    now = _now()
    until = _until(arguments, now, None)
    rule = _rule(arguments.rule or "")
    if bool(arguments.names) == bool(arguments.everywhere):
        raise Refused("name the tenants, or give --everywhere with a --rule")
    if arguments.everywhere and not rule:
        raise Refused("--everywhere needs a --rule: nobody mutes a whole fleet")
    from alfred_tui.engine.quieter import who

    with opened(settings) as store:
        names = _known(store, arguments.names) or [""]
        reason = clean(arguments.reason, 200)
        wishes = [
            Quiet(QuietKind.MUTE, now, until, tenant=n, rule=rule, reason=reason, who=who())
            for n in names
        ]
        if not arguments.dry_run:
            wishes = store.quiets.put(wishes, now)
    return _report(wishes, arguments)


def acknowledge(settings: Settings, arguments: argparse.Namespace) -> int:
    """``ack``: the reasons known last, until one of them changes."""
    now = _now()
    until = _until(arguments, now, ACKNOWLEDGED_FOR)
    from alfred_tui.engine.quieter import who
    from alfred_tui.fleet.last_known import last_shown

    with opened(settings) as store:
        states = last_shown(store)
        wishes = []
        for name in _known(store, arguments.names):
            state = states.get(name)
            if state is None or not state.view.reasons:
                fail(f"{name}: nothing is wrong with it as far as is known; left out")
                continue
            if now - state.kept_at > OLD:
                fail(f"{name}: as it was {age(state.kept_at, now)} ago")
            wish = Quiet(QuietKind.ACK, now, until, tenant=name, who=who())
            reason, held = clean(arguments.reason, 200), acked(state.view.reasons)
            wishes.append(_with(wish, reason=reason, acked=held))
        if not arguments.dry_run:
            wishes = store.quiets.put(wishes, now)
    return _report(wishes, arguments) if wishes else 1


def _with(wish: Quiet, **fields: Any) -> Quiet:
    import msgspec

    return msgspec.structs.replace(wish, **fields)


def unmute(settings: Settings, arguments: argparse.Namespace) -> int:
    """``unmute``: take back what is muted and acknowledged."""
    now, rule = _now(), _rule(arguments.rule or "")
    if bool(arguments.names) == bool(arguments.everywhere):
        raise Refused("name the tenants, or give --everywhere for rules muted on every tenant")
    from alfred_tui.engine.quieter import who

    with opened(settings) as store:
        about = set(_known(store, arguments.names)) or {""}
        wishes = [
            wish
            for wish in store.quiets.read(now)
            if wish.tenant in about and (not rule or wish.rule == rule)
        ]
        if not arguments.dry_run:
            wishes = store.quiets.end(wishes, now, who())
    if not wishes:
        return fail("nothing of that is muted or acknowledged; `alfred-tui mutes` lists it", 1)
    if arguments.json:
        out(json.dumps({"loud": [wish_of(wish) for wish in wishes]}, indent=2))
    else:
        for wish in wishes:
            out(f"{'would be loud' if arguments.dry_run else 'loud'} again: {clean(wish.scope)}")
    return 0


def mutes(settings: Settings, arguments: argparse.Namespace) -> int:
    """``mutes``: what is quiet now, why, and for how long."""
    now = _now()
    with reading(settings) as store:
        wishes = sorted(store.quiets.read(now), key=lambda wish: wish.until)
    if arguments.json:
        out(json.dumps({"quiet": [wish_of(wish) for wish in wishes]}, indent=2))
        return 0
    if not wishes:
        out("nothing is muted or acknowledged")
        return 0
    table(
        ["WHAT", "KIND", "FOR", "BY", "WHY"],
        [
            [
                wish.scope,
                wish.kind.value,
                short_duration((wish.until - now).total_seconds()),
                wish.who,
                wish.reason,
            ]
            for wish in wishes
        ],
    )
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def _until(arguments: argparse.Namespace, now: datetime, usual: timedelta | None) -> datetime:
    """When it ends, by ``--for`` or ``--until``."""
    try:
        if arguments.lasts is not None:
            flag, text = "--for", arguments.lasts
            until = now + when.span(text)
        elif arguments.until is not None:
            flag, text = "--until", arguments.until
            until = when.after(text, now)
        elif usual is not None:
            return now + usual
        else:
            raise Refused(f"for how long? --for {when.SPAN}, or --until {when.FUTURE}")
    except ValueError as trouble:
        raise Refused(f"{flag} {text}: {trouble}") from None
    if not now < until <= now + LONGEST:
        raise Refused(f"{flag} {text}: at most {LONGEST.days} days, and not nought")
    return until


def _rule(name: str) -> str:
    if not name:
        return name
    from alfred_tui.fleet.rules import RULE_IDS

    if name in RULE_IDS:
        return name
    import difflib

    near = difflib.get_close_matches(name, RULE_IDS, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(RULE_IDS)}"
    raise Refused(f"no rule is called {clean(name, 60)!r}; {hint}")


def _known(store: Store, names: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(names))
    if not chosen:
        return []
    known = [tenant.name for tenant in store.tenants()]
    if strangers := [name for name in chosen if name not in known]:
        raise Refused(*(unknown(name, known) for name in strangers))
    return chosen


def _report(wishes: list[Quiet], arguments: argparse.Namespace) -> int:
    if arguments.json:
        out(json.dumps({"quiet": [wish_of(wish) for wish in wishes]}, indent=2))
        return 0
    for wish in wishes:
        verb = "would be quiet" if arguments.dry_run else "quiet"
        out(f"{verb} until {stamp(wish.until)}: {clean(wish.scope)}")
    return 0


def wish_of(wish: Quiet) -> dict[str, Any]:
    """A wish as ``--json`` prints it everywhere; times are ISO 8601."""
    return {
        "kind": wish.kind.value,
        "tenant": wish.tenant or None,
        "rule": wish.rule or None,
        "reason": wish.reason,
        "who": wish.who,
        "at": wish.at.isoformat(),
        "until": wish.until.isoformat(),
        "acknowledged": [
            {"rule": each.rule, "subject": each.subject, "pill": each.pill.value}
            for each in wish.acked
        ],
    }


def add_parsers(add: Any) -> None:
    """The four commands; ``add`` makes one, as :meth:`grammar._Commands.add` does."""
    made = add(
        "mute",
        "keep tenants quiet for a time, or one rule",
        "  alfred-tui mute acme --for 4h --reason 'volume is being grown'\n"
        "  alfred-tui mute acme birch --rule disk-high --until 08:00 --reason 'owner knows'\n"
        "  alfred-tui mute --everywhere --rule slow --for 2d --reason 'provider incident'\n",
        "Muted reasons stay beside their tenant, greyed and marked z; its pill is counted apart\n"
        "as long as nothing else is wrong with it. Nothing is muted without an end. The same\n"
        "scope again takes the place of the older mute. Running dashboards follow in seconds.",
    )
    made.add_argument("names", nargs="*", metavar="NAME")
    made.add_argument("--everywhere", action="store_true", help="a rule, on every tenant")
    made.add_argument("--rule", metavar="RULE", help="only this rule; ids are in docs/rules")
    made.add_argument("--reason", required=True, metavar="TEXT", help="why, for who comes next")
    _ends(made)
    made.set_defaults(handler=mute)

    made = add(
        "ack",
        "acknowledge what is wrong with tenants, until it changes",
        "  alfred-tui ack acme --reason 'on it'\n  alfred-tui ack acme birch --for 3d\n",
        "These very reasons are quiet until they heal or grow worse, at most for a day unless\n"
        "--for or --until say otherwise. What is new is loud. The reasons are those that were\n"
        "known last; `alfred-tui health NAME` looks now.",
    )
    made.add_argument("names", nargs="+", metavar="NAME")
    made.add_argument("--reason", default="", metavar="TEXT", help="for who comes next")
    _ends(made)
    made.set_defaults(handler=acknowledge)

    made = add(
        "unmute",
        "take back what is muted or acknowledged",
        "  alfred-tui unmute acme\n  alfred-tui unmute --everywhere --rule slow\n",
    )
    made.add_argument("names", nargs="*", metavar="NAME")
    made.add_argument("--everywhere", action="store_true", help="rules muted on every tenant")
    made.add_argument("--rule", metavar="RULE", help="only mutes of this rule")
    _asks(made)
    made.set_defaults(handler=unmute)

    made = add(
        "mutes",
        "list what is muted and acknowledged",
        "  alfred-tui mutes\n  alfred-tui mutes --json | jq -r '.quiet[].tenant'\n",
    )
    made.add_argument("--json", action="store_true", help="the same as JSON")
    made.set_defaults(handler=mutes)


def _ends(made: argparse.ArgumentParser) -> None:
    end = made.add_mutually_exclusive_group()
    end.add_argument("--for", dest="lasts", metavar="TIME", help=f"so long: {when.SPAN}")
    end.add_argument("--until", metavar="WHEN", help=f"until then: {when.FUTURE}")
    _asks(made)


def _asks(made: argparse.ArgumentParser) -> None:
    made.add_argument("--dry-run", action="store_true", help="say what would be, change nothing")
    made.add_argument("--json", action="store_true", help="the result as JSON")
