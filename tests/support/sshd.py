"""A real OpenSSH server on loopback with ``deploy``'s limits (runbook.md 1), for one test.

As root it runs in a mount namespace of its own, where a user ``deploy`` exists and /run and /home
are its own; nothing of the machine is changed. As anybody else it logs in that very user.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from alfred_tui.model.tenant import HostKey, SshTarget, Tenant
from tests.support.ports import free_port

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
UID = 20_477
"""Of ``deploy`` in the namespace; nobody's here."""
PATIENCE = 30.0

_CONFIG = """\
ListenAddress {address}:{port}
{host_keys}
PidFile none
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
MaxAuthTries 3
MaxSessions 3
MaxStartups {startups}
AllowTcpForwarding no
AllowAgentForwarding no
X11Forwarding no
ClientAliveInterval 300
ClientAliveCountMax 2
LoginGraceTime 30
LogLevel VERBOSE
PrintMotd no
Subsystem sftp internal-sftp
{environment}
{homes}
"""
_IN_NAMESPACE = """
mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && mount -t tmpfs tmpfs /home &&
mkdir /home/deploy && chown {uid} /home/deploy && mount --bind "$1" /etc/passwd &&
cp "$2" /home/authorized && shift 2 && {rooms} exec "$@"
"""


def needs_sshd() -> None:
    """Skip, or fail where every part is required, if there is no server to try it against."""
    said = ""
    if SSHD is None:
        said = "sshd is not installed (openssh-server)"
    elif shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        said = "ssh is not installed (openssh-client)"
    elif os.geteuid() == 0:
        tried = subprocess.run(
            ["unshare", "--mount", "true"], capture_output=True, text=True, check=False
        )
        said = tried.stderr.strip() if tried.returncode else ""
    if said:
        text = f"no OpenSSH server here ({said}): the SSH door was NOT tried against a real one"
        if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
            pytest.fail(text)
        pytest.skip(text)


def keygen(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new key pair; the private half's path."""
    bits = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, *bits, "-N", passphrase, "-C", "test", "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


def public(path: Path, tenant: str = "acme") -> HostKey:
    """The public half of a pair, as a pin; the fingerprint is ``ssh-keygen``'s word."""
    kind, key = path.with_suffix(".pub").read_text().split()[:2]
    said = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(path.with_suffix(".pub"))],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return HostKey(tenant, said[1], "test", datetime(2026, 6, 1, tzinfo=UTC), kind, key)


class Log:
    """What the server said, line by line, as it comes."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._news = threading.Condition()

    def add(self, line: str) -> None:
        with self._news:
            self._lines.append(line.rstrip())
            self._news.notify_all()

    @property
    def lines(self) -> list[str]:
        with self._news:
            return list(self._lines)

    def matching(self, pattern: str) -> list[str]:
        return [line for line in self.lines if re.search(pattern, line)]

    def wait_for(self, pattern: str, count: int = 1) -> list[str]:
        """Lines that fit, once there are ``count``."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.matching(pattern)) >= count, PATIENCE)
        assert came, f"{count} x {pattern!r} never came:\n" + "\n".join(self.lines[-20:])
        return self.matching(pattern)


class Sshd:
    """A server in ``folder``.

    ``rooms`` are folders that its user shall see whoever owns what is above them, by name: where,
    :meth:`place` says. ``environment`` is that of its sessions, ``homes`` by the address that was
    connected to: so that it is many machines.
    """

    def __init__(
        self,
        folder: Path,
        *,
        address: str = "127.0.0.1",
        startups: str = "100:30:200",
        rooms: Mapping[str, Path] | None = None,
    ) -> None:
        self._rooms = dict(rooms or {})
        self.environment: dict[str, str] = {}
        self.homes: dict[str, str] = {}
        self.folder = folder
        self.address = address
        self.port = free_port()
        self.log = Log()
        self.user_key = keygen(folder / "id_ed25519")
        self.host_keys = {"ed25519": keygen(folder / "host_ed25519")}
        self._startups = startups
        self._process: subprocess.Popen[str] | None = None
        self._pump: threading.Thread | None = None
        self._authorized = folder / "authorized_keys"
        shutil.copy(self.user_key.with_suffix(".pub"), self._authorized)
        self.user = "deploy" if os.geteuid() == 0 else pwd.getpwuid(os.getuid()).pw_name

    def place(self, room: str) -> str:
        """Where its user finds a room."""
        return f"/home/{room}" if os.geteuid() == 0 else str(self._rooms[room])

    def new_host_key(self, kind: str = "ed25519") -> HostKey:
        """Give it another key, or one of another kind as well; seen from the next start on."""
        path = self.folder / f"host_{kind}_{len(self.host_keys)}_{time.monotonic_ns()}"
        self.host_keys[kind] = keygen(path, kind)
        return public(path)

    def host_key(self, kind: str = "ed25519") -> HostKey:
        return public(self.host_keys[kind])

    def refuse_everybody(self) -> None:
        """No key is good any more."""
        self._authorized.write_text("")

    def tenant(self, name: str = "acme", **more: object) -> Tenant:
        target = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "key_file": str(self.user_key),
            **more,
        }
        return Tenant(name, "https://acme.example:1", ssh=SshTarget(**target))  # type: ignore[arg-type]

    def start(self) -> Sshd:
        config = self.folder / "sshd_config"
        root = os.geteuid() == 0
        config.write_text(
            _CONFIG.format(
                address=self.address,
                port=self.port,
                host_keys="\n".join(f"HostKey {path}" for path in self.host_keys.values()),
                authorized="/home/authorized" if root else self._authorized,
                startups=self._startups,
                # the first of a name is the one that counts
                environment="SetEnv "
                + " ".join(f'"{name}={value}"' for name, value in self.environment.items())
                if self.environment
                else "",
                homes="\n".join(
                    f"Match LocalAddress {at}\n    SetEnv HOME={home}"
                    for at, home in self.homes.items()
                ),
            )
        )
        words = [str(SSHD), "-D", "-e", "-f", str(config)]
        if root:
            users = self.folder / "passwd"
            users.write_text(
                Path("/etc/passwd").read_text()
                + f"deploy:*:{UID}:{UID}:deploy:/home/deploy:/bin/bash\n"
            )
            users.chmod(0o644)
            rooms = "".join(
                f"mkdir {self.place(name)} && mount --bind {path} {self.place(name)} && "
                for name, path in self._rooms.items()
            )
            inside = _IN_NAMESPACE.format(uid=UID, rooms=rooms)
            words = [
                *("unshare", "--mount", "sh", "-c", inside, "sh"),
                *(str(users), str(self._authorized), *words),
            ]
        self._process = subprocess.Popen(
            words, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, errors="replace"
        )
        began = len(self.log.matching("Server listening"))
        self._pump = threading.Thread(target=self._pumping, args=(self._process,), daemon=True)
        self._pump.start()
        self.log.wait_for("Server listening", began + 1)
        return self

    def _pumping(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.log.add(line)

    def stop_listening(self) -> None:
        """Shut the port, as a firewall's reject does; sessions live on."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)

    def sessions(self) -> list[psutil.Process]:
        """The server's own processes of logged-in connections, one or two each."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=False)

    def cut_all(self) -> None:
        """Kill every connection's process, with what runs in it."""
        assert self._process is not None
        for each in psutil.Process(self._process.pid).children(recursive=True):
            each.kill()

    def stop(self) -> None:
        """End it with all its connections."""
        if self._process is None:
            return
        with_all = [self._process.pid]
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
            with_all += [each.pid for each in family]
        except psutil.NoSuchProcess:
            family = []
        for each in family:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue
        self.stop_listening()
        if self._pump is not None:
            self._pump.join(PATIENCE)
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._process = None

    def restart(self) -> Sshd:
        self.stop()
        return self.start()


@contextmanager
def running(
    folder: Path,
    *,
    rooms: Mapping[str, Path] | None = None,
    environment: Callable[[Sshd], Mapping[str, str]] = lambda _: {},
    homes: Callable[[Sshd], Mapping[str, str]] = lambda _: {},
    **more: str,
) -> Iterator[Sshd]:
    """A started server, and none afterwards."""
    needs_sshd()
    server = Sshd(folder, rooms=rooms, **more)
    server.environment.update(environment(server))
    server.homes.update(homes(server))
    try:
        yield server.start()
    finally:
        server.stop()


@contextmanager
def silent(words: bytes = b"") -> Iterator[int]:
    """A port where connections are taken, ``words`` are said, and nothing after them."""
    taken: list[socket.socket] = []

    def take(server: socket.socket) -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            taken.append(peer)
            peer.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=take, args=(server,), daemon=True)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)
            for peer in taken:
                peer.close()


def alive(marker: str) -> list[psutil.Process]:
    """Processes that have ``marker`` among their arguments, but for this one."""
    found = []
    for each in psutil.process_iter(["cmdline"]):
        if each.pid != os.getpid() and any(marker in word for word in each.info["cmdline"] or ()):
            found.append(each)
    return found


def until(holds: Callable[[], bool]) -> bool:
    """Whether it holds within patience; asks again and again, in a thread that may block."""
    end = time.monotonic() + PATIENCE
    pause = threading.Event()
    while not holds():
        if time.monotonic() > end:
            return False
        pause.wait(0.02)
    return True
