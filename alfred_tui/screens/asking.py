"""What the confirm dialog asks about: a question that is put as it is, or a plan that is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from alfred_tui.model import units
from alfred_tui.model.operation import ApiCall, Call, Consent, Plan, Risk, ShellCall
from alfred_tui.model.text import clean
from alfred_tui.widgets.outcomes import RISK_INKS

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Yes

READ_ONLY = (
    "read-only: this is not done from here. To leave that: ops.read_only = false in config.toml, "
    "or start without it being set"
)
_LONGEST = 2000
_EPOCH = 1e9
"""No duration of ours is as long as this, and no moment as early."""


class Question(NamedTuple):
    """What is about to be done. ``command`` does the same from a shell and is shown.

    ``sign`` stands before ``whom``; ``copies`` is what ``c`` copies where that is not the command;
    ``name`` is to be typed where ``consent`` asks for one; ``late``: what was ``seen`` is too old.
    ``verbs`` are yes and no in a word each.
    """

    title: str
    does: Sequence[str]
    whom: str
    risk: str
    wrong: Sequence[str]
    command: str = ""
    ink: str = "ok"
    sign: tuple[str, str] = ("", "text")
    watches: str = ""
    seen: str = ""
    late: bool = False
    copies: str = ""
    consent: Consent = Consent.ENTER
    name: str = ""
    verbs: tuple[str, str] = ("do it", "leave it")


class Anew(Exception):
    """The yes is not taken: what was asked is too old, and is to be asked anew."""


class Asking(Protocol):
    """Where a question comes from, and what a yes does."""

    @property
    def title(self) -> str:
        """What it is about, also before it can be asked."""
        ...

    @property
    def looking(self) -> str:
        """What is done before it can be asked."""
        ...

    @property
    def question(self) -> Question | None:
        """As it is now; ``None`` while it must be looked for."""
        ...

    @property
    def refused(self) -> str:
        """Why no yes is taken at all; empty where one is."""
        ...

    async def look(self) -> str:
        """Make the question, anew where there is one; what has changed meanwhile.

        Raises:
            Refused, Unseen: it cannot be asked; the text says why.
        """
        ...

    async def agree(self, yes: Yes, typed: str) -> None:
        """Do it.

        Raises:
            Anew: it must be asked again first. Nothing was done.
            Refused: it is not done; the text says why.
            StoreError: it cannot be written down. Nothing was done.
        """
        ...


@runtime_checkable
class Bounded(Protocol):
    """What is asked about many at once, a few at a time, until too many have failed."""

    def bound(self, *, at_once: int = 0, failures: int = 0) -> None:
        """Move the two bounds by so many steps."""
        ...


class AsIs:
    """A question that is known already; whoever asks does what follows."""

    def __init__(self, question: Question) -> None:
        self._question = question

    @property
    def title(self) -> str:
        """The question's."""
        return self._question.title

    @property
    def looking(self) -> str:
        """Nothing."""
        return ""

    @property
    def question(self) -> Question | None:
        """It never changes."""
        return self._question

    @property
    def refused(self) -> str:
        """Never."""
        return ""

    async def look(self) -> str:
        """Nothing is to be looked for."""
        return ""

    async def agree(self, yes: Yes, typed: str) -> None:
        """The dialog's answer is all."""


class Planned:
    """An operation on a tenant: its plan is made by a look, and a yes starts the job."""

    def __init__(
        self, alfred: AlfredApp, operation: str, tenant: str, arguments: Mapping[str, str]
    ) -> None:
        self._alfred = alfred
        self._operation, self._tenant, self._arguments = operation, tenant, dict(arguments)
        self.plan: Plan | None = None

    @property
    def title(self) -> str:
        """The plan's, or what is known before there is one."""
        if self.plan is not None:
            return capital(self.plan.title)
        return title_of(self._operation, self._tenant, self._arguments)

    @property
    def looking(self) -> str:
        """At whom."""
        return f"looking at {clean(self._tenant, 80)}"

    @property
    def refused(self) -> str:
        """Read-only mode."""
        plan, board = self.plan, self._alfred.engine.board
        changes = plan is not None and plan.risk is not Risk.READ
        return READ_ONLY if board.read_only and changes else ""

    @property
    def question(self) -> Question | None:
        """The plan in words, with the tenant's pill and the plan's age as they are now."""
        plan = self.plan
        if plan is None:
            return None
        view, now = self._alfred.engine.view(plan.tenant), self._alfred.engine.now()
        sign, why = ("", "text"), ""
        if view is not None:
            sign = (self._alfred.glyphs.pill(view.pill), view.pill.value)
            why = f": {view.told[0].text}" if view.told else ""
        return Question(
            title=self.title,
            does=[line for call in plan.calls for line in call_lines(call)],
            whom=f"{clean(plan.tenant, 80)}{why}",
            risk=plan.risk.value,
            wrong=plan.wrong,
            ink=RISK_INKS[plan.risk],
            sign=sign,
            watches=plan.watches,
            seen=_seen(plan, units.age(plan.made, now), stale=plan.stale(now)),
            late=plan.stale(now),
            copies=plan.shell(),
            consent=plan.consent,
            name=plan.tenant,
        )

    async def look(self) -> str:
        """Make the plan; what it rests on that was otherwise before."""
        before = self.plan
        self.plan = await self.make()
        return changed(before.before, self.plan.before) if before is not None else ""

    async def make(self) -> Plan:
        """The plan, by what is there now.

        Raises:
            Refused, Unseen: it cannot be made.
        """
        board = self._alfred.engine.board
        return await board.plan(self._operation, self._tenant, self._arguments)

    async def agree(self, yes: Yes, typed: str) -> None:
        """Start the job; a plan that is too old by now is made anew before that."""
        await self._alfred.engine.board.start(self.in_time(), yes, typed=typed)

    def in_time(self) -> Plan:
        """The plan, if a yes still holds for it.

        Raises:
            Anew: it has grown too old.
        """
        plan = self.plan
        assert plan is not None, "there is no yes before a question"
        if plan.stale(self._alfred.engine.now()):
            raise Anew(f"made anew: the plan had grown older than {plan.good_for:.0f} s")
        return plan


def call_lines(call: Call) -> list[str]:
    """A call as it will be sent: door and line, then the headers that are not sent always."""
    otherwise = isinstance(call, ShellCall) and call.otherwise
    lines = [f"{'else ' if otherwise else ''}{call.door}: {clean(call.line, _LONGEST)}"]
    if isinstance(call, ApiCall):
        lines += [f"with {name}: {value}" for name, value in call.headers.items()]
    return lines


def title_of(operation: str, tenant: str, arguments: Mapping[str, str]) -> str:
    """What an operation is called before it is planned: ``Restart caddy on acme-dental``."""
    from alfred_tui.ops.operation import OPERATIONS

    known = OPERATIONS.get(operation)
    what = f"{operation.rpartition('.')[2]} {' '.join(arguments.values())}"
    if known is not None and not arguments:
        what = known.about.partition(",")[0].partition(" (")[0]
    return capital(clean(f"{what} on {tenant}", 200))


def capital(text: str) -> str:
    """With a capital letter first, the others as they are."""
    return text[:1].upper() + text[1:]


def _seen(plan: Plan, age: str, *, stale: bool) -> str:
    words = ", ".join(_known(name, value) for name, value in plan.before.items() if value != "")
    late = f"; older than {plan.good_for:.0f} s: a yes makes it anew first" if stale else ""
    return f"{age} ago{': ' + clean(words) if words else ''}{late}"


def _known(name: str, value: object) -> str:
    """One thing that a plan rests on, in words; figures are seconds, since 1970 the large ones."""
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if value is None:
        return f"{name} unknown"
    if isinstance(value, (Mapping, list, tuple)):
        times = [each for each in value if isinstance(each, float)]
        return _known(name, times[0]) if times else f"{len(value)} {name}"
    if isinstance(value, float):
        since = value > _EPOCH
        shown = units.stamp(datetime.fromtimestamp(value, UTC)) if since else ""
        return f"{name} {shown or units.short_duration(value)}"
    return f"{name} {value}"


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What a plan rested on and does no more; figures that always move are none of it."""
    told = [
        f"{_known(name, before.get(name))}, now {_known(name, value)}"
        for name, value in now.items()
        if before.get(name) != value and not isinstance(value, (float, list, tuple))
    ]
    return f"changed meanwhile: {'; '.join(told)}" if told else "nothing has changed meanwhile"
