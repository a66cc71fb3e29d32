"""Which program a command's name means on the box, and who is refused it."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable

from alfred_tui.sim.ssh import (
    builtin,
    compose,
    coreutils,
    docker,
    folders,
    host,
    journal,
    scripts,
    sudo,
    systemctl,
    texts,
)
from alfred_tui.sim.ssh.files import ABSENT, DENIED
from alfred_tui.sim.ssh.shell import Gone, Job

Program = Callable[[Job], Awaitable[int]]

PROGRAMS: dict[str, Program] = {
    **coreutils.PROGRAMS,
    **folders.PROGRAMS,
    **texts.PROGRAMS,
    **host.PROGRAMS,
    **docker.PROGRAMS,
    **systemctl.PROGRAMS,
    **journal.PROGRAMS,
    **sudo.PROGRAMS,
    **scripts.PROGRAMS,
}
docker.COMPOSE.append(compose.compose)
SIGPIPE = 141
FOLDERS = ("/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")


async def call(job: Job) -> int:
    """Run the command that a job names; its exit code, 127 when there is none."""
    name = job.words[0]
    if name in builtin.BUILTINS and name not in builtin.SHELLS:
        return await builtin.BUILTINS[name](job)
    try:
        return await _program(job, name)
    except Gone:
        # it dies alone; a shell that wrote the same itself would die as a whole
        return SIGPIPE


async def _program(job: Job, name: str) -> int:
    if "/" in name:
        return await _by_path(job, name)
    program = PROGRAMS.get(name) or builtin.BUILTINS.get(name)
    if program is None:
        word = "not found" if job.shell.name.startswith("sh:") else "command not found"
        return job.fail(f"{job.shell.name}: {name}: {word}", 127)
    return await program(job)


async def _by_path(job: Job, name: str) -> int:
    path = job.shell.path(name)
    folder, base = posixpath.split(path)
    if folder in FOLDERS and (base in PROGRAMS or base in builtin.SHELLS):
        return await _program(job, base)
    node = job.box.files.find(path)
    if node is None or node.text is None:
        what = ABSENT if node is None else "Is a directory"
        return job.fail(f"{job.shell.name}: {name}: {what}", 127 if node is None else 126)
    if not node.allows(job.shell.who, 1):
        return job.fail(f"{job.shell.name}: {name}: {DENIED}", 126)
    return await scripts.run(job, path)


def known(name: str) -> str:
    """Where a program is, empty when there is none."""
    if name in builtin.BUILTINS:
        return name
    return f"/usr/bin/{name}" if name in PROGRAMS else ""


builtin.KNOWN.append(known)
