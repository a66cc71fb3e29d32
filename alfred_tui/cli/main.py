"""Running one command line, and the ways in which it may end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import argparse

    from alfred_tui.model.demo_day import DemoDay

_PIPE_CLOSED = 141


def run(argv: Sequence[str]) -> int:
    """Run one command line; its exit code.

    Args:
        argv: the arguments without the program's name.

    Raises:
        SystemExit: for usage errors, ``--help`` and ``--version``.
    """
    from alfred_tui.cli.output import Refused, drop_output, fail, prepare_streams

    prepare_streams()
    try:
        try:
            return _run(list(argv))
        finally:
            sys.stdout.flush()
    except Refused as refused:
        for line in refused.lines:
            fail(line)
        return refused.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        drop_output()
        return _PIPE_CLOSED
    except OSError as trouble:
        drop_output()
        return fail(f"{trouble.filename or 'cannot write'}: {trouble.strerror or trouble}")


def _run(argv: list[str]) -> int:
    if argv and argv[0] == "sim":
        return _simulate(argv[1:])
    if argv and argv[0] == "__names":
        # asked by a shell's completion at every press of Tab
        from alfred_tui.cli.names import names

        return names(argv[1:])
    if not argv:
        # the first paint does not wait for a parser that would find nothing to parse
        return _dashboard({}, demo=None)
    from alfred_tui.cli.grammar import flags_of, parser
    from alfred_tui.model.demo_day import DemoDay

    made = parser()
    argv, words = _split(argv)
    arguments, rest = made.parse_known_args(argv)
    arguments.words = words
    if arguments.home:
        os.environ["ALFRED_TUI_HOME"] = arguments.home
    if arguments.command == "sim":
        return _simulate(rest)
    if rest:
        made.error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.speed is not None and (arguments.demo is None or arguments.command):
        made.error("--speed is only for the demo: alfred-tui --demo --speed 60")
    flags = flags_of(arguments)
    if arguments.command is None:
        day = DemoDay(arguments.demo, arguments.speed or 1.0) if arguments.demo else None
        return _dashboard(flags, demo=day)
    return _command(arguments, flags)


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """What stands before ``--`` and what after it, where a command takes a command for a host."""
    if "--" not in argv:
        return argv, []
    place = argv.index("--")
    if not {"run", "ssh"} & set(argv[:place]):
        return argv, []
    return argv[:place], argv[place + 1 :]


def _simulate(argv: list[str]) -> int:
    from alfred_tui.sim import main as simulate

    return int(simulate(argv))


def _dashboard(flags: dict[str, object], *, demo: DemoDay | None) -> int:
    from alfred_tui import logs
    from alfred_tui.cli.dashboard import dashboard
    from alfred_tui.cli.output import Refused
    from alfred_tui.config import ConfigError, load_settings

    try:
        settings = load_settings(flags)
    except ConfigError as trouble:
        raise Refused(str(trouble)) from None
    logs.begin(settings.paths, settings.log)
    return dashboard(settings, demo=demo)


def _command(arguments: argparse.Namespace, flags: dict[str, object]) -> int:
    import logging

    from alfred_tui import logs
    from alfred_tui.cli.output import Refused
    from alfred_tui.config import ConfigError, Settings, load_settings, paths_of

    for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, _leave(code))
    try:
        settings = load_settings(flags)
        arguments.settings_trouble = ""
    except ConfigError as trouble:
        if arguments.command != "doctor":
            raise Refused(str(trouble)) from None
        # what is wrong with the settings is what the doctor is asked for
        settings = Settings(paths=paths_of(os.environ))
        arguments.settings_trouble = str(trouble)
    logs.begin(settings.paths, settings.log)
    try:
        return int(arguments.handler(settings, arguments))
    except (Refused, OSError):
        raise
    except Exception as trouble:
        logging.getLogger(__name__).exception("%s ended unexpectedly", arguments.command)
        kind = type(trouble).__name__
        raise Refused(
            f"unexpected error ({kind}); what happened is in {settings.paths.log_file}"
        ) from None


def _leave(code: int) -> Callable[[int, FrameType | None], NoReturn]:
    def leave(_: int, __: FrameType | None) -> NoReturn:
        raise SystemExit(code)

    return leave
