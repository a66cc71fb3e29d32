"""Changing the world: operations that are planned, said yes to, run, watched and written down."""

from alfred_tui.ops import containers, images, schedules, shell, workers, workflows

__all__ = ["containers", "images", "schedules", "shell", "workers", "workflows"]
