"""Chores and their schedules, the only ones that can be paused over HTTP (7.14)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alfred_tui.sim import temporal_routes
from alfred_tui.sim.catalogue import Plan
from alfred_tui.sim.clock import stamp
from alfred_tui.sim.replies import Reply, answer, refusal

if TYPE_CHECKING:
    from alfred_tui.sim.routes import Asked

PREFIX = "chore-"
FIRED = "fired manually — check Workflows tab for execution status"
EMPTY = "no chore directory — nothing to pause"


def _plans(asked: Asked) -> list[Plan]:
    found = [plan for plan in asked.person.plans if plan.id.startswith(PREFIX)]
    return sorted(found, key=lambda plan: plan.id)


def _plan(asked: Asked, slug: str) -> Plan | None:
    return next((plan for plan in _plans(asked) if plan.id == PREFIX + slug), None)


def _unknown(slug: str) -> Reply:
    return refusal(404, "NOT_FOUND", f"chore {slug} not found", delay=0.001)


def _record(asked: Asked, plan: Plan) -> dict[str, Any]:
    """The frontmatter of a chore's vault record, without its type."""
    slug = plan.id.removeprefix(PREFIX)
    low, high = plan.weekdays
    days = "*" if (low, high) == (0, 6) else str(low) if low == high else f"{low}-{high}"
    return {
        "name": slug,
        "status": "paused" if asked.scene.paused(plan.id) else "active",
        "template": slug.replace("-", "_"),
        "schedule": f"{plan.minute} {plan.hour} * * {days}",
        "schedule_id": plan.id,
        "last_run": None,
    }


def listed(asked: Asked) -> Reply:
    """``GET /chores``: read from the vault, so it answers without Temporal."""
    plans = _plans(asked)
    found = [{"slug": p.id.removeprefix(PREFIX)} | _record(asked, p) for p in plans]
    return answer({"chores": found, "count": len(found)}, 0.002)


def one(asked: Asked, slug: str) -> Reply:
    """``GET /chores/{slug}``."""
    if (plan := _plan(asked, slug)) is None:
        return _unknown(slug)
    matter = {"type": "chore"} | _record(asked, plan)
    return answer({"slug": slug, "frontmatter": matter, "body": f"# {slug}\n"}, 0.001)


def toggle(asked: Asked, slug: str, verb: str) -> Reply:
    """``POST /chores/{slug}/pause`` or ``resume``: the schedule obeys."""
    plan = _plan(asked, slug)
    if plan is None:
        return _unknown(slug)
    if (down := _unreachable(asked, plan)) is not None:
        return down
    asked.world.toggle(asked.person.name, plan.id, asked.t, paused=verb == "pause")
    return answer({"slug": slug, "status": "paused" if verb == "pause" else "active"}, 0.25)


def _unreachable(asked: Asked, plan: Plan) -> Reply | None:
    """Why a chore's schedule cannot be changed now."""
    if (down := temporal_routes.down(asked)) is not None:
        return down
    there = any(other.id == plan.id for other in asked.scene.plans())
    return None if there else temporal_routes.no_schedule(asked, plan.id)


def trigger(asked: Asked, slug: str) -> Reply:
    """``POST /chores/{slug}/trigger``: a run starts now."""
    plan = _plan(asked, slug)
    if plan is None:
        return _unknown(slug)
    if (down := _unreachable(asked, plan)) is not None:
        text = f"Failed to trigger {plan.id}: {_message(down)}"
        return refusal(400, "VALIDATION_ERROR", text, delay=down.delay)
    asked.world.start_by_hand(asked.person.name, plan.id, asked.t)
    told = {"slug": slug, "triggered_at": stamp(asked.t + asked.told, 3)}
    return answer(told | {"message": f"Chore {slug} {FIRED}"}, 0.24)


def pause_all(asked: Asked) -> Reply | None:
    """``POST /admin/chores/emergency-pause-all``, from F2 on: 200 whatever happened."""
    if asked.person.generation == "F1":
        return None
    paused, failed = [], []
    plans = _plans(asked)
    for plan in plans:
        slug = plan.id.removeprefix(PREFIX)
        if (down := temporal_routes.down(asked)) is not None:
            failed.append({"slug": slug, "error": f"schedule toggle: {_message(down)}"})
            continue
        # a chore whose schedule is gone counts as paused
        asked.world.toggle(asked.person.name, plan.id, asked.t, paused=True)
        paused.append(slug)
    told: dict[str, Any] = {"paused": paused, "failed": failed, "total": len(plans)}
    return answer(told if plans else told | {"note": EMPTY}, 0.2 * len(plans) + 0.002)


def _message(refused: Reply) -> str:
    return str(json.loads(refused.body)["error"]["message"])
