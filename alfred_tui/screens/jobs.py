"""The jobs of this program: what is being done, and what was since it started."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from alfred_tui.model.operation import CallRecord
from alfred_tui.model.text import clean
from alfred_tui.screens.asking import READ_ONLY
from alfred_tui.screens.keys import LOOK, hints
from alfred_tui.screens.keys import binding as _key
from alfred_tui.screens.ports import ChangeSet
from alfred_tui.store.errors import StoreError
from alfred_tui.widgets import bulk_lines, job_lines
from alfred_tui.widgets.bar import Bar, Hints, spread
from alfred_tui.widgets.checks import wrapped
from alfred_tui.widgets.empty import centred, not_started
from alfred_tui.widgets.inks import INK_CLASSES, Line, Part
from alfred_tui.widgets.sheet import Row, Sheet

if TYPE_CHECKING:
    from alfred_tui.app import AlfredApp
    from alfred_tui.ops.board import Job
    from alfred_tui.ops.bulk import Bulk


class JobsScreen(Screen[None]):
    """A list; Enter unfolds a job, with what the journal has of its answers."""

    COMPONENT_CLASSES: ClassVar[set[str]] = INK_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("escape,q", "back", "back", "go back; jobs go on", LOOK),
        _key("enter", "show", "all of it", "every word and answer; again: less", LOOK),
        _key("x", "cancel", "cancel", "cancel this job", LOOK),
        _key("r", "retry", "retry failed", "the failed of this wish for many, once more", LOOK),
        _key("c", "copy", "copy", "copy this job as text", LOOK),
    ]

    def __init__(self, alfred: AlfredApp) -> None:
        super().__init__(name="jobs")
        self.alfred = alfred
        self._open: set[str] = set()
        self._calls: dict[str, tuple[CallRecord, ...]] = {}
        self._missing: dict[str, str] = {}
        self._read: dict[str, tuple[int, bool]] = {}
        self.sheet = Sheet(id="jobs", moved=lambda: self._hints.rewrite())
        self._top = Bar(self._title, id="top")
        self._hints = Hints(lambda: hints(self, ascii_only=alfred.ascii_only))

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._top
        yield self.sheet
        yield self._hints

    def on_mount(self) -> None:
        """The list has the keys."""
        self.sheet.focus()

    def fleet_changed(self, changes: ChangeSet) -> None:
        """Jobs go on."""
        self.rewrite()

    def _jobs(self) -> list[Job]:
        board = self.alfred.board
        parts = {id(line.job) for made in self.alfred.bulks for line in made.lines}
        jobs = [job for job in board.jobs if id(job) not in parts] if board is not None else []
        return job_lines.ordered(jobs)

    def _chosen(self) -> Job | None:
        key = self.sheet.chosen.key if self.sheet.chosen else ""
        return next((job for job in self._jobs() if job_lines.key_of(job) == key), None)

    @on(Sheet.Written)
    def rewrite(self) -> None:
        """Write everything anew; only what differs is drawn."""
        if not (width := self.sheet.scrollable_content_region.width):
            return
        glyphs, now = self.alfred.glyphs, self.alfred.engine.now()
        table = job_lines.columns(width)
        rows: list[Row] = []
        for made in reversed(self.alfred.bulks):
            rows.append(bulk_lines.row(made, width, glyphs))
            if made.running or bulk_lines.key_of(made) in self._open:
                for part, line in zip(
                    bulk_lines.parts(made, width, glyphs), made.lines, strict=True
                ):
                    rows.append(part)
                    if part.key in self._open and line.job is not None:
                        rows += self._told(line.job, table)
                rows.append(Row(()))
        for job in self._jobs():
            rows.append(job_lines.row(job, now, table, glyphs))
            if job_lines.key_of(job) in self._open:
                rows += self._told(job, table)
        self.sheet.write(rows or self._empty())
        self._top.rewrite()
        self._hints.rewrite()

    def _told(self, job: Job, table: job_lines.Columns) -> list[Row]:
        """All of a job, unfolded."""
        self._catch_up(job)
        key = job_lines.key_of(job)
        calls, missing = self._calls.get(key, ()), self._missing.get(key, "")
        return job_lines.told(job, calls, missing, table, self.alfred.glyphs)

    def _empty(self) -> list[Row]:
        key, width, board = self.alfred.key, self.sheet.size.width, self.alfred.board
        lines: list[list[Part]] = [[("Nothing has been done since the start", "title")], []]
        if self.alfred.failed:
            there: Part = (" there tries again", "muted")
            ways: list[Part] = [(key("back"), "key"), (" goes back; ", "muted")]
            ways += [(key("refresh"), "key"), there]
            lines = not_started(self.alfred.failed, width, ways)
        elif board is not None and board.read_only:
            told = wrapped(READ_ONLY, max(20, min(90, width - 8)))
            lines += [[(each, "degraded")] for each in told] + [[], self._before()]
        else:
            begins = " on a tenant, or on a line of its pages, begins it"
            lines += [[(key("actions"), "key"), (begins, "muted")], self._before()]
        above = max(0, (self.sheet.size.height - len(lines)) // 3)
        return [Row(())] * above + [Row(centred(line, width)) for line in lines]

    def _before(self) -> list[Part]:
        return [(self.alfred.key("journal"), "key"), (" has what was done before", "muted")]

    def _title(self, width: int) -> list[Line]:
        left: list[Part] = [(" Jobs", "title")]
        board = self.alfred.board
        if jobs := (board.jobs if board is not None else []):
            running = sum(job.running for job in jobs)
            left.append((f"  {running:,} running, {len(jobs) - running:,} ended", "muted"))
        now, mode = self.alfred.engine.now(), self.alfred.watch_jobs.parts(counted=False)
        return [spread(left, [*mode, (f"{now:%H:%M:%S} UTC", "text"), (" ", "text")], width)]

    # What hands do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a job there is nothing to show; one that has ended cannot be cancelled."""
        made = self._wish()
        if action == "retry":
            return made is not None and not made.running and bool(made.failed)
        if action in ("show", "copy"):
            return self._chosen() is not None or made is not None
        if action == "cancel":
            if made is not None:
                return made.running
            chosen = self._chosen()
            return chosen is not None and chosen.running
        return True

    def action_show(self) -> None:
        """All of the job under the cursor, or its line again."""
        if (chosen := self.sheet.chosen) is None or not chosen.key:
            return
        made = self._wish()
        # a part that was never begun has nothing of its own to show
        whole = made if self._part() is None else None
        self._open ^= {chosen.key if whole is None else bulk_lines.key_of(whole)}
        self.rewrite()

    def _wish(self) -> Bulk | None:
        """The wish for many under the cursor."""
        key = self.sheet.chosen.key if self.sheet.chosen else ""
        for each in self.alfred.bulks:
            if key == bulk_lines.key_of(each) or key.startswith(f"{bulk_lines.key_of(each)} "):
                return each
        return None

    def _part(self) -> Job | None:
        """The job of one tenant under the cursor, in a wish for many."""
        made, key = self._wish(), self.sheet.chosen.key if self.sheet.chosen else ""
        if made is None:
            return None
        parts = enumerate(made.lines)
        return next((part.job for n, part in parts if key == bulk_lines.part_key(made, n)), None)

    def action_retry(self) -> None:
        """Those of a wish that went wrong or were not begun: planned and asked for anew."""
        if (made := self._wish()) is not None and not made.running and made.failed:
            self.alfred.operate_many(made.operation, made.failed)

    def _catch_up(self, job: Job) -> None:
        """Read its answers where it has said something since they were read."""
        key, now = job_lines.key_of(job), (len(job.told), job.running)
        if self._read.get(key) != now:
            self._read[key] = now
            self.run_worker(self._ask(job), group=key, exclusive=True, exit_on_error=False)

    async def _ask(self, job: Job) -> None:
        """What the journal has of it."""
        key, journal = job_lines.key_of(job), self.alfred.engine.journal
        try:
            runs = await journal.runs(job.plan.tenant, before=job.number + 1, limit=1)
        except StoreError as trouble:
            self._missing[key] = clean(f"cannot be read: {trouble}", 400)
        else:
            self._calls[key] = runs[0].calls if runs and runs[0].number == job.number else ()
            self._missing[key] = "" if runs else "the journal does not have it any more"
        self.rewrite()

    def action_cancel(self) -> None:
        """End the job under the cursor, as far as that is in our hands."""
        if (made := self._wish()) is not None and made.running:
            self.alfred.say("cancelling: who was not begun is left alone")
            self.alfred.run_worker(made.cancel(), exit_on_error=False)
            return
        job, board = self._chosen(), self.alfred.board
        if job is None or board is None or not job.running:
            return
        text = "what is under way may still be carried out"
        self.alfred.say(f"cancelling {job.plan.title}: {text}")
        # the app's, not the screen's: leaving must not end the ending
        self.alfred.run_worker(board.cancel(job), exit_on_error=False)

    def action_copy(self) -> None:
        """The job under the cursor, with every answer that is unfolded."""
        chosen, job = self.sheet.chosen, self._chosen()
        if chosen is not None and chosen.key in self._open:
            job = job or self._part()
        if job is None and self._wish() is not None and chosen is not None:
            self.alfred.copy(chosen.copy)
        elif job is not None:
            calls = self._calls.get(job_lines.key_of(job), ())
            self.alfred.copy(job_lines.copied_with(job, calls))

    def action_back(self) -> None:
        """Back to the screen below."""
        self.alfred.action_leave()
