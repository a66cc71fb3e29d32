"""Describing the fleet: ``import`` and ``tenants``."""

from __future__ import annotations

import argparse
import difflib
import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui.cli.output import out

if TYPE_CHECKING:
    from alfred_tui.config import Settings
    from alfred_tui.model.tenant import Tenant
    from alfred_tui.store.store import ImportReport, Store

TEXTS = {
    "api_url": "the API, https://HOST:PORT",
    "connect_address": "dial this address instead of the API's name",
    "ca_file": "verify TLS against this CA",
    "server_type": "the server's type, cx53",
    "location": "the data centre, fsn1",
    "layout": "F1, F2, F3 or H; left out, it is found out",
    "timezone": "the host's time zone, Europe/Berlin",
    "lifecycle": "running, suspended, ...",
}


def add_parser(made: argparse.ArgumentParser) -> None:
    """The sub-commands of ``tenants``."""
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in ("add", "edit"):
        one = verbs.add_parser(verb, help=f"{verb} a tenant")
        one.add_argument("name", metavar="NAME")
        for key, text in TEXTS.items():
            needed = verb == "add" and key == "api_url"
            one.add_argument(f"--{key.replace('_', '-')}", help=text, required=needed)
        one.add_argument(
            "--api-key-file", metavar="FILE", help="read the key from FILE (- = stdin)"
        )
        if verb == "edit":
            one.add_argument("--ask-key", action="store_true", help="ask for a new API key")
        one.add_argument("--ssh", metavar="USER@HOST:PORT", help="where its sshd listens")
        one.add_argument("--ssh-key-file", metavar="FILE")
        one.add_argument("--label", action="append", metavar="KEY=VALUE", default=[])
        one.add_argument("--allow-plain-http", action="store_true", default=None)
        one.set_defaults(handler=_put)
    one = verbs.add_parser("remove", help="forget a tenant and what is known of it")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--yes", action="store_true", help="do not ask")
    one.set_defaults(handler=_remove)
    one = verbs.add_parser("list", help="list descriptions")
    one.add_argument("--json", action="store_true")
    one.add_argument("--show-keys", action="store_true", help="print the API keys too")
    one.set_defaults(handler=_list)


def open_store(settings: Settings) -> Store:
    """The store; ends the command with what to do where it cannot be opened."""
    from alfred_tui.store.store import Store, StoreError

    try:
        return Store.open(settings.paths)
    except StoreError as trouble:
        print(f"alfred-tui: {trouble}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def unknown(name: str, known: list[str]) -> str:
    """What to say of a name that no tenant has."""
    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]}?" if near else "; `alfred-tui list` shows all"
    return f"no tenant is called {name!r}{hint}"


def import_file(settings: Settings, arguments: argparse.Namespace) -> int:
    """``import FILE``."""
    from alfred_tui.cli.main import fail
    from alfred_tui.store.inventory import InventoryError, read_inventory

    path = Path(arguments.file)
    try:
        tenants = read_inventory(path)
    except InventoryError as trouble:
        for line in trouble.problems:
            fail(line)
        return fail("nothing was imported")
    for line in _warnings(path, tenants):
        fail(line)
    store = open_store(settings)
    try:
        report = store.compare(tenants) if arguments.dry_run else store.put_tenants(tenants)
    finally:
        store.close()
    if arguments.json:
        out(
            json.dumps(
                {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
            )
        )
    else:
        _say(report, dry=arguments.dry_run)
    return 0


def _warnings(path: Path, tenants: list[Tenant]) -> list[str]:
    found = []
    if path.stat().st_mode & 0o077:
        found.append(f"warning: {path} holds keys and others can read it: chmod 600 it")
    for tenant in tenants:
        files = {
            "ca_file": tenant.ca_file,
            "ssh.key_file": tenant.ssh.key_file if tenant.ssh else None,
        }
        found += [
            f"warning: {tenant.name}: {key} {Path(file).name} is not there"
            for key, file in files.items()
            if file and not Path(file).exists()
        ]
    return found


def _say(report: ImportReport, *, dry: bool) -> None:
    words = ("would add", "would change") if dry else ("added", "changed")
    for word, names in zip(words, (report.added, report.changed), strict=True):
        for name in names:
            out(f"{word} {name}")
    out(
        f"{len(report.added)} {'to add' if dry else 'added'}, "
        f"{len(report.changed)} {'to change' if dry else 'changed'}, "
        f"{len(report.unchanged)} unchanged"
    )


def described(tenant: Tenant, *, show_key: bool = False) -> dict[str, Any]:
    """A tenant in the inventory's form; the key masked unless asked for."""
    import msgspec

    held: dict[str, Any] = {"name": tenant.name, "api_url": tenant.api_url}
    held["api_key"] = tenant.api_key.reveal() if show_key else str(tenant.api_key)
    for field in tenant.__struct_fields__:
        value = getattr(tenant, field)
        if field not in held and value not in (None, {}, False):
            held[field] = msgspec.to_builtins(value)
    return held


def _put(settings: Settings, arguments: argparse.Namespace) -> int:
    from alfred_tui.cli.main import fail
    from alfred_tui.store.inventory import tenant_of

    store = open_store(settings)
    try:
        known = {tenant.name: tenant for tenant in store.tenants()}
        editing = arguments.verb == "edit"
        if editing and arguments.name not in known:
            return fail(unknown(arguments.name, list(known)))
        if not editing and arguments.name in known:
            return fail(f"{arguments.name} is there already: `alfred-tui tenants edit` changes it")
        item = (
            described(known[arguments.name], show_key=True) if editing else {"name": arguments.name}
        )
        problem = _fill(item, arguments, ask=not editing or arguments.ask_key)
        if problem:
            return fail(problem)
        problems: list[str] = []
        tenant = tenant_of(item, "", Path.cwd(), problems)
        if tenant is None:
            for line in problems:
                fail(line.lstrip("."))
            return 2
        _say(store.put_tenants([tenant]), dry=False)
    finally:
        store.close()
    return 0


def _fill(item: dict[str, Any], arguments: argparse.Namespace, *, ask: bool) -> str:
    """Take what was given on the command line into ``item``; what is wrong with it, or ``""``."""
    for key in TEXTS:
        if (value := getattr(arguments, key)) is not None:
            item[key] = value or None
    if arguments.allow_plain_http:
        item["allow_plain_http"] = True
    for label in arguments.label:
        key, _, value = label.partition("=")
        item["labels"] = {**item.get("labels", {}), key: value}
    if arguments.ssh:
        user, at, rest = arguments.ssh.rpartition("@")
        host, _, port = rest.partition(":")
        if port and not port.isdigit():
            return "--ssh: USER@HOST:PORT is needed"
        item["ssh"] = {"host": host, "port": int(port or 22), "user": user if at else "deploy"}
    if arguments.ssh_key_file:
        if "ssh" not in item:
            return "--ssh-key-file needs --ssh"
        item["ssh"]["key_file"] = arguments.ssh_key_file
    if arguments.api_key_file:
        try:
            text = (
                sys.stdin.read()
                if arguments.api_key_file == "-"
                else Path(arguments.api_key_file).read_text()
            )
        except OSError as trouble:
            return f"--api-key-file: {trouble.strerror}"
        item["api_key"] = text.strip()
    elif ask:
        if not sys.stdin.isatty():
            return "no terminal to ask for the API key: give --api-key-file FILE (- = stdin)"
        item["api_key"] = getpass.getpass(f"API key of {arguments.name}: ").strip()
    return ""


def _remove(settings: Settings, arguments: argparse.Namespace) -> int:
    from alfred_tui.cli.main import fail

    store = open_store(settings)
    try:
        known = [tenant.name for tenant in store.tenants()]
        if arguments.name not in known:
            return fail(unknown(arguments.name, known))
        if not arguments.yes:
            if not sys.stdin.isatty():
                return fail("no terminal to ask: --yes removes without asking")
            if input(f"forget {arguments.name}? Type its name: ") != arguments.name:
                return fail("nothing removed", 1)
        store.remove_tenant(arguments.name)
        settings.paths.snapshot.unlink(missing_ok=True)  # it still shows the one removed
        out(f"removed {arguments.name}")
    finally:
        store.close()
    return 0


def _list(settings: Settings, arguments: argparse.Namespace) -> int:
    store = open_store(settings)
    try:
        tenants = store.tenants()
    finally:
        store.close()
    shown = [described(tenant, show_key=arguments.show_keys) for tenant in tenants]
    if arguments.json:
        out(json.dumps({"tenants": shown}, indent=2))
        return 0
    from alfred_tui.cli.output import table

    keys = ["name", "api_url", "connect_address", "server_type", "location", "layout"]
    keys += ["api_key"] if arguments.show_keys else []
    table(
        [k.replace("_", " ").upper() for k in keys],
        [[str(t.get(k, "")) for k in keys] for t in shown],
    )
    return 0
