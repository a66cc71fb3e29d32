"""Which machines of the tailnet are tenants: known ones by name or address, new ones by their tag.

Matched on the first part of the full name, never on a machine's own host name, which is not unique
(tailscale.md, trap 7). A machine made anew comes back as ``acme-1`` while the dead ``acme`` stays,
but another customer may be called so too: such a guess, and one by address, is marked as doubtful.
So is a namesake where a tenant's own address, by number, says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from alfred_tui.takeover.found import (
    API_PORT,
    Fields,
    Found,
    LeftOut,
    Sighting,
    SourceError,
    Value,
    address_of,
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
    net, notes = _within(net)
    wanted = _labels(net, known)
    new, left_out = _new_names(net, wanted, tag)
    wanted.update(new)
    homes = _homes(net, known)
    claims = {name: _claim(name, known.get(name, {}), net, wanted, homes) for name in wanted}
    lost = _lost(claims)
    found: list[Found] = []
    for name, claim in claims.items():
        if (node := claim.node) is not None and name not in lost:
            told = _told(known.get(name, {}), node, net, tag)
            warnings = _warnings(node, claim.more)
            found.append(Found(name, SOURCE, told, warnings=warnings, doubt=claim.doubt))
        elif why := lost[name][0] if name in lost else claim.why:
            whose = lost[name][1] if name in lost else ""
            why += f"; {claim.more}" if claim.more else ""
            left_out.append(LeftOut(name, SOURCE, why, whose))
    left_out += _also_called(net, wanted, claims, tag)
    kept = {n: c for n, c in claims.items() if n not in lost}
    left_out += _unsaid(net, {*wanted.values(), *homes}, kept, tag)
    return Sighting(SOURCE, tuple(found), tuple(left_out), (*_notes(net), *notes))


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


def _within(net: Tailnet) -> tuple[Tailnet, tuple[str, ...]]:
    """The tailnet without machines shared from others: their names' first parts are not unique."""
    own = tuple(node for node in net.nodes if node.name.endswith(f".{net.suffix}"))
    if others := len(net.nodes) - len(own):
        return net._replace(nodes=own), (f"machines of other tailnets are passed over: {others}",)
    return net, ()


def _labels(net: Tailnet, known: Mapping[str, Fields]) -> dict[str, str]:
    """What each known tenant's machine ought to be called on the tailnet."""
    there = {node.label for node in net.nodes}
    return {name: _own(fields, net) or _likely(name, there) for name, fields in known.items()}


def _own(fields: Fields, net: Tailnet) -> str:
    """What a tenant's own address calls its machine; empty where that is no name of the tailnet."""
    host = _api_host(fields)
    return host.partition(".")[0] if is_short(host) or host.endswith(f".{net.suffix}") else ""


def _numbers(fields: Fields, net: Tailnet) -> list[str]:
    """A tenant's own addresses by number, that which is dialled first.

    None where a name of the tailnet is its own: TLS proves the machine then, whatever is dialled.
    """
    if _own(fields, net):
        return []
    hosts = (str(fields.get("connect_address", "")), _api_host(fields))
    return [address for host in hosts if (address := address_of(host)) is not None]


def _api_host(fields: Fields) -> str:
    return (urlsplit(str(fields.get("api_url", ""))).hostname or "").lower()


def _homes(net: Tailnet, known: Mapping[str, Fields]) -> dict[str, list[str]]:
    """Machines that are at a known tenant's own address: these tenants by its label."""
    at: dict[str | None, list[str]] = {}
    for name, fields in known.items():
        for number in dict.fromkeys(_numbers(fields, net)):
            at.setdefault(number, []).append(name)
    return {node.label: at[node.address] for node in net.nodes if node.address in at}


def _likely(name: str, there: Container[str]) -> str:
    low = name.lower().replace("_", "-")
    prefixed = PREFIX + low
    if low.startswith(PREFIX) or (low in there and prefixed not in there):
        return low
    return prefixed


def _tenants(net: Tailnet, tag: str) -> set[str]:
    """Labels of machines that are tenants by their tag or their name."""
    return {
        node.label
        for node in net.nodes
        if f"tag:{tag}" in node.tags or node.label.startswith(PREFIX)
    }


def _unclaimed(net: Tailnet, wanted: Mapping[str, str], tag: str) -> dict[str, list[str]]:
    """Machines that are tenants and nobody's: their labels by the name that they would get."""
    tenants, taken = _tenants(net, tag), set(wanted.values())
    found: dict[str, list[str]] = {}
    for label in sorted(tenants - taken):
        name = label.removeprefix(PREFIX)
        if _base(label) not in tenants | taken and _NAME.fullmatch(name):
            found.setdefault(name, []).append(label)
    return found


def _new_names(
    net: Tailnet, wanted: Mapping[str, str], tag: str
) -> tuple[dict[str, str], list[LeftOut]]:
    """New tenants, label by name; and names that more than one machine would get."""
    new: dict[str, str] = {}
    left_out: list[LeftOut] = []
    for name, labels in _unclaimed(net, wanted, tag).items():
        if name in wanted:
            continue
        if len(labels) == 1:
            new[name] = labels[0]
        else:
            both = " and ".join(labels)
            why = f"{both} would both be called so: `alfred-tui tenants add` names one otherwise"
            left_out.append(LeftOut(name, SOURCE, why))
    return new, left_out


def _also_called(
    net: Tailnet, wanted: Mapping[str, str], claims: Mapping[str, _Claim], tag: str
) -> list[LeftOut]:
    """Machines whose name here another machine's tenant has."""
    chosen = {claim.node.label for claim in claims.values() if claim.node is not None}
    return [
        LeftOut(
            name,
            SOURCE,
            f"{label} would be {name} too, and {name}'s machine is called {wanted[name]}: "
            "`alfred-tui tenants add` gives it another name",
        )
        for name, labels in _unclaimed(net, wanted, tag).items()
        if name in wanted
        for label in labels
        if label not in chosen
    ]


def _unsaid(
    net: Tailnet, told: Container[str], claims: Mapping[str, _Claim], tag: str
) -> list[LeftOut]:
    """Machines with a number behind the name of another that nothing else speaks of."""
    twins = {label for claim in claims.values() for label in claim.twins}
    tenants = _tenants(net, tag)
    return [
        LeftOut(
            label.removeprefix(PREFIX),
            SOURCE,
            f"{label} may be {base} made anew, or another customer's: "
            "`alfred-tui tenants add` adds it",
        )
        for label in sorted(tenants - twins)
        if label not in told and (base := _base(label)) and (base in tenants or base in told)
    ]


def _base(label: str) -> str | None:
    match = _TWIN.fullmatch(label)
    return match.group(1) if match else None


class _Claim(NamedTuple):
    """A tenant's machine; else ``why`` there is none to choose.

    ``doubt`` is why it may be another's. ``own`` is whether the tenant's own address names it.
    ``twins`` are those that its lines speak of.
    """

    node: Node | None
    why: str = ""
    more: str = ""
    doubt: str = ""
    own: bool = False
    twins: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """Of several claims to one machine the lowest counts."""
        return 2 * (not self.own) + bool(self.doubt)


def _claim(
    name: str,
    fields: Fields,
    net: Tailnet,
    wanted: Mapping[str, str],
    homes: Mapping[str, Sequence[str]],
) -> _Claim:
    label = wanted[name]
    others = {other for who, other in wanted.items() if who != name}
    exact = next((node for node in net.nodes if node.label == label), None)
    home = _home(fields, net)
    if home is not None and home is not exact and (exact is None or _dead(exact)):
        beside = _elsewhere(name, home, net, homes)
        beside += [f"{label} is {_end(exact)}"] if exact is not None else []
        return _by_own_address(name, home, "; ".join(beside))
    twins = [
        node
        for node in net.nodes
        # another's own address is no guess: its machine is offered to nobody else
        if _base(node.label) == label and node.label not in others and node.label not in homes
    ]
    if exact is None and not twins:
        return _by_address(fields, net, homes)
    several = ", ".join(twin.label for twin in twins)
    living = [twin for twin in twins if twin.online and not twin.expired]
    if exact is None and len(twins) == 1:
        living = twins
    if len(living) == 1 and (exact is None or _dead(exact)):
        return _Claim(
            living[0],
            doubt=f"{label} is {_end(exact)}, {living[0].label} is there: the same made anew, or "
            "another customer's? One of another is yours to add (`alfred-tui tenants add`)",
            twins=(living[0].label,),
        )
    labels = tuple(twin.label for twin in twins)
    if exact is not None:
        more = f"there is {several} too" if several else ""
        doubt = _namesake(name, fields, exact, net, homes)
        own = _own(fields, net) == label or (exact is home and not doubt)
        return _Claim(exact, more=more, doubt=doubt, own=own, twins=labels)
    return _Claim(None, why=f"{several} could be it: which one?", twins=labels)


def _home(fields: Fields, net: Tailnet) -> Node | None:
    """The machine at a tenant's own address."""
    at = (n for own in _numbers(fields, net) for n in net.nodes if n.address == own)
    return next(at, None)


def _by_own_address(name: str, home: Node, more: str) -> _Claim:
    doubt = (
        f"{home.label} has {name}'s own address {home.address}, and is not called so: "
        "it may be another's by now"
    )
    return _Claim(home, more=more, doubt=doubt, own=True)


def _elsewhere(
    name: str, node: Node, net: Tailnet, homes: Mapping[str, Sequence[str]]
) -> list[str]:
    """Which other machines have a tenant's own addresses."""
    return [
        f"{other.address} is {other.label}'s"
        for other in net.nodes
        if other.label != node.label and name in homes.get(other.label, ())
    ]


def _namesake(
    name: str, fields: Fields, exact: Node, net: Tailnet, homes: Mapping[str, Sequence[str]]
) -> str:
    """Why a machine that is called as a tenant's ought to be may be another's all the same."""
    if _own(fields, net):
        return ""
    if elsewhere := " and ".join(_elsewhere(name, exact, net, homes)):
        return f"{exact.label} is called so, and its own address {elsewhere}: which is it?"
    if (number := address_of(_api_host(fields))) is not None and number != exact.address:
        return f"{exact.label} is called so, and has not its own address {number}: is it the same?"
    whose = homes.get(exact.label, ())
    if whose and name not in whose:
        both = " and ".join(whose)
        return f"{exact.label} is called so, and {exact.address} is {both}'s own address"
    return ""


def _by_address(fields: Fields, net: Tailnet, homes: Mapping[str, Sequence[str]]) -> _Claim:
    address = fields.get("estate.tailnet_address") or fields.get("connect_address")
    node = next((n for n in net.nodes if address and n.address == address), None)
    if node is None:
        return _Claim(None)
    if whose := " and ".join(homes.get(node.label, ())):
        return _Claim(None, why=f"it would be {node.label}, which is {whose}'s")
    doubt = f"{node.label} is found by its address {address} alone, which may be another's by now"
    return _Claim(node, doubt=doubt)


def _lost(claims: Mapping[str, _Claim]) -> dict[str, tuple[str, str]]:
    """Why a machine is not a tenant's after all and whose it is, by tenant: it is one's only."""
    by_node: dict[str, list[str]] = {}
    for name, claim in claims.items():
        if claim.node is not None:
            by_node.setdefault(claim.node.label, []).append(name)
    lost: dict[str, tuple[str, str]] = {}
    for label, names in by_node.items():
        best = min(claims[name].rank for name in names)
        first = [name for name in names if claims[name].rank == best]
        if len(first) == 1:
            why = f"it would be {label}, which is {first[0]}'s"
            lost |= {name: (why, first[0]) for name in names if name != first[0]}
        else:
            both = " and ".join(first)
            lost |= dict.fromkeys(names, (f"{label} could be {both}: which one is it?", ""))
    return lost


def _dead(node: Node) -> bool:
    return node.online is False or node.expired


def _end(node: Node | None) -> str:
    """What became of a machine that does not live."""
    return "gone" if node is None else "expired" if node.expired else "offline"


def _told(fields: Fields, node: Node, net: Tailnet, tag: str) -> dict[str, Value]:
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
    return told


def _warnings(node: Node, more: str) -> tuple[str, ...]:
    warnings = [more] if more else []
    if node.expired:
        warnings.append(f"the key of {node.label} has expired: renew it in the tailnet's console")
    return tuple(warnings)


def _ours_to_name(host: str, net: Tailnet) -> bool:
    """Whether the tailnet has a say in a host: not in a public name that an operator chose."""
    numeric = ":" in host or host.replace(".", "").isdigit()
    return not host or is_short(host) or numeric or host.endswith(f".{net.suffix}")
