"""Settings: defaults, then file, then environment, then flags; and where everything is kept.

Read with msgspec and not with pydantic: the first paint cannot afford the latter's import
(docs/decisions.md).
"""

from __future__ import annotations

import os
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from alfred_tui.model.bounds import allowed, is_allowed
from alfred_tui.model.damping import Damping
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.keymap import KeySettings, clash
from alfred_tui.model.limits import Limits
from alfred_tui.model.poll import PollSettings
from alfred_tui.model.sections import (
    OF_A_TENANT,
    SECTIONS,
    HetznerSettings,
    LogSettings,
    OpsSettings,
    UiSettings,
)
from alfred_tui.model.text import clean

PREFIX = "ALFRED_TUI_"
_NOT_SETTINGS = frozenset({"ALFRED_TUI_HOME", "ALFRED_TUI_REQUIRE_PARTS"})


class ConfigError(ValueError):
    """A setting that cannot be used; the text names key and place and says what is allowed."""


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
    def view_state(self) -> Path:
        """How the screen was left: disposable, no secrets."""
        return self.home / "view-state.bin"

    @property
    def log_file(self) -> Path:
        """The rotating log."""
        return self.home / "alfred-tui.log"

    @property
    def screenshots(self) -> Path:
        """Where ``ctrl+s`` saves."""
        return self.home / "screenshots"

    @property
    def exports(self) -> Path:
        """Where events are written to as files."""
        return self.home / "exports"

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


class TenantSettings(msgspec.Struct, frozen=True):
    """What is set for one tenant, over what is set for the fleet."""

    limits: Limits = Limits()
    damping: Damping = Damping()


class Settings(msgspec.Struct, frozen=True):
    """Everything that can be set. ``origins`` says for a dotted key where its value came from.

    ``tenants`` holds those for which something is set apart from the fleet.
    """

    paths: Paths
    poll: PollSettings = PollSettings()
    limits: Limits = Limits()
    damping: Damping = Damping()
    history: HistorySettings = HistorySettings()
    ops: OpsSettings = OpsSettings()
    ui: UiSettings = UiSettings()
    keys: msgspec.Struct = KeySettings()
    log: LogSettings = LogSettings()
    hetzner: HetznerSettings = HetznerSettings()
    tenants: dict[str, TenantSettings] = {}
    origins: dict[str, str] = {}

    @property
    def keymap(self) -> dict[str, str]:
        """The keys in force, by id."""
        return {name: getattr(self.keys, name) for name in self.keys.__struct_fields__}

    def of(self, tenant: str) -> TenantSettings:
        """The limits and the damping in force for a tenant."""
        return self.tenants.get(tenant) or TenantSettings(self.limits, self.damping)

    def behind(self, tenant: str, key: str) -> tuple[object, str]:
        """The value of ``limits.NAME`` or ``damping.NAME`` for a tenant, and where it came from."""
        section, _, name = key.partition(".")
        value = getattr(getattr(self.of(tenant), section), name)
        own = self.origins.get(f"tenants.{tenant}.{key}")
        if own is not None:
            return value, f"{own}, for this tenant"
        return value, self.origins.get(key, "default")


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
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}
    for key, value, origin in (
        *_from_file(paths.config_file),
        *_from_environment(environ),
        *((key, value, "command line") for key, value in (flags or {}).items()),
    ):
        group, section, name = _known(key, origin)
        values.setdefault(group, {})[name] = _converted(section, name, value, origin)
        origins[key] = origin
    made = {name: shape(**values.get(name, {})) for name, shape in SECTIONS.items()}
    settings = Settings(
        paths=paths,
        origins=origins,
        tenants=_of_tenants(values, made),
        **made,  # type: ignore[arg-type]
    )
    _sane(settings)
    return settings


def _of_tenants(
    values: Mapping[str, dict[str, Any]], fleet: Mapping[str, Any]
) -> dict[str, TenantSettings]:
    """For every tenant named: the fleet's sections with what is set for it alone."""
    names = {group.split(".", 1)[1].rpartition(".")[0] for group in values if "." in group}
    return {
        name: TenantSettings(
            **{
                section: msgspec.structs.replace(
                    fleet[section], **values.get(f"tenants.{name}.{section}", {})
                )
                for section in OF_A_TENANT
            }
        )
        for name in sorted(names)
    }


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
    return [(key, value, str(path)) for key, value in _flat(whole)]


def _flat(whole: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """A file's tables as dotted keys; an empty table of no known section is told, too."""
    for section, content in whole.items():
        if section == "tenants" and isinstance(content, dict):
            for tenant, tables in content.items():
                if not isinstance(tables, dict):
                    yield f"tenants.{tenant}", tables
                    continue
                for key, value in _flat(tables):
                    yield f"tenants.{tenant}.{key}", value
        elif not isinstance(content, dict) or (not content and section not in SECTIONS):
            yield section, content
        else:
            yield from ((f"{section}.{name}", value) for name, value in content.items())


def _from_environment(environ: Mapping[str, str]) -> list[tuple[str, object, str]]:
    return [
        (name[len(PREFIX) :].lower().replace("__", "."), value, f"environment {name}")
        for name, value in sorted(environ.items())
        if name.startswith(PREFIX) and name not in _NOT_SETTINGS
    ]


def _known(key: str, origin: str) -> tuple[str, str, str]:
    """The group that a key belongs to (its section, or ``tenants.NAME.section``), section, name."""
    group, _, name = key.rpartition(".")
    section = group
    may_be: Iterable[str] = SECTIONS
    if key.startswith("tenants."):
        section, may_be = group.rpartition(".")[2], OF_A_TENANT
    known = section in may_be and name in SECTIONS[section].__struct_fields__
    if known and group.count(".") >= (2 if may_be is OF_A_TENANT else 0):
        return group, section, name
    import difflib

    every = [f"{s}.{f}" for s in may_be for f in SECTIONS[s].__struct_fields__]
    # a name without its section, or with a typing error in it
    bare = [each for each in every if each.partition(".")[2] == name]
    near = bare or difflib.get_close_matches(key, every, 1, 0.5)
    hint = f": did you mean {near[0]}?" if near else ": `alfred-tui settings` lists them all"
    if may_be is OF_A_TENANT:
        hint = f"{hint}; a tenant has tenants.NAME.{' and tenants.NAME.'.join(OF_A_TENANT)}"
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


def _refused(key: str, value: object, origin: str) -> ConfigError:
    shown = clean(repr(value), 60)
    bare = ".".join(key.split(".")[-2:])
    return ConfigError(f"{origin}: {key} = {shown}: allowed is {allowed(bare)}")


def _sane(settings: Settings) -> None:
    """What types cannot tell: ranges, and words out of a list. Defaults are sane (a test)."""
    for key, origin in settings.origins.items():
        _, section, name = _known(key, origin)
        value = settings_value(settings, key)
        if not is_allowed(f"{section}.{name}", value):
            raise _refused(key, value, origin)
    own_keys = any(key.startswith("keys.") for key in settings.origins)
    if own_keys and (found := clash(settings.keymap)):
        key, why = f"keys.{found[0]}", found[1]
        origin = settings.origins.get(key, "default")
        shown = clean(repr(settings_value(settings, key)), 60)
        raise ConfigError(f"{origin}: {key} = {shown}: {why}")
    whose = {"": settings.limits}
    whose |= {f"tenants.{name}.": own.limits for name, own in settings.tenants.items()}
    for prefix, limits in whose.items():
        if limits.disk_down < limits.disk_degraded:
            keys = [f"{where}limits.disk_{end}" for where in (prefix, "") for end in _ENDS]
            origin = next((o for key in keys if (o := settings.origins.get(key))), "default")
            raise ConfigError(
                f"{origin}: {prefix}limits.disk_down = {limits.disk_down:g}: allowed is a number "
                f"from {prefix}limits.disk_degraded ({limits.disk_degraded:g}) to 100"
            )


_ENDS = ("down", "degraded")


def settings_value(settings: Settings, key: str) -> object:
    """The value of a dotted key that is known; ``tenants.NAME.section.name`` too."""
    group, _, name = key.rpartition(".")
    if group.startswith("tenants."):
        tenant, _, section = group.removeprefix("tenants.").rpartition(".")
        return getattr(getattr(settings.tenants[tenant], section), name)
    return getattr(getattr(settings, group), name)


def effective(settings: Settings) -> dict[str, tuple[object, str]]:
    """Every setting by dotted key: its value and where it came from; a tenant's own come last."""
    keys = [
        f"{section}.{name}" for section in SECTIONS for name in SECTIONS[section].__struct_fields__
    ]
    keys += sorted(key for key in settings.origins if key.startswith("tenants."))
    return {
        key: (settings_value(settings, key), settings.origins.get(key, "default")) for key in keys
    }


def no_color(environ: Mapping[str, str] | None = None) -> bool:
    """Whether colours are unwanted (NO_COLOR) or pointless (output is no terminal)."""
    environ = os.environ if environ is None else environ
    return bool(environ.get("NO_COLOR")) or not sys.stdout.isatty()
