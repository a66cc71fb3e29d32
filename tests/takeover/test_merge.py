"""Merging: what is filled in, what is a conflict, who decides; by table and by property."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alfred_tui.model.tenant import Estate, HostKey, Layout, Lifecycle, Secret, SshTarget, Tenant
from alfred_tui.takeover.found import (
    FIELDS,
    Found,
    Sighting,
    Value,
    completed,
    fields_of,
    shown,
    tenant_from,
)
from alfred_tui.takeover.merge import (
    Outcome,
    Preference,
    Side,
    merge,
    new_pins,
    pin_warnings,
    preference_of,
)
from alfred_tui.takeover.plan import Gathered, plan

URL = "https://alfred-acme.tail1a2b3.ts.net:3100"
AT = datetime(2026, 3, 1, tzinfo=UTC)
NOBODY = Preference()
OURS, THEIRS = Preference(Side.OURS), Preference(Side.THEIRS)


def tenant(name: str = "acme", **more: object) -> Tenant:
    return Tenant(name=name, **{"api_url": URL, "api_key": Secret("k-1"), **more})  # type: ignore[arg-type]


def seen(fields: dict[str, Value], name: str = "acme", **more: object) -> Sighting:
    return Sighting("there", (Found(name, "there", fields, **more),))  # type: ignore[arg-type]


def ran(ours: Sequence[Tenant], prefer: Preference, *sightings: Sighting) -> Outcome:
    return merge(ours, sightings, prefer)


@pytest.mark.parametrize(
    ("mine", "fields", "now"),
    [
        ({}, {"location": "fsn1"}, {"location": "fsn1"}),
        ({"api_key": Secret("")}, {"api_key": Secret("k")}, {"api_key": Secret("k")}),
        ({"labels": {"a": "1"}}, {"labels.b": "2"}, {"labels": {"a": "1", "b": "2"}}),
        (
            {"ssh": SshTarget("h", 2222, "root")},
            {"ssh.key_file": "/k"},
            {"ssh": SshTarget("h", 2222, "root", "/k")},
        ),
        (
            {},
            {"ssh.key_file": "/k"},
            {"ssh": SshTarget("alfred-acme.tail1a2b3.ts.net", 22, "deploy", "/k")},
        ),
        (
            {"estate": Estate(server_id=1)},
            {"estate.volume_id": 2},
            {"estate": Estate(server_id=1, volume_id=2)},
        ),
        ({"api_url": "https://alfred-acme:3100"}, {"api_url": URL}, {"api_url": URL}),
    ],
)
def test_what_only_they_know_is_filled_in(
    mine: dict[str, object], fields: dict[str, Value], now: dict[str, object]
) -> None:
    outcome = ran([tenant(**mine)], NOBODY, seen(fields))
    assert outcome.tenants == (tenant(**{**mine, **now}),)
    assert list(outcome.changed) == ["acme"]
    assert outcome.conflicts == ()


@pytest.mark.parametrize(
    ("mine", "fields"),
    [
        ({"location": "fsn1"}, {}),
        ({"location": "fsn1"}, {"location": "fsn1"}),
        ({}, {"api_url": "https://alfred-acme:3100"}),
        ({}, {"api_url": "https://ALFRED-ACME:3100"}),
        ({"ssh": SshTarget("acme.example")}, {"ssh.host": "acme"}),
        ({}, {"lifecycle": Lifecycle.RUNNING, "allow_plain_http": False}),
    ],
)
def test_what_is_known_already_changes_nothing(
    mine: dict[str, object], fields: dict[str, Value]
) -> None:
    outcome = ran([tenant(**mine)], NOBODY, seen(fields))
    assert (outcome.unchanged, outcome.tenants, outcome.conflicts) == (("acme",), (), ())


CONFLICTS: list[tuple[dict[str, object], str, Value]] = [
    ({"location": "fsn1"}, "location", "nbg1"),
    ({}, "api_key", Secret("k-2")),
    ({}, "api_url", "https://alfred-acme-1.tail1a2b3.ts.net:3100"),
    ({}, "api_url", "https://alfred-acme:3101"),
    ({"api_url": "https://10.0.0.7:3100"}, "api_url", URL),
    ({"api_url": "https://10:3100"}, "api_url", "https://100.64.0.1:3100"),
    ({}, "lifecycle", Lifecycle.SUSPENDED),
    ({}, "allow_plain_http", True),
    ({"layout": Layout.F1}, "layout", Layout.F3),
    ({"ssh": SshTarget("a")}, "ssh.host", "b"),
    ({"ssh": SshTarget("a")}, "ssh.port", 2222),
    ({"labels": {"x": "1"}}, "labels.x", "2"),
    ({"estate": Estate(server_id=1)}, "estate.server_id", 2),
]


@pytest.mark.parametrize(("mine", "field", "theirs"), CONFLICTS)
def test_a_conflict_is_listed_and_decided_by_nobody_else(
    mine: dict[str, object], field: str, theirs: Value
) -> None:
    ours = tenant(**mine)
    found = seen({field: theirs, "timezone": "Europe/Berlin"})
    left = ran([ours], NOBODY, found)
    (conflict,) = left.conflicts
    assert (conflict.field, conflict.theirs, conflict.decided) == (field, theirs, None)
    assert conflict.ours == fields_of(ours)[field]
    assert (left.held_back, left.tenants, left.changed) == (("acme",), (), {})
    (kept,) = ran([ours], OURS, found).tenants
    assert fields_of(kept) == {**fields_of(ours), "timezone": "Europe/Berlin"}
    (taken,) = ran([ours], THEIRS, found).tenants
    assert fields_of(taken) == {**fields_of(ours), field: theirs, "timezone": "Europe/Berlin"}
    narrow = Preference(Side.OURS, {field: Side.THEIRS})
    assert ran([ours], narrow, found).tenants == (taken,)


def test_one_tenant_in_conflict_holds_back_nobody_else() -> None:
    ours = [tenant("acme", location="fsn1"), tenant("umbra", api_url="https://umbra.example")]
    outcome = ran(
        ours,
        NOBODY,
        seen({"location": "nbg1"}),
        seen({"location": "nbg1"}, "umbra"),
        seen({"timezone": "UTC"}),
        seen({"api_url": "https://fresh.example"}, "fresh"),
    )
    assert outcome.held_back == ("acme",)
    assert [t.name for t in outcome.tenants] == ["umbra", "fresh"]


def test_two_sources_that_contradict_each_other_add_nothing() -> None:
    both = seen({"api_url": URL, "location": "fsn1"}), seen({"location": "nbg1"})
    outcome = ran([], NOBODY, *both)
    assert (outcome.held_back, outcome.tenants) == (("acme",), ())
    assert ran([], THEIRS, *both).tenants[0].location == "nbg1"


def test_what_is_assumed_counts_only_where_nobody_states_it() -> None:
    guess = {"api_url": "https://alfred-acme:3100"}
    first = Sighting("a", (Found("acme", "a", {"location": "fsn1"}, guess),))
    second = Sighting("b", (Found("acme", "b", {"api_url": URL}),))
    assert ran([], NOBODY, first).tenants[0].api_url == guess["api_url"]
    assert ran([], NOBODY, first, second).tenants[0].api_url == URL
    assert ran([tenant(api_url="https://x.example:1")], NOBODY, first).conflicts == ()


def test_without_any_host_nothing_is_added_and_that_is_said() -> None:
    outcome = ran([], NOBODY, seen({"location": "fsn1"}))
    assert outcome.tenants == ()
    assert [left.why for left in outcome.left_out] == ["no host is known of it"]


def test_a_server_is_the_same_whatever_it_is_called_and_two_are_not_one() -> None:
    ours = [tenant(estate=Estate(server_id=7))]
    renamed = seen({"estate.server_id": 7, "location": "fsn1"}, "alfred-acme")
    assert list(ran(ours, NOBODY, renamed).changed) == ["acme"]
    twice = Sighting(
        "there",
        (
            Found("new", "there", {"estate.server_id": 1, "api_url": URL}),
            Found("new", "there", {"estate.server_id": 2, "api_url": URL}),
        ),
    )
    outcome = ran(ours, NOBODY, twice)
    assert outcome.tenants == ()
    assert "server 1, server 2" in outcome.left_out[0].why


SSH = SshTarget("203.0.113.5")
SAME: list[tuple[dict[str, object], dict[str, Value], dict[str, Value], str]] = [
    ({}, {"api_url": URL}, {}, "their API is at alfred-acme.tail1a2b3.ts.net:3100"),
    ({}, {"api_url": "https://alfred-acme:3100"}, {}, "their API is at"),
    ({}, {"location": "x"}, {"api_url": URL}, "their API is at"),
    ({"ssh": SSH}, {"ssh.host": "203.0.113.5"}, {"api_url": "https://x.y:1"}, "SSH"),
    (
        {"estate": Estate(tailnet_address="100.64.0.9")},
        {"estate.tailnet_address": "100.64.0.9", "api_url": "https://x.y:1"},
        {},
        "their tailnet address is 100.64.0.9",
    ),
    (
        {"api_url": "https://100.64.0.9:3100"},
        {"estate.tailnet_address": "100.64.0.9", "api_url": "https://x.y:1"},
        {},
        "100.64.0.9",
    ),
]


@pytest.mark.parametrize(("mine", "fields", "assumed", "why"), SAME)
def test_the_same_machine_is_not_added_under_another_name(
    mine: dict[str, object], fields: dict[str, Value], assumed: dict[str, Value], why: str
) -> None:
    ours = [tenant(**mine)]
    found = seen(fields, "Acme_GmbH", assumed=assumed)
    for blanket in (NOBODY, OURS, THEIRS, preference_of(["theirs:acme/api_url"])):
        held = ran(ours, blanket, found)
        (conflict,) = held.conflicts
        assert conflict.key == "Acme_GmbH/name@there"
        assert (conflict.ours, conflict.theirs) == ("acme", "Acme_GmbH")
        assert "the same machine as acme" in conflict.why
        assert why in conflict.why
        assert (held.held_back, held.tenants) == (("Acme_GmbH",), ())
        assert conflict.decided is None


OTHERS_PLACES: list[tuple[dict[str, object], dict[str, Value]]] = [
    ({}, {"api_url": URL.replace("3100", "3101")}),
    ({}, {"api_url": URL.replace("tail1a2b3", "tail9")}),
    ({"ssh": SSH}, {"ssh.host": "203.0.113.5", "ssh.port": 2222, "api_url": "https://x.y:1"}),
    ({"api_url": "http://10.0.0.1:1"}, {"api_url": "http://10.0.0.1:2"}),
    ({"api_url": "http://127.0.0.1:1", "ssh": SshTarget("localhost")},
     {"api_url": "http://127.0.0.1:1", "ssh.host": "localhost"}),
    ({"lifecycle": Lifecycle.DESTROYED, "ssh": SSH}, {"ssh.host": "203.0.113.5", "api_url": URL}),
]  # fmt: skip


@pytest.mark.parametrize(("mine", "fields"), OTHERS_PLACES)
def test_what_tells_no_machine_holds_nobody_back(
    mine: dict[str, object], fields: dict[str, Value]
) -> None:
    assert ran([tenant(**mine)], NOBODY, seen(fields, "birch")).added == ("birch",)


def test_a_source_that_names_both_holds_them_for_two() -> None:
    both = Sighting(
        "there",
        tuple(Found(name, "there", {"ssh.host": "203.0.113.5"}) for name in ("acme", "birch")),
    )
    birch = seen({"api_url": "https://birch.example"}, "birch")
    assert ran([tenant(ssh=SSH)], NOBODY, both, birch).added == ("birch",)
    fresh = seen({"api_url": URL}, "acme"), seen({"api_url": URL}, "birch")
    assert ran([], NOBODY, *fresh).added == ("acme",), "new ones of one import are compared too"


@pytest.mark.parametrize("source", ["", "@there"])
def test_whether_it_is_the_same_is_decided_by_a_word_for_it(source: str) -> None:
    ours = [tenant(ssh=SSH)]
    found = seen({"ssh.host": "203.0.113.5", "location": "fsn1", "estate.server_id": 7}, "Acme_Co")
    later = seen({"api_url": "https://acme.example", "timezone": "UTC"}, "Acme_Co")
    word = f"Acme_Co/name{source}"
    same = ran(ours, preference_of([f"ours:{word}"]), found)
    assert preference_of([f"ours:{word}"]).words() == [f"ours:{word}"]
    (acme,) = same.tenants
    assert (acme.name, acme.location, same.held_back) == ("acme", "fsn1", ())
    assert ran([acme], NOBODY, found).unchanged == ("acme",), "from now on its server tells"
    both = ran(ours, preference_of([f"ours:{word}"]), found, later)
    assert both.held_back == ("acme",), "what a later source says of it is laid over acme as well"
    other = ran(ours, preference_of([f"theirs:{word}"]), found, later)
    assert other.added == ("Acme_Co",)
    assert ran([*ours, *other.tenants], NOBODY, found, later).unchanged == ("Acme_Co",)


def test_held_back_it_takes_nothing_from_the_one_it_may_be() -> None:
    found = seen({"ssh.host": "203.0.113.5", "location": "fsn1"}, "Acme_Co")
    more = seen({"location": "fsn1"}), seen({"api_url": "https://acme.example"}, "Acme_Co")
    outcome = ran([tenant(ssh=SSH)], NOBODY, found, *more)
    assert (list(outcome.changed), outcome.held_back) == (["acme"], ("Acme_Co",))
    assert [each.name for each in outcome.tenants] == ["acme"]


def test_what_no_inventory_could_describe_is_left_out_with_why() -> None:
    there = seen({"api_url": "https://a b:1", "location": "x\ny"}), seen({"api_url": URL}, "fine")
    done = plan([], [], Gathered(there), NOBODY).outcome
    assert (done.added, [t.name for t in done.tenants]) == (("fine",), ["fine"])
    (left,) = done.left_out
    assert left.name == "acme"
    assert "api_url" in left.why
    assert "location" in left.why


def test_host_keys_are_pinned_once_and_never_replaced() -> None:
    def key(name: str, fingerprint: str) -> HostKey:
        return HostKey(name, fingerprint, "there", AT)

    pinned, offered = [key("a", "one")], [key("a", "two"), key("b", "one")]
    assert new_pins(pinned, offered) == [key("b", "one")]
    (line,) = pin_warnings(pinned, offered)["a"]
    assert "one" in line
    assert "two" in line
    assert pin_warnings(pinned, pinned) == {}


@pytest.mark.parametrize(
    ("words", "field", "side"),
    [
        ([], "location", None),
        (["theirs"], "location", Side.THEIRS),
        (["theirs", "ours:location"], "location", Side.OURS),
        (["ours:ssh", "theirs:ssh.host"], "ssh.host", Side.THEIRS),
        (["ours:ssh", "theirs:ssh.host"], "ssh.port", Side.OURS),
        (["theirs:labels"], "labels.anything", Side.THEIRS),
        (["theirs:labels.x"], "labels.y", None),
    ],
)
def test_the_narrower_word_decides(words: list[str], field: str, side: Side | None) -> None:
    assert preference_of(words).of(field) is side


@pytest.mark.parametrize(
    "word",
    ["mine", "theirs:apiurl", "ours:name", ":location", "theirs:ssh.x", "theirs:acme/name.x"],
)
def test_a_word_that_decides_nothing_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=word.replace(".", r"\.")):
        preference_of([word])


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("https://alfred-acme:3100", "https://alfred-acme.tail1a2b3.ts.net:3100"),
        ("https://alfred-acme", "https://alfred-acme.tail1a2b3.ts.net"),
        (URL, URL),
        ("https://acme.example:1", "https://acme.example:1"),
        ("https://[fd7a::1]:3100", "https://[fd7a::1]:3100"),
        ("http://localhost:3100", "http://localhost:3100"),
    ],
)
def test_only_short_names_get_the_suffix(url: str, full: str) -> None:
    found = completed(Found("acme", "x", {"api_url": url}, {"api_url": url}), "tail1a2b3.ts.net")
    assert (found.fields["api_url"], found.assumed["api_url"]) == (full, full)


def test_secrets_are_masked_wherever_values_are_shown() -> None:
    assert shown(Secret("canary")) == "********"
    outcome = ran([tenant()], NOBODY, seen({"api_key": Secret("canary")}))
    assert "canary" not in repr(outcome)


# --- properties -------------------------------------------------------------------------------

TEXT = st.sampled_from(["a", "b"])
HOSTS = st.sampled_from(["https://x:1", "https://x.y.z:1", "https://w.y.z:1"])
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "api_url": HOSTS,
    "api_key": TEXT.map(Secret),
    "location": TEXT,
    "lifecycle": st.sampled_from(Lifecycle),
    "layout": st.sampled_from(Layout),
    "allow_plain_http": st.booleans(),
    "ssh.host": TEXT,
    "ssh.port": st.sampled_from([22, 2222]),
    "ssh.key_file": TEXT,
    "labels.one": TEXT,
    "labels.two": TEXT,
    "estate.server_id": st.sampled_from([1, 2]),
    "estate.luks_key_file": TEXT,
}
OTHERS = {name: values for name, values in VALUES.items() if name != "api_url"}
DESCRIBED = st.fixed_dictionaries({"api_url": HOSTS}, optional=OTHERS)
PARTS = st.fixed_dictionaries({}, optional=VALUES)
DECISIONS = st.builds(
    Preference,
    st.sampled_from([None, *Side]),
    st.dictionaries(st.sampled_from([*VALUES, "ssh", "labels"]), st.sampled_from(Side)),
)


def made(fields: dict[str, Value]) -> Tenant:
    found = tenant_from("acme", fields)
    assert found is not None
    return found


def test_the_values_are_of_real_fields() -> None:
    assert {name for name in VALUES if not name.startswith("labels.")} <= FIELDS


@given(DESCRIBED)
def test_fields_and_tenants_are_the_same_thing(fields: dict[str, Value]) -> None:
    described = made(fields)
    assert made(fields_of(described)) == described


@given(DESCRIBED, PARTS, DECISIONS)
def test_a_second_import_changes_nothing(
    mine: dict[str, Value], theirs: dict[str, Value], prefer: Preference
) -> None:
    ours = [made(mine)]
    first = ran(ours, prefer, seen(theirs))
    after = list(first.tenants) or ours
    again = ran(after, prefer, seen(theirs))
    assert again.tenants == ()
    assert again.held_back == first.held_back


@given(DESCRIBED, PARTS, DECISIONS)
def test_nothing_is_lost(
    mine: dict[str, Value], theirs: dict[str, Value], prefer: Preference
) -> None:
    ours = made(mine)
    before = fields_of(ours)
    outcome = ran([ours], prefer, seen(theirs))
    after = fields_of(outcome.tenants[0]) if outcome.tenants else before
    decided = {c.field for c in outcome.conflicts if c.decided is Side.THEIRS}
    short = {"api_url", "ssh.host"}
    for field, value in before.items():
        assert field in after
        if field not in decided | short:
            assert after[field] == value
    if not outcome.held_back:
        refused = {c.field for c in outcome.conflicts} - decided
        for field, value in theirs.items():
            if field not in refused | short:
                assert after[field] == value


@given(DESCRIBED, DESCRIBED)
def test_conflicts_are_the_same_from_either_side(
    mine: dict[str, Value], theirs: dict[str, Value]
) -> None:
    one, other = made(mine), made(theirs)
    there = ran([one], NOBODY, seen(fields_of(other)))
    back = ran([other], NOBODY, seen(fields_of(one)))
    assert {(c.field, c.ours, c.theirs) for c in there.conflicts} == {
        (c.field, c.theirs, c.ours) for c in back.conflicts
    }


@given(DESCRIBED, PARTS)
def test_a_decision_leaves_nobody_held_back(
    mine: dict[str, Value], theirs: dict[str, Value]
) -> None:
    for prefer in (OURS, THEIRS):
        assert ran([made(mine)], prefer, seen(theirs)).held_back == ()


def test_one_conflict_of_one_tenant_is_decided_by_its_own_key() -> None:
    ours = [_known(name) for name in ("acme", "birch")]
    theirs = [
        Sighting(source, tuple(Found(n, source, {"location": place}) for n in ("acme", "birch")))
        for source, place in (("one", "hel1"), ("two", "nbg1"))
    ]
    words = ["theirs:acme/location@two", "ours:acme/location@one", "theirs:birch/location@one"]
    prefer = preference_of(words)
    assert prefer.words() == words
    outcome = merge(ours, theirs, prefer)
    assert {each.key: each.decided for each in outcome.conflicts} == {
        "acme/location@one": Side.OURS,
        "acme/location@two": Side.THEIRS,
        "birch/location@one": Side.THEIRS,
        "birch/location@two": None,
    }
    assert [tenant.location for tenant in outcome.tenants] == ["nbg1"]
    assert outcome.held_back == ("birch",)


@pytest.mark.parametrize(
    ("words", "field", "side"),
    [
        (["ours", "theirs:acme/location"], "location", Side.THEIRS),
        (["theirs:location", "ours:acme/location"], "location", Side.OURS),
        (["theirs:acme/location", "ours:acme/location@x"], "location", Side.OURS),
        (["theirs:acme/ssh"], "ssh.host", Side.THEIRS),
        (["theirs:birch/location"], "location", None),
        (["theirs:acme/location@y"], "location", None),
        (["theirs:labels.a/b"], "labels.a/b", Side.THEIRS),
        (["theirs:acme/labels.a@b/c@x"], "labels.a@b/c", Side.THEIRS),
    ],
)
def test_the_narrowest_decision_counts(words: list[str], field: str, side: Side | None) -> None:
    assert preference_of(words).of(field, "acme", "x") is side


@pytest.mark.parametrize("word", ["ours:acme/colour", "ours:/location", "ours:a b/location"])
def test_a_decision_about_nothing_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=word.partition(":")[2]):
        preference_of([word])


def _known(name: str) -> Tenant:
    return Tenant(name, f"https://{name}.ts.net:3100", Secret("k"), location="fsn1")
