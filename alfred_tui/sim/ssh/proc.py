"""The kernel's own files, as far as they are read: they are written when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alfred_tui.sim import machine
from alfred_tui.sim.dice import between

if TYPE_CHECKING:
    from alfred_tui.sim.ssh.shell import Job


def uptime(job: Job) -> str:
    """Seconds since boot, and those that all processors were idle."""
    asked = job.asked
    seconds = asked.person.age + asked.t - asked.world.epoch
    return f"{seconds:.2f} {seconds * 3.7:.2f}\n"


def loads(job: Job) -> list[float]:
    """The three averages."""
    asked = job.asked
    return [between(0.1, 2.0, asked.person.key, n, int(asked.t // 60)) for n in range(3)]


def loadavg(job: Job) -> str:
    """The averages, what runs of all, and the last process."""
    said = " ".join(f"{load:.2f}" for load in loads(job))
    return f"{said} 2/612 {30_000 + int(job.t) % 9000}\n"


def meminfo(job: Job) -> str:
    """The first lines, by the same figures as ``free``."""
    total, _, free, cached, left = memory(job)
    figures = {"MemTotal": total, "MemFree": free, "MemAvailable": left, "Buffers": 60}
    figures |= {"Cached": cached, "SwapTotal": 0, "SwapFree": 0}
    return "".join(f"{name + ':':<15}{size * 1024:>9} kB\n" for name, size in figures.items())


def memory(job: Job) -> tuple[int, int, int, int, int]:
    """All, used, free, cached and available, in MiB."""
    asked = job.asked
    total = asked.person.memory_total
    percent = machine.memory_percent(asked.person, asked.t, asked.world.epoch, asked.faults)
    used = int(total * percent / 100)
    left = total - used
    cached = left * 2 // 3
    return total, used, left - cached, cached, left


FILES: dict[str, Callable[[Job], str]] = {
    "/proc/uptime": uptime,
    "/proc/loadavg": loadavg,
    "/proc/meminfo": meminfo,
}
