"""How the fleet is polled: intervals and limits, each a setting ``poll.<name>``."""

from __future__ import annotations

import msgspec


class PollSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds, except the bounds (looks under way) and the byte budget (bytes a second).

    ``max_in_flight`` looks wait for an answer at once, most of them for a connection; handshakes
    come a few at a time (``tenant/turns.py``). ``max_costly`` of them are dashboards and pulses.
    A dashboard is asked for every ``max(dashboard_interval, dashboard_factor x its duration)``.
    """

    containers_interval: float = 10.0
    dashboard_interval: float = 30.0
    dashboard_factor: float = 20.0
    pulse_interval: float = 300.0
    streams_interval: float = 900.0
    system_interval: float = 600.0
    max_in_flight: int = 1024
    max_costly: int = 32
    max_slow: int = 512
    patience: float = 0.5
    connect_timeout: float = 2.5
    tls_timeout: float = 5.0
    answer_timeout: float = 35.0
    dashboard_timeout: float = 65.0
    banner_interval: float = 60.0
    byte_budget: float = 4_000_000.0
