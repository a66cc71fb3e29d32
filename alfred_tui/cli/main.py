"""The parser, and the ways in which a command may end."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from alfred_tui import __version__

EXIT_CODES = """\
exit codes:
  0    done; for health: every tenant is OK
  1    for health: at least one tenant is not OK; else: it did not work
  2    could not look or was not understood: usage, settings, unknown name, own network
  130  Ctrl-C   143  SIGTERM   129  SIGHUP
"""
FILES = """\
files and environment:
  ALFRED_TUI_HOME      the folder of everything kept (settings, store, log); default: the
                       platform's place for user data
  config.toml          settings, in that folder; `alfred-tui settings` lists them
  alfred.db            tenants with their API keys, readable by you only
  ALFRED_TUI_<SECTION>__<NAME>   a setting, stronger than the file
  NO_COLOR             no colours
"""


_NOTHING_SAID = {"home": None, "demo": False, "command": None, "handler": None}


def run(argv: Sequence[str]) -> int:
    """Run one command line; its exit code.

    Args:
        argv: the arguments without the program's name.
    """
    if argv and argv[0] == "sim":
        from alfred_tui.sim import main as simulate

        return int(simulate(list(argv[1:])))
    # the dashboard's first paint does not wait for a parser that would find nothing to parse
    arguments = parser().parse_args(argv) if argv else argparse.Namespace(**_NOTHING_SAID)
    if arguments.home:
        os.environ["ALFRED_TUI_HOME"] = arguments.home
    command = arguments.command
    if command is not None:
        for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            signal.signal(number, _leave(code))
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader has what it wanted; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _leave(code: int) -> Callable[[int, FrameType | None], NoReturn]:
    def leave(_: int, __: FrameType | None) -> NoReturn:
        raise SystemExit(code)

    return leave


def fail(text: str, code: int = 2) -> int:
    """Say on standard error what is wrong; the exit code to return."""
    print(f"alfred-tui: {text}", file=sys.stderr)  # noqa: T201
    return code


def _dispatch(arguments: argparse.Namespace) -> int:
    from alfred_tui.config import ConfigError, load_settings

    try:
        settings = load_settings()
    except ConfigError as trouble:
        return fail(str(trouble))
    handler = getattr(arguments, "handler", None)
    if handler is None:
        from alfred_tui.cli.dashboard import dashboard

        return dashboard(settings, arguments)
    from alfred_tui import logs

    logs.begin(settings.paths, settings.log)
    return int(handler(settings, arguments))


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    about: str,
    examples: str,
    more: str = "",
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.{more and chr(10) + chr(10) + more}",
        epilog=f"examples:\n{examples}\n{EXIT_CODES}\n{FILES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from alfred_tui.cli import looking, shooting, tenants

    top = argparse.ArgumentParser(
        prog="alfred-tui",
        description="A dashboard for operators of an Alfred fleet. Without a command it opens the "
        "dashboard;\nwith no tenants yet, on a simulated fleet marked DEMO.",
        epilog="examples:\n  alfred-tui\n  alfred-tui import fleet.json\n"
        "  alfred-tui health --json\n\n"
        f"{EXIT_CODES}\n{FILES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"alfred-tui {__version__}")
    top.add_argument("--home", metavar="DIR", help="use this data folder (ALFRED_TUI_HOME)")
    top.add_argument("--demo", action="store_true", help="open on the simulated fleet")
    top.set_defaults(handler=None)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    made = _command(
        commands,
        "import",
        "read tenants from a JSON inventory",
        "  alfred-tui import fleet.json --dry-run\n  alfred-tui import fleet.json\n",
        'The file holds {"tenants": [{"name", "api_url", "api_key", "connect_address"?,\n'
        '"ca_file"?, "ssh": {"host", "port", "user", "key_file"}?, "server_type"?, "location"?,\n'
        '"layout"?, "labels"?}]}. Importing it twice changes nothing. If any entry is wrong, all\n'
        "problems are listed by JSON path and nothing is imported.",
    )
    made.add_argument("file", metavar="FILE")
    made.add_argument("--dry-run", action="store_true", help="show the difference only")
    made.add_argument("--json", action="store_true", help="the report as JSON")
    made.set_defaults(handler=tenants.import_file)

    tenants.add_parser(
        _command(
            commands,
            "tenants",
            "add, edit, remove or list tenants",
            "  alfred-tui tenants add acme --api-url https://alfred-acme.tail0.ts.example:3100\n"
            "  alfred-tui tenants edit acme --location nbg1\n"
            "  alfred-tui tenants remove acme --yes\n",
            "The API key is asked for, or read from --api-key-file.",
        )
    )

    made = _command(
        commands,
        "list",
        "list tenants with their last known state, without asking them",
        "  alfred-tui list\n  alfred-tui list --status down --json\n",
    )
    made.add_argument("--json", action="store_true")
    made.add_argument(
        "--status", choices=["ok", "degraded", "down", "stale", "unknown", "building"]
    )
    made.set_defaults(handler=looking.list_tenants)

    made = _command(
        commands,
        "health",
        "look at every tenant once, through all beats, and judge",
        "  alfred-tui health\n  alfred-tui health acme --json | jq .tenants[0].reasons\n",
        "Tries again where a rule asks for a second look. --json prints {tenants: [{name, pill,\n"
        "reasons, facts, looked_at}], counts}.",
    )
    made.add_argument("names", nargs="*", metavar="NAME")
    made.add_argument("--json", action="store_true")
    made.set_defaults(handler=looking.health)

    made = _command(
        commands,
        "shot",
        "save a picture of a screen, freshly looked at, without a terminal",
        "  alfred-tui shot fleet -o fleet.svg\n"
        "  alfred-tui shot tenant acme -o acme.svg --size 120x40\n",
    )
    made.add_argument("screen", choices=["fleet", "tenant"])
    made.add_argument("name", nargs="?", metavar="NAME", help="the tenant, for `shot tenant`")
    made.add_argument("-o", "--output", required=True, metavar="FILE.svg")
    made.add_argument("--size", default="160x50", metavar="WxH")
    made.add_argument("--theme", choices=["dark", "light", "terminal"])
    made.set_defaults(handler=shooting.shot)

    made = _command(
        commands,
        "settings",
        "print the effective settings and where each came from",
        "  alfred-tui settings\n  alfred-tui settings --json\n",
    )
    made.add_argument("--json", action="store_true")
    made.set_defaults(handler=looking.settings_table)

    _command(
        commands,
        "sim",
        "run a simulated fleet on this machine",
        "  alfred-tui sim --tenants 24 --seed 7 --inventory fleet.json\n",
    )
    return top
