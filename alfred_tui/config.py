"""Settings: defaults, then file, then environment, then flags; and where everything is kept.

Read with msgspec and not with pydantic: the first paint cannot afford the latter's import
(docs/decisions.md).
"""

from __future__ import annotations

import difflib
import os
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from alfred_tui.model.limits import Limits
from alfred_tui.model.poll import PollSettings

PREFIX = "ALFRED_TUI_"
_NOT_SETTINGS = {"ALFRED_TUI_HOME", "ALFRED_TUI_REQUIRE_PARTS"}


class ConfigError(ValueError):
    """A setting that cannot be used; the text names key and place and says what is allowed."""


class UiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``theme``: ``dark``, ``light`` or ``terminal``; ``ascii`` replaces the glyphs by letters."""

    theme: str = "dark"
    ascii: bool = False


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``level`` of the log file; ``size`` bytes before it rolls over, ``keep`` old files."""

    level: str = "INFO"
    size: int = 1_000_000
    keep: int = 3


class Paths(msgspec.Struct, frozen=True):
    """Where the program keeps what it keeps: one folder, readable by its owner only."""

    home: Path

    @property
    def config_file(self) -> Path:
        """Settings, TOML."""
        return self.home / "config.toml"

    @property
    def database(self) -> Path:
        """The store, with the tenants' API keys: 0600."""
        return self.home / "alfred.db"

    @property
    def snapshot(self) -> Path:
        """The last known state for the first paint: derived, disposable, no secrets."""
        return self.home / "last-state.bin"

    @property
    def log_file(self) -> Path:
        """The rotating log."""
        return self.home / "alfred-tui.log"

    @property
    def screenshots(self) -> Path:
        """Where ``ctrl+s`` saves."""
        return self.home / "screenshots"

    def ensure(self) -> None:
        """Make the folder, 0700; an existing one that others can read is tightened."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.home.stat().st_mode & 0o077:
            self.home.chmod(0o700)


class Settings(msgspec.Struct, frozen=True):
    """Everything that can be set. ``origins`` says for a dotted key where its value came from."""

    paths: Paths
    poll: PollSettings = PollSettings()
    limits: Limits = Limits()
    ui: UiSettings = UiSettings()
    log: LogSettings = LogSettings()
    origins: dict[str, str] = {}


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "poll": PollSettings,
    "limits": Limits,
    "ui": UiSettings,
    "log": LogSettings,
}


def home_of(environ: Mapping[str, str]) -> Path:
    """The data folder: ``ALFRED_TUI_HOME``, else the platform's own place for user data."""
    if chosen := environ.get("ALFRED_TUI_HOME"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("alfred-tui", appauthor=False))


def load_settings(
    flags: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Effective settings. ``flags`` are dotted keys (``poll.containers_interval``) with values.

    Raises:
        ConfigError: a value, a key or the file itself cannot be used.
    """
    environ = os.environ if environ is None else environ
    paths = Paths(home_of(environ))
    values: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    origins: dict[str, str] = {}
    for key, value, origin in (
        *_from_file(paths.config_file),
        *_from_environment(environ),
        *((key, value, "command line") for key, value in (flags or {}).items()),
    ):
        section, name = _known(key, origin)
        values[section][name] = _converted(section, name, value, origin)
        origins[key] = origin
    made = {name: shape(**values[name]) for name, shape in SECTIONS.items()}
    settings = Settings(paths=paths, origins=origins, **made)  # type: ignore[arg-type]
    _sane(settings)
    return settings


def _from_file(path: Path) -> list[tuple[str, object, str]]:
    if not path.exists():
        return []
    import tomllib

    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise ConfigError(f"{path}: {trouble}: mend or remove the file") from None
    found: list[tuple[str, object, str]] = []
    for section, content in whole.items():
        if not isinstance(content, dict):
            found.append((section, content, str(path)))
            continue
        found.extend((f"{section}.{name}", value, str(path)) for name, value in content.items())
    return found


def _from_environment(environ: Mapping[str, str]) -> list[tuple[str, object, str]]:
    return [
        (name[len(PREFIX) :].lower().replace("__", "."), value, f"environment {name}")
        for name, value in sorted(environ.items())
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS
    ]


def _known(key: str, origin: str) -> tuple[str, str]:
    every = [f"{s}.{f}" for s, shape in SECTIONS.items() for f in shape.__struct_fields__]
    if key in every:
        section, _, name = key.partition(".")
        return section, name
    near = difflib.get_close_matches(key, every, 1, 0.5)
    hint = f": did you mean {near[0]}?" if near else ": see `alfred-tui settings`"
    raise ConfigError(f"{origin}: there is no setting {key}{hint}")


def _converted(section: str, name: str, value: object, origin: str) -> object:
    wanted = typing.get_type_hints(SECTIONS[section])[name]
    try:
        return msgspec.convert(value, wanted, strict=not isinstance(value, str))
    except msgspec.ValidationError:
        shown = "…" if len(repr(value)) > 60 else repr(value)
        text = f"{origin}: {section}.{name} = {shown} is not {_word(wanted)}"
        raise ConfigError(text) from None


def _word(wanted: object) -> str:
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}
    if isinstance(wanted, types.UnionType):
        return "text"
    return words.get(wanted, "of the right kind") if isinstance(wanted, type) else "usable"


_CHOICES = {
    "ui.theme": ("dark", "light", "terminal"),
    "log.level": ("DEBUG", "INFO", "WARNING", "ERROR"),
}
_FROM_ONE = ("poll.containers_interval", "poll.dashboard_interval", "poll.pulse_interval")


def _sane(settings: Settings) -> None:
    """Limits that types cannot tell: positive times and counts, words out of a list."""
    for section, shape in SECTIONS.items():
        held = getattr(settings, section)
        for name in shape.__struct_fields__:
            key, value = f"{section}.{name}", getattr(held, name)
            origin = settings.origins.get(key, "default")
            if key in _CHOICES and value not in _CHOICES[key]:
                allowed = ", ".join(_CHOICES[key])
                raise ConfigError(f"{origin}: {key} = {value!r}: allowed are {allowed}")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                continue
            if value != value or value in (float("inf"), float("-inf")) or value < 0:
                raise ConfigError(f"{origin}: {key} = {value:g}: a number from 0 on is needed")
            least = 1.0 if key in _FROM_ONE or isinstance(value, int) else 0.0
            if value < least or (section == "poll" and value == 0):
                raise ConfigError(
                    f"{origin}: {key} = {value:g}: at least {least or 0.1:g} is needed"
                )


def effective(settings: Settings) -> dict[str, tuple[object, str]]:
    """Every setting by dotted key: its value and where it came from."""
    return {
        f"{section}.{name}": (
            getattr(getattr(settings, section), name),
            settings.origins.get(f"{section}.{name}", "default"),
        )
        for section, shape in SECTIONS.items()
        for name in shape.__struct_fields__
    }


def no_color(environ: Mapping[str, str] | None = None) -> bool:
    """Whether colours are unwanted (NO_COLOR) or pointless (output is no terminal)."""
    environ = os.environ if environ is None else environ
    return bool(environ.get("NO_COLOR")) or not sys.stdout.isatty()
