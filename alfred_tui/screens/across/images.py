"""Which image each service is made of, and at which tenants: who has the new one, who the old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from alfred_tui.model import units
from alfred_tui.model.facts import Containers
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.screens.across.found import AcrossList, Found
from alfred_tui.screens.actions import Chosen
from alfred_tui.widgets import cells
from alfred_tui.widgets.inks import Part
from alfred_tui.widgets.table import Column, Item

Image = tuple[str, str, str]
"""Service, reference as in the compose file, local id."""


class Images(AcrossList):
    """A service that is not made of the same image everywhere stands first."""

    ID, TITLE = "images", "Images"
    LOOK, PAGE = Look.CONTAINERS, "2"
    NONE = "no container is listed"
    OPENS = "mark the tenants of this image in the fleet, and show them alone"
    SORTS = ("differing first", "service", "fewest tenants", "newest")
    COLUMNS = (
        Column("SERVICE", 28, ends=False, least=14),
        Column("TENANTS", 24, right=True),
        Column("IMAGE", 70, ends=False, least=20),
        Column("IMAGE ID", 12),
        Column("MADE", 8, right=True, drop=1),
        Column("AT", 200, drop=2, least=24),
    )

    def gathered(self) -> Iterator[Found]:
        """A line an image of a service."""
        at: dict[Image, dict[str, None]] = {}
        made: dict[Image, datetime] = {}
        for name, seen in self.looks():
            if not isinstance(seen.answer, Containers):
                continue
            for row in seen.answer.rows:
                image = (row.service, row.image, row.image_id)
                at.setdefault(image, {})[name] = None
                if row.created_at is not None:
                    made[image] = max(made.get(image, row.created_at), row.created_at)
        of_service = Counter(service for service, _, _ in at)
        whole = Counter(service for (service, _, _), names in at.items() for _ in names)
        old = {image: self._said_old(names) for image, names in at.items()}
        pad = max(map(cells.width, old.values()), default=0)
        for image, names in at.items():
            service = image[0]
            part: Part = (f"{len(names):,} of {whole[service]:,}", "text")
            if len(names) < whole[service]:
                part = (part[0], "degraded")
            if pad:
                part = (part[0] + cells.left(old[image], pad), part[1])
            yield self._line(image, sorted(names), part, made.get(image), of_service[service] > 1)

    def _said_old(self, names: Iterable[str]) -> str:
        """How many of them do not answer now."""
        old = sum(self.old(name) for name in names)
        return f", {old:,} {self.alfred.glyphs.pills[Pill.STALE]}" if old else ""

    def figures(self) -> str:
        """Services, images."""
        services = Counter(each.at for each in self.found.values())
        differ = sum(count > 1 for count in services.values())
        return f"{len(self.found):,} images of {len(services):,} services, {differ:,} differ"

    def _line(
        self, image: Image, names: list[str], at: Part, made: datetime | None, differs: bool
    ) -> Found:
        service, reference, image_id = image
        shown, where = clean(service, 80), ", ".join(self.named(name)[0] for name in names[:20])
        short = clean(image_id, 80).removeprefix("sha256:")[:12]
        age = units.age(made, self.alfred.engine.now()) if made is not None else ""
        pill = self.alfred.glyphs.pills[Pill.DEGRADED]
        sign: Part = (pill, "degraded") if differs else (" ", "text")
        count = len(names)
        item = Item(
            " ".join(image),
            (
                (shown, "strong"),
                at,
                (clean(reference, 160), "text"),
                (short, "muted"),
                (age, "muted"),
                (where, "muted"),
            ),
            sign,
            f"{shown} {clean(reference, 160)} {short}: {where}",
            f"{image_id} {' '.join(names)}",
            (
                (not differs, service, -count),
                (service, -count),
                (count, service),
                -made.timestamp() if made is not None else None,
            ),
        )
        return Found(item, tuple(Chosen(name) for name in names), service)

    def open(self, key: str) -> None:
        """Its tenants, marked, in the fleet."""
        if meant := self.meant(key):
            self.alfred.show_marked([each.tenant for each in meant])
