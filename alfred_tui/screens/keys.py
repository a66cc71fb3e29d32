"""Keys that exist: read from the bindings themselves, for the hints line, the help and the palette."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding
from textual.screen import Screen

LOOK = Binding.Group("Look")
CHOOSE = Binding.Group("Choose and order")
POLL = Binding.Group("Polling")
PROGRAM = Binding.Group("Program")

_SHOWN = {
    "slash": "/",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "down": "↓",
    "up": "↑",
}
_ASCII = {"↓": "down", "↑": "up"}


class KeyLine(NamedTuple):
    """One action as a person reads it: its keys, what it does, where it belongs."""

    group: str
    keys: tuple[str, ...]
    does: str
    action: str
    hint: bool


def shown(binding: Binding, *, ascii_only: bool = False) -> str:
    """A key as it is written: ``/``, ``ctrl+p``, ``↓``."""
    text = binding.key_display or _SHOWN.get(binding.key, binding.key)
    return _ASCII.get(text, text) if ascii_only else text


def key_lines(screen: Screen[object], *, ascii_only: bool = False) -> list[KeyLine]:
    """Every described key that works on ``screen`` now, one line per action, in binding order."""
    lines: dict[tuple[str, str], KeyLine] = {}
    for _node, binding, enabled, _tip in screen.active_bindings.values():
        if binding.group is None or not binding.description or not enabled:
            continue
        key = (binding.action, binding.description)
        known = lines.get(key)
        keys = (*known.keys, shown(binding, ascii_only=ascii_only)) if known else (
            shown(binding, ascii_only=ascii_only),
        )
        lines[key] = KeyLine(
            binding.group.description, keys, binding.description, binding.action, binding.show
        )
    return list(lines.values())
