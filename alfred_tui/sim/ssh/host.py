"""What tells of the machine itself: disks, memory, time, who one is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from alfred_tui.sim import machine
from alfred_tui.sim.ssh import proc
from alfred_tui.sim.ssh.coreutils import split
from alfred_tui.sim.ssh.gotemplate import columns
from alfred_tui.sim.ssh.shell import Job

GIB = 1024 * 1024
"""Blocks of 1,024 bytes in a GiB."""
KINDS = {"udev": "devtmpfs", "tmpfs": "tmpfs"}
"""Of filesystems that are no disk's."""
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def disks(job: Job) -> list[tuple[str, int, int, str]]:
    """Device, blocks, used blocks and mount point, as the host sees them."""
    asked = job.asked
    person = asked.person
    share = machine.disk_percent(person, asked.t, asked.world.epoch, asked.faults)
    root, volume = machine.ROOT_GIB * GIB, machine.VOLUME_GIB * GIB
    beside = [("udev", 8 * GIB, 0, "/dev"), ("tmpfs", 2 * GIB, 1200, "/run")]
    if not person.home.encrypted:
        return [("/dev/sda1", root, int(root * share / 100), "/"), *beside]
    return [
        ("/dev/sda1", root, root * person.root_disk // 100, "/"),
        *beside,
        ("/dev/mapper/alfred-data", volume, int(volume * share / 100), "/mnt/encrypted"),
    ]


async def df(job: Job) -> int:
    """``df [-P] [-T] [-h] [-l] [-B1] [PATH...]``."""
    letters, names = split(job.words[1:])
    await job.takes(0.01)
    found = disks(job)
    wanted = []
    for name in names:
        path = job.shell.path(name)
        if job.box.files.find(path) is None:
            return job.fail(f"df: {name}: No such file or directory")
        fits = [row for row in found if path == row[3] or path.startswith(row[3].rstrip("/") + "/")]
        wanted.append(max(fits, key=lambda row: len(row[3])))
    kinds = "T" in letters
    lines = [["Filesystem", *(["Type"] if kinds else []), *_heads(letters), "Mounted on"]]
    for device, blocks, used, mount in wanted or found:
        sizes = [_blocks(n, letters) for n in (blocks, used, blocks - used)]
        percent = -(-100 * used // blocks)
        kind = [KINDS.get(device, "ext4")] if kinds else []
        lines.append([device, *kind, *sizes, f"{percent}%", mount])
    for line in columns(lines, 2):
        job.say(line)
    return 0


def _heads(letters: str) -> list[str]:
    if "h" in letters:
        return ["Size", "Used", "Avail", "Use%"]
    share = "Capacity" if "P" in letters else "Use%"
    bytes_ = "1-blocks" if "P" in letters else "1B-blocks"
    whole = bytes_ if "B1" in letters else "1024-blocks" if "P" in letters else "1K-blocks"
    return [whole, "Used", "Available", share]


def _blocks(count: int, letters: str) -> str:
    if "B1" in letters:
        return str(count * 1024)
    if "h" not in letters:
        return str(count)
    return f"{-(-count // GIB)}G" if count >= GIB else f"{count / 1024:.1f}M" if count else "0"


async def free(job: Job) -> int:
    """``free [-m] [-b] [-k]``."""
    letters, _ = split(job.words[1:])
    total, used, unused, cached, left = proc.memory(job)
    factor = {"b": 1024 * 1024, "m": 1}.get(letters[:1], 1024)
    figures = [n * factor for n in (total, used, unused, 8, cached + 60, left)]
    heads = ("total", "used", "free", "shared", "buff/cache", "available")
    job.say(" " * 7 + "".join(f"{head:>12}" for head in heads).removeprefix(" "))
    job.say("Mem:   " + "".join(f"{n:>12}" for n in figures).removeprefix(" "))
    job.say("Swap:  " + "".join(f"{n:>12}" for n in (0, 0, 0)).removeprefix(" "))
    return 0


async def uptime(job: Job) -> int:
    """``uptime``, ``uptime -p``, ``uptime -s``."""
    asked = job.asked
    letters, _ = split(job.words[1:])
    seconds = asked.person.age + asked.t - asked.world.epoch
    now = datetime.fromtimestamp(asked.t + asked.told, UTC)
    if "p" in letters:
        job.say(machine.up(seconds))
    elif "s" in letters:
        job.say(f"{datetime.fromtimestamp(asked.t + asked.told - seconds, UTC):%Y-%m-%d %H:%M:%S}")
    else:
        days, rest = divmod(int(seconds), 86_400)
        text = ", ".join(f"{load:.2f}" for load in proc.loads(job))
        up = f"{days} days, {rest // 3600:2}:{rest // 60 % 60:02}"
        job.say(f" {now:%H:%M:%S} up {up},  1 user,  load average: {text}")
    return 0


async def date(job: Job) -> int:
    """``date [-u] [+FORMAT]``, ``date -Is``, by the tenant's clock."""
    asked = job.asked
    now = datetime.fromtimestamp(asked.t + asked.told, UTC)
    shape = next((word[1:] for word in job.words[1:] if word.startswith("+")), "")
    if any(word.startswith(("-I", "--iso-8601")) for word in job.words[1:]):
        job.say(f"{now:%Y-%m-%dT%H:%M:%S}+00:00")
    elif shape:
        told = shape.replace("%N", f"{now.microsecond * 1000:09d}")
        told = told.replace("%s", str(int(now.timestamp()))).replace("%:z", "+00:00")
        job.say(now.strftime(told))
    else:
        job.say(f"{now:%a %b} {now.day:>2} {now:%H:%M:%S} UTC {now.year}")
    return 0


async def hostname(job: Job) -> int:
    """``hostname``."""
    job.say(job.box.name)
    return 0


async def whoami(job: Job) -> int:
    """``whoami``."""
    job.say(job.shell.who)
    return 0


async def ident(job: Job) -> int:
    """``id``, ``id -u``, ``id -un``."""
    letters, _ = split(job.words[1:])
    root = job.shell.who == "root"
    if "u" in letters or "g" in letters:
        job.say(job.shell.who if "n" in letters else "0" if root else "1000")
    elif root:
        job.say("uid=0(root) gid=0(root) groups=0(root)")
    else:
        job.say("uid=1000(deploy) gid=1000(deploy) groups=1000(deploy),27(sudo),998(docker)")
    return 0


async def uname(job: Job) -> int:
    """``uname``."""
    parts = {"s": "Linux", "n": job.box.name, "r": "6.1.0-28-amd64", "m": "x86_64"}
    letters, _ = split(job.words[1:])
    wanted = "snrm" if "a" in letters else letters or "s"
    job.say(" ".join(parts[letter] for letter in "snrm" if letter in wanted))
    return 0


async def nproc(job: Job) -> int:
    """``nproc``."""
    job.say("4" if job.box.person.server_type == "cx33" else "16")
    return 0


async def printenv(job: Job) -> int:
    """``printenv`` and ``env``."""
    from alfred_tui.sim.ssh.commands import call

    words = job.words[1:]
    if job.words[0] == "env" and words:
        shell = job.shell.child()
        while words and "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            shell.env[name] = value
        if words:
            return await call(Job(shell, words, job.io))
        job = Job(shell, ["env"], job.io)
    if words:
        job.say(job.shell.env.get(words[0], ""))
        return int(words[0] not in job.shell.env)
    for name, value in job.shell.env.items():
        job.say(f"{name}={value}")
    return 0


async def sleep(job: Job) -> int:
    """``sleep``."""
    await job.takes(sum(map(_seconds, job.words[1:])))
    return 0


def _seconds(word: str) -> float:
    match = re.fullmatch(r"([\d.]+)([smhd]?)", word)
    return float(match[1]) * UNITS[match[2]] if match else 0.0


async def timeout(job: Job) -> int:
    """``timeout SECONDS COMMAND...``, and ``nohup``, which changes nothing here."""
    from alfred_tui.sim.ssh.commands import call

    words = job.words[1:]
    while words and words[0].startswith("-"):
        words.pop(0)
    limit = _seconds(words.pop(0)) if job.words[0] == "timeout" and words else float("inf")
    if not words:
        return job.fail(f"{job.words[0]}: missing operand", 125)
    code = await _limited(job, words, limit) if limit != float("inf") else None
    return await call(Job(job.shell, words, job.io)) if code is None else code


async def _limited(job: Job, words: list[str], limit: float) -> int:
    """Run a command whose time is up after ``limit`` seconds: then it is 124."""
    from alfred_tui.sim.ssh.commands import call
    from alfred_tui.sim.ssh.shell import Moment

    outer = job.shell.moment

    class UpError(Exception):
        """Its time is up."""

    async def wait(seconds: float) -> None:
        left = outer.t + limit - own.t
        await outer.wait(min(seconds, left))
        if seconds > left:
            raise UpError

    own = Moment(outer.t, wait)
    try:
        return await call(Job(job.shell.child(moment=own), words, job.io))
    except UpError:
        own.t = outer.t + limit
        return 124
    finally:
        outer.t = own.t


async def flock(job: Job) -> int:
    """``flock [-w SECONDS] PATH COMMAND...``: one at a time."""
    from alfred_tui.sim.ssh.commands import call

    words = job.words[1:]
    waits = float("inf")
    if words[:1] == ["-w"] and len(words) > 1:
        waits = _seconds(words[1])
        words = words[2:]
    if len(words) < 2:
        return job.fail("flock: requires file descriptor, file or directory", 64)
    path, held = job.shell.path(words[0]), job.box.locked
    begin = job.t
    while path in held:
        if job.t - begin >= waits:
            return 1
        await job.takes(0.02)
    held.add(path)
    try:
        return await call(Job(job.shell.child(), words[1:], job.io))
    finally:
        held.discard(path)


PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "df": df,
    "free": free,
    "uptime": uptime,
    "date": date,
    "hostname": hostname,
    "whoami": whoami,
    "id": ident,
    "uname": uname,
    "nproc": nproc,
    "printenv": printenv,
    "env": printenv,
    "sleep": sleep,
    "timeout": timeout,
    "nohup": timeout,
    "flock": flock,
}
