"""``docker inspect``: a container and an image in all their keys."""

from __future__ import annotations

import copy
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from alfred_tui.sim import containers, standing
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.standing import Stand

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

NEVER = "0001-01-01T00:00:00Z"


@cache
def _frames() -> dict[str, Any]:
    """The keys that are the same in every container and image of a tenant."""
    text = files("alfred_tui.sim.ssh").joinpath("inspected.json").read_text("utf-8")
    frames: dict[str, Any] = json.loads(text)
    return frames


def of(asked: Asked, stands: list[Stand], name: str, only: str) -> dict[str, Any] | None:
    """The object of a container or an image; ``only``: of ``image`` or ``container``."""
    if only != "image":
        for stand in stands:
            if name == stand.name or (len(name) >= 4 and stand.whole.startswith(name)):
                return container(asked, stand)
    if only != "container":
        for stand in stands:
            if is_image(stand, name):
                return image(asked, stand)
    return None


def is_image(stand: Stand, name: str) -> bool:
    """Whether an image's name, digest or id means what a container is made of."""
    bare = stand.reference.rsplit(":", 1)[0]
    names = (stand.reference, bare, stand.image_id, standing.digest(stand.service, stand.image))
    digits = name.removeprefix("sha256:")
    by_id = len(digits) >= 4 and stand.image_id[7:].startswith(digits)
    return name in names or by_id


def container(asked: Asked, stand: Stand) -> dict[str, Any]:
    """One container."""
    whole = copy.deepcopy(_frames()["container"])
    row = standing.row(stand, asked.t, asked.told)
    labels = dict(pair.split("=", 1) for pair in _pairs(row["Labels"]))
    command = containers.known_as(stand.service).command
    path, *rest = command.split()
    place = f"/var/lib/docker/containers/{stand.whole}"
    whole |= {
        "Id": stand.whole,
        "Created": stamp(stand.created + asked.told, 9),
        "Path": path,
        "Args": rest,
        "State": _state(asked, stand),
        "Image": stand.image_id,
        "ResolvConfPath": f"{place}/resolv.conf",
        "HostnamePath": f"{place}/hostname",
        "HostsPath": f"{place}/hosts",
        "LogPath": f"{place}/{stand.whole}-json.log",
        "Name": f"/{stand.name}",
        "RestartCount": stand.restarts,
    }
    if stand.service in containers.ONESHOTS:
        whole["HostConfig"]["RestartPolicy"]["Name"] = "no"
    whole["Config"] |= {
        "Hostname": stand.ident,
        "Image": stand.reference,
        "Cmd": [path, *rest],
        "Labels": labels,
    }
    layer = f"/var/lib/docker/overlay2/{hexes(64, stand.whole, 'layer')}"
    for key, name in (("MergedDir", "merged"), ("UpperDir", "diff"), ("WorkDir", "work")):
        whole["GraphDriver"]["Data"][key] = f"{layer}/{name}"
    networks = whole["NetworkSettings"]["Networks"]
    network = networks.pop("compose_default")
    networks[f"{stand.home.project}_default"] = network
    network["Aliases"] = [stand.name, stand.service, stand.ident]
    return dict(whole)


def _pairs(labels: str) -> list[str]:
    """Labels apart: a value may hold commas, and then no ``com.docker`` follows."""
    found: list[str] = []
    for piece in labels.split(","):
        if piece.startswith("com.docker."):
            found.append(piece)
        else:
            found[-1] += f",{piece}"
    return found


def _state(asked: Asked, stand: Stand) -> dict[str, Any]:
    running = stand.state in ("running", "paused", "restarting")

    def shown(t: float) -> str:
        return stamp(t + asked.told, 9) if t else NEVER

    state: dict[str, Any] = {
        "Status": stand.state,
        "Running": running,
        "Paused": stand.state == "paused",
        "Restarting": stand.state == "restarting",
        "OOMKilled": stand.oom,
        "Dead": False,
        "Pid": 0 if stand.state not in ("running", "paused") else 1000 + roll(stand.whole) % 30_000,
        "ExitCode": stand.code,
        "Error": "",
        "StartedAt": shown(stand.started),
        "FinishedAt": shown(stand.finished),
    }
    if stand.health:
        streak = 3 if stand.health == "unhealthy" else 0
        state["Health"] = {"Status": stand.health, "FailingStreak": streak, "Log": []}
    return state


def image(asked: Asked, stand: Stand) -> dict[str, Any]:
    """One image."""
    whole = copy.deepcopy(_frames()["image"])
    whole |= {
        "Id": stand.image_id,
        "RepoTags": [stand.reference],
        "RepoDigests": [standing.digest(stand.service, stand.image)],
        "Created": stamp(stand.created - 3600 - roll(stand.image_id) % 40_000, 9),
        "Size": size(stand),
    }
    return dict(whole)


def size(stand: Stand) -> int:
    """How many bytes an image has."""
    return 40_000_000 + roll(stand.image_id) % 900_000_000


def listed(stand: Stand) -> dict[str, Any]:
    """An image as ``docker images`` lists it."""
    repository, tag = stand.reference.rsplit(":", 1)
    return {
        "Containers": "N/A",
        "Digest": standing.digest(stand.service, stand.image).split("@")[1],
        "ID": stand.image_id[7:19],
        "Repository": repository,
        "Size": f"{size(stand) / 1e6:.3g}MB",
        "Tag": tag,
    }
