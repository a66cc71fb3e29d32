"""From a tenant's JSON to our facts: typed and quick, or row by row."""

from alfred_tui.tenant.wire.decode import DECODERS, decode

__all__ = ["DECODERS", "decode"]
