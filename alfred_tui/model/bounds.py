"""What a setting may be: ranges, words out of a list, and how that is said."""

from __future__ import annotations

import typing

from alfred_tui.model import keymap
from alfred_tui.model.damping import MOST, damp_of
from alfred_tui.model.sections import SECTIONS

_CHOICES = {
    "ui.theme": ("dark", "light", "terminal"),
    "log.level": ("DEBUG", "INFO", "WARNING", "ERROR"),
}
_DAY = 86400.0
_PERCENT = frozenset({"limits.disk_degraded", "limits.disk_down", "limits.disk_relief"}) | {
    "limits.memory_degraded"
}
_LEAST = {
    "poll.containers_interval": 1.0,
    "poll.dashboard_interval": 1.0,
    "poll.pulse_interval": 1.0,
    "poll.streams_interval": 1.0,
    "poll.system_interval": 1.0,
    "poll.banner_interval": 1.0,
    "poll.byte_budget": 1000.0,
    "log.size": 1000.0,
    "history.sample_every": 10.0,
    "history.most_samples": 10_000.0,
}
_MOST = {
    "poll.max_in_flight": 16384.0,
    "poll.max_costly": 1024.0,
    "poll.max_slow": 16384.0,
    "limits.backup_window_start": _DAY,
    "limits.backup_window_length": _DAY,
    "log.keep": 100.0,
}


def allowed(key: str) -> str:
    """What a setting may be, in words: ``a number from 1``, ``dark, light or terminal``.

    ``key`` is a section and a name.
    """
    if key in _CHOICES:
        *first, last = _CHOICES[key]
        return f"{', '.join(first)} or {last}"
    section, _, name = key.partition(".")
    if section == "damping":
        return f"N/M with 1 <= N <= M <= {MOST}, or empty"
    if section == "keys":
        return keymap.ALLOWED
    wanted = typing.get_type_hints(SECTIONS[section])[name]
    if wanted is bool:
        return "true or false"
    if wanted is str:
        return "text"
    least, most = _range(key)
    word = "a whole number" if wanted is int else "a number"
    return f"{word} from {least:.10g}" + (f" to {most:.10g}" if most != float("inf") else "")


def is_allowed(key: str, value: object) -> bool:
    """Whether a value of the right type is one that may be."""
    if key in _CHOICES:
        return value in _CHOICES[key]
    for section, understood in (("damping.", damp_of), ("keys.", keymap.parse)):
        if key.startswith(section):
            try:
                understood(str(value))
            except ValueError:
                return False
            return True
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        least, most = _range(key)
        # written so that not-a-number is refused as well
        return least <= value <= most and value != float("inf")
    return True


def _range(key: str) -> tuple[float, float]:
    """Least and greatest value of a number."""
    section, _, name = key.partition(".")
    default = getattr(SECTIONS[section](), name)
    least = 1.0 if isinstance(default, int) else 0.1 if section == "poll" else 0.0
    most = 100.0 if key in _PERCENT else float("inf")
    return _LEAST.get(key, least), _MOST.get(key, most)
