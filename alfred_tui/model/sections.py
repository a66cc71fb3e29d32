"""The sections of the settings: what can be set, with every default."""

from __future__ import annotations

import msgspec

from alfred_tui.model.damping import Damping
from alfred_tui.model.keeping import HistorySettings
from alfred_tui.model.keymap import KeySettings
from alfred_tui.model.limits import Limits
from alfred_tui.model.poll import PollSettings


class UiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``theme``: ``dark``, ``light`` or ``terminal``; ``ascii`` replaces the glyphs by letters."""

    theme: str = "dark"
    ascii: bool = False


class OpsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``read_only`` refuses everything that changes a tenant; ``in_flight`` tenants at once.

    ``failures`` of one wish for many are the end of it: nobody else is begun.
    ``digests``: log in to well tenants now and then, to note which images they run.
    """

    read_only: bool = False
    in_flight: int = 8
    failures: int = 1
    digests: bool = True


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``level`` of the log file; ``size`` bytes before it rolls over, ``keep`` old files."""

    level: str = "INFO"
    size: int = 1_000_000
    keep: int = 3


class HetznerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``token_file`` holds a token of the project and nothing else; ``endpoint`` is the API's."""

    token_file: str = ""
    endpoint: str = ""


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "poll": PollSettings,
    "limits": Limits,
    "damping": Damping,
    "history": HistorySettings,
    "ops": OpsSettings,
    "ui": UiSettings,
    "keys": KeySettings,
    "log": LogSettings,
    "hetzner": HetznerSettings,
}
OF_A_TENANT = ("limits", "damping")
"""Sections that may be set for one tenant, too: ``tenants.NAME.limits.disk_degraded``."""
