"""Untrusted text made safe to show: no control codes, no markup, one line, bounded."""

from __future__ import annotations

import re

# C0 and C1 controls, DEL, the bidirectional overrides that can disguise a name, and halves of
# characters, which no terminal and no file takes.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


def clean(text: str, limit: int = 200) -> str:
    """One printable line of at most ``limit`` characters; escape sequences and controls removed.

    Tenant names, log lines and answers are written by others (architecture.md, rule 8).
    """
    if (
        len(text) <= limit
        and text.isprintable()  # of blanks only " " is; no control, no format character
        and "  " not in text
        and text[:1] != " " != text[-1:]
    ):
        return text
    bounded = text[: limit * 8]
    flat = " ".join(_CONTROL.sub(" ", _ANSI.sub("", bounded)).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def first_line(text: str, limit: int = 200) -> str:
    """The first non-empty line of ``text``, cleaned: what is shown of an error's output."""
    for line in text[: limit * 40].splitlines():
        if shown := clean(line, limit):
            return shown
    return ""


def middle_cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` characters, cut in the middle: both ends tell names apart."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    head = (width - 1 + 1) // 2
    tail = width - 1 - head
    return text[:head] + "…" + (text[-tail:] if tail else "")
