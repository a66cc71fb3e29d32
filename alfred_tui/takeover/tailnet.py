"""What ``tailscale status --json`` says of this machine and of the others (tailscale.md).

A peer's ``Online`` is trusted only while the client runs and has its control connection. Names and
addresses stay true without it: they are those of the last map that the client was given.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from alfred_tui.model.text import clean, first_line
from alfred_tui.takeover.found import HOST, address_of

TIME_LIMIT = 10.0
"""Seconds; the client itself gives up on a wrong socket after 5 (tailscale.md, Exit codes)."""
_LARGEST = 64_000_000


class State(StrEnum):
    """Where the client on this machine stands."""

    UP = "up"
    OFFLINE = "offline"
    STOPPED = "stopped"
    LOGGED_OUT = "logged out"
    LOGIN_PENDING = "waits for a login"
    KEY_EXPIRED = "key expired"
    UNAPPROVED = "waits for approval"
    STARTING = "starting"
    OTHER_USER = "used by another user"
    NOT_RUNNING = "not running"
    NO_ACCESS = "not to be asked"
    NOT_ANSWERING = "not answering"
    UNREADABLE = "unreadable"
    ABSENT = "not installed"


REMEDY = {
    State.OFFLINE: "it has lost its control server: see this machine's network",
    State.STOPPED: "run `tailscale up`",
    State.LOGGED_OUT: "run `tailscale up` and log in",
    State.LOGIN_PENDING: "log in at the address that `tailscale up` prints",
    State.KEY_EXPIRED: "run `tailscale up --force-reauth` and log in again",
    State.UNAPPROVED: "an admin of the tailnet must approve this machine",
    State.STARTING: "wait a moment; if it stays so, see this machine's network",
    State.OTHER_USER: "another user of this machine has it: log that one out",
    State.NOT_RUNNING: "start tailscaled",
    State.NO_ACCESS: "run `sudo tailscale set --operator=$USER`, or see its socket",
    State.NOT_ANSWERING: "restart tailscaled",
    State.UNREADABLE: "see what `tailscale status --json` prints",
    State.ABSENT: "install tailscale, or run this where it is",
}


class Node(NamedTuple):
    """Another machine of the tailnet. ``name`` is its full name, lower case, no dot at its end.

    ``online`` is ``None`` where the client cannot know. ``address`` is IPv4 where it has one.
    """

    name: str
    address: str | None
    tags: tuple[str, ...] = ()
    online: bool | None = None
    expired: bool = False

    @property
    def label(self) -> str:
        """The name's first part."""
        return self.name.partition(".")[0]


class Tailnet(NamedTuple):
    """What the client said. ``nodes`` are sorted by name; ``suffix`` is empty without a map.

    ``text`` is what it printed on a failure, one clean line. ``names_work`` is whether this
    machine's resolver is told the tailnet's names (MagicDNS).
    """

    state: State
    suffix: str = ""
    nodes: tuple[Node, ...] = ()
    text: str = ""
    names_work: bool = True

    @property
    def mapped(self) -> bool:
        """Whether the client has been given a map of the tailnet at all."""
        return bool(self.suffix)


class _Peer(msgspec.Struct, rename="pascal"):
    id: str = msgspec.field(name="ID", default="")
    dns_name: str = msgspec.field(name="DNSName", default="")
    tailscale_ips: list[str] | None = msgspec.field(name="TailscaleIPs", default=None)
    tags: list[str] | None = None
    online: bool = False
    expired: bool = False
    in_network_map: bool = False
    sharee_node: bool = False
    key_expiry: str = ""


class _Net(msgspec.Struct, rename="pascal"):
    magic_dns_suffix: str = msgspec.field(name="MagicDNSSuffix", default="")
    magic_dns_enabled: bool = msgspec.field(name="MagicDNSEnabled", default=True)


class _Status(msgspec.Struct, rename="pascal"):
    backend_state: str = ""
    auth_url: str = msgspec.field(name="AuthURL", default="")
    tailscale_ips: list[str] | None = msgspec.field(name="TailscaleIPs", default=None)
    self_: _Peer | None = msgspec.field(name="Self", default=None)
    current_tailnet: _Net | None = None
    peer: dict[str, _Peer | None] | None = None


def read_status(exit_code: int, stdout: bytes, stderr: bytes, now: datetime) -> Tailnet:
    """What one call of ``tailscale status --json`` told; never raises."""
    said = first_line(stderr.decode("utf-8", "replace"))
    if not stdout.strip():
        return Tailnet(_silent(exit_code, said), text=said)
    try:
        status = msgspec.json.decode(stdout, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as trouble:
        return Tailnet(State.UNREADABLE, text=clean(str(trouble)))
    state = _state(status, now)
    net = status.current_tailnet
    if net is None:
        return Tailnet(state)
    suffix = net.magic_dns_suffix.strip(".").lower()
    nodes = [_node(peer, state) for peer in (status.peer or {}).values() if _real(peer)]
    return Tailnet(
        state,
        suffix=suffix if HOST.fullmatch(suffix) else "",
        nodes=tuple(sorted((n for n in nodes if n is not None), key=lambda node: node.name)),
        names_work=net.magic_dns_enabled,
    )


def _silent(exit_code: int, said: str) -> State:
    """Nothing on standard output: no daemon, or one that may not be asked."""
    if not exit_code:
        return State.UNREADABLE
    if "appears to be running" in said or "denied" in said.lower():
        return State.NO_ACCESS
    return State.NOT_RUNNING if "failed to connect" in said.lower() else State.UNREADABLE


_STATES = {
    "NeedsMachineAuth": State.UNAPPROVED,
    "Stopped": State.STOPPED,
    "NoState": State.STARTING,
    "Starting": State.STARTING,
    "InUseOtherUser": State.OTHER_USER,
}


def _state(status: _Status, now: datetime) -> State:
    own = status.self_
    if status.backend_state == "Running":
        return State.UP if own is None or own.online else State.OFFLINE
    if status.backend_state == "NeedsLogin":
        # with an expired key nothing says so but the date (tailscale.md, trap 8)
        if status.tailscale_ips and own is not None and _past(own.key_expiry, now):
            return State.KEY_EXPIRED
        return State.LOGIN_PENDING if status.auth_url else State.LOGGED_OUT
    return _STATES.get(status.backend_state, State.UNREADABLE)


def _past(text: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at) <= now


def _real(peer: _Peer | None) -> bool:
    """Not what is left of a session, nor a machine that only was shared with us."""
    return peer is not None and peer.in_network_map and not peer.sharee_node and bool(peer.dns_name)


def _node(peer: _Peer | None, state: State) -> Node | None:
    if peer is None:
        return None
    name = peer.dns_name.rstrip(".").lower()
    if not HOST.fullmatch(name):
        return None
    addresses = [address for text in peer.tailscale_ips or [] if (address := address_of(text))]
    fourth = next((a for a in addresses if ":" not in a), addresses[0] if addresses else None)
    return Node(
        name=name,
        address=fourth,
        tags=tuple(peer.tags or ()),
        online=peer.online if state is State.UP else None,
        expired=peer.expired,
    )


async def ask_tailnet(limit: float = TIME_LIMIT) -> Tailnet:
    """Ask the client on PATH; every way in which that fails is a state."""
    binary = shutil.which("tailscale")
    if binary is None:
        return Tailnet(State.ABSENT)
    try:
        process = await asyncio.create_subprocess_exec(
            binary,
            "status",
            "--json",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as trouble:
        return Tailnet(State.UNREADABLE, text=f"{binary}: {trouble.strerror}")
    try:
        async with asyncio.timeout(limit):
            stdout, stderr = await process.communicate()
    except TimeoutError:
        return Tailnet(State.NOT_ANSWERING)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if len(stdout) > _LARGEST:
        return Tailnet(State.UNREADABLE, text="it printed more than 64 MB")
    return read_status(process.returncode or 0, stdout, stderr, datetime.now(UTC))
