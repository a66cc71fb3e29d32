"""What changes the world: restart, stop, start, terminate, trigger, and the broken pause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alfred_tui.sim import temporal, temporal_routes
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.replies import NO_DOCKER, Reply, answer, failed_command, refusal

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

SERVICE_NAME = re.compile(r"[A-Za-z0-9_-]+")
GUARDED = {"F3": ("openclaw", "ctrl-api"), "H": ("hermes", "ctrl-api")}
DONE = {"restart": "restarted", "stop": "stopped", "start": "started"}
STUBBORN = 10.4
"""Seconds that stopping a service costs which ignores SIGTERM."""
IGNORE_SIGTERM = ("alfred-learn", "ctrl-api")
LEARN_WINDOW = 30.0
HEALED = frozenset({"container-exit", "unhealthy", "service-paused"})


def container(asked: Asked, service: str, verb: str) -> Reply:
    """``POST /admin/containers/{service}/{verb}`` (3.2)."""
    if not SERVICE_NAME.fullmatch(service):
        return refusal(500, "EXEC_ERROR", "Invalid service name")
    guarded = service in GUARDED.get(asked.person.generation, ())
    sure = asked.headers.get("x-confirm-self-restart") == "yes"
    if verb == "restart" and guarded and not sure:
        text = (
            f"Refusing to restart {service} without X-Confirm-Self-Restart:yes header"
            " — this kills the running session or API connection"
        )
        return answer({"error": text}, 0.002, 409)
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    if not asked.has(service):
        return failed_command(f"no such service: {service}\n")
    took = do(asked, service, verb)
    if service == "ctrl-api" and verb != "start":
        # it ends before it can answer
        return Reply(0, delay=took, behaviour="closed")
    return answer({"message": f'Container "{service}" {DONE[verb]}'}, took)


def do(asked: Asked, service: str, verb: str) -> float:
    """Let Compose ``restart``, ``stop`` or ``start`` a service; how many seconds that takes."""
    took = STUBBORN if service in IGNORE_SIGTERM and verb != "start" else 1.4
    _do(asked, service, verb, took)
    return took


def _do(asked: Asked, service: str, verb: str, took: float) -> None:
    end = asked.t + took
    if verb == "stop":
        if asked.life.at(service, asked.t) is not None:
            asked.life.stop(service, end - 0.1 if service in IGNORE_SIGTERM else asked.t + 0.2)
        return
    if verb == "restart":
        # one that ignores SIGTERM works on, and is listed, until it is killed
        begin = end - 0.2 if service in IGNORE_SIGTERM else asked.t + 0.2
        asked.life.restart(service, begin, end + (1.3 if service == "ctrl-api" else -0.1))
    else:
        asked.life.start(service, asked.t + 0.5)
    repaired(asked, service, end)


def repaired(asked: Asked, service: str, t: float) -> None:
    """What a new start of a service's container repairs is repaired at ``t``."""
    asked.world.heal(asked.person.name, HEALED, service, t)
    if service == "alfred-learn":
        asked.world.heal(asked.person.name, frozenset({"zero-pollers"}), "", t)


def restart_learn(asked: Asked) -> Reply | None:
    """``POST /admin/restart-learn``: one in 30 s, counted from the request (3.3)."""
    if asked.person.generation == "F1":
        return None
    name = asked.person.name
    passed = asked.t - asked.world.learn_asked.get(name, asked.t - LEARN_WINDOW)
    if passed < LEARN_WINDOW:
        text = "alfred-learn was restarted recently — wait before triggering another"
        left = max(1, round(LEARN_WINDOW - passed))
        flat = {"error": "rate limited", "retry_after_seconds": left, "message": text}
        return answer(flat, 0.002, 429)
    asked.world.learn_asked[name] = asked.t
    trouble = "" if asked.has("alfred-learn") else "no such service: alfred-learn\n"
    if "docker-silent" in asked.kinds:
        trouble = NO_DOCKER
    if trouble:
        flat = {"error": "restart failed", "details": f"docker failed (1): {trouble}"}
        return answer(flat, 0.1, 500)
    _do(asked, "alfred-learn", "restart", STUBBORN)
    when = stamp(asked.t + asked.told, 3)
    done = {"ok": True, "restarted_at": when, "ready_after_seconds": round(STUBBORN + 0.6)}
    return answer(done, STUBBORN + 0.6)


def restart_workers(asked: Asked) -> Reply | None:
    """``POST /workers/restart``: the whole container, whatever the body names (5.3)."""
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    if not asked.has("alfred"):
        return failed_command("no such service: alfred\n")
    took = do(asked, "alfred", "restart")
    return answer({"message": "Alfred container restarted"}, took)


_FLAGS = (
    "address api-key calendar catchup-window client-authority codec-auth color command-timeout cron"
    " end-time env env-file execution-timeout grpc-meta input input-base64 input-file input-meta"
    " interval jitter log-format log-level memo namespace notes output overlap-policy"
    " pause-on-failure remaining-actions run-timeout schedule-id search-attribute start-time"
    " task-queue task-timeout time-format time-zone tls tls-ca-data tls-ca-path tls-cert-data"
    " tls-cert-path tls-server-name type workflow-id"
)
FLAGS = tuple(_FLAGS.split())


def usage(flag: str) -> tuple[str, str]:
    """What the CLI says of a flag that ``schedule update`` lacks: the error, and its usage."""
    listed = "".join(
        f"      --{name} value\n" + f"                Sets {name} for this command.\n" * 5
        for name in FLAGS
    )
    text = f"Error: unknown flag: {flag}\nUsage:\n  temporal schedule update [flags]\n\nFlags:\n"
    return text, listed


def pause_schedule(asked: Asked, ident: str, verb: str) -> Reply:
    """Broken in every version: a flag that the CLI lacks, and its usage, twice (6.4)."""
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    text, listed = usage(f"--{verb}")
    return failed_command(f"{text}{listed}\nunknown flag: --{verb}\n", 0.2)


def trigger(asked: Asked, ident: str) -> Reply:
    """``POST /schedules/{id}/trigger``: a run starts now."""
    if (down := temporal_routes.down(asked)) is not None:
        return down
    if not any(plan.id == ident for plan in asked.scene.plans()):
        return temporal_routes.no_schedule(asked, ident)
    asked.world.start_by_hand(asked.person.name, ident, asked.t)
    return answer({"message": "Schedule triggered"}, 0.25)


def terminate(asked: Asked, ident: str) -> Reply:
    """``POST /workflows/{id}/terminate``: a stuck one is stuck no more."""
    if (down := temporal_routes.down(asked)) is not None:
        return down
    if problem := end(asked, ident):
        return temporal_routes.cli_error(asked, f"failed to terminate workflow: {problem}")
    return answer({"message": "Workflow terminated"}, 0.25)


def end(asked: Asked, ident: str, reason: str = "") -> str:
    """Terminate a run; what Temporal says against it, empty when it was done."""
    run = temporal.find(asked.scene, ident)
    if run is None and ident not in asked.scene.ended:
        return f"workflow not found for ID: {ident}"
    if run is None or run.closed is not None:
        return "workflow execution already completed"
    asked.world.terminate(asked.person.name, ident, asked.t, reason)
    if run.trouble:
        stuck = frozenset({"workflow-stuck"})
        asked.world.heal(asked.person.name, stuck, run.schedule, asked.t)
    return ""


def cancel(asked: Asked, ident: str) -> Reply:
    """``POST /workflows/{id}/cancel``: 200 for a closed one, too (6.2)."""
    if (down := temporal_routes.down(asked)) is not None:
        return down
    if problem := ask_to_end(asked, ident):
        return temporal_routes.cli_error(asked, f"failed to cancel workflow: {problem}")
    return answer({"message": "Workflow cancelled"}, 0.23)


def ask_to_end(asked: Asked, ident: str) -> str:
    """Ask a run to end, which a closed one hears gladly; what Temporal says against it."""
    run = temporal.find(asked.scene, ident)
    if run is None:
        return "" if ident in asked.scene.ended else f"workflow not found for ID: {ident}"
    if run.closed is None:
        asked.world.cancel(asked.person.name, ident, asked.t)
        if run.trouble == "activity":
            obeyed = asked.t + temporal.OBEYS
            stuck = frozenset({"workflow-stuck"})
            asked.world.heal(asked.person.name, stuck, run.schedule, obeyed)
    return ""
