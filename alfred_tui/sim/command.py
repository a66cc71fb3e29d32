"""``alfred-tui sim``: the simulated fleet as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from alfred_tui.sim import days, script
from alfred_tui.sim.faults import FaultError
from alfred_tui.sim.kinds import KINDS
from alfred_tui.sim.life import BACKUP_HOUR
from alfred_tui.sim.pace import Pace
from alfred_tui.sim.server import House, Log
from alfred_tui.sim.ssh import keys
from alfred_tui.sim.world import World, address_of, host_of

PORT = 31_000
NETWORK = 77
MOST_TENANTS = 20_000
MOST_PORT = 65_534
"""SSH is on the port after the API's."""
OF_PORTS = (errno.EADDRINUSE, errno.EADDRNOTAVAIL)
MOST_SPEED = 10_000.0
BEAT = 0.2
"""Seconds between two looks at what the doors should be."""


def run(argv: list[str]) -> int:
    """Serve until SIGTERM, Ctrl-C or the parent's end; the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return asyncio.run(_serve(arguments))
    except FaultError as trouble:
        print(f"alfred-tui sim: {trouble}", file=sys.stderr)  # noqa: T201
        return 2
    except OSError as trouble:
        hint = ": choose another --port" if trouble.errno in OF_PORTS else ""
        print(f"alfred-tui sim: {trouble}{hint}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="alfred-tui sim",
        description="Serve a simulated fleet on loopback: every tenant an address of its own, with "
        "the\ntenant API's wire. Prints one line when it listens; ends on SIGTERM and Ctrl-C.",
        epilog="examples:\n  alfred-tui sim --tenants 24 --seed 7 --inventory fleet.json\n"
        "  alfred-tui import fleet.json\n\nfaults (a JSON script for --faults):\n"
        '  {"faults": [{"tenant": "acme-law" | 3 | "share:0.05", "at": 60, "for": 300,\n'
        '               "spread": 600, "fault": "container-exit", "service": "alfred"}]}\n  '
        + ", ".join(sorted(KINDS))
        + "\n\nscenarios (days with faults of their own):\n  "
        + ", ".join(days.names()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--tenants", type=int, default=24, metavar="N")
    made.add_argument("--seed", type=int, default=7, metavar="S")
    made.add_argument("--inventory", type=Path, required=True, metavar="FILE")
    made.add_argument("--port", type=int, default=0, help="the API's port; SSH is on the next one")
    made.add_argument("--tls", action="store_true", help="HTTPS under a CA of its own")
    made.add_argument("--faults", type=Path, metavar="FILE")
    made.add_argument("--scenario", metavar="DAY", help="a day that comes with the program")
    made.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help="the world's time runs X times as fast",
    )
    made.add_argument("--begin", metavar="TIME", help="the world's time at first (ISO 8601; now)")
    made.add_argument(
        "--backup-hour",
        type=int,
        choices=range(24),
        default=BACKUP_HOUR,
        metavar="H",
        help="UTC; the inventory names a zone in which that is 03:00",
    )
    made.add_argument("--request-log", type=Path, metavar="FILE", help="a JSON line a request")
    made.add_argument("--parent-pid", type=int, metavar="PID", help="end when PID is gone")
    return made


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FaultError(f"--begin: no time {text!r}; 2026-06-02T02:40Z is one") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


class Clock:
    """The world's time: it stands at its beginning until the doors are open, then it runs."""

    def __init__(self, begin: datetime | None, speed: float) -> None:
        start = datetime.now(UTC)
        self.begin = begin or start
        self.speed = speed
        self.plain = begin is None and speed == 1
        self.pace = Pace(start, start) if self.plain else None

    def start(self) -> Pace:
        """Let it run from now."""
        self.pace = self.pace or Pace(datetime.now(UTC), self.begin, self.speed)
        return self.pace

    def now(self) -> datetime:
        """The world's time."""
        return self.pace.now() if self.pace else self.begin


def _check(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.tenants <= MOST_TENANTS:
        raise FaultError(f"--tenants: 1 to {MOST_TENANTS} is needed")
    if not 0 <= arguments.port <= MOST_PORT:
        raise FaultError(f"--port: 0 to {MOST_PORT} is needed, 0 for a free one")
    if not 0 < arguments.speed <= MOST_SPEED:
        raise FaultError(f"--speed: more than 0, at most {MOST_SPEED:g} is needed")


def _world(arguments: argparse.Namespace, begin: datetime) -> World:
    """The world with all its faults."""
    world = World(
        arguments.tenants,
        arguments.seed,
        begin,
        (),
        arguments.scenario,
        backup_hour=arguments.backup_hour,
    )
    if arguments.faults:
        for fault in script.read_script(arguments.faults, world.people, arguments.seed):
            world.add_fault(fault)
    of_tls = (fault.kind for mine in world.faults.values() for fault in mine if fault.nature.tls)
    if not arguments.tls and (kind := next(of_tls, None)):
        raise FaultError(f"{kind} can only be seen over TLS: add --tls")
    return world


async def _serve(arguments: argparse.Namespace) -> int:
    _check(arguments)
    if arguments.parent_pid is not None and not _die_with(arguments.parent_pid):
        return 0
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clock = Clock(_moment(arguments.begin) if arguments.begin else None, arguments.speed)
    world = _world(arguments, clock.begin)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    houses = await _open(world, clock, arguments)
    pace = clock.start()
    print(  # noqa: T201
        f"listening: {len(houses)} tenants on {houses[0].address} port {houses[0].port}, "
        + ("" if clock.plain else f"{pace}, ")
        + f"inventory {arguments.inventory}",
        flush=True,
    )
    try:
        await _until(stop, houses, arguments.parent_pid)
    finally:
        for house in houses:
            await house.close()
    return 0


async def _open(world: World, clock: Clock, arguments: argparse.Namespace) -> list[House]:
    """Every tenant's doors, and the inventory that says where they are."""
    network = _network()
    own_port: int = arguments.port or _free_port(network)
    authority = None
    if arguments.tls:
        from alfred_tui.sim.certificates import Authority

        authority = Authority(arguments.inventory.absolute().with_suffix(".tls"))
    ca_file = str(authority.ca_file) if authority else None
    log = _request_log(arguments.request_log)
    folder = arguments.inventory.absolute().with_suffix(".ssh")
    writing = keys.Writing(folder, world.people, world.seed)
    houses, doors = [], []
    for person in world.people:
        address = address_of(person.index, network) if network else "127.0.0.1"
        port = own_port if network else own_port + 2 * person.index
        contexts = partial(authority.context, host_of(person)) if authority else None
        house = House(world, person, address, port, clock.now, log, contexts, clock.speed)
        houses.append(house)
        ways = world.doors(person, address, port, authority is not None, ca_file)
        ways["ssh"]["key_file"] = str(writing.path(person))
        doors.append(ways)
    try:
        for house in houses:
            await house.settle()
    finally:
        writing.finish()
    _write_private(arguments.inventory, json.dumps(world.inventory(doors), indent=1))
    return houses


async def _until(stop: asyncio.Event, houses: list[House], parent: int | None) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT):
                await stop.wait()
        if parent is not None and os.getppid() != parent:
            return
        for house in houses:
            with suppress(OSError):
                # a port that somebody took meanwhile stays shut and is tried again
                await house.settle()


def _die_with(parent: int) -> bool:
    """Ask the kernel to end us with our parent, kill -9 included (Linux; else getppid tells).

    Returns:
        Whether the parent is still there.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
    return os.getppid() == parent


def _free_port(network: int | None) -> int:
    """A port whose successor is free too; the usual one first."""
    address = address_of(0, network) if network else "127.0.0.1"
    candidates: list[int] = [PORT, *range(PORT + 100, PORT + 5000, 100)]
    for port in candidates:
        with socket.socket() as one, socket.socket() as two, suppress(OSError):
            one.bind((address, port))
            two.bind((address, port + 1))
            return port
    return PORT


def _network() -> int | None:
    """The second number of our addresses; ``None`` where 127.x.y.z cannot be bound."""
    with socket.socket() as sock:
        try:
            sock.bind((address_of(0), 0))
        except OSError:
            return None
    return NETWORK


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _request_log(path: Path | None) -> Log:
    if path is None:
        return _nowhere
    file: IO[str] = path.open("a", buffering=1)

    def write(
        at: datetime, tenant: str, method: str, target: str, status: int | None, **more: Any
    ) -> None:
        line = {"at": at.isoformat(), "tenant": tenant, "method": method, "target": target}
        file.write(json.dumps({**line, "status": status, **more}) + "\n")

    return write


def _nowhere(
    at: datetime, tenant: str, method: str, target: str, status: int | None, **more: Any
) -> None:
    """Nobody asked for a log."""
