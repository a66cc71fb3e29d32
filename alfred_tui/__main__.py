"""``alfred-tui`` and ``python -m alfred_tui``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from alfred_tui import heap

    heap.relax()
    from alfred_tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
