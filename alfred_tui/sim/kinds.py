"""The kinds of faults: what each is about, how it may show, and what its amount means."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of fault.

    ``about`` is ``service``, ``schedule`` or ``stream``, empty when it is about the whole tenant;
    ``usual`` is the one that is meant when none is named. ``sorts`` are the ways to show, the
    usual one first. ``unit`` says what an amount is, ``amount`` how much when none is given,
    ``least`` and ``most``, or ``among``, what is allowed. ``by_route``: some paths may be named.
    ``image``: it brings a new image, which a script may name. ``tls``: it takes a fleet with TLS.
    """

    about: str = ""
    usual: str = ""
    sorts: tuple[str, ...] = ()
    unit: str = ""
    amount: float = 0.0
    least: float = 0.0
    most: float = 1e9
    among: tuple[float, ...] = ()
    by_route: bool = False
    image: bool = False
    tls: bool = False


_OF_SERVICES = {
    "container-exit": Kind("service", "alfred", sorts=("error", "oom")),
    "unhealthy": Kind("service", "ollama"),
    "starting": Kind("service", "ollama"),
    "restart-loop": Kind("service", "mcp-server"),
    "service-paused": Kind("service", "ollama"),
    "service-lost": Kind("service", "mcp-server"),
    "image-update": Kind("service", "alfred-learn", image=True),
    "image-published": Kind("service", "alfred-learn", image=True),
    "image-regression": Kind(
        "service", "alfred-learn", sorts=("restart-loop", "unhealthy"), image=True
    ),
    "memory-leak": Kind(
        "service", "alfred-learn", unit="percent an hour", amount=12.0, most=10_000.0
    ),
}
_OF_TEMPORAL = {
    "schedule-paused": Kind("schedule", "al-event-processor"),
    "schedule-missing": Kind("schedule", "al-task-runner"),
    "schedule-late": Kind("schedule", "al-event-processor"),
    "workflow-stuck": Kind(
        *("schedule", "al-learning", ("nondeterminism", "activity")),
        unit="seconds it has lasted already",
        amount=3000.0,
    ),
    "zero-pollers": Kind(),
    "temporal-silent": Kind(sorts=("frozen", "stopped")),
}
_OF_STREAMS = {
    "stream-silent": Kind(
        "stream", "composio-gmail", unit="seconds it has lasted already", amount=3 * 3600.0
    ),
    "stream-broken": Kind("stream", "composio-gmail"),
    "stream-quiet": Kind(
        "stream", "composio-gmail", unit="seconds it has lasted already", amount=86_400.0
    ),
    "composio-outage": Kind(),
}
_OF_HOSTS = {
    "docker-silent": Kind(),
    "backup-failed": Kind(),
    "disk-filling": Kind(unit="percent it begins with", amount=91.0, most=99.6),
    "memory-high": Kind(unit="percent", amount=97.0, most=99.6),
    "clock-skew": Kind(unit="seconds ahead", amount=300.0, least=-1e9),
    "host-blackholed": Kind(),
    "host-refused": Kind(),
    "api-down": Kind(),
    "tailnet-gone": Kind(sorts=("blackholed", "refused", "partition")),
}
_OF_SSH = {
    "ssh-refused": Kind(),
    "ssh-key-changed": Kind(),
    "ssh-slow": Kind(unit="seconds", amount=3.0),
    "ssh-cut": Kind(sorts=("middle", "before")),
}
_OF_THE_WIRE = {
    "wrong-key": Kind(),
    "slow": Kind(unit="seconds", amount=3.0, by_route=True),
    "latency-storm": Kind(unit="seconds on average", amount=4.0, by_route=True),
    "answer-cut": Kind(by_route=True),
    "answer-garbage": Kind(sorts=("html", "text", "null", "list", "odd"), by_route=True),
    "answer-huge": Kind(
        *("", "", ("answer", "error"), "megabytes"), amount=24.0, most=256.0, by_route=True
    ),
    "answer-drip": Kind(unit="bytes a second", amount=32.0, by_route=True),
    "redirect": Kind(
        *("", "", ("away", "inside"), "status"),
        amount=302.0,
        among=(301, 302, 303, 307, 308),
        by_route=True,
    ),
    "rate-limited": Kind(
        *("", "", ("seconds", "date"), "seconds to wait"), amount=30.0, by_route=True
    ),
    "gateway": Kind(
        *("", "", ("page", "bare"), "status"),
        amount=502.0,
        among=(500, 502, 503, 504),
        by_route=True,
    ),
    "certificate-expired": Kind(unit="days ago", amount=1.0, most=3000.0, tls=True),
    "certificate-ending": Kind(unit="days left", amount=7.0, most=3000.0, tls=True),
    "certificate-wrong-name": Kind(tls=True),
    "certificate-unknown": Kind(tls=True),
}
_OF_TENANTS = _OF_SERVICES | _OF_TEMPORAL | _OF_STREAMS | _OF_HOSTS
KINDS: dict[str, Kind] = _OF_TENANTS | _OF_SSH | _OF_THE_WIRE
"""Every kind of fault by the name that scripts use (docs/simulator.md tells how each shows)."""
DEFAULTS = {name: kind.usual for name, kind in KINDS.items() if kind.usual}
"""What a fault is about when its script names nothing."""
TO_ALL = "tailnet-gone"
"""The kind that strikes everybody unless its script says whom."""
