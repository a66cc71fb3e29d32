"""Compose's listing as ctrl-api passes it on: PascalCase rows, running ones only (3.1)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from alfred_tui.sim import catalogue as cat
from alfred_tui.sim.dice import hexes, roll, shuffled
from alfred_tui.sim.faults import Active
from alfred_tui.sim.homes import Home
from alfred_tui.sim.life import Life

ONESHOTS = {
    "init": ("registry.example/alfred-init:latest", "ctrl-api"),
    "vault-init": ("registry.example/vault-cli:latest", "vaultwarden"),
    "plane-migrator": ("makeplane/plane-backend:stable", "plane-api"),
    "sure-init": ("registry.example/sure:stable", "sure-web"),
}
"""Services that ran once and are never listed as running: image, and whose sake they run for."""
GIVEN_UP = 90.0
"""Seconds after which a container that never becomes well is called unhealthy."""
LIVES = 5.0
"""Seconds that a container of a restart loop lives."""
FIRST_WAIT, LAST_WAIT = 0.1, 60.0
"""Seconds that Docker waits before it starts such a one again, at first and at most."""
ORDERS = 4
"""Orders of labels that a row is seen with."""


def rows(life: Life, t: float, faults: list[Active], told: float) -> list[bytes]:
    """The rows of what is listed at ``t`` as JSON; ``told`` is the tenant's own clock.

    The order of a row's labels falls anew for every millisecond, as Go's maps have none; it
    follows from the moment alone, so the same moment gives the same bytes.
    """
    home = life.person.home
    dice = roll(life.person.name, "labels", int(t * 1000))
    found = []
    for number, name in enumerate(life.person.services):
        present = life.at(name, t)
        if present is None:
            continue
        mine = of(name, faults)
        up = t - present.started
        state, health, status = _condition(name, up, t, mine, life)
        ident = life.container_id(name, present.created)
        made = datetime.fromtimestamp(present.created + told - t, UTC)
        head, tail = frame(home, name, ident, present.image, (dice >> number) % ORDERS)
        found.append(
            f'{{"Command":{command(name)},"CreatedAt":"{made:%Y-%m-%d %H:%M:%S} +0000 UTC",'
            f'"ExitCode":0,"Health":"{health}","ID":"{ident}",{head}'
            f'"RunningFor":"{human(t - present.created)} ago",{tail}'
            f'"State":"{state}","Status":"{status}"}}'.encode()
        )
    return found


def join(listed: list[bytes]) -> bytes:
    """Rows as one JSON array."""
    return b"[" + b",".join(listed) + b"]"


def of(name: str, faults: Iterable[Active]) -> list[Active]:
    """The faults that strike a service: a bad image strikes all that are made of it."""
    return [
        fault
        for fault in faults
        if fault.about == name
        or (fault.kind == "image-regression" and name in cat.of_one_image(fault.about))
    ]


def condition(life: Life, name: str, t: float, faults: Iterable[Active]) -> tuple[str, str, str]:
    """``State``, ``Health`` and ``Status`` of a listed service."""
    present = life.at(name, t)
    assert present is not None
    return _condition(name, t - present.started, t, of(name, faults), life)


def state(life: Life, name: str, t: float, faults: Iterable[Active]) -> str:
    """``running``, ``restarting`` or ``paused``; empty when it is not listed."""
    present = life.at(name, t)
    if present is None:
        return ""
    return _condition(name, t - present.started, t, of(name, faults), life)[0]


def healthy(life: Life, name: str, t: float, faults: list[Active]) -> bool:
    """Whether a listed service passes its healthcheck at ``t``, or has none and just runs."""
    present = life.at(name, t)
    if present is None:
        return False
    found, health, _ = _condition(name, t - present.started, t, of(name, faults), life)
    return found == "running" and health in ("", "healthy")


def _condition(
    name: str, up: float, t: float, faults: list[Active], life: Life
) -> tuple[str, str, str]:
    """``State``, ``Health`` and ``Status``."""
    bad = {fault.sort for fault in faults if fault.kind == "image-regression"}
    kinds = bad | {fault.kind for fault in faults}
    begun = [f.since for f in faults if "restart-loop" in (f.kind, f.sort)]
    if begun:
        _, up = _turns(t - max(begun))
        ago = up - LIVES
        if ago >= 0:
            return "restarting", "", f"Restarting (1) {human(ago)} ago"
    if "service-paused" in kinds:
        return "paused", "", f"Up {human(up)} (Paused)"
    if "starting" in kinds or ("unhealthy" in bad and up < GIVEN_UP):
        return "running", "starting", f"Up {human(up)} (health: starting)"
    if not cat.SERVICES[name].health:
        health = "unhealthy" if "unhealthy" in kinds else ""
    elif "unhealthy" in kinds:
        health = "unhealthy"
    elif up < 60 and t < life.healthy_at(name, t - up):
        return "running", "starting", f"Up {human(up)} (health: starting)"
    else:
        health = "healthy"
    return "running", health, f"Up {human(up)}" + (f" ({health})" if health else "")


def looping(life: Life, name: str, t: float, faults: Iterable[Active]) -> tuple[int, float] | None:
    """How often Docker has started a looping container again, and how long ago last.

    None when the service's container is not in a loop.
    """
    begun = [f.since for f in of(name, faults) if "restart-loop" in (f.kind, f.sort)]
    if not begun or life.at(name, t) is None:
        return None
    return _turns(t - max(begun))


def _turns(elapsed: float) -> tuple[int, float]:
    """How often a looping container was started again, and how long ago it was last.

    Docker waits twice as long after each death of one that lived for less than ten seconds.
    """
    wait, count = FIRST_WAIT, 0
    while wait < LAST_WAIT and elapsed >= LIVES + wait:
        elapsed -= LIVES + wait
        wait = min(LAST_WAIT, 2 * wait)
        count += 1
    more, turn = divmod(elapsed, LIVES + wait)
    return count + int(more), turn


def known_as(name: str) -> cat.Service:
    """What is known of a service, one-shots too."""
    if name in cat.SERVICES:
        return cat.SERVICES[name]
    return cat.Service(name, ONESHOTS[name][0], "/bin/sh -c '/init.sh", health=False)


@lru_cache(maxsize=256)
def command(name: str) -> str:
    """What a service's container runs, as Compose cuts it, in JSON."""
    return json.dumps(f'"{known_as(name).command}…"', ensure_ascii=False)


@lru_cache(maxsize=100_000)
def frame(home: Home, name: str, ident: str, image: str, order: int) -> tuple[str, str]:
    """What does not change while a container lives: before and after ``RunningFor``."""
    known = known_as(name)
    ports = {7233: (7233, 8233)}.get(known.port, (known.port,) if known.port else ())
    publishers = [
        {"URL": "127.0.0.1", "TargetPort": p, "PublishedPort": p, "Protocol": "tcp"} for p in ports
    ]
    waits = ",".join(f"{other}:service_healthy:false" for other in known.waits_for)
    # the local image id: another one after an update, the same wherever the image is the same
    labels = [
        f"com.docker.compose.config-hash={hexes(64, name, 'config')}",
        "com.docker.compose.container-number=1",
        f"com.docker.compose.depends_on={waits}",
        f"com.docker.compose.image=sha256:{hexes(64, known.image, image)}",
        "com.docker.compose.oneoff=False",
        f"com.docker.compose.project={home.project}",
        f"com.docker.compose.project.config_files={home.file}",
        f"com.docker.compose.project.working_dir={home.folder}",
        f"com.docker.compose.service={name}",
        "com.docker.compose.version=2.40.3",
    ]
    mounts = [f"{home.data[:14]}…"] * known.mounts
    head = {
        "Image": known.image,
        "Labels": ",".join(shuffled(labels, ident, order)),
        "LocalVolumes": "0",
        "Mounts": ",".join(mounts),
        "Name": f"{home.project}-{name}-1",
        "Names": f"{home.project}-{name}-1",
        "Networks": f"{home.project}_default",
        "Ports": ", ".join(f"127.0.0.1:{p}->{p}/tcp" for p in ports),
        "Project": home.project,
        "Publishers": publishers,
    }
    tail = {"Service": name, "Size": "0B"}
    return _inner(head), _inner(tail)


def _inner(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))[1:-1] + ","


def human(seconds: float) -> str:
    """Docker's words for a duration, rounded as Docker rounds."""
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        whole = int(seconds)
        return f"{whole} second" + ("s" if whole != 1 else "")
    minutes = int(seconds // 60)
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    days = int(seconds // 86400)
    if days < 14:
        return f"{days} days"
    return f"{days // 7} weeks" if days < 60 else f"{days // 30} months"
