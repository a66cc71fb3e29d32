"""What an empty grid says: why it is empty, and which key or command fills it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import FleetStatus
from alfred_tui.widgets import cells
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.roster import Quick, Roster


def centred(parts: list[Part], width: int) -> list[Part]:
    """A line in the middle of ``width`` cells."""
    taken = sum(cells.width(text) for text, _ in parts)
    return [(" " * max(0, (width - taken) // 2), "text"), *parts]


def not_started(failed: str, width: int, ways: Sequence[Part]) -> list[list[Part]]:
    """In place of a list where the program could not start: nobody looks, nothing can be read.

    ``ways`` are the keys that help.
    """
    said = textwrap.wrap(failed, max(20, min(90, width - 8)))
    told: list[list[Part]] = [[(line, "degraded")] for line in said]
    return [[("The program could not start", "title")], [], *told, [], [*ways]]


def no_tenants(key: Callable[[str], str]) -> list[list[Part]]:
    """There is nobody to watch."""
    return [
        [("No tenants yet", "title")],
        [],
        [(f"{key('commands')} import".ljust(43), "key"), ("finds what others know", "muted")],
        [("alfred-tui import PATH", "key"), (" " * 21 + "the same in a shell", "muted")],
        [("alfred-tui tenants add NAME --api-url URL", "key"), ("  adds one tenant", "muted")],
        [],
        [("What is added stands here within seconds.", "muted")],
    ]


def no_match(roster: Roster, key: Callable[[str], str]) -> list[list[Part]]:
    """A filter hides everybody."""
    if roster.query.terms:
        what: list[Part] = [
            ("No tenant matches ", "text"),
            (cells.cut_end(" ".join(roster.query.text.split()), 40), "title"),
        ]
        if roster.quick is not Quick.ALL:
            what.append((f" among {roster.quick.value}", "text"))
    else:
        what = [
            {
                Quick.PROBLEMS: ("Nobody has a problem", "title"),
                Quick.DOWN: ("Nobody is down", "title"),
                Quick.MARKED: ("Nobody is marked", "title"),
            }.get(roster.quick, ("Nothing to show", "title"))
        ]
    ways: list[Part] = [(key("clear"), "key"), (f" shows all {roster.total:,} again", "muted")]
    if roster.quick is Quick.MARKED and not roster.marks:
        ways = [(key("mark"), "key"), (" marks a tenant, ", "muted"), *ways]
    return [what, [], ways]


def lines(
    roster: Roster,
    status: FleetStatus,
    glyphs: Glyphs,
    width: int,
    starting: bool,
    key: Callable[[str], str],
    *,
    failed: bool = False,
) -> list[Line]:
    """What stands in the middle of a grid without rows; ``key`` writes the key of an action.

    ``failed``: who is in the fleet could not be read.
    """
    if roster.total and roster.filtered:
        rows = no_match(roster, key)
        if roster.quick in (Quick.PROBLEMS, Quick.DOWN) and not roster.query.terms:
            rows.insert(0, [(glyphs.pills[Pill.OK], "ok")])
    elif starting:
        first = "starting a simulated fleet" if status.demo else "reading who is in the fleet"
        rows = [
            [("Opening the doors", "title")],
            [],
            [(f"{first}, then looking at each of its tenants", "muted")],
        ]
    elif failed:
        rows = [
            [("Who is in the fleet is not known", "title")],
            [],
            [("why that is so, and what helps, stands above", "muted")],
        ]
    else:
        rows = no_tenants(key)
    wide = max(sum(cells.width(text) for text, _ in row) for row in rows)
    if len(rows) > 4:
        pad = " " * max(0, (width - wide) // 2)
        return [[(pad, "text"), *row] for row in rows]
    return [centred(row, width) for row in rows]
