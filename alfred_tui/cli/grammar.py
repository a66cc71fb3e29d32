"""What may be said on the command line, and its help."""

from __future__ import annotations

import argparse
from typing import NoReturn

from alfred_tui import __version__
from alfred_tui.cli.output import Refused
from alfred_tui.model import when
from alfred_tui.model.demo_day import DAYS, LEAST_SPEED, MOST_SPEED, PLAIN
from alfred_tui.model.text import clean

EXIT_CODES = """\
exit codes:
  0    done; for health: every tenant is OK
  1    for health: at least one tenant is not OK; for import: a conflict is undecided;
       for doctor: warnings, nothing failing; for remove: not confirmed
  2    could not look or was not understood: usage, settings, store, inventory,
       unknown NAME, no tenants, our own network
  130  Ctrl-C     143  SIGTERM     129  SIGHUP     141  nobody reads the output
"""
FILES = """\
files (in the data folder; `alfred-tui settings` says where that is):
  config.toml          settings; see docs/settings.md
  alfred.db            tenants with their API keys, readable by you only
  last-state.bin       what was last known, for a quick start; may be deleted
  alfred-tui.log       the log, secrets masked

environment:
  ALFRED_TUI_HOME      the folder for everything above; else the platform's own places
  ALFRED_TUI_<SECTION>__<NAME>
                       a setting, stronger than the file: ALFRED_TUI_UI__THEME=light
  NO_COLOR             no colours
"""
_STATUSES = ["ok", "degraded", "down", "stale", "unknown", "building"]
_THEMES = ["dark", "light", "terminal"]


def flags_of(arguments: argparse.Namespace) -> dict[str, object]:
    """Settings given as flags, by dotted key."""
    flags: dict[str, object] = {}
    for given in arguments.set or ():
        key, is_there, value = given.partition("=")
        if not is_there:
            raise Refused(f"--set {given}: KEY=VALUE is needed, as in poll.containers_interval=5")
        flags[key.strip()] = value
    if arguments.theme:
        flags["ui.theme"] = arguments.theme
    if arguments.ascii:
        flags["ui.ascii"] = True
    return flags


def _common(*, looks: bool, top: bool) -> argparse.ArgumentParser:
    """Options that stand before or after a command; after it they keep what stood before."""
    shared = argparse.ArgumentParser(add_help=False)
    default = None if top else argparse.SUPPRESS
    add = shared.add_argument_group("common options").add_argument
    add("--home", metavar="DIR", default=default, help="use this data folder (ALFRED_TUI_HOME)")
    add(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=default,
        help="a setting, stronger than environment and file; may be repeated",
    )
    if looks:
        add("--theme", choices=_THEMES, default=default, help="colours of the screen")
        add(
            "--ascii",
            action="store_true",
            default=False if top else argparse.SUPPRESS,
            help="letters instead of glyphs",
        )
    return shared


class Parser(argparse.ArgumentParser):
    """Says a usage error without the control codes that an argument may hold."""

    def error(self, message: str) -> NoReturn:
        """Usage and the error on standard error; exit code 2."""
        super().error(clean(message, 2000))


class _Commands:
    """Adds commands that all have the same kind of help page."""

    def __init__(self, top: argparse.ArgumentParser) -> None:
        self._made = top.add_subparsers(dest="command", metavar="COMMAND")

    def add(
        self,
        name: str,
        about: str,
        examples: str,
        more: str = "",
        *,
        looks: bool = False,
        helps: bool = True,
    ) -> argparse.ArgumentParser:
        """One command; ``about`` is a line, ``more`` the rest of its description."""
        return self._made.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.{more and chr(10) + chr(10) + more}",
            epilog=f"examples:\n{examples}\n{EXIT_CODES}\n{FILES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[_common(looks=looks, top=False)],
            allow_abbrev=False,
            add_help=helps,
        )


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = Parser(
        prog="alfred-tui",
        description="A dashboard for operators of an Alfred fleet. Without a command it opens the "
        "dashboard;\nwith no tenants yet, on a simulated fleet marked DEMO.",
        epilog="examples:\n  alfred-tui\n  alfred-tui import fleet.json\n"
        "  alfred-tui health --json\n  alfred-tui --set poll.containers_interval=5\n"
        "  alfred-tui --demo image-regression --speed 60\n\n"
        f"{EXIT_CODES}\n{FILES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_common(looks=True, top=True)],
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"alfred-tui {__version__}")
    top.add_argument(
        "--demo",
        nargs="?",
        const=PLAIN,
        choices=DAYS,
        metavar="DAY",
        help=f"open on the simulated fleet; DAY is what it lives through: {', '.join(DAYS)}",
    )
    top.add_argument(
        "--speed",
        type=_speed,
        metavar="X",
        help=f"let the demo's time run X times as fast; {LEAST_SPEED:g} to {MOST_SPEED:g}",
    )
    commands = _Commands(top)
    _describing(commands)
    _looking(commands)
    _remembering(commands)
    _quieting(commands)
    _doing(commands)
    _completing(commands)
    commands.add(
        "sim",
        "run a simulated fleet on this machine",
        "  alfred-tui sim --tenants 24 --seed 7 --inventory fleet.json\n",
        helps=False,  # it has its own, with its own options
    )
    return top


def _completing(commands: _Commands) -> None:
    from alfred_tui.cli import completion

    made = commands.add(
        "completion",
        "print a script that lets a shell complete commands, options and tenants",
        "  source <(alfred-tui completion bash)       # in ~/.bashrc\n"
        "  source <(alfred-tui completion zsh)        # in ~/.zshrc, after compinit\n"
        "  alfred-tui completion fish | source        # in ~/.config/fish/config.fish\n",
        "Tenants' names are read from the store whenever they are needed.",
    )
    made.add_argument("shell", choices=completion.SHELLS)
    made.set_defaults(handler=completion.completion)


def _describing(commands: _Commands) -> None:
    from alfred_tui.cli import tenants

    _importing(commands)
    tenants.add_parser(
        commands.add(
            "tenants",
            "add, edit, remove or list tenants",
            "  alfred-tui tenants add acme --api-url https://alfred-acme.tail0.ts.example:3100\n"
            "  pass show acme | alfred-tui tenants add acme --api-url https://acme.example:3100\n"
            "  alfred-tui tenants edit acme --location nbg1 --label customer=42\n"
            "  alfred-tui tenants edit acme --api-key-file acme.key\n"
            "  alfred-tui tenants remove acme --yes\n",
            "The API key is asked for without being shown, read from standard input where that\n"
            "is no terminal, or from --api-key-file; it is never an argument, which others see.",
        ),
        _common(looks=False, top=False),
    )


_IMPORT_EXAMPLES = """\
  alfred-tui import fleet.json --dry-run
  alfred-tui import ~/alfred-ctrl --dry-run
  alfred-tui import ~/alfred-ctrl/data/alfred-ctrl.db --tailnet tail1a2b3.ts.net
  alfred-tui import --hetzner --tailscale
  alfred-tui import ~/alfred-ctrl --prefer ours --prefer theirs:ssh.host
"""
_IMPORT = """\
PATH is told by its content:
  a JSON inventory   {"tenants": [{"name", "api_url", "api_key", "connect_address"?,
                     "ca_file"?, "ssh": {"host", "port", "user", "key_file"}?,
                     "server_type"?, "location"?, "layout"?, "labels"?, "lifecycle"?,
                     "timezone"?, "allow_plain_http"?, "estate"?}]}; files named in it are
                     relative to its own folder; ssh.user is deploy, of layout H
                     root. If any entry is wrong, all problems are listed by JSON path and
                     nothing is imported.
  alfred-ctrl.db     the former tool's database, or the folder that holds it; of any age,
                     also while that tool runs: it is neither locked nor changed. Key
                     files are looked for in ssh_keys/ beside it and stay where they are.
--hetzner and --tailscale find tenants that are missing and fill in addresses, server
types, locations and host names. All may be given at once.

What only one side knows is kept, and tenants that no source names stay. Where both know
a field and differ, that is a conflict: both sides are listed, and the tenant is left
alone as a whole until --prefer decides. Importing the same twice changes nothing.

Hetzner's token is read from HCLOUD_TOKEN, else from the file that the setting
hetzner.token_file names; it is never an argument, which others see."""


def _importing(commands: _Commands) -> None:
    from alfred_tui.cli import importing

    made = commands.add(
        "import",
        "take over tenants from an inventory, the former tool, Hetzner or the tailnet",
        _IMPORT_EXAMPLES,
        _IMPORT,
    )
    made.add_argument("path", nargs="?", metavar="PATH", help="an inventory, or alfred-ctrl.db")
    made.add_argument(
        "--hetzner", action="store_true", help="ask Hetzner for servers managed-by=alfred-ctrl"
    )
    made.add_argument(
        "--tailscale", action="store_true", help="ask the tailscale client on this machine"
    )
    made.add_argument(
        "--prefer",
        action="append",
        default=[],
        metavar="SIDE[:FIELD]",
        help="decide conflicts: ours or theirs, for all fields or for one (theirs:api_url) or a "
        "group of them (ours:ssh) or for one tenant (theirs:acme/api_url); what may be another's "
        "is taken only by the tenant's key with its source (theirs:acme/api_url@tailnet); may be "
        "repeated, the narrower one counts",
    )
    made.add_argument(
        "--tailnet",
        metavar="SUFFIX",
        help="complete short host names with it, as in tail1a2b3.ts.net; without it the "
        "tailscale client is asked",
    )
    made.add_argument(
        "--tag",
        default="tenant",
        metavar="TAG",
        help="with --tailscale, machines with tag:TAG are tenants, and those called alfred-...; "
        "default tenant",
    )
    made.add_argument("--dry-run", action="store_true", help="show the difference only")
    made.add_argument("--json", action="store_true", help="the report as JSON")
    made.set_defaults(handler=importing.import_tenants)


_INFO = """\
From the store alone: its description, the last verdict with its reasons, host keys, what it
is expected to run, availability, the last ten events. Of keys only a mask and the places of
their files are shown. Works beside a running dashboard, and where nothing may be written;
where a part of the store cannot be read, the rest is shown, the part named, and the exit
code is 2. --json is described in docs/commands.md."""
_EVENTS = """\
Oldest first, the newest last, as in a log: every event that is kept unless narrowed. Also of
a tenant that was removed. --limit keeps the newest so many of what the others leave.
Times are UTC. --json prints a line for each:
{"number", "at", "tenant", "kind", "before", "after", "reasons_before": [...],
"reasons_after": [{"rule", "text", "value", "limit", "since", "door"}], "text", "who"}."""


def _remembering(commands: _Commands) -> None:
    from alfred_tui.cli import events, info

    made = commands.add(
        "info",
        "show everything that is known of a tenant, without asking it",
        "  alfred-tui info acme\n"
        "  alfred-tui info acme --json | jq '.availability[] | {label, percent}'\n",
        _INFO,
    )
    made.add_argument("name", metavar="NAME")
    made.add_argument("--json", action="store_true", help="the same as JSON")
    made.set_defaults(handler=info.info)

    made = commands.add(
        "events",
        "tell what happened, of all tenants or of one",
        "  alfred-tui events --since 2d\n"
        "  alfred-tui events acme --since 2026-11-01 --until 2026-12-01\n"
        "  alfred-tui events --limit 20\n"
        "  alfred-tui events --json | jq 'select(.after == \"down\") | .tenant'\n",
        _EVENTS,
    )
    made.add_argument("name", nargs="?", metavar="NAME", help="only of this tenant")
    made.add_argument("--since", metavar="WHEN", help=f"from then on: {when.PAST}")
    made.add_argument("--until", metavar="WHEN", help="before then; written the same way")
    made.add_argument("--limit", type=_count, metavar="N", help="only the newest N")
    made.add_argument("--json", action="store_true", help="JSON lines")
    made.set_defaults(handler=events.events)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not LEAST_SPEED <= speed <= MOST_SPEED:
        raise argparse.ArgumentTypeError(
            f"{text}: a number from {LEAST_SPEED:g} to {MOST_SPEED:g} is needed"
        )
    return speed


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**12):
        raise argparse.ArgumentTypeError(f"{text}: a whole number from 1 is needed")
    return int(text)


def _quieting(commands: _Commands) -> None:
    from alfred_tui.cli import quieting

    quieting.add_parsers(commands.add)


def _doing(commands: _Commands) -> None:
    from alfred_tui.cli import doing, shelling, temporal

    doing.add_parsers(commands.add)
    shelling.add_parsers(commands.add)
    temporal.add_parsers(commands.add)


def _looking(commands: _Commands) -> None:
    from alfred_tui.cli import doctor, looking, shooting

    made = commands.add(
        "list",
        "list tenants with their last known state, without asking them",
        "  alfred-tui list\n  alfred-tui list --status down --json\n",
        "LOOKED says how long ago somebody looked; `alfred-tui health` looks now.",
    )
    made.add_argument("--json", action="store_true", help="the same as JSON")
    made.add_argument("--status", choices=_STATUSES, help="only those of this status")
    made.set_defaults(handler=looking.list_tenants)

    made = commands.add(
        "health",
        "look at every tenant once, through all beats, and judge",
        "  alfred-tui health\n  alfred-tui health acme --json | jq '.tenants[0].reasons'\n",
        "Tries again where a rule asks for a second look. --json prints\n"
        '{"tenants": [{"name", "pill", "reasons": [{"rule", "text", "value", "limit", "since",\n'
        '"door"}], "facts": {GROUP: {LABEL: {"value", "door", "scope", "at"}}}, "looked_at"}],\n'
        '"counts": {...}}.',
    )
    made.add_argument("names", nargs="*", metavar="NAME", help="only these; all without a name")
    made.add_argument("--json", action="store_true", help="verdicts and facts as JSON")
    made.set_defaults(handler=looking.health)

    made = commands.add(
        "doctor",
        "check everything an operator needs, and say what to do where it fails",
        "  alfred-tui doctor\n  alfred-tui doctor --problems\n"
        "  alfred-tui doctor acme --json | jq '.findings[] | select(.level == \"failing\")'\n",
        "Looks at the settings, the store, the log, programs on PATH, the tailnet, the clock, and\n"
        "for every tenant at its key files with their modes and at its doors: the connection to\n"
        "its API, the certificate's name and end, whether the key is accepted, and the banner of\n"
        "its port of SSH. Nothing is changed, and no key file is read.\n\n"
        "A line for each check: ok, warning or failing; below one that is not ok, what to do.\n"
        "Exits 0 where all is ok, 1 with warnings, 2 where something fails. --json prints\n"
        '{"verdict", "findings": [{"area", "subject", "level", "text", "advice"}]}.',
    )
    made.add_argument("names", nargs="*", metavar="NAME", help="only these tenants; all without")
    made.add_argument("--problems", action="store_true", help="leave out what is ok")
    made.add_argument("--json", action="store_true", help="the findings as JSON")
    made.set_defaults(handler=doctor.doctor)

    made = commands.add(
        "shot",
        "save a picture of a screen, freshly looked at, without a terminal",
        "  alfred-tui shot fleet -o fleet.svg\n"
        "  alfred-tui shot tenant acme -o acme.svg --size 120x40 --theme light\n",
        looks=True,
    )
    made.add_argument("screen", choices=["fleet", "tenant"])
    made.add_argument("name", nargs="?", metavar="NAME", help="the tenant, for `shot tenant`")
    made.add_argument("-o", "--output", required=True, metavar="FILE.svg")
    made.add_argument("--size", default="160x50", metavar="WxH", help="cells; default 160x50")
    made.set_defaults(handler=shooting.shot)

    made = commands.add(
        "settings",
        "print the effective settings and where each came from",
        "  alfred-tui settings\n  alfred-tui settings --json\n",
        "Flags are stronger than the environment, the environment is stronger than the file.",
    )
    made.add_argument("--json", action="store_true", help="the same as JSON")
    made.set_defaults(handler=looking.settings_table)
