"""Pieces that screens share: they know data, not the engine."""
