"""Settings: defaults, then file, then environment, then flags; and where everything is kept.

Read with msgspec and not with pydantic: the first paint cannot afford the latter's import
(docs/decisions.md).
"""

from __future__ import annotations

import os
import sys
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.limits import Limits
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.text import clean

PREFIX = "ALFRED_TUI_"
_NOT_SETTINGS = frozenset({"ALFRED_TUI_HOME", "ALFRED_TUI_REQUIRE_PARTS"})


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


class HetznerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``token_file`` holds a token of the project and nothing else; ``endpoint`` is the API's."""

    token_file: str = ""
    endpoint: str = ""


class Paths(msgspec.Struct, frozen=True):
    """Where the program keeps what it keeps: one folder, readable by its owner only.

    ``config_dir`` holds the settings file where the platform has a place of its own for such;
    ``None``: it is in ``home`` with everything else.
    """

    home: Path
    config_dir: Path | None = None

    @property
    def config_file(self) -> Path:
        """Settings, TOML."""
        return (self.config_dir or self.home) / "config.toml"

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

    def ensure(self) -> bool:
        """Make the folder, 0700; whether an existing one was open to others and was tightened.

        Raises:
            OSError: it cannot be made, or it is no folder.
        """
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tighten(self.home, 0o700)


def tighten(path: Path, mode: int) -> bool:
    """Take from everybody else what they may do with ``path``; whether they could do anything.

    Raises:
        OSError: it is not there, or belongs to somebody else.
    """
    if not path.stat().st_mode & 0o077:
        return False
    path.chmod(mode)
    return True


class Settings(msgspec.Struct, frozen=True):
    """Everything that can be set. ``origins`` says for a dotted key where its value came from."""

    paths: Paths
    poll: PollSettings = PollSettings()
    limits: Limits = Limits()
    history: HistorySettings = HistorySettings()
    ui: UiSettings = UiSettings()
    log: LogSettings = LogSettings()
    hetzner: HetznerSettings = HetznerSettings()
    origins: dict[str, str] = {}


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "poll": PollSettings,
    "limits": Limits,
    "history": HistorySettings,
    "ui": UiSettings,
    "log": LogSettings,
    "hetzner": HetznerSettings,
}


def paths_of(environ: Mapping[str, str]) -> Paths:
    """``ALFRED_TUI_HOME`` for everything, else the platform's own places for data and settings."""
    if chosen := environ.get("ALFRED_TUI_HOME"):
        return Paths(Path(chosen).expanduser().absolute())
    import platformdirs

    return Paths(
        Path(platformdirs.user_data_dir("alfred-tui", appauthor=False)),
        Path(platformdirs.user_config_dir("alfred-tui", appauthor=False)),
    )


def load_settings(
    flags: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Effective settings. ``flags`` are dotted keys (``poll.containers_interval``) with values.

    Raises:
        ConfigError: a value, a key or the file itself cannot be used.
    """
    environ = os.environ if environ is None else environ
    paths = paths_of(environ)
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
        whole = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as trouble:
        raise ConfigError(
            f"{path}: no TOML: {trouble}: mend that line or remove the file"
        ) from None
    except (OSError, UnicodeDecodeError) as trouble:
        said = getattr(trouble, "strerror", None) or "not UTF-8"
        raise ConfigError(f"{path}: {said}: the settings file cannot be read") from None
    found: list[tuple[str, object, str]] = []
    for section, content in whole.items():
        if not isinstance(content, dict):
            found.append((section, content, str(path)))
            continue
        found.extend((f"{section}.{name}", value, str(path)) for name, value in content.items())
        if not content and section not in SECTIONS:
            found.append((section, content, str(path)))
    return found


def _from_environment(environ: Mapping[str, str]) -> list[tuple[str, object, str]]:
    return [
        (name[len(PREFIX) :].lower().replace("__", "."), value, f"environment {name}")
        for name, value in sorted(environ.items())
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS
    ]


def _known(key: str, origin: str) -> tuple[str, str]:
    section, _, name = key.partition(".")
    if section in SECTIONS and name in SECTIONS[section].__struct_fields__:
        return section, name
    import difflib

    every = [f"{s}.{f}" for s, shape in SECTIONS.items() for f in shape.__struct_fields__]
    # a name without its section, or with a typing error in it
    bare = [each for each in every if each.partition(".")[2] == key.rpartition(".")[2]]
    near = bare or difflib.get_close_matches(key, every, 1, 0.5)
    hint = f": did you mean {near[0]}?" if near else ": `alfred-tui settings` lists them all"
    raise ConfigError(f"{origin}: there is no setting {clean(key, 80)}{hint}")


def _converted(section: str, name: str, value: object, origin: str) -> object:
    wanted = typing.get_type_hints(SECTIONS[section])[name]
    given = value.strip() if isinstance(value, str) and wanted is not str else value
    if wanted is bool and isinstance(given, str):
        given = _BOOLS.get(given.lower(), given)
    try:
        return msgspec.convert(given, wanted, strict=not isinstance(given, str))
    except msgspec.ValidationError:
        raise _refused(f"{section}.{name}", value, origin) from None


_BOOLS = {"yes": True, "on": True, "no": False, "off": False}
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
    """What a setting may be, in words: ``a number from 1``, ``dark, light or terminal``."""
    if key in _CHOICES:
        *first, last = _CHOICES[key]
        return f"{', '.join(first)} or {last}"
    section, _, name = key.partition(".")
    wanted = typing.get_type_hints(SECTIONS[section])[name]
    if wanted is bool:
        return "true or false"
    if wanted is str:
        return "text"
    least, most = _range(key)
    word = "a whole number" if wanted is int else "a number"
    return f"{word} from {least:.10g}" + (f" to {most:.10g}" if most != float("inf") else "")


def _range(key: str) -> tuple[float, float]:
    """Least and greatest value of a number."""
    section, _, name = key.partition(".")
    default = getattr(SECTIONS[section](), name)
    least = 1.0 if isinstance(default, int) else 0.1 if section == "poll" else 0.0
    most = 100.0 if key in _PERCENT else float("inf")
    return _LEAST.get(key, least), _MOST.get(key, most)


def _refused(key: str, value: object, origin: str) -> ConfigError:
    shown = clean(repr(value), 60)
    return ConfigError(f"{origin}: {key} = {shown}: allowed is {allowed(key)}")


def _sane(settings: Settings) -> None:
    """What types cannot tell: ranges, and words out of a list. Defaults are sane (a test)."""
    for key, origin in settings.origins.items():
        section, _, name = key.partition(".")
        value = getattr(getattr(settings, section), name)
        if key in _CHOICES:
            if value not in _CHOICES[key]:
                raise _refused(key, value, origin)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            least, most = _range(key)
            # written so that not-a-number is refused as well
            if not (least <= value <= most and value != float("inf")):
                raise _refused(key, value, origin)
    limits = settings.limits
    if limits.disk_down < limits.disk_degraded:
        origin = settings.origins.get("limits.disk_down") or settings.origins.get(
            "limits.disk_degraded", "default"
        )
        raise ConfigError(
            f"{origin}: limits.disk_down = {limits.disk_down:g}: allowed is a number from "
            f"limits.disk_degraded ({limits.disk_degraded:g}) to 100"
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
