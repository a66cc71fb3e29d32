"""The images of what runs on a tenant with their registry digests: one command over SSH.

A digest is known to the local image only (``docker inspect``, real-parts.md 10): neither the API
nor ``docker compose images`` tells it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from alfred_tui.model.images import Image
from alfred_tui.model.text import clean
from alfred_tui.tenant.ssh.command import Command, script

if TYPE_CHECKING:
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.tenant.ssh.door import SshDoor

LIMIT = 30.0
"""Seconds: Docker answers both questions in less than one, on a machine that is not in trouble."""
_SERVICE = '{{index .Config.Labels "com.docker.compose.service"}}'
_CONTAINER = f"{_SERVICE} {{{{.Image}}}} {{{{.Config.Image}}}}"
_DIGESTS = "{{.Id}} {{json .RepoDigests}}"
# what goes away while it is asked about ends it: that is a moment of change, and no good one
_SCRIPT = f"""ids=$(docker ps --quiet --no-trunc) || exit
[ -n "$ids" ] || exit 0
docker inspect --type container --format '{_CONTAINER}' $ids || exit
images=$(docker inspect --type container --format '{{{{.Image}}}}' $ids) || exit
echo
docker image inspect --format '{_DIGESTS}' $images"""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_ID = re.compile(r"sha256:[0-9a-f]{64}")
_DIGEST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*@sha256:[0-9a-f]{64}")


def command() -> Command:
    """What is run: prints a line for each container, an empty one, a line for each image."""
    return script(_SCRIPT)


async def images(door: SshDoor, tenant: Tenant) -> list[Image]:
    """The image of every running service of any compose project, by service.

    Raises:
        SshError: it could not be asked, or Docker did not answer.
    """
    done = await door.run(tenant, command(), check=True, limit=LIMIT)
    return read(done.text)


def read(text: str) -> list[Image]:
    """What the command printed, by service; of replicas on several images each of them.

    Lines that no Docker prints are left out.
    """
    containers, _, told = text.partition("\n\n")
    digests = dict(filter(None, map(_digests, told.splitlines())))
    found = {}
    for line in containers.splitlines():
        service, image_id, reference = [*line.split(" ", 2), "", ""][:3]
        # one that is no compose project's has no service
        if _NAME.fullmatch(service) and _ID.fullmatch(image_id) and image_id in digests:
            image = Image(service, clean(reference, 200), image_id, digests[image_id])
            found[service, image_id] = image
    return [found[key] for key in sorted(found)]


def _digests(line: str) -> tuple[str, tuple[str, ...]] | None:
    image_id, _, listed = line.partition(" ")
    if not _ID.fullmatch(image_id):
        return None
    try:
        names = msgspec.json.decode(listed, type=list[str] | None)
    except msgspec.MsgspecError:
        return None
    return image_id, tuple(sorted(filter(_DIGEST.fullmatch, names or ())))
