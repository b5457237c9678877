"""Evidence that a node keeps is what a stranger can verify; anything less accuses nobody."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.errors import OpenlineError
from openline.exchange.logs import forks
from openline.exchange.membership import identity, parties
from openline.exchange.membership.own_cards import CardsBehind
from openline.exchange.proof import disclose
from openline.exchange.refusals import ForkedLog, NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import dispatch, mending, receive
from openline.formats.head import Head
from openline.formats.officer import OfficerLeaf
from openline.formats.proof import parse_cards_part
from openline.record.disclosure import verify_file
from openline.record.verdict import Verdict
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import MACHINE, SUITE, Peers, make_peers
from tests.exchange.test_many_epochs import reopen
from tests.exchange.visiting import CH, RU, US, VISIT


class Forked:
    """US has told RU one history; a head of another one, signed by US, is in CH's hands."""

    def __init__(self) -> None:
        self.peers = make_peers(US, RU, CH)
        line = self.peers.open_line(US, RU, CH)
        self.place = self.peers.say(US, line, "core/visit@1", VISIT)
        self.peers.carry()
        us = self.peers[US].station
        self.other = us.keys.sign_head(Head(self.place.origin, 2, bytes(32)), 1_700_000_000)

    @property
    def ru(self) -> Station:
        return self.peers[RU].station

    def take(self, note: bytes | None = None, size: int = 2) -> bool:
        return mending.take_head(self.ru, CH, self.place.origin, size, note or self.other)

    def file(self) -> bytes:
        """The one piece of evidence that RU keeps, as it hands it out."""
        ((name, kept),) = self.ru.store.evidence()
        written = disclose.write(self.ru, [{"kind": "evidence", "name": name}], False)
        assert written.name == name + ".openline-fork"
        assert written.data == kept
        return kept


def judge(peers: Peers, data: bytes, *compared: str) -> Verdict:
    """The verdict of somebody with the cards of all and the fingerprints of some."""
    cards = [parse_cards_part(identity.own_cards(n.station)) for n in peers.nodes.values()]
    prints = {name: peers[name].fingerprint for name in compared}
    return verify_file(data, None, SUITE, fingerprints=prints, cards=cards)


@pytest.fixture(scope="module")
def forked() -> Forked:
    made = Forked()
    assert made.take()
    return made


def test_two_signed_histories_are_kept_so_that_anybody_can_check_them(forked: Forked) -> None:
    verdict = judge(forked.peers, forked.file(), US)
    assert verdict.exit_code == 0
    assert verdict.first_line == f"fork: {US} signed two histories of {forked.place.origin}"
    assert verdict.facts["sizes"] == [2, 2]


def test_without_a_compared_fingerprint_nobody_is_accused(forked: Forked) -> None:
    for compared in ((), (RU, CH)):
        verdict = judge(forked.peers, forked.file(), *compared)
        assert verdict.exit_code == 4
        assert verdict.first_line.startswith("not shown")
    with pytest.raises(OpenlineError):
        verify_file(forked.file(), None, SUITE, fingerprints={US: forked.peers[US].fingerprint})


@given(st.data())
def test_evidence_with_one_byte_changed_is_nothing(forked: Forked, data: st.DataObject) -> None:
    kept = forked.file()
    at = data.draw(st.integers(0, len(kept) - 1))
    changed = bytearray(kept)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(OpenlineError):
        judge(forked.peers, bytes(changed), US)


def test_a_log_with_two_histories_takes_nothing_more(forked: Forked) -> None:
    log = forked.ru.log(forked.place.origin)
    assert log is not None and log.status == "forked"
    forked.peers.say(US, log.line_id, "core/visit@1", VISIT)
    with pytest.raises(ForkedLog):
        forked.peers.carry_between(forked.peers[US].station, forked.ru)


def test_the_line_goes_on_in_a_new_epoch_while_the_log_stays_frozen() -> None:
    made = Forked()
    assert made.take()
    us, old = made.peers[US].station, made.ru.log(made.place.origin)
    assert old is not None
    line = old.line_id
    reopen(made.peers[US], line)
    made.peers.say(US, line, "core/visit@1", VISIT)
    new = us.own_log(line)
    assert new is not None
    shipment = dispatch.next_delivery(us, RU, {made.place.origin})
    assert shipment is not None and shipment.origin == new.origin
    dispatch.delivered(us, shipment, receive.receive(made.ru, shipment.body))
    held = made.ru.log(new.origin)
    assert held is not None and held.size == new.size == 2
    (told,) = forks.frozen(made.ru, line)
    assert (told.log.status, told.after) == ("forked", new.origin)


def test_the_same_history_shown_again_is_no_evidence() -> None:
    made = Forked()
    honest = made.ru.store.checkpoint(made.place.origin, 2)
    assert honest is not None
    assert made.take(honest) is False
    assert made.ru.store.evidence() == []


def test_a_head_that_its_owner_did_not_sign_is_no_evidence() -> None:
    made = Forked()
    keys = made.peers[CH].station.keys
    foreign = replace(Head(made.place.origin, 2, bytes(32)), origin=f"{CH}/openline/x")
    for note in (keys.sign_head(foreign, 1_700_000_000), made.other[:-60], b"nothing\n\n"):
        with pytest.raises(OpenlineError):
            made.take(note)
    with pytest.raises(NotYours):
        made.take(made.other, size=1)
    assert made.ru.store.evidence() == []
    log = made.ru.log(made.place.origin)
    assert log is not None and log.status == "active"


def test_two_cards_in_one_place_are_kept_as_evidence_too() -> None:
    peers = make_peers(US, RU)
    us, ru = peers[US].station, peers[RU].station
    assert isinstance(us.store, SqliteStore)
    twin_store, twin_keyring = SqliteStore.from_snapshot(us.store.snapshot()), us.keyring
    parties.add(ru, cards_after(us, ()))
    us.store, us.keyring = twin_store, twin_keyring
    us.forget(party=US)
    with pytest.raises(CardsBehind):  # an honest node would not publish beside its own card
        cards_after(us, ())
    us.anchor = MemoryAnchor(MemoryJournal(), database=us.store.uuid(), machine=MACHINE)
    leaves = [officer.leaf(SUITE) for officer in peers[US].officers[:1]]
    with pytest.raises(parties.CardConflict):
        parties.add(ru, cards_after(us, leaves))
    ((name, kept),) = ru.store.evidence()
    assert name == f"cards-{US}-2"
    verdict = judge(peers, kept, US)
    assert verdict.exit_code == 0
    assert verdict.facts["origin"] == f"{US}/openline"


def cards_after(station: Station, officers: Sequence[OfficerLeaf]) -> bytes:
    """The card file with one more card for these officers."""
    identity.revise(station, officers=officers)
    return identity.own_cards(station)
