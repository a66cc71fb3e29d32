"""Who lives in the simulated fleet: names, generations, services, sizes; all from the seed."""

from __future__ import annotations

from dataclasses import dataclass

from alfred_tui.sim import catalogue as cat
from alfred_tui.sim.catalogue import Plan, Source
from alfred_tui.sim.dice import between, hexes, pick, roll, share
from alfred_tui.sim.homes import Home, home_of

_FIRST = (
    "harbor acme birch cedar delta ember fjord grove hazel iris juniper kestrel lumen maple north"
    " onyx pine quartz river sable tidal umber vale willow yarrow zephyr amber basil coral"
    " dune"
)
_SECOND = (
    "law dental studio clinic bakery works labs press yoga optics motors garden media legal foods"
    " travel books energy design health"
)
FIRST = tuple(_FIRST.split())
SECOND = tuple(_SECOND.split())
GENERATIONS = ("F3", "F2", "H", "F3", "F1", "F3")
SIZES = tuple(int(200 * 47 ** (n / 23)) for n in range(24))
"""Vault sizes, 200 to 9,400 records; few of them, so that their bytes are shared."""
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Person:
    """One tenant as it is by nature; what happens to it is :mod:`life`'s business.

    ``newest`` is the newest H (disk object, worker ledger). ``volume_seen``: ``df`` shows the
    encrypted volume, else only the container's root. Shares in percent, ages in seconds.
    """

    index: int
    name: str
    generation: str
    newest: bool
    services: tuple[str, ...]
    plans: tuple[Plan, ...]
    streams: tuple[Source, ...]
    records: int
    key: str
    age: float
    memory: float
    memory_total: int
    disk: float
    disk_growth: float
    root_disk: int
    volume_seen: bool
    wrapped: bool
    zone: str
    onboarding: bool
    server_type: str
    location: str

    @property
    def agent(self) -> str:
        """The service of the agent runtime."""
        return "hermes" if self.generation == "H" else "openclaw"

    @property
    def home(self) -> Home:
        """Where it lives on its machine."""
        return home_of(self.generation)


def population(count: int, seed: int) -> list[Person]:
    """``count`` tenants, the same for the same seed; a larger fleet begins with the smaller."""
    taken: set[str] = set()
    people = []
    for index in range(count):
        name = f"{pick(FIRST, seed, index, 'first')}-{pick(SECOND, seed, index, 'second')}"
        if name in taken:
            name = f"{name}-{index}"
        taken.add(name)
        people.append(_person(index, name, seed))
    return people


def _person(index: int, name: str, seed: int) -> Person:
    who = (seed, index, name)
    generation = GENERATIONS[index % len(GENERATIONS)]
    services = _services(generation, who)
    small = share(*who, "type") < 0.3
    return Person(
        index=index,
        name=name,
        generation=generation,
        newest=generation == "H" and index // 6 % 3 != 1,
        services=services,
        plans=_plans(generation, services, who),
        streams=_streams(generation, services, who),
        records=pick(SIZES, *who, "records"),
        key=f"sim-{hexes(24, *who, 'key')}",
        age=between(3, 90, *who, "age") * DAY,
        memory=between(35, 72, *who, "memory"),
        memory_total=7_751 if small else 31_337,
        disk=between(18, 70, *who, "disk"),
        disk_growth=between(0.05, 0.9, *who, "growth"),
        root_disk=20 + roll(*who, "root") % 30,
        volume_seen=index % 2 == 0,
        wrapped=index % 4 == 0,
        zone=pick(cat.ZONES, *who, "zone"),
        onboarding=share(*who, "onboarding") < 0.1,
        server_type="cx33" if small else "cx53",
        location=pick(("fsn1", "nbg1", "hel1"), *who, "location"),
    )


def _services(generation: str, who: tuple[object, ...]) -> tuple[str, ...]:
    """12 to 35 of them; one-shots are never listed and so are not here."""
    core = cat.CORE_H if generation == "H" else cat.CORE_F
    names = [name for name in core if generation != "F1" or name not in ("openclaw-workers",)]
    if generation == "H":
        names += cat.H_EXTRAS
        names += cat.WEB[: roll(*who, "web") % (len(cat.WEB) + 1)]
    if share(*who, "plane") < 0.55:
        names += cat.PLANE
    if share(*who, "sure") < 0.35 or len(names) < 12:
        names += cat.SURE
    if share(*who, "vaultwarden") < 0.5 or len(names) < 12:
        names += cat.VAULTWARDEN
    return tuple(sorted(names))


def _plans(generation: str, services: tuple[str, ...], who: tuple[object, ...]) -> tuple[Plan, ...]:
    plans = [*cat.PLATFORM]
    if "plane-api" in services:
        plans += cat.WITH_PLANE
    if generation != "F1":
        plans += cat.STEWARD
        count = roll(*who, "matters") % (len(cat.MATTERS) + 1)
        plans += [Plan(f"al-steward-{m}", "StewardWorkflow", 1800) for m in cat.MATTERS[:count]]
    if generation in ("F3", "H") and share(*who, "vexa") < 0.4:
        plans += cat.WITH_VEXA
    if generation == "H" or (generation == "F3" and share(*who, "later") < 0.5):
        plans += [p for p in cat.LATER if generation != "H" or "openclaw" not in p.id]
    chores = list(cat.CHORES[: 1 + roll(*who, "chores") % len(cat.CHORES)])
    if share(*who, "paused") < 0.3:
        chores[-1] = chores[-1]._replace(paused=True, notes="paused for maintenance")
    for source in _streams(generation, services, who):
        if source.every:
            tail = f"{source.id.removeprefix('composio-')}-{hexes(20, *who, source.id)}"[:20]
            plan = f"al-stream-pull-composio-{tail}"
            plans.append(Plan(plan, "StreamPullerWorkflow", source.every, runs_for=5))
    return tuple(chores + plans)


def _streams(
    generation: str, services: tuple[str, ...], who: tuple[object, ...]
) -> tuple[Source, ...]:
    found = [
        source
        for number, source in enumerate(cat.STREAMS)
        if source.id == "composio-gmail"
        or (source.id == "plane" and "plane-api" in services)
        or (source.id != "plane" and share(*who, "stream", number) < 0.5)
    ]
    agent = ("hermes", "Hermes") if generation == "H" else ("openclaw", "OpenClaw")
    chats = f"{agent[0]}-sessions"
    found.append(Source(f"system-{chats}", f"{agent[1]} Chats", "system", chats, system=True))
    found.append(Source("system-inbox", "Inbox Uploads", "system", "inbox", system=True))
    return tuple(found)
