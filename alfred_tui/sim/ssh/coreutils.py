"""Small programs about files: reading, making, moving and removing them."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable

from alfred_tui.sim.ssh import proc
from alfred_tui.sim.ssh.files import ABSENT, DENIED, EXISTS, IS_DIR, Node, Trouble
from alfred_tui.sim.ssh.shell import Job


def split(words: list[str]) -> tuple[str, list[str]]:
    """The letters of short options (long ones as a word between blanks), and the other words."""
    letters, others, over = "", [], False
    for word in words:
        if over or not word.startswith("-") or word == "-":
            others.append(word)
        elif word == "--":
            over = True
        else:
            letters += f" {word[2:]} " if word.startswith("--") else word[1:]
    return letters, others


async def cat(job: Job) -> int:
    """``cat``."""
    code = 0
    for name in split(job.words[1:])[1] or ["-"]:
        try:
            job.io.out(await contents(job, name))
        except Trouble as trouble:
            code = job.fail(f"cat: {name}: {trouble}")
    return code


async def contents(job: Job, name: str) -> str:
    """What a file holds, or stdin for ``-``.

    Raises:
        Trouble: it cannot be read.
    """
    if name == "-":
        return await job.io.stdin.read()
    if name == "/dev/null":
        return ""
    if (told := proc.FILES.get(job.shell.path(name))) is not None:
        return told(job)
    return job.box.files.read(job.shell.path(name), job.shell.who)


async def mkdir(job: Job) -> int:
    """``mkdir [-p] [-m MODE]``: without ``-p`` it fails when the folder is there."""
    words = job.words[1:]
    mode: int | None = None
    if "-m" in words[:-1]:
        at = words.index("-m")
        mode = int(words[at + 1], 8)
        words = words[:at] + words[at + 2 :]
    letters, names = split(words)
    code = 0
    for name in names:
        path = job.shell.path(name)
        try:
            if "p" in letters:
                _make_all(job, path)
            else:
                job.box.files.make_folder(path, job.shell.who, job.t)
        except Trouble as trouble:
            code = job.fail(f"mkdir: cannot create directory ‘{name}’: {trouble}")
            continue
        if mode is not None and (node := job.box.files.find(path)) is not None:
            node.mode = mode
    return code


def _make_all(job: Job, path: str) -> None:
    parts = path.strip("/").split("/")
    for count in range(1, len(parts) + 1):
        above = "/" + "/".join(parts[:count])
        node = job.box.files.find(above)
        if node is None:
            job.box.files.make_folder(above, job.shell.who, job.t)
        elif not node.folder:
            raise Trouble("Not a directory")


async def rmdir(job: Job) -> int:
    """``rmdir``."""
    code = 0
    for name in split(job.words[1:])[1]:
        path, tree = job.shell.path(name), job.box.files
        node = tree.find(path, follow=False)
        why = ABSENT if node is None else "" if node.folder else "Not a directory"
        if not why and tree.names(path):
            why = "Directory not empty"
        try:
            if not why:
                tree.remove(path, job.shell.who)
        except Trouble as trouble:
            why = str(trouble)
        code = job.fail(f"rmdir: failed to remove '{name}': {why}") if why else code
    return code


async def rm(job: Job) -> int:
    """``rm [-r] [-f]``."""
    letters, names = split(job.words[1:])
    code = 0
    for name in names:
        path, tree = job.shell.path(name), job.box.files
        node = tree.find(path, follow=False)
        if node is None and "f" in letters:
            continue
        why = IS_DIR if node is not None and node.folder and "r" not in letters.lower() else ""
        try:
            if not why:
                tree.remove(path, job.shell.who)
        except Trouble as trouble:
            why = str(trouble)
        code = job.fail(f"rm: cannot remove '{name}': {why}") if why else code
    return code


async def mv(job: Job) -> int:
    """``mv``: over a file that is there, into a folder; ``-n`` leaves what is there."""
    letters, names = split(job.words[1:])
    if len(names) < 2:
        return job.fail("mv: missing file operand")
    tree, goal = job.box.files, job.shell.path(names[-1])
    node = tree.find(goal)
    for name in names[:-1]:
        inside = node is not None and node.folder and "T" not in letters
        target = posixpath.join(goal, posixpath.basename(name)) if inside else goal
        if "n" in letters and tree.find(target) is not None:
            continue
        try:
            tree.move(job.shell.path(name), target, job.shell.who)
        except Trouble as trouble:
            if str(trouble) == ABSENT:
                return job.fail(f"mv: cannot stat '{name}': {trouble}")
            return job.fail(f"mv: cannot move '{name}' to '{names[-1]}': {trouble}")
    return 0


async def cp(job: Job) -> int:
    """``cp`` of one file."""
    _, names = split(job.words[1:])
    if len(names) != 2:
        return job.fail("cp: missing file operand")
    tree, goal = job.box.files, job.shell.path(names[1])
    node = tree.find(goal)
    if node is not None and node.folder:
        goal = posixpath.join(goal, posixpath.basename(names[0]))
    try:
        text = tree.read(job.shell.path(names[0]), job.shell.who)
        tree.write(goal, text, job.shell.who, job.t)
    except Trouble as trouble:
        return job.fail(f"cp: cannot create regular file '{names[1]}': {trouble}")
    return 0


async def ln(job: Job) -> int:
    """``ln [-s] [-f] TARGET NAME``; it fails when the name is taken."""
    letters, names = split(job.words[1:])
    if len(names) != 2:
        return job.fail("ln: missing file operand")
    soft, path = "s" in letters, job.shell.path(names[1])
    target = names[0] if soft else job.shell.path(names[0])
    try:
        if "f" in letters and job.box.files.find(path, follow=False) is not None:
            job.box.files.remove(path, job.shell.who)
        job.box.files.link(target, path, job.shell.who, job.t, soft=soft)
    except Trouble as trouble:
        kind = "symbolic" if soft else "hard"
        return job.fail(f"ln: failed to create {kind} link '{names[1]}': {trouble}")
    return 0


async def touch(job: Job) -> int:
    """``touch``."""
    for name in split(job.words[1:])[1]:
        path, tree = job.shell.path(name), job.box.files
        try:
            if (node := tree.find(path)) is None:
                tree.write(path, "", job.shell.who, job.t)
            else:
                node.changed = job.t
        except Trouble as trouble:
            return job.fail(f"touch: cannot touch '{name}': {trouble}")
    return 0


async def tee(job: Job) -> int:
    """``tee [-a]``."""
    letters, names = split(job.words[1:])
    text = await job.io.stdin.read()
    code = 0
    for name in names:
        try:
            more = "a" in letters
            job.box.files.write(job.shell.path(name), text, job.shell.who, job.t, more=more)
        except Trouble as trouble:
            code = job.fail(f"tee: {name}: {trouble}")
    job.io.out(text)
    return code


async def chmod(job: Job) -> int:
    """``chmod`` with a number."""
    mode, *names = split(job.words[1:])[1] or [""]
    for name in names:
        node, why = _own(job, name)
        if node is None:
            return job.fail(f"chmod: {why}")
        if not mode.isdecimal():
            return job.fail(f"chmod: invalid mode: ‘{mode}’")
        node.mode = int(mode, 8)
    return 0


def _own(job: Job, name: str) -> tuple[Node | None, str]:
    node = job.box.files.find(job.shell.path(name))
    if node is None:
        return None, f"cannot access '{name}': {ABSENT}"
    if job.shell.who not in ("root", node.owner):
        return None, f"changing permissions of '{name}': Operation not permitted"
    return node, ""


async def chown(job: Job) -> int:
    """``chown [-R] OWNER[:GROUP] NAME...``, which takes root."""
    letters, (owner, *names) = split(job.words[1:])
    for name in names:
        path = job.shell.path(name)
        if job.box.files.find(path) is None:
            return job.fail(f"chown: cannot access '{name}': {ABSENT}")
        if job.shell.who != "root":
            return job.fail(f"chown: changing ownership of '{name}': Operation not permitted")
        for inner, node in job.box.files.nodes.items():
            if inner == path or ("R" in letters and inner.startswith(f"{path}/")):
                node.owner = "deploy" if owner.split(":")[0] in ("deploy", "1000") else "root"
    return 0


async def mktemp(job: Job) -> int:
    """``mktemp [-d]``."""
    letters, _ = split(job.words[1:])
    number = sum(path.startswith("/tmp/tmp.") for path in job.box.files.nodes)
    path = f"/tmp/tmp.{int(job.t):x}{number:04d}"
    try:
        if "d" in letters:
            job.box.files.make_folder(path, job.shell.who, job.t)
        else:
            job.box.files.write(path, "", job.shell.who, job.t, new=True)
    except Trouble as trouble:
        what = EXISTS if str(trouble) == EXISTS else DENIED
        return job.fail(f"mktemp: failed to create file via template ‘/tmp/tmp.XXXXXXXXXX’: {what}")
    job.say(path)
    return 0


PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "cat": cat,
    "mkdir": mkdir,
    "rmdir": rmdir,
    "rm": rm,
    "mv": mv,
    "cp": cp,
    "ln": ln,
    "touch": touch,
    "tee": tee,
    "chmod": chmod,
    "chown": chown,
    "mktemp": mktemp,
}
