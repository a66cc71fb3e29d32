"""systemd on the box: units, timers, the update and the backup, and their journal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from tests.sim.caller import Caller, fleet, one, struck
from tests.sim.told import DC

START = "sudo -n systemctl start alfred-update.service"
LATE = datetime(2026, 6, 2, 2, 50, tzinfo=UTC)


def busy() -> Caller:
    """A tenant whose timers run."""
    return Caller(fleet(quiet=False, tenants=48), one())


def shown(caller: Caller, unit: str, seconds: float) -> dict[str, str]:
    answer = caller.shell(f"systemctl show {unit}", seconds)
    assert answer.code == 0
    return dict(line.split("=", 1) for line in answer.out.splitlines())


def timers(caller: Caller, seconds: float, flags: str = "") -> dict[str, dict[str, float]]:
    answer = caller.shell(f"systemctl list-timers {flags} --output=json", seconds)
    return {row["unit"]: row for row in json.loads(answer.out)}


def seconds_to_next(caller: Caller, seconds: float) -> float:
    """How many seconds until the update's timer fires."""
    following = timers(caller, seconds)["alfred-update.timer"]["next"] / 1e6
    return following - caller.second(seconds)


# --- the update -----------------------------------------------------------------------------------


def test_the_timer_tells_its_firings_and_they_come() -> None:
    caller = busy()
    left = seconds_to_next(caller, 10)
    assert 0 < left <= 900
    assert shown(caller, "alfred-update.service", 10 + left + 5)["ActiveState"] == "activating"
    after = shown(caller, "alfred-update.service", 10 + left + 200)
    assert (after["ActiveState"], after["Result"], after["ExecMainStatus"]) == (
        *("inactive", "success", "0"),
    )
    assert timers(caller, 20 + left)["alfred-update.timer"]["last"] / 1e6 == pytest.approx(
        caller.second(10 + left), abs=0.1
    )


def test_a_start_by_hand_waits_for_the_run_and_puts_the_timer_off() -> None:
    caller = busy()
    begin = seconds_to_next(caller, 10) - 100
    answer = caller.shell(START, begin)
    assert answer[:3] == ("", "", 0)
    took = answer.t - caller.second(begin)
    assert 15 < took < 90, "it pulls, and makes containers"
    assert seconds_to_next(caller, begin + 200) == pytest.approx(700, abs=1), "15 min from it"


def test_while_it_runs_it_says_so_and_a_second_start_waits_for_it() -> None:
    caller = busy()
    first = caller.shell(f"{START} --no-block", 100)
    assert first.t - caller.second(100) < 1
    state = caller.shell("systemctl is-active alfred-update.service", 110)
    assert (state.out, state.code) == ("activating\n", 3)
    second = caller.shell(START, 110)
    assert second.code == 0
    since = f"@{caller.second(99):.0f}"
    runs = caller.shell(f"journalctl -u alfred-update.service --since '{since}'", 400)
    assert runs.out.count("Starting alfred-update.service") == 1
    alone = busy()
    assert second.t == pytest.approx(alone.shell(START, 100.02).t, abs=0.2)


def test_it_starts_what_was_stopped_and_makes_new_containers_of_what_was_published() -> None:
    caller = struck("image-published", lasts=None, service="ollama")
    before = caller.shell("docker inspect -f '{{.Image}}' compose-ollama-1", 100).out
    assert caller.shell(f"{DC} stop mcp-server", 100).code == 0
    assert caller.service("mcp-server", 4000) is None, "no timer runs in this world"
    answer = caller.shell(START, 4000)
    done = answer.t - caller.world.epoch
    assert caller.service("mcp-server", done + 5) is not None
    after = caller.shell("docker inspect -f '{{.Image}}' compose-ollama-1", done + 5).out
    assert after != before
    young = caller.service("ollama", done + 5)
    assert young is not None
    assert "second" in young["Status"]
    lines = caller.shell("journalctl -u alfred-update.service -o cat", done + 5).out.splitlines()
    assert " Container compose-ollama-1  Recreated" in lines
    assert " Container compose-alfred-1  Running" in lines


def test_without_docker_it_fails_and_says_where_to_look() -> None:
    caller = struck("docker-silent")
    answer = caller.shell(START, 100)
    assert answer.code == 1
    assert answer.err.startswith("Job for alfred-update.service failed because the control process")
    told = shown(caller, "alfred-update.service", 110)
    assert (told["ActiveState"], told["Result"], told["ExecMainStatus"]) == (
        *("failed", "exit-code", "1"),
    )
    assert caller.shell("systemctl is-failed alfred-update.service", 110).out == "failed\n"
    journal = caller.shell("journalctl -u alfred-update.service -n 5 --no-pager", 110).out
    assert "Cannot connect to the Docker daemon" in journal
    assert "Failed with result 'exit-code'" in journal


def test_a_stopped_timer_fires_no_more_until_it_is_started() -> None:
    caller = busy()
    assert caller.shell("sudo systemctl stop alfred-update.timer", 10).code == 0
    assert "alfred-update.timer" not in timers(caller, 20)
    assert timers(caller, 20, "--all")["alfred-update.timer"]["next"] is None
    assert caller.shell("systemctl is-active alfred-update.timer", 20).code == 3
    assert caller.post("admin/containers/mcp-server/stop", 30).status == 200
    assert caller.service("mcp-server", 5000) is None, "nothing undoes it"
    assert caller.shell("sudo systemctl start alfred-update.timer", 5000).code == 0
    assert seconds_to_next(caller, 5100) < 900


def test_what_was_asked_ahead_changes_nothing_of_what_comes() -> None:
    def lived(*, nosy: bool) -> list[object]:
        caller = busy()
        for later in (20_000.0, 90_000.0) if nosy else ():
            caller.get("admin/containers", later)
            caller.shell("journalctl -u alfred-backup.service", later)
        done = [caller.shell(START, 700)]
        done += [caller.shell(f"{DC} stop mcp-server", 800)]
        looks = (900, 1700, 3000, 40_000, 90_000)
        return [
            *done,
            *(caller.get("admin/containers", second) for second in looks),
            *(caller.shell("journalctl -u alfred-update.service -n 90", s) for s in looks),
            *(caller.shell("systemctl list-timers", s) for s in looks),
        ]

    assert lived(nosy=True) == lived(nosy=False)


# --- the backup -----------------------------------------------------------------------------------


def test_the_night_s_backup_shows_in_units_and_journal_and_repository() -> None:
    caller = Caller(fleet(quiet=False, tenants=48, start=LATE), one())
    began = timers(caller, 0)["alfred-backup.timer"]["next"] / 1e6
    at = began - caller.world.epoch
    assert 600 <= at <= 600 + 1710, "03:00 to 03:30"
    assert shown(caller, "alfred-backup.service", at + 30)["ActiveState"] == "activating"
    assert caller.service("temporal", at + 30) is None
    told = shown(caller, "alfred-backup.service", at + 600)
    assert told["Result"] == "success"
    said = caller.shell("journalctl -u alfred-backup.service -n 4 -o cat", at + 600).out
    assert "Backup complete at 2026-06-02T03:" in said
    line = "sudo bash -c 'set -a && source /opt/alfred/restic.env && restic snapshots --json'"
    newest = json.loads(caller.shell(line, at + 600).out)[-1]
    assert newest["time"].startswith("2026-06-02T03:")
    assert "automated" in newest["tags"]
    assert newest["short_id"] in said
    assert json.loads(caller.shell(line, at - 60).out)[-1]["time"] < newest["time"]


def test_a_failed_backup_shows_as_failed() -> None:
    caller = struck("backup-failed")
    assert shown(caller, "alfred-backup.service", 100)["Result"] == "exit-code"
    said = caller.shell("journalctl -u alfred-backup.service -n 10", 100).out
    assert "Failed with result 'exit-code'" in said
    assert "Backup complete" not in said


def test_a_backup_by_hand_stops_its_three_services_meanwhile() -> None:
    caller = Caller(fleet(), one())
    caller.shell("sudo systemctl start --no-block alfred-backup.service", 10)
    assert caller.service("temporal", 30) is None
    assert shown(caller, "alfred-backup.service", 30)["SubState"] == "start"
    assert caller.service("temporal", 500) is not None


# --- units ----------------------------------------------------------------------------------------


def test_states_codes_and_words_of_units() -> None:
    caller = Caller(fleet(), one())
    for line, out, code in (
        ("systemctl is-active cloudflared docker", "active\nactive\n", 0),
        ("systemctl is-active nosuch", "inactive\n", 3),
        ("systemctl is-enabled alfred-update.timer alfred-backup.timer", "enabled\nenabled\n", 0),
        ("systemctl is-enabled alfred-update.service", "static\n", 0),
        ("systemctl show -p ActiveState --value cloudflared", "active\n", 0),
        (
            "systemctl show -p LoadState,ActiveState nosuch",
            "LoadState=not-found\nActiveState=inactive\n",
            0,
        ),
    ):
        answer = caller.shell(line)
        assert (answer.out, answer.code) == (out, code), line
    unknown = caller.shell("systemctl status nosuch")
    assert (unknown.code, unknown.err) == (4, "Unit nosuch.service could not be found.\n")
    unknown = caller.shell("sudo systemctl start nosuch")
    assert (unknown.code, unknown.err) == (
        5,
        "Failed to start nosuch.service: Unit nosuch.service not found.\n",
    )


def test_status_is_for_people() -> None:
    caller = busy()
    answer = caller.shell("systemctl status alfred-update.timer", 100)
    assert answer.code == 0
    assert re.search(r"Active: active \(waiting\) since .* UTC; ", answer.out)
    assert re.search(r"Trigger: \w{3} 2026-06-02 12:\d\d:\d\d UTC; .* left", answer.out)
    oneshot = caller.shell("systemctl status alfred-update.service", 100)
    assert oneshot.code == 3, "a oneshot that is done is not active"
    assert "Finished alfred-update.service" in oneshot.out
    table = caller.shell("systemctl list-timers", 100).out.splitlines()
    assert table[0].split() == ["NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES"]
    assert any("alfred-update.timer alfred-update.service" in line for line in table)


def test_nobody_changes_units_without_sudo() -> None:
    caller = busy()
    for verb in ("start", "stop", "restart"):
        answer = caller.shell(f"systemctl {verb} alfred-update.timer", 10)
        assert answer.code == 1
        assert "Interactive authentication required." in answer.err
    assert shown(caller, "alfred-update.timer", 20)["ActiveState"] == "active"


def test_a_stopped_tunnel_is_seen_by_the_health_script() -> None:
    caller = Caller(fleet(), one())

    def tunnel(seconds: float) -> object:
        return json.loads(caller.shell("/opt/alfred/healthcheck.sh", seconds).out)[
            "cloudflared_status"
        ]

    assert tunnel(5) == "active"
    caller.shell("sudo systemctl stop cloudflared", 10)
    assert tunnel(20) == "inactive"
    caller.shell("sudo systemctl restart cloudflared", 30)
    assert tunnel(40) == "active"


def test_a_stopped_docker_is_silent_for_the_api_until_it_is_started() -> None:
    caller = Caller(fleet(), one())
    caller.shell("sudo systemctl stop docker", 10)
    assert caller.ask("admin/containers", 20).status == 500
    assert shown(caller, "docker", 20)["ActiveState"] == "inactive"
    caller.shell("sudo systemctl start docker", 30)
    assert caller.ask("admin/containers", 40).status == 200


# --- the journal ----------------------------------------------------------------------------------


def test_the_journal_by_time_number_and_form() -> None:
    caller = busy()
    line = "journalctl -u alfred-update.service --no-pager"
    hour = caller.shell(f"{line} --since '1h ago' -o short-iso", 10_000).out.splitlines()
    stamps = [datetime.fromisoformat(text.split()[0]) for text in hour]
    now = datetime.fromtimestamp(caller.second(10_000), UTC)
    assert stamps == sorted(stamps)
    assert all((now - moment).total_seconds() <= 3600 for moment in stamps)
    assert sum("Starting" in text for text in hour) == 4
    assert len(caller.shell(f"{line} -n 3", 10_000).out.splitlines()) == 3
    entries = caller.shell(f"{line} -n 5 -o json", 10_000).out.splitlines()
    parsed = [json.loads(text) for text in entries]
    assert all(entry["MESSAGE"] for entry in parsed)
    assert [entry["__REALTIME_TIMESTAMP"] for entry in parsed] == sorted(
        entry["__REALTIME_TIMESTAMP"] for entry in parsed
    )
    assert caller.shell(f"{line} --since now", 10_000).out == "-- No entries --\n"
    assert caller.shell(f"{line} --since 'last spring'", 10_000).code == 1


def test_the_journal_is_read_without_sudo_as_far_as_the_runbook_does() -> None:
    caller = busy()
    for unit in ("alfred-update.service", "alfred-backup.service", "cloudflared"):
        assert caller.shell(f"journalctl -u {unit} -n 1", 5000).code == 0
    for line in ("journalctl", "journalctl -u ssh", "journalctl -n 5"):
        answer = caller.shell(line)
        assert (answer.code, answer.out) == (1, "")
        assert "insufficient permissions" in answer.err
    assert caller.shell("sudo -n journalctl -u ssh").err == "sudo: a password is required\n"


def test_an_update_of_one_with_a_paused_service_fails_at_its_end() -> None:
    """As Docker does: ``up`` cannot start a paused container."""
    caller = struck("service-paused")
    said = caller.shell(f"{DC} up -d", 100)
    assert said.code == 1
    assert said.err.endswith("cannot start a paused container, try unpause instead\n")
    assert caller.shell(START, 200).code == 1
    assert shown(caller, "alfred-update.service", 300)["Result"] == "exit-code"
