"""Programs that tell of files: ``ls``, ``stat``, ``readlink``."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from alfred_tui.sim.ssh.coreutils import split
from alfred_tui.sim.ssh.files import ABSENT, DENIED, Node
from alfred_tui.sim.ssh.shell import Job


async def ls(job: Job) -> int:
    """``ls [-a] [-l] [-d]``."""
    letters, names = split(job.words[1:])
    code = 0
    for name in names or ["."]:
        path = job.shell.path(name)
        node = job.box.files.find(path)
        if node is None:
            code = job.fail(f"ls: cannot access '{name}': {ABSENT}", 2)
        elif node.folder and "d" not in letters and not node.allows(job.shell.who, 4):
            code = job.fail(f"ls: cannot open directory '{name}': {DENIED}", 2)
        else:
            if len(names) > 1 and node.folder:
                job.say(f"{name}:")
            _list(job, path, name, node, letters)
    return code


def _list(job: Job, path: str, name: str, node: Node, letters: str) -> None:
    rows = {name: node}
    if node.folder and "d" not in letters:
        found = job.box.files.names(path)
        shown = [n for n in found if "a" in letters.lower() or not n.startswith(".")]
        rows = {n: job.box.files.nodes[posixpath.join(path, n)] for n in shown}
        if "l" in letters:
            job.say(f"total {4 * len(rows)}")
    for label, row in rows.items():
        job.say(_long(label, row) if "l" in letters else label)


def _long(label: str, node: Node) -> str:
    size = 4096 if node.folder else len((node.text or node.link).encode())
    when = datetime.fromtimestamp(node.changed, UTC)
    arrow = f" -> {node.link}" if node.link else ""
    count = 2 if node.folder else 1
    return (
        f"{rights(node)} {count} {node.owner} {node.owner} {size:>5} "
        f"{when:%b} {when.day:>2} {when:%H:%M} {label}{arrow}"
    )


def rights(node: Node) -> str:
    """``drwxr-xr-x``."""
    kind = "l" if node.link else "d" if node.folder else "-"
    return kind + "".join(
        letter if node.mode & bit else "-"
        for letter, bit in zip("rwxrwxrwx", (256, 128, 64, 32, 16, 8, 4, 2, 1), strict=True)
    )


async def stat(job: Job) -> int:
    """``stat -c FORMAT NAME`` with ``%n %s %a %U %u %Y %F``."""
    words = job.words[1:]
    if len(words) < 3 or words[0] not in ("-c", "--format"):
        return job.fail("stat: missing operand")
    for name in words[2:]:
        node = job.box.files.find(job.shell.path(name), follow=False)
        if node is None:
            return job.fail(f"stat: cannot statx '{name}': {ABSENT}")
        told = {
            "%n": name,
            "%s": str(4096 if node.folder else len((node.text or "").encode())),
            "%a": f"{node.mode:o}",
            "%U": node.owner,
            "%u": "1000" if node.owner == "deploy" else "0",
            "%Y": str(int(node.changed)),
            "%F": "directory" if node.folder else "regular file",
        }
        text = words[1]
        for sign, value in told.items():
            text = text.replace(sign, value)
        job.say(text)
    return 0


async def readlink(job: Job) -> int:
    """``readlink [-f] NAME``."""
    letters, names = split(job.words[1:])
    for name in names:
        path = job.shell.path(name)
        node = job.box.files.find(path, follow=False)
        if "f" in letters:
            job.say(
                posixpath.join(posixpath.dirname(path), node.link) if node and node.link else path
            )
        elif node is None or not node.link:
            return 1
        else:
            job.say(node.link)
    return 0


async def names(job: Job) -> int:
    """``basename`` and ``dirname``."""
    part = posixpath.basename if job.words[0] == "basename" else posixpath.dirname
    job.say(part(job.words[1].rstrip("/")) or ".")
    return 0


PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "ls": ls,
    "stat": stat,
    "readlink": readlink,
    "basename": names,
    "dirname": names,
}
