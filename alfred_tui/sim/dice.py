"""Chance that repeats: the same words always fall the same way, whenever they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def roll(*words: object) -> int:
    """A number of 64 bits that only depends on ``words``."""
    text = "\x1f".join(map(str, words)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def share(*words: object) -> float:
    """A number in [0, 1)."""
    return roll(*words) / 2**64


def between(low: float, high: float, *words: object) -> float:
    """A number in [low, high)."""
    return low + (high - low) * share(*words)


def pick(choices: Sequence[T], *words: object) -> T:
    """One of ``choices``."""
    return choices[roll(*words) % len(choices)]


def hexes(length: int, *words: object) -> str:
    """``length`` (at most 64) hexadecimal digits."""
    text = "\x1f".join(map(str, words)).encode()
    return blake2b(text, digest_size=32).hexdigest()[:length]


def shuffled(items: Sequence[T], *words: object) -> list[T]:
    """The items in another order."""
    return sorted(items, key=lambda item: roll(item, *words))
