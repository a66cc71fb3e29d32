"""Alfred TUI: a full-screen terminal dashboard for operators of an Alfred fleet."""

__version__ = "0.1.0"
