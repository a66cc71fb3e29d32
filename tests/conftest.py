"""For all tests: signals reach what they start, however they were started themselves."""

from __future__ import annotations

import signal

# A shell's background job, or one under nohup, ignores these, and so would every program that a
# test starts and then ends by one of them. A handler is not handed on, "ignored" is.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)
