"""What every list across the fleet is: lines gathered from the newest looks at each tenant."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from alfred_tui.model import units
from alfred_tui.model.look import Look
from alfred_tui.model.observation import TRANSPORT
from alfred_tui.model.text import clean
from alfred_tui.model.verdict import Pill
from alfred_tui.screens.actions import Chosen
from alfred_tui.screens.pages.listing import Listing
from alfred_tui.widgets import cells
from alfred_tui.widgets.bar import spread
from alfred_tui.widgets.empty import not_started
from alfred_tui.widgets.inks import Line, Part
from alfred_tui.widgets.table import Column, Item

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.model.observation import Failure, Observation

EVERY = 2.0
"""Seconds between two gatherings."""
_NAMED = 3
"""Tenants named of those that were not seen."""
_WHYS = 5
"""Kinds of failure that are told where nothing is listed."""
TENANT = Column("TENANT", 32, ends=False, least=12)
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
    """What is said of tenants that have no line."""
    OPENS: ClassVar[str] = "open the tenant's page of it"

    def __init__(self, alfred: AlfredApp) -> None:
        super().__init__(alfred)
        self.marks: set[str] = set()
        self.found: dict[str, Found] = {}
        self.unseen: list[str] = []
        self.whys: list[str] = []
        self.counted = 0
        self.looked = self.answered = False
        self._old: frozenset[str] = frozenset()
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
        sights = alfred.engine.sights
        counted = [name for name, view in alfred.engine.views().items() if view.counted]
        self.counted, self.unseen, self.looked, self.answered = len(counted), [], False, False
        failures: list[Failure | None] = []
        for name in counted:
            tried = self.tried(name)
            self.looked = self.looked or tried is not None
            self.answered = self.answered or sights.last(name, self.LOOK) is not None
            if tried is None or tried.failure is not None:
                self.unseen.append(name)
                failures.append(tried.failure if tried is not None else None)
        self.whys = _whys(failures)
        self._old = frozenset(self.unseen)  # asked once for each line of each of them
        self.found = {each.item.key: each for each in self.gathered()}
        self.marks.intersection_update(self.found)

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
        alfred = self.alfred
        again = alfred.key("refresh")
        if alfred.failed:
            return not_started(alfred.failed, width, [(again, "key"), (" tries again", "muted")])
        if alfred.board is None:
            return [[("the doors are being opened", "muted")]]
        if not self.counted:
            return [[("there is no tenant to look at", "muted")]]
        if not self.looked:
            return [[("nobody has been looked at yet", "muted")]]
        if not self.unseen:
            return [[(f"{self.NONE} at any tenant", "muted")]]
        # what is not listed may be at those that were not seen
        nobody = len(self.unseen) == self.counted
        said = "No tenant could be looked at" if nobody else "Not every tenant could be looked at"
        others: list[list[Part]] = []
        if not nobody:
            others = [[(f"at the others {self.NONE}", "muted")]]
        room = max(20, width - 4)
        whys: list[list[Part]] = [
            [(cells.cut_end(why, room, alfred.glyphs.ellipsis), "degraded")] for why in self.whys
        ]
        ways: list[Part] = [(again, "key"), (" looks again", "muted")]
        if alfred.desk is not None:
            ways += [("   ", "text"), (f"{alfred.key('commands')} doctor", "key")]
            ways += [(" checks keys and doors", "muted")]
        return [[(said, "title")], [], *whys, *others, [], ways]

    def tried(self, name: str) -> Observation | None:
        """The newest look of this kind, answered or failed; ``None`` before the first.

        Of a tenant that does not answer at all only the containers are asked: that look stands for
        those which are not taken meanwhile.
        """
        sights = self.alfred.engine.sights
        tried, contact = sights.tried(name, self.LOOK), sights.tried(name, Look.CONTAINERS)
        if contact is not None and contact.failure and contact.failure.kind in TRANSPORT:
            return contact if tried is None or contact.at > tried.at else tried
        return tried

    def named(self, name: str) -> Part:
        """A tenant's name; with a sign behind it where a newer look than the shown one failed."""
        shown = clean(name, 80)
        if not self.old(name):
            return (shown, "strong")
        return (f"{shown} {self.alfred.glyphs.pills[Pill.STALE]}", "stale")

    def old(self, name: str) -> bool:
        """Whether the newest look at this tenant failed: what is listed was seen before it."""
        return name in self._old

    def seen(self, name: str, look: Observation) -> Part:
        """How old a look is; in another colour where a newer one has failed."""
        now = self.alfred.engine.now()
        return (units.age(look.at, now), "degraded" if self.old(name) else "muted")

    def status(self, more: list[Part], width: int) -> Line:
        """The line above the list: figures and order, ``more``, and who is not in it.

        Without an answer there are no figures. Where somebody was not seen, that outlasts all else.
        """
        if not self.looked:
            return [(" ", "text"), *more]
        figures: Part = (self.figures() if self.answered else "", "text")
        marked: list[Part] = []
        if self.marks:
            marked = [(f"   {len(self.marks):,} marked", "accent")]
        rest: list[Part] = [*marked, ("   ", "text"), *more]
        order = self.order() if self.found else []
        left: list[Part] = [(" ", "text"), figures, *order, *rest]
        if not self.unseen:
            return spread(left, [(f"all {self.counted:,} tenants seen ", "muted")], width)
        glyphs = self.alfred.glyphs
        sign = glyphs.pills[Pill.STALE]
        said = f"{sign} {len(self.unseen):,} of {self.counted:,} not seen now"
        room = width - cells.width(said) - 3
        if _width(left) > room:
            left = [(" ", "text"), figures, *rest]
        if (over := _width(left) - room) > 0:
            least = max(0, cells.width(figures[0]) - over)
            shown = cells.cut_end(figures[0], least, glyphs.ellipsis)
            left = [(" ", "text"), (shown, "text"), *rest]
        few = ", ".join(clean(name, 40) for name in self.unseen[:_NAMED])
        names = f": {few}{', ...' * (len(self.unseen) > _NAMED)}"
        more_said = names if cells.width(names) <= room - _width(left) else ""
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


def _width(parts: Iterable[Part]) -> int:
    return sum(cells.width(text) for text, _ in parts)


def _whys(failures: Iterable[Failure | None]) -> list[str]:
    """A line for each kind of failure, the most frequent first, with what was said most often."""
    kinds: dict[str, Counter[str]] = {}
    for each in failures:
        kind = each.kind.value if each is not None else "not looked at yet"
        text = clean(each.text, 120) if each is not None else kind
        kinds.setdefault(kind, Counter())[text] += 1
    lines = []
    for kind, texts in sorted(kinds.items(), key=lambda pair: -pair[1].total())[:_WHYS]:
        text, _ = texts.most_common(1)[0]
        lines.append(f"{texts.total():,} {text if text.startswith(kind) else f'{kind}: {text}'}")
    if len(kinds) > _WHYS:
        lines.append(f"and {len(kinds) - _WHYS} other reasons")
    return lines


def tenants(count: int) -> str:
    """``1 tenant``, ``12 tenants``."""
    return f"{count:,} {'tenant' if count == 1 else 'tenants'}"
