"""Where an import may look, as lines to choose from."""

from __future__ import annotations

from alfred_tui.model.text import clean
from alfred_tui.takeover.gathering import Request
from alfred_tui.widgets import cells
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.glyphs import Glyphs
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.sheet import Row

PATH, HETZNER, TAILNET, SUFFIX = "path", "hetzner", "tailnet", "suffix"
"""Keys of the lines."""
TEXTS = frozenset({PATH, SUFFIX})
"""Lines that somebody types into."""
LABEL = 28
"""Cells before what is typed."""
_SOURCES = (
    (PATH, "a file or a folder", "the former tool's folder, its database, or an inventory (JSON)"),
    (HETZNER, "Hetzner Cloud", "its servers with the label managed-by=alfred-ctrl; the token is "
     "that of HCLOUD_TOKEN or hetzner.token_file"),
    (TAILNET, "the tailnet", "the machines that `tailscale` on this machine knows as tenants"),
)  # fmt: skip


def page(request: Request, path_taken: bool, width: int, glyphs: Glyphs) -> list[Row]:
    """The sources, chosen or not."""
    chosen = {PATH: path_taken, HETZNER: request.hetzner, TAILNET: request.tailscale}
    rows = [
        Row(()),
        Row([(" Who knows which tenants there are?", "title")]),
        Row([(" Nothing is changed before you have seen what would be.", "muted")]),
        Row(()),
    ]
    for key, title, about in _SOURCES:
        typed = request.path if key == PATH else ""
        rows.append(_choice(key, title, typed, chosen[key], width, glyphs))
        rows += _about(about, width)
        rows.append(Row(()))
    suffix = request.suffix or "as `tailscale` here says"
    ink = "strong" if request.suffix else "muted"
    line: list[Part] = [(cells.left("     short names end in", LABEL), "muted"), (suffix, ink)]
    rows.append(Row(line, SUFFIX, request.suffix))
    rows += _about("the tailnet's suffix; TLS can only be verified against a full name", width)
    return rows


def _choice(key: str, title: str, typed: str, chosen: bool, width: int, glyphs: Glyphs) -> Row:
    room = max(10, width - LABEL - 3)
    line: list[Part] = [
        (" [", "muted"),
        (glyphs.mark if chosen else " ", "ok"),
        ("] ", "muted"),
        (cells.left(title, LABEL - 5), "strong" if chosen else "text"),
        (cells.cut_middle(clean(typed, 500), room, glyphs.ellipsis), "strong"),
    ]
    return Row(line, key, typed or title)


def _about(text: str, width: int) -> list[Row]:
    return [Row([(" " * 5, "text"), (line, "faint")]) for line in wrapped(text, width - 8)]
