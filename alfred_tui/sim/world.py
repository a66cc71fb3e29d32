"""The simulated world: what a tenant answers at a moment, by seed, faults and time alone."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from alfred_tui.sim import schedules
from alfred_tui.sim.faults import Fault
from alfred_tui.sim.people import CHECKED, PLANE, TYPES, Person, population
from alfred_tui.sim.schedules import hash_of, stamp

STOPPED = 'service "temporal" is not running\n'
NO_DOCKER = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
    "Is the docker daemon running?\n"
)


@dataclass(slots=True)
class Reply:
    """An HTTP answer: ``delay`` seconds before it, ``cut`` bytes after which the line breaks."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    clock: float = 0.0


def _json(value: Any, status: int = 200, delay: float = 0.01) -> Reply:
    return Reply(status, json.dumps(value, separators=(",", ":")).encode(), delay=delay)


def _error(status: int, code: str, message: str, details: Any = None) -> Reply:
    inner: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        inner["details"] = details
    return _json({"error": inner}, status)


def _exec(stderr: str, program: str = "docker", code: int | str = 1) -> Reply:
    message = f"{program} failed ({code}): {stderr}"
    return _error(500, "EXEC_ERROR", message, {"stderr": stderr})


class World:
    """A fleet of tenants. ``start`` is the moment that fault times count from."""

    def __init__(
        self, tenants: int, seed: int, start: datetime, faults: Sequence[Fault] = ()
    ) -> None:
        self.people = population(tenants, seed)
        self.by_name = {person.name: person for person in self.people}
        self.seed = seed
        self.start = start
        self.faults: dict[str, list[Fault]] = {}
        for fault in faults:
            self.add_fault(fault)
        self.acts: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._learn_restarts: dict[str, datetime] = {}

    def add_fault(self, fault: Fault) -> None:
        """Let a fault happen, in addition."""
        self.faults.setdefault(fault.tenant, []).append(fault)

    def fault(self, name: str, kind: str, at: datetime) -> Fault | None:
        """The fault of this kind in force at a tenant."""
        elapsed = (at - self.start).total_seconds()
        listed = self.faults.get(name, ())
        return next((f for f in listed if f.kind == kind and f.on(elapsed)), None)

    # --- the tenant's own life ------------------------------------------------------------

    def backup_running(self, person: Person, at: datetime) -> bool:
        """Whether the nightly backup (03:00 plus a random delay, UTC) is running."""
        second = at.hour * 3600 + at.minute * 60 + at.second
        begin = 3 * 3600 + person.backup_delay
        return begin <= second < begin + person.backup_length

    def last_update(self, person: Person, at: datetime) -> tuple[datetime, str] | None:
        """When the update timer last recreated a service here, and which; about once in 3 h."""
        second = (at - self.start).total_seconds() + person.update_phase
        tick = int(second // 900)
        for back in range(8):
            number = tick - back
            dice = random.Random(f"{self.seed} {person.name} update {number}")
            if number > 0 and dice.random() < 0.08:
                service = dice.choice([s for s in person.services if s != "ctrl-api"])
                when = self.start + timedelta(seconds=number * 900 - person.update_phase)
                return when, service
        return None

    def rows(self, person: Person, at: datetime) -> list[dict[str, Any]]:
        """Compose's listing: running, restarting, paused ones; stopped ones are not in it."""
        stopped = self._stopped(person, at)
        return [
            self._row(person, service, at)
            for service in person.services
            if service not in stopped and not self._between(person, service, at)
        ]

    def _agent(self, person: Person) -> str:
        return "hermes" if person.generation == "H" else "openclaw"

    def _stopped(self, person: Person, at: datetime) -> set[str]:
        gone = {s for (n, s), (act, _) in self.acts.items() if n == person.name and act == "stop"}
        for fault in self.faults.get(person.name, ()):
            if fault.kind == "container-exit" and fault.on((at - self.start).total_seconds()):
                gone.add(fault.service or "alfred")
        if self.backup_running(person, at) or self.fault(person.name, "backup-failed", at):
            gone |= {"alfred", self._agent(person), "temporal"}
        return gone

    def _created(self, person: Person, service: str, at: datetime) -> datetime:
        """When the container was created: long ago, at the last update, or by an act."""
        created = self.start - timedelta(days=person.age_days)
        update = self.last_update(person, at)
        if update and update[1] == service:
            created = max(created, update[0])
        fault = self.fault(person.name, "image-update", at)
        if fault and (fault.service or "alfred-learn") == service:
            created = max(created, self.start + timedelta(seconds=fault.at))
        return created

    def _between(self, person: Person, service: str, at: datetime) -> bool:
        """The two seconds between stop and start of a recreation."""
        age = (at - self._created(person, service, at)).total_seconds()
        return 0 <= age < 2.0

    def _started(self, person: Person, service: str, at: datetime) -> datetime:
        started = self._created(person, service, at) + timedelta(seconds=2)
        trio = {"alfred", self._agent(person), "temporal"}
        if service in trio:
            end = at.replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(
                seconds=person.backup_delay + person.backup_length
            )
            end -= timedelta(days=0 if end <= at else 1)
            started = max(started, end)
        act = self.acts.get((person.name, service))
        if act is not None and act[0] in ("restart", "start"):
            started = max(started, act[1])
        return started

    def _row(self, person: Person, service: str, at: datetime) -> dict[str, Any]:
        created = self._created(person, service, at)
        up = (at - self._started(person, service, at)).total_seconds()
        state, health = "running", ""
        loop = self.fault(person.name, "restart-loop", at)
        if loop and (loop.service or "mcp-server") == service:
            up = (at - self.start).total_seconds() % 12
            if up < 6:
                state = "restarting"
        if service in CHECKED and state == "running":
            health = "starting" if up < 25 else "healthy"
        sick = self.fault(person.name, "unhealthy", at)
        if sick and (sick.service or "ollama") == service:
            health = "unhealthy"
        status = f"Restarting (1) {human(up)} ago" if state == "restarting" else f"Up {human(up)}"
        paused = self.fault(person.name, "service-paused", at)
        if paused and (paused.service or "ollama") == service:
            state, health, status = "paused", "", status + " (Paused)"
        elif health:
            status += f" (health: {health})" if health == "starting" else f" ({health})"
        ident = f"{hash_of(person.name, service, str(created)):016x}"[:12]
        image = _image(service)
        return {
            "Command": f"\"sh -c '{service[:8]}…'\"",
            "CreatedAt": f"{created:%Y-%m-%d %H:%M:%S} +0000 UTC",
            "ExitCode": 0,
            "Health": health,
            "ID": ident,
            "Image": image,
            "Labels": self._labels(service, image, created, at),
            "LocalVolumes": "0",
            "Mounts": "/mnt/encrypted…,/opt/alfred/st…",
            "Name": f"compose-{service}-1",
            "Names": f"compose-{service}-1",
            "Networks": "compose_default",
            "Ports": "",
            "Project": "compose",
            "Publishers": [],
            "RunningFor": f"{human((at - created).total_seconds())} ago",
            "Service": service,
            "Size": "0B",
            "State": state,
            "Status": status,
        }

    def _labels(self, service: str, image: str, created: datetime, at: datetime) -> str:
        local = f"{hash_of(image, f'{created:%Y-%m-%d}'):016x}" * 4
        parts = [
            "com.docker.compose.container-number=1",
            f"com.docker.compose.image=sha256:{local}",
            "com.docker.compose.oneoff=False",
            "com.docker.compose.project=compose",
            f"com.docker.compose.service={service}",
            "com.docker.compose.version=2.40.3",
        ]
        turn = at.second % len(parts)  # their order differs from call to call
        return ",".join(parts[turn:] + parts[:turn])

    # --- HTTP -----------------------------------------------------------------------------

    def respond(
        self, name: str, method: str, target: str, headers: dict[str, str], at: datetime
    ) -> Reply:
        """The answer of tenant ``name`` to a request at a moment. Header names in lower case."""
        person = self.by_name[name]
        reply = self._respond(person, method, target, headers, at)
        skew = self.fault(name, "clock-skew", at)
        reply.clock = (skew.amount or 300.0) if skew else 0.0
        slow = self.fault(name, "slow", at)
        if slow:
            reply.delay += slow.amount or 3.0
        if self.fault(name, "answer-cut", at) and reply.status == 200:
            reply.cut = len(reply.body) // 2
        if self.fault(name, "answer-garbage", at) and reply.status == 200:
            reply.body = b"<html><body>502 Bad Gateway</body></html>"
        return reply

    def _respond(
        self, person: Person, method: str, target: str, headers: dict[str, str], at: datetime
    ) -> Reply:
        parts = urlsplit(target)
        path = parts.path
        if method == "OPTIONS":
            return Reply(204, b"")
        if path == "/healthz" and method == "GET" and person.generation == "H":
            body = {"ok": True, "service": "ctrl-api", "ts": stamp(at)[:-1] + ".000Z"}
            return _json(body, delay=0.001)
        given = headers.get("authorization")
        if not given or not given.startswith("Bearer "):
            text = "Missing or malformed Authorization header"
            return _error(401, "UNAUTHORIZED", text)
        if given.strip() != f"Bearer {person.key}" or self.fault(person.name, "wrong-key", at):
            return _error(401, "UNAUTHORIZED", "Invalid API key")
        if "x-tenant-id" in headers and person.generation in ("F3", "H"):
            return _error(400, "X_TENANT_ID_NOT_SUPPORTED", "X-Tenant-ID is not supported here")
        if method == "POST":
            answer = self._post(person, path, headers, at)
        else:
            answer = self._get(person, path, parts.query, at) if method == "GET" else None
        return answer or _error(404, "NOT_FOUND", f"No route: {method} {path}")

    def _get(self, person: Person, path: str, query: str, at: datetime) -> Reply | None:
        docker = self.fault(person.name, "docker-silent", at) is None
        admin = "/api/v1/admin/"
        if path == admin + "containers":
            return _json(self.rows(person, at), delay=0.05) if docker else _exec(NO_DOCKER)
        if path == admin + "dashboard" and person.generation != "F1":
            return self._dashboard(person, at, docker=docker)
        if path == admin + "system/info":
            return self._system(person, at)
        if path == admin + "system-info" and person.generation == "H":
            return self._system_disk(person, at)
        if path == "/api/v1/workers/status":
            return self._workers(person, at) if docker else _exec(NO_DOCKER)
        if path == "/api/v1/streams":
            return _json({"streams": [self._stream(person, n, at) for n in range(3)]})
        if path.startswith("/api/v1/streams/"):
            return self._stream_detail(person, unquote(path[16:]), at)
        if path.startswith(admin + "temporal/task-queues/"):
            return self._temporal(person, at) or self._queue(person, path, at)
        if path == "/api/v1/schedules":
            return self._temporal(person, at) or self._schedules(person, at)
        if path == "/api/v1/workflows":
            return self._temporal(person, at) or self._workflows(person, query, at)
        return None

    def _temporal(self, person: Person, at: datetime) -> Reply | None:
        """The failure of every Temporal route, if it fails now."""
        if self.fault(person.name, "docker-silent", at):
            return _exec(NO_DOCKER)
        gone = "temporal" in self._stopped(person, at) or self._between(person, "temporal", at)
        if gone or self.fault(person.name, "temporal-silent", at):
            return _exec(STOPPED)
        return None

    def _dashboard(self, person: Person, at: datetime, *, docker: bool) -> Reply:
        rows = self.rows(person, at) if docker else []
        listed = json.dumps(rows, separators=(",", ":")).encode()
        parts = [
            b'{"health":{"containers":' + listed + b',"disk_percent":26,"memory_percent":',
            str(int(self._memory(person, at))).encode(),
            b',"cloudflared_status":"inactive"',
        ]
        if person.generation == "H":
            parts.append(b',"status":"ok"')
        parts += [b'},"containers":', listed if docker else b"null"]
        if person.generation == "H":
            parts.append(b',"pairing":{"raw":"No pending pairings"}')
        else:
            agent = docker and any(r["Service"] == "openclaw" for r in rows)
            parts.append(b',"devices":' + (b'{"pending":[],"paired":[]}' if agent else b"null"))
        parts += [b',"vault":', self._vault(person), b',"inbox":{"files":["memo.md","processed"]}']
        if person.generation != "H":
            parts.append(b',"openclawCfg":{"gateway":{"auth":{"token":"sim-canary"}}}')
        parts.append(b"}")
        return Reply(200, b"".join(parts), delay=0.12 + person.records * 0.00005)

    def _vault(self, person: Person) -> bytes:
        if not person.vault:
            by_type: dict[str, list[dict[str, str]]] = {kind: [] for kind in TYPES}
            for number in range(person.records):
                kind = TYPES[number % len(TYPES)]
                name = f"{kind}-{number:05d}-of-{person.name}"
                by_type[kind].append({"path": f"{kind}/{name}", "name": name, "status": "active"})
            whole = {"records_by_type": by_type, "total": person.records}
            person.vault = json.dumps(whole, separators=(",", ":")).encode()
        return person.vault

    def _memory(self, person: Person, at: datetime) -> float:
        if self.fault(person.name, "memory-high", at):
            return 97.0
        drift = (hash_of(person.name, f"{at:%Y%m%d%H%M}") % 300) / 100
        return min(90.0, person.memory + drift)

    def _disk(self, person: Person, at: datetime) -> float:
        filling = self.fault(person.name, "disk-filling", at)
        if filling:
            grown = ((at - self.start).total_seconds() - filling.at) / 600
            return min(100.0, (filling.amount or 91.0) + grown)
        return min(85.0, person.disk + (at - self.start).total_seconds() / 86400)

    def _system(self, person: Person, at: datetime) -> Reply:
        share = int(self._disk(person, at))
        if person.volume_seen or self.fault(person.name, "disk-filling", at):
            device = "/dev/mapper/alfred-data"
            gap = "\n" + " " * 24 if person.index % 4 == 0 else "   "
            row = f"{device}{gap}49G   {share * 49 // 100}G   9G  {share}% /mnt/encrypted"
        else:
            row = "overlay         252G   24G   68G  26% /"
        used = int(24105 * self._memory(person, at) / 100)
        days = person.age_days + (at - self.start).total_seconds() / 86400
        memory = (
            "total        used        free      shared  buff/cache   available\n"
            f"Mem:           24105       {used}        {24105 - used}           8"
            f"        3358       {24105 - used}\n"
            "Swap:              0           0           0"
        )
        weeks, rest = divmod(int(days), 7)
        uptime = f"up {weeks} weeks, {rest} days, 3 hours" if weeks else f"up {rest} days, 3 hours"
        disk = f"Filesystem      Size  Used Avail Use% Mounted on\n{row}"
        return _json({"uptime": uptime, "disk": disk, "memory": memory}, delay=0.02)

    def _system_disk(self, person: Person, at: datetime) -> Reply:
        share = self._disk(person, at)
        total = 81_604_378_624
        level = "page" if share >= 90 else "warn" if share >= 80 else "ok"
        return _json(
            {
                "disk_total_bytes": total,
                "disk_free_bytes": int(total * (100 - share) / 100),
                "disk_used_pct": round(share, 3),
                "disk_alert_level": level,
                "disk_alert_warn_pct": 80,
                "disk_alert_page_pct": 90,
            }
        )

    def _workers(self, person: Person, at: datetime) -> Reply:
        if "alfred" in self._stopped(person, at):
            if person.generation == "H":
                error = 'service "alfred" is not running'
                whole = {"raw": None, "workers": None, "raw_error": error, "degraded": True}
                return _json(whole)
            return _exec('service "alfred" is not running\n')
        raw = (
            "Alfred daemon status\n  curator    running   queue=3\n  janitor    idle\n"
            "  distiller  idle\n  surveyor   running"
        )
        if person.generation != "H":
            return _json({"raw": raw}, delay=0.05)
        state: dict[str, Any] = {
            "status": "idle",
            "active_run_id": None,
            "latest_run_id": None,
            "health_reasons": [],
            "metrics": {"queue_age_seconds": 0.0, "failure_streak": 0},
        }
        workers = dict.fromkeys(("curator", "distiller", "janitor"), state)
        return _json({"raw": raw, "workers": workers, "degraded": False}, delay=0.05)

    _STREAMS = (
        ("composio-gmail-gmail-fetch-emails", "Gmail", "email", "composio"),
        ("composio-googlecalendar", "Calendar", "calendar", "composio"),
        ("system-inbox", "Inbox Uploads", "system", "inbox"),
    )

    def _stream(self, person: Person, number: int, at: datetime) -> dict[str, Any]:
        ident, name, kind, source = self._STREAMS[number]
        row: dict[str, Any] = {
            "id": ident,
            "name": name,
            "type": kind,
            "source": source,
            "enabled": True,
            "status": "idle" if kind == "system" else "active",
            "last_event_at": stamp(at - timedelta(minutes=7))[:-1] + ".000Z",
            "event_count": 40 + person.index,
        }
        if kind == "system":
            row["system"] = True
        else:
            row["webhookToken"] = "whk-sim-canary"
        return row

    def _stream_detail(self, person: Person, ident: str, at: datetime) -> Reply:
        number = next((n for n, row in enumerate(self._STREAMS) if row[0] == ident), None)
        if number is None:
            return _error(404, "NOT_FOUND", f"Stream not found: {ident}")
        silent = number == 0 and self.fault(person.name, "stream-silent", at)
        broken = number == 0 and self.fault(person.name, "stream-broken", at)
        last = at - timedelta(hours=3) if silent else at - timedelta(seconds=at.second + 60)
        said = "error: Complete result exceeds size limit" if broken else "ok"
        detail = {
            **self._stream(person, number, at),
            "parser": "generic",
            "auth_type": "composio",
            "auth_config": {"connection_id": "conn-sim-canary"},
            "schedule_interval_seconds": 300,
            "last_pull_at": stamp(last),
            "last_pull_status": said,
            "last_pull_count": 2,
            "pull_mode": "append",
        }
        return _json({"stream": detail})

    def _queue(self, person: Person, path: str, at: datetime) -> Reply:
        stats = [
            {
                "buildId": "UNVERSIONED",
                "taskQueueType": kind,
                "approximateBacklogCount": 0,
                "approximateBacklogAge": "0s",
                "backlogIncreaseRate": 0,
                "tasksAddRate": 0.2490,
                "tasksDispatchRate": 0.2476,
            }
            for kind in ("workflow", "activity")
        ]
        pollers: list[dict[str, Any]] | None = [
            {
                "buildId": "UNVERSIONED",
                "taskQueueType": kind,
                "identity": f"1@{hash_of(person.name, 'learn'):016x}"[:14],
                "lastAccessTime": stamp(at - timedelta(seconds=2 + at.second % 40), 9),
                "ratePerSecond": 100000,
            }
            for kind in ("workflow", "activity")
        ]
        zero = self.fault(person.name, "zero-pollers", at)
        if not path.endswith("/alfred-learn"):
            pollers = None
        elif zero or "alfred-learn" in self._stopped(person, at):
            gone = (at - self.start).total_seconds() - (zero.at if zero else 0.0)
            pollers = None
            if gone < 300:  # the dead stay listed for about five minutes
                seen = stamp(at - timedelta(seconds=gone + 20), 9)
                pollers = [
                    {
                        "buildId": "UNVERSIONED",
                        "taskQueueType": kind,
                        "identity": f"1@{hash_of(person.name, 'learn'):016x}"[:14],
                        "lastAccessTime": seen,
                        "ratePerSecond": 100000,
                    }
                    for kind in ("workflow", "activity")
                ]
        return _json({"reachability": None, "pollers": pollers, "stats": stats}, delay=0.2)

    def _schedules(self, person: Person, at: datetime) -> Reply:
        paused = {"chore-daily-brief": "paused by the owner"} if person.index % 5 == 0 else {}
        halted = self.fault(person.name, "schedule-paused", at)
        if halted:
            paused[halted.service or "al-learning"] = "maintenance"
        lacking = self.fault(person.name, "schedule-missing", at)
        missing = {lacking.service or "al-judgment"} if lacking else set()
        if person.generation == "F1":
            missing.add("al-signal-extract")
        plane = PLANE[0] in person.services
        listed = schedules.listing(at, plane=plane, paused=paused, missing=missing, held_since=None)
        return _json(listed, delay=0.2)

    def _workflows(self, person: Person, query: str, at: datetime) -> Reply:
        asked = parse_qs(query).get("query", [""])[0]
        if asked and "=" not in asked:
            text = (
                f'time={stamp(at)[:-1]}.000 level=ERROR msg="failed listing workflows: '
                'invalid query: malformed SQL query: syntax error"\n'
            )
            return _exec(text)
        rows = [
            schedules.workflow(
                f"onboarding-{person.name}",
                "OnboardingPipelineWorkflow",
                self.start - timedelta(days=2),
                None,
            )
        ]
        if PLANE[0] in person.services:
            began = at - timedelta(seconds=at.second % 15)
            name = f"plane-sync-{stamp(began)}"
            rows.append(schedules.workflow(name, "PlaneSyncWorkflow", began, "al-plane-sync"))
        if self.fault(person.name, "workflow-stuck", at):
            began = self.start - timedelta(minutes=50)
            name = f"learning-{stamp(began)}"
            if (person.name, name) not in self.acts:
                rows.append(schedules.workflow(name, "LearningWorkflow", began, "al-learning"))
        return _json(rows, delay=0.2)

    # --- what changes the world -----------------------------------------------------------

    def _post(
        self, person: Person, path: str, headers: dict[str, str], at: datetime
    ) -> Reply | None:
        parts = path.split("/")
        if path.startswith("/api/v1/admin/containers/") and len(parts) == 7:
            return self._act(person, unquote(parts[5]), parts[6], headers, at)
        if path == "/api/v1/admin/restart-learn" and person.generation != "F1":
            last = self._learn_restarts.get(person.name)
            if last and (at - last).total_seconds() < 30:
                left = 30 - int((at - last).total_seconds())
                text = "alfred-learn was restarted recently"
                flat = {"error": "rate limited", "retry_after_seconds": left, "message": text}
                return _json(flat, 429)
            self._learn_restarts[person.name] = at
            self.acts[(person.name, "alfred-learn")] = ("restart", at)
            done = {"ok": True, "restarted_at": stamp(at), "ready_after_seconds": 1}
            return _json(done, delay=1.0)
        if path.startswith("/api/v1/schedules/") and parts[-1] in ("pause", "unpause"):
            usage = "Usage:\n" + "  --flag   what it does\n" * 500
            return _exec(f"Error: unknown flag: --{parts[-1]}\n{usage}")
        return None

    def _act(
        self, person: Person, service: str, verb: str, headers: dict[str, str], at: datetime
    ) -> Reply | None:
        words = {"restart": "restarted", "stop": "stopped", "start": "started"}
        if verb not in words:
            return None
        if not service.replace("-", "").replace("_", "").isalnum():
            return _error(500, "EXEC_ERROR", "Invalid service name")
        guarded = {"F3": {"openclaw", "ctrl-api"}, "H": {"hermes", "ctrl-api"}}
        held = service in guarded.get(person.generation, set())
        if verb == "restart" and held and headers.get("x-confirm-self-restart") != "yes":
            text = f"Refusing to restart {service} without X-Confirm-Self-Restart:yes header"
            return _json({"error": text}, 409)
        if service not in person.services:
            return _exec(f"no such service: {service}\n")
        self.acts[(person.name, service)] = (verb, at)
        return _json({"message": f'Container "{service}" {words[verb]}'}, delay=0.4)

    def inventory(self, addresses: list[dict[str, Any]]) -> dict[str, Any]:
        """The inventory; ``addresses`` gives each tenant's doors in the order of ``people``."""
        return {
            "tenants": [
                {
                    "name": person.name,
                    "api_key": person.key,
                    **doors,
                    "server_type": person.server_type,
                    "location": person.location,
                    **({"layout": person.generation} if person.index % 2 else {}),
                    "labels": {"customer": person.name, "fleet": "simulated"},
                }
                for person, doors in zip(self.people, addresses, strict=True)
            ]
        }


def human(seconds: float) -> str:
    """Docker's words for a duration, rounded as Docker rounds."""
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        return f"{int(seconds)} second{'s' if int(seconds) != 1 else ''}"
    minutes = int(seconds // 60)
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    days = int(seconds // 86400)
    if days < 14:
        return f"{days} days"
    return f"{days // 7} weeks" if days < 60 else f"{days // 30} months"


def _image(service: str) -> str:
    own = {"alfred": "alfred-worker", "openclaw-workers": "alfred-openclaw"}
    if service == "ctrl-api":
        return "node:22-slim"
    if service.startswith(("plane", "sure", "sidecar", "vault", "web")):
        return f"registry.example/{service}:stable"
    return f"registry.example/{own.get(service, service)}:latest"
