"""The program without a face: what it knows, what it is asked to do, and its life."""

from alfred_tui.engine.engine import Engine
from alfred_tui.engine.shown import Changes

__all__ = ["Changes", "Engine"]
