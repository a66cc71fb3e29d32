"""Facts of the host and of the vault workers (tenant-api.md 4.2, 4.3, 5.1)."""

from __future__ import annotations

import msgspec

from alfred_tui.model import facts
from alfred_tui.model.text import clean, first_line
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.wire import shapes, values, words
from alfred_tui.tenant.wire.lenient import Oddities, nothing_usable, read

_SYSTEM = msgspec.json.Decoder(shapes.SystemBody)
_DISK = msgspec.json.Decoder(shapes.SystemDiskBody)
_WORKERS = msgspec.json.Decoder(shapes.WorkersBody)
MOST_WORKERS = 20
_NAMED = ("curator", "janitor", "distiller", "surveyor")


def system(body: bytes) -> tuple[facts.System, Oddities]:
    """Uptime, memory and disk out of three texts; ``unknown`` in one is ``None``.

    Raises:
        BadAnswer: none of the three texts is there.
    """
    wire, odd = read(body, _SYSTEM)
    texts = {"uptime": wire.uptime, "disk": wire.disk, "memory": wire.memory}
    if all(text is None for text in texts.values()):
        raise nothing_usable(odd)
    made = facts.System(
        uptime=values.parse_host_uptime(wire.uptime or ""),
        memory_percent=values.parse_free(wire.memory or ""),
        disk=values.parse_df(wire.disk or ""),
    )
    understood = {"uptime": made.uptime, "disk": made.disk, "memory": made.memory_percent}
    for key, text in texts.items():
        if text is None and not any(place.path == f"$.{key}" for place in odd):
            odd.note(f"$.{key}", "missing")
        elif text and understood[key] is None and text.strip() != "unknown":
            odd.note(f"$.{key}", f"not understood: {first_line(text, 60)}")
    return made, odd


def system_disk(body: bytes) -> tuple[facts.Disk | None, Oddities]:
    """H's disk route: the filesystem of its state database, a host figure; ``None`` unsampled.

    Raises:
        BadAnswer: no ``disk_used_pct`` in it.
    """
    wire, odd = read(body, _DISK)
    used = values.share(wire.disk_used_pct)
    return (None if used is None else facts.Disk(used, facts.Scope.HOST)), odd


def workers(body: bytes) -> tuple[facts.Workers, Oddities]:
    """The vault workers: newest H's states, or the rows of the command's text.

    Raises:
        BadAnswer: neither ``raw`` nor ``workers`` in it.
    """
    wire, odd = read(body, _WORKERS)
    if wire.raw is None and not wire.workers and not wire.degraded:
        raise nothing_usable(odd) if odd else BadAnswer("no workers in it", path="$")
    named = tuple(
        facts.Worker(
            words.name(name, 40),
            words.word(state.status, 20),
            ", ".join(clean(text, 40) for text in (state.health_reasons or [])[:8]),
        )
        for name, state in sorted((wire.workers or {}).items())[:MOST_WORKERS]
    )
    text = wire.raw or ""
    return facts.Workers(named or _from_text(text), first_line(text, 80), bool(wire.degraded)), odd


def _from_text(text: str) -> tuple[facts.Worker, ...]:
    """Rows ``curator running queue=3`` of the command's text; other lines are left alone."""
    found = []
    for line in text[:8000].splitlines()[:40]:
        said = clean(line, 120).split()
        if len(said) >= 2 and said[0] in _NAMED:
            found.append(facts.Worker(words.name(said[0], 40), said[1], " ".join(said[2:])))
    return tuple(found)
