"""Programs that Alfred's installation brings: health, backups, the tunnel, the tailnet."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from alfred_tui.sim import containers, machine
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.people import DAY
from alfred_tui.sim.ssh import journal, units
from alfred_tui.sim.ssh.furniture import BACKUP, HEALTH
from alfred_tui.sim.ssh.gotemplate import columns
from alfred_tui.sim.ssh.shell import Job

KEPT = 7
"""Daily snapshots that the backup keeps."""


async def run(job: Job, path: str) -> int:
    """Run a file as a program: Alfred's scripts, or the lines of somebody's own."""
    if path in SCRIPTS:
        return await SCRIPTS[path](job)
    own = job.shell.child(name=f"{path}: line 1")
    own.words = job.words[1:]
    return await own.run(job.box.files.read(path, job.shell.who), job.io)


async def health(job: Job) -> int:
    """``healthcheck.sh``: on the host the disk is the volume, and the tunnel is seen."""
    await job.takes(0.3)
    asked = job.asked
    silent = "docker-silent" in asked.kinds
    rows = (
        [] if silent else containers.rows(asked.life, asked.t, asked.faults, asked.t + asked.told)
    )
    disk = machine.disk_percent(asked.person, asked.t, asked.world.epoch, asked.faults)
    memory = machine.memory_percent(asked.person, asked.t, asked.world.epoch, asked.faults)
    tunnel = units.stands(job.box, "cloudflared.service", asked.t).active
    job.say(
        f'{{"containers":{containers.join(rows).decode()},"disk_percent":{round(disk)},'
        f'"memory_percent":{int(memory)},"cloudflared_status":"{tunnel}"}}'
    )
    return 0


async def backup(job: Job) -> int:
    """``backup.sh``, which only root can run to its end."""
    if job.shell.who != "root":
        return job.fail("cat: /opt/alfred/restic.env: Permission denied")
    end = job.asked.life.backup_now(job.t)
    await job.takes(end - job.t)
    job.say(f"Backup complete at {stamp(job.t + job.asked.told)[:-1]}+00:00")
    return 0


async def restic(job: Job) -> int:
    """``restic snapshots [--json]``: needs the repository's variables."""
    if not job.shell.env.get("RESTIC_REPOSITORY"):
        text = "Fatal: Please specify repository location (-r or --repository-file)"
        return job.fail(text)
    if job.words[1:2] != ["snapshots"]:
        return job.fail(f'unknown command "{"".join(job.words[1:2])}" for "restic"')
    await job.takes(1.4)
    asked = job.asked
    name = f"{units.BACKUP}.service"
    made = [r for r in units.runs(asked, name, job.t - KEPT * DAY) if r.well and r.end <= job.t]
    rows = []
    for one in made:
        ident = journal.snapshot(job, one)
        row = {"time": stamp(one.begin + asked.told, 9), "paths": ["/mnt/encrypted"]}
        row |= {"hostname": job.box.name, "username": "root"}
        tags = {"tags": ["automated", job.box.name], "id": ident, "short_id": ident[:8]}
        rows.append(row | tags)
    if "--json" in job.words:
        job.say(json.dumps(rows, separators=(",", ":")))
        return 0
    table = [["ID", "Time", "Host", "Tags", "Paths"]]
    for one, ident in ((one, journal.snapshot(job, one)[:8]) for one in made):
        when = stamp(one.begin + asked.told)[:-1].replace("T", " ")
        table.append([ident, when, job.box.name, f"automated,{job.box.name}", "/mnt/encrypted"])
    for line in columns(table, 2):
        job.say(line)
    job.say(f"{len(made)} snapshots")
    return 0


async def tailscale(job: Job) -> int:
    """``tailscale status``, ``ip``, ``version``."""
    verb = next((word for word in job.words[1:] if not word.startswith("-")), "")
    there = units.stands(job.box, "tailscaled.service", job.t).active == "active"
    if not there:
        return job.fail("failed to connect to local tailscaled; it doesn't appear to be running")
    gone = any(fault.kind == "tailnet-gone" for fault in job.asked.faults)
    number = job.box.person.index
    address = f"100.64.{number // 250}.{number % 250 + 1}"
    if verb == "ip":
        job.say(address)
    elif verb == "version":
        job.say("1.78.1")
    elif verb == "status" and "--json" in job.words:
        own = {"HostName": job.box.name, "Online": not gone, "TailscaleIPs": [address]}
        job.say(json.dumps({"BackendState": "Running", "Self": own}, indent=2))
    elif verb == "status":
        job.say(f"{address}   {job.box.name}  tagged-devices  linux   {'offline' if gone else '-'}")
    else:
        return job.fail(f"tailscale: unknown subcommand: {verb}")
    return 0


async def cloudflared(job: Job) -> int:
    """``cloudflared --version``."""
    job.say("cloudflared version 2024.12.2 (built 2024-12-19-1724 UTC)")
    return 0


SCRIPTS: dict[str, Callable[[Job], Awaitable[int]]] = {HEALTH: health, BACKUP: backup}
PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "restic": restic,
    "tailscale": tailscale,
    "cloudflared": cloudflared,
}
