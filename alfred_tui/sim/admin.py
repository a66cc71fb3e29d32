"""What a tenant tells of its machine, its containers and its agent (2, 3.1, 4, 5.1, 7.16, 7.17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alfred_tui.sim import machine, storage
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.people import Person
from alfred_tui.sim.replies import NO_DOCKER, Reply, answer, compact, failed_command

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

SCRIPT = "/opt/alfred/healthcheck.sh"
TOUCHED = "2026-06-01T08:00:00.000Z"
"""When the agent's configuration was changed last."""


def alive(asked: Asked) -> Reply | None:
    """``GET /healthz`` and ``/api/v1/health`` of H: the event loop turns."""
    if asked.person.generation != "H":
        return None
    now = stamp(asked.t + asked.told, 3)
    return answer({"ok": True, "service": "ctrl-api", "ts": now}, 0.001)


def containers(asked: Asked) -> Reply:
    """``GET /admin/containers``."""
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    return answer(asked.rows(), 0.14)


def health(asked: Asked) -> Reply:
    """``GET /admin/health``: the script's object; on the newest H there is no script."""
    silent = "docker-silent" in asked.kinds
    if not asked.person.newest:
        return answer(_script(asked, b"[]" if silent else asked.rows()), 0.17)
    missing = f"{SCRIPT} failed (ENOENT): spawn {SCRIPT} ENOENT"
    told = compact({"status": "degraded", "script": "unavailable", "detail": missing})
    listed = b"null" if silent else asked.rows()
    return answer(told[:-1] + b',"containers":' + listed + b"}", 0.15)


def _script(asked: Asked, listed: bytes) -> bytes:
    """What the health script prints: disk and tunnel are seen from inside the container."""
    memory = machine.memory_percent(asked.person, asked.t, asked.world.epoch, asked.faults)
    return b'{"containers":%b,"disk_percent":%d,"memory_percent":%d,"cloudflared_status":%b}' % (
        listed,
        asked.person.root_disk,
        int(memory),
        b'"inactive"',
    )


def dashboard(asked: Asked) -> Reply | None:
    """``GET /admin/dashboard``, which F1 lacks."""
    person = asked.person
    if person.generation == "F1":
        return None
    silent = "docker-silent" in asked.kinds
    listed = b"[]" if silent else asked.rows()
    told = _script(asked, listed)
    if person.generation == "H":
        # the script is often not installed there, and then nothing but this is said
        told = b'{"status":"degraded"}' if person.newest else told[:-1] + b',"status":"ok"}'
    parts = [b'{"health":', told, b',"containers":', b"null" if silent else listed]
    agent = asked.runs(person.agent) and not silent
    if person.generation == "H":
        parts.append(b',"pairing":' + (b'{"raw":"No pending pairings"}' if agent else b"null"))
    else:
        parts += [b',"devices":', compact(_devices(person)) if agent else b"null"]
    parts += [b',"vault":', machine.vault(person, asked.t, asked.world.epoch)]
    parts.append(b',"inbox":{"files":["_quarantine","memo.md","processed"]}')
    if person.generation != "H":
        parts += [b',"openclawCfg":', compact(_config(person))]
    return answer(b"".join([*parts, b"}"]), 0.35 + person.records * 0.00004)


def devices(asked: Asked) -> Reply:
    """``GET /devices``: F asks OpenClaw; H keeps the path, but the command is gone."""
    person = asked.person
    if "docker-silent" in asked.kinds:
        return failed_command(NO_DOCKER)
    if not asked.runs(person.agent):
        return failed_command(f'service "{person.agent}" is not running\n', 0.14)
    if person.generation == "H":
        missing = 'exec: "openclaw": executable file not found in $PATH'
        return failed_command(f"OCI runtime exec failed: {missing}\n", 0.2, code=127)
    return answer(_devices(person), 0.4)


def _devices(person: Person) -> dict[str, Any]:
    phone = {"id": "dev-1", "name": "phone", "type": "mobile", "pairedAt": "2026-04-02T10:00:00Z"}
    waiting = {"requestId": "req-1", "name": "laptop", "type": "desktop"}
    return {"pending": [waiting] if person.index % 7 == 0 else [], "paired": [phone]}


def _config(person: Person) -> dict[str, Any]:
    token = f"gw-{person.key}"
    return {
        "meta": {"lastTouchedAt": TOUCHED},
        "gateway": {"auth": {"mode": "token", "token": token}, "tools": {"allow": ["web_search"]}},
        "agents": {
            "defaults": {"model": {"primary": "openrouter/example-model"}},
            "list": [{"id": "main", "name": "Alfred"}],
        },
        "channels": {"telegram": {"botToken": f"tg-{person.key}"}},
    }


def ready(asked: Asked, runtime: str) -> Reply | None:
    """``GET /openclaw/ready`` of F2 and F3, ``/hermes/ready`` of H: always 200."""
    person = asked.person
    if runtime != person.agent or person.generation == "F1":
        return None
    touched = TOUCHED if runtime == "openclaw" else None
    told = {"last_config_touch_at": touched, "restart_expected_until": None}
    return answer({"ready": asked.healthy(runtime), **told}, 0.005)


def system(asked: Asked) -> Reply:
    """``GET /admin/system/info``."""
    info = machine.system_info(asked.person, asked.t, asked.world.epoch, asked.faults)
    return answer(info, 0.02)


def system_disk(asked: Asked) -> Reply | None:
    """``GET /admin/system-info``, of the newest H only."""
    if not asked.person.newest:
        return None
    disk = machine.disk_object(asked.person, asked.t, asked.world.epoch, asked.faults)
    return answer(disk, 0.01)


def storage_metrics(asked: Asked) -> Reply | None:
    """``GET /admin/storage-metrics``, of F3 only."""
    if asked.person.generation != "F3":
        return None
    present = asked.life.at("ctrl-api", asked.t)
    up = asked.t - present.started if present else 0.0
    metrics = storage.metrics(asked.person, asked.t, asked.world.epoch, up)
    return answer(metrics | {"collected_at": stamp(asked.t + asked.told, 3)}, 0.017)


def workers(asked: Asked) -> Reply:
    """``GET /workers/status``: a text, on the newest H with the ledger of runs."""
    raw = (
        f"Alfred daemon status\n  curator    running   queue={int(asked.t // 7) % 5}\n"
        "  janitor    idle\n  distiller  idle\n  surveyor   running"
    )
    trouble = ""
    if "docker-silent" in asked.kinds:
        trouble = NO_DOCKER
    elif not asked.runs("alfred"):
        trouble = 'service "alfred" is not running\n'
    if not asked.person.newest:
        return failed_command(trouble) if trouble else answer({"raw": raw}, 0.25)
    whole: dict[str, Any] = {"raw": None if trouble else raw, "workers": _ledger(asked)}
    if trouble:
        whole["raw_error"] = f"docker failed (1): {trouble}"[:200]
    return answer(whole | {"degraded": bool(trouble)}, 0.25)


def _ledger(asked: Asked) -> dict[str, Any]:
    metrics = {
        "queue_age_seconds": 3.2,
        "last_successful_output_at": stamp(asked.t + asked.told - 1200, 3),
        "failure_streak": 0,
        "throughput_window_seconds": 86400,
        "trailing_effective_throughput_per_minute": 1.4,
    }
    idle: dict[str, Any] = {
        "status": "idle",
        "active_run_id": None,
        "latest_run_id": "01JZX3Y8QK5T2V7W9ABCDEFGHJ",
        "health_reasons": [],
        "metrics": metrics,
    }
    return dict.fromkeys(("curator", "distiller", "janitor"), idle)
