"""A simulated fleet that speaks the wire, from the contract, knowing nothing of the client."""

from __future__ import annotations


def main(argv: list[str]) -> int:
    """Run the simulated fleet; its exit code (0 ended as asked, 2 not understood)."""
    from alfred_tui.sim.command import run

    return run(argv)
