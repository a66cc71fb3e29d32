"""What the top lines of the fleet screen say: pure functions from state to lines of parts."""

from __future__ import annotations

import textwrap
from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Counts, FleetStatus
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.glyphs import WORDS, Glyphs
from alfred_tui.widgets.inks import Line, Part

_ORDER = (Pill.OK, Pill.DEGRADED, Pill.DOWN, Pill.STALE, Pill.UNKNOWN, Pill.BUILDING)


def number(count: int) -> str:
    """``1,000``."""
    return f"{count:,}"


def _of(counts: Counts, pill: Pill) -> int:
    return int(getattr(counts, pill.value))


def count_parts(counts: Counts, glyphs: Glyphs, *, words: bool, live: bool = True) -> list[Part]:
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
        parts += [(f"{glyphs.pills[pill]} {number(count)}{word}", ink), ("   ", "text")]
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
    status: FleetStatus, now: datetime, width: int, glyphs: Glyphs, title: str = "Alfred fleet"
) -> list[Line]:
    """The first line: who we are, how many are how, what we see them through, what time it is."""
    total = status.counts.total
    left: list[Part] = [(" ", "text"), (title, "title"), ("  ", "text")]
    if status.demo:
        left += [("DEMO", "demo"), ("  ", "text")]
    noun = "tenant" if total == 1 else "tenants"
    left += [
        (f"{number(total)} {noun}" if width >= 96 else number(total), "text"),
        ("    " if width >= 96 else "  ", "text"),
    ]
    live = status.first_sweep_done or status.polled > 0
    left += count_parts(status.counts, glyphs, words=width >= 150, live=live)
    if status.paused:
        left += [(f"{glyphs.paused} PAUSED", "degraded")]
    gap = "    " if width >= 110 else "  "
    right: list[Part] = []
    if (network := _network(status)) is not None:
        right += [(network[0] + gap, network[1])]
    if status.pollable:
        every = units.short_duration(status.interval)
        text = f"polled {number(status.polled)}/{number(status.pollable)} in {every}"
        if width < 96:
            text = f"{number(status.polled)}/{number(status.pollable)}"
        right += [(text + gap, "muted")]
    right += [(f"{now:%H:%M:%S} UTC", "text"), (" ", "text")]
    return [spread(left, right, width)]


def _banner(sign: str, ink: str, text: str, width: int) -> list[Line]:
    """A banner's lines: its sign once, the text wrapped beside it."""
    lead = f" {sign}  "
    room = max(10, width - cells.width(lead) - 1)
    rows = textwrap.wrap(clean(text, 400), room) or [""]
    lines: list[Line] = [[(lead, ink), (rows[0], "strong")]]
    lines += [[(" " * cells.width(lead), "text"), (row, "strong")] for row in rows[1:]]
    return lines


def trouble(status: FleetStatus, failed: str, width: int, glyphs: Glyphs) -> list[Line]:
    """What stands between us and the fleet: our network, a failed start, the engine's words."""
    lines: list[Line] = []
    if failed:
        text = f"{failed}  Press r to try again, q to quit."
        lines += _banner(f"{glyphs.pills[Pill.DOWN]} CANNOT START", "down", text, width)
    if status.network.state in ("offline", "partition"):
        sign = f"{glyphs.pills[Pill.DOWN]} {status.network.state.upper()}"
        text = status.network.text or "our own network does not reach the fleet"
        lines += _banner(sign, "down", text, width)
    for text in status.trouble:
        lines += _banner(f"{glyphs.pills[Pill.DEGRADED]} NOTE", "degraded", text, width)
    return lines


def demo(width: int) -> list[Line]:
    """How to leave the demo for a real fleet."""
    first: list[Part] = [(" DEMO ", "demo")]
    ways: list[Part] = [
        ("alfred-tui import FILE", "key"),
        (" or ", "muted"),
        ("alfred-tui tenants add NAME", "key"),
    ]
    if width >= 130:
        first += [(" A simulated fleet: nothing here is real. Bring your own with ", "text")]
    elif width >= 100:
        first += [(" A simulated fleet. Bring your own: ", "text")]
    else:
        first += [(" yours: ", "text")]
    return [[*first, *ways]]
