"""Which machines of the tailnet are tenants: known ones by name or address, new ones by their tag.

Matched on the first part of the full name, never on a machine's own host name, which is not unique
(tailscale.md, trap 7). A machine made anew comes back as ``acme-1`` while the dead ``acme`` stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from alfred_tui.takeover.found import (
    API_PORT,
    Fields,
    Found,
    LeftOut,
    Sighting,
    SourceError,
    Value,
    is_short,
)
from alfred_tui.takeover.tailnet import REMEDY, Node, State, Tailnet

SOURCE = "tailnet"
PREFIX = "alfred-"
"""What the former tool puts before a tenant's name (fleet-facts.md 4.5)."""
TAG = "tenant"
_TWIN = re.compile(r"(.+)-\d+")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def sighting_of(net: Tailnet, known: Mapping[str, Fields], tag: str = TAG) -> Sighting:
    """The tenants of a tailnet. ``known`` are fields by name; ``tag`` without its ``tag:``.

    Raises:
        SourceError: the client has no map of the tailnet; the text says what to do.
    """
    check(net)
    wanted = _labels(net, known)
    new = _new_names(net, wanted, tag)
    wanted.update(new)
    found: list[Found] = []
    left_out: list[LeftOut] = []
    for name in wanted:
        fields = known.get(name, {})
        node, why, more = _chosen(name, fields, net, wanted)
        if node is not None:
            found.append(_found(name, fields, node, net, tag, more))
        elif why:
            left_out.append(LeftOut(name, SOURCE, why))
    return Sighting(SOURCE, tuple(found), tuple(left_out), _notes(net))


def check(net: Tailnet) -> None:
    """See that the client knows the tailnet's machines.

    Raises:
        SourceError: it has no map of them; the text says what to do.
    """
    if not net.mapped:
        about = f" ({net.text})" if net.text else ""
        remedy = REMEDY.get(net.state, "see `tailscale status`")
        raise SourceError(f"tailscale here is {net.state.value}{about}: {remedy}")


def _notes(net: Tailnet) -> tuple[str, ...]:
    found = []
    if net.state is not State.UP:
        remedy = REMEDY.get(net.state, "see `tailscale status`")
        found.append(
            f"tailscale here is {net.state.value}: names and addresses are those it last knew; "
            f"{remedy}"
        )
    if not net.nodes:
        found.append("the tailnet shows no other machine")
    return tuple(found)


def _labels(net: Tailnet, known: Mapping[str, Fields]) -> dict[str, str]:
    """What each known tenant's machine ought to be called on the tailnet."""
    found: dict[str, str] = {}
    there = {node.label for node in net.nodes}
    for name, fields in known.items():
        host = (urlsplit(str(fields.get("api_url", ""))).hostname or "").lower()
        low = name.lower().replace("_", "-")
        if is_short(host) or host.endswith(f".{net.suffix}"):
            found[name] = host.partition(".")[0]
        elif low in there or low.startswith(PREFIX):
            found[name] = low
        else:
            found[name] = PREFIX + low
    return found


def _new_names(net: Tailnet, wanted: Mapping[str, str], tag: str) -> dict[str, str]:
    """Machines that are tenants and nobody's yet: label by the name they get here."""
    labels = {node.label for node in net.nodes}
    taken = set(wanted.values())
    found: dict[str, str] = {}
    for node in net.nodes:
        base = _base(node.label)
        twin = base is not None and (base in labels or base in taken)
        tenant = f"tag:{tag}" in node.tags or node.label.startswith(PREFIX)
        name = node.label.removeprefix(PREFIX)
        if tenant and not twin and node.label not in taken and _NAME.fullmatch(name):
            found.setdefault(name, node.label)
    return {name: label for name, label in found.items() if name not in wanted}


def _base(label: str) -> str | None:
    match = _TWIN.fullmatch(label)
    return match.group(1) if match else None


def _chosen(
    name: str, fields: Fields, net: Tailnet, wanted: Mapping[str, str]
) -> tuple[Node | None, str, str]:
    """A tenant's machine; else why there is none to choose; and a line about its twins."""
    label = wanted[name]
    others = {other for who, other in wanted.items() if who != name}
    exact = next((node for node in net.nodes if node.label == label), None)
    twins = [n for n in net.nodes if _base(n.label) == label and n.label not in others]
    address = fields.get("estate.tailnet_address") or fields.get("connect_address")
    if exact is None and not twins:
        return next((n for n in net.nodes if address and n.address == address), None), "", ""
    if exact is not None and (not twins or not _dead(exact)):
        more = ", ".join(twin.label for twin in twins)
        return exact, "", f"there is {more} too" if more else ""
    living = [twin for twin in twins if twin.online and not twin.expired]
    if exact is None and len(twins) == 1:
        living = twins
    if len(living) == 1:
        gone = f"{label} is {'offline' if exact else 'gone'}, {living[0].label} is there"
        return living[0], "", gone
    if exact is not None:
        return exact, "", ""
    return None, f"{', '.join(t.label for t in twins)} could be it: which one?", ""


def _dead(node: Node) -> bool:
    return node.online is False or node.expired


def _found(name: str, fields: Fields, node: Node, net: Tailnet, tag: str, more: str) -> Found:
    told: dict[str, Value] = {}
    parts = urlsplit(str(fields.get("api_url", "")))
    host = (parts.hostname or "").lower()
    if _ours_to_name(host, net):
        told["api_url"] = f"https://{node.name}:{parts.port or API_PORT}"
    if node.address is not None:
        told["estate.tailnet_address"] = node.address
        if not net.names_work:
            # nothing here resolves the tailnet's names; TLS is still verified against the name
            told["connect_address"] = node.address
    if f"tag:{tag}" in node.tags:
        told["estate.tailnet_tag"] = tag
    warnings = [more] if more else []
    if node.expired:
        warnings.append(f"the key of {node.label} has expired: renew it in the tailnet's console")
    return Found(name, SOURCE, told, warnings=tuple(warnings))


def _ours_to_name(host: str, net: Tailnet) -> bool:
    """Whether the tailnet has a say in a host: not in a public name that an operator chose."""
    numeric = ":" in host or host.replace(".", "").isdigit()
    return not host or is_short(host) or numeric or host.endswith(f".{net.suffix}")
