"""Asks the simulated world in-process: its real bytes, our real decoders, any clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from alfred_tui.model.facts import Answer, Banner, Oddity, Streams, System
from alfred_tui.model.look import Door, Look
from alfred_tui.model.observation import Failure, FailureKind, Observation
from alfred_tui.model.tenant import Layout, Secret, Tenant
from alfred_tui.sim.world import World
from alfred_tui.tenant import replies
from alfred_tui.tenant.door import ROUTES, SYSTEM_DISK
from alfred_tui.tenant.errors import TenantError
from alfred_tui.tenant.wire import decode, decode_stream, decode_system_disk

GONE = Failure(FailureKind.TIMED_OUT, "no connection within 2.5 s")


def tenants_of(world: World) -> list[Tenant]:
    """The world's tenants, as an import of its inventory would describe them."""
    doors = [
        {"api_url": f"http://127.9.{n // 250}.{n % 250}:3100"} for n in range(len(world.people))
    ]
    made = []
    for entry in world.inventory(doors)["tenants"]:
        layout = Layout(entry["layout"]) if "layout" in entry else None
        key = Secret(entry["api_key"])
        made.append(Tenant(entry["name"], entry["api_url"], key, layout=layout))
    return made


class WorldDoor:
    """The poller's doors, onto a world. ``wait`` lets a look take its time on the loop."""

    def __init__(self, world: World, now: Callable[[], datetime], *, wait: bool = True) -> None:
        self.world = world
        self.now = now
        self.wait = wait

    async def look(self, tenant: Tenant, look: Look) -> Observation:
        begun = self.now()
        if self.world.door(tenant.name, "api", begun) != "ok":
            await asyncio.sleep(2.5 if self.wait else 0)
            return self._seen(tenant, look, begun, failure=GONE)
        try:
            answer, odd, delay = self.ask(tenant, look, begun)
        except TenantError as trouble:
            return self._seen(tenant, look, begun, failure=trouble.failure)
        if self.wait:
            await asyncio.sleep(delay)
        return self._seen(tenant, look, begun, answer=answer, odd=odd, took=delay)

    async def banner(self, tenant: Tenant) -> Observation:
        begun = self.now()
        if self.world.door(tenant.name, "ssh", begun) != "ok":
            await asyncio.sleep(2.5 if self.wait else 0)
            return self._seen(tenant, Look.BANNER, begun, failure=GONE)
        return self._seen(tenant, Look.BANNER, begun, answer=Banner("SSH-2.0-OpenSSH_9.2p1"))

    def ask(
        self, tenant: Tenant, look: Look, at: datetime
    ) -> tuple[Answer, tuple[Oddity, ...], float]:
        body, delay = self._get(tenant, ROUTES[look].target, at)
        answer, odd = decode(look, body)
        if isinstance(answer, Streams):
            listed = []
            for row in answer.rows:
                if row.enabled and not row.system:
                    row, _ = decode_stream(
                        self._get(tenant, f"/api/v1/streams/{row.stream_id}", at)[0]
                    )
                listed.append(row)
            answer = Streams(tuple(listed))
        elif isinstance(answer, System) and tenant.layout is Layout.H:
            disk, _ = decode_system_disk(self._get(tenant, SYSTEM_DISK.target, at)[0])
            answer = System(answer.uptime, answer.memory_percent, disk or answer.disk)
        return answer, odd, delay

    def _get(self, tenant: Tenant, target: str, at: datetime) -> tuple[bytes, float]:
        key = {"authorization": f"Bearer {tenant.api_key.reveal()}"}
        reply = self.world.respond(tenant.name, "GET", target, key, at)
        if reply.status != 200:
            raise replies.error_of(reply.status, reply.body)
        return reply.body, reply.delay

    def _seen(
        self,
        tenant: Tenant,
        look: Look,
        begun: datetime,
        *,
        answer: Answer | None = None,
        odd: tuple[Oddity, ...] = (),
        failure: Failure | None = None,
        took: float = 0.01,
    ) -> Observation:
        skew = self.world.fault(tenant.name, "clock-skew", begun)
        heard = failure is None and look is not Look.BANNER
        return Observation(
            tenant=tenant.name,
            look=look,
            at=self.now(),
            took=took,
            door=Door.PORT22 if look is Look.BANNER else Door.API,
            answer=answer,
            failure=failure,
            oddities=odd,
            skew=((skew.amount or 300.0) if skew else 0.0) if heard else None,
            skew_margin=0.5,
        )


__all__ = ["WorldDoor", "tenants_of"]
