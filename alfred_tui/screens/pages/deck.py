"""The pages of one tenant: which one is shown, and the place that each keeps meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alfred_tui.screens.pages import overview
from alfred_tui.screens.pages.containers import ContainersPage
from alfred_tui.screens.pages.host import HostPage
from alfred_tui.screens.pages.page import ListPage
from alfred_tui.screens.pages.schedules import SchedulesPage
from alfred_tui.screens.pages.workflows import WorkflowsPage

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp

LISTS: tuple[type[ListPage[Any]], ...] = (ContainersPage, WorkflowsPage, SchedulesPage, HostPage)
"""The pages behind the overview, in the order of their numbers."""
PAGES = ((overview.NUMBER, overview.WORD), *((each.NUMBER, each.WORD) for each in LISTS))
"""Number and word of every page."""


class Deck:
    """``number`` is the one that is shown; a list is made when it is first asked for."""

    def __init__(self, alfred: AlfredApp, tenant: str, number: str = overview.NUMBER) -> None:
        self._alfred, self._tenant = alfred, tenant
        self.number = number
        self._lists: dict[str, ListPage[Any]] = {}
        self._places: dict[str, tuple[str, int]] = {}
        self._doing = self._jobs()

    @property
    def first(self) -> bool:
        """Whether the overview is shown."""
        return self.number == overview.NUMBER

    @property
    def page(self) -> ListPage[Any] | None:
        """The list that is shown; ``None`` on the overview."""
        if self.first:
            return None
        page = self._lists.get(self.number)
        if page is None:
            kind = next(each for each in LISTS if self.number == each.NUMBER)
            page = self._lists[self.number] = kind(self._alfred, self._tenant)
        return page

    def turn(self, number: str, place: tuple[str, int]) -> tuple[str, int]:
        """Show another page; this one keeps ``place``, and the other's is returned."""
        self._places[self.number] = place
        self.number = number
        return self._places.get(number, ("", 0))

    def hurry(self) -> None:
        """Where a job on this tenant has ended since the last call, every list is old."""
        doing, before = self._jobs(), self._doing
        self._doing = doing
        if before - doing:
            for page in self._lists.values():
                page.hurry()

    def _jobs(self) -> set[int]:
        board = self._alfred.board
        jobs = board.running if board is not None else []
        return {id(job) for job in jobs if job.plan.tenant == self._tenant}
