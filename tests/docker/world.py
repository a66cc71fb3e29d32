"""A tenant whose Docker is real: some of its services well, others in every kind of trouble.

Its ctrl-api and its sshd both reach that engine by the commands that a tenant's do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from alfred_tui.config import Paths
from alfred_tui.model.tenant import Layout, Secret, Tenant
from alfred_tui.store.store import Store
from tests.support import sshd
from tests.support.ctrl_api import KEY, CtrlApi, ctrl_api
from tests.support.docker import DOCKER, PROJECT, Docker, docker_engine, until
from tests.support.ports import free_port

WELL, CHECKED, LOOPING = "alfred", "ctrl-api", "alfred-learn"
PAUSED, UNHEALTHY, STOPPED = "ollama", "temporal", "mcp-server"
LOCAL = "vaultwarden"
"""Its image was never in a registry."""

_FILE = """\
x-usual: &usual
  network_mode: none
  stop_grace_period: 1s
  restart: unless-stopped
  command: ["sleep", "1000000"]
services:
  init: {{<<: *usual, image: "{published}", restart: "no", command: ["true"]}}
  alfred: {{<<: *usual, image: "{published}"}}
  ctrl-api:
    <<: *usual
    image: "{published}"
    healthcheck: {{test: ["CMD", "test", "-e", "/mark"], interval: 1s}}
  alfred-learn:
    <<: *usual
    image: "{published}"
    command: ["sh", "-c", "echo boom; sleep $$(cat /pace || echo 0.3); false"]
  temporal:
    <<: *usual
    image: "{published}"
    healthcheck: {{test: ["CMD", "test", "-e", "/nothing"], interval: 1s, retries: 1}}
  ollama: {{<<: *usual, image: "{published}"}}
  mcp-server: {{<<: *usual, image: "{published}"}}
  vaultwarden: {{<<: *usual, image: "local-only:latest"}}
"""

_AT_HOME = """#!/bin/sh
if [ "$1 $2 $3" = "compose -f /opt/alfred/compose/docker-compose.yaml" ]; then
  shift 3
  set -- compose -f {file} -p {project} "$@"
fi
exec {docker} "$@"
"""
"""``docker`` where the compose file is another one than on a tenant."""


class World(NamedTuple):
    """The tenant, and what is behind it; ``image`` is what all its services but one run."""

    tenant: Tenant
    docker: Docker
    api: CtrlApi
    ssh: sshd.Sshd
    image: str

    def settle(self) -> None:
        """Everything stands as it is named."""
        docker = self.docker
        if docker.said("ps", "--quiet", "--filter", "status=paused"):
            docker.compose("unpause", PAUSED)  # "up" cannot start a paused one, and fails
        docker.compose("up", "--detach", "--no-recreate")
        docker.compose("pause", PAUSED)
        docker.compose("stop", STOPPED)
        until(lambda: bool(docker.state(LOOPING)["RestartCount"]), "a restart loop")
        until(lambda: self.health(UNHEALTHY) == "unhealthy", "an unhealthy service")
        until(lambda: self.health(CHECKED) == "healthy", "a healthy service")

    def pace(self, seconds: float) -> None:
        """Seconds that each try of the one in a loop lasts, from its next one on."""
        pace = self.docker.file.with_name("pace")
        pace.write_text(f"{seconds:g}")
        self.docker.compose("cp", str(pace), f"{LOOPING}:/pace")

    def health(self, service: str) -> str:
        """Docker's own word on it."""
        found = self.docker.state(service)["Health"]
        return str(found["Status"]) if isinstance(found, dict) else ""

    def without_api(self) -> World:
        """The same, but that nothing listens where its API ought to be."""
        gone = f"http://127.0.0.1:{free_port()}"
        return self._replace(tenant=msgspec.structs.replace(self.tenant, api_url=gone))

    def stored(self, home: Path) -> Path:
        """A home whose store has this tenant."""
        store = Store.open(Paths(home))
        store.put_tenants([self.tenant])
        store.close()
        return home


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A tenant that stands as :meth:`World.settle` says."""
    sshd.needs_sshd()
    engine, box, tools = (folder / name for name in ("engine", "box", "tools"))
    engine.mkdir()
    box.mkdir()
    tools.mkdir(mode=0o755)
    with docker_engine(engine) as docker:
        image = docker.publish("alfred")
        docker.make("local-only:latest")
        docker.file.write_text(_FILE.format(published=image))
        docker.compose("pull", "--quiet", "--ignore-pull-failures")
        server = sshd.Sshd(box, rooms={"engine": engine, "tools": tools})
        inside = server.place("engine")
        command = tools / "docker"
        file = f"{inside}/{docker.file.name}"
        command.write_text(_AT_HOME.format(file=file, project=PROJECT, docker=DOCKER))
        command.chmod(0o755)
        server.environment = {
            "DOCKER_HOST": f"unix://{inside}/docker.sock",
            "DOCKER_CONFIG": f"{inside}/config",
            "PATH": f"{server.place('tools')}:/usr/bin:/bin",
        }
        with ctrl_api(docker.compose_words) as api:
            try:
                server.start()
                tenant = msgspec.structs.replace(
                    server.tenant("acme"), api_url=api.url, api_key=Secret(KEY), layout=Layout.F3
                )
                made = World(tenant, docker, api, server, image)
                made.settle()
                yield made
            finally:
                server.stop()
