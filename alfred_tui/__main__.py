"""``alfred-tui`` and ``python -m alfred_tui``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Importing makes hundreds of thousands of objects that live for ever: looking through them
    # for garbage every 700 costs a tenth of the first paint.
    gc.set_threshold(50_000, 20, 20)
    from alfred_tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
