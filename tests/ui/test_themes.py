"""Our colours can be read: every ink on every ground that it is written on."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from alfred_tui.screens.themes import DARK, LIGHT, NAMES, fill, resolve

READABLE = 4.5
"""WCAG 2, level AA, for text of normal size."""
NAMED = ("success", "warning", "error", "accent", "foreground")


def luminance(text: str) -> float:
    parts = [part / 255 for part in Color.parse(text).rgb]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def inks(theme: Theme) -> dict[str, str]:
    named = {name: getattr(theme, name) for name in NAMED}
    return named | {k: v for k, v in theme.variables.items() if k.startswith("ink-")}


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_ink_can_be_read_on_every_ground(theme: Theme) -> None:
    grounds = {"background": theme.background, "surface": theme.surface, "panel": theme.panel,
               "cursor": theme.variables["raised"]}  # fmt: skip
    pale = {
        (ink, where): round(contrast(colour, str(ground)), 2)
        for ink, colour in inks(theme).items()
        for where, ground in grounds.items()
        if contrast(colour, str(ground)) < READABLE
    }
    assert not pale


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_pills_differ_from_each_other_and_from_plain_text(theme: Theme) -> None:
    colours = [theme.success, theme.warning, theme.error, theme.variables["ink-building"],
               theme.foreground]  # fmt: skip
    assert len({str(colour) for colour in colours}) == len(colours)


def test_names_of_the_setting_are_known_and_others_pass() -> None:
    assert resolve(None) == DARK.name
    assert [resolve(name) for name in NAMES] == list(NAMES.values())
    assert resolve("nord") == "nord"


def test_the_terminals_own_colours_are_asked_of_the_terminal() -> None:
    ours = fill({}, ansi=True)
    assert all(colour.startswith("ansi_") for colour in ours.values())
    assert set(ours) >= {name for name in DARK.variables if name.startswith("ink-")}
