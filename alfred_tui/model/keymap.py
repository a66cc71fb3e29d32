"""What can be done with keys, by id: the keys it has by default, and where it can be done.

Here and not with the screens, so that settings can be read and listed without them; a test holds
both to each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

FLEET, TENANT, EVENTS, DIAGNOSTICS = "fleet", "tenant", "events", "diagnostics"
DOCTOR, IMPORT, TAKEOVER, CONFIRM = "doctor", "import", "takeover", "confirm"
JOBS, JOURNAL, ACROSS = "jobs", "journal", "across"
SCREENS = (
    *(FLEET, TENANT, ACROSS, EVENTS, DIAGNOSTICS, DOCTOR, IMPORT, TAKEOVER, CONFIRM),
    *(JOBS, JOURNAL),
)
"""By the names that the screens themselves have."""
RESERVED = frozenset({"ctrl+c"})
"""Twice, it always leaves."""


class Act(NamedTuple):
    """``keys`` with commas between, as Textual names them; ``where`` are names of screens.

    ``always``: it goes before what is typed into a box, so that no key that types will do.
    """

    keys: str
    does: str
    where: tuple[str, ...] = SCREENS
    always: bool = False


ACTS: dict[str, Act] = {
    "open": Act("enter", "open what is under the cursor", (FLEET, EVENTS, ACROSS)),
    "copy": Act("c", "copy what is under the cursor"),
    "wall": Act("g", "the wall, and back to the list", (FLEET,)),
    "events": Act("e", "what happened", (FLEET, TENANT)),
    "quiet": Act("m", "mute or acknowledge", (FLEET, TENANT)),
    "actions": Act("a", "what can be done to it", (FLEET, TENANT, ACROSS)),
    "ssh": Act("S", "a shell on its host", (FLEET, TENANT)),
    "filter": Act("slash", "filter as you type", (FLEET, TENANT, ACROSS, EVENTS, JOURNAL)),
    "sort": Act("s", "the next order", (FLEET,)),
    "turn": Act("o", "turn the order round", (FLEET,)),
    "mark": Act("space", "mark, or take the mark away", (FLEET, ACROSS)),
    "unmark": Act("u", "take all marks away", (FLEET, ACROSS)),
    "quick_all": Act("1", "show all", (FLEET,)),
    "quick_problems": Act("2", "only problems", (FLEET,)),
    "quick_down": Act("3", "only those that are down", (FLEET,)),
    "quick_marked": Act("4", "only the marked", (FLEET,)),
    "clear": Act("escape", "clear filter and quick filter", (FLEET,)),
    "refresh": Act("r", "look now", (FLEET, TENANT, ACROSS)),
    "refresh_all": Act("R", "look now at all", (FLEET,)),
    "pause": Act("z", "pause polling, and go on", (FLEET,)),
    "ask_less": Act("plus,equals_sign", "ask less often", (FLEET,)),
    "ask_more": Act("minus", "ask more often", (FLEET,)),
    "back": Act(
        "escape,q",
        "go back",
        (TENANT, ACROSS, EVENTS, DIAGNOSTICS, DOCTOR, IMPORT, TAKEOVER, JOBS, JOURNAL),
    ),
    "order": Act("s", "the next order of a list", (TENANT, ACROSS)),
    "page_overview": Act("1", "overview of a tenant", (TENANT,)),
    "page_containers": Act("2", "containers of a tenant", (TENANT,)),
    "page_workflows": Act("3", "workflows that run at a tenant", (TENANT,)),
    "page_schedules": Act("4", "schedules of a tenant", (TENANT,)),
    "page_host": Act("0", "host of a tenant", (TENANT,)),
    "act": Act("enter", "what can be done to the line under the cursor", (TENANT,)),
    "temporal_ui": Act("o", "the address of Temporal's own pages", (TENANT,)),
    "next_tenant": Act("n", "the next tenant of the list", (TENANT,)),
    "previous_tenant": Act("N", "the previous tenant of the list", (TENANT,)),
    "other": Act("tab", "to the other column, or to the name to type", (TENANT, CONFIRM)),
    "limits": Act("l", "the settings behind each reason", (TENANT,)),
    "span": Act("h", "its history in days, or in hours", (TENANT,)),
    "show": Act("enter", "all that is known of a job or a run", (JOBS, JOURNAL)),
    "cancel": Act("x", "cancel a job", (JOBS,)),
    "retry": Act("r", "the failed of a wish for many, once more", (JOBS,)),
    "export": Act("x", "write what is listed to a file", (EVENTS, JOURNAL)),
    "again": Act("r", "look or read again", (EVENTS, DOCTOR, TAKEOVER, CONFIRM, JOURNAL)),
    "unfold": Act("a", "list what is well or unchanged, too", (DOCTOR, TAKEOVER)),
    "look": Act("enter", "look into the chosen sources", (IMPORT,)),
    "choose": Act("space", "choose a source, or not", (IMPORT,)),
    "type": Act("e", "type a path or a suffix", (IMPORT,)),
    "take": Act("enter", "take over what is decided", (TAKEOVER,)),
    "side_ours": Act("1,left", "decide a conflict: what is known here", (TAKEOVER,)),
    "side_theirs": Act("2,right", "decide a conflict: what the source says", (TAKEOVER,)),
    "rest_ours": Act("O", "decide the rest: what is known here", (TAKEOVER,)),
    "rest_theirs": Act("T", "decide the rest: what the sources say", (TAKEOVER,)),
    "confirm": Act("enter", "do what is asked", (CONFIRM,)),
    "agree": Act("y", "do what is asked, though it disrupts", (CONFIRM,)),
    "refuse": Act("escape,q", "change nothing", (CONFIRM,)),
    "more_at_once": Act("plus,equals_sign", "more of many at once", (CONFIRM,)),
    "fewer_at_once": Act("minus", "fewer of many at once", (CONFIRM,)),
    "more_failures": Act("greater_than_sign", "go on after more failures", (CONFIRM,)),
    "fewer_failures": Act("less_than_sign", "stop after fewer failures", (CONFIRM,)),
    "help": Act("question_mark", "the keys of a screen"),
    "commands": Act("ctrl+p", "every action, every tenant", always=True),
    "jobs": Act("J", "what is being done, and was"),
    "journal": Act("H", "what was done, by whom, with every answer"),
    "leave": Act("q", "quit", (FLEET,)),
    "diagnostics": Act("f12", "how the program itself is"),
    "picture": Act("ctrl+s", "save a picture of the screen", always=True),
    "theme": Act("t", "dark, light, the terminal's colours"),
    "quit": Act("ctrl+q", "quit from anywhere", always=True),
    "down": Act("down,j", "down"),
    "up": Act("up,k", "up"),
    "page_down": Act("pagedown", "a page down"),
    "page_up": Act("pageup", "a page up"),
    "first": Act("home", "to the first line"),
    "last": Act("end", "to the last line"),
    "right": Act("right,l", "to the right, on the wall", (FLEET,)),
    "left": Act("left,h", "to the left, on the wall", (FLEET,)),
}

_IDS = {
    "interval(1)": "ask_less",
    "interval(-1)": "ask_more",
    "at_once(1)": "more_at_once",
    "at_once(-1)": "fewer_at_once",
    "failures(1)": "more_failures",
    "failures(-1)": "fewer_failures",
    "step(1)": "next_tenant",
    "step(-1)": "previous_tenant",
    "command_palette": "commands",
    "page('1')": "page_overview",
    "page('2')": "page_containers",
    "page('3')": "page_workflows",
    "page('4')": "page_schedules",
    "page('0')": "page_host",
}
"""Of actions whose id is not made of their own letters."""

KeySettings = msgspec.defstruct(
    "KeySettings",
    [(name, str, act.keys) for name, act in ACTS.items()],
    frozen=True,
    forbid_unknown_fields=True,
)
"""The section ``keys``: for each id its keys."""

ALLOWED = "keys with commas between, like s, R, slash, ctrl+r, f5 or pagedown"
_NAMED = frozenset(
    {"escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end"}
    | {"pageup", "pagedown", "up", "down", "left", "right"}
    | {f"f{number}" for number in range(1, 25)}
)
_MODIFIERS = re.compile(r"((?:ctrl\+|alt\+|shift\+)*)(.+)")
_SHORTER = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}


def id_of(action: str, keys: str) -> str | None:
    """The id of an action as a binding names it: ``sort``, ``quick('all')``.

    ``None`` for one that is not in the table with these ``keys``: a dialog's own.
    """
    name = _IDS.get(action) or re.sub(r"\W+", "_", action).strip("_")
    return name if name in ACTS and ACTS[name].keys == keys else None


def named(character: str) -> str:
    """What a key is called that types ``character``: ``slash``, ``a``."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _SHORTER.get(name, name)


_SIGNS = frozenset(named(chr(code)) for code in range(33, 127) if not chr(code).isalnum())


def parse(text: str) -> tuple[str, ...]:
    """The keys of a setting, each as Textual calls it.

    Raises:
        ValueError: there is none, or one that does not exist.
    """
    keys = []
    for word in text.split(","):
        written = word.strip()
        found = _MODIFIERS.fullmatch(written)
        if found is None:
            raise ValueError("a key is missing")
        modifiers, last = found.groups()
        key = named(last) if len(last) == 1 else last.lower()
        if key not in _NAMED and key not in _SIGNS and not (len(key) == 1 and key.isascii()):
            raise ValueError(f"there is no key {written!r}")
        keys.append(f"{modifiers}{key.lower() if modifiers else key}")
    return tuple(keys)


def types(key: str) -> bool:
    """Whether a key puts a character into a box."""
    return "+" not in key and (key == "space" or len(key) == 1 or key in _SIGNS)


def clash(keys: Mapping[str, str]) -> tuple[str, str] | None:
    """The first id whose keys cannot be used beside all others', and why; ``None``: all can.

    ``keys`` has every id; each value can be parsed.
    """
    for screen in SCREENS:
        taken: dict[str, str] = {}
        for name, act in ACTS.items():
            if screen not in act.where:
                continue
            for key in parse(keys[name]):
                other = taken.setdefault(key, name)
                if key in RESERVED:
                    return name, f"{key} is kept for leaving"
                if act.always and types(key):
                    return name, f"{key} could not be typed any more: one with ctrl, or f1 to f24"
                if other != name:
                    # the one that was changed is the one to be told of
                    names = (other, name) if keys[name] == act.keys else (name, other)
                    return names[0], f"on screen {screen}, {key} belongs to keys.{names[1]} already"
    return None
