"""Changing the world: operations that are planned, said yes to, run, watched and written down."""
