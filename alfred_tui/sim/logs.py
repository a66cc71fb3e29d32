"""One-shot container logs (tenant-api.md 3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from alfred_tui.sim.acts import SERVICE_NAME
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.dice import pick
from alfred_tui.sim.replies import NO_DOCKER, Reply, answer, failed_command, refusal

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

EVERY = 7
"""Seconds between two lines."""
MOST = 100_000
SAYS = (
    "sweep.start",
    "sweep.complete                \x1b[0m issues=4",
    "extraction.no_candidates",
    "queue.polled                  \x1b[0m waiting=0",
    "request.done                  \x1b[0m status=200",
)


def show(asked: Asked, service: str) -> Reply:
    """The last lines of a service, stopped ones too; up to when it stopped."""
    if not SERVICE_NAME.fullmatch(service):
        return refusal(500, "EXEC_ERROR", "Invalid service name")
    tail = parse_qs(asked.query, keep_blank_values=True).get("tail", ["100"])[0]
    if not tail.isdecimal():
        return refusal(400, "VALIDATION_ERROR", "tail must be a number")
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    if not asked.has(service):
        return failed_command(f"no such service: {service}\n")
    text = "".join(f"{service}-1  | {line}" for line in lines(asked, service, int(tail)))
    return answer({"logs": text}, 0.14)


def lines(asked: Asked, service: str, count: int) -> list[str]:
    """The last lines of a service's container, each with its end."""
    until = asked.life.gone_since(service, asked.t) or asked.t
    last = int((until + asked.told) // EVERY)
    return [_line(service, number) for number in range(last - min(count, MOST) + 1, last + 1)]


def since(asked: Asked, service: str, begin: float, end: float) -> list[str]:
    """The lines that came from ``begin`` to ``end``, epoch seconds."""
    numbers = range(*(int((t + asked.told) // EVERY) + 1 for t in (begin, end)))
    return [_line(service, number) for number in numbers]


def _line(service: str, number: int) -> str:
    said = pick(SAYS, service, number)
    when = stamp(number * EVERY + 0.422588, 6)
    return f"\x1b[2m{when}\x1b[0m [\x1b[32m\x1b[1minfo     \x1b[0m] \x1b[1m{said}\x1b[0m\n"
