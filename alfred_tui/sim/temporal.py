"""What Temporal knows of one tenant: which runs each schedule started, and how they ended (6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alfred_tui.sim import clock
from alfred_tui.sim.catalogue import Plan
from alfred_tui.sim.clock import Gap, in_gap, run_id, stamp
from alfred_tui.sim.dice import share
from alfred_tui.sim.faults import Active
from alfred_tui.sim.people import Person

QUEUE = "alfred-learn"
OBEYS = 0.2
"""Seconds after which a run that was asked to end has ended."""
RECENT = 5
"""Runs that a listed schedule names; a described one names twice as many."""


class Dead(NamedTuple):
    """A worker that polled until ``until`` and is no more."""

    identity: str
    until: float


class Pause(NamedTuple):
    """A schedule is paused from ``begin`` to ``end``, and what was noted about it."""

    begin: float
    end: float
    notes: str


class Toggle(NamedTuple):
    """Somebody paused or resumed a schedule, and what they noted, if they did."""

    when: float
    paused: bool
    reason: str = ""


class Hold(NamedTuple):
    """A schedule's run does not end from ``begin`` to ``end``; ``sort`` is how it fails."""

    begin: float
    end: float
    sort: str


@dataclass
class Scene:
    """What Temporal knows of one tenant at ``t``; ``told`` is added to every time shown.

    ``worker`` is the identity of the living worker, ``None`` when nobody polls. ``idle_since`` is
    when the worker went away, ``worker_since`` when it began to poll. Nothing was started in
    ``gaps``. By schedule: ``pauses``; ``holds``, the times in which one run did not end and so
    (overlap policy Skip) no other began; ``lapses``, in which nobody began what was due; ``notes``,
    what was noted last. By workflow: when somebody terminated it (``ended``) and why
    (``reasons``), or asked it to end.
    """

    person: Person
    t: float
    faults: list[Active]
    worker: str | None
    dead: list[Dead]
    idle_since: float | None
    gaps: list[Gap]
    born: float = 0.0
    told: float = 0.0
    worker_since: float = 0.0
    pauses: Mapping[str, Sequence[Pause]] = field(default_factory=dict)
    holds: Mapping[str, Sequence[Hold]] = field(default_factory=dict)
    lapses: Mapping[str, Sequence[Gap]] = field(default_factory=dict)
    manual: Mapping[str, Sequence[float]] = field(default_factory=dict)
    ended: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    cancelled: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def shown(self, t: float, digits: int = 0) -> str:
        """A time by the tenant's clock."""
        return stamp(t + self.told, digits)

    def fault(self, kind: str, about: str) -> Active | None:
        """The fault of a kind about this schedule."""
        return next((f for f in self.faults if f.kind == kind and f.about == about), None)

    def paused(self, ident: str) -> Pause | None:
        """The pause that a schedule is in."""
        mine = self.pauses.get(ident, ())
        return next((pause for pause in mine if pause.begin <= self.t < pause.end), None)

    def lapsed(self, ident: str) -> float | None:
        """Since when nobody begins what is due of a schedule."""
        mine = self.lapses.get(ident, ())
        return next((begin for begin, end in mine if begin <= self.t < end), None)

    def plans(self) -> list[Plan]:
        """The schedules that are there."""
        return [p for p in self.person.plans if not self.fault("schedule-missing", p.id)]


class Run(NamedTuple):
    """One workflow run; ``closed`` is ``None`` while it is running.

    ``waits``: nobody took it up, since no worker polls. ``trouble`` is how it fails, again and
    again. ``schedule`` is empty when it was started by hand; ``status`` lacks Temporal's prefix.
    ``cancelled`` is when somebody asked it to end. Two started ``by_hand`` within a second bear one
    workflow id and are two runs, as a real server has them.
    """

    workflow_id: str
    type: str
    due: float
    closed: float | None = None
    status: str = "RUNNING"
    schedule: str = ""
    waits: bool = False
    trouble: str = ""
    cancelled: float | None = None
    by_hand: bool = False

    @property
    def began(self) -> float:
        """When it was started, a moment after it was due."""
        return self.due + 0.063066

    def ids(self, person: Person) -> dict[str, str]:
        """Both of its ids, as Temporal names an execution."""
        which = f" {self.due:.6f}" if self.by_hand else ""
        run = run_id(person.key, self.workflow_id + which)
        return {"workflowId": self.workflow_id, "runId": run}


def stem(plan: Plan) -> str:
    """What the ids of a schedule's runs begin with."""
    return plan.id if plan.id.startswith(("chore", "stream")) else plan.id.removeprefix("al-")


def runs(scene: Scene, plan: Plan, count: int = RECENT) -> list[Run]:
    """The last runs of a schedule, oldest first."""
    held = [(hold.begin + 0.001, hold.end) for hold in scene.holds.get(plan.id, ())]
    paused = [(pause.begin, pause.end) for pause in scene.pauses.get(plan.id, ())]
    horizon, waits = scene.t, False
    if scene.idle_since is not None and not in_gap(scene.t, [*held, *paused]):
        # the first run after the worker went away stays running, and by Skip it is the last
        following = clock.coming(plan, scene.idle_since, 1, scene.person.zone)[0]
        waits, horizon = following <= horizon, min(horizon, following)
    own = [*held, *paused, *scene.lapses.get(plan.id, ())]
    times = clock.past(plan, horizon, count, [*scene.gaps, *own], scene.person.zone)
    manual = [m for m in scene.manual.get(plan.id, ()) if m <= horizon]
    by_hand = {m for m in manual if not in_gap(m, held)}
    due = sorted([*(m for m in times if not in_gap(m, own)), *by_hand])[-count:]
    found = [_run(scene, plan, m, due, waits=waits and m == due[-1]) for m in due]
    return [run._replace(by_hand=run.due in by_hand) for run in found]


def _run(scene: Scene, plan: Plan, moment: float, due: list[float], *, waits: bool) -> Run:
    name = f"{stem(plan)}-{stamp(moment + scene.told)}"
    closed = moment + plan.runs_for * (0.5 + share(scene.person.key, name))
    trouble = ""
    if waits:
        closed = float("inf")
    for hold in scene.holds.get(plan.id, ()):
        if moment == max((m for m in due if m <= hold.begin), default=None):
            closed, trouble = max(closed, hold.end), hold.sort
    ended, status = _end(scene, name, closed, deaf=waits or trouble == "nondeterminism")
    failing = "" if waits or status == "COMPLETED" else trouble
    asked = scene.cancelled.get(name)
    return Run(name, plan.type, moment, ended, status, plan.id, waits, failing, asked)


def _end(scene: Scene, name: str, closed: float, *, deaf: bool = False) -> tuple[float | None, str]:
    """When and how a run ended that would have closed by itself at ``closed``.

    ``deaf``: no worker hears that it should end.
    """
    killed = scene.ended.get(name)
    asked = scene.cancelled.get(name)
    if asked is not None and not deaf and (killed is None or asked < killed):
        heard = asked + OBEYS
        return (heard, "CANCELED") if heard <= scene.t else (None, "RUNNING")
    if killed is not None and killed <= closed:
        return killed, "TERMINATED"
    return (closed, "COMPLETED") if closed <= scene.t else (None, "RUNNING")


def all_runs(scene: Scene, about: str = "") -> list[Run]:
    """The last runs of every schedule, and what somebody started by hand.

    ``about``: only of schedules that a run with this id may be of.
    """
    plans = [plan for plan in scene.plans() if not about or about.startswith(stem(plan))]
    found = [run for plan in plans for run in runs(scene, plan)]
    if scene.person.onboarding:
        began = scene.t - scene.t % 864_000 - 40_000
        name = f"onboarding-{scene.person.name}-{int(began * 1000)}"
        closed, status = _end(scene, name, float("inf"))
        asked = scene.cancelled.get(name)
        run = Run(name, "OnboardingPipelineWorkflow", began, closed, status, cancelled=asked)
        found.append(run)
    return found


def find(scene: Scene, ident: str) -> Run | None:
    """The newest run with a workflow's id, unless it is too long ago."""
    return next((run for run in reversed(all_runs(scene, ident)) if run.workflow_id == ident), None)
