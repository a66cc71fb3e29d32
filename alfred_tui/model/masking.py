"""What is a secret by the name that stands before it: ``.env`` lines, JSON, addresses, keys.

A tenant's own secrets are not known to us; a person's command may print them (runbook.md 16).
"""

from __future__ import annotations

import re

MASK = "********"
_NAMED = r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTHKEY)"
_VALUE = r"""(?:"[^"\n]{0,4000}"|'[^'\n]{0,4000}'|[^\s"',;&}|]{1,4000})"""
# names are bounded, so that no text takes longer than its length asks for
_SET = re.compile(rf"\b([A-Z][A-Z0-9_]{{0,60}})?({_NAMED})([A-Z0-9_]{{0,60}}=){_VALUE}")
_QUOTED = re.compile(
    rf"""(?i)(["'][\w.-]{{0,60}}{_NAMED}[\w.-]{{0,60}}["']\s{{0,8}}[:=]\s{{0,8}})(["'])[^"'\n]{{1,4000}}"""
)
_ASKED = re.compile(rf"(?i)([?&][\w.-]{{0,60}}{_NAMED}[\w.-]{{0,20}}=)[^\s&#\"']{{1,4000}}")
_BLOCK = re.compile(r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----).{0,20000}?(-----END|\Z)", re.DOTALL)
_BEARER = re.compile(r"(?i)\b(bearer)(\s+|%20)[^\s'\",]+")


def cover(text: str) -> str:
    """``text`` with a mask in the place of what is called a key, a token, a password."""
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _SET.sub(lambda found: f"{found[1] or ''}{found[2]}{found[3]}{MASK}", text)
    text = _QUOTED.sub(rf"\1\2{MASK}", text)
    text = _ASKED.sub(rf"\1{MASK}", text)
    return _BLOCK.sub(rf"\1 {MASK} \2", text)
