"""Reading every source that somebody asks for: the same for a command and for the screen."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from alfred_tui.config import Settings
from alfred_tui.takeover import peers
from alfred_tui.takeover.found import Sighting, SourceError
from alfred_tui.takeover.hetzner import access_of, read_hetzner
from alfred_tui.takeover.merge import Preference
from alfred_tui.takeover.plan import (
    INVENTORY,
    Gathered,
    database_in,
    read_path_aside,
    short_hosts,
    with_suffix,
)
from alfred_tui.takeover.tailnet import Tailnet, ask_tailnet

_SUFFIX = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Request(msgspec.Struct, frozen=True):
    """What is to be read: a file or folder, the cloud, the tailnet.

    ``suffix`` completes short host names, those of an inventory too; empty: as the client here
    says. ``tag`` marks machines of the tailnet that are tenants.
    """

    path: str = ""
    hetzner: bool = False
    tailscale: bool = False
    suffix: str = ""
    tag: str = peers.TAG

    def command(self, prefer: Preference) -> str:
        """The same import as somebody would type it."""
        words = ["alfred-tui", "import"]
        words += [self.path] if self.path else []
        words += ["--hetzner"] if self.hetzner else []
        words += ["--tailscale"] if self.tailscale else []
        words += ["--tailnet", self.suffix] if self.suffix else []
        words += ["--tag", self.tag] if self.tag != peers.TAG else []
        for word in prefer.words():
            words += ["--prefer", word]
        return shlex.join(words)

    @property
    def empty(self) -> bool:
        """Whether no source is named."""
        return not (self.path or self.hetzner or self.tailscale)


class Reading(NamedTuple):
    """What was read, and lines about how it went; some begin with ``warning:`` or ``note:``."""

    gathered: Gathered
    notes: tuple[str, ...] = ()


def is_suffix(text: str) -> bool:
    """Whether ``text`` may be a tailnet's suffix."""
    return _SUFFIX.fullmatch(text.strip(".")) is not None


def _nobody(source: str) -> None:
    """Nobody waits for news."""


async def gather(
    settings: Settings, request: Request, told: Callable[[str], None] = _nobody
) -> Reading:
    """Read every source of ``request``; ``told`` is given the name of each as its turn comes.

    Raises:
        SourceError: a source told nothing.
        InventoryError: the path was read as JSON, and that is wrong.
    """
    sightings: list[Sighting] = []
    notes: list[str] = []
    if request.path:
        told(request.path)
        path = _place(request.path)
        sightings.append(await read_path_aside(path))
        notes += _path_notes(path, sightings[0])
    if request.hetzner:
        told("Hetzner")
        token, endpoint = settings.hetzner.token_file, settings.hetzner.endpoint
        sightings.append(await read_hetzner(access_of(token, endpoint)))
    short = [name for sighting in sightings for name in short_hosts(sighting)]
    net = await _ask_tailnet(request, bool(short), told)
    suffix = (request.suffix or (net.suffix if net else "")).strip(".").lower()
    asked = bool(request.suffix)
    if short and suffix:
        where = "as asked" if asked else "as tailscale here says"
        notes.append(f"note: {len(short)} short host names are completed with {suffix}, {where}")
    whole = tuple(with_suffix(sighting, suffix, asked=asked) for sighting in sightings)
    tag = request.tag.removeprefix("tag:")
    return Reading(Gathered(whole, net if request.tailscale else None, tag), tuple(notes))


async def _ask_tailnet(
    request: Request, short: bool, told: Callable[[str], None]
) -> Tailnet | None:
    """The client is asked for its machines, or only for the suffix that short names lack."""
    if not request.tailscale and (not short or request.suffix):
        return None
    told("the tailnet")
    net = await ask_tailnet()
    if request.tailscale:
        peers.check(net)
    return net


def _place(text: str) -> Path:
    """A path as somebody types it on a screen, where no shell knows of ``~``."""
    try:
        return Path(text).expanduser()
    except RuntimeError as trouble:
        raise SourceError(f"{text}: {trouble}") from None


def _path_notes(path: Path, sighting: Sighting) -> list[str]:
    file = database_in(path) or path
    found = []
    if file.stat().st_mode & 0o077:
        found.append(f"warning: {file} holds keys and others can read it: chmod 600 it")
    if sighting.source == INVENTORY:
        found += [
            f"warning: {each.name}: {field} {Path(str(place)).name} is not there"
            for each in sighting.found
            for field in ("ca_file", "ssh.key_file")
            if (place := each.fields.get(field)) and not Path(str(place)).exists()
        ]
    return found
