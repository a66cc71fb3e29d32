"""Programs that stand in pipes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from alfred_tui.sim.ssh.coreutils import contents, split
from alfred_tui.sim.ssh.files import Trouble
from alfred_tui.sim.ssh.shell import Job


async def _lines(job: Job, names: list[str]) -> list[str]:
    made: list[str] = []
    for name in names or ["-"]:
        made += (await contents(job, name)).splitlines(keepends=True)
    return made


def _count(words: list[str]) -> tuple[str, list[str]]:
    """The number of ``-n 5``, ``-n5`` or ``-5``, and the other words."""
    text, others, rest = "10", [], list(words)
    while rest:
        word = rest.pop(0)
        if word in ("-n", "--lines") and rest:
            text = rest.pop(0)
        elif match := re.fullmatch(r"(?:-n|--lines=|-)([+-]?\d+)", word):
            text = match[1]
        else:
            others.append(word)
    return text, others


async def head(job: Job) -> int:
    """``head [-n N]``, ``head -c N``."""
    text, names = _count(job.words[1:])
    by_bytes = names[:1] == ["-c"] and len(names) > 1
    text, names = (names[1], names[2:]) if by_bytes else (text, names)
    try:
        found = await _lines(job, names)
        found = list("".join(found)) if by_bytes else found
    except Trouble as trouble:
        return job.fail(f"head: cannot open '{names[0]}' for reading: {trouble}")
    job.io.out("".join(found[: int(text)]))
    return 0


async def tail(job: Job) -> int:
    """``tail [-n N]``, ``tail -n +N``."""
    text, names = _count(job.words[1:])
    try:
        found = await _lines(job, names)
    except Trouble as trouble:
        return job.fail(f"tail: cannot open '{names[0]}' for reading: {trouble}")
    if text.startswith("+"):
        found = found[max(0, int(text) - 1) :]
    else:
        found = found[max(0, len(found) - abs(int(text))) :]
    job.io.out("".join(found))
    return 0


async def grep(job: Job) -> int:
    """``grep [-EFivcqx] PATTERN [FILE...]``."""
    letters, words = split(job.words[1:])
    if not words:
        return job.fail("Usage: grep [OPTION]... PATTERNS [FILE]...", 2)
    pattern = re.escape(words[0]) if "F" in letters else words[0]
    if not {"E", "F"} & set(letters):
        # in the basic language these are letters unless a backslash stands before them
        pattern = re.sub(r"(\\?)([|(){}+?])", lambda m: m[2] if m[1] else f"\\{m[2]}", pattern)
    try:
        found = await _lines(job, words[1:])
        pattern = f"^(?:{pattern})$" if "x" in letters else pattern
        wanted = re.compile(pattern, re.IGNORECASE if "i" in letters else 0)
    except Trouble as trouble:
        return job.fail(f"grep: {words[1]}: {trouble}", 2)
    except re.error:
        return job.fail("grep: Invalid regular expression", 2)
    kept = [
        line for line in found if bool(wanted.search(line.rstrip("\n"))) is ("v" not in letters)
    ]
    if "c" in letters:
        job.say(str(len(kept)))
    elif "q" not in letters:
        job.io.out("".join(kept))
    return 0 if kept else 1


async def wc(job: Job) -> int:
    """``wc -l``, ``-c`` or ``-w``."""
    letters, names = split(job.words[1:])
    try:
        text = "".join(await _lines(job, names))
    except Trouble as trouble:
        return job.fail(f"wc: {names[0]}: {trouble}")
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode())}
    shown = [counts[letter] for letter in "lwc" if letter in letters or not letters]
    job.say(" ".join(map(str, shown)) + "".join(f" {name}" for name in names))
    return 0


async def sort(job: Job) -> int:
    """``sort [-r] [-u] [-n]``."""
    letters, names = split(job.words[1:])
    try:
        found = await _lines(job, names)
    except Trouble as trouble:
        return job.fail(f"sort: cannot read: {names[0]}: {trouble}", 2)
    lines = list(dict.fromkeys(found)) if "u" in letters else found

    def number(line: str) -> float:
        match = re.match(r"\s*-?\d+(\.\d+)?", line)
        return float(match[0]) if match else 0.0

    job.io.out("".join(sorted(sorted(lines), key=number) if "n" in letters else sorted(lines)))
    return 0


PROGRAMS: dict[str, Callable[[Job], Awaitable[int]]] = {
    "head": head,
    "tail": tail,
    "grep": grep,
    "wc": wc,
    "sort": sort,
}
