"""The pages of a tenant in their states."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from textual.pilot import Pilot

from alfred_tui.app import AlfredApp
from alfred_tui.model.facts import Containers, Schedules, Workflows
from alfred_tui.model.host import Host, Missing
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import FailureKind, Observation
from alfred_tui.model.paused import Paused
from alfred_tui.model.tenant import HostKey
from alfred_tui.model.verdict import Pill
from alfred_tui.model.view import Fact
from alfred_tui.screens.tenant import TenantScreen
from alfred_tui.tenant.ssh.errors import (
    AuthenticationFailed,
    HostKeyChanged,
    Phase,
    SshError,
    TimedOut,
    Unconfigured,
)
from tests.ui.fake_engine import FakeEngine, ago, facts_of, reason, troubled
from tests.ui.fake_sights import CONTAINERS, schedules
from tests.ui.hands import opened, shown, until
from tests.ui.states import LOCKED, State

NAME = "acme-dental"
Change = Callable[[FakeEngine], None]


def engine(change: Change = lambda _: None) -> Callable[[], FakeEngine]:
    def made() -> FakeEngine:
        found = FakeEngine(troubled())
        found.sights.ours = [
            Paused(NAME, "al-plane-sync", "ada@desk", ago(7200), "moving house"),
        ]
        change(found)
        return found

    return made


def seen(app: AlfredApp) -> bool:
    """The page has been looked at."""
    screen = app.screen
    page = screen.page if isinstance(screen, TenantScreen) else None
    return page is None or (not page.looking and bool(page.told or page.trouble))


def opens(number: str, *keys: str) -> Callable[[AlfredApp, Pilot[Any]], Any]:
    async def does(app: AlfredApp, pilot: Pilot[Any]) -> None:
        app.open_tenant(NAME)
        await until(pilot, lambda: isinstance(app.screen, TenantScreen))
        await pilot.press(number)
        if not app.engine.sights.held:  # type: ignore[attr-defined]
            await until(pilot, lambda: seen(app))
        await pilot.press(*keys)
        await pilot.pause()

    return does


def _empty(found: FakeEngine) -> None:
    found.sights.answers |= {
        "containers": Containers(),
        "schedules": Schedules(),
        "workflows": Workflows(),
    }


def _by_ssh(found: FakeEngine) -> None:
    found.sights.instead = "ctrl-api: connection refused at port 3100"


def _fails(look: Look, what: str, kind: FailureKind, text: str) -> Change:
    return lambda found: found.sights.fails(look, what, kind, text)


def _held(found: FakeEngine) -> None:
    found.sights.held = True


def _read_only(found: FakeEngine) -> None:
    found.board.read_only = True


def _known(look: Look, answer: Containers | Schedules) -> Change:
    seen = Observation(NAME, look, ago(240), 0.1, Door.API, answer)
    return lambda found: found.sights.known.update({look: seen})


def _host(trouble: SshError) -> Change:
    def change(found: FakeEngine) -> None:
        found.sights.troubles["host"] = str(trouble)
        found.sights.kinds["host"] = trouble.failure.kind

    return change


def _all(*changes: Change) -> Change:
    def each(found: FakeEngine) -> None:
        for change in changes:
            change(found)

    return each


def _key(kind: str, letter: str) -> HostKey:
    return HostKey(NAME, f"SHA256:{letter * 43}", "first use", ago(86400 * 40), kind)


KEY_REFUSED = AuthenticationFailed(NAME, "alfred", "~/.ssh/acme-dental_ed25519", ago(300))
HOST_KEYS = HostKeyChanged(
    NAME,
    [_key("ssh-ed25519", "a"), _key("ecdsa-sha2-nistp256", "b"), _key("ssh-rsa", "c")],
    _key("ssh-ed25519", "d"),
)
NO_WAY_IN = Unconfigured(NAME, "no way in over SSH is known", "Give it an ssh block")
PARTLY = Host(
    missing=(
        Missing("containers", "permission denied while trying to connect to the Docker daemon"),
        Missing("timers", "it did not end in time"),
        Missing("journal", "the login may not read all of it (groups adm, systemd-journal)"),
    )
)


def _forgotten(found: FakeEngine) -> None:
    """As before the first look that was ever answered."""
    found.change(
        NAME, pill=Pill.UNKNOWN, reasons=(), since=None, uptime=None, memory=None, oldest=None
    )
    found.set_facts(NAME, ())


def _key_refused(found: FakeEngine) -> None:
    text = "API key refused (HTTP 401): cannot see"
    refused = reason("key-refused", Pill.DEGRADED, text, 130, value="HTTP 401")
    found.change(NAME, pill=Pill.DEGRADED, reasons=(refused,), since=ago(130))
    said, banner = "key refused: Invalid API key", facts_of(NAME)[-1]
    door = Fact("Doors", "containers", said, Door.API, ago(4), "last look", Pill.DEGRADED)
    found.set_facts(NAME, (door, banner))


def _lacking(found: FakeEngine) -> None:
    """A tenant of the first generation: it has no dashboard, and what only that tells is not there.

    Nothing is wrong with it.
    """
    found.change(NAME, pill=Pill.OK, reasons=(), since=ago(86400 * 3), layout="F1", memory=48.0)
    door = Fact("Doors", "dashboard", "not on this generation", Door.API, ago(44), "last look")
    told = [
        msgspec.structs.replace(fact, value="running, healthy, up 12 d", pill=None)
        if fact.pill is not None
        else fact
        for fact in facts_of(NAME)
        if fact.group != "Vault"
    ]
    found.set_facts(NAME, (told[-2], door, told[-1], *told[:-2]))


def _silent(found: FakeEngine) -> None:
    """Neither door answers; what was seen before stands there with its age."""
    down = reason(
        "host-down",
        Pill.DOWN,
        "no answer on 3100 and 22",
        130,
        value="timed out",
        limit="2 tries",
        door=Door.PORT22,
    )
    found.change(NAME, pill=Pill.DOWN, reasons=(down,), since=ago(130), latency=None)
    lost = (("containers", Door.API, 3100), ("banner", Door.PORT22, 22))
    doors = [
        Fact("Doors", look, f"timed out: no answer on port {port} within 2 s", door, ago(4),
             "last look", Pill.DEGRADED)
        for look, door, port in lost
    ]  # fmt: skip
    before = [
        msgspec.structs.replace(fact, at=fact.at - timedelta(seconds=134))
        for fact in facts_of(NAME)
        if fact.group != "Doors" and fact.at is not None
    ]
    found.set_facts(NAME, (*doors, *before))


def _past_held(found: FakeEngine) -> None:
    found.past.gate = asyncio.Event()


async def _leaves(app: AlfredApp, pilot: Pilot[Any]) -> None:
    """The tenant is taken out of the fleet while its page is open."""
    await opens("4")(app, pilot)
    app.engine.drop(NAME)  # type: ignore[attr-defined]
    app.flush()
    await until(pilot, lambda: "not in the fleet" in shown(app))


def acts(number: str, *keys: str) -> Callable[[AlfredApp, Pilot[Any]], Any]:
    """The list of actions over a line of a page."""

    async def does(app: AlfredApp, pilot: Pilot[Any]) -> None:
        await opens(number, *keys, "a")(app, pilot)
        await opened(pilot, app, "actions")

    return does


STATES: dict[str, State] = {
    "containers": State(engine(), does=opens("2")),
    "containers-empty": State(engine(_empty), does=opens("2")),
    "containers-loading": State(engine(_held), does=opens("2")),
    "containers-starting": State(engine(_held), does=opens("2"), starting=True),
    "containers-not-started": State(engine(_held), does=opens("2"), failed=LOCKED),
    "containers-unsupported": State(
        engine(
            _fails(
                Look.CONTAINERS,
                "containers",
                FailureKind.UNSUPPORTED,
                "ctrl-api: this generation has no such route; ssh: docker: command not found",
            )
        ),
        does=opens("2"),
    ),
    "containers-forbidden": State(
        engine(
            _fails(
                Look.CONTAINERS,
                "containers",
                FailureKind.UNAUTHORIZED,
                f"ctrl-api: Invalid API key; ssh: {KEY_REFUSED}",
            )
        ),
        does=opens("2"),
    ),
    "containers-failed": State(
        engine(
            _all(
                _known(Look.CONTAINERS, CONTAINERS),
                _fails(
                    Look.CONTAINERS,
                    "containers",
                    FailureKind.TIMED_OUT,
                    "ctrl-api: no answer within 2.5 s",
                ),
            )
        ),
        does=opens("2"),
        waits=lambda app: "no answer" in shown(app),
    ),
    "containers-read-only": State(engine(_read_only), does=opens("2")),
    "workflows": State(engine(), does=opens("3")),
    "workflows-empty": State(engine(_empty), does=opens("3")),
    "workflows-loading": State(engine(_held), does=opens("3")),
    "workflows-unsupported": State(
        engine(
            _fails(Look.WORKFLOWS, "workflows", FailureKind.UNSUPPORTED, "this generation has none")
        ),
        does=opens("3"),
    ),
    "workflows-forbidden": State(
        engine(
            _fails(Look.WORKFLOWS, "workflows", FailureKind.UNAUTHORIZED, "Invalid API key"),
        ),
        does=opens("3"),
    ),
    "workflows-failed": State(
        engine(
            _fails(
                Look.WORKFLOWS,
                "workflows",
                FailureKind.COMMAND_FAILED,
                "failed reaching server: context deadline exceeded",
            ),
        ),
        does=opens("3"),
    ),
    "workflows-read-only": State(engine(_read_only), does=acts("3")),
    "schedules": State(engine(), does=opens("4")),
    "schedules-loading": State(engine(_held), does=opens("4")),
    "schedules-empty": State(engine(_empty), does=opens("4")),
    "schedules-looking": State(
        engine(_all(_held, _known(Look.SCHEDULES, schedules()))),
        does=opens("4"),
        waits=lambda app: "looking; " in shown(app),
    ),
    "schedules-unsupported": State(
        engine(
            _fails(
                Look.SCHEDULES,
                "schedules",
                FailureKind.UNSUPPORTED,
                "this generation has no such route",
            )
        ),
        does=opens("4"),
    ),
    "schedules-failed": State(
        engine(
            _fails(
                Look.SCHEDULES,
                "schedules",
                FailureKind.REFUSED,
                "ctrl-api: connection refused at port 3100; "
                f"ssh: {TimedOut(NAME, Phase.LOGIN, 15)}",
            )
        ),
        does=opens("4"),
    ),
    "schedules-read-only": State(engine(_read_only), does=acts("4", "down")),
    "schedules-by-ssh": State(engine(_by_ssh), does=opens("4")),
    "schedules-filter": State(engine(), does=opens("4", "slash", *"paused", "enter")),
    "schedules-forbidden": State(
        engine(
            _fails(Look.SCHEDULES, "schedules", FailureKind.UNAUTHORIZED, "the key was refused")
        ),
        does=opens("4"),
    ),
    "schedules-actions": State(engine(), does=opens("4", "down", "a")),
    "schedules-telling": State(engine(), does=opens("4", "end", "a", "1")),
    "host": State(engine(), does=opens("0")),
    "host-loading": State(engine(_held), does=opens("0")),
    "host-empty": State(
        engine(lambda found: found.sights.answers.update(host=Host())), does=opens("0")
    ),
    "host-partly": State(
        engine(lambda found: found.sights.answers.update(host=PARTLY)), does=opens("0")
    ),
    "host-forbidden": State(engine(_host(KEY_REFUSED)), does=opens("0")),
    "host-key-changed": State(engine(_host(HOST_KEYS)), does=opens("0")),
    "host-unsupported": State(engine(_host(NO_WAY_IN)), does=opens("0")),
    "host-failed": State(engine(_host(TimedOut(NAME, Phase.LOGIN, 15))), does=opens("0")),
    "host-read-only": State(engine(_all(_read_only, _host(KEY_REFUSED))), does=opens("0")),
    "host-no-match": State(engine(), does=opens("0", "slash", *"zebra", "enter")),
    "overview-empty": State(engine(_forgotten), does=opens("1")),
    "overview-loading": State(engine(_all(_forgotten, _past_held)), does=opens("1"), starting=True),
    "overview-not-started": State(engine(_forgotten), does=opens("1"), failed=LOCKED),
    "overview-unsupported": State(engine(_lacking), does=opens("1")),
    "overview-failed": State(engine(_silent), does=opens("1")),
    "overview-forbidden": State(engine(_key_refused), does=opens("1")),
    "overview-read-only": State(engine(_read_only), does=opens("1")),
    "schedules-gone": State(engine(), does=_leaves),
}
