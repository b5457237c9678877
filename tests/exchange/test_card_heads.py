"""Card logs before a witness: what it checks, where its lines go, and whom nobody asks."""

import pytest

from openline.envelope.keyring import LOG
from openline.envelope.suite import ED25519
from openline.exchange.carried.neutral import SizeConflict, UntrustedNote
from openline.exchange.logs import card_heads, witnesses
from openline.exchange.membership import identity, parties
from openline.formats.add_checkpoint import AddCheckpoint
from openline.formats.card import card_origin
from openline.formats.head import Head
from openline.formats.note import Note
from openline.formats.proof import parse_cards_part
from openline.record.cards import verify_cards
from openline.record.checkpoint import read_checkpoint, verify_cosignature_pair
from openline.store.contract import CardRow
from tests.exchange.conftest import SUITE, Peers, make_peers
from tests.exchange.visiting import RU, US


def opened(**spec: str) -> Peers:
    peers = make_peers(US, RU)
    peers.open_line(US, RU, is_witnessed=True, **spec)
    return peers


def asked(peers: Peers) -> witnesses.Request:
    (request,) = card_heads.owed(peers[US].station)
    return request


def witnessed(peers: Peers) -> witnesses.Request:
    request = asked(peers)
    witnesses.taken(peers[US].station, request, peers.witness.add_checkpoint(request.body))
    return request


def test_a_card_head_is_signed_and_the_lines_go_with_the_cards() -> None:
    peers = opened()
    request = witnessed(peers)
    us, ru = peers[US].station, peers[RU].station
    assert card_heads.owed(us) == []
    part = parse_cards_part(identity.own_cards(us))
    assert len(verify_cards(US, part.cards, SUITE)) == request.head.size
    note, head = read_checkpoint(part.cards[-1][1])
    key4, key6 = request.witness.key4, request.witness.key6
    assert verify_cosignature_pair(head, note.signatures, key4, key6, SUITE)
    assert head == request.head
    parties.add(ru, part.encode(), meant=True)
    assert us.store.cards(US)[-1].note != part.cards[-1][1], "our own note stays as it was signed"


def test_lines_that_a_note_has_already_are_not_written_twice() -> None:
    peers = opened()
    witnessed(peers)
    us = peers[US].station
    note = parse_cards_part(identity.own_cards(us)).cards[-1][1]
    row = us.store.cards(US)[-1]
    with us.store.write() as tx:
        tx.drop_cards(US, row.n)
        tx.put_card(CardRow(US, row.n, row.leaf, note))
    assert parse_cards_part(identity.own_cards(us)).cards[-1][1] == note


def test_the_next_card_extends_the_head_that_was_signed_once_the_witness_has_it() -> None:
    peers = opened()
    before = witnessed(peers)
    us = peers[US].station
    identity.revise(us, officers=[])
    after = asked(peers)
    with pytest.raises(UntrustedNote, match="cards"):
        peers.witness.add_checkpoint(after.body)
    peers.witness.learn(identity.own_cards(us))
    witnessed(peers)
    assert after.head.size == before.head.size + 1
    with pytest.raises(SizeConflict):
        peers.witness.add_checkpoint(before.body)


def test_only_the_root_keys_of_the_card_open_its_log() -> None:
    """Not the log keys of the same card, and not the root keys of another."""
    peers = opened()
    us = peers[US].station
    rows, good = us.store.cards(US), asked(peers)
    text = good.head.text()
    lines = (
        us.keys._signature(LOG, ED25519, good.head.origin, text.encode()),
        us.keys._timestamped(LOG, good.head.origin, good.head, us.clock.now_s()),
    )
    for note in (Note(text, lines).encode(), swapped(rows[0].note, good.head)):
        with pytest.raises(UntrustedNote):
            peers.witness.add_checkpoint(AddCheckpoint(0, (), note).encode())


def swapped(note: bytes, head: Head) -> bytes:
    """The signatures of one head under the text of another."""
    return head.text().encode() + b"\n" + note.partition(b"\n\n")[2]


def test_a_second_story_of_the_cards_is_refused_though_the_right_keys_signed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peers = opened()
    us = peers[US].station
    head = Head(card_origin(US), 1, bytes(32))
    monkeypatch.setattr(
        "openline.exchange.carried.neutral.open_checkpoint", lambda *_: head
    )  # whoever has spent root keys again
    note = swapped(us.store.cards(US)[0].note, head)
    with pytest.raises(UntrustedNote, match="other cards"):
        peers.witness.add_checkpoint(AddCheckpoint(0, (), note).encode())


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_the_witness_of_an_exercise_is_not_asked_to_date_real_cards(status: str) -> None:
    assert card_heads.owed(opened(status=status)[US].station) == []
