"""The chain of cards: the published ones, rotation, and what a thief of current keys cannot do."""

from dataclasses import replace

import pytest

from openline.envelope.suite import BadSignature
from openline.formats.malformed import Malformed
from openline.formats.proof import CardsPart, parse_bundle, parse_cards_part
from openline.record.cards import BadCards, OtherFingerprint, card_at, verify_cards
from openline.record.checkpoint import BadNote
from openline.record.disclosure import verify_file
from openline.record.verdict import Verdict
from tests.record.builder import NORTH, SOUTH, SUITE, T0, Party, World, bundle
from tests.vectors import disclosure, load

PUBLISHED = [
    parse_cards_part(part)
    for kind, part in parse_bundle(disclosure("all.openline-proof")).parts
    if kind == "cards"
]
FINGERPRINTS = {p["name"]: bytes.fromhex(p["fingerprint"]) for p in load("party")["parties"]}


@pytest.mark.parametrize("part", PUBLISHED, ids=lambda part: part.party)
def test_the_published_cards_are_good_under_their_fingerprints(part) -> None:  # type: ignore[no-untyped-def]
    (card,) = verify_cards(part.party, part.cards, SUITE, FINGERPRINTS[part.party])
    assert card.party == part.party


def test_another_fingerprint_or_party_is_refused() -> None:
    part = PUBLISHED[0]
    with pytest.raises(OtherFingerprint):
        verify_cards(part.party, part.cards, SUITE, bytes(32))
    with pytest.raises(BadCards):
        verify_cards(SOUTH, part.cards, SUITE)
    with pytest.raises(BadCards):
        verify_cards(part.party, (), SUITE)


@pytest.mark.parametrize("which", [0, 1])
def test_a_changed_byte_in_card_or_checkpoint_is_refused(which: int) -> None:
    part = PUBLISHED[0]
    for at in range(40, len(part.cards[0][which]) - 4, 97):
        pair = [bytearray(each) for each in part.cards[0]]
        pair[which][at] ^= 1
        with pytest.raises((BadCards, BadSignature, Malformed)):
            verify_cards(part.party, [(bytes(pair[0]), bytes(pair[1]))], SUITE)


def test_a_card_of_another_number_is_refused() -> None:
    party = Party(NORTH)
    party.cards = [replace(party.cards[0], n=1)]
    party.notes = [party.card_note(0)]
    with pytest.raises(BadCards):
        verify_cards(NORTH, party.part.cards, SUITE)


@pytest.fixture
def rotated() -> Party:
    party = Party(NORTH)
    party.rotate(T0)
    party.rotate(T0 + 1)
    return party


def test_three_cards_make_a_chain(rotated: Party) -> None:
    cards = verify_cards(NORTH, rotated.part.cards, SUITE, rotated.fingerprint)
    assert [card.n for card in cards] == [0, 1, 2]
    assert card_at(cards, 2) == cards[1]
    assert card_at(cards, 0) is card_at(cards, 4) is None


def test_a_card_left_out_or_moved_is_refused(rotated: Party) -> None:
    first, second, third = rotated.part.cards
    for cards in ([first, third], [second, third], [first, third, second]):
        with pytest.raises(BadCards):
            verify_cards(NORTH, cards, SUITE)


def test_root_keys_that_the_card_before_did_not_name_are_refused(rotated: Party) -> None:
    """A thief of the node has its current keys and signs a card with roots of his own."""
    rotated.roots[2] = [bytes([kind]) * 32 for kind in (1, 6)]
    card = rotated.cards[2]
    root1, root6 = (
        replace(vkey, public=SUITE.public(vkey.kind, seed))
        for vkey, seed in zip((card.root1, card.root6), rotated.roots[2], strict=True)
    )
    rotated.cards[2] = replace(card, root1=root1, root6=root6)
    rotated.notes[2] = rotated.card_note(2)
    with pytest.raises(BadCards):
        verify_cards(NORTH, rotated.part.cards, SUITE)


def test_a_checkpoint_signed_by_the_roots_before_is_refused(rotated: Party) -> None:
    rotated.roots[2] = rotated.roots[1]
    rotated.notes[2] = rotated.card_note(2)
    with pytest.raises(BadSignature):
        verify_cards(NORTH, rotated.part.cards, SUITE)


def test_a_checkpoint_of_another_size_is_refused(rotated: Party) -> None:
    cards = [list(pair) for pair in rotated.part.cards]
    cards[1][1] = cards[2][1]
    with pytest.raises((BadCards, BadNote)):
        verify_cards(NORTH, [(leaf, note) for leaf, note in cards], SUITE)


def disclosed(within: CardsPart, beside: CardsPart, party: Party) -> Verdict:
    """A file with one chain of its party's cards, read by somebody who has another."""
    log = World(members=[party, Party(SOUTH)]).log(NORTH)
    index = log.add({"place": "Portville"}, officers=party.releasers[:1])
    data = bundle(("cards", within.encode()), ("proof", log.proof(index)))
    return verify_file(data, None, SUITE, fingerprints=log.world.fingerprints, cards=[beside])


@pytest.mark.parametrize("is_newer_beside", [True, False])
def test_an_older_chain_holds_beside_the_chain_that_goes_on_from_it(is_newer_beside: bool) -> None:
    """A file brings the cards of its day, and its reader has those of today."""
    party = Party(NORTH)
    party.rotate(T0 + 99)
    chains = [CardsPart(NORTH, party.part.cards[:1]), party.part]
    within, beside = chains if is_newer_beside else reversed(chains)
    verdict = disclosed(within, beside, party)
    assert (verdict.exit_code, verdict.parts[0].facts["cards"]) == (0, 2)


def test_of_two_chains_that_part_ways_neither_is_taken() -> None:
    party = Party(NORTH)
    party.rotate(T0 + 99)
    one = party.part
    party.rotate(T0 + 100)
    verdict = disclosed(one, party.part, party)
    assert one.cards[0][0] == party.part.cards[0][0] and one.cards[1][0] != party.part.cards[1][0]
    assert (verdict.is_shown, verdict.parts[0].facts["code"]) == (False, "record.bad-cards")
