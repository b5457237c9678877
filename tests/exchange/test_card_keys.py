"""A card and the keys that it names outlive each other: through restores, jumps and late learners.

The simulator found each of these: see `rotate` in cli/simulator/faults.py.
"""

from collections.abc import Generator
from dataclasses import replace

import pytest

from openline.envelope.keyring import new_prekey
from openline.exchange import conversation
from openline.exchange.contents import attached, opening
from openline.exchange.folding import reading
from openline.exchange.logs import epochs, hello, post, prekeys
from openline.exchange.membership import identity, own_cards, parties, rotation
from openline.exchange.refusals import EntrySealed, OpenSealed, UnknownKey
from openline.exchange.station import Station
from openline.exchange.traffic import asks, receive
from openline.exchange.traffic.link import Link, Post, Step
from openline.store.contract import StoreFull
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import Peers
from tests.exchange.test_attached import fetch, said, state
from tests.exchange.test_rotation import CLARIFY, learn, opened, restarted, words
from tests.exchange.visiting import RU, US


def snapshot(station: Station) -> bytes:
    """A copy of a station's database."""
    assert isinstance(station.store, SqliteStore)
    return station.store.snapshot()


def put_back(peers: Peers, party: str, copy: bytes) -> Station:
    """The same node on an older copy of its database: keyring and anchor are as they were."""
    before = peers[party].station
    before.store = SqliteStore.from_snapshot(copy)
    before.forget(party=party)
    peers.nodes[party].station = restarted(before, before.keyring.to_bytes())
    return peers[party].station


def reopen(peers: Peers, party: str, line: bytes) -> None:
    """Two officers release a new epoch after a restore."""
    station = peers[party].station
    draft = peers[party].release(epochs.draft_open(station, line))
    post.post(station, [draft])


def stated(sender: Station, receiver: Station) -> hello.Needs:
    """A hello, and nothing after it."""
    note = hello.compose(sender, receiver.party, sender.random(16))
    return hello.answer(receiver, note, receiver.random(16))[2]


def driven(asker: Station, answerer: Station, steps: Generator[Step, bytes | None, object]) -> None:
    """A conversation's requests, answered by the other station."""
    answer: bytes | None = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return
        assert isinstance(step, Post) and step.path == "ask"
        answer = asks.handle(answerer, step.body)


# ---- a card that was nowhere else ---------------------------------------------------------------


def test_a_card_that_only_the_lost_database_held_comes_back_from_the_keyring() -> None:
    """Its root keys are destroyed: without it this party could never be heard again."""
    peers, line = opened()
    copy = snapshot(peers[US].station)
    card = rotation.rotate(peers[US].station)
    us = put_back(peers, US, copy)
    assert us.cards(US)[-1] == card
    assert [event.code for event in us.store.events("alarm", 9)].count("cards.taken-back") == 1
    assert us.officers(len(us.cards(US))) == us.officers(card.n), "a rotation changes no officer"
    learn(peers, US)
    reopen(peers, US, line)
    peers.say(US, line, CLARIFY, words("after the restore"))
    peers.carry()
    assert not reading.state(peers[RU].station, line).irregularities


def test_without_it_in_the_keyring_nobody_would_know_its_keys() -> None:
    """Negative control."""
    peers, _ = opened()
    us = peers[US].station
    copy = snapshot(us)
    rotation.rotate(us)
    us.keyring = replace(us.keyring, cards=())
    us = put_back(peers, US, copy)
    learn(peers, US)
    with pytest.raises(UnknownKey):
        stated(us, peers[RU].station)


def test_cards_come_back_from_a_member_as_far_as_it_knows_and_from_the_keyring_above() -> None:
    peers, _ = opened()
    us = peers[US].station
    copy = snapshot(us)
    rotation.rotate(us)
    known = identity.own_cards(us)
    newest = rotation.rotate(us)
    us.keyring = replace(us.keyring, cards=us.keyring.cards[-1:])  # older ones had no room
    us = put_back(peers, US, copy)
    assert us.cards(US)[-1].n == newest.n - 2, "there is a gap that only a member can fill"
    assert own_cards.take(us, known) == 2
    assert us.cards(US)[-1] == newest


def test_a_full_disk_at_the_start_only_puts_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    peers, _ = opened()
    copy = snapshot(peers[US].station)
    card = rotation.rotate(peers[US].station)

    def full(*_: object) -> None:
        raise StoreFull("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(parties, "store_cards", full)
        us = put_back(peers, US, copy)
        assert us.cards(US)[-1].n == card.n - 1
        with pytest.raises(StoreFull):
            identity.revise(us, urls=["http://127.0.0.1:9"])
    rotation.finish(us)  # the beat
    assert us.cards(US)[-1] == card


# ---- keys that somebody may still seal to -------------------------------------------------------


def between_two_cards() -> tuple[Peers, bytes]:
    """RU began an epoch under new keys of its own just before it learned of our new card, and
    has said since that it knows that one; the epoch is not here yet."""
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    rotation.rotate(us)
    rotation.rotate(ru)
    learn(peers, US)
    learn(peers, RU)
    assert stated(ru, us).pulls
    return peers, line


def test_a_former_sealing_key_stays_while_an_epoch_that_was_stated_is_not_here() -> None:
    peers, line = between_two_cards()
    us = peers[US].station
    assert not rotation.forget_former(us)
    peers.carry()
    assert us.log(peers[RU].log(line)) is not None
    assert rotation.forget_former(us)


def test_a_prekey_stays_while_an_epoch_that_was_stated_is_not_here() -> None:
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    prekeys.rotate(us, line)
    peers.carry(US)
    rotation.rotate(ru)
    learn(peers, RU)
    stated(ru, us)
    assert prekeys.deletable(us, line) == []
    peers.carry()
    assert prekeys.deletable(us, line)


def test_a_former_sealing_key_stays_while_a_file_that_was_named_is_not_here() -> None:
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    found = attached.seal(ru, line, "plate.jpg", b"a plate")
    said(peers, RU, line, found)
    rotation.rotate(us)
    learn(peers, US)
    peers.carry()
    assert not rotation.forget_former(us)
    fetch(us, ru, Link(RU))
    assert state(us, found) == "held"
    assert rotation.forget_former(us)


def test_a_clock_in_doubt_destroys_no_key() -> None:
    """One that jumped by 400 days took every former key to be older than that."""
    peers, _ = opened()
    us = peers[US].station
    rotation.rotate(us)
    us.clock_unsure = "the clock moved by 401 days"
    peers.clock.time_s += 401 * 86_400
    assert not rotation.forget_former(us)
    us.clock_unsure = ""
    assert rotation.forget_former(us)


def test_a_node_that_lacks_its_newest_card_forgets_no_key() -> None:
    """All members know its newest card by then: the newest that is here, which they had before."""
    peers, _ = opened()
    us = peers[US].station
    copy = snapshot(us)
    rotation.rotate(us)
    us.keyring = replace(us.keyring, cards=())
    us = put_back(peers, US, copy)
    peers.clock.time_s += 401 * 86_400
    assert not rotation.forget_former(us)


# ---- sealed to a key that is gone ---------------------------------------------------------------


def without_the_key() -> tuple[Peers, bytes, bytes, str]:
    """RU has an epoch whose `open` is sealed to an old card of ours; we had it, gave a receipt,
    destroyed that card's key when all was here, and went back to a copy from before."""
    peers, line = opened()
    copy = snapshot(peers[US].station)
    rotation.rotate(peers[RU].station)
    prekeys.rotate(peers[RU].station, line)
    learn(peers, RU)
    peers.carry()
    rotation.rotate(peers[US].station)
    learn(peers, US)
    peers.carry()
    assert rotation.forget_former(peers[US].station)
    us, ru = put_back(peers, US, copy), peers[RU].station
    parties.add(us, identity.own_cards(ru), introduced_by="ch.example")
    log = ru.own_log(line)
    assert log is not None
    body = asks.body_from(ru, log, 0, log.size)
    assert body is not None
    stated(ru, us)
    stated(us, ru)
    return peers, line, body, log.origin


def test_an_epoch_whose_open_is_sealed_to_a_lost_card_key_is_resealed_and_taken() -> None:
    peers, _, body, origin = without_the_key()
    us, ru = peers[US].station, peers[RU].station
    with pytest.raises(OpenSealed):
        receive.receive(us, body)
    assert us.log(origin) is None, "nothing is stored of what cannot be placed"
    asks.allow_reseal(ru, US, 3_600)  # we receipted it once: a person confirms
    with pytest.raises(EntrySealed):
        driven(us, ru, conversation.pull(us, RU, origin, 2))
    link = Link(RU)
    driven(us, ru, conversation.reseal_from(us, link))
    assert (us.waiting(), link.last_error) == ((), "")
    assert receive.receive(us, body)


def test_what_is_sealed_to_a_lost_card_key_is_nobodys_fault() -> None:
    """A `keys` entry goes to the card's key too."""
    peers, _, _, origin = without_the_key()
    us, ru = peers[US].station, peers[RU].station
    assert opening.lacks_card_key(us) and not opening.lacks_card_key(ru)
    asks.allow_reseal(ru, US, 3_600)
    with pytest.raises(EntrySealed):
        driven(us, ru, conversation.pull(us, RU, origin, 2))
    assert us.store.entries_in_state(origin, "defect") == []
    assert len(us.store.entries_in_state(origin, "sealed")) == 2


def test_a_key_that_no_entry_here_names_is_found_among_many_others() -> None:
    """The keyring of a node that went back in time again and again, and rotated in between."""
    peers, line = opened()
    us = peers[US].station
    copy = snapshot(us)
    for number in range(20):
        spare = new_prekey(us.suite, us.random)
        us.keyring = us.keyring.with_prekey(f"{US}/openline/{number}", 0, spare)
    prekeys.rotate(us, line)
    peers.carry(US)
    for number in range(20, 40):
        spare = new_prekey(us.suite, us.random)
        us.keyring = us.keyring.with_prekey(f"{US}/openline/{number}", 0, spare)
    us = put_back(peers, US, copy)
    place = peers.say(RU, line, CLARIFY, words("to the forgotten key"))
    peers.carry(RU)
    row = us.store.entry(*place)
    assert row is not None and row.state == "opened"


def test_a_former_key_that_is_kept_is_not_lost() -> None:
    """Negative control."""
    peers, _ = opened()
    rotation.rotate(peers[US].station)
    assert not opening.lacks_card_key(peers[US].station)
