"""The containers as Compose lists them on the host, over SSH: what ctrl-api runs, too.

Without ``--all``, as there (tenant-api.md 3.1): running, restarting and paused ones are listed,
so that what is missing means the same by both ways.
"""

from __future__ import annotations

from alfred_tui.model.look import Look
from alfred_tui.tenant.errors import BadAnswer
from alfred_tui.tenant.over_ssh import LooksOverSsh
from alfred_tui.tenant.stack import Stack

PS = ("ps", "--format", "json")


class ListedOverSsh(LooksOverSsh):
    """The containers alone."""

    def words(self, look: Look, stack: Stack) -> tuple[str, ...]:
        """Compose's own listing."""
        return (*stack.compose, *PS)

    def body(self, said: bytes) -> bytes:
        """One array of rows."""
        return rows(said)


def rows(text: bytes) -> bytes:
    """What Compose prints as one JSON array.

    Old ones print an array, those from about 2.21 on an object a line, and nothing where nothing
    runs (tenant-api.md 3.1). Lines that are no object are left out, as ctrl-api does.

    Raises:
        BadAnswer: something was printed, and none of it is a row.
    """
    text = text.strip()
    if text.startswith(b"["):
        return text
    found = [line for line in text.splitlines() if line.startswith(b"{")]
    if text and not found:
        raise BadAnswer("Compose's listing has no row", path="$")
    return b"[" + b",".join(found) + b"]"
