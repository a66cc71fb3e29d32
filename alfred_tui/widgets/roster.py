"""Which tenants the grid shows, and in which order: filter, quick filter, sort and marks.

Knows neither Textual nor the engine. Work is proportional to what changed: only touched tenants
are asked anew, and a list that is almost in order is sorted in almost linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alfred_tui.model.filter import Query
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import TenantView

Key = tuple[float | str, ...]


class Quick(StrEnum):
    """The quick filters of the keys 1 to 4."""

    ALL = "all"
    PROBLEMS = "problems"
    DOWN = "down"
    MARKED = "marked"


class Sort(NamedTuple):
    """A way to order: what it is called, the column it belongs to, and a row's key."""

    name: str
    column: str
    key: Callable[[TenantView], Key]


def _name(view: TenantView) -> str:
    return view.name.casefold()


def _moment(when: datetime | None) -> float:
    return 0.0 if when is None else when.timestamp()


def _most(value: float | None) -> float:
    """The most first, nothing known last."""
    return 1.0 if value is None else -value


def _missing(view: TenantView) -> float:
    if view.expected is None or view.seen is None:
        return 1.0
    return float(view.seen - view.expected)


SORTS: tuple[Sort, ...] = (
    Sort("worst first", "status", lambda v: (not v.counted, v.rank, _name(v))),
    Sort("name", "name", lambda v: (_name(v),)),
    Sort("oldest facts", "age", lambda v: (_moment(v.oldest), _name(v))),
    Sort("slowest", "latency", lambda v: (_most(v.latency), _name(v))),
    Sort("fullest disk", "disk", lambda v: (_most(v.disk), _name(v))),
    Sort("most memory", "memory", lambda v: (_most(v.memory), _name(v))),
    Sort("most missing", "count", lambda v: (_missing(v), _name(v))),
    Sort("longest up", "up", lambda v: (_most(v.uptime), _name(v))),
)


class Roster:
    """The list that the grid shows.

    ``order`` is what is on the screen. ``touch`` and ``load`` only note what ought to change;
    ``settle`` makes it so, so that the grid can wait until no finger is about to press.
    """

    def __init__(self, views: Callable[[], Mapping[str, TenantView]]) -> None:
        self._views = views
        self.order: list[str] = []
        self.place: dict[str, int] = {}
        self.sort = SORTS[0]
        self.turned = False
        self.query = Query()
        self.quick = Quick.ALL
        self.marks: set[str] = set()
        self._keys: dict[str, Key] = {}
        self._due = False
        self.load()
        self.settle()

    @property
    def due(self) -> bool:
        """Whether ``order`` is behind what it ought to be."""
        return self._due

    @property
    def total(self) -> int:
        """How many tenants there are before any filter."""
        return len(self._views())

    @property
    def filtered(self) -> bool:
        """Whether a filter or quick filter may hide tenants."""
        return bool(self.query.terms) or self.quick is not Quick.ALL

    def load(self) -> None:
        """Ask every tenant anew: membership, the filter, or the order changed."""
        views = self._views()
        self.marks.intersection_update(views)
        key = self.sort.key
        self._keys = {name: key(view) for name, view in views.items() if self._wanted(name, view)}
        self._due = True

    def touch(self, names: Iterable[str]) -> bool:
        """Ask the named tenants anew; returns whether ``settle`` now has something to do."""
        views = self._views()
        keys = self._keys
        key = self.sort.key
        for name in names:
            view = views.get(name)
            if view is None or not self._wanted(name, view):
                self._due |= keys.pop(name, None) is not None
                continue
            fresh = key(view)
            if keys.get(name) != fresh:
                keys[name] = fresh
                self._due = True
        return self._due

    def settle(self) -> bool:
        """Bring ``order`` up to date; returns whether it differs from before."""
        if not self._due:
            return False
        self._due = False
        keys, place = self._keys, self.place
        order = [name for name in self.order if name in keys]
        if len(order) != len(keys):
            order += [name for name in keys if name not in place]
        order.sort(key=keys.__getitem__, reverse=self.turned)
        if order == self.order:
            return False
        self.order = order
        self.place = {name: row for row, name in enumerate(order)}
        return True

    def order_by(self, sort: Sort, turned: bool = False) -> None:
        """Order anew at once."""
        self.sort, self.turned = sort, turned
        self.load()
        self.settle()

    def next_sort(self) -> None:
        """The next way to order, in its natural direction."""
        index = SORTS.index(self.sort)
        self.order_by(SORTS[(index + 1) % len(SORTS)])

    def narrow(self, query: Query | None = None, quick: Quick | None = None) -> None:
        """Change the filter, the quick filter, or both, at once."""
        if query is not None:
            self.query = query
        if quick is not None:
            self.quick = quick
        self.load()
        self.settle()

    def mark(self, name: str) -> None:
        """Turn a tenant's mark over."""
        self.marks ^= {name}
        if self.quick is Quick.MARKED:
            self.touch((name,))

    def _wanted(self, name: str, view: TenantView) -> bool:
        match self.quick:
            case Quick.PROBLEMS:
                if view.pill in (Pill.OK, Pill.BUILDING) or view.quiet or not view.counted:
                    return False
            case Quick.DOWN:
                if view.pill is not Pill.DOWN or view.quiet or not view.counted:
                    return False
            case Quick.MARKED:
                if name not in self.marks:
                    return False
            case _:
                pass
        return self.query.matches(view)
