"""What a shell does by itself."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from alfred_tui.sim.ssh.files import ABSENT, NOT_DIR, Trouble
from alfred_tui.sim.ssh.shell import Job, Leave, Text, Turn
from alfred_tui.sim.ssh.words import NAME

KNOWN: list[Callable[[str], str]] = []
"""Who knows where programs are."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "a": "\a", "e": "\x1b"}


async def cd(job: Job) -> int:
    """``cd``."""
    name = (
        job.words[1] if len(job.words) > 1 else job.shell.env.get("HOME", job.box.person.home.entry)
    )
    path = job.shell.path(name)
    node = job.box.files.find(path)
    if node is None or not node.folder:
        why = ABSENT if node is None else NOT_DIR
        return job.fail(f"{job.shell.name}: cd: {name}: {why}")
    if not node.allows(job.shell.who, 1):
        return job.fail(f"{job.shell.name}: cd: {name}: Permission denied")
    job.shell.cwd = job.shell.env["PWD"] = path
    return 0


async def pwd(job: Job) -> int:
    """``pwd``."""
    job.say(job.shell.cwd)
    return 0


async def echo(job: Job) -> int:
    """``echo``, with ``-n`` and ``-e``."""
    words = job.words[1:]
    end, escapes = "\n", False
    while words and re.fullmatch(r"-[ne]+", words[0]):
        end = "" if "n" in words[0] else end
        escapes = escapes or "e" in words[0]
        words = words[1:]
    text = " ".join(words)
    job.io.out((_unescaped(text) if escapes else text) + end)
    return 0


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), text)


async def printf(job: Job) -> int:
    """``printf`` with ``%s``, ``%d``, ``%q``, ``%b``; its format is used until all is said."""
    if len(job.words) < 2:
        return job.fail(f"{job.shell.name}: printf: usage: printf [-v var] format [arguments]", 2)
    words = job.words[2:]
    shape = _unescaped(job.words[1])
    while True:
        text, used = _formed(shape, words)
        job.io.out(text)
        words = words[used:]
        if not words or not used:
            return 0


def _formed(shape: str, words: list[str]) -> tuple[str, int]:
    used = 0

    def put(match: re.Match[str]) -> str:
        nonlocal used
        if match[2] == "%":
            return "%"
        word = words[used] if used < len(words) else ""
        used += 1
        if match[2] == "d":
            word = word or "0"
        elif match[2] == "q":
            word = re.sub(r"([^\w@%+=:,./-])", r"\\\1", word) or "''"
        elif match[2] == "b":
            word = _unescaped(word)
        flag, width = match[1][:1], abs(int(match[1] or 0))
        if flag == "0" and match[2] == "d":
            return word.zfill(width)
        return word.ljust(width) if flag == "-" else word.rjust(width)

    return re.sub(r"%(-?\d*)([sdqb%])", put, shape), used


async def true(job: Job) -> int:
    """``true`` and ``:``."""
    return 0


async def false(job: Job) -> int:
    """``false``."""
    return 1


async def leave(job: Job) -> int:
    """``exit``.

    Raises:
        Leave: always.
    """
    raise Leave(int(job.words[1]) % 256 if len(job.words) > 1 else job.shell.status)


async def turn(job: Job) -> int:
    """``break`` and ``continue``, with how many loops are meant.

    Raises:
        Turn: in a loop.
    """
    if not job.shell.loops:
        return job.fail(
            f"{job.shell.name}: {job.words[0]}: "
            "only meaningful in a `for', `while', or `until' loop",
            0,
        )
    levels = int(job.words[1]) if len(job.words) > 1 else 1
    raise Turn(job.words[0] == "break", min(levels, job.shell.loops))


async def options(job: Job) -> int:
    """``set -C``, ``set -eu``, ``set +e``, ``set -o noclobber``, ``set -- words``."""
    named = {"noclobber": "C", "errexit": "e", "nounset": "u", "allexport": "a", "pipefail": "p"}
    words = job.words[1:]
    while words:
        word = words.pop(0)
        if word == "--":
            job.shell.words = words
            return 0
        letters = {named.get(words.pop(0), "")} if word in ("-o", "+o") and words else set(word[1:])
        if word[:1] == "-":
            job.shell.options |= letters
        elif word[:1] == "+":
            job.shell.options -= letters
    return 0


async def export(job: Job) -> int:
    """``export NAME=value``; every variable is handed on here."""
    for word in job.words[1:]:
        name, found, value = word.partition("=")
        if not NAME.fullmatch(name):
            return job.fail(f"{job.shell.name}: export: `{word}': not a valid identifier")
        if found:
            job.shell.env[name] = value
    return 0


async def unset(job: Job) -> int:
    """``unset``."""
    for word in job.words[1:]:
        job.shell.env.pop(word, None)
    return 0


async def shift(job: Job) -> int:
    """``shift [N]``."""
    count = int(job.words[1]) if len(job.words) > 1 else 1
    if count > len(job.shell.words):
        return job.fail("sh: 1: shift: can't shift that many", 2)
    del job.shell.words[:count]
    return 0


async def command(job: Job) -> int:
    """``command -v NAME``, ``command NAME ...``, ``type NAME``."""
    from alfred_tui.sim.ssh.commands import call

    words = job.words[1:]
    if job.words[0] == "command" and words[:1] not in (["-v"], ["-V"]):
        return await call(Job(job.shell, words, job.io)) if words else 0
    found = [KNOWN[0](name) for name in words if not name.startswith("-")]
    for path in filter(None, found):
        job.say(path)
    return 0 if found and all(found) else 1


async def source(job: Job) -> int:
    """``.`` and ``source``: a file's lines in this very shell."""
    name = job.words[1]
    try:
        text = job.box.files.read(job.shell.path(name), job.shell.who)
    except Trouble as trouble:
        return job.fail(f"{job.shell.name}: {name}: {trouble}")
    return await job.shell.obey(text, job.io)


async def evaluate(job: Job) -> int:
    """``eval``."""
    return await job.shell.obey(" ".join(job.words[1:]), job.io)


async def execute(job: Job) -> int:
    """``exec``: the shell ends with the command.

    Raises:
        Leave: always.
    """
    from alfred_tui.sim.ssh.commands import call

    raise Leave(await call(Job(job.shell, job.words[1:], job.io)))


async def read(job: Job) -> int:
    """``read [-r] NAME...``."""
    names = [word for word in job.words[1:] if not word.startswith("-")] or ["REPLY"]
    line = await job.io.stdin.readline()
    words = line.strip().split(None, len(names) - 1)
    for index, name in enumerate(names):
        job.shell.env[name] = words[index] if index < len(words) else ""
    return 0 if line else 1


async def shell(job: Job) -> int:
    """``sh`` and ``bash``: ``-c TEXT``, a file, or what stands on stdin."""
    words = job.words[1:]
    flags = ""
    while words and words[0].startswith("-") and words[0] != "--":
        flags += words.pop(0)[1:]
    dash = job.words[0].rsplit("/", 1)[-1] == "sh"
    own = job.shell.child(name="sh: 1" if dash else "bash: line 1")
    own.options |= {letter for letter in "eC" if letter in flags}
    if "c" in flags:
        if not words:
            return job.fail(f"{job.words[0]}: -c: option requires an argument", 2)
        own.words = words[2:]
        own.zero = words[1] if len(words) > 1 else job.words[0]
        return await own.run(words[0], job.io)
    if not words:
        text = await job.io.stdin.read()
        job.io.stdin = Text()
        return await own.run(text, job.io)
    path = job.shell.path(words[0])
    try:
        text = job.box.files.read(path, job.shell.who)
    except Trouble as trouble:
        return job.fail(f"{job.words[0]}: {words[0]}: {trouble}", 127)
    from alfred_tui.sim.ssh import scripts

    if path in scripts.SCRIPTS:
        return await scripts.run(Job(own, words, job.io), path)
    own.words = words[1:]
    return await own.run(text, job.io)


async def test(job: Job) -> int:
    """``test`` and ``[``."""
    words = job.words[1:]
    if job.words[0] == "[":
        if not words or words[-1] != "]":
            return job.fail(f"{job.shell.name}: [: missing `]'", 2)
        words = words[:-1]
    turned = False
    while words[:1] == ["!"]:
        turned, words = not turned, words[1:]
    for joint, both in (("-o", any), ("-a", all)):
        if joint in words and len(words) > 3:
            at = words.index(joint)
            parts = [_holds(job, words[:at]), _holds(job, words[at + 1 :])]
            return int(both(parts) is turned)
    return int(_holds(job, words) is turned)


def _holds(job: Job, words: list[str]) -> bool:
    if not words:
        return False
    if len(words) == 1:
        return bool(words[0])
    if len(words) == 2:
        return _single(job, words[0], words[1])
    left, sign, right = words[:3]
    if sign in ("=", "==", "!="):
        return (left == right) is (sign != "!=")
    if not all(re.fullmatch(r"-?\d+", word) for word in (left, right)):
        return False
    one, two = int(left), int(right)
    return {
        "-eq": one == two,
        "-ne": one != two,
        "-lt": one < two,
        "-le": one <= two,
        "-gt": one > two,
        "-ge": one >= two,
    }.get(sign, False)


def _single(job: Job, sign: str, word: str) -> bool:
    if sign in ("-n", "-z"):
        return bool(word) is (sign == "-n")
    if sign == "-t":
        return job.io.terminal
    node = job.box.files.find(job.shell.path(word), follow=sign not in ("-L", "-h"))
    if node is None:
        return False
    bits = {"-r": 4, "-w": 2, "-x": 1}
    if sign in bits:
        return node.allows(job.shell.who, bits[sign])
    return {
        "-e": True,
        "-f": not node.folder,
        "-d": node.folder,
        "-s": bool(node.text),
        "-L": bool(node.link),
        "-h": bool(node.link),
    }.get(sign, False)


SHELLS = ("sh", "bash")
"""Programs of their own that are at home here."""
BUILTINS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "cd": cd,
    "pwd": pwd,
    "echo": echo,
    "printf": printf,
    "true": true,
    ":": true,
    "false": false,
    "exit": leave,
    "logout": leave,
    "return": leave,
    "break": turn,
    "continue": turn,
    "set": options,
    "export": export,
    "unset": unset,
    "shift": shift,
    "command": command,
    "type": command,
    ".": source,
    "source": source,
    "eval": evaluate,
    "exec": execute,
    "read": read,
    "sh": shell,
    "bash": shell,
    "test": test,
    "[": test,
    "umask": true,
    "wait": true,
    "trap": true,
}
