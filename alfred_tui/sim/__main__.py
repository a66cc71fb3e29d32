"""``python -m alfred_tui.sim``."""

import sys

from alfred_tui.sim import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
