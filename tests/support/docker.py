"""A real Docker engine of one's own, with compose and a registry on loopback (as root).

Nothing of the machine's own Docker is touched: the engine has its own socket, folders, containerd
and no bridge, so that several can run side by side, and its containers have no network.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import stat
import subprocess
import tarfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.ports import free_port
from tests.support.sshd import UID

_SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
DOCKERD = shutil.which("dockerd", path=_SBIN)
DOCKER = shutil.which("docker")
REGISTRY = shutil.which("docker-registry", path=_SBIN)
BUSYBOX = shutil.which("busybox")
PATIENCE = 60.0
PROJECT = "compose"
_PLUGINS = (
    Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "cli-plugins",
    Path("/usr/local/lib/docker/cli-plugins"),
    Path("/usr/libexec/docker/cli-plugins"),
)
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_REGISTRY_CONFIG = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "{address}"}}
"""


def plugin() -> Path | None:
    """Where ``docker compose`` is, the one with two as its version."""
    found = (place / "docker-compose" for place in _PLUGINS)
    return next((path for path in found if path.is_file()), None)


def needs_docker() -> None:
    """Skip, or fail where every part is required, if there is no engine to try it against."""
    parts = {
        "dockerd (docker.io)": DOCKERD,
        "docker": DOCKER,
        "docker compose": plugin(),
        "docker-registry": REGISTRY,
        "busybox (busybox-static)": BUSYBOX,
        "root": "root" if os.geteuid() == 0 else None,
    }
    missing = ", ".join(name for name, there in parts.items() if there is None)
    if missing:
        refuse(f"no Docker here (missing: {missing})")


def refuse(said: str) -> None:
    """Skip loudly, or fail where every part is required."""
    text = f"{said}: operations were NOT tried against a real Docker"
    if os.environ.get("ALFRED_TUI_REQUIRE_PARTS"):
        pytest.fail(text)
    pytest.skip(text)


class Docker:
    """A running engine in ``folder``; its project is called ``compose``."""

    def __init__(self, folder: Path, registry: str) -> None:
        self.folder, self.registry = folder, registry
        self.file = folder / "docker-compose.yaml"
        self.environment = {
            "DOCKER_HOST": f"unix://{folder}/docker.sock",
            "DOCKER_CONFIG": str(folder / "config"),
        }

    @property
    def compose_words(self) -> tuple[str, ...]:
        """The words before a compose command, wherever they are run."""
        told = [f"{name}={value}" for name, value in self.environment.items()]
        return ("env", *told, str(DOCKER), "compose", "-f", str(self.file), "-p", PROJECT)

    def said(self, *words: str, given: bytes | None = None) -> str:
        """What ``docker`` prints."""
        return self._run([str(DOCKER), *words], given)

    def compose(self, *words: str) -> str:
        """What ``docker compose`` prints."""
        return self._run([*self.compose_words, *words], None)

    def _run(self, words: list[str], given: bytes | None) -> str:
        done = subprocess.run(
            words,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            env={**os.environ, **self.environment},
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.decode()}"
        return done.stdout.decode()

    def make(self, name: str) -> str:
        """A new image with busybox in it, its local id; no two that are made are the same."""
        return self.said("import", "-", name, given=_root(uuid.uuid4().hex)).strip()

    def publish(self, repository: str) -> str:
        """Make an image, push it as ``latest`` and forget it here; its name."""
        name = f"{self.registry}/{repository}:latest"
        self.make(name)
        self.said("push", "--quiet", name)
        self.said("image", "rm", name)
        return name

    def digest(self, name: str) -> str:
        """What the registry itself says of ``repository:latest``: ``repository@sha256:...``."""
        repository = name.removeprefix(f"{self.registry}/").removesuffix(":latest")
        asked = urllib.request.Request(
            f"http://{self.registry}/v2/{repository}/manifests/latest",
            headers={"Accept": _MANIFEST},
            method="HEAD",
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return f"{self.registry}/{repository}@{answer.headers['Docker-Content-Digest']}"

    def state(self, service: str) -> dict[str, object]:
        """``docker inspect``'s word on the container of a service."""
        (found,) = json.loads(self.said("inspect", f"{PROJECT}-{service}-1"))
        return {**found["State"], "RestartCount": found["RestartCount"], "Image": found["Image"]}


def until(holds: Callable[[], bool], what: str) -> None:
    """Ask again and again, until patience ends."""
    end, pause = time.monotonic() + PATIENCE, threading.Event()
    while not holds():
        assert time.monotonic() < end, f"never came: {what}"
        pause.wait(0.05)


def _root(mark: str) -> bytes:
    """A root file system as a tar: a static busybox under the names that are used."""
    assert BUSYBOX is not None
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name in ("bin", "tmp"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        body = Path(BUSYBOX).read_bytes()
        file = tarfile.TarInfo("bin/busybox")
        file.size, file.mode = len(body), 0o755
        tar.addfile(file, io.BytesIO(body))
        for name in ("sh", "sleep", "test", "echo", "false", "true"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        marked = tarfile.TarInfo("mark")
        marked.size = len(mark)
        tar.addfile(marked, io.BytesIO(mark.encode()))
    return made.getvalue()


@contextmanager
def docker_engine(folder: Path) -> Iterator[Docker]:
    """It answers, with an empty registry beside it, and all of it is gone afterwards."""
    needs_docker()
    folder.chmod(0o755)
    plugins = folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True)
    source = plugin()
    assert source is not None
    _put(source, plugins / "docker-compose")
    with _registry(folder) as registry:
        child, log = _begun(folder)
        docker = Docker(folder, registry)
        try:
            _wait(docker, child, log)
            yield docker
        finally:
            _end(docker, child)


def _put(source: Path, target: Path) -> None:
    """The same file, not its bytes again where that can be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
    target.chmod(target.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)


def _begun(folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    log, name = folder / "dockerd.log", f"t{uuid.uuid4().hex[:12]}"
    words = [
        *(str(DOCKERD), "--host", f"unix://{folder}/docker.sock", "--group", str(UID)),
        *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
        *("--pidfile", str(folder / "docker.pid"), "--config-file", str(folder / "none.json")),
        *("--containerd-namespace", name, "--containerd-plugins-namespace", f"{name}p"),
        *("--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"),
    ]
    (folder / "none.json").write_text("{}")
    with log.open("wb") as out:
        child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    return child, log


def _wait(docker: Docker, child: subprocess.Popen[bytes], log: Path) -> None:
    end, pause = time.monotonic() + PATIENCE, threading.Event()
    words = [str(DOCKER), "version"]
    env = {**os.environ, **docker.environment}
    while subprocess.run(words, env=env, capture_output=True, check=False).returncode:
        if child.poll() is not None or time.monotonic() > end:
            said = log.read_text(errors="replace").strip().splitlines()[-1:]
            refuse(f"dockerd does not start here ({' '.join(said)})")
        pause.wait(0.1)


def _end(docker: Docker, child: subprocess.Popen[bytes]) -> None:
    """Containers first, so that nothing of theirs is left mounted or running."""
    with suppress(AssertionError, subprocess.TimeoutExpired):
        if running := docker.said("ps", "--all", "--quiet").split():
            docker.said("rm", "--force", *running)
    try:
        family = psutil.Process(child.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for each in family:  # its containerd, where it did not take it along
        with suppress(psutil.NoSuchProcess):
            each.kill()
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), line.split()[1])
        if place.startswith(f"{docker.folder}/"):
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
    shutil.rmtree(docker.folder / "data", ignore_errors=True)


@contextmanager
def _registry(folder: Path) -> Iterator[str]:
    """Where it listens: ``127.0.0.1:port``, to which Docker speaks without TLS."""
    address = f"127.0.0.1:{free_port()}"
    config = folder / "registry.yml"
    config.write_text(_REGISTRY_CONFIG.format(folder=folder / "registry", address=address))
    child = subprocess.Popen(
        [str(REGISTRY), "serve", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert child.poll() is None, "the registry has ended"
        try:
            with urllib.request.urlopen(f"http://{address}/v2/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        until(answers, "the registry's answer")
        yield address
    finally:
        child.terminate()
        child.wait(PATIENCE)
