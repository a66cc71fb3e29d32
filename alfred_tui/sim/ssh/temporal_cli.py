"""The ``temporal`` command as it runs in the container (fixtures of CLI 1.5.1; runbook.md 4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from alfred_tui.sim import (
    acts,
    executions,
    history,
    pollers,
    schedules,
    temporal_routes,
    visibility,
)
from alfred_tui.sim import temporal as knows
from alfred_tui.sim.clock import run_id, stamp
from alfred_tui.sim.replies import Reply
from alfred_tui.sim.ssh import temporal_texts
from alfred_tui.sim.ssh.arguments import Arguments, Unknown, parse
from alfred_tui.sim.ssh.shell import Job

COMMON = "-o= --output= --address= -n= --namespace= --command-timeout= --color= --log-level= -h"
COMMON += " --help --time-format= --no-json-shorthand-payloads --log-format="
OF_RUN = "-w= --workflow-id= -r= --run-id="
OF_SCHEDULE = "-s= --schedule-id="
NO_REASON = "(no reason provided)"


async def temporal(job: Job) -> int:
    """``temporal SUBJECT VERB [flags]``."""
    words = job.words[1:]
    key = " ".join(words[:2])
    if words[:1] == ["--version"]:
        job.say("temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)")
        return 0
    if key == "operator cluster":
        key = " ".join(words[:3])
    found = VERBS.get(key)
    if found is None:
        word = words[1] if len(words) > 1 and words[0] in SUBJECTS else (words or [""])[0]
        parent = f"temporal {words[0]}" if word in words[1:2] else "temporal"
        return job.fail(f'Error: unknown command "{word}" for "{parent}"')
    flags, does = found
    try:
        given = parse(words[len(key.split()) :], f"{COMMON} {flags}")
    except Unknown as trouble:
        return _unknown(job, key, str(trouble))
    for flag in [flag for flag in flags.split() if flag in NEEDED.get(key, ())]:
        if not any(given.of(name.rstrip("=")) for name in (flag, _short(flag, flags))):
            name = flag.strip("-=")
            return job.fail(f'Error: required flag(s) "{name}" not set')
    return await _asked(job, given, does)


def _short(flag: str, flags: str) -> str:
    """The short form that stands before a long flag in the list."""
    listed = flags.split()
    at = listed.index(flag)
    return listed[at - 1] if at and not listed[at - 1].startswith("--") else flag


def _unknown(job: Job, key: str, trouble: str) -> int:
    if key == "schedule update" and trouble.startswith("unknown flag: "):
        text, listed = acts.usage(trouble.removeprefix("unknown flag: "))
        return job.fail(f"{text}{listed}")
    return job.fail(f"Error: {trouble}\nUsage:\n  temporal {key} [flags]\n")


async def _asked(job: Job, given: Arguments, does: Verb) -> int:
    """Let a verb ask the server, if that can be reached."""
    down = temporal_routes.down(job.asked)
    if down is not None:
        return await refused(job, down)
    await job.takes(0.2)
    return does(job, given)


async def refused(job: Job, reply: Reply) -> int:
    """What the command says where the API wraps its failure; the exit code."""
    await job.takes(reply.delay)
    details = json.loads(reply.body)["error"]["details"]
    job.io.out(details.get("stdout", ""))
    job.io.err(details["stderr"])
    return 1


def trouble(job: Job, text: str) -> int:
    """A line of the CLI's log on stderr, and exit code 1."""
    moment = stamp(job.t + job.asked.told, 3)[:-1]
    return job.fail(f'time={moment} level=ERROR msg="{text}"')


def structured(given: Arguments) -> bool:
    """Whether JSON is wanted."""
    return given.of("-o", "--output") in ("json", "jsonl")


def show(job: Job, value: Any) -> None:
    """A JSON document; a list's entries are not indented."""
    if isinstance(value, list):
        inner = ",\n".join(json.dumps(item, indent=2, ensure_ascii=False) for item in value)
        job.say(f"[\n{inner}\n]" if inner else "[\n]")
    else:
        job.say(json.dumps(value, indent=2, ensure_ascii=False))


# --- workflows ------------------------------------------------------------------------------------


def _rows(job: Job, given: Arguments) -> list[dict[str, Any]]:
    """The rows that a query asks for.

    Raises:
        QueryError: it is none.
    """
    clauses = visibility.parse(given.of("-q", "--query"))
    rows = executions.listed(job.asked.scene)
    return [row for row in rows if visibility.meets(row, clauses)]


def workflow_list(job: Job, given: Arguments) -> int:
    """``workflow list [--query Q] [--limit N]``."""
    try:
        rows = _rows(job, given)
    except visibility.QueryError as problem:
        if structured(given):
            show(job, [])
        return trouble(job, f"failed listing workflows: invalid query: {problem}")
    limit = given.of("--limit")
    rows = rows[: int(limit)] if limit.isdecimal() and int(limit) else rows
    if structured(given):
        show(job, rows)
    else:
        temporal_texts.workflows(job, rows)
    return 0


def workflow_count(job: Job, given: Arguments) -> int:
    """``workflow count [--query Q]``: a number, which is a text in JSON."""
    try:
        count = len(_rows(job, given))
    except visibility.QueryError as problem:
        return trouble(job, f"failed counting workflows: invalid query: {problem}")
    if structured(given):
        show(job, {"count": str(count)})
    else:
        job.say(f"Total: {count}")
    return 0


def _run(job: Job, given: Arguments, failed: str) -> knows.Run | None:
    """The run that is asked for; None when there is none, which has been said."""
    ident, wanted = given.of("-w", "--workflow-id"), given.of("-r", "--run-id")
    asked = job.asked
    run = knows.find(asked.scene, ident)
    if run is not None and wanted in ("", run.ids(asked.person)["runId"]):
        return run
    if wanted and len(wanted) != len(run_id()):
        trouble(job, f"{failed}: Invalid RunId.")
    else:
        trouble(job, f"{failed}: workflow not found for ID: {ident}")
    return None


def workflow_describe(job: Job, given: Arguments) -> int:
    """``workflow describe -w ID``."""
    run = _run(job, given, "failed describing workflow")
    if run is None:
        return 1
    whole = executions.described(job.asked.scene, run)
    if structured(given):
        show(job, whole)
    else:
        temporal_texts.workflow(job, whole)
    return 0


def workflow_show(job: Job, given: Arguments) -> int:
    """``workflow show -w ID``: its history."""
    run = _run(job, given, "failed getting next history event")
    if run is None:
        return 1
    events = history.of(job.asked.scene, run)
    if structured(given):
        show(job, {"events": events})
    else:
        temporal_texts.events(job, events)
    return 0


def workflow_terminate(job: Job, given: Arguments) -> int:
    """``workflow terminate -w ID [--reason R]``."""
    ident = given.of("-w", "--workflow-id")
    if problem := acts.end(job.asked, ident, given.of("--reason")):
        return trouble(job, f"failed to terminate workflow: {problem}")
    job.say("Workflow terminated")
    return 0


def workflow_cancel(job: Job, given: Arguments) -> int:
    """``workflow cancel -w ID``: a closed one is cancelled with success, too."""
    if problem := acts.ask_to_end(job.asked, given.of("-w", "--workflow-id")):
        return trouble(job, f"failed to cancel workflow: {problem}")
    job.say("Canceled workflow")
    return 0


# --- schedules ------------------------------------------------------------------------------------


def schedule_list(job: Job, given: Arguments) -> int:
    """``schedule list``."""
    rows = schedules.listed(job.asked.scene)
    if structured(given):
        show(job, rows)
    else:
        temporal_texts.schedules(job, rows)
    return 0


def _known(job: Job, given: Arguments) -> str:
    """The schedule that is meant; empty when there is none, which has been said."""
    ident = given.of("-s", "--schedule-id")
    if any(plan.id == ident for plan in job.asked.scene.plans()):
        return ident
    trouble(job, f"workflow not found for ID: temporal-sys-scheduler:{ident}")
    return ""


def schedule_describe(job: Job, given: Arguments) -> int:
    """``schedule describe -s ID``."""
    ident = _known(job, given)
    if not ident:
        return 1
    scene = job.asked.scene
    whole = schedules.described(scene, next(plan for plan in scene.plans() if plan.id == ident))
    if structured(given):
        show(job, whole)
    else:
        temporal_texts.schedule(job, ident, whole)
    return 0


def schedule_trigger(job: Job, given: Arguments) -> int:
    """``schedule trigger -s ID``: says nothing, also when the overlap policy skips the run."""
    ident = _known(job, given)
    if ident:
        job.box.world.start_by_hand(job.box.person.name, ident, job.t)
    return int(not ident)


def schedule_toggle(job: Job, given: Arguments) -> int:
    """``schedule toggle -s ID --pause|--unpause [--reason R]``: says nothing."""
    pause = given.has("--pause")
    if pause is given.has("--unpause"):
        return trouble(job, "exactly one of --pause or --unpause is required")
    ident = _known(job, given)
    if ident:
        reason = given.of("--reason") or NO_REASON
        name = job.box.person.name
        job.box.world.toggle(name, ident, job.t, paused=pause, reason=reason)
    return int(not ident)


def schedule_update(job: Job, given: Arguments) -> int:
    """``schedule update -s ID``: without a spec it says what is missing."""
    return trouble(job, "no schedule specification was given") if _known(job, given) else 1


# --- the server -----------------------------------------------------------------------------------


def queue(job: Job, given: Arguments) -> int:
    """``task-queue describe -t NAME``: who polls."""
    found = pollers.queue(job.asked.scene, given.of("-t", "--task-queue"))
    if structured(given):
        show(job, found)
    else:
        temporal_texts.queue(job, found)
    return 0


def cluster(job: Job, given: Arguments) -> int:
    """``operator cluster describe`` and ``health``."""
    whole = temporal_routes.CLUSTER | {"clusterId": run_id("cluster", job.box.person.key)}
    if "health" in job.words:
        show(job, {"status": "SERVING"}) if structured(given) else job.say("SERVING")
    elif structured(given):
        show(job, whole)
    else:
        job.say(f"  Name    {whole['clusterName']}\n  Version {whole['serverVersion']}")
    return 0


Verb = Callable[[Job, Arguments], int]
SUBJECTS = ("workflow", "schedule", "task-queue", "operator")
_TOGGLE = f"{OF_SCHEDULE} --pause --unpause --reason="
_UPDATE = f"{OF_SCHEDULE} " + " ".join(f"--{flag}=" for flag in acts.FLAGS)
VERBS: dict[str, tuple[str, Verb]] = {
    "workflow list": ("-q= --query= --limit= --page-size= --archived", workflow_list),
    "workflow count": ("-q= --query=", workflow_count),
    "workflow describe": (f"{OF_RUN} --raw --reset-points", workflow_describe),
    "workflow show": (f"{OF_RUN} -f --follow --detailed", workflow_show),
    "workflow terminate": (f"{OF_RUN} --reason=", workflow_terminate),
    "workflow cancel": (f"{OF_RUN} --reason=", workflow_cancel),
    "schedule list": ("-l --long --really-long -q= --query=", schedule_list),
    "schedule describe": (OF_SCHEDULE, schedule_describe),
    "schedule trigger": (f"{OF_SCHEDULE} --overlap-policy=", schedule_trigger),
    "schedule toggle": (_TOGGLE, schedule_toggle),
    "schedule update": (_UPDATE, schedule_update),
    "task-queue describe": ("-t= --task-queue= --task-queue-type= --legacy-mode", queue),
    "operator cluster describe": ("--detail", cluster),
    "operator cluster health": ("", cluster),
}
NEEDED = {
    **dict.fromkeys((f"workflow {v}" for v in ("describe", "show")), ("--workflow-id=",)),
    **dict.fromkeys((f"workflow {v}" for v in ("terminate", "cancel")), ("--workflow-id=",)),
    **dict.fromkeys(
        (f"schedule {v}" for v in ("describe", "trigger", "toggle", "update")), ("--schedule-id=",)
    ),
    "task-queue describe": ("--task-queue=",),
}
"""Flags without which a verb does not begin."""
