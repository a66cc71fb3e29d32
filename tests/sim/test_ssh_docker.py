"""Docker and Compose on the box: shaped as recorded, in common with what the API tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alfred_tui.sim.faults import Fault
from tests.sim.caller import Caller, fleet, one, struck
from tests.sim.told import DC, differences, lines, whole


def well(**more: Any) -> Caller:
    return Caller(fleet(**more), one())


def rows(caller: Caller, seconds: float = 0, flags: str = "") -> dict[str, dict[str, Any]]:
    """What Compose lists over SSH, by service."""
    said = caller.shell(f"{DC} ps {flags} --format json", seconds)
    assert (said.code, said.err) == (0, "")
    return {row["Service"]: row for row in map(json.loads, said.out.splitlines())}


def inspected(caller: Caller, seconds: float, service: str) -> dict[str, Any]:
    said = caller.shell(f"docker inspect compose-{service}-1", seconds)
    assert said.code == 0, said
    (found,) = json.loads(said.out)
    return dict(found)


# --- shapes ---------------------------------------------------------------------------------------


def test_rows_have_the_recorded_shape() -> None:
    caller = struck("restart-loop", service="mcp-server")
    examples = [*lines("docker/compose-ps.jsonl"), *lines("docker/compose-ps-all.jsonl")]
    for seconds in (0, 100, 103):
        for flags in ("", "-a"):
            for row in rows(caller, seconds, flags).values():
                assert differences(row, *examples) == set()


def test_a_key_spelt_otherwise_would_be_found() -> None:
    row = rows(well())["alfred"]
    examples = lines("docker/compose-ps.jsonl")
    for key in list(row):
        other = {k.lower() + "_" if k == key else k: v for k, v in row.items()}
        assert differences(other, *examples) == {
            f"$.{key}: missing",
            f"$.{key.lower()}_: never seen",
        }


def test_images_projects_and_figures_have_the_recorded_shape() -> None:
    caller = well()
    said = caller.shell(f"{DC} images --format json")
    assert differences(json.loads(said.out), whole("docker/compose-images.json")) == set()
    assert caller.shell("docker compose ps").err == "no configuration file provided: not found\n"
    said = caller.shell("docker compose ls --format json")  # needs no project
    assert differences(json.loads(said.out), whole("docker/ls.json")) == set()
    said = caller.shell("docker stats --no-stream --format json")
    figures = [json.loads(line) for line in said.out.splitlines()]
    assert {row["Name"] for row in figures} == {row["Name"] for row in rows(caller).values()}
    for row in figures:
        assert differences(row, *lines("docker/stats.jsonl")) == set()


def test_an_inspected_container_has_the_recorded_shape() -> None:
    examples = whole("docker/inspect.json")
    for caller in (well(), struck("restart-loop", service="alfred"), struck("container-exit")):
        for service in ("alfred", "temporal", "init"):
            found = inspected(caller, 100, service)
            # the recorded containers had volumes, ports and addresses of their own
            wrong = differences(
                found,
                *examples,
                maps=r"\$\.(Config\.Labels|NetworkSettings\.Ports|HostConfig\.PortBindings)",
            )
            assert wrong == set(), service


# --- in common with the API -----------------------------------------------------------------------


def test_both_sides_list_the_same() -> None:
    caller = struck("unhealthy")
    for seconds in (0, 200):
        listed = {row["Service"]: row for row in caller.get("admin/containers", seconds)}
        over_ssh = rows(caller, seconds - 0.14)  # it is as it is when the command has looked
        assert over_ssh.keys() == listed.keys()
        for name, row in over_ssh.items():
            assert row | {"Labels": ""} == listed[name] | {"Labels": ""}


def test_a_restart_over_ssh_makes_the_container_younger_for_the_api() -> None:
    caller = well()
    assert "seconds" not in caller.service("alfred", 5)["Status"]  # type: ignore[index]
    said = caller.shell(f"{DC} restart alfred", 10)
    assert (said.code, said.out) == (0, "")
    assert said.err.splitlines() == [
        " Container compose-alfred-1  Restarting",
        " Container compose-alfred-1  Started",
    ]
    assert said.t > caller.second(11)
    after = caller.service("alfred", 15)
    assert after is not None
    assert after["Status"] == "Up 3 seconds"
    assert inspected(caller, 15, "alfred")["RestartCount"] == 0, "Docker counts its own only"


def test_a_restart_over_the_api_shows_over_ssh() -> None:
    caller = well()
    assert caller.post("admin/containers/mcp-server/restart", 10).status == 200
    started = inspected(caller, 20, "mcp-server")["State"]["StartedAt"]
    assert started.startswith("2026-06-02T12:20:41."), started


def test_a_stopped_one_is_on_neither_list_and_has_its_exit_code() -> None:
    caller = well()
    assert caller.shell(f"{DC} stop alfred alfred-learn", 10).code == 0
    for name, code in (("alfred", 0), ("alfred-learn", 137)):
        assert caller.service(name, 30) is None
        assert name not in rows(caller, 30)
        row = rows(caller, 30, "-a")[name]
        assert (row["State"], row["ExitCode"]) == ("exited", code)
        assert row["Status"].startswith(f"Exited ({code}) ")
        assert inspected(caller, 30, name)["State"]["ExitCode"] == code
    assert caller.shell(f"{DC} start alfred", 40).code == 0
    assert caller.service("alfred", 50) is not None
    assert "alfred-learn" not in rows(caller, 50)
    assert caller.shell(f"{DC} up -d --remove-orphans", 60).code == 0
    assert "alfred-learn" in rows(caller, 70)


def test_all_lists_what_ran_once_and_what_a_compose_file_lost_not_at_all() -> None:
    caller = struck("service-lost")
    assert rows(caller, 100, "-a")["init"]["Status"].startswith("Exited (0) ")
    assert "mcp-server" not in rows(caller, 100, "-a")
    said = caller.shell(f"{DC} restart mcp-server", 100)
    assert (said.code, said.err) == (1, "no such service: mcp-server\n")
    services = caller.shell(f"{DC} config --services", 100).out.split()
    assert services == sorted(services)
    assert "init" in services
    assert "mcp-server" not in services


def test_what_is_recreated_has_a_new_id_and_the_same_image() -> None:
    caller = well()
    before = inspected(caller, 0, "alfred-learn")
    assert caller.shell(f"{DC} up -d --force-recreate alfred-learn", 10).code == 0
    after = inspected(caller, 60, "alfred-learn")
    assert after["Id"] != before["Id"]
    assert after["Image"] == before["Image"]
    assert caller.service("alfred-learn", 60)["ID"] == after["Id"][:12]  # type: ignore[index]
    for name in ("alfred", "temporal"):
        assert inspected(caller, 60, name)["Id"] == inspected(caller, 0, name)["Id"]


def test_a_changed_environment_is_read_when_a_container_is_made_anew() -> None:
    caller = well()
    printed = f"{DC} exec -T alfred-learn printenv NEW_FLAG"
    edit = "cd /opt/alfred/compose && echo NEW_FLAG=yes >> .env"
    assert caller.shell(edit, 10).code == 0
    assert caller.shell(f"{DC} restart alfred-learn", 20).code == 0
    assert caller.shell(printed, 60).code == 1, "a restart reads nothing"
    assert caller.shell("cd /opt/alfred/compose && docker compose up -d alfred-learn", 70).code == 0
    assert caller.shell(printed, 120).out == "yes\n"


# --- faults ---------------------------------------------------------------------------------------


def test_a_loop_is_told_by_the_count_of_its_restarts() -> None:
    caller = struck("restart-loop", service="alfred")
    counts, states = [], set()
    for seconds in range(61, 121, 3):
        found = inspected(caller, seconds, "alfred")
        counts.append(found["RestartCount"])
        states.add(found["State"]["Status"])
        listed = rows(caller, seconds)["alfred"]
        assert listed["ExitCode"] == 0
        if found["State"]["Restarting"]:
            assert found["State"]["ExitCode"] == 1
    assert states == {"running", "restarting"}
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] >= 5
    assert inspected(caller, 700, "alfred")["RestartCount"] == 0


@pytest.mark.parametrize(("sort", "code", "oom"), [("", 1, False), ("oom", 137, True)])
def test_how_a_container_ended(sort: str, code: int, oom: bool) -> None:
    caller = struck("container-exit", sort=sort)
    state = inspected(caller, 100, "alfred")["State"]
    assert (state["Status"], state["ExitCode"], state["OOMKilled"]) == ("exited", code, oom)
    assert state["FinishedAt"].startswith("2026-06-02T12:21:30")
    assert caller.shell(f"{DC} start alfred", 110).code == 0
    assert inspected(caller, 120, "alfred")["State"]["Running"]


def test_a_silent_docker_is_silent_on_both_sides() -> None:
    caller = struck("docker-silent")
    for line in (
        f"{DC} ps",
        f"{DC} restart alfred",
        "docker ps",
        "docker inspect compose-alfred-1",
    ):
        said = caller.shell(line, 100)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("Cannot connect to the Docker daemon at unix:///")
    assert caller.shell("docker ps -q", 50).code == 0


def test_paused_and_unhealthy_ones() -> None:
    caller = struck("service-paused")
    assert inspected(caller, 100, "ollama")["State"]["Paused"]
    said = caller.shell(f"{DC} exec -T ollama true", 100)
    assert said.code == 1
    assert said.err.startswith("Error response from daemon: Container ")
    sick = struck("unhealthy")
    health = inspected(sick, 100, "ollama")["State"]["Health"]
    assert health["Status"] == "unhealthy"
    assert health["FailingStreak"] > 0


# --- images ---------------------------------------------------------------------------------------


def test_digests_are_those_of_the_image_and_change_with_it() -> None:
    caller = struck("image-update", service="alfred-learn", lasts=None)
    image = inspected(caller, 0, "alfred-learn")["Config"]["Image"]
    asked = f"docker image inspect --format '{{{{json .RepoDigests}}}}' {image}"
    before, after = (json.loads(caller.shell(asked, at).out) for at in (0, 120))
    assert before != after
    (digest,) = after
    repository, _, rest = digest.partition("@sha256:")
    assert image.startswith(repository)
    assert len(rest) == 64
    by_id = inspected(caller, 120, "alfred-learn")["Image"]
    same = caller.shell(f"docker inspect --format '{{{{json .RepoDigests}}}}' {by_id}", 120)
    assert json.loads(same.out) == after
    other = Caller(fleet(tenants=48), one("F2"))
    assert json.loads(other.shell(asked).out) == before, "the same image is the same everywhere"


def test_what_is_asked_for_in_go_templates() -> None:
    caller = well()
    shape = "{{.Name}} {{.State.Status}} {{.RestartCount}} {{json .State.Running}}"
    said = caller.shell(f"docker inspect -f '{shape}' compose-alfred-1 compose-temporal-1")
    assert said.out.splitlines() == [
        "/compose-alfred-1 running 0 true",
        "/compose-temporal-1 running 0 true",
    ]
    label = '{{index .Config.Labels "com.docker.compose.service"}}'
    assert caller.shell(f"docker inspect -f '{label}' compose-alfred-1").out == "alfred\n"
    names = caller.shell("docker ps --format '{{.Names}}\\t{{.State}}'").out.splitlines()
    assert "compose-alfred-1\trunning" in names
    bad = caller.shell("docker inspect -f '{{.Nope}}' compose-alfred-1")
    assert bad.code != 0
    assert "template parsing error" in bad.err


# --- logs, exec, refusals -------------------------------------------------------------------------


def test_logs_are_those_of_the_api() -> None:
    caller = well()
    said = caller.shell(f"{DC} logs --tail 5 alfred", 9.86)
    assert said.out == caller.get("admin/containers/alfred/logs?tail=5", 10)["logs"]
    bare = caller.shell("docker logs --tail 5 compose-alfred-1", 9.9)
    assert [f"alfred-1  | {line}" for line in bare.out.splitlines()] == said.out.splitlines()
    everybody = caller.shell(f"{DC} logs --tail 1").out.splitlines()
    assert len(everybody) == len(rows(caller))


def test_what_runs_inside_a_container_sees_its_files() -> None:
    caller = Caller(fleet(tenants=48), one(wanted=lambda p: "plane-api" in p.services))
    cursor = "state/plane_sync_cursor.json"
    said = caller.shell(f"docker exec compose-alfred-learn-1 cat /alfred-data/{cursor}")
    assert "last_vault_mtime" in json.loads(said.out)
    assert caller.shell(f"docker exec compose-alfred-learn-1 rm /alfred-data/{cursor}").code == 0
    assert caller.shell(f"test -e /mnt/encrypted/alfred/{cursor}").code == 1
    gone = caller.shell("docker exec compose-alfred-learn-1 sqlite3 x")
    assert gone.code == 127
    assert "executable file not found in $PATH" in gone.err


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (f"{DC} restart nosuch", 1, "no such service: nosuch\n"),
        (f"{DC} logs nosuch", 1, "no such service: nosuch\n"),
        (f"{DC} exec -T nosuch true", 1, "no such service: nosuch\n"),
        (f"{DC} exec temporal true", 1, "the input device is not a TTY\n"),
        (f"{DC} exec -T init true", 1, 'service "init" is not running\n'),
        (f"{DC} nosuch", 1, 'unknown docker command: "compose nosuch"\n'),
        (
            "docker compose -f /nowhere.yaml ps",
            1,
            "open /nowhere.yaml: no such file or directory\n",
        ),
        ("docker inspect nosuch", 1, "Error: No such object: nosuch\n"),
        ("docker restart nosuch", 1, "Error response from daemon: No such container: nosuch\n"),
    ],
)
def test_what_docker_refuses(line: str, code: int, said: str) -> None:
    caller = well()
    answer = caller.shell(line)
    assert (answer.code, answer.err) == (code, said)


def test_a_flag_in_a_service_s_place_restarts_everything() -> None:
    """The trap that a client must not fall into is there (tenant-api.md 3.2)."""
    caller = well()
    assert caller.shell(f"{DC} restart --no-deps", 10).code == 0
    young = [row["Status"] for row in rows(caller, 40).values()]
    assert all("seconds" in status for status in young), young


def test_a_published_image_waits_for_the_next_update() -> None:
    who = one()
    caller = Caller(fleet(Fault("image-published", who.name, at=60.0), tenants=48), who)
    before = inspected(caller, 0, "alfred-learn")["Image"]
    assert inspected(caller, 5000, "alfred-learn")["Image"] == before, "nobody updates here"
    done = caller.shell("sudo -n systemctl start alfred-update.service", 5000)
    assert done.code == 0
    after = inspected(caller, done.t - caller.world.epoch + 1, "alfred-learn")
    assert after["Image"] != before


# --- the other line of the product ----------------------------------------------------------------


def test_the_single_machine_is_another_project_of_root() -> None:
    caller = Caller(fleet(), one("H"))
    assert caller.shell("whoami; pwd").out == "root\n/root\n"
    wrong = caller.shell(f"{DC} ps")
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.err == f"open {DC.split()[-1]}: no such file or directory\n"
    here = "docker compose -p alfred-black -f /opt/alfred/docker-compose.yaml"
    listed = caller.shell(f"{here} ps --format json").out.splitlines()
    assert {json.loads(row)["Name"] for row in listed} >= {"alfred-black-hermes-1"}
    assert {json.loads(row)["Project"] for row in listed} == {"alfred-black"}
    assert {row["Name"] for row in caller.get("admin/containers")} >= {"alfred-black-hermes-1"}
    assert caller.shell(f"{here} restart hermes").err == (
        " Container alfred-black-hermes-1  Restarting\n Container alfred-black-hermes-1  Started\n"
    )
    assert caller.shell("docker inspect alfred-black-hermes-1", 60).code == 0
    ls = caller.shell("docker compose ls --format json")
    assert json.loads(ls.out)[0]["ConfigFiles"] == "/opt/alfred/docker-compose.yaml"


def test_the_single_machine_has_no_encrypted_volume() -> None:
    caller, other = Caller(fleet(), one("H")), Caller(fleet(), one("F3"))
    assert "/mnt/encrypted" not in caller.shell("df -h").out
    assert "/mnt/encrypted" in other.shell("df -h").out
    luks = "systemctl is-active alfred-luks.service"
    assert caller.shell(luks).out == "inactive\n"
    assert other.shell(luks).out == "active\n"
    older = Caller(fleet(), one("H", lambda person: not person.newest))
    disk = older.get("admin/system/info")["disk"]
    assert "/mnt/encrypted" not in disk
    assert disk.split()[-1] == "/"
    cursor = "steward/rate-guard.json"
    inside = caller.shell(
        f"docker exec alfred-black-alfred-learn-1 cat /alfred-data/state/{cursor}"
    )
    assert json.loads(inside.out)["rate_429_count"] == 0
