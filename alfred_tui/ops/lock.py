"""One operator at a time on a tenant: a file in the home of ``deploy`` says who is at work.

Its first line is JSON: who, which program, since when, for how many seconds at most. Lines are
appended, each in one write, so whose is first has it; an empty file is nobody's. A line that is
older than that is left over from a program that was killed, and is taken over.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alfred_tui.model.operation import Answer, Plan, ShellCall
from alfred_tui.model.text import clean
from alfred_tui.ops.programs import dead

FRESH = timedelta(minutes=15)
"""For how long a line that says nothing of that stands; and what clocks may differ by."""
SLACK = 120.0
"""Seconds for looks and for writing down."""
LONGEST = timedelta(hours=4)
"""For how long any line stands at most."""
FILE = ".alfred-tui.lock"
MINE = "mine"
_FIRST = '{ IFS= read -r t < "$f"; } 2>/dev/null'
"""Has ``$t`` be the first line, and fails where there is none."""
_CLAIM = 'for n in 1 2 3 4 5 6 7 8 9; do [ ! -s "$f" ] && '
"""Begins a loop that goes on with a write, while no line stands there: nine times at most, where
what was written is gone before it can be read, or is never kept."""
_TAKE = (
    f'f="$HOME/{FILE}"; [ -z "$3" ] || {{ {_FIRST}; [ "$t" != "$2" ]; }} || rm -f -- "$f"; '
    f'{_CLAIM}(printf "%s\\n" "$1" >> "$f") 2>/dev/null || break; '
    f'{_FIRST} || continue; [ "$t" != "$1" ] || {{ echo {MINE}; exit; }}; done; '
    't=; if [ -s "$f" ]; then IFS= read -r t < "$f"; printf "%s\\n" "$t"; fi'
)
"""With ``$3`` takes ``$2`` away if that still stands there; writes ``$1`` if nothing does."""
_GIVE = f'f="$HOME/{FILE}"; {_FIRST}; [ "$t" != "$1" ] || rm -f -- "$f"'
# a script looks first and acts then: the kernel lets one of them at a time into the home folder,
# and lets go of it for one that is killed
_ALONE = ("sh", "-c", 'exec flock -w 8 "$HOME" sh -c "$@"', "sh")
_HOLD = (
    f'f="$HOME/{FILE}"; l=$1; m=$2; shift 2; '
    f'{_CLAIM}{{ printf "%s\\n" "$l" >> "$f"; }} 2>/dev/null || break; '
    f'{_FIRST} && [ "$t" = "$l" ] || continue; "$@"; c=$?; '
    f't=; {_FIRST}; [ "$t" != "$l" ] || {{ printf "" > "$f"; }} 2>/dev/null; exit $c; done; '
    'if [ -s "$f" ]; then printf "%s\\n" "$m" >&2; exit 75; fi; exec "$@"'
)
"""Runs what comes after ``$2`` while ``$1`` stands there; says ``$2`` where another line does."""
HELD = 75
"""Its exit code where it has not run it (sysexits.h: try later)."""
LIMIT = 15.0


class Holder(NamedTuple):
    """Who is at work on a tenant."""

    who: str
    program: str
    since: datetime
    lasts: float = FRESH.total_seconds()

    @property
    def line(self) -> str:
        """As it stands in the file."""
        return json.dumps(
            {
                "who": self.who,
                "program": self.program,
                "since": self.since.isoformat(),
                "lasts": round(self.lasts),
            }
        )


def lasts(plan: Plan, within: float) -> float:
    """Seconds after which a plan's run has ended, whatever came; watched for ``within`` seconds."""
    return sum(each.limit for each in plan.calls) + within + SLACK


def take(holder: Holder, over: str | None = None) -> ShellCall:
    """Write who is at work; ``over`` is the line to take the place of, if there is one.

    It answers ``mine``, or the line of who is.
    """
    given = (holder.line, over or "", "" if over is None else "over")
    words = (*_ALONE, _TAKE, "sh", *given)
    return ShellCall("say on the tenant who is at work", words, limit=LIMIT)


def give(holder: Holder) -> ShellCall:
    """Take the line away, if it is still ours."""
    return ShellCall("take that away", (*_ALONE, _GIVE, "sh", holder.line), limit=LIMIT)


def alone(plan: Plan) -> bool:
    """Whether a plan is one command whose end is all there is to see: it holds its line itself."""
    return not plan.watches and len(plan.calls) == 1 and isinstance(plan.calls[0], ShellCall)


def holding(holder: Holder, call: ShellCall) -> ShellCall:
    """The same call, which says who is at work while it runs: one session and not three."""
    within = ("sh", "-c", _HOLD, "sh", holder.line, _refusal(holder))
    return msgspec.structs.replace(call, within=within)


def kept_away(holder: Holder, answer: Answer) -> bool:
    """Whether such a call was not run, for another line stands there."""
    return answer.status == HELD and answer.text.strip() == _refusal(holder)


def _refusal(holder: Holder) -> str:
    return f"not run: somebody is at work here ({holder.since.isoformat()})"


def read(line: str) -> Holder | None:
    """Who a line names; ``None`` where it cannot be read."""
    try:
        whole = json.loads(line)
        since = datetime.fromisoformat(str(whole["since"]))
        if since.tzinfo is None:
            return None
        stands = float(whole.get("lasts", FRESH.total_seconds()))
        return Holder(clean(str(whole["who"]), 80), clean(str(whole["program"]), 80), since, stands)
    except (ValueError, KeyError, TypeError):
        return None


def stands(found: Holder | None, mine: Holder, now: datetime) -> bool:
    """Whether what stands there keeps us away: somebody else, not long ago, not killed since."""
    if found is None:
        return False  # nobody can be asked about a line that says nothing
    ours = (found.who, found.program) == (mine.who, mine.program)
    stands = min(LONGEST, max(FRESH, timedelta(seconds=min(found.lasts, LONGEST.total_seconds()))))
    return not ours and not dead(found.program) and abs(now - found.since) < stands
