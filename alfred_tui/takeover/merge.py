"""Merging what a source states into what is known: pure, so that every rule is a test's table.

What only one side knows is kept. Where both know and differ, nobody but the operator decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from alfred_tui.model.tenant import HostKey, Lifecycle, Tenant
from alfred_tui.takeover.found import (
    NAME,
    Fields,
    Found,
    LeftOut,
    Sighting,
    Value,
    fields_of,
    known_field,
    tenant_from,
)
from alfred_tui.takeover.machines import Machines

MACHINE = "name"
"""The field of a conflict about whose machine it is: the known tenant's, or another's."""


class Side(StrEnum):
    """Whose word counts where two differ."""

    OURS = "ours"
    THEIRS = "theirs"


class Preference(msgspec.Struct, frozen=True):
    """Decisions: ``every`` for all fields, ``fields`` for one field or one group of them, and
    ``single`` for one tenant's: ``acme/ssh.host``, or with its source ``acme/ssh.host@Hetzner``.

    The narrower one counts: ``acme/ssh.host`` before ``ssh.host`` before ``ssh`` before ``every``.
    """

    every: Side | None = None
    fields: dict[str, Side] = {}
    single: dict[str, Side] = {}

    def of(self, field: str, tenant: str = "", source: str = "") -> Side | None:
        """Whose word counts for ``field``; ``None``: nobody has decided."""
        if (side := self.of_tenant(field, tenant, source)) is not None:
            return side
        return self.fields.get(field, self.fields.get(field.partition(".")[0], self.every))

    def of_tenant(self, field: str, tenant: str, source: str) -> Side | None:
        """As :meth:`of`, but only by a decision about this one tenant."""
        group = field.partition(".")[0]
        for key in (f"{tenant}/{field}@{source}", f"{tenant}/{field}", f"{tenant}/{group}"):
            if (side := self.single.get(key)) is not None:
                return side
        return None

    def words(self) -> list[str]:
        """Its words, as :func:`preference_of` takes them."""
        said = [self.every.value] if self.every else []
        both = {**self.fields, **self.single}
        return said + [f"{side.value}:{key}" for key, side in both.items()]


def preference_of(words: Iterable[str]) -> Preference:
    """Decisions from words as ``theirs``, ``ours:ssh.host`` or ``theirs:acme/ssh.host@Hetzner``.

    Raises:
        ValueError: a word that is neither side, or a field that does not exist.
    """
    every: Side | None = None
    fields: dict[str, Side] = {}
    single: dict[str, Side] = {}
    for word in words:
        side, colon, field = word.partition(":")
        if side not in (Side.OURS, Side.THEIRS):
            raise ValueError(f"{word}: ours, theirs, ours:FIELD or theirs:FIELD is needed")
        if not colon:
            every = Side(side)
        elif known_field(field):
            fields[field] = Side(side)
        elif _is_single(field):
            single[field] = Side(side)
        else:
            raise ValueError(f"{word}: there is no field {field!r}")
    return Preference(every, fields, single)


def _is_single(text: str) -> bool:
    """Whether ``text`` names one tenant's field, with or without its source."""
    tenant, slash, field = text.partition("/")
    known = any(known_field(each) or each == MACHINE for each in (field, field.rpartition("@")[0]))
    return bool(slash) and NAME.fullmatch(tenant) is not None and known


class Conflict(msgspec.Struct, frozen=True):
    """A field that both sides know differently; ``decided`` is ``None`` until somebody did.

    ``why`` is given where theirs may be another machine's: only a decision about this one tenant
    takes it, and of its source too if it is no :data:`MACHINE`. ``ours`` may then be ``None``,
    nothing is known yet.
    """

    tenant: str
    field: str
    ours: Value | None
    theirs: Value
    source: str
    decided: Side | None = None
    why: str = ""

    @property
    def key(self) -> str:
        """What names it among all others, and in a :class:`Preference`."""
        return f"{self.tenant}/{self.field}@{self.source}"


class Merged(msgspec.Struct, frozen=True):
    """One tenant's fields after merging: ``filled`` names those that ours did not have."""

    fields: dict[str, Value]
    filled: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge_fields(ours: Fields, found: Found, prefer: Preference, name: str = "") -> Merged:
    """Lay ``found`` beside ``ours``; a conflict without a decision leaves ours as it is."""
    if found.doubt:
        return _merge_doubted(ours, found, prefer, name or found.name)
    fields = dict(ours)
    filled: list[str] = []
    conflicts: list[Conflict] = []
    for key, theirs in found.fields.items():
        if key not in ours:
            fields[key] = theirs
            filled.append(key)
            continue
        mine = ours[key]
        if mine == theirs:
            continue
        if (whole := _fuller(key, mine, theirs)) is not None:
            if whole != mine:
                fields[key] = whole
                filled.append(key)
            continue
        who = name or found.name
        decided = prefer.of(key, who, found.source)
        conflicts.append(Conflict(who, key, mine, theirs, found.source, decided))
        if decided is Side.THEIRS:
            fields[key] = theirs
    now = fields.get("lifecycle")
    if ours.get("lifecycle") is Lifecycle.ERROR and now is not Lifecycle.ERROR:
        # with any other state before, a field of that name is the operator's own
        fields = {key: value for key, value in fields.items() if key not in found.ends}
    return Merged(fields, tuple(filled), tuple(conflicts))


def _merge_doubted(ours: Fields, found: Found, prefer: Preference, name: str) -> Merged:
    """As :func:`merge_fields` where ``found`` may be another machine: one conflict for all of it.

    Nothing is filled in either: an address of another machine is as wrong as its name.
    """
    told = {key: theirs for key, theirs in found.fields.items() if ours.get(key) != theirs}
    if not told:
        return Merged(dict(ours))
    key = "api_url" if "api_url" in told else next(iter(told))
    # a word without the source may stand there since an ordinary difference: it takes nothing
    decided = prefer.single.get(f"{name}/{key}@{found.source}")
    if decided is None and prefer.of(key, name, found.source) is Side.OURS:
        decided = Side.OURS
    conflict = Conflict(name, key, ours.get(key), told[key], found.source, decided, found.doubt)
    if decided is not Side.THEIRS:
        return Merged(dict(ours), conflicts=(conflict,))
    return Merged({**ours, **told}, tuple(k for k in told if k not in ours), (conflict,))


def _fuller(key: str, mine: Value, theirs: Value) -> Value | None:
    """The one of two that says the same as the other and more; ``None``: they contradict.

    A short host name and the same one with its tailnet's suffix are one machine.
    """
    if key not in ("api_url", "ssh.host"):
        return None
    one, other = str(mine), str(theirs)
    if key == "api_url":
        a, b = urlsplit(one), urlsplit(other)
        if (a.scheme, a.port) != (b.scheme, b.port):
            return None
        host_a, host_b = a.hostname or "", b.hostname or ""
    else:
        host_a, host_b = one.lower(), other.lower()
    if host_a == host_b:
        return mine
    if "." not in host_a and ":" not in host_a and host_b.startswith(f"{host_a}."):
        return theirs
    if "." not in host_b and ":" not in host_b and host_a.startswith(f"{host_b}."):
        return mine
    return None


class Change(msgspec.Struct, frozen=True):
    """What a field was and what it is now; ``None``: it was not there."""

    field: str
    was: Value | None
    now: Value | None


class Outcome(msgspec.Struct, frozen=True):
    """What an import does, by tenant. ``held_back`` have a conflict that nobody has decided.

    ``tenants`` are to be written: those added and changed, whole. ``host_keys`` belong to these
    and to the unchanged.
    """

    added: tuple[str, ...] = ()
    changed: dict[str, tuple[Change, ...]] = {}
    unchanged: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    tenants: tuple[Tenant, ...] = ()
    host_keys: tuple[HostKey, ...] = ()


def merge(ours: Sequence[Tenant], sightings: Iterable[Sighting], prefer: Preference) -> Outcome:
    """Merge all sources, one after the other, into what is known.

    A tenant with an undecided conflict is held back whole: none of its fields changes, whichever
    source states it, and one that is new is not added.
    """
    before = {tenant.name: fields_of(tenant) for tenant in ours}
    return _outcome(before, _Merging(before, sightings, prefer))


def known_after(
    ours: Sequence[Tenant], sightings: Iterable[Sighting], prefer: Preference
) -> dict[str, dict[str, Value]]:
    """Fields by name once these sources are merged; of one held back too."""
    return _Merging({tenant.name: fields_of(tenant) for tenant in ours}, sightings, prefer).now


class _Merging:
    """All sources laid over what is known: ``now`` by name, and what came up on the way."""

    def __init__(
        self, before: Mapping[str, Fields], sightings: Iterable[Sighting], prefer: Preference
    ) -> None:
        self.now = {name: dict(fields) for name, fields in before.items()}
        self.seen: dict[str, None] = {}
        self.conflicts: list[Conflict] = []
        self.left_out: list[LeftOut] = []
        self.host_keys: list[HostKey] = []
        self._names: dict[str, str] = {}
        self._asked: set[str] = set()
        self._maybe: dict[str, set[str]] = {}
        assumed: dict[str, dict[str, Value]] = {}
        for sighting in sightings:
            self.left_out += sighting.left_out
            partners, doubled = _partners(self.now, self._names, sighting)
            self.left_out += doubled
            for found, name in self._told_apart(partners, prefer):
                self._lay(found, name, prefer)
                assumed[name] = {**found.assumed, **assumed.get(name, {})}
        # whose machine it is is asked, so nobody has it instead yet
        self.left_out = [
            left for left in self.left_out if left.name not in self._maybe.get(left.whose, ())
        ]
        for name, fields in assumed.items():
            # only now: a later source may have stated it
            self.now[name] = {**fields, **self.now[name]}

    def _told_apart(
        self, partners: list[tuple[Found, str]], prefer: Preference
    ) -> list[tuple[Found, str]]:
        """``partners`` without those that may be a known one's machine and are undecided."""
        new = [name for _, name in partners if name not in self.now]
        if not new:
            return partners
        # a source that names both holds them for two; one that is destroyed has no machine
        named = {name for _, name in partners}
        machines = Machines(
            {
                name: fields
                for name, fields in self.now.items()
                if name not in named and fields.get("lifecycle") is not Lifecycle.DESTROYED
            }
        )
        kept: list[tuple[Found, str]] = []
        for found, name in partners:
            partner = self._whose(found, name, machines, prefer) if name in new else name
            if partner is not None:
                kept.append((found, partner))
        return kept

    def _whose(self, found: Found, name: str, machines: Machines, prefer: Preference) -> str | None:
        """Which tenant a new one is; ``None``: nobody has decided."""
        if name in self._asked:
            return None
        same = machines.same({**found.assumed, **found.fields})
        if not same:
            return name
        known = same[0].name
        # no blanket word: addresses are given to others again
        decided = prefer.of_tenant(MACHINE, name, found.source)
        both = " and ".join(each.name for each in same)
        why = (
            f"it may be the same machine as {both}: {same[0].words}; "
            f"ours takes it for {known}, theirs adds it"
        )
        self.conflicts.append(Conflict(name, MACHINE, known, name, found.source, decided, why))
        if decided is not Side.THEIRS:
            self._maybe[name] = {each.name for each in same}
        if decided is None:
            self._asked.add(name)
            self.seen[name] = None
            return None
        if decided is Side.OURS:
            self._names[name] = known
            return known
        return name

    def _lay(self, found: Found, name: str, prefer: Preference) -> None:
        merged = merge_fields(self.now.get(name, {}), found, prefer, name)
        self.now[name] = merged.fields
        self.seen[name] = None
        self.conflicts += merged.conflicts
        self.host_keys += [msgspec.structs.replace(key, tenant=name) for key in found.host_keys]


def _partners(
    now: Mapping[str, Fields], names: Mapping[str, str], sighting: Sighting
) -> tuple[list[tuple[Found, str]], list[LeftOut]]:
    """Which of ours each one found is: the one of its name, else the one with its server.

    ``names`` are those that stand for one of ours.

    Two found that would be the same tenant are left out, both.
    """
    by_server = {
        fields["estate.server_id"]: name
        for name, fields in now.items()
        if "estate.server_id" in fields
    }
    chosen: dict[str, list[Found]] = {}
    for found in sighting.found:
        name = names.get(found.name, found.name)
        if name not in now and (server := found.fields.get("estate.server_id")) is not None:
            name = by_server.get(server, name)
        chosen.setdefault(name, []).append(found)
    partners: list[tuple[Found, str]] = []
    doubled: list[LeftOut] = []
    for name, several in chosen.items():
        if len(several) == 1:
            partners.append((several[0], name))
            continue
        servers = ", ".join(_which(found) for found in several)
        why = f"{len(several)} are called so ({servers}): which one is it?"
        doubled.append(LeftOut(name, sighting.source, why))
    return partners, doubled


def _which(found: Found) -> str:
    server = found.fields.get("estate.server_id")
    return f"server {server}" if server is not None else str(found.fields.get("api_url", "?"))


def _outcome(before: Mapping[str, Fields], merging: _Merging) -> Outcome:
    now, conflicts, left_out = merging.now, merging.conflicts, list(merging.left_out)
    undecided = {conflict.tenant for conflict in conflicts if conflict.decided is None}
    added: list[str] = []
    changed: dict[str, tuple[Change, ...]] = {}
    unchanged: list[str] = []
    held: list[str] = []
    written: list[Tenant] = []
    for name in merging.seen:
        if name in undecided:
            held.append(name)
            continue
        fields, old = now[name], before.get(name)
        if old == fields:
            unchanged.append(name)
            continue
        tenant = tenant_from(name, fields)
        if tenant is None:
            left_out.append(LeftOut(name, "", "no host is known of it"))
            continue
        written.append(tenant)
        if old is None:
            added.append(name)
        else:
            changed[name] = _changes(old, fields)
    taken = {*added, *changed, *unchanged}
    return Outcome(
        added=tuple(added),
        changed=changed,
        unchanged=tuple(unchanged),
        held_back=tuple(held),
        conflicts=tuple(conflicts),
        left_out=tuple(left_out),
        tenants=tuple(written),
        host_keys=tuple(key for key in merging.host_keys if key.tenant in taken),
    )


def _changes(old: Fields, new: Fields) -> tuple[Change, ...]:
    names = [*old, *(name for name in new if name not in old)]
    return tuple(
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    )


def new_pins(pinned: Iterable[HostKey], offered: Iterable[HostKey]) -> list[HostKey]:
    """Host keys of tenants that have none yet; one that is pinned is never replaced here."""
    known = {key.tenant for key in pinned}
    return [key for key in offered if key.tenant not in known]


def pin_warnings(
    pinned: Iterable[HostKey], offered: Iterable[HostKey]
) -> dict[str, tuple[str, ...]]:
    """Lines about host keys that a source knows otherwise than we do, by tenant."""
    known: dict[str, set[str]] = {}
    for key in pinned:
        known.setdefault(key.tenant, set()).add(key.fingerprint)
    return {
        key.tenant: (
            f"its pinned host key {', '.join(sorted(known[key.tenant]))} stays; {key.source} has "
            f"{key.fingerprint}: find out why before you trust that one",
        )
        for key in offered
        if key.tenant in known and key.fingerprint not in known[key.tenant]
    }
