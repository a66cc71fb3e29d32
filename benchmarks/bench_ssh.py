"""A command on 200 tenants: `run` against ``xargs -P32 ssh``, side by side in one run.

    python benchmarks/bench_ssh.py [--quick]

`run` is all of it: a plan for each, the line on the tenant that keeps others away, taken back at
the end, every call in the journal before and after: in a program that runs, as the dashboard does,
and as ``alfred-tui run --all -- true`` typed at a shell, which starts Python, too. The SSH door
alone is beside them.

One real sshd listens on every loopback address; each tenant is an address of its own. Both sides
check the same host key, use the same key and agree on keys in the same way. CPU is the client's
alone: this process, or ``xargs`` and all its ``ssh``. *Cold* opens every connection, *warm* uses
open ones.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from harness import goal, machine

IN_FLIGHT = 32


class Cost(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


class Pins:
    """What the store would say: one key, the same for everybody."""

    def __init__(self, key: object) -> None:
        from alfred_tui.model.tenant import HostKey

        assert isinstance(key, HostKey)
        self._key = key

    async def pinned(self, tenant: str) -> Sequence[object]:
        from msgspec.structs import replace

        return [replace(self._key, tenant=tenant)]

    async def pin(self, key: object) -> None:
        raise RuntimeError("all keys are known here")

    replace = pin


def address(number: int) -> str:
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


async def _timed(work: Callable[[], Awaitable[object]]) -> Cost:
    wall, cpu = time.perf_counter(), _cpu()
    await work()
    return Cost(time.perf_counter() - wall, _cpu() - cpu)


async def with_xargs(server: object, count: int, known: Path) -> None:
    from tests.support.sshd import Sshd

    assert isinstance(server, Sshd)
    options = [
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={known}",
        "GlobalKnownHostsFile=/dev/null",
        "HostKeyAlias=all",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "BatchMode=yes",
        # asyncssh agrees on this one; ssh's own first choice costs ten times the processor
        "KexAlgorithms=curve25519-sha256",
    ]
    words = ["xargs", "-P", str(IN_FLIGHT), "-I{}", "ssh", "-F", "/dev/null", "-n"]
    words += ["-p", str(server.port), "-l", server.user, "-i", str(server.user_key)]
    for option in options:
        words += ["-o", option]
    child = await asyncio.create_subprocess_exec(*words, "{}", "true", stdin=subprocess.PIPE)
    await child.communicate("".join(f"{address(n)}\n" for n in range(count)).encode())
    if child.returncode:
        raise RuntimeError(f"xargs ssh ended with {child.returncode}")


async def sweep(door: object, tenants: Sequence[object]) -> None:
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.tenant.ssh.command import Command
    from alfred_tui.tenant.ssh.door import SshDoor

    assert isinstance(door, SshDoor)

    async def one(tenant: object) -> None:
        assert isinstance(tenant, Tenant)
        result = await door.run(tenant, Command(("true",)), limit=120.0)
        if not result.ok:
            raise RuntimeError(f"{tenant.name}: {result}")

    async with asyncio.TaskGroup() as tasks:
        for tenant in tenants:
            tasks.create_task(one(tenant))


def stored(home: Path, server: object, tenants: Sequence[object]) -> None:
    """The tenants in a store, each with its host key pinned."""
    from msgspec.structs import replace

    from alfred_tui.config import Paths
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.store.store import Store
    from tests.support.sshd import Sshd

    assert isinstance(server, Sshd)
    store = Store.open(Paths(home))
    known = [tenant for tenant in tenants if isinstance(tenant, Tenant)]
    store.put_tenants(known)
    store.pin(replace(server.host_key(), tenant=tenant.name) for tenant in known)
    store.close()


async def bulk_run(engine: object, tenants: Sequence[object]) -> None:
    from alfred_tui.engine import Engine
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.ops import bulk
    from alfred_tui.ops.board import Yes

    assert isinstance(engine, Engine)
    names = [tenant.name for tenant in tenants if isinstance(tenant, Tenant)]
    targets = bulk.alike(names, {"command": "true"})
    made = await bulk.begin(
        engine.board, "shell.run", targets, Yes.KEY, in_flight=IN_FLIGHT, failures=1
    )
    await made.done()
    if [line for line in made.lines if line.state is not bulk.State.DONE]:
        raise RuntimeError(
            str(next(line for line in made.lines if line.state is not bulk.State.DONE))
        )


async def with_shell(home: Path) -> None:
    words = [sys.executable, "-m", "alfred_tui", "--home", str(home), "run", "--all", "--yes"]
    words += ["--in-flight", str(IN_FLIGHT), "--", "true"]
    child = await asyncio.create_subprocess_exec(*words, stdout=subprocess.DEVNULL)
    if await child.wait():
        raise RuntimeError(f"alfred-tui run ended with {child.returncode}")


async def measure(server: object, count: int, rounds: int, known: Path) -> bool:
    from alfred_tui.config import load_settings
    from alfred_tui.engine import Engine
    from alfred_tui.tenant.dial import Dialer
    from alfred_tui.tenant.ssh.door import SshDoor
    from alfred_tui.tenant.ssh.limits import SshLimits
    from tests.support.sshd import Sshd

    assert isinstance(server, Sshd)
    tenants = [server.tenant(f"t{number}", host=address(number)) for number in range(count)]
    dialer = Dialer(10.0, 10.0)
    xargs: list[Cost] = []
    cold: list[Cost] = []
    warm: list[Cost] = []
    whole: list[Cost] = []
    again: list[Cost] = []
    typed: list[Cost] = []

    async def ours() -> None:
        door = SshDoor(
            tcp=dialer,
            pins=Pins(server.host_key()),  # type: ignore[arg-type]
            now=lambda: datetime.now(UTC),
            limits=SshLimits(connecting=IN_FLIGHT),
        )
        try:
            cold.append(await _timed(lambda: sweep(door, tenants)))
            warm.append(await _timed(lambda: sweep(door, tenants)))
        finally:
            await door.aclose()

    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            stored(home, server, tenants)
            settings = load_settings({}, {"ALFRED_TUI_HOME": str(home)})
            engine = Engine(settings)
            await engine.start(poll=False)
            try:
                whole.append(await _timed(lambda: bulk_run(engine, tenants)))
                again.append(await _timed(lambda: bulk_run(engine, tenants)))
            finally:
                await engine.stop()

    async def as_typed() -> None:
        with tempfile.TemporaryDirectory() as folder:
            stored(Path(folder), server, tenants)
            typed.append(await _timed(lambda: with_shell(Path(folder))))

    async def theirs() -> None:
        xargs.append(await _timed(lambda: with_xargs(server, count, known)))

    ways = {"xargs -P32 ssh": xargs, "run, cold": whole, "run, warm": again}
    ways |= {"alfred-tui run --all": typed, "door, cold": cold, "door, warm": warm}
    for number in range(rounds + 1):
        each_of = (ours, run, as_typed, theirs)
        for each in each_of if number % 2 else reversed(each_of):
            await each()
        if not number:  # imports, caches
            for costs in ways.values():
                costs.clear()
    dialer.close()
    return _shown(count, ways)


def _shown(count: int, ways: dict[str, list[Cost]]) -> bool:
    print(f"\n`true` on {count} tenants, {IN_FLIGHT} connections opened at once, medians")
    print(f"  {'candidate':<24}{'wall s':>10}{'CPU s':>10}{'CPU ms a tenant':>18}")
    for name, costs in ways.items():
        wall, cpu = _middle(costs)
        print(f"  {name:<24}{wall:>10.2f}{cpu:>10.2f}{cpu / count * 1000:>18.2f}")
    xargs, cold, warm, typed, *_ = map(_middle, ways.values())
    print(
        f"  as typed / xargs, CPU {typed.cpu / xargs.cpu:.2f}, wall {typed.wall / xargs.wall:.2f}"
    )
    met = goal("client CPU, run cold / xargs", cold.cpu / xargs.cpu, 0.5)
    return goal("wall, run warm / xargs", warm.wall / xargs.wall, 0.2) and met


def _middle(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 tenants, one round")
    chosen = parser.parse_args()
    from alfred_tui import heap
    from tests.support.sshd import Sshd, running

    heap.relax()  # as the program does when it begins

    print(machine())
    count, rounds = (50, 1) if chosen.quick else (200, 5)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rooms = place / "rooms"
        for number in range(count):
            (rooms / str(number)).mkdir(parents=True)
            (rooms / str(number)).chmod(0o777)

        def homes(server: Sshd) -> dict[str, str]:
            return {address(n): f"{server.place('rooms')}/{n}" for n in range(count)}

        with running(
            place,
            rooms={"rooms": rooms},
            homes=homes,
            address="0.0.0.0",
            startups="1000:30:2000",
        ) as server:
            key = server.host_key()
            known = place / "known_hosts"
            known.write_text(f"all {key.kind} {key.key}\n")
            return 0 if asyncio.run(measure(server, count, rounds, known)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
