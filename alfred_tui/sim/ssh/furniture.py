"""The files that a simulated box has from the beginning (runbook.md 2.3, 15, 16)."""

from __future__ import annotations

import json
import posixpath

from alfred_tui.sim.dice import hexes, roll
from alfred_tui.sim.people import Person
from alfred_tui.sim.ssh.files import Files

SECRETS = ("OPENROUTER_API_KEY", "GROQ_API_KEY", "COMPOSIO_API_KEY", "MCP_APPROVAL_SECRET")
HEALTH = "/opt/alfred/healthcheck.sh"
BACKUP = "/opt/alfred/backup.sh"


def canary(person: Person, name: str) -> str:
    """A secret's value: nobody may ever find it in a log, a journal or a screen."""
    return f"canary-{name.lower().replace('_', '-')}-{hexes(16, person.key, name)}"


def environment(person: Person) -> dict[str, str]:
    """What stands in Compose's ``.env``."""
    plane = "plane-api" in person.services
    made = {name: canary(person, name) for name in SECRETS}
    made |= {
        "COMPOSIO_USER_ID": f"alfred-{person.name}-{hexes(8, person.key, 'composio')}",
        "OWNER_EMAIL": f"owner@{person.name}.example",
        "TENANT_SUBDOMAIN": person.name,
        "TENANT_DOMAIN": "alfred.example",
        "AAS_API_KEY": person.key,
        "ALFRED_LEARN_ENABLED": "true",
        "TASK_QUEUE": "alfred-learn",
        "TEMPORAL_HOST": "temporal:7233",
        "FLEET_AUDIT_ENABLED": "true",
        "PLANE_SYNC_ENABLED": str(plane).lower(),
    }
    if plane:
        made["PLANE_API_TOKEN"] = canary(person, "PLANE_API_TOKEN")
    if "vaultwarden" in person.services:
        made["BW_PASSWORD"] = canary(person, "BW_PASSWORD")
    return made


def files(person: Person, seed: int, now: float) -> Files:
    """A new box's files; ``now`` is the world's beginning, epoch seconds."""
    born = now - person.age
    tree, home = Files(born), person.home
    for path in ("/bin", "/etc/cloudflared", "/home", "/mnt", "/opt", "/usr/bin", "/var"):
        tree.put(path, None, "root", 0o755, born)
    tree.put("/root", None, "root", 0o700, born)
    tree.put("/tmp", None, "root", 0o777, born)
    vault = f"{posixpath.dirname(home.data)}/vault"
    if home.encrypted:
        tree.put(posixpath.dirname(home.data), None, "root", 0o755, born)
    for path in (home.entry, "/opt/alfred", home.folder, f"{home.data}/state", vault):
        tree.put(path, None, home.login, 0o755, born)
    tree.put(f"{home.entry}/.ssh", None, home.login, 0o700, born)
    tree.put("/etc/hostname", f"alfred-{person.name}\n", "root", 0o644, born)
    tree.put("/etc/os-release", _RELEASE, "root", 0o644, born)
    tree.put("/etc/cloudflared/config.yml", _TUNNEL % person.name, "root", 0o644, born)
    secret = json.dumps({"TunnelSecret": canary(person, "TUNNEL_SECRET")}) + "\n"
    tree.put("/etc/cloudflared/credentials.json", secret, "root", 0o600, born)
    if home.encrypted:
        tree.put("/opt/alfred/luks.key", canary(person, "LUKS_KEY"), "root", 0o600, born)
    tree.put("/opt/alfred/restic.env", _restic(person), "root", 0o600, born)
    tree.put("/opt/alfred/.cloud-init-complete", "", "root", 0o644, born)
    tree.put("/opt/alfred/api.mjs", f"// build {hexes(12, seed, 'api')}\n", home.login, 0o644, born)
    if not person.newest:
        tree.put(HEALTH, "#!/bin/bash\n", "root", 0o755, born)
    tree.put(BACKUP, "#!/bin/bash\nset -euo pipefail\n", "root", 0o755, born)
    tree.put(home.file, _compose(person), home.login, 0o644, born)
    text = "".join(f"{name}={value}\n" for name, value in environment(person).items())
    tree.put(f"{home.folder}/.env", text, home.login, 0o600, born)
    _sidecars(tree, person, now)
    return tree


def _sidecars(tree: Files, person: Person, now: float) -> None:
    """Cursors that the worker keeps beside the vault (runbook.md 7, 16)."""
    base, login = person.home.data, person.home.login
    if "plane-api" in person.services:
        cursor = {"last_vault_mtime": now - 40.0, "project_map": {}, "issue_map": {}}
        tree.put(f"{base}/state/plane_sync_cursor.json", json.dumps(cursor), login, 0o644, now)
        last = {"last_event_id": str(roll(person.key, "event") % 10**9), "last_event_ts": now - 70}
        tree.put(
            f"{base}/state/plane_reverse_sync_cursor.json", json.dumps(last), login, 0o644, now
        )
    guard = {"events": [], "rate_429_until": 0, "rate_429_count": 0}
    tree.put(f"{base}/state/steward/rate-guard.json", json.dumps(guard), login, 0o644, now)
    tree.put(f"{base}/streams.json", "{}", login, 0o644, now)
    tree.put(f"{base}/.gateway-token", canary(person, "GATEWAY_TOKEN"), login, 0o600, now)


def _compose(person: Person) -> str:
    lines = [f"name: {person.home.project}", "services:"]
    for name in person.services:
        lines += [f"  {name}:", "    restart: unless-stopped"]
    return "\n".join(lines) + "\n"


def _restic(person: Person) -> str:
    where = f"s3:https://storage.example/alfred-backups/{person.name}"
    return (
        f"AWS_ACCESS_KEY_ID={canary(person, 'AWS_ACCESS_KEY_ID')}\n"
        f"AWS_SECRET_ACCESS_KEY={canary(person, 'AWS_SECRET_ACCESS_KEY')}\n"
        f"RESTIC_REPOSITORY={where}\n"
        f"RESTIC_PASSWORD={canary(person, 'RESTIC_PASSWORD')}\n"
    )


_RELEASE = (
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
    "ID=debian\n"
)
_TUNNEL = "tunnel: alfred-%s\ncredentials-file: /etc/cloudflared/credentials.json\n"
