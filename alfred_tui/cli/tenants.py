"""Describing the fleet tenant by tenant: ``tenants``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alfred_tui.cli.output import Refused, fail, out, table

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
    "lifecycle": "running, suspended, ...; the last two are not looked at: suspended, destroyed",
}


def add_parser(made: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """The sub-commands of ``tenants``, each with the ``common`` options too."""
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    abouts = {
        "add": "Add a tenant; the API key is asked for or read from standard input.",
        "edit": "Change what is given and leave the rest; an empty value takes something away.",
    }
    for verb, about in abouts.items():
        one = verbs.add_parser(
            verb, help=f"{verb} a tenant", description=about, allow_abbrev=False, parents=[common]
        )
        one.add_argument("name", metavar="NAME" if verb == "edit" else "NEW-NAME")
        _description(one, verb)
        one.set_defaults(handler=_put)
    one = verbs.add_parser(
        "remove", help="forget a tenant and what is known of it", parents=[common]
    )
    one.add_argument("name", metavar="NAME")
    one.add_argument("--yes", action="store_true", help="do not ask")
    one.set_defaults(handler=_remove)
    one = verbs.add_parser("list", help="list descriptions", parents=[common])
    one.add_argument("--json", action="store_true", help="in the inventory's form")
    one.add_argument("--show-keys", action="store_true", help="print the API keys too")
    one.set_defaults(handler=_list)


def _description(one: argparse.ArgumentParser, verb: str) -> None:
    for key, text in TEXTS.items():
        needed = verb == "add" and key == "api_url"
        one.add_argument(f"--{key.replace('_', '-')}", help=text, required=needed)
    one.add_argument("--api-key-file", metavar="FILE", help="read the key from FILE (- = stdin)")
    if verb == "edit":
        one.add_argument("--ask-key", action="store_true", help="ask for a new API key")
    one.add_argument("--ssh", metavar="USER@HOST:PORT", help="where its sshd listens")
    one.add_argument("--ssh-key-file", metavar="FILE", help="the private key for it")
    one.add_argument(
        "--label", action="append", metavar="KEY=VALUE", default=[], help="may be repeated"
    )
    one.add_argument(
        "--allow-plain-http",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="permit http:// to an address that is not loopback: the key travels unencrypted",
    )


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The store for a while; whatever is wrong with it ends the command with what to do.

    Raises:
        Refused: it cannot be opened, read or written.
    """
    from alfred_tui.store.store import Store

    with _held(lambda: Store.open(settings.paths)) as store:
        yield store


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """As :func:`opened`, to read only: no store is made, and none is waited for.

    Raises:
        Refused: there is none, or it cannot be read.
    """
    from alfred_tui.store.store import Store

    with _held(lambda: Store.reading(settings.paths)) as store:
        yield store


@contextmanager
def _held(open_: Callable[[], Store]) -> Iterator[Store]:
    from alfred_tui.store.errors import StoreError

    try:
        store = open_()
        try:
            for notice in store.notices:
                fail(f"note: {notice}")
            yield store
        finally:
            store.close()
    except StoreError as trouble:
        raise Refused(str(trouble)) from None


def unknown(name: str, known: list[str]) -> str:
    """What to say of a name that no tenant has, with those it may have been meant for."""
    import difflib

    longer = sorted(each for each in known if name and each.startswith(name))
    near = list(dict.fromkeys([*difflib.get_close_matches(name, known, 3), *longer]))[:3]
    *others, last = near or [""]
    hint = f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    return f"no tenant is called {name!r}; {hint if near else '`alfred-tui list` shows all'}"


def _say(report: ImportReport) -> None:
    for word, names in (("added", report.added), ("changed", report.changed)):
        for name in names:
            out(f"{word} {name}")
    out(
        f"{len(report.added)} added, {len(report.changed)} changed, "
        f"{len(report.unchanged)} unchanged"
    )


def described(tenant: Tenant, *, show_key: bool = False) -> dict[str, Any]:
    """A tenant in the inventory's form; the key masked unless asked for, empty where none is."""
    import msgspec

    held: dict[str, Any] = {"name": tenant.name, "api_url": tenant.api_url}
    masked = str(tenant.api_key) if tenant.api_key else ""
    held["api_key"] = tenant.api_key.reveal() if show_key else masked
    for field in tenant.__struct_fields__:
        value = getattr(tenant, field)
        if field not in held and value not in (None, {}, False):
            held[field] = msgspec.to_builtins(value)
    estate = {key: value for key, value in held.pop("estate").items() if value is not None}
    return {**held, "estate": estate} if estate else held


def _put(settings: Settings, arguments: argparse.Namespace) -> int:
    from alfred_tui.store.inventory import tenant_of

    editing = arguments.verb == "edit"
    with opened(settings) as store:
        known = {tenant.name: tenant for tenant in store.tenants()}
    if editing and arguments.name not in known:
        raise Refused(unknown(arguments.name, list(known)))
    if not editing and arguments.name in known:
        raise Refused(f"{arguments.name} is there already: `alfred-tui tenants edit` changes it")
    item = described(known[arguments.name], show_key=True) if editing else {"name": arguments.name}
    _fill(item, arguments)
    _fill_ssh(item, arguments)
    problems: list[str] = []
    tenant = tenant_of(item, "", Path.cwd(), problems, keyless=editing)
    if tenant is not None and not problems and (not editing or _wants_key(arguments)):
        # asked for last: nobody types a key for a description that is refused
        item["api_key"] = _key(arguments)
        tenant = tenant_of(item, "", Path.cwd(), problems)
    if tenant is None:
        raise Refused(*(line.lstrip(".") for line in problems))
    with opened(settings) as store:
        # the store was not held while a person was typing: somebody else may have been quicker
        if editing != any(there.name == tenant.name for there in store.tenants()):
            raise Refused(f"{tenant.name}: another command was quicker; nothing was changed")
        _say(store.put_tenants([tenant]))
    return 0


def _fill(item: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Take what was given on the command line into ``item``; an empty value takes away."""
    for key in TEXTS:
        if (value := getattr(arguments, key)) is not None:
            item[key] = value or None
    if arguments.allow_plain_http is not None:
        item["allow_plain_http"] = arguments.allow_plain_http
    for label in arguments.label:
        key, is_there, value = label.partition("=")
        if not key or not is_there:
            raise Refused(f"--label {label}: KEY=VALUE is needed")
        labels = {k: v for k, v in item.get("labels", {}).items() if k != key}
        item["labels"] = {**labels, key: value} if value else labels
    # stands in until the key is read, so that everything else is checked before
    item.setdefault("api_key", "-")


def _fill_ssh(item: dict[str, Any], arguments: argparse.Namespace) -> None:
    if arguments.ssh == "":
        item["ssh"] = None
    elif arguments.ssh:
        user, at, rest = arguments.ssh.rpartition("@")
        host, port = rest, ""
        if rest.startswith("["):
            host, _, port = rest[1:].partition("]")
            port = port.removeprefix(":")
        elif rest.count(":") == 1:
            host, port = rest.split(":")
        if not host or (port and not (port.isascii() and port.isdigit() and len(port) < 6)):
            raise Refused(f"--ssh {arguments.ssh}: USER@HOST:PORT is needed")
        kept = {key: text for key, text in (item.get("ssh") or {}).items() if key != "user"}
        who = {"user": user} if at else {}
        item["ssh"] = {**kept, "host": host, "port": int(port or 22), **who}
    if arguments.ssh_key_file is not None:
        if not item.get("ssh"):
            raise Refused("--ssh-key-file needs --ssh")
        item["ssh"]["key_file"] = arguments.ssh_key_file or None


def _wants_key(arguments: argparse.Namespace) -> bool:
    return bool(arguments.api_key_file) or arguments.ask_key


def _key(arguments: argparse.Namespace) -> str:
    """The API key from where it was said to be: a file, a person, standard input."""
    file = arguments.api_key_file
    try:
        if file and file != "-":
            key = Path(file).read_text("utf-8").strip()
        elif file == "-" or not sys.stdin.isatty():
            key = sys.stdin.read().strip()
        else:
            import getpass

            key = getpass.getpass(f"API key of {arguments.name}: ").strip()
    except EOFError:
        key = ""
    except (OSError, UnicodeDecodeError) as trouble:
        said = getattr(trouble, "strerror", None) or "not text"
        raise Refused(f"--api-key-file {file}: {said}") from None
    if not key:
        raise Refused("no API key: type it, pipe it in, or give --api-key-file FILE")
    return key


def _remove(settings: Settings, arguments: argparse.Namespace) -> int:
    name = arguments.name
    with opened(settings) as store:
        known = [tenant.name for tenant in store.tenants()]
    if name not in known:
        raise Refused(unknown(name, known))
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise Refused("no terminal to ask: --yes removes without asking")
        try:
            typed = input(f"forget {name} and what is known of it? Type its name: ")
        except EOFError:
            typed = ""
        if typed.strip() != name:
            raise Refused("nothing removed", code=1)
    with opened(settings) as store:
        store.remove_tenant(name)
    settings.paths.snapshot.unlink(missing_ok=True)  # it still shows the one removed
    out(f"removed {name}")
    return 0


def _list(settings: Settings, arguments: argparse.Namespace) -> int:
    with opened(settings) as store:
        tenants = store.tenants()
    shown = [described(tenant, show_key=arguments.show_keys) for tenant in tenants]
    if arguments.json:
        out(json.dumps({"tenants": shown}, indent=2))
        return 0
    keys = ["name", "api_url", "connect_address", "server_type", "location", "layout"]
    keys += ["lifecycle"] + (["api_key"] if arguments.show_keys else [])
    table(
        [key.replace("_", " ").upper() for key in keys],
        [[str(each.get(key, "")) for key in keys] for each in shown],
    )
    return 0
