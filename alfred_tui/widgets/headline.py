"""What the top lines of the fleet screen say: pure functions from state to lines of parts."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counts, FleetStatus
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.glyphs import WORDS, Glyphs
from alfred_tui.widgets.inks import Line, Part

MUTED = "z"
"""The mark of what is muted or acknowledged (ux.md, Visual language)."""
SHORT_SIGN = len("DEMO 240x")
"""A longer one takes the title's place where room is short."""
_ORDER = (Pill.OK, Pill.DEGRADED, Pill.DOWN, Pill.STALE, Pill.UNKNOWN, Pill.BUILDING)


def number(count: int) -> str:
    """``1,000``."""
    return f"{count:,}"


def _of(counts: Counts, pill: Pill) -> int:
    return int(getattr(counts, pill.value))


def count_parts(
    counts: Counts, glyphs: Glyphs, *, words: bool, live: bool = True, gap: int = 3
) -> list[Part]:
    """Tenants by pill; what there is none of is left out, OK is always said.

    Without colour where nothing was looked at yet: old counts must not look live.
    """
    parts: list[Part] = []
    for pill in _ORDER:
        count = _of(counts, pill)
        if not count and pill is not Pill.OK:
            continue
        word = f" {WORDS[pill]}" if words else ""
        ink = pill.value if count and live else "muted"
        parts += [(f"{glyphs.pills[pill]} {number(count)}{word}", ink), (" " * gap, "text")]
    if counts.quiet:
        word = " MUTED" if words else ""
        parts += [(f"{MUTED} {number(counts.quiet)}{word}", "muted"), (" " * gap, "text")]
    return parts


def _network(status: FleetStatus) -> Part | None:
    network = status.network
    match network.state:
        case "offline":
            return ("offline", "down")
        case "partition":
            return ("tailnet partition", "down")
        case "up" | "unchecked" if network.tailnet:
            return (f"tailnet {clean(network.tailnet, 20)}", "muted")
        case "up":
            return ("network up", "muted")
        case _:
            return None


def header(
    status: FleetStatus,
    now: datetime,
    width: int,
    glyphs: Glyphs,
    title: str = "Alfred fleet",
    doing: Line = (),
) -> list[Line]:
    """The first line: who we are, how many are how, what we see them through, what time it is.

    ``doing`` is the word on what is being done.
    """
    total = status.counts.total
    sign = f"DEMO {status.day}".rstrip() if status.demo else ""
    left: list[Part] = [(" ", "text")]
    if width >= 96 or cells.width(sign) <= SHORT_SIGN:
        left += [(title, "title"), ("  ", "text")]
    if sign:
        left += [(sign, "demo"), ("  ", "text")]
    noun = "tenant" if total == 1 else "tenants"
    if total or status.first_sweep_done:
        left += [
            (f"{number(total)} {noun}" if width >= 96 else number(total), "text"),
            ("    " if width >= 96 else "  ", "text"),
        ]
    live = status.first_sweep_done or status.polled > 0
    if total:
        counts_gap = 3 if width >= 96 else 2
        words = width >= 150
        left += count_parts(status.counts, glyphs, words=words, live=live, gap=counts_gap)
    if status.paused:
        left += [(f"{glyphs.paused} PAUSED", "degraded"), ("  " if doing else "", "text")]
    left += doing
    return [spread(left, _seen_through(left, status, now, width), width)]


def _seen_through(left: Line, status: FleetStatus, now: datetime, width: int) -> list[Part]:
    """The right end: our network, who was polled, the clock; shorter words where room is short."""
    gap = "    " if width >= 110 else "  "
    clock: list[Part] = [(f"{now:%H:%M:%S} UTC", "text"), (" ", "text")]
    network = _network(status)
    lead = [] if network is None else [(network[0] + gap, network[1])]
    if not status.pollable:
        return [*lead, *clock]
    polled = f"{number(status.polled)}/{number(status.pollable)}"
    every = units.short_duration(status.interval)
    room = width - sum(cells.width(text) for text, _ in left) - 2
    must = lead if status.network.state in ("offline", "partition") else []
    for before, text in (
        (lead, f"polled {polled} in {every}"),
        (lead, f"polled {polled}"),
        (must, f"polled {polled}"),
    ):
        right = [*before, (text + gap, "muted"), *clock]
        if sum(cells.width(part) for part, _ in right) <= room:
            return right
    return [*must, (polled + gap, "muted"), *clock]


def _banner(sign: str, ink: str, text: str, width: int) -> list[Line]:
    """A banner's lines: its sign once, the text wrapped beside it."""
    lead = f" {sign}  "
    room = max(10, width - cells.width(lead) - 1)
    rows = textwrap.wrap(clean(text, 400), room) or [""]
    lines: list[Line] = [[(lead, ink), (rows[0], "strong")]]
    lines += [[(" " * cells.width(lead), "text"), (row, "strong")] for row in rows[1:]]
    return lines


def trouble(
    status: FleetStatus, failed: str, width: int, glyphs: Glyphs, key: Callable[[str], str]
) -> list[Line]:
    """What stands between us and the fleet: our network, a failed start, the engine's words."""
    lines: list[Line] = []
    if failed:
        text = f"{failed.rstrip('.')}. Press {key('refresh')} to try again, {key('leave')} to quit."
        lines += _banner(f"{glyphs.pills[Pill.DOWN]} CANNOT START", "down", text, width)
    if status.network.state in ("offline", "partition"):
        sign = f"{glyphs.pills[Pill.DOWN]} {status.network.state.upper()}"
        text = status.network.text or "our own network does not reach the fleet"
        lines += _banner(sign, "down", text, width)
    for text in status.trouble:
        lines += _banner(f"{glyphs.pills[Pill.DEGRADED]} NOTE", "degraded", text, width)
    return lines


def demo(width: int, key: Callable[[str], str], *, stand_in: bool = True) -> list[Line]:
    """That nothing here is real, and how to come to a real fleet.

    A demo that stands in for an empty store gives way by itself; one that was asked for does not.
    """
    if not stand_in:
        words = "A simulated fleet: nothing here is real. " if width >= 78 else "Not real. "
        leave: list[Part] = [(key("leave"), "key"), (" leaves it", "text")]
        return [[(" ", "text"), ("DEMO", "demo"), (f"  {words}", "text"), *leave]]
    here: list[Part] = [(f"{key('commands')} import", "key")]
    there: list[Part] = [(", or in a shell ", "text"), ("alfred-tui import PATH", "key")]
    if width >= 160:
        first = "A simulated fleet: nothing here is real. For your own: "
        last: list[Part] = [
            (" or ", "text"),
            ("alfred-tui tenants add NAME --api-url URL", "key"),
        ]
    elif width >= 110:
        first, last = "A simulated fleet: nothing is real. Your own: ", []
    elif width >= 78:
        first, last = "Not real. Your own: ", []
    else:
        first, there, last = "Not real. Yours: ", [], []
    return [[(" ", "text"), ("DEMO", "demo"), (f"  {first}", "text"), *here, *there, *last]]
