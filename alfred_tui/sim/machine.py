"""The tenant's machine and vault: ``df``, ``free``, ``uptime`` as text, and the big listing."""

from __future__ import annotations

from functools import lru_cache
from math import sin
from typing import Any

from alfred_tui.sim.dice import pick, share
from alfred_tui.sim.faults import Active
from alfred_tui.sim.people import DAY, Person
from alfred_tui.sim.replies import compact

VOLUME_GIB = 98
ROOT_GIB = 150
TYPES = ("task", "note", "person", "matter", "event", "decision", "conversation", "org", "instinct")
FOLDERS = {"instinct": "intuition/instincts"}
_WORDS = "amber birch delta ember fjord harbor orchid willow cedar lumen quartz sable"
WORDS = tuple(_WORDS.split())
STATUSES = ("active", "active", "todo", "done", "draft", "")


def disk_percent(person: Person, t: float, start: float, faults: list[Active]) -> float:
    """Use of the volume in percent; it drifts slowly."""
    for fault in faults:
        if fault.kind == "disk-filling":
            return min(99.6, fault.amount + (t - fault.since) / 600)
    return max(1.0, min(85.0, person.disk + (t - start) / DAY * person.disk_growth))


def memory_percent(person: Person, t: float, start: float, faults: list[Active]) -> float:
    """Use of memory in percent: waves of half an hour and of five minutes."""
    leaked = 0.0
    for fault in faults:
        if fault.kind == "memory-high":
            return fault.amount
        if fault.kind == "memory-leak":
            leaked += fault.amount * (t - fault.since) / 3600
    phase = person.index * 1.7
    wave = 4 * sin(t % DAY / 1800 * 6.2832 + phase) + 1.5 * sin(t % DAY / 300 * 6.2832 + phase)
    return min(99.6, person.memory + wave + leaked)


def system_info(person: Person, t: float, start: float, faults: list[Active]) -> dict[str, str]:
    """``GET /admin/system/info``: three texts as their programs print them (4.2)."""
    return {
        "uptime": up(person.age + t - start),
        "disk": _df(person, t, start, faults),
        "memory": _free(person, t, start, faults),
    }


def up(seconds: float) -> str:
    """``up 3 days, 2 hours``."""
    minutes = int(seconds // 60)
    parts = []
    for size, word in ((10_080, "week"), (1440, "day"), (60, "hour"), (1, "minute")):
        count, minutes = divmod(minutes, size)
        if count:
            parts.append(f"{count} {word}" + ("s" if count > 1 else ""))
    return "up " + (", ".join(parts) or "0 minutes")


def _df(person: Person, t: float, start: float, faults: list[Active]) -> str:
    if not person.volume_seen:
        used = ROOT_GIB * person.root_disk // 100
        row = f"overlay         {ROOT_GIB}G   {used}G   {ROOT_GIB - used}G  {person.root_disk}% /"
        return f"Filesystem      Size  Used Avail Use% Mounted on\n{row}"
    percent = round(disk_percent(person, t, start, faults))
    if not person.home.encrypted:
        used = ROOT_GIB * percent // 100
        row = f"/dev/sda1        {ROOT_GIB}G   {used}G   {ROOT_GIB - used}G  {percent}% /"
        return f"Filesystem      Size  Used Avail Use% Mounted on\n{row}"
    used = VOLUME_GIB * percent // 100
    device = "/dev/mapper/alfred-data"
    figures = f"{VOLUME_GIB}G   {used}G   {VOLUME_GIB - used}G  {percent}% /mnt/encrypted"
    gap = "\n" + " " * len(device) + "  " if person.wrapped else "  "
    return f"Filesystem               Size  Used Avail Use% Mounted on\n{device}{gap}{figures}"


def _free(person: Person, t: float, start: float, faults: list[Active]) -> str:
    total = person.memory_total
    used = int(total * memory_percent(person, t, start, faults) / 100)
    left = total - used
    cached = left * 2 // 3
    figures = (used, left - cached, 8, cached + 60, left)
    return (
        "total        used        free      shared  buff/cache   available\n"
        f"Mem:  {total:>16}" + "".join(f"{value:>12}" for value in figures) + "\n"
        "Swap:              0           0           0"
    )


def disk_object(person: Person, t: float, start: float, faults: list[Active]) -> dict[str, Any]:
    """``GET /admin/system-info`` of the newest H (4.3)."""
    total = 81_604_378_624
    percent = disk_percent(person, t, start, faults)
    return {
        "disk_total_bytes": total,
        "disk_free_bytes": int(total * (100 - percent) / 100),
        "disk_used_pct": percent,
        "disk_alert_level": "page" if percent >= 90 else "warn" if percent >= 80 else "ok",
        "disk_alert_warn_pct": 80,
        "disk_alert_page_pct": 90,
    }


def counts(person: Person, t: float, start: float) -> dict[str, int]:
    """The vault's records by type."""
    whole, more = divmod(person.records, len(TYPES))
    known = {kind: whole + (number < more) for number, kind in enumerate(TYPES)}
    return known | {"observation": _fresh(person, t, start)}


def _fresh(person: Person, t: float, start: float) -> int:
    """Records of the last days: one more in ten minutes or so."""
    return 5 + max(0, int((t - start) / 600 * (0.5 + share(person.key, "growth")))) % 2000


def vault(person: Person, t: float, start: float) -> bytes:
    """The full listing, about 82 bytes a record; it grows slowly."""
    news = [_record("observation", n) for n in range(_fresh(person, t, start))]
    total = person.records + len(news)
    return b"".join(
        (
            b'{"records_by_type":{"observation":',
            compact(news),
            b",",
            _listing(person.records),
            b'},"total":%d}' % total,
        )
    )


def _record(kind: str, number: int) -> dict[str, str]:
    words = (pick(WORDS, kind, number, "a"), pick(WORDS, kind, number, "b"))
    name = f"{words[0]}-{words[1]}-{number}"
    status = pick(STATUSES, kind, number)
    return {"path": f"{FOLDERS.get(kind, kind)}/{name}", "name": name, "status": status}


@lru_cache(maxsize=64)
def _listing(records: int) -> bytes:
    """The types' lists without the outer braces; shared by tenants of one size."""
    lists: dict[str, list[dict[str, str]]] = {kind: [] for kind in TYPES}
    for number in range(records):
        kind = TYPES[number % len(TYPES)]
        lists[kind].append(_record(kind, number))
    return compact(lists)[1:-1]
