"""Muting and acknowledging as words: what may be chosen, about what, and what is quiet already."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from alfred_tui.model import units, when
from alfred_tui.model.quiet import ACKNOWLEDGED_FOR, LONGEST, Quiet, QuietKind
from alfred_tui.model.text import clean
from alfred_tui.model.view import TenantView
from alfred_tui.widgets import cells
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.sheet import Row

OWN = "7"
"""The key of the choice whose time is typed."""
RULE_HINT = "disk-high, slow: ids are in docs/rules"
TIMES = "36h, 2d, 08:00 or 2026-11-20T14:30"
MORNING = 8
_WHAT = 24
_MOST_RULES = 12


class Scope(NamedTuple):
    """About what a mute is: ``rule`` empty for everything; ``everywhere`` for every tenant."""

    words: str
    rule: str = ""
    everywhere: bool = False


class Choice(NamedTuple):
    """One way to be quiet: until when, and whether it is an acknowledgement."""

    key: str
    words: str
    until: datetime
    kind: QuietKind = QuietKind.MUTE


def scopes(views: Sequence[TenantView]) -> list[Scope]:
    """Everything first, then each rule that has something to say now."""
    rules = list(dict.fromkeys(r.rule for v in views for r in (*v.reasons, *v.quieted)))
    found = [Scope("everything of it" if len(views) == 1 else "everything of them")]
    found += [Scope(f"only {rule}", rule) for rule in rules[:_MOST_RULES]]
    found += [Scope(f"{rule} on every tenant", rule, True) for rule in rules[:_MOST_RULES]]
    return found


def with_rule(there: Sequence[Scope], rule: str) -> tuple[list[Scope], int]:
    """Those scopes and the two of ``rule``, with the place of the one about these tenants."""
    found = list(there)
    for one in (Scope(f"only {rule}", rule), Scope(f"{rule} on every tenant", rule, True)):
        if one not in found:
            found.append(one)
    return found, found.index(Scope(f"only {rule}", rule))


def rule_named(text: str, known: Sequence[str]) -> str:
    """The rule that was typed; the beginning of its name will do where only one begins so.

    Raises:
        ValueError: there is none, or several; the text names those that may have been meant.
    """
    given = text.strip().lower()
    begins = [rule for rule in known if given and rule.startswith(given)]
    if given in known or len(begins) == 1:
        return given if given in known else begins[0]
    near = begins or difflib.get_close_matches(given, known, 3) or sorted(known)
    shown = ", ".join(near[:6]) + (f" and {len(near) - 6} more" if len(near) > 6 else "")
    raise ValueError(f"no such rule; there are {shown}")


def choices(now: datetime) -> list[Choice]:
    """What may be chosen, the shortest first."""
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    morning += timedelta(days=morning <= now)
    left = units.short_duration((morning - now).total_seconds())
    return [
        Choice(
            "1",
            "acknowledge: these very reasons, until one changes; at most a day",
            now + ACKNOWLEDGED_FOR,
            QuietKind.ACK,
        ),
        Choice("2", "mute for 1 h", now + timedelta(hours=1)),
        Choice("3", "mute for 4 h", now + timedelta(hours=4)),
        Choice("4", f"mute until {morning:%H:%M} UTC, {left} from now", morning),
        Choice("5", "mute for 3 d", now + timedelta(days=3)),
        Choice("6", "mute for 14 d", now + timedelta(days=14)),
        Choice(OWN, "mute for a time of your own, or until one", now),
    ]


def own_choice(text: str, now: datetime) -> Choice:
    """A mute for or until what a person typed: ``36h``, ``08:00``, ``2026-11-20T14:30``.

    Raises:
        ValueError: it is no time, has passed or is too far off; the text says what is allowed.
    """
    until = _typed(text, now)
    if not now < until <= now + LONGEST:
        raise ValueError(f"at most {LONGEST.days} days, and not nought")
    left = units.short_duration((until - now).total_seconds())
    return Choice(OWN, f"mute until {until:%Y-%m-%d %H:%M} UTC, {left} from now", until)


def _typed(text: str, now: datetime) -> datetime:
    try:
        return now + when.span(text)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)
    except ValueError:
        pass  # no span: a moment, then
    try:
        return when.after(text, now)
    except ValueError:
        raise ValueError(f"allowed is {TIMES}: a span, or a moment to come") from None


def choice_rows(offered: Iterable[Choice], scope: Scope, names: Sequence[str]) -> list[Row]:
    """The ways to be quiet, with what a mute is about."""
    rows = [
        Row([(cells.left(" on", 9), "muted"), (_named(names), "strong")]),
        Row(
            [
                (cells.left(" mutes", 9), "muted"),
                (scope.words, "text"),
                ("   s", "key"),
                (" other", "muted"),
                ("   r", "key"),
                (" any rule", "muted"),
            ]
        ),
        Row(()),
    ]
    rows += [
        Row([(f"  {each.key}  ", "key"), (each.words, "text")], key=f"choice {each.key}")
        for each in offered
    ]
    return rows


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(clean(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def wish_rows(wishes: Sequence[Quiet], now: datetime, width: int, ellipsis: str) -> list[Row]:
    """What is quiet already, with how long still, who wished it, and why."""
    if not wishes:
        return []
    rows = [Row(()), Row([(" quiet now", "accent"), ("   u", "key"), (" takes it back", "muted")])]
    for wish in wishes:
        rows.append(Row(wish_parts(wish, now, width, ellipsis), key=f"wish {wish.number}"))
    return rows


def wish_parts(wish: Quiet, now: datetime, width: int, ellipsis: str) -> list[Part]:
    """One wish in a line of ``width`` cells."""
    verb = "ack" if wish.kind is QuietKind.ACK else "mute"
    left = units.short_duration((wish.until - now).total_seconds())
    what = cells.cut_end(clean(wish.scope), _WHAT * 2, ellipsis)
    tail = f"{clean(wish.who, 40)}: {clean(wish.reason)}" if wish.reason else clean(wish.who, 40)
    lead = f"{verb:<5} {cells.left(what, _WHAT)}  {left:>6} left  "
    room = max(0, width - cells.width(lead) - 3)
    return [("  ", "muted"), (lead, "text"), (cells.cut_end(tail, room, ellipsis), "muted")]
