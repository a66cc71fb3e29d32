"""What every list across the fleet is: lines gathered from the newest looks at each tenant."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from alfred_tui.model import units
from alfred_tui.model.look import Look
from alfred_tui.model.text import clean
from alfred_tui.screens.actions import Chosen
from alfred_tui.screens.pages.listing import Listing
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.table import Column, Item

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.model.observation import Observation

EVERY = 2.0
"""Seconds between two gatherings."""
_NAMED = 3
"""Tenants named of those that were not seen."""
TENANT = Column("TENANT", 30, ends=False, least=12)
SEEN = Column("SEEN", 5, right=True, drop=6)
"""How long ago the look was taken that the line rests on."""


class Found(NamedTuple):
    """A line; what of which tenants it stands for; ``at`` is its key on a tenant's page."""

    item: Item
    chosen: tuple[Chosen, ...]
    at: str = ""


class AcrossList(Listing):
    """Nobody is asked anew for it: it shows what the poller has seen, and how old that is."""

    ID: ClassVar[str]
    TITLE: ClassVar[str]
    LOOK: ClassVar[Look]
    PAGE: ClassVar[str]
    """The page of a tenant that has more of a line."""
    NONE: ClassVar[str]
    OPENS: ClassVar[str] = "open the tenant's page of it"

    def __init__(self, alfred: AlfredApp) -> None:
        super().__init__(alfred)
        self.marks: set[str] = set()
        self.found: dict[str, Found] = {}
        self.unseen: list[str] = []
        self.counted = 0
        self.looked = False
        self._at = float("-inf")

    @abstractmethod
    def gathered(self) -> Iterable[Found]:
        """Every line, by what is known now."""

    @abstractmethod
    def figures(self) -> str:
        """How many there are of what, for the line above the list."""

    def looks(self) -> Iterator[tuple[str, Observation]]:
        """Each counted tenant's newest look of this kind that was answered."""
        sights = self.alfred.engine.sights
        for name, view in self.alfred.engine.views().items():
            if view.counted and (seen := sights.last(name, self.LOOK)) is not None:
                yield name, seen

    @property
    def due(self) -> bool:
        """Whether it was gathered longer than a moment ago."""
        return self.alfred.clock() - self._at >= EVERY

    def gather(self) -> None:
        """Look through what is known, unless that was done a moment ago."""
        alfred = self.alfred
        if alfred.board is None or not self.due:
            return
        self._at = alfred.clock()
        self.found = {each.item.key: each for each in self.gathered()}
        self.marks.intersection_update(self.found)
        sights = alfred.engine.sights
        counted = [name for name, view in alfred.engine.views().items() if view.counted]
        self.counted, self.unseen, self.looked = len(counted), [], False
        for name in counted:
            tried = sights.tried(name, self.LOOK)
            self.looked = self.looked or tried is not None
            if tried is None or tried.failure is not None:
                self.unseen.append(name)

    def lines(self) -> Sequence[Item]:
        """Those that were gathered, marked ones with their mark."""
        self.gather()
        mark: Part = (self.alfred.glyphs.mark, "accent")
        return [
            each.item._replace(sign=mark) if key in self.marks else each.item
            for key, each in self.found.items()
        ]

    def why_none(self, width: int) -> list[list[Part]]:
        """In place of lines."""
        if self.alfred.board is None:
            return [[("the doors are being opened", "muted")]]
        if self.counted and not self.looked:
            return [[("nobody has been looked at yet", "muted")]]
        if self.counted and len(self.unseen) == self.counted:
            return [[("no look at anybody was answered", "degraded")]]
        return [[(self.NONE, "muted")]]

    def seen(self, name: str, look: Observation) -> Part:
        """How old a look is; in another colour where a newer one has failed."""
        sights, now = self.alfred.engine.sights, self.alfred.engine.now()
        tried = sights.tried(name, self.LOOK)
        failed = tried is not None and tried.failure is not None
        return (units.age(look.at, now), "degraded" if failed else "muted")

    def status(self, more: list[Part], width: int) -> Line:
        """The line above the list: figures and order, ``more``, and who is not in it."""
        left: list[Part] = [(" ", "text"), (self.figures(), "text"), *self.order()]
        if self.marks:
            left.append((f"   {len(self.marks):,} marked", "accent"))
        left += [("   ", "text"), *more]
        if not self.unseen:
            return spread(left, [(f"all {self.counted:,} tenants seen ", "muted")], width)
        few = ", ".join(clean(name, 40) for name in self.unseen[:_NAMED])
        said = f"{len(self.unseen):,} of {self.counted:,} not seen now"
        room = width - sum(cells.width(part) for part, _ in left) - cells.width(said) - 3
        names = f": {few}{', ...' * (len(self.unseen) > _NAMED)}"
        more_said = names if cells.width(names) <= room else ""
        return spread(left, [(f"{said}{more_said} ", "degraded")], width)

    # What hands do

    def meant(self, key: str) -> list[Chosen]:
        """What the marked lines stand for, or the one of this key; each once."""
        keys = [each for each in self.found if each in self.marks] or [key]
        lines = (self.found[each] for each in keys if each in self.found)
        return list(dict.fromkeys(chosen for line in lines for chosen in line.chosen))

    def open(self, key: str) -> None:
        """More of a line: on its tenant's page."""
        if (found := self.found.get(key)) is not None:
            self.alfred.open_tenant(found.chosen[0].tenant, self.PAGE, found.at)


def tenants(count: int) -> str:
    """``1 tenant``, ``12 tenants``."""
    return f"{count:,} {'tenant' if count == 1 else 'tenants'}"
