"""Commands: what becomes of words, and what never leaves the program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alfred_tui.tenant.ssh.command import LONGEST, Command, rendered, script
from alfred_tui.tenant.ssh.errors import CommandRefused
from alfred_tui.tenant.ssh.sh import commands_of

WORDS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from("'\"$`\\!*?~#&;|<>(){}[]\n\t -=%")
    | st.integers(0xDC80, 0xDCFF).map(chr),
    max_size=30,
)


def shown(command: Command, user: str = "deploy") -> str:
    return rendered(command, "acme", user).decode()


@pytest.mark.parametrize("shell", ["sh", "bash"])
@given(words=st.lists(WORDS, max_size=5))
def test_any_word_arrives_as_it_is(shell: str, words: list[str]) -> None:
    line = rendered(Command(("printf", "%s\\0", "first", *words), folder="/"), "acme", "deploy")
    done = subprocess.run(
        [shell, "-c", line], capture_output=True, check=True, env={"PATH": "/bin"}
    )
    expected = [word.encode("utf-8", "surrogateescape") for word in ("first", *words)]
    assert done.stdout.split(b"\0")[:-1] == expected


@pytest.mark.parametrize("word", ["eval", "if", ".", "source", "exec", "trap", "command"])
def test_no_word_is_the_shell_s_own(word: str) -> None:
    line = rendered(Command((word, "echo", "ran")), "acme", "deploy")
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=False)
    assert (done.returncode != 0, b"ran" in done.stdout) == (True, False)


@pytest.mark.parametrize(
    "words", [(), ("",), ("-x",), ("A=b", "id"), ("a b",), ("$x",), ("sudo",), ("sudo", "-i")]
)
def test_what_is_no_program_s_name_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandRefused):
        shown(Command(words))


def test_a_folder_is_entered_first() -> None:
    command = Command(("ls", "-a"), folder="/opt/a b")
    assert shown(command) == "cd '/opt/a b' && exec ls -a"
    with pytest.raises(CommandRefused, match="not absolute"):
        shown(Command(("ls",), folder="-x"))


def test_half_a_character_a_nul_and_too_much_are_refused() -> None:
    for word, why in [("\ud800", "half"), ("a\0b", "NUL"), ("x" * LONGEST, "100,0")]:
        with pytest.raises(CommandRefused, match=why):
            shown(Command(("echo", word)))


ALLOWED = [
    ("systemctl", "start", "alfred-update.service"),
    ("/usr/bin/systemctl", "restart", "cloudflared"),
    ("tailscale", "status"),
    ("cloudflared", "--version"),
    ("chown", "-R", "deploy", "/opt/alfred"),
    ("mkdir", "-p", "/opt/alfred/state"),
    ("bash", "/opt/alfred/backup.sh"),
    ("bash", "-c", "set -a && source /opt/alfred/restic.env && restic snapshots"),
]
FORBIDDEN = [
    ("rm", "/mnt/encrypted/alfred/state/plane_sync_cursor.json"),
    ("cat", "/opt/alfred/restic.env"),
    ("journalctl", "-u", "alfred-update.service"),
    ("cryptsetup", "resize", "alfred-data"),
    ("docker", "ps"),
    ("mkdir", "/opt/alfred/state"),
    ("mkdir", "-p", "$HOME"),
    ("mkdir", "-p", "/mnt/encrypted/x"),
    ("bash", "/tmp/x.sh"),
    ("bash", "-c", "restic snapshots"),
    ("bash", "-c", "set -a && source /etc/x.env && id"),
    ("/tmp/systemctl", "start", "x"),
    ("-u", "root", "systemctl", "start", "x"),
]


@pytest.mark.parametrize("words", ALLOWED)
def test_what_sudo_lets_through_is_sent_and_never_asks(words: tuple[str, ...]) -> None:
    for command in (Command(words, sudo=True), Command(("sudo", *words))):
        assert shown(command).startswith("exec sudo -n -- ")


@pytest.mark.parametrize("words", FORBIDDEN)
def test_what_sudo_forbids_is_never_sent(words: tuple[str, ...]) -> None:
    for command in (Command(words, sudo=True), Command(("sudo", *words))):
        with pytest.raises(CommandRefused):
            shown(command)


def test_root_needs_no_sudo_and_knows_no_rules() -> None:
    assert shown(Command(("rm", "/x"), sudo=True), "root") == "exec rm /x"
    assert shown(Command(("sudo", "-n", "cat", "/x")), "root") == "exec cat /x"


@pytest.mark.parametrize(
    "text",
    [
        "sudo rm -f /x",
        "cd /tmp; sudo cat /opt/alfred/restic.env | wc -l",
        "true &&\nsudo -n docker ps",
        "if true; then sudo journalctl; fi",
        "A=1 /usr/bin/sudo rm x",
        '(sudo "$1")',
        "timeout 5 sudo rm /x",
        "timeout -k 3 -s KILL 5 sudo rm /x",
        "nohup sudo rm /x &",
        "env -u B A=1 sudo rm /x",
        "nice -n 5 nohup sudo rm /x",
        "flock -w 3 /tmp/lock sudo rm /x",
        "flock /tmp/lock -c 'sudo rm /x'",
        "watch -n 2 'sudo docker ps'",
        "ls | xargs -n 1 -I{} sudo rm {}",
        "find /x -name y -exec sudo rm {} ';'",
        "sh -c 'sudo rm /x'",
        "bash -euo pipefail -c 'cd /; sudo rm /x'",
        "bash -lc \"bash -c 'sudo rm /x'\"",
        "eval sudo rm /x",
        "eval 'cd /; sudo rm /x'",
        "x=`sudo rm /x`",
        "x=$(sudo rm /x)",
        'echo "$(sudo cat /x)"',
        'echo "a `sudo cat /x` b"',
        'echo "$(echo "$(sudo cat /x)")"',
        "diff <(sudo cat /x) /y",
        ">/tmp/out sudo rm /x",
        "2>&1 sudo rm /x",
        "for x in a b; do sudo rm $x; done",
        "a() { sudo rm /x; }; a",
        "true # nothing\nsudo rm /x",
        "s'u'do rm /x",
        "su\\\ndo rm /x",
        "command sudo rm /x",
        "exec sudo rm /x",
        "cat <<EOF\nit's\nEOF\nsudo rm /x",
        "cat <<-'EOF'; true\n\tit's\n\tEOF\nsudo rm /x",
        "cat <<EOF\n'$(sudo rm /x)\nEOF",
        "sh -s <<'EOF'\nsudo rm /x\nEOF",
        "cat <<A <<B\na'\nA\nb'\nB\nsudo rm /x",
        "cat <<<it && sudo rm /x",
        "echo $'it\\'s' && sudo rm /x",
    ],
)
def test_a_script_s_forbidden_sudo_is_seen(text: str) -> None:
    with pytest.raises(CommandRefused, match="sudo rules"):
        shown(script(text, "x"))


@pytest.mark.parametrize(
    "text",
    [
        "echo sudo rm",
        'sudo -n systemctl start "$1" 2>&1 | tail -n 1',
        "docker ps | grep sudo",
        'sudo mkdir -p "/opt/alfred/$1"',
        "echo 'sudo rm x'",
        "echo 'unclosed",
        "timeout 5 sudo systemctl start x",
        "nohup echo sudo rm",
        'echo "\'sudo rm\'" \'a; sudo rm\' "\\$(sudo rm)" "\\`sudo rm\\`"',
        "echo '$(sudo rm /x)' '`sudo rm`'",
        "true # sudo rm /x",
        'echo a#b; sudo systemctl restart "$(cat unit)" >/dev/null 2>&1',
        "echo x >sudo rm",
        "sh run.sh 'sudo rm'",
        "sh -c 'echo \"$1\"' sh 'sudo rm'",
        "echo $((1 + 2)) | xargs echo sudo",
        "find . -name sudo",
        'case "$1" in sudo) echo y;; esac',
        "cat <<EOF >notes\nsudo rm /x\nEOF",
        "cat <<'EOF'\n$(sudo rm /x)\nEOF\ntrue",
    ],
)
def test_a_script_without_one_is_sent(text: str) -> None:
    assert "exec sh -c " in shown(script(text, "x"))


@pytest.mark.parametrize(
    "words",
    [
        ("timeout", "5", "sudo", "rm", "/x"),
        ("nohup", "sudo", "docker", "ps"),
        ("env", "A=1", "sudo", "-n", "rm", "/x"),
        ("timeout", "5", "sh", "-c", "sudo rm /x"),
        ("bash", "-e", "-c", "sudo rm /x"),
    ],
)
def test_a_forbidden_sudo_behind_another_word_is_seen(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandRefused, match="sudo rules"):
        shown(Command(words))
    assert shown(Command(words), "root")


PIECES = st.sampled_from(
    ["sudo x", "sudo", " ", " ", ";", "\n", '"', "'", "$(", ")", "`", "echo ", "|", "&&", "||", "#",
     "\\", ">f ", "2>&1", "<(", "{ ", "; }", "if ", "; then ", "; fi", "(", "A=1 ", "eval ",
     "sh -c ", "timeout 5 ", "env B=2 ", "nohup ", "$((1+2))", "<<e\n", "\ne\n", "${", "}", "*"]
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, min_size=1, max_size=12))
def test_whatever_runs_sudo_in_a_shell_is_seen_to(tmp_path: Path, pieces: list[str]) -> None:
    text = "".join(pieces)
    ran = tmp_path / "ran"
    ran.unlink(missing_ok=True)
    fake = tmp_path / "bin" / "sudo"
    if not fake.exists():
        fake.parent.mkdir()
        fake.write_text(f"#!/bin/sh\n: >{ran}\n")
        fake.chmod(0o755)
        for name in ("sh", "timeout", "env", "nohup", "echo"):
            (fake.parent / name).symlink_to(str(shutil.which(name)))
    subprocess.run(
        ["/bin/bash", "-c", text], capture_output=True, check=False, stdin=subprocess.DEVNULL,
        cwd=tmp_path, env={"PATH": str(fake.parent)},
    )  # fmt: skip
    programs = [PurePosixPath(words[0]).name for words in commands_of(("sh", "-c", text))]
    seen = "sudo" in programs or any("$" in name for name in programs)  # what hides it is said so
    assert seen or not ran.exists()


def test_a_script_s_arguments_are_no_syntax() -> None:
    line = rendered(script('printf "%s" "$1"', "$(id); 'x'"), "acme", "deploy")
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert done.stdout == b"$(id); 'x'"
