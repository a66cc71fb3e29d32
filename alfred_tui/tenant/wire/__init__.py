"""From a tenant's JSON to our facts: typed and quick where it can be, row by row where it cannot."""

from alfred_tui.tenant.wire.decode import DECODERS, decode

__all__ = ["DECODERS", "decode"]
