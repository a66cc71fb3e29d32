"""A shell on a host, and a command on one or on many: ``ssh``, ``run``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from alfred_tui.cli import running
from alfred_tui.cli.doing import known_names, planned
from alfred_tui.cli.output import Refused, fail, out, table
from alfred_tui.cli.tenants import opened
from alfred_tui.model.text import clean, first_line

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.engine import Engine
    from alfred_tui.engine.ways import EngineWays
    from alfred_tui.model.operation import RunRecord, ShellCall
    from alfred_tui.ops.bulk import Bulk
    from alfred_tui.tenant.ssh.command import Command
    from alfred_tui.tenant.ssh.result import OnPiece, Stream

    Hears = Callable[[str, Stream, bytes], None]

NO_SSH = 255
"""The exit code where the command could not be run at all; ``ssh`` has the same."""
KEPT = 1_000_000
"""Bytes of each output that are kept of a tenant, where they are many."""


def ssh(settings: Settings, arguments: argparse.Namespace) -> int:
    """``ssh``: the person's own, under our host-key check; it takes this process's place."""
    (name,) = known_names(settings, [arguments.name])
    if settings.ops.read_only:
        raise Refused("read-only: no shell is opened while the setting ops.read_only is true")
    if arguments.json and not arguments.dry_run:
        raise Refused("--json is for --dry-run: a shell is for a person")
    words, repin = list(arguments.words), arguments.repin
    if repin and not repin.startswith("SHA256:"):
        raise Refused("--repin takes a fingerprint as ssh shows it: SHA256:...")
    if arguments.dry_run:
        _show_way(running.run(_planned_way(settings, name, words, repin)), as_json=arguments.json)
        return 0
    words = running.run(_way_in(settings, name, words, repin))
    sys.stdout.flush()
    try:
        os.execvp(words[0], words)
    except OSError as trouble:
        return fail(f"{words[0]}: {trouble.strerror}", NO_SSH)


async def _way_in(
    settings: Settings, name: str, command: list[str], fingerprint: str | None
) -> list[str]:
    async with _ways(settings) as ways:
        await ways.allow(name)  # a person asks
        if fingerprint:
            await ways.repin(name, fingerprint)
        return list(await ways.way_in(name, _command(command)))


async def _planned_way(
    settings: Settings, name: str, command: list[str], fingerprint: str | None
) -> dict[str, Any]:
    """What ``ssh`` would be; its words are known where its host key is."""
    from alfred_tui.tenant.ssh.errors import HostKeyUnknown

    async with _ways(settings) as ways:
        pinned = await ways.pinned(name)
        known = {key.fingerprint for key in pinned}
        words = None
        with suppress(HostKeyUnknown):
            if not fingerprint or fingerprint in known:
                words = list(await ways.known_way(name, pinned, _command(command)))
        return {"tenant": name, "pinned": sorted(known), "repin": fingerprint, "words": words}


def _show_way(way: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        out(json.dumps(way, indent=2))
        return
    pinned = ", ".join(way["pinned"]) or "none: the first connection pins the key it is shown"
    out(f"host key: {pinned}")
    if way["repin"]:
        out(f"would pin {way['repin']} instead, if the host shows it")
    if way["words"]:
        out(shlex.join(way["words"]))


def _command(words: list[str]) -> Command | None:
    from alfred_tui.tenant.ssh.command import Command

    return Command(tuple(words)) if words else None


@asynccontextmanager
async def _ways(settings: Settings) -> AsyncIterator[EngineWays]:
    """The ways in of an engine that polls nobody; what they raise is a refusal with 255."""
    from alfred_tui.engine import Engine
    from alfred_tui.tenant.errors import TenantError

    engine = Engine(settings)
    try:
        await engine.start(poll=False)
        yield engine.ways
    except (TenantError, OSError, RuntimeError) as trouble:
        raise Refused(str(trouble), code=NO_SSH) from None
    finally:
        await engine.stop()


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """``run``: on one that is named its output and its exit code; on many a line of each."""
    words = list(arguments.words)
    if not words:
        raise Refused("what is to be run? It stands behind --, as in: run acme -- uptime")
    names = _chosen(settings, arguments)
    # one word is a line of a shell as it was quoted here; several are words for that shell
    command = words[0] if len(words) == 1 else shlex.join(words)
    return running.run(_run(settings, arguments, names, command))


def _chosen(settings: Settings, arguments: argparse.Namespace) -> list[str]:
    if arguments.names and (arguments.all or arguments.status):
        raise Refused("name tenants, or take --all or --status, not both")
    if arguments.names:
        return known_names(settings, arguments.names)
    if not arguments.all and not arguments.status:
        raise Refused("on which tenants? NAME, --all, or --status PILL")
    from alfred_tui.fleet.last_known import last_shown

    with opened(settings) as store:
        tenants = [tenant for tenant in store.tenants() if tenant.polled]
        kept = last_shown(store) if arguments.status else {}
    names = [tenant.name for tenant in tenants]
    if arguments.status:
        pills = {name: state.view.pill.value for name, state in kept.items()}
        names = [name for name in names if pills.get(name, "unknown") == arguments.status]
    if not names:
        raise Refused("no tenant is meant by that", code=1)
    return names


async def _run(
    settings: Settings, arguments: argparse.Namespace, names: list[str], command: str
) -> int:
    from alfred_tui.engine import Engine
    from alfred_tui.ops.operation import Refused as No
    from alfred_tui.ops.operation import Unseen
    from alfred_tui.store.errors import StoreError

    engine = Engine(settings)
    try:
        await engine.start(poll=False)
        if arguments.dry_run:
            return await planned(engine, arguments, "shell.run", names, {"command": command})
        if len(names) == 1 and arguments.names:
            return await _on_one(engine, arguments, names[0], command)
        return await _on_many(engine, arguments, names, command)
    except (No, Unseen, StoreError) as trouble:
        raise Refused(str(trouble)) from None
    finally:
        await engine.stop()


class _Output:
    """What commands have said, by tenant and stream; of each the first ``KEPT`` bytes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytearray] = {}
        self._cut: set[str] = set()

    def take(self, tenant: str, stream: Stream, data: bytes) -> None:
        """The next piece."""
        kept = self._kept.setdefault((tenant, stream.value), bytearray())
        if len(kept) + len(data) > KEPT:
            self._cut.add(tenant)
        kept += data[: max(0, KEPT - len(kept))]

    def of(self, tenant: str) -> dict[str, Any]:
        """Both streams as text, and whether there was more."""
        texts: dict[str, Any] = {
            stream: bytes(self._kept.get((tenant, stream), b"")).decode("utf-8", "replace")
            for stream in ("stdout", "stderr")
        }
        return texts | {"cut": tenant in self._cut}


class _PassedOn:
    """Hands output on as it comes; a reader that has enough does not end the command."""

    def __init__(self) -> None:
        self.unread = False
        """Whether nobody reads on: then it ends as every command of ours does."""
        self.lost = False
        """Whether it could not be written."""

    def take(self, tenant: str, stream: Stream, data: bytes) -> None:
        """The next piece."""
        into = sys.stdout.buffer if stream.value == "stdout" else sys.stderr.buffer
        if self.unread or self.lost:
            return
        try:
            into.write(data)
            into.flush()
        except BrokenPipeError:
            self.unread = True
        except OSError as trouble:  # the command goes on: what it does must not end in the middle
            self.lost = True
            fail(f"its output cannot be written ({trouble.strerror}); the command goes on")


@contextmanager
def _heard(engine: Engine, command: str, hears: Hears) -> Iterator[None]:
    """``hears`` is told tenant, stream and piece of this command's output, and of no other."""

    def listens(tenant: str, call: ShellCall) -> OnPiece | None:
        return partial(hears, tenant) if call.words[-1] == command else None

    house = engine.workshop.house
    before, house.listens = house.listens, listens
    try:
        yield
    finally:
        house.listens = before


async def _on_one(engine: Engine, arguments: argparse.Namespace, name: str, command: str) -> int:
    from alfred_tui.ops.board import Yes

    output, passed = _Output(), _PassedOn()
    plan = await engine.board.plan("shell.run", name, {"command": command})
    began = time.monotonic()
    with _heard(engine, command, output.take if arguments.json else passed.take):
        # it was typed on this very line: that is a yes
        job = await engine.board.start(plan, Yes.KEY)
        try:
            await job.done()
        finally:
            await engine.board.cancel(job)
    (done,) = await engine.journal.runs(name, before=job.number + 1, limit=1)
    code = _code(done)
    if arguments.json:
        took = round(time.monotonic() - began, 3)
        whole = {"tenant": name, "exit": code, "seconds": took, **output.of(name)}
        out(json.dumps(whole, indent=2))
    elif code == NO_SSH:
        fail(job.text, NO_SSH)
    if passed.unread:
        # as every command of ours ends for whom nobody reads any more
        raise BrokenPipeError
    return code or int(passed.lost)


def _code(run: RunRecord) -> int:
    """The command's own exit status; 255 where it has none."""
    status = run.calls[-1].status if run.calls else None
    return status if status is not None and 0 <= status <= NO_SSH else NO_SSH


async def _on_many(
    engine: Engine, arguments: argparse.Namespace, names: list[str], command: str
) -> int:
    from alfred_tui.cli.doing import asked
    from alfred_tui.ops import bulk
    from alfred_tui.ops.board import Yes

    output = _Output()
    given = {"command": command}
    targets = bulk.alike(names, given)
    plan = await bulk.first_plan(engine.board, "shell.run", targets)
    yes = Yes.KEY if arguments.yes else await asked(plan, names)
    if yes is None:
        return fail("nothing was done", 1)
    with _heard(engine, command, output.take):
        made = await bulk.begin(
            engine.board,
            "shell.run",
            targets,
            yes,
            in_flight=arguments.in_flight or engine.settings.ops.in_flight,
            failures=arguments.failures or len(names),
        )
        try:
            await made.done()
        finally:
            await made.cancel()
    await _tell(engine, arguments, made, output)
    return 0 if not made.failed else 1


async def _tell(
    engine: Engine,
    arguments: argparse.Namespace,
    made: Bulk,
    output: _Output,
) -> None:
    rows: list[list[str]] = []
    whole: list[dict[str, Any]] = []
    for line in made.lines:
        code, took = "", 0.0
        if line.job is not None:
            runs = await engine.journal.runs(line.tenant, before=line.job.number + 1, limit=1)
            code = str(_code(runs[0])) if runs else ""
            ended = line.job.ended or line.job.began
            took = (ended - line.job.began).total_seconds()
        texts = output.of(line.tenant)
        shown = texts["stdout"].strip() or texts["stderr"].strip() or line.text
        last = clean(shown.splitlines()[-1] if shown else "", 160)
        rows.append([line.tenant, line.state.value, code, f"{took:.1f}", first_line(last)])
        whole.append(
            {
                "tenant": line.tenant,
                "state": line.state.value,
                "exit": int(code) if code else None,
                "seconds": round(took, 3),
                "text": line.text,
                **texts,
            }
        )
    if arguments.json:
        out(json.dumps({"bulk": made.name, "results": whole}, indent=2))
    else:
        table(["NAME", "STATE", "EXIT", "SECONDS", "LAST LINE"], rows)


def add_parsers(add: Any) -> None:
    """The commands; ``add`` makes one, as :meth:`grammar._Commands.add` does."""
    made = add(
        "ssh",
        "open a shell on a tenant's host",
        "  alfred-tui ssh acme\n  alfred-tui ssh acme -- journalctl -f\n",
        "The system's ssh, with the tenant's key alone and its host key pinned: a first\n"
        "connection pins it, another key is refused ever after. --repin takes the fingerprint\n"
        "that was shown, and no other. A key that was refused before is tried once more. Exits as\n"
        "ssh does, 255 where there is no connection.",
    )
    made.add_argument("name", metavar="NAME")
    made.add_argument("--repin", metavar="SHA256:...", help="pin this host key from now on")
    made.add_argument("--dry-run", action="store_true", help="print the ssh, connect to nobody")
    made.add_argument("--json", action="store_true", help="with --dry-run: it as JSON")
    made.set_defaults(handler=ssh)

    made = add(
        "run",
        "run a command on the hosts of tenants",
        "  alfred-tui run acme -- df -h /mnt/encrypted\n"
        "  alfred-tui run --all -- 'docker compose ls | tail -n +2'\n"
        "  alfred-tui run --status degraded --yes --json -- uptime\n",
        "What stands behind -- is run once by the login user's sh, and written down. On one\n"
        "NAME its output and its exit code are those of this command, 255 where it could not\n"
        "be run. On many, or whoever --all or --status means, it is asked about first, but for\n"
        "--yes, a few at once; a line tells of each, and 1 is the exit code where one failed.\n"
        "--status is what was known last.",
    )
    made.add_argument("names", nargs="*", metavar="NAME")
    made.add_argument("--all", action="store_true", help="on every tenant")
    made.add_argument("--status", metavar="PILL", choices=_PILLS, help=f"{', '.join(_PILLS)}")
    made.add_argument("--in-flight", type=int, metavar="N", help="at once; ops.in_flight")
    made.add_argument("--yes", action="store_true", help="do not ask")
    made.add_argument(
        "--failures",
        type=int,
        metavar="N",
        help="begin nobody else after N failures; by default all are tried",
    )
    made.add_argument("--dry-run", action="store_true", help="print the commands, send nothing")
    made.add_argument("--json", action="store_true", help="the result as JSON")
    made.set_defaults(handler=run)


_PILLS = ("ok", "degraded", "down", "stale", "unknown", "building")
