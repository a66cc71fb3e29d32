"""Commands: what becomes of words, and what never leaves the program."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.tenant.ssh.command import LONGEST, Command, rendered, script
from alfred_tui.tenant.ssh.errors import CommandRefused

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
    ],
)
def test_a_script_without_one_is_sent(text: str) -> None:
    assert "exec sh -c " in shown(script(text, "x"))


def test_a_script_s_arguments_are_no_syntax() -> None:
    line = rendered(script('printf "%s" "$1"', "$(id); 'x'"), "acme", "deploy")
    done = subprocess.run(["sh", "-c", line], capture_output=True, check=True)
    assert done.stdout == b"$(id); 'x'"
