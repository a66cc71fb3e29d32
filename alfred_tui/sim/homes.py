"""Where Alfred lives on a machine: two lines of the product (fleet-facts.md, Two generations)."""

from __future__ import annotations

from typing import NamedTuple


class Home(NamedTuple):
    """``folder`` holds the compose file and ``.env``; operators are ``login``, whose own folder is
    ``entry``; ``data`` is Alfred's folder. ``encrypted``: a LUKS volume is mounted."""

    project: str
    folder: str
    login: str
    entry: str
    data: str
    encrypted: bool

    @property
    def file(self) -> str:
        """The compose file."""
        return f"{self.folder}/docker-compose.yaml"


FLEET = Home(
    "compose", "/opt/alfred/compose", "deploy", "/home/deploy", "/mnt/encrypted/alfred", True
)
SINGLE = Home(
    "alfred-black",
    "/opt/alfred",
    "root",
    "/root",
    "/var/lib/docker/volumes/alfred-black_alfred/_data",
    False,
)


def home_of(generation: str) -> Home:
    """Of one generation."""
    return SINGLE if generation == "H" else FLEET
