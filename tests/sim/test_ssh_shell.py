"""The box's shell: its language, its files, what deploy may, and that it is the same every time."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from alfred_tui.sim.ssh.box import Said
from tests.sim.caller import Caller, fleet, one
from tests.sim.told import DC


def box() -> Caller:
    return Caller(fleet(), one())


def out(line: str, stdin: str = "") -> str:
    said = box().shell(line, stdin=stdin)
    assert said.err == "", said
    return said.out


# --- the language ---------------------------------------------------------------------------------

PORTABLE = (
    'ids=$(printf \'a\\nb\\n\') || exit; for i in $ids; do echo "<$i>"; done; echo "$ids"',
    "x=$(false) || echo went wrong; y=$(true) && echo went well",
    'x=\'a  b\'; y=$x; echo "$y"; z=~/b; test "$z" = "$HOME/b" && echo home',
    "echo one two   three",
    "echo 'a  b' \"c  d\" e\\ f",
    'x=1; y="$x 2"; echo $y "${y}" ${z:-none} "${z}"',
    "true && echo yes || echo no",
    "false && echo yes || echo no",
    "false || { echo a; echo b; } && echo c",
    "! true; echo $?",
    "(exit 7); echo $?",
    "(x=2; cd /; echo $x); echo ${x:-unset}",
    "if test 1 -eq 1; then echo same; else echo other; fi",
    "if false; then echo a; elif true; then echo b; else echo c; fi",
    "for n in 1 2 3; do echo n$n; done",
    "for n in 1 2 3; do [ $n = 2 ] && continue; echo $n; done; echo $?",
    "for n in 1 2 3; do [ $n = 2 ] && break; echo $n; done; echo $?",
    "for a in 1 2; do for b in 1 2; do echo $a$b; continue 2; done; done",
    "for a in 1 2; do while true; do break 9; done; echo never; done; echo on",
    "for a in 1 2; do (echo $a; break; echo never); done; for a in 1 2; do echo $a | break; done",
    "for a in 1 2; do sh -c 'echo $0'; eval break; done; break; echo $?",
    "printf '%s-%s\\n' a b c d",
    "printf '%5d|%-5s|%s%%\\n' 42 ab 7",
    "echo hello | cat",
    "printf 'b\\na\\nb\\n' | sort | head -n 2",
    "printf 'b\\na\\nb\\n' | grep -c b",
    "printf 'x1\\ny2\\n' | grep -qx 'x.' && echo found",
    "printf '1\\n2\\n3\\n' | tail -n 2 | wc -l",
    'echo "$(echo inner; echo more)" end',
    "echo `echo old`",
    "cat <<'EOF'\n$HOME stays\nEOF",
    "x=5; cat <<EOF\nx is $x\nEOF",
    "set -e; false; echo never",
    "set -e; false || echo caught; echo on",
    "set -e; if false; then :; fi; echo on",
    "sh -c 'echo $0 $1 $#' name first",
    'sh -c \'for w in "$@"; do echo "<$w>"; done\' sh "a b" c',
    "test -z '' -a -n x && echo both",
    "[ a = b -o 2 -gt 1 ] && echo one",
    "echo out; echo err >&2",
    "{ echo out; echo err >&2; } 2>/dev/null",
    "{ echo out; echo err >&2; } 2>&1 | sort",
    "exec echo last; echo never",
    "exit 3",
    "x='a b'; set -- $x \"$x\"; echo $#",
    "echo a;echo b&&echo c",
    "cd / && pwd",
    "command -v nosuchprogram; echo $?",
    "# only a comment",
    "echo a # with one",
    "echo a\\\nb",
    "read a b <<EOF\none two three\nEOF\necho $b",
    "echo {a} $",
)
"""Lines that mean the same to every shell."""


@pytest.mark.parametrize("line", PORTABLE)
def test_it_says_what_bash_says(line: str, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed here: the box's shell was NOT compared with it")
    real = subprocess.run(
        ["bash", "-c", line],
        executable=bash,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=20,
    )
    said = box().shell(line)
    assert (said.out, said.code) == (real.stdout, real.returncode)
    assert said.err == real.stderr


def test_what_is_not_known_and_what_is_no_shell() -> None:
    unknown = box().shell("nosuch --flag")
    assert (unknown.code, unknown.err) == (127, "bash: line 1: nosuch: command not found\n")
    dash = box().shell("sh -c nosuch")
    assert (dash.code, dash.err) == (127, "sh: 1: nosuch: not found\n")
    odd = box().shell("echo ${x#y}; echo on")
    assert (odd.code, odd.err) == (1, "bash: line 1: ${x#y}: bad substitution\n")
    for line in ("echo $((1 + 2))", "echo 'open", "if true; then", "echo (", "&& echo", "echo a |"):
        said = box().shell(line)
        assert (said.code, said.out) == (2, ""), line
        assert "syntax error near unexpected token" in said.err


def test_a_plain_word_comes_through_whatever_is_in_it() -> None:
    for word in ("a b", "$HOME", "`x`", "it's", '"', "\\", "*", "a\nb", "é€😀", "-n", "", "#x"):
        line = shlex.join(["printf", "%s|", word, "end"])
        assert out(line) == f"{word}|end|", word


# --- files ----------------------------------------------------------------------------------------


def test_files_are_read_written_moved_and_removed() -> None:
    caller = box()
    for line, want in (
        ("echo one > ~/a; echo two >> ~/a; cat ~/a", "one\ntwo\n"),
        ("cat < ~/a | head -n 1", "one\n"),
        ("mv ~/a ~/b; ls", "b\n"),
        ("mkdir -p d/e && cp b d/e/c && cat d/e/c", "one\ntwo\n"),
        ("echo d/*; ls d/*", "d/e\nc\n"),
        ("ln -s ~/b ~/link; cat link; readlink link", "one\ntwo\n/home/deploy/b\n"),
        ("chmod 600 b; stat -c '%a %U' b", "600 deploy\n"),
        ("printf x | tee -a b >/dev/null; cat b", "one\ntwo\nx"),
        ("rm -rf d b link; ls", ""),
    ):
        said = caller.shell(line)
        assert (said.out, said.err, said.code) == (want, "", 0), line


@pytest.mark.parametrize(
    ("line", "err"),
    [
        ("cat /opt/alfred/luks.key", "cat: /opt/alfred/luks.key: Permission denied\n"),
        ("cat /nope", "cat: /nope: No such file or directory\n"),
        ("ls /root", "ls: cannot open directory '/root': Permission denied\n"),
        ("rm /etc/hostname", "rm: cannot remove '/etc/hostname': Permission denied\n"),
        ("rm ~", "rm: cannot remove '/home/deploy': Is a directory\n"),
        ("mkdir /etc/x", "mkdir: cannot create directory ‘/etc/x’: Permission denied\n"),
        ("echo x > /etc/x", "bash: line 1: /etc/x: Permission denied\n"),
        ("cd /nope", "bash: line 1: cd: /nope: No such file or directory\n"),
        ("/opt/alfred/luks.key", "bash: line 1: /opt/alfred/luks.key: Permission denied\n"),
        ("/opt/alfred/no.sh", "bash: line 1: /opt/alfred/no.sh: No such file or directory\n"),
    ],
)
def test_what_deploy_may_not(line: str, err: str) -> None:
    said = box().shell(line)
    assert said.code != 0
    assert (said.out, said.err) == ("", err)


LOCKS = {
    "mkdir": "mkdir ~/.lock",
    "noclobber": "set -C; echo me > ~/.lock",
    "link": "echo me > ~/.mine.$$ && ln ~/.mine.$$ ~/.lock",
}


@pytest.mark.parametrize("way", LOCKS)
def test_a_lock_is_got_once(way: str) -> None:
    caller = box()
    assert caller.shell(LOCKS[way], 10).code == 0
    second = caller.shell(LOCKS[way], 10.001)
    assert second.code == 1
    assert "exist" in second.err
    assert caller.shell("rm -r ~/.lock; " + LOCKS[way], 20).code == 0


def test_secrets_are_there_to_be_kept() -> None:
    caller = box()
    text = caller.shell("cat /opt/alfred/compose/.env").out
    values = dict(line.split("=", 1) for line in text.splitlines())
    assert values["AAS_API_KEY"] == caller.person.key
    assert sum(value.startswith("canary-") for value in values.values()) >= 4
    assert caller.shell("stat -c '%a' /opt/alfred/compose/.env").out == "600\n"


# --- sudo -----------------------------------------------------------------------------------------

GRANTED = (
    "systemctl is-active docker",
    "/usr/bin/systemctl daemon-reload",
    "chown deploy:deploy /opt/alfred/luks.key",
    "mkdir -p /opt/alfred/new/deep",
    "bash /opt/alfred/healthcheck.sh",
    "bash -c 'set -a && source /opt/alfred/restic.env && restic snapshots'",
    "tailscale status",
    "cloudflared --version",
)
FORBIDDEN = (
    "true",
    "rm /mnt/encrypted/alfred/state/x",
    "cat /opt/alfred/luks.key",
    "journalctl -u alfred-update.service",
    "docker ps",
    "bash",
    "bash -c id",
    "bash -c 'source /opt/alfred/restic.env && restic snapshots'",
    "bash /tmp/own.sh",
    "sh /opt/alfred/healthcheck.sh",
    "mkdir /opt/alfred/new",
    "mkdir -p /etc/new",
    "cryptsetup status alfred-data",
    "/tmp/systemctl status",
)


@pytest.mark.parametrize("words", GRANTED)
def test_sudo_grants_what_the_rules_name(words: str) -> None:
    caller = box()
    for flags in ("", "-n", "-n --"):
        said = caller.shell(f"sudo {flags} {words}")
        assert (said.code, said.err) == (0, ""), said


@pytest.mark.parametrize("words", FORBIDDEN)
def test_sudo_refuses_everything_else(words: str) -> None:
    said = box().shell(f"sudo -n {words}")
    assert (said.code, said.out, said.err) == (1, "", "sudo: a password is required\n")
    asked = box().shell(f"sudo {words}")
    assert asked.code == 1
    first, second = asked.err.splitlines()
    assert first.startswith("sudo: a terminal is required to read the password;")
    assert second == "sudo: a password is required"


def test_root_reads_what_deploy_does_not() -> None:
    line = "sudo -n bash -c 'set -a && source /opt/alfred/restic.env && printenv RESTIC_REPOSITORY'"
    assert box().shell(line).out.startswith("s3:https://storage.example/")
    assert box().shell(". /opt/alfred/restic.env").code == 1


# --- the machine ----------------------------------------------------------------------------------


def test_the_machine_s_own_figures() -> None:
    caller = box()
    rows = [line.split() for line in caller.shell("df -P /mnt/encrypted /").out.splitlines()]
    assert rows[0][:2] == ["Filesystem", "1024-blocks"]
    assert [row[5] for row in rows[1:]] == ["/mnt/encrypted", "/"]
    for _, blocks, used, free, percent, _ in rows[1:]:
        assert int(blocks) == int(used) + int(free)
        assert int(percent.rstrip("%")) == pytest.approx(100 * int(used) / int(blocks), abs=1)
    memory = caller.shell("free -m").out.splitlines()
    api = caller.get("admin/system/info")["memory"].splitlines()
    assert memory[1].split() == api[1].split()
    assert memory[0].split() == api[0].split()
    assert caller.shell("uptime -p").out.strip() == caller.get("admin/system/info")["uptime"]
    assert caller.shell("hostname; id -un; date -u +%FT%TZ", 30).out.splitlines() == [
        f"alfred-{caller.person.name}",
        "deploy",
        "2026-06-02T12:21:00Z",
    ]


def test_the_health_script_sees_the_volume_and_the_listed_containers() -> None:
    caller = Caller(fleet(tenants=48), one(wanted=lambda p: not p.volume_seen))
    told = json.loads(caller.shell("/opt/alfred/healthcheck.sh", -0.3).out)
    assert [row["Service"] for row in told["containers"]] == [
        row["Service"] for row in caller.get("admin/containers")
    ]
    volume = caller.shell("df -P /mnt/encrypted").out.splitlines()[1].split()[4]
    assert abs(told["disk_percent"] - int(volume.rstrip("%"))) <= 1
    assert told["cloudflared_status"] == "active"
    newest = Caller(fleet(tenants=48), one("H", lambda p: p.newest))
    assert newest.shell("/opt/alfred/healthcheck.sh").code == 127


def test_time_passes_as_commands_take_it() -> None:
    caller = box()
    said = caller.shell("date +%s; sleep 90; date +%s")
    first, second = map(int, said.out.split())
    assert second - first == 90
    limited = caller.shell("timeout 5 sleep 60; echo $?")
    assert limited.out == "124\n"
    assert limited.t == pytest.approx(caller.second(5))


# --- the same every time --------------------------------------------------------------------------

LINES = (
    f"{DC} ps -a --format json",
    "docker inspect compose-alfred-1 compose-temporal-1",
    "docker stats --no-stream",
    f"{DC} logs --tail 20",
    "systemctl list-timers; journalctl -u alfred-update.service -n 40",
    "df -h; free; uptime; date; ls -la /opt/alfred; cat /opt/alfred/compose/.env",
    f"{DC} restart alfred; sudo systemctl start alfred-update.service; {DC} ps",
    f"{DC} exec -T temporal temporal workflow list -o json",
    "/opt/alfred/healthcheck.sh",
)


def test_the_same_acts_at_the_same_moments_give_the_same_bytes() -> None:
    def lived(pry: bool) -> list[Said]:
        caller = Caller(fleet(quiet=False), one())
        made = []
        for number, line in enumerate(LINES):
            for asked in ("docker ps", "systemctl list-timers", "date") if pry else ():
                caller.shell(asked, 100 * number + 50)
            made.append(caller.shell(line, 100 * number + 60))
        return made

    assert lived(False) == lived(True)
    others = [Caller(fleet(quiet=False), p) for p in fleet().people[:2]]
    assert others[0].shell(LINES[1]) != others[1].shell(LINES[1])


def test_words_are_shifted_and_too_many_are_not() -> None:
    caller = Caller(fleet(), one())
    assert caller.shell("""sh -c 'shift 2; "$@"' sh a b echo c d""").out == "c d\n"
    assert caller.shell("sh -c 'shift; echo $#' sh a b").out == "1\n"
    assert caller.shell("sh -c 'shift 3; echo on' sh a b").err.endswith("can't shift that many\n")
