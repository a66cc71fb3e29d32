"""ctrl-api's wire over real commands: what the tenant's server does, with Docker and Temporal real.

Written from tenant-api.md 1.2, 1.3, 3.1, 3.2, 6 and 7.14: it runs the same command lines and wraps
what they print. ``docker`` and ``temporal`` say what really stands in for these words.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from aiohttp import web

KEY = "ak_" + "5" * 40
LIMIT = 30.0
GUARDED = frozenset({"openclaw", "ctrl-api"})
REFUSES = (
    "Refusing to restart {} without X-Confirm-Self-Restart:yes header — this kills the running"
    " session or API connection"
)
SERVICE = re.compile(r"[A-Za-z0-9_-]+")

Words = Sequence[str]


class Failed(Exception):
    """A wrapped command failed."""

    def __init__(self, code: int | str, out: str = "", err: str = "", why: str = "") -> None:
        self.code, self.out, self.err, self.why = code, out, err, why


class CtrlApi(NamedTuple):
    """Where it listens, and every request that it was sent: ``METHOD path``."""

    url: str
    asked: list[str]


class _Server:
    """``compose`` are the words before a compose command, ``temporal`` those of Temporal's."""

    def __init__(self, compose: Words, temporal: Words) -> None:
        self._compose, self._temporal = tuple(compose), tuple(temporal)
        self.asked: list[str] = []

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._around])
        route = app.router.add_route
        prefix = "/api/v1"
        route("GET", f"{prefix}/admin/containers", self._containers)
        route("POST", f"{prefix}/admin/containers/{{service}}/{{verb}}", self._act)
        route("GET", f"{prefix}/schedules", self._schedules)
        route("POST", f"{prefix}/schedules/{{id}}/{{verb}}", self._schedule)
        route("POST", f"{prefix}/chores/{{slug}}/{{verb}}", self._chore)
        route("GET", f"{prefix}/workflows", self._workflows)
        route("POST", f"{prefix}/workflows/{{id}}/terminate", self._terminate)
        route("GET", f"{prefix}/admin/temporal/task-queues/{{name}}", self._queue)
        return app

    @web.middleware
    async def _around(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return _error(401, "UNAUTHORIZED", "Missing or malformed Authorization header")
        if key != KEY:
            return _error(401, "UNAUTHORIZED", "Invalid API key")
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            return _error(404, "NOT_FOUND", f"No route: {request.method} {request.path}")
        except Failed as trouble:
            details = {"stderr": trouble.err, "stdout": trouble.out}
            said = trouble.err or trouble.why
            return _error(
                500,
                "EXEC_ERROR",
                f"docker failed ({trouble.code}): {said}",
                {name: text for name, text in details.items() if text},
            )

    async def _run(self, words: Words) -> str:
        try:
            child = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except FileNotFoundError:
            raise Failed("ENOENT", why="spawn docker ENOENT") from None
        ending = asyncio.get_running_loop().call_later(LIMIT, child.terminate)
        out, err = await child.communicate()
        ending.cancel()
        if child.returncode:
            # null where the signal was its end; compose ends by itself, with 255
            code = child.returncode if child.returncode > 0 else "null"
            why = f"Command failed: {' '.join(words)}"
            raise Failed(code, out.decode(), err.decode(), why)
        return out.decode()

    async def _containers(self, request: web.Request) -> web.Response:
        text = await self._run((*self._compose, "ps", "--format", "json"))
        if text.startswith("["):
            return web.json_response(json.loads(text))
        return web.json_response([json.loads(line) for line in text.splitlines() if line])

    async def _act(self, request: web.Request) -> web.Response:
        service, verb = request.match_info["service"], request.match_info["verb"]
        if verb not in ("restart", "stop", "start"):
            raise web.HTTPNotFound
        if not SERVICE.fullmatch(service):
            return _error(500, "EXEC_ERROR", "Invalid service name")
        sure = request.headers.get("X-Confirm-Self-Restart") == "yes"
        if verb == "restart" and service in GUARDED and not sure:
            return web.json_response({"error": REFUSES.format(service)}, status=409)
        await self._run((*self._compose, verb, service))
        done = {"restart": "restarted", "stop": "stopped", "start": "started"}[verb]
        return web.json_response({"message": f'Container "{service}" {done}'})

    async def _said(self, *words: str) -> str:
        return await self._run((*self._temporal, *words))

    async def _schedules(self, request: web.Request) -> web.Response:
        return web.json_response(json.loads(await self._said("schedule", "list", "-o", "json")))

    async def _schedule(self, request: web.Request) -> web.Response:
        name, verb = request.match_info["id"], request.match_info["verb"]
        if verb == "trigger":
            await self._said("schedule", "trigger", "--schedule-id", name)
            return web.json_response({"message": "Schedule triggered"})
        if verb in ("pause", "unpause"):  # the flag does not exist: 6.4
            await self._said("schedule", "update", "--schedule-id", name, f"--{verb}")
            return web.json_response({"message": f"Schedule {verb}d"})
        raise web.HTTPNotFound

    async def _chore(self, request: web.Request) -> web.Response:
        slug, verb = request.match_info["slug"], request.match_info["verb"]
        if verb not in ("pause", "resume"):
            raise web.HTTPNotFound
        flag = "--pause" if verb == "pause" else "--unpause"
        await self._said("schedule", "toggle", "--schedule-id", f"chore-{slug}", flag)
        status = "paused" if verb == "pause" else "active"
        return web.json_response({"slug": slug, "status": status})

    async def _workflows(self, request: web.Request) -> web.Response:
        query = request.query.get("query")
        more = ("--query", query) if query else ()
        return web.json_response(
            json.loads(await self._said("workflow", "list", *more, "-o", "json"))
        )

    async def _terminate(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        words = ["workflow", "terminate", "--workflow-id", request.match_info["id"]]
        if "run_id" in body:
            words += ["--run-id", body["run_id"]]
        if "reason" in body:
            words += ["--reason", body["reason"]]
        await self._said(*words)
        return web.json_response({"message": "Workflow terminated"})

    async def _queue(self, request: web.Request) -> web.Response:
        words = ("task-queue", "describe", "--task-queue", request.match_info["name"])
        return web.json_response(json.loads(await self._said(*words, "-o", "json")))


def _error(
    status: int, code: str, message: str, details: dict[str, str] | None = None
) -> web.Response:
    inside: dict[str, object] = {"code": code, "message": message}
    if details:
        inside["details"] = details
    return web.json_response({"error": inside}, status=status)


@contextmanager
def ctrl_api(compose: Words = ("false",), temporal: Words = ("false",)) -> Iterator[CtrlApi]:
    """It listens on loopback, in a thread of its own, until the block ends."""
    server = _Server(compose, temporal)
    ready = threading.Event()
    place: list[int] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        runner = web.AppRunner(server.app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        place.append(runner.addresses[0][1])
        ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def live() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    task = loop.create_task(serve())
    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    assert ready.wait(30), "the stand-in for ctrl-api does not listen"
    try:
        yield CtrlApi(f"http://127.0.0.1:{place[0]}", server.asked)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)
