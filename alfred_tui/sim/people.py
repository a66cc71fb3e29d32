"""Who lives in the simulated fleet: names, sizes, services; all from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

FIRST = [
    "harbor",
    "acme",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "hazel",
    "iris",
    "juniper",
    "kestrel",
    "lumen",
    "maple",
    "north",
    "onyx",
    "pine",
    "quartz",
    "river",
    "sable",
    "tidal",
    "umber",
    "vale",
    "willow",
    "yarrow",
    "zephyr",
    "amber",
    "basil",
    "coral",
    "dune",
]
SECOND = [
    "law",
    "dental",
    "studio",
    "clinic",
    "bakery",
    "works",
    "labs",
    "press",
    "yoga",
    "optics",
    "motors",
    "garden",
    "media",
    "legal",
    "foods",
    "travel",
    "books",
    "energy",
    "design",
    "health",
]

PLANE = [
    "plane-db",
    "plane-redis",
    "plane-mq",
    "plane-minio",
    "plane-api",
    "plane-worker",
    "plane-beat",
    "plane-web",
    "plane-space",
    "plane-admin",
    "plane-live",
    "plane-proxy",
]
SURE = ["sure-db", "sure-redis", "sure-web", "sure-worker"]
VAULT = ["vaultwarden", "vault-cli"]
BARE = ["temporal", "ollama", "alfred", "ctrl-api", "alfred-learn"]
AGENTS = {
    "F1": ["openclaw"],
    "F2": ["openclaw", "openclaw-workers", "mcp-server"],
    "F3": ["openclaw", "openclaw-workers", "mcp-server"],
    "H": ["hermes", "mcp-server", "voice-bridge", "caddy", "web", "web-db"],
}
SIDECARS = [
    f"sidecar-{word}" for word in ("notes", "mail", "voice", "scan", "sync", "feed", "tags")
]
CHECKED = {"temporal", "ollama", "openclaw", "openclaw-workers", "ctrl-api", "hermes", "plane-db"}
TYPES = ("task", "note", "person", "matter", "event", "decision", "conversation", "project")


@dataclass(slots=True)
class Person:
    """One tenant as it is by nature; what happens to it is the world's business."""

    index: int
    name: str
    generation: str
    services: list[str]
    records: int
    key: str
    age_days: float
    memory: float
    disk: float
    volume_seen: bool
    server_type: str
    location: str
    backup_delay: float
    backup_length: float
    update_phase: float
    vault: bytes = field(default=b"", repr=False)


def population(count: int, seed: int) -> list[Person]:
    """``count`` tenants, the same for the same seed."""
    dice = random.Random(f"{seed} people")
    names: list[str] = []
    while len(names) < count:
        name = f"{dice.choice(FIRST)}-{dice.choice(SECOND)}"
        names.append(name if name not in names else f"{name}-{len(names)}")
    return [_person(index, name, seed) for index, name in enumerate(names)]


def _person(index: int, name: str, seed: int) -> Person:
    dice = random.Random(f"{seed} {index} {name}")
    generation = ("F3", "F2", "H", "F3", "F1", "F3")[index % 6]
    services = [*BARE, *AGENTS[generation]]
    if generation != "F1" and dice.random() < 0.5:
        services += PLANE
    if dice.random() < 0.35:
        services += SURE
    if dice.random() < 0.5:
        services += VAULT
    spare = list(SIDECARS)
    dice.shuffle(spare)
    while len(services) < 12:
        services.append(spare.pop())
    return Person(
        index=index,
        name=name,
        generation=generation,
        services=services[:35],
        records=int(200 * (47 ** dice.random())),
        key=f"sim-{dice.getrandbits(96):024x}",
        age_days=dice.uniform(3, 90),
        memory=dice.uniform(35, 70),
        disk=dice.uniform(20, 75),
        volume_seen=index % 2 == 0,
        server_type=dice.choice(["cx53", "cx53", "cx33"]),
        location=dice.choice(["fsn1", "nbg1", "hel1"]),
        backup_delay=dice.uniform(0, 1700),
        backup_length=dice.uniform(120, 360),
        update_phase=dice.uniform(0, 900),
    )
