"""Keys that exist, read from the bindings: for the hints line, the help and the palette."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.binding import Binding
from textual.screen import Screen

from alfred_tui.widgets.fleet_grid import MOVE

LOOK = Binding.Group("Look")
CHOOSE = Binding.Group("Choose and order")
POLL = Binding.Group("Polling")
PROGRAM = Binding.Group("Program")
GROUPS = [group.description for group in (LOOK, CHOOSE, POLL, PROGRAM, MOVE)]
"""In the order of the hints line and of the help."""

_SHOWN = {
    "slash": "/",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
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
    help: str


def binding(
    keys: str, action: str, hint: str, tooltip: str, group: Binding.Group, priority: bool = False
) -> Binding:
    """A key: ``hint`` is its word in the bottom line (none: not there), ``tooltip`` its help."""
    return Binding(
        keys,
        action,
        hint or tooltip,
        show=bool(hint),
        tooltip=tooltip,
        group=group,
        priority=priority,
    )


def shown(binding: Binding, *, ascii_only: bool = False) -> str:
    """A key as it is written: ``/``, ``ctrl+p``, ``↓``."""
    text = binding.key_display or _SHOWN.get(binding.key, binding.key)
    return _ASCII.get(text, text) if ascii_only else text


def key_lines(screen: Screen[Any], *, ascii_only: bool = False) -> list[KeyLine]:
    """Every described key that works on ``screen`` now, one line per action, in binding order."""
    lines: dict[tuple[str, str], KeyLine] = {}
    for _node, binding, enabled, _tip in screen.active_bindings.values():
        if binding.group is None or not binding.description or not enabled:
            continue
        known = lines.get((binding.action, binding.description))
        key = shown(binding, ascii_only=ascii_only)
        lines[binding.action, binding.description] = KeyLine(
            binding.group.description,
            (*known.keys, key) if known else (key,),
            binding.description,
            binding.action,
            binding.show,
            binding.tooltip or binding.description,
        )
    return sorted(lines.values(), key=lambda line: GROUPS.index(line.group))


def hints(screen: Screen[Any], *, ascii_only: bool = False) -> list[tuple[str, str, str]]:
    """For the bottom line: key, word, action, of those bindings that are to be shown there."""
    lines = key_lines(screen, ascii_only=ascii_only)
    return [(line.keys[0], line.does, line.action) for line in lines if line.hint]
