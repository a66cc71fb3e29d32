"""What people do to a tenant, and what comes of it."""

from __future__ import annotations

import json

import pytest

from alfred_tui.sim.kinds import DEFAULTS
from tests.sim.caller import (
    Caller,
    fleet,
    one,
    struck,
    stuck,
)
from tests.sim.sights import SEEN


@pytest.mark.parametrize(
    ("generation", "service", "guarded"),
    [
        ("F2", "ctrl-api", False),
        ("F3", "openclaw", True),
        ("H", "hermes", True),
        ("F3", "alfred", False),
    ],
)
def test_the_guard_of_each_generation(generation: str, service: str, guarded: bool) -> None:
    caller = Caller(fleet(), one(generation))
    path = f"admin/containers/{service}/restart"
    reply = caller.post(path)
    assert (reply.status == 409) is guarded
    if guarded:
        assert isinstance(json.loads(reply.body)["error"], str)
        assert caller.post(path, 1, **{"X-Confirm-Self-Restart": "YES"}).status == 409
        assert caller.post(path, 2, **{"X-Confirm-Self-Restart": "yes"}).status == 200


def test_stop_takes_a_service_off_the_list_and_start_brings_it_back_young() -> None:
    caller = Caller(fleet(), one())
    assert caller.post("admin/containers/mcp-server/stop", 10).status == 200
    assert caller.service("mcp-server", 12) is None
    assert caller.service("mcp-server", 900) is None
    assert caller.post("admin/containers/mcp-server/start", 1000).status == 200
    back = caller.service("mcp-server", 1010)
    assert back is not None
    assert "seconds" in back["Status"]


def test_the_update_timer_undoes_a_stop() -> None:
    caller = Caller(fleet(quiet=False), one())
    caller.post("admin/containers/mcp-server/stop", 10)
    assert caller.service("mcp-server", 12) is None
    assert caller.service("mcp-server", 1000) is not None


def test_restart_repairs_what_a_restart_can_repair() -> None:
    for kind in ("container-exit", "unhealthy", "service-paused"):
        caller = struck(kind, lasts=None)
        sight = SEEN[kind]
        assert sight(caller, 100)
        assert caller.post(f"admin/containers/{DEFAULTS[kind]}/restart", 110).status == 200
        assert not sight(caller, 200), kind


def test_ctrl_api_restarting_itself_hangs_up_and_comes_back() -> None:
    caller = Caller(fleet(), one())
    reply = caller.post("admin/containers/ctrl-api/restart", 0, **{"X-Confirm-Self-Restart": "yes"})
    assert reply.behaviour == "closed"
    assert caller.ask("streams", reply.delay + 0.3).behaviour == "refused"
    assert caller.ask("streams", 30).status == 200


def test_terminating_a_stuck_workflow_frees_its_schedule() -> None:
    caller = struck("workflow-stuck", lasts=None)
    (ident,) = stuck(caller, 100)
    assert (caller.schedule("al-learning", 100) or {})["recentActions"][-1][
        "startWorkflowStatus"
    ].endswith("RUNNING")
    assert caller.post(f"workflows/{ident}/terminate", 110).status == 200
    assert stuck(caller, 120) == []
    again = caller.post(f"workflows/{ident}/terminate", 130)
    assert again.status == 500
    assert "already completed" in json.loads(again.body)["error"]["message"]
    assert (
        "not found"
        in json.loads(caller.post("workflows/none/terminate", 1).body)["error"]["message"]
    )


def test_two_triggers_within_a_second_are_two_actions_with_one_workflow_id() -> None:
    """As a real server has it: ids are told by the second, times to the nanosecond."""
    caller = Caller(fleet(), one())
    for at in (100.1, 100.4):
        assert caller.post("schedules/al-learning/trigger", at).status == 200
    first, second = (caller.schedule("al-learning", 105) or {})["recentActions"][-2:]
    assert first["scheduleTime"] < second["scheduleTime"]
    assert first["actualTime"] < second["actualTime"]
    run, other = first["startWorkflowResult"], second["startWorkflowResult"]
    assert run["workflowId"] == other["workflowId"]
    assert run["runId"] != other["runId"]


def test_a_triggered_schedule_runs_now_and_pause_is_broken() -> None:
    caller = Caller(fleet(), one())
    assert caller.post("schedules/al-learning/trigger", 100).status == 200
    last = (caller.schedule("al-learning", 105) or {})["recentActions"][-1]
    assert last["scheduleTime"] == "2026-06-02T12:22:10.000000000Z"
    paused = caller.post("schedules/al-learning/pause", 110)
    assert paused.status == 500
    assert "unknown flag: --pause" in json.loads(paused.body)["error"]["message"]
    assert len(paused.body) > 20_000
    assert "paused" not in (caller.schedule("al-learning", 120) or {})
