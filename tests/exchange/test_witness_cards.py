"""A neutral witness learns of new keys: anybody may bring the chain, for it proves itself."""

import pytest

from openline.exchange.carried.neutral import BadRange, UnknownOrigin, UntrustedNote
from openline.exchange.logs import witnesses
from openline.exchange.membership import identity, rotation
from openline.formats.proof import CardsPart
from openline.record.cards import RootsNotNamed
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_root_keys import thief_chain
from tests.exchange.visiting import CH, RU, US


def turned() -> tuple[Peers, witnesses.Request]:
    """A party on a witnessed line that has changed its keys, and what it asks the witness now."""
    peers = make_peers(US, RU)
    peers.open_line(US, RU, is_witnessed=True)
    peers.witness_all()
    rotation.rotate(peers[US].station)
    asked = [each for each in witnesses.owed(peers[US].station) if each.head.origin]
    return peers, asked[-1]


def test_a_head_under_new_keys_is_cosigned_once_the_witness_has_the_card() -> None:
    peers, asked = turned()
    with pytest.raises(UntrustedNote):
        peers.witness.add_checkpoint(asked.body)
    assert peers.witness.learn(identity.own_cards(peers[US].station)) == US
    answer = peers.witness.add_checkpoint(asked.body)
    witnesses.taken(peers[US].station, asked, answer)
    assert witnesses.owed(peers[US].station) == []


def test_a_chain_that_stolen_keys_made_is_refused() -> None:
    peers, asked = turned()
    with pytest.raises(RootsNotNamed):
        peers.witness.learn(thief_chain(peers[US].station))
    with pytest.raises(UntrustedNote):
        peers.witness.add_checkpoint(asked.body)


def test_cards_of_a_party_that_is_not_followed_and_nonsense_are_refused() -> None:
    peers, _ = turned()
    others = make_peers(CH, RU, seed=2)
    with pytest.raises(UnknownOrigin):
        peers.witness.learn(identity.own_cards(others[CH].station))
    with pytest.raises(UntrustedNote, match="another version"):
        peers.witness.learn(identity.own_cards(others[RU].station))
    for nonsense in (b"", b"us.example\n", b"\xff" * 100):
        with pytest.raises(BadRange):
            peers.witness.learn(nonsense)


def test_an_older_chain_takes_no_card_back() -> None:
    peers, asked = turned()
    station = peers[US].station
    peers.witness.learn(identity.own_cards(station))
    rows = station.store.cards(US)[:1]
    peers.witness.learn(CardsPart(US, tuple((row.leaf, row.note) for row in rows)).encode())
    assert peers.witness.add_checkpoint(asked.body)
