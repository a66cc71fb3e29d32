"""Routes behind which the Temporal CLI runs, and how they all fail without Temporal (6)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from alfred_tui.sim import executions, history, pollers, schedules, temporal, visibility
from alfred_tui.sim.clock import run_id, stamp
from alfred_tui.sim.replies import NO_DOCKER, Reply, answer, failed_command

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

BOOT = 2.0
"""Seconds that Temporal's server needs before it can be reached."""
STANDS = {
    "paused": "paused",
    "restarting": "restarting, wait until the container is running",
}
"""Docker's words for a container that no command can enter."""
STATUS_IS = ("ExecutionStatus", "=")
CLIENTS = ("Nexus-go-sdk", "temporal-cli", "temporal-go", "temporal-java", "temporal-php")
CLUSTER = {
    "supportedClients": dict.fromkeys(CLIENTS, "<2.0.0")
    | {"temporal-server": "<2.0.0", "temporal-typescript": "<2.0.0", "temporal-ui": "<3.0.0"},
    "serverVersion": "1.29.1",
    "clusterName": "active",
    "historyShardCount": 1,
    "persistenceStore": "sqlite",
    "visibilityStore": "sqlite",
    "initialFailoverVersion": "1",
    "failoverVersionIncrement": "10",
}


def down(asked: Asked) -> Reply | None:
    """The refusal of every Temporal route while Temporal cannot be asked."""
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    present = asked.life.at("temporal", asked.t)
    sorts = {fault.sort for fault in asked.faults if fault.kind == "temporal-silent"}
    if present is None or "stopped" in sorts:
        return failed_command('service "temporal" is not running\n')
    if (state := asked.state("temporal")) != "running":
        ident = asked.life.container_id("temporal", present.created)
        return failed_command(f"Error response from daemon: Container {ident} is {STANDS[state]}\n")
    if "temporal-silent" in asked.kinds or asked.t - present.started < BOOT:
        return cli_error(asked, "failed reaching server: context deadline exceeded", 5.2)
    return None


def cli_error(asked: Asked, text: str, delay: float = 0.2, stdout: str = "") -> Reply:
    """A line of the CLI's log on stderr, and exit code 1."""
    moment = stamp(asked.t + asked.told, 3)[:-1]
    return failed_command(f'time={moment} level=ERROR msg="{text}"\n', delay, stdout)


def cluster(asked: Asked) -> Reply:
    """``GET /admin/temporal/cluster``."""
    ident = run_id("cluster", asked.person.key)
    return down(asked) or answer(CLUSTER | {"clusterId": ident}, 0.31)


def queue(asked: Asked, name: str) -> Reply:
    """``GET /admin/temporal/task-queues/{name}``."""
    return down(asked) or answer(pollers.queue(asked.scene, name), 0.22)


def all_schedules(asked: Asked) -> Reply:
    """``GET /schedules``."""
    return down(asked) or answer(schedules.listed(asked.scene), 0.26)


def schedule(asked: Asked, ident: str) -> Reply:
    """``GET /schedules/{id}``."""
    if (refused := down(asked)) is not None:
        return refused
    plan = next((plan for plan in asked.scene.plans() if plan.id == ident), None)
    if plan is None:
        return no_schedule(asked, ident)
    return answer(schedules.described(asked.scene, plan), 0.22)


def no_schedule(asked: Asked, ident: str) -> Reply:
    """An id that is no schedule's is a 500, never a 404."""
    return cli_error(asked, f"workflow not found for ID: temporal-sys-scheduler:{ident}")


def workflows(asked: Asked) -> Reply:
    """``GET /workflows?query=``, every page at once."""
    if (refused := down(asked)) is not None:
        return refused
    text = parse_qs(asked.query, keep_blank_values=True).get("query", [""])[0]
    try:
        clauses = visibility.parse(text)
    except visibility.QueryError as trouble:
        problem = f"failed listing workflows: invalid query: {trouble}"
        return cli_error(asked, problem, 0.22, stdout="[\n]\n")
    asked_for = (wanted.upper() for word, sign, wanted in clauses if (word, sign) == STATUS_IS)
    rows = executions.listed(asked.scene, next(asked_for, ""))
    return answer([row for row in rows if visibility.meets(row, clauses)], 0.26)


def workflow(asked: Asked, ident: str) -> Reply:
    """``GET /workflows/{id}[?run_id=]``."""
    if (refused := down(asked)) is not None:
        return refused
    run = _run(asked, ident, "failed describing workflow")
    return run if isinstance(run, Reply) else answer(executions.described(asked.scene, run), 0.22)


def workflow_history(asked: Asked, ident: str) -> Reply:
    """``GET /workflows/{id}/history``: one history in an array."""
    if (refused := down(asked)) is not None:
        return refused
    run = _run(asked, ident, "failed getting next history event")
    if isinstance(run, Reply):
        return run
    return answer([{"events": history.of(asked.scene, run)}], 0.23)


def _run(asked: Asked, ident: str, failed: str) -> temporal.Run | Reply:
    """The run that is asked for, or the CLI's complaint."""
    wanted = parse_qs(asked.query).get("run_id", [""])[0]
    found = temporal.find(asked.scene, ident)
    if found is not None and wanted in ("", found.ids(asked.person)["runId"]):
        return found
    if wanted and len(wanted) != len(run_id()):
        return cli_error(asked, f"{failed}: Invalid RunId.")
    missing = f"workflow not found for ID: {ident}"
    return cli_error(asked, f"{failed}: {missing}")
