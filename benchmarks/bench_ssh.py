"""A command on 200 tenants: the SSH door against ``xargs -P32 ssh``, side by side in one run.

    python benchmarks/bench_ssh.py [--quick]

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


async def measure(server: object, count: int, rounds: int, known: Path) -> bool:
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

    async def theirs() -> None:
        xargs.append(await _timed(lambda: with_xargs(server, count, known)))

    for number in range(rounds + 1):
        for each in (ours, theirs) if number % 2 else (theirs, ours):
            await each()
        if not number:  # imports, caches
            xargs.clear(), cold.clear(), warm.clear()
    dialer.close()
    return _shown(count, xargs, cold, warm)


def _shown(count: int, xargs: list[Cost], cold: list[Cost], warm: list[Cost]) -> bool:
    print(f"\n`true` on {count} tenants, {IN_FLIGHT} connections opened at once, medians")
    print(f"  {'candidate':<24}{'wall s':>10}{'CPU s':>10}{'CPU ms a tenant':>18}")
    for name, costs in (("xargs -P32 ssh", xargs), ("door, cold", cold), ("door, warm", warm)):
        wall, cpu = _middle(costs)
        print(f"  {name:<24}{wall:>10.2f}{cpu:>10.2f}{cpu / count * 1000:>18.2f}")
    met = goal("client CPU, cold / xargs", _middle(cold).cpu / _middle(xargs).cpu, 0.5)
    return goal("wall, warm / xargs", _middle(warm).wall / _middle(xargs).wall, 0.2) and met


def _middle(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 tenants, one round")
    chosen = parser.parse_args()
    from tests.support.sshd import running

    print(machine())
    count, rounds = (50, 1) if chosen.quick else (200, 5)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with running(place, address="0.0.0.0", startups="1000:30:2000") as server:
            key = server.host_key()
            known = place / "known_hosts"
            known.write_text(f"all {key.kind} {key.key}\n")
            return 0 if asyncio.run(measure(server, count, rounds, known)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
