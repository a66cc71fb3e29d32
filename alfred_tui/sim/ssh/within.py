"""What runs inside a container: the Temporal CLI, and small programs on the container's files."""

from __future__ import annotations

import posixpath

from alfred_tui.sim.ssh import coreutils, folders, temporal_cli, texts
from alfred_tui.sim.ssh.shell import Job, Leave

READER, DATA = "alfred-learn", "/alfred-data"
"""Where the worker sees Alfred's folder of the host (runbook.md 15)."""
INSIDE = {"cat", "ls", "rm", "cp", "mv", "mkdir", "rmdir", "touch", "stat", "head", "tail", "wc"}
INSIDE |= {"grep"}
PROGRAMS = coreutils.PROGRAMS | folders.PROGRAMS | texts.PROGRAMS


async def run(job: Job, service: str) -> int:
    """Run a command in a service's container; its exit code."""
    if not job.words:
        return job.fail('"docker exec" requires at least 2 arguments.')
    name = posixpath.basename(job.words[0])
    if name == "temporal" and service == "temporal":
        return await temporal_cli.temporal(Job(job.shell, ["temporal", *job.words[1:]], job.io))
    await job.takes(0.12)
    if name in ("true", "false"):
        return int(name == "false")
    if name in ("printenv", "env"):
        return _environment(job, service)
    if name in ("sh", "bash"):
        return await _shell(job, service)
    if name in INSIDE:
        words = [name, *(_outside(job, word, service) for word in job.words[1:])]
        return await PROGRAMS[name](Job(job.shell.child(cwd="/"), words, job.io))
    return job.fail(
        f'OCI runtime exec failed: exec failed: unable to start container process: exec: "{name}":'
        " executable file not found in $PATH: unknown",
        127,
    )


async def _shell(job: Job, service: str) -> int:
    """``sh -c``, of commands one after the other."""
    if job.words[1:2] != ["-c"] or len(job.words) < 3:
        return await job.shell.child().run(await job.io.stdin.read(), job.io)
    text = job.words[2]
    if service == READER:
        text = text.replace(DATA, job.box.person.home.data)
    try:
        return await job.shell.child(name="sh: 1", cwd="/").run(text, job.io)
    except Leave as left:
        return left.code


def _outside(job: Job, word: str, service: str) -> str:
    """A path of the container's as the host has it."""
    if service == READER and (word == DATA or word.startswith(f"{DATA}/")):
        return job.box.person.home.data + word[len(DATA) :]
    return f"/var/lib/docker/none{word}" if word.startswith("/") else word


def _environment(job: Job, service: str) -> int:
    known = job.box.environment(service)
    if not job.words[1:]:
        for name, value in known.items():
            job.say(f"{name}={value}")
        return 0
    missing = 0
    for name in job.words[1:]:
        if name in known:
            job.say(known[name])
        else:
            missing = 1
    return missing
