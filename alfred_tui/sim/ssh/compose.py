"""``docker compose``: the project of one tenant (runbook.md 3, 4; tenant-api.md 3)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable

from alfred_tui.sim import acts, containers, standing
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.replies import NO_DOCKER
from alfred_tui.sim.ssh import docker, gotemplate, inspecting, within
from alfred_tui.sim.ssh.arguments import Arguments, Unknown, parse
from alfred_tui.sim.ssh.shell import Job
from alfred_tui.sim.standing import Stand

GLOBAL = "-f= --file= -p= --project-name= --project-directory= --env-file= --ansi= --progress="
SHOWN = {"Name": "NAME", "Image": "IMAGE", "Command": "COMMAND", "Service": "SERVICE"}
SHOWN |= {"RunningFor": "CREATED", "Status": "STATUS", "Ports": "PORTS"}
DOING = {"restart": ("Restarting", "Started"), "stop": ("Stopping", "Stopped")}
UNSTARTED = "cannot start a paused container, try unpause instead"
DOING |= {"start": ("Starting", "Started")}


async def compose(job: Job) -> int:
    """``docker compose [-f FILE] VERB ...``."""
    try:
        given = parse(job.words[1:], GLOBAL, stop=True)
    except Unknown as trouble:
        return job.fail(str(trouble))
    if not given.words:
        return job.fail("Usage:  docker compose [OPTIONS] COMMAND", 0)
    verb, *rest = given.words
    if verb not in VERBS:
        return job.fail(f'unknown docker command: "compose {verb}"')
    if verb == "version":
        job.say("Docker Compose version v2.40.3")
        return 0
    if verb != "ls" and (code := _file(job, given)) is not None:
        return code
    if verb != "config" and docker.silent(job):
        await job.takes(0.1)
        return job.fail(NO_DOCKER.rstrip("\n"))
    return await VERBS[verb](Job(job.shell, [f"docker compose {verb}", *rest], job.io))


def _file(job: Job, given: Arguments) -> int | None:
    """The exit code when there is no compose file to go by."""
    home = job.box.person.home
    if name := given.of("-f", "--file"):
        path = job.shell.path(name)
        if job.box.files.find(path) is None:
            return job.fail(f"open {path}: no such file or directory")
        if path != home.file:
            return job.fail("empty compose file", 1)
    elif job.shell.path("docker-compose.yaml") != home.file:
        return job.fail("no configuration file provided: not found")
    return None


def services(job: Job, names: Iterable[str]) -> list[str] | None:
    """The services that are meant, all when none is named; None when one is not there."""
    asked = job.asked
    every = [*asked.person.services, *standing.oneshots(asked.life)]
    there = [name for name in every if name in containers.ONESHOTS or asked.has(name)]
    for name in names:
        if name not in there:
            job.fail(f"no such service: {name}")
            return None
    return list(names) or [name for name in there if name not in containers.ONESHOTS]


async def ps(job: Job) -> int:
    """``ps [-a] [--format json] [-q] [SERVICE...]``: a JSON object a line."""
    flags = "-a --all -q --quiet --format= --services --status= --filter= --no-trunc --orphans="
    given = docker.understood(job, flags)
    if given is None:
        return 1
    await job.takes(0.14)
    names = services(job, given.words)
    if names is None:
        return 1
    every = given.has("-a", "--all")
    found = [s for s in docker.stands(job) if s.service in names or not given.words]
    found = [s for s in found if every or s.state not in ("exited", "created")]
    found = [s for s in found if s.state in (given.each("--status") or [s.state])]
    if given.has("-q", "--quiet"):
        for stand in found:
            job.say(stand.whole)
    elif given.has("--services"):
        for stand in found:
            job.say(stand.service)
    else:
        shape = given.of("--format").replace("table", "")
        return docker.lines(job, shape, [_row(job, stand) for stand in found], SHOWN)
    return 0


def _row(job: Job, stand: Stand) -> dict[str, object]:
    """A listed row just as the API tells it, of those that it tells of."""
    asked = job.asked
    now = asked.t + asked.told
    if stand.state not in ("exited", "created"):
        rows = map(json.loads, containers.rows(asked.life, asked.t, asked.faults, now))
        return next(row for row in rows if row["Service"] == stand.service)
    return docker.row(job, stand)


async def move(job: Job) -> int:
    """``restart``, ``stop`` and ``start [SERVICE...]``."""
    given = docker.understood(job, "-t= --timeout= --no-deps --wait --dry-run")
    names = None if given is None else services(job, given.words)
    if given is None or names is None:
        return 1
    verb, asked = job.words[0].rsplit(" ", 1)[-1], job.asked
    doing, done = DOING[verb]
    moved = [name for name in names if name not in containers.ONESHOTS]
    for name in moved:
        job.io.err(f" Container {job.box.person.home.project}-{name}-1  {doing}\n")
    if not given.has("--dry-run"):
        await job.takes(max([acts.do(asked, name, verb) for name in moved], default=0.2))
    for name in moved:
        job.io.err(f" Container {job.box.person.home.project}-{name}-1  {done}\n")
    return 0


async def up(job: Job) -> int:
    """``up -d``: starts what is stopped, ``--force-recreate`` makes containers anew."""
    flags = "-d --detach --remove-orphans --force-recreate --no-deps --no-recreate --pull="
    given = docker.understood(job, f"{flags} --quiet-pull --wait -t= --timeout= --no-build")
    names = None if given is None else services(job, given.words)
    if given is None or names is None:
        return 1
    if not given.has("-d", "--detach", "--wait"):
        return job.fail("up without -d would stay in front, which nobody does here")
    await job.takes(0.6)
    asked, until = job.asked, job.t
    made = [n for n in names if n not in containers.ONESHOTS]
    changed = [n for n in made if given.has("--force-recreate") or job.box.differs(n)]
    for name in made:
        present, again = asked.life.at(name, job.t), name in changed
        if again:
            _recreate(job, name)
            until = max(until, _there(job, name))
        elif present is None:
            acts.do(asked, name, "start")
            until = max(until, job.t + 0.5)
        word = "Recreate" if again else "Running" if present else "Starting"
        job.io.err(f" Container {job.box.person.home.project}-{name}-1  {word}\n")
    await job.takes(until - job.t)
    for name in changed:
        job.io.err(f" Container {job.box.person.home.project}-{name}-1  Started\n")
    paused = [s for s in docker.stands(job) if s.state == "paused" and s.service in made]
    if paused:
        return job.fail(f"Error response from daemon: {UNSTARTED}")
    return 0


def _recreate(job: Job, name: str) -> None:
    """A new container of the same image."""
    asked = job.asked
    present = asked.life.at(name, asked.t)
    stopped = [o for o in asked.life.outages[name] if o.begin <= asked.t < o.end]
    for outage in stopped:
        outage.end = asked.t
    last = present or asked.life.at(name, asked.t)
    asked.life.recreate([name], asked.t, last.image if last else "")
    acts.repaired(asked, name, asked.t)
    job.box.read_environment(name)


def _there(job: Job, name: str) -> float:
    """When a service's container runs that is being made."""
    life = job.asked.life
    return max((o.end for o in life.outages[name] if o.begin <= job.t < o.end), default=job.t)


async def log(job: Job) -> int:
    """``logs [--tail N] [-f] [--no-log-prefix] [SERVICE...]``."""
    flags = "--tail= -n= -f --follow --no-color --no-log-prefix -t --timestamps --since= --until="
    given = docker.understood(job, flags)
    names = None if given is None else services(job, given.words)
    if given is None or names is None:
        return 1
    await job.takes(0.14)
    wide = max((len(name) for name in names), default=0) + 2

    def show(name: str, line: str) -> None:
        prefix = "" if given.has("--no-log-prefix") else f"{name + '-1':<{wide}}  | "
        job.io.out(prefix + line)

    count = given.of("--tail", "-n") or "all"
    there = {stand.service for stand in docker.stands(job)}
    for name in (name for name in names if name in there):
        for line in docker.said(job, name, count):
            show(name, line)
    if given.has("-f", "--follow"):
        await docker.follow(job, names, show)
    return 0


async def images(job: Job) -> int:
    """``images [--format json] [SERVICE...]``: what each container is made of."""
    given = docker.understood(job, "--format= -q --quiet")
    names = None if given is None else services(job, given.words)
    if given is None or names is None:
        return 1
    await job.takes(0.1)
    found = [s for s in docker.stands(job) if s.service in names or not given.words]
    if given.has("-q", "--quiet"):
        for ident in dict.fromkeys(stand.image_id.removeprefix("sha256:") for stand in found):
            job.say(ident)
        return 0
    rows = []
    for stand in found:
        repository, tag = stand.reference.rsplit(":", 1)
        tagged = stamp(stand.created + job.asked.told, 9)
        row = {"ID": stand.image_id, "ContainerName": stand.name, "Repository": repository}
        row |= {"Tag": tag, "Platform": "linux/amd64", "LastTagTime": tagged}
        rows.append(row | {"Size": inspecting.size(stand)})
    if given.of("--format") == "json":
        job.say(json.dumps(rows, separators=(",", ":")))
        return 0
    heads = ["CONTAINER", "REPOSITORY", "TAG", "IMAGE ID", "SIZE"]
    cells = [
        [str(r["ContainerName"]), str(r["Repository"]), str(r["Tag"]), str(r["ID"])[7:19]]
        for r in rows
    ]
    sizes = [f"{int(str(r['Size'])) / 1e6:.3g}MB" for r in rows]
    table = [[*line, size] for line, size in zip(cells, sizes, strict=True)]
    for line in gotemplate.columns([heads, *table]):
        job.say(line)
    return 0


async def config(job: Job) -> int:
    """``config [--services] [--images] [--format json] [-q]``."""
    flags = "--services --images --format= -q --quiet --no-interpolate --hash= --profiles"
    given = docker.understood(job, flags)
    if given is None:
        return 1
    await job.takes(0.1)
    asked = job.asked
    names = sorted(
        [n for n in asked.person.services if asked.has(n)] + standing.oneshots(asked.life)
    )
    if given.has("-q", "--quiet"):
        return 0
    if given.has("--services", "--images"):
        shown = [containers.known_as(n).image if given.has("--images") else n for n in names]
        for line in shown:
            job.say(line)
        return 0
    job.say(
        json.dumps(_project(job, names), indent=2)
        if given.of("--format") == "json"
        else _yaml(job, names)
    )
    return 0


def _project(job: Job, names: list[str]) -> dict[str, object]:
    made, project = {}, job.box.person.home.project
    for name in names:
        once = name in containers.ONESHOTS
        made[name] = {
            "command": containers.known_as(name).command.split(),
            "entrypoint": None,
            "image": containers.known_as(name).image,
            "networks": {"default": None},
            "restart": "no" if once else "unless-stopped",
        }
    network = {"default": {"name": f"{project}_default", "ipam": {}}}
    return {"name": project, "networks": network, "services": made}


def _yaml(job: Job, names: list[str]) -> str:
    lines = [f"name: {job.box.person.home.project}", "services:"]
    for name in names:
        lines += [f"  {name}:", f"    image: {containers.known_as(name).image}"]
    return "\n".join(lines)


async def execute(job: Job) -> int:
    """``exec [-T] SERVICE COMMAND...``."""
    try:
        flags = "-T --no-TTY -d --detach -u= --user= -w= --workdir= -e= --env= --index= -i"
        given = parse(job.words[1:], flags, stop=True)
    except Unknown as trouble:
        return job.fail(str(trouble))
    if len(given.words) < 2:
        return job.fail("requires at least 2 argument(s)")
    name, *words = given.words
    if services(job, [name]) is None:
        return 1
    if not given.has("-T", "--no-TTY") and not job.io.terminal:
        return job.fail("the input device is not a TTY")
    stand = next((s for s in docker.stands(job) if s.service == name), None)
    if stand is None or stand.state in ("exited", "created"):
        await job.takes(0.1)
        return job.fail(f'service "{name}" is not running')
    if stand.state != "running":
        text = {"restarting": "restarting, wait until the container is running"}
        state = text.get(stand.state, stand.state)
        return job.fail(f"Error response from daemon: Container {stand.ident} is {state}")
    return await within.run(Job(job.shell, words, job.io), name)


async def pull(job: Job) -> int:
    """``pull [-q]``: what the registry has; ``up`` alone would make containers of it."""
    if docker.understood(job, "-q --quiet --ignore-pull-failures --include-deps") is None:
        return 1
    await job.takes(job.asked.life.up(job.t) - job.t)
    return 0


async def ls(job: Job) -> int:
    """``ls [--format json]``: the projects of the machine."""
    given = docker.understood(job, "--format= -a --all -q --quiet --filter=")
    if given is None:
        return 1
    await job.takes(0.05)
    states = [stand.state for stand in docker.stands(job)]
    home = job.box.person.home
    status = ", ".join(f"{state}({states.count(state)})" for state in sorted(set(states)))
    if given.of("--format") == "json":
        row = {"Name": home.project, "Status": status, "ConfigFiles": home.file}
        job.say(json.dumps([row], separators=(",", ":")))
        return 0
    heads = ["NAME", "STATUS", "CONFIG FILES"]
    for line in gotemplate.columns([heads, [home.project, status, home.file]], 17):
        job.say(line)
    return 0


VERBS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "ps": ps,
    "restart": move,
    "stop": move,
    "start": move,
    "up": up,
    "logs": log,
    "images": images,
    "config": config,
    "exec": execute,
    "pull": pull,
    "ls": ls,
    "version": ps,
}
