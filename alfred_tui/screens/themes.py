"""Our own themes, and the names by which a setting or the command palette chooses one."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="alfred-dark",
    dark=True,
    primary="#7aa2c9",
    secondary="#5f87ad",
    accent="#8fb8de",
    foreground="#d5dae1",
    background="#12151a",
    surface="#171b21",
    panel="#1f252d",
    success="#7fb38a",
    warning="#e2b65c",
    error="#ef6f6c",
    variables={
        "ink-strong": "#eef1f5",
        "ink-muted": "#9aa3af",
        "ink-faint": "#8994a2",
        "ink-stale": "#a39a86",
        "ink-unknown": "#9aa1ab",
        "ink-building": "#7fb0e6",
        "ink-demo": "#c9a3e0",
        "raised": "#232c38",
        "raised-text": "#eef1f5",
        "line": "#2b323c",
        "scrollbar": "#36404c",
        "scrollbar-background": "#12151a",
        "scrollbar-background-hover": "#12151a",
        "scrollbar-background-active": "#12151a",
    },
)
LIGHT = Theme(
    name="alfred-light",
    dark=False,
    primary="#2f6699",
    secondary="#4d7ca8",
    accent="#225d94",
    foreground="#2a2f36",
    background="#fbfaf8",
    surface="#f4f3f0",
    panel="#eae8e3",
    success="#33743f",
    warning="#8f5f00",
    error="#bd2a2a",
    variables={
        "ink-strong": "#12161b",
        "ink-muted": "#565d66",
        "ink-faint": "#62686f",
        "ink-stale": "#6f6146",
        "ink-unknown": "#5a616a",
        "ink-building": "#2563ab",
        "ink-demo": "#7c3f9e",
        "raised": "#e1eaf4",
        "raised-text": "#12161b",
        "line": "#d9d6d0",
        "scrollbar": "#c9c5bd",
        "scrollbar-background": "#fbfaf8",
        "scrollbar-background-hover": "#fbfaf8",
        "scrollbar-background-active": "#fbfaf8",
    },
)

NAMES = {
    "dark": DARK.name,
    "light": LIGHT.name,
    "terminal": "ansi-dark",
    "terminal-light": "ansi-light",
}
"""What a person writes, and the theme it stands for."""


def resolve(name: str | None) -> str:
    """The theme for a name in a setting; unknown names and ``None`` give the dark one."""
    if name is None:
        return DARK.name
    return NAMES.get(name, name)


def fill(variables: dict[str, str], ansi: bool) -> dict[str, str]:
    """Our variables for themes that do not set them, out of Textual's own or the terminal's."""
    if ansi:
        ours = {
            "ink-strong": "ansi_default",
            "ink-muted": "ansi_bright_black",
            "ink-faint": "ansi_bright_black",
            "ink-stale": "ansi_bright_black",
            "ink-unknown": "ansi_bright_black",
            "ink-building": "ansi_blue",
            "ink-demo": "ansi_magenta",
            "raised": "ansi_blue",
            "raised-text": "ansi_bright_white",
            "line": "ansi_bright_black",
        }
    else:
        quiet, lifted = variables["foreground-muted"], variables["surface-lighten-2"]
        ours = {
            "ink-strong": variables["foreground"],
            "ink-muted": quiet,
            "ink-faint": quiet,
            "ink-stale": quiet,
            "ink-unknown": quiet,
            "ink-building": variables["primary"],
            "ink-demo": variables["accent"],
            "raised": lifted,
            "raised-text": variables["foreground"],
            "line": lifted,
        }
    if ansi:
        # Textual's light terminal theme warns in red, which is what DOWN is written in.
        ours["warning"] = "ansi_yellow"
        bars = [name for name in variables if name.startswith("scrollbar")]
        loud = {"scrollbar", "scrollbar-hover", "scrollbar-active"}
        ours |= {name: "ansi_bright_black" if name in loud else "ansi_default" for name in bars}
        return {**variables, **ours}
    return {**ours, **variables}
