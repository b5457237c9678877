"""The keyring: what derives from it, how it is written down, and what it never shows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.fake import UnsafeSimulationSuite
from openline.envelope.key_objects import x25519_public_bytes
from openline.envelope.keyring import (
    CARDS_KEPT,
    FORMER_SEALS_MAX,
    ROLE_KINDS,
    CardKeys,
    FormerSeal,
    KeptCard,
    Keyring,
    Prekey,
    PrekeyTaken,
    RootsAway,
    RootSeeds,
    RootSpent,
    StagedSeeds,
    new_keyring,
    new_prekey,
    parse_keyring,
    public_card_keys,
    role_seed,
)
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import Suite
from openline.formats.card import next_of, parse_card
from openline.formats.malformed import Malformed
from tests.envelope.conftest import Repeatable

ORIGIN = "a.example/openline/" + "a" * 52

seeds = st.binary(min_size=32, max_size=32)
roots = st.builds(RootSeeds, seeds, seeds)
prekeys = st.dictionaries(
    st.tuples(st.from_regex(r"[a-z0-9./-]{1,40}", fullmatch=True), st.integers(0, 2**53 - 1)),
    st.builds(lambda seed: Prekey(seed, (seed * 38)), seeds),
    max_size=4,
)
keyrings = st.builds(
    Keyring,
    st.just("a.example"),
    seeds,
    st.none() | roots,
    st.none() | roots,
    seeds,
    seeds,
    seeds,
    seeds,
    prekeys,
    st.lists(st.builds(FormerSeal, seeds, st.integers(0, 2**53 - 1)), max_size=3).map(tuple),
    st.none() | st.builds(StagedSeeds, seeds, seeds, seeds),
    st.lists(
        st.builds(KeptCard, st.integers(0, 2**53 - 1), st.binary(), st.binary()), max_size=3
    ).map(tuple),
)


def keyring_of(party: dict[str, Any]) -> Keyring:
    """The keyring of a party of the published vectors."""
    return Keyring(
        party=party["name"],
        node_seed=bytes.fromhex(party["node_seed"]),
        root=RootSeeds(*map(bytes.fromhex, party["root_seeds"])),
        next_root=RootSeeds(*map(bytes.fromhex, party["next_seeds"])),
        seal_seed=bytes.fromhex(party["seal_seed"]),
        wire_seed=bytes.fromhex(party["wire_seed"]),
        archive_seed=bytes(32),
        data_key=bytes(32),
    )


def test_the_published_role_seeds_derive_from_the_node_seed(vectors: Callable[[str], Any]) -> None:
    for party in vectors("party")["parties"]:
        derived = {
            f"{role}/{kind}": role_seed(bytes.fromhex(party["node_seed"]), role, kind).hex()
            for role, kinds in ROLE_KINDS.items()
            for kind in kinds
        }
        assert derived == party["role_seeds"]


def test_the_published_cards_name_the_keys_of_their_keyrings(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    for party in vectors("party")["parties"]:
        card = parse_card(party["card"].encode())
        keys = public_card_keys(keyring_of(party), suite)
        assert keys == CardKeys(
            card.root1,
            card.root6,
            card.next,
            card.log1,
            card.log6,
            card.receipt4,
            card.receipt6,
            card.http,
            card.seal,
            card.wire or b"",
        )


@pytest.mark.parametrize("pair", [("log", 4), ("receipt", 1), ("http", 6), ("root", 1), ("", 1)])
def test_no_role_key_is_derived_that_the_protocol_does_not_name(pair: tuple[str, int]) -> None:
    with pytest.raises(ValueError):
        role_seed(bytes(32), *pair)


@given(keyrings)
def test_a_keyring_is_read_back_as_it_was_written(keyring: Keyring) -> None:
    assert parse_keyring(keyring.to_bytes()) == keyring


@given(keyrings, st.integers(0), st.binary(max_size=3))
def test_what_is_read_as_a_keyring_is_its_only_spelling(
    keyring: Keyring, at: int, noise: bytes
) -> None:
    data = keyring.to_bytes()
    at %= len(data) + 1
    changed = data[:at] + noise + data[at + len(noise) :]
    try:
        read = parse_keyring(changed)
    except Malformed:
        return
    assert read.to_bytes() == changed


@given(st.binary(max_size=200))
def test_no_bytes_fail_in_another_way(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_keyring(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":3', b'"version":1'),
        (b'"version":3', b'"version":2'),
        (b'"version":3', b'"version":true'),
        (b'"version":3,', b""),
        (b'"cards":[],', b""),
        (b'"cards":[]', b'"cards":[[true,"",""]]'),
        (b'"cards":[]', b'"cards":[[0,""]]'),
        (b'"party":"a.example"', b'"party":"A.example"'),
        (b'"prekeys":[]', b'"prekeys":[[]]'),
        (b'"prekeys":[]', b'"prekeys":""'),
        (b'"wire":"', b'"wire":"AAAA'),
    ],
)
def test_a_keyring_that_says_something_else_is_refused(old: bytes, new: bytes) -> None:
    data = new_keyring("a.example", Repeatable()).to_bytes()
    assert old in data
    with pytest.raises(Malformed):
        parse_keyring(data.replace(old, new, 1))


def test_a_keyring_from_before_cards_were_kept_in_it_is_read_and_holds_none() -> None:
    keyring = new_keyring("a.example", Repeatable())
    data = keyring.to_bytes().replace(b'"cards":[],', b"").replace(b'"version":3', b'"version":2')
    assert parse_keyring(data) == keyring
    with pytest.raises(Malformed):
        parse_keyring(data.replace(b'"version":2', b'"version": 2'))


def test_only_the_newest_cards_are_kept() -> None:
    cards = [KeptCard(n, b"leaf", b"note") for n in range(CARDS_KEPT + 2)]
    keyring = new_keyring("a.example", Repeatable()).with_cards(cards)
    assert keyring.cards == tuple(cards[2:])
    with pytest.raises(Malformed):
        replace(keyring, cards=tuple(cards))


def test_a_keyring_whose_roots_are_away_makes_no_card(suite: StandardSuite) -> None:
    keyring = new_keyring("a.example", Repeatable()).put_roots_away()
    assert parse_keyring(keyring.to_bytes()).next_root is None
    with pytest.raises(RootsAway):
        public_card_keys(keyring, suite)
    with pytest.raises(RootsAway):
        keyring.spend_root().turn_root(Repeatable(b"later"))


def test_staged_keys_replace_the_old_ones_and_the_old_sealing_key_still_opens() -> None:
    keyring = new_keyring("a.example", Repeatable())
    staged = keyring.stage(Repeatable(b"staged"))
    assert staged.node_seed == keyring.node_seed, "nothing counts before the card is stored"
    after = staged.promote(7)
    assert after.staged is None
    assert (after.node_seed, after.seal_seed, after.wire_seed) == staged.staged
    assert after.seal_seeds == [after.seal_seed, keyring.seal_seed]
    assert after.archive_key == keyring.archive_key
    assert after.without_former_seals(8).seal_seeds == [after.seal_seed]
    assert after.promote(9) == after, "promoted twice is promoted once"


def test_only_so_many_former_sealing_keys_are_kept() -> None:
    keyring, draw = new_keyring("a.example", Repeatable()), Repeatable(b"more")
    for time_s in range(FORMER_SEALS_MAX + 3):
        keyring = keyring.stage(draw).promote(time_s)
    assert len(keyring.former_seals) == FORMER_SEALS_MAX
    assert parse_keyring(keyring.to_bytes()) == keyring


def test_prekeys_out_of_order_or_twice_are_refused() -> None:
    suite, random = UnsafeSimulationSuite(), Repeatable()
    keyring = new_keyring("a.example", random)
    for index in range(2):
        keyring = keyring.with_prekey(ORIGIN, index, new_prekey(suite, random))
    data = keyring.to_bytes()
    begin = data.index(b'"prekeys":[') + len(b'"prekeys":[')
    first, second = data[begin : data.index(b"]]", begin) + 1].split(b"],[")
    first, second = first + b"]", b"[" + second
    rest = data[data.index(b"]]", begin) + 1 :]
    assert data[:begin] + first + b"," + second + rest == data
    for rows in (second + b"," + first, first + b"," + first):
        with pytest.raises(Malformed):
            parse_keyring(data[:begin] + rows + rest)
    with pytest.raises(PrekeyTaken):
        keyring.with_prekey(ORIGIN, 0, new_prekey(suite, random))


def test_a_destroyed_prekey_is_gone_and_the_others_stay(any_suite: Suite) -> None:
    random = Repeatable()
    keyring = new_keyring("a.example", random)
    first, second = new_prekey(any_suite, random), new_prekey(any_suite, random)
    assert first.public == any_suite.seal_public(first.seed)
    keyring = keyring.with_prekey(ORIGIN, 0, first).with_prekey(ORIGIN, 7, second)
    left = keyring.without_prekeys([(ORIGIN, 0), ("elsewhere", 3)])
    assert left.prekeys == {(ORIGIN, 7): second}
    assert first.seed.hex() not in left.to_bytes().hex()


def test_turning_the_root_keeps_what_the_card_before_promised(suite: StandardSuite) -> None:
    keyring = new_keyring("a.example", Repeatable())
    promised = public_card_keys(keyring, suite).next
    turned = keyring.spend_root().turn_root(Repeatable(b"later"))
    keys = public_card_keys(turned, suite)
    assert next_of(keys.root1, keys.root6) == promised
    assert keys.next != promised
    assert turned.next_root != keyring.next_root


def test_a_spent_root_signs_no_card_more(suite: StandardSuite) -> None:
    spent = new_keyring("a.example", Repeatable()).spend_root()
    assert parse_keyring(spent.to_bytes()).root is None
    with pytest.raises(RootSpent):
        public_card_keys(spent, suite)


def test_a_new_keyring_draws_every_secret_anew() -> None:
    keyring = new_keyring("a.example", Repeatable())
    secrets = [
        keyring.node_seed,
        *(keyring.root or ()),
        *(keyring.next_root or ()),
        keyring.seal_seed,
        keyring.wire_seed,
        keyring.archive_seed,
        keyring.data_key,
    ]
    assert len(set(secrets)) == 9
    assert len(x25519_public_bytes(keyring.wire_seed)) == 32


def test_a_keyring_shows_none_of_its_secrets_when_it_is_printed() -> None:
    keyring = new_keyring("a.example", Repeatable())
    keyring = keyring.with_prekey(ORIGIN, 0, new_prekey(UnsafeSimulationSuite(), Repeatable(b"p")))
    for shown in (repr(keyring), str(keyring), f"{keyring}"):
        assert "a.example" in shown
        assert keyring.node_seed.hex() not in shown and repr(keyring.node_seed) not in shown
        assert len(shown) < 100


@pytest.mark.parametrize("party", ["", "A.example", "a", "a..example", "a.example/x"])
def test_a_keyring_belongs_to_a_party_with_a_proper_name(party: str) -> None:
    with pytest.raises(Malformed):
        new_keyring(party, Repeatable())
