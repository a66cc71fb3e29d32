"""Our own way to the fleet: before painting it red, ask whether we are the cause.

Read by the rules of tailscale.md: peers' ``Online`` is never trusted; only ``BackendState`` and
``Self.Online`` are used, and both may be late by more than a minute after a cut.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from alfred_tui.fleet.contact import Contact
from alfred_tui.model.observation import FailureKind
from alfred_tui.model.view import OwnNetwork

TIME_LIMIT = 6.0
"""Seconds; the client itself gives up after 5 s on a wrong socket (tailscale.md, Exit codes)."""

TAILSCALE_NOTICES = 120.0
"""Seconds after a cut for which the tailscale client may still say that all is well."""
TOGETHER = 3
"""So many hosts do not die at once by themselves."""

_REMEDY = {
    "stopped": "run `tailscale up`",
    "needs login": "run `tailscale up` and log in",
    "waits for approval": "an admin of the tailnet must approve this machine",
    "not running": "start tailscaled",
    "offline": "it has lost its control server; see this machine's network",
}


class _Self(msgspec.Struct, rename="pascal"):
    online: bool = False


class _Status(msgspec.Struct, rename="pascal"):
    backend_state: str = ""
    self_: _Self | None = msgspec.field(name="Self", default=None)


_WORDS = {
    "Running": "up",
    "NeedsLogin": "needs login",
    "NeedsMachineAuth": "waits for approval",
    "Stopped": "stopped",
    "NoState": "starting",
    "Starting": "starting",
    "InUseOtherUser": "used by another user",
}


def tailnet_word(exit_code: int, stdout: bytes) -> str:
    """``up``, ``stopped``, ``needs login`` ... out of ``tailscale status --json``.

    ``not running`` where the daemon does not answer, ``unreadable`` where the answer is no JSON,
    ``offline`` where the client runs and has lost its control connection.
    """
    if not stdout.strip():
        return "not running" if exit_code else "unreadable"
    try:
        status = msgspec.json.decode(stdout, type=_Status)
    except (msgspec.DecodeError, RecursionError):
        return "unreadable"
    word = _WORDS.get(status.backend_state, "unreadable")
    if word == "up" and status.self_ is not None and not status.self_.online:
        return "offline"
    return word


async def ask_tailscale() -> str:
    """What the tailscale client says; ``""`` without a client on this machine."""
    binary = shutil.which("tailscale")
    if binary is None:
        return ""
    process = await asyncio.create_subprocess_exec(
        binary,
        "status",
        "--json",
        "--peers=false",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TIME_LIMIT):
            stdout, _ = await process.communicate()
    except TimeoutError:
        return "not answering"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return tailnet_word(process.returncode or 0, stdout)


def has_default_route(
    v4: Path = Path("/proc/net/route"), v6: Path = Path("/proc/net/ipv6_route")
) -> bool | None:
    """Whether this machine has a way out; ``None`` where that cannot be read (not Linux)."""
    known = False
    try:
        for line in v4.read_text().splitlines()[1:]:
            known = True
            fields = line.split()
            if len(fields) > 7 and fields[1] == "00000000" and fields[7] == "00000000":
                return True
        known = True
    except OSError:
        pass
    try:
        for line in v6.read_text().splitlines():
            fields = line.split()
            # without a route the kernel lists a default one on loopback: it refuses everything
            default = len(fields) == 10 and fields[0] == "0" * 32 and fields[1] == "00"
            if default and fields[9] != "lo":
                return True
    except OSError:
        pass
    return False if known else None


def judge_network(
    looked: int,
    lost: int,
    ssh: int,
    route: bool | None,
    tailnet: str,
    now: datetime,
    *,
    since: datetime | None = None,
    kinds: frozenset[FailureKind] = frozenset(),
) -> OwnNetwork:
    """Whose fault it is when tenants off this machine are lost together.

    Args:
        looked: tenants off this machine that were looked at.
        lost: of these, how many gave no HTTP answer.
        ssh: of the lost, how many answered on port 22.
        route: whether this machine has a default route; ``None`` unknown.
        tailnet: the tailscale client's word, ``""`` without one.
        now: the time of asking.
        since: when the first of them was lost.
        kinds: how they are lost.
    """
    if looked == 0 or lost < looked:
        return OwnNetwork("up" if looked else "unchecked", tailnet, "", now)
    if ssh == lost:
        text = "tailnet partition: no tenant answers over HTTP, all answer on port 22"
        return OwnNetwork("partition", tailnet, text, now)
    text = ""
    if route is False:
        text = "this machine has no network route"
    elif tailnet not in ("", "up"):
        text = f"tailscale here is {tailnet}: {_REMEDY.get(tailnet, 'see `tailscale status`')}"
    elif lost >= TOGETHER and kinds == {FailureKind.NAME}:
        text = "no tenant's name can be looked up here: see this machine's DNS"
    elif (
        lost >= TOGETHER
        and not ssh
        and tailnet == "up"
        and since is not None
        and (now - since).total_seconds() < TAILSCALE_NOTICES
    ):
        # the client notices a cut only after a minute and a half (tailscale.md, Timing)
        text = "no tenant answers at all: is this machine's network up?"
    return OwnNetwork("offline" if text else "up", tailnet, text, now)


class Lost(Protocol):
    """What the fleet state knows of tenants that are lost together."""

    @property
    def contact(self) -> Contact:
        """Who was lost since anybody last answered."""
        ...

    def lost(self) -> tuple[int, int, int]:
        """Looked at, lost over HTTP, answered on port 22."""
        ...

    def lost_kinds(self) -> frozenset[FailureKind]:
        """How they are lost."""
        ...


async def check(
    fleet: Lost,
    now: Callable[[], datetime],
    *,
    ask: Callable[[], Awaitable[str]] = ask_tailscale,
    route: Callable[[], bool | None] = has_default_route,
) -> OwnNetwork | None:
    """Look at our own network; ``None`` where no tenant needs it."""
    if fleet.lost()[0] == 0:
        return None
    tailnet = await ask()
    looked, lost, ssh = fleet.lost()  # as it is after asking, which takes up to seconds
    return judge_network(
        looked,
        lost,
        ssh,
        route(),
        tailnet,
        now(),
        since=fleet.contact.since,
        kinds=fleet.lost_kinds(),
    )
