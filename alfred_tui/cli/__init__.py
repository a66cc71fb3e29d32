"""The command line: a module per group of commands, nothing heavy before it is needed."""

from alfred_tui.cli.main import run

__all__ = ["run"]
