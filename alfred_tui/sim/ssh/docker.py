"""The ``docker`` client: containers listed, moved, looked into; their logs and figures; images."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from alfred_tui.sim import acts, containers, logs, machine, standing
from alfred_tui.sim.dice import between
from alfred_tui.sim.replies import NO_DOCKER
from alfred_tui.sim.ssh import gotemplate, inspecting, within
from alfred_tui.sim.ssh.arguments import Arguments, Unknown, parse
from alfred_tui.sim.ssh.shell import Job
from alfred_tui.sim.standing import Stand

COMPOSE: list[Callable[[Job], Awaitable[int]]] = []
"""The plugin that ``docker compose`` is."""
PS: tuple[str, ...] = (
    "Command",
    "CreatedAt",
    "ID",
    "Image",
    "Labels",
    "LocalVolumes",
    "Mounts",
    "Names",
)
PS += ("Networks", "Ports", "RunningFor", "Size", "State", "Status")
SHOWN = {"ID": "CONTAINER ID", "Image": "IMAGE", "Command": "COMMAND", "RunningFor": "CREATED"}
SHOWN |= {"Status": "STATUS", "Ports": "PORTS", "Names": "NAMES"}


async def docker(job: Job) -> int:
    """``docker``."""
    words = job.words[1:]
    if not words:
        return job.fail("Usage:  docker [OPTIONS] COMMAND", 0)
    verb, rest = words[0], words[1:]
    if verb == "compose":
        return await COMPOSE[0](Job(job.shell, ["docker compose", *rest], job.io))
    if verb in ("container", "image", "system") and rest:
        verb, rest = f"{verb} {rest[0]}", rest[1:]
    does = VERBS.get(verb.removeprefix("container "))
    if does is None:
        text = f"docker: '{verb}' is not a docker command.\nSee 'docker --help'"
        return job.fail(text)
    if silent(job):
        await job.takes(0.1)
        return job.fail(NO_DOCKER.rstrip("\n"))
    return await does(Job(job.shell, [f"docker {verb}", *rest], job.io))


def silent(job: Job) -> bool:
    """Whether Docker's daemon does not answer."""
    return "docker-silent" in job.asked.kinds


def stands(job: Job) -> list[Stand]:
    """Every container, by name."""
    asked = job.asked
    return standing.all_of(asked.life, asked.t, asked.faults)


def find(job: Job, name: str) -> Stand | None:
    """The container that a name or the beginning of an id means."""
    for stand in stands(job):
        if name == stand.name or (len(name) >= 4 and stand.whole.startswith(name)):
            return stand
    return None


def understood(job: Job, flags: str, words: list[str] | None = None) -> Arguments | None:
    """A command's words by its flags; None when one of them is not known, which has been said."""
    try:
        return parse(job.words[1:] if words is None else words, flags)
    except Unknown as trouble:
        job.fail(f"{trouble}\nSee '{job.words[0]} --help'.")
        return None


def row(job: Job, stand: Stand) -> dict[str, Any]:
    """What Compose lists of a container."""
    asked = job.asked
    return standing.row(stand, asked.t, asked.told)


async def ps(job: Job) -> int:
    """``docker ps [-a] [-q] [--format F] [--no-trunc]``, as ``container ls``."""
    given = understood(job, "-a --all -q --quiet --no-trunc --format= -f= --filter= -n= --last=")
    if given is None:
        return 125
    await job.takes(0.05)
    every = given.has("-a", "--all")
    found = [s for s in stands(job) if every or s.state not in ("exited", "created")]
    found = [s for s in found if _passes(s, given)]
    found.sort(key=lambda stand: -stand.created)
    if given.has("-q", "--quiet"):
        for stand in found:
            job.say(stand.whole if given.has("--no-trunc") else stand.ident)
        return 0
    rows = [{key: row(job, stand)[key] for key in PS} for stand in found]
    return lines(job, given.of("--format"), rows, SHOWN)


def _passes(stand: Stand, given: Arguments) -> bool:
    wanted = [text.partition("=") for text in given.each("-f", "--filter")]
    known = {"status": stand.state, "health": stand.health or "none"}
    return all(
        text in stand.name if key == "name" else known.get(key, text) == text
        for key, _, text in wanted
    )


def lines(job: Job, shape: str, rows: list[dict[str, Any]], shown: dict[str, str]) -> int:
    """Print rows by a template, or as a table of the columns ``shown``."""
    try:
        if shape:
            made = gotemplate.rows(shape, rows)
        else:
            table = [list(shown.values())]
            table += [[str(value[key]) for key in shown] for value in rows]
            made = gotemplate.columns(table)
    except gotemplate.TemplateTrouble as trouble:
        return job.fail(f"failed to execute template: {trouble}")
    for line in made:
        job.say(line)
    return 0


async def move(job: Job) -> int:
    """``docker restart``, ``stop`` and ``start`` of containers."""
    given = understood(job, "-t= --time= -s= --signal=")
    if given is None:
        return 125
    verb, code, took = job.words[0].rsplit(" ", 1)[-1], 0, 0.0
    for name in given.words:
        stand = find(job, name)
        if stand is None:
            code = job.fail(f"Error response from daemon: No such container: {name}")
            continue
        if stand.service in job.asked.person.services:
            took = max(took, acts.do(job.asked, stand.service, verb))
        job.say(name)
    await job.takes(took)
    return code


async def log(job: Job) -> int:
    """``docker logs [--tail N] [-f] [-t] NAME``."""
    given = understood(job, "--tail= -n= -f --follow -t --timestamps --since= --until= --details")
    if given is None:
        return 125
    name = given.words[0] if given.words else ""
    stand = find(job, name)
    if stand is None:
        return job.fail(f"Error response from daemon: No such container: {name}")
    await job.takes(0.1)
    count = given.of("--tail", "-n") or "all"
    for line in said(job, stand.service, count):
        job.io.out(line)
    if given.has("-f", "--follow"):
        await follow(job, [stand.service], lambda _, line: job.io.out(line))
    return 0


def said(job: Job, service: str, count: str) -> list[str]:
    """The last lines of a service's container."""
    if service in containers.ONESHOTS:
        return ["init done\n"]
    asked = job.asked
    number = int(count) if count.isdecimal() else logs.MOST // 50
    return logs.lines(asked, service, number)


async def follow(job: Job, services: list[str], show: Callable[[str, str], None]) -> None:
    """Show lines as they come, until the caller goes away or all of them stopped."""
    while True:
        begin = job.t
        await job.takes(1.0)
        alive = [name for name in services if job.asked.runs(name)]
        for name in alive:
            for line in logs.since(job.asked, name, begin, job.t):
                show(name, line)
        if not alive:
            return


async def stats(job: Job) -> int:
    """``docker stats [--no-stream] [--format F]``; without ``--no-stream`` again and again."""
    given = understood(job, "--no-stream -a --all --no-trunc --format=")
    if given is None:
        return 125
    shown = {"ID": "CONTAINER ID", "Name": "NAME", "CPUPerc": "CPU %"}
    shown |= {"MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %", "NetIO": "NET I/O"}
    shown |= {"BlockIO": "BLOCK I/O", "PIDs": "PIDS"}
    while True:
        # two samples a second apart make a percentage
        await job.takes(2.0 if given.has("--no-stream") else 1.0)
        running = [s for s in stands(job) if s.state in ("running", "restarting", "paused")]
        wanted = [s for s in running if not given.words or s.name in given.words]
        code = lines(job, given.of("--format"), [_used(job, stand) for stand in wanted], shown)
        if code or given.has("--no-stream"):
            return code


def _used(job: Job, stand: Stand) -> dict[str, str]:
    asked = job.asked
    total = float(asked.person.memory_total)
    percent = machine.memory_percent(asked.person, asked.t, asked.world.epoch, asked.faults)
    shares = {n: between(0.2, 1.0, asked.person.key, n, "memory") for n in asked.person.services}
    mine = total * percent / 100 * shares[stand.service] / sum(shares.values())
    leak = [f for f in asked.faults if f.kind == "memory-leak" and f.about == stand.service]
    for fault in leak:
        mine += total * fault.amount * (asked.t - fault.since) / 3600 / 100
    if stand.state == "restarting":
        cpu, used, limit, pids = 0.0, "0B", "0B", 0
    else:
        cpu = between(0.0, 4.0, asked.person.key, stand.service, int(asked.t // 3))
        used, limit, pids = _size(mine), _size(total), 4 + len(stand.service)
    return {
        "BlockIO": "0B / 0B",
        "CPUPerc": f"{cpu:.2f}%",
        "Container": stand.ident,
        "ID": stand.ident,
        "MemPerc": f"{0.0 if used == '0B' else 100 * mine / total:.2f}%",
        "MemUsage": f"{used} / {limit}",
        "Name": stand.name,
        "NetIO": f"{between(1, 900, stand.ident):.3g}MB / {between(1, 90, stand.whole):.3g}MB",
        "PIDs": str(pids),
    }


def _size(mebibytes: float) -> str:
    if mebibytes >= 1024:
        return f"{mebibytes / 1024:.4g}GiB"
    return f"{mebibytes:.4g}MiB"


async def execute(job: Job) -> int:
    """``docker exec [-i] [-t] NAME COMMAND...``."""
    given = understood(job, "-i --interactive -t --tty -it -ti -u= --user= -w= -e= --env=")
    if given is None:
        return 125
    name, *words = given.words or [""]
    stand = find(job, name)
    if stand is None:
        return job.fail(f"Error response from daemon: No such container: {name}")
    if given.has("-t", "--tty", "-it", "-ti") and not job.io.terminal:
        return job.fail("the input device is not a TTY")
    if stand.state != "running":
        stands_as = {"paused": "is paused", "restarting": "is restarting, wait until the container"}
        text = stands_as.get(stand.state, "is not running")
        text += " is running" if stand.state == "restarting" else ""
        return job.fail(f"Error response from daemon: Container {stand.whole} {text}")
    return await within.run(Job(job.shell, words, job.io), stand.service)


async def prune(job: Job) -> int:
    """``docker image prune -f``: what no tag names any more goes."""
    await job.takes(0.4)
    job.say("Total reclaimed space: 0B")
    return 0


async def version(job: Job) -> int:
    """``docker version [--format F]``."""
    whole = {"Client": {"Version": "27.3.1"}, "Server": {"Version": "27.3.1", "Os": "linux"}}
    given = understood(job, "-f= --format=")
    if given is None:
        return 125
    shape = given.of("-f", "--format")
    try:
        job.say(gotemplate.fill("{{json .}}" if shape == "json" else shape, whole))
    except gotemplate.TemplateTrouble as trouble:
        return job.fail(f"template parsing error: {trouble}", 64)
    if not shape:
        job.say("Client: Docker Engine - Community\n Version:           27.3.1")
    return 0


async def images(job: Job) -> int:
    """``docker images``, as ``image ls``."""
    given = understood(job, "-q --quiet --no-trunc --digests --format= -a --all")
    if given is None:
        return 125
    await job.takes(0.05)
    found = {stand.image_id: inspecting.listed(stand) for stand in stands(job)}
    if given.has("-q", "--quiet"):
        for ident in found:
            job.say(ident if given.has("--no-trunc") else ident[7:19])
        return 0
    shown = {"Repository": "REPOSITORY", "Tag": "TAG", "ID": "IMAGE ID", "Size": "SIZE"}
    return lines(job, given.of("--format"), list(found.values()), shown)


async def inspect(job: Job) -> int:
    """``docker inspect`` of containers and images, ``docker image inspect``."""
    given = understood(job, "-f= --format= -s --size --type=")
    if given is None:
        return 125
    await job.takes(0.05)
    found, code = [], 0
    only = "image" if " image " in job.words[0] else given.of("--type")
    for name in given.words:
        value = inspecting.of(job.asked, stands(job), name, only)
        if value is None:
            what = "image" if only == "image" else "object"
            code = job.fail(f"Error: No such {what}: {name}")
        else:
            found.append(value)
    shape = given.of("-f", "--format")
    if not shape:
        job.say(json.dumps(found, indent=4, ensure_ascii=False))
        return code
    for value in found:
        try:
            job.say(gotemplate.fill("{{json .}}" if shape == "json" else shape, value))
        except gotemplate.TemplateTrouble as trouble:
            return job.fail(
                f'template parsing error: template: :1:2: executing "" at <>: {trouble}'
            )
    return code


VERBS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "ps": ps,
    "ls": ps,
    "restart": move,
    "stop": move,
    "start": move,
    "logs": log,
    "stats": stats,
    "exec": execute,
    "inspect": inspect,
    "image inspect": inspect,
    "images": images,
    "image ls": images,
    "image prune": prune,
    "version": version,
}
PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {"docker": docker}
