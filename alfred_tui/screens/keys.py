"""Keys that exist, read from the bindings: for the hints line, the help and the palette."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import key_to_character
from textual.screen import Screen

from alfred_tui.model.keymap import id_of, types
from alfred_tui.widgets.bar import Hint
from alfred_tui.widgets.board import MOVE
from alfred_tui.widgets.filter_input import TYPE, FilterInput

LOOK = Binding.Group("Look")
CHOOSE = Binding.Group("Choose and order")
POLL = Binding.Group("Polling")
PROGRAM = Binding.Group("Program")
GROUPS = [group.description for group in (TYPE, LOOK, CHOOSE, POLL, PROGRAM, MOVE)]
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
_LOOKS = ("refresh", "again")
_STARTED = frozenset({"actions", "quiet", "ssh"})
"""Not offered before the engine has started; who presses them is told why."""
_RARE = frozenset({"interrupt", "quit", "step(1)", "step(-1)", "other"})
"""Said last in their group: keys that Textual's own widgets bind come first of all."""


class KeyLine(NamedTuple):
    """One action as a person reads it: its keys, what it does, where it belongs.

    ``node`` is the app, screen or widget that carries ``action`` out.
    """

    group: str
    keys: tuple[str, ...]
    does: str
    action: str
    hint: bool
    help: str
    node: DOMNode


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
        id=id_of(action, keys),
    )


def shown(binding: Binding, *, ascii_only: bool = False) -> str:
    """A binding's key as it is written: ``/``, ``ctrl+p``, ``↓``."""
    return binding.key_display or written(binding.key, ascii_only=ascii_only)


def written(key: str, *, ascii_only: bool = False) -> str:
    """A key as Textual calls it, as a person writes it."""
    text = _SHOWN.get(key) or (key_to_character(key) if types(key) and key != "space" else key)
    return _ASCII.get(text or key, text or key) if ascii_only else text or key


def key_lines(screen: Screen[Any], *, ascii_only: bool = False) -> list[KeyLine]:
    """Every described key that works on ``screen`` now, one line per action.

    By group, then in the order in which they were bound. While a filter is typed the keys that it
    takes as letters are left out.
    """
    box = screen.focused if isinstance(screen.focused, FilterInput) else None
    lines: dict[tuple[str, str], KeyLine] = {}
    for key, (node, binding, enabled, _tip) in screen.active_bindings.items():
        if binding.group is None or not binding.description or not enabled:
            continue
        if box is not None and node is not box and types(key):
            continue
        known = lines.get((binding.action, binding.description))
        text = shown(binding, ascii_only=ascii_only)
        lines[binding.action, binding.description] = KeyLine(
            binding.group.description,
            (*known.keys, text) if known else (text,),
            binding.description,
            binding.action,
            binding.show,
            binding.tooltip or binding.description,
            node,
        )
    return sorted(lines.values(), key=lambda line: (GROUPS.index(line.group), line.action in _RARE))


def hints(screen: Screen[Any], *, ascii_only: bool = False, failed: str = "") -> list[Hint]:
    """For the bottom line: those bindings that are to be shown there.

    Where the start has ``failed`` the keys that look, or read, try it again: that comes first.
    """
    lines = [line for line in key_lines(screen, ascii_only=ascii_only) if line.hint]
    does = dict.fromkeys(_LOOKS, "try again") if failed else {}
    if failed:
        lines = [line for line in lines if line.action not in _STARTED]
        lines.sort(key=lambda line: line.action not in _LOOKS)
    return [
        Hint(line.keys[0], does.get(line.action, line.does), line.action, line.node)
        for line in lines
    ]
