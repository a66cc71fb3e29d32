"""``__names``: tenants' names for a shell's completion. It is asked at every Tab: nothing heavy."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""What a tenant may be called; anything else would be read by the shell."""


def names(argv: Sequence[str]) -> int:
    """``__names [HOME]``: a name a line, in order; none where there is nothing to be read."""
    from alfred_tui.config import paths_of

    environ = {**os.environ, "ALFRED_TUI_HOME": argv[0]} if argv and argv[0] else os.environ
    uri = paths_of(environ).database.as_uri()
    # the second way is for a folder that may not be written (store.reading); there, old is enough
    for flags in ("mode=ro", "mode=ro&immutable=1"):
        try:
            with closing(sqlite3.connect(f"{uri}?{flags}", uri=True, timeout=0.2)) as there:
                rows = there.execute("SELECT name FROM tenant ORDER BY name").fetchall()
        except sqlite3.Error:
            continue
        print(*(n for (n,) in rows if _SAFE.fullmatch(str(n))), sep="\n")  # noqa: T201
        break
    return 0
