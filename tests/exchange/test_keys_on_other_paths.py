"""Keys are changed in the middle of a line that is called from one side, carried or relayed.

Whoever calls, or sends a file, brings its newer cards: the other side may have no way to ask.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from openline.errors import OpenlineError
from openline.exchange import conversation
from openline.exchange.carried import parcels, relaying, unopened
from openline.exchange.carried.parcels import ParcelSealed, Taken
from openline.exchange.carried.relay import RelayService, UnknownSender, read_with_note
from openline.exchange.carried.relaying import NotNow
from openline.exchange.folding import receipts
from openline.exchange.membership import identity, parties, rotation
from openline.exchange.membership.parties import CardConflict, CardRefused
from openline.exchange.membership.rotation import Loss
from openline.exchange.peer.status import status_of
from openline.exchange.refusals import ClockUnsure, PeerRefused, UnknownKey
from openline.exchange.station import Station
from openline.exchange.traffic.link import Link, Post, Rest
from openline.formats.card import card_origin
from openline.formats.charter import Relay
from openline.record.cards import OtherFingerprint, RootsNotNamed
from openline.watch.links import Links
from openline.watch.relays import Relays
from tests.exchange.conftest import SUITE, Peers, make_peers
from tests.exchange.test_relay import relayed_line
from tests.exchange.test_root_keys import thief_chain
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import CH, RU, US


class AtOnce:
    """A lane without a thread."""

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        return work(*args)


def station(peers: Peers, name: str) -> Station:
    return peers[name].station


def cards_at(peers: Peers, holder: str, party: str) -> int:
    return len(station(peers, holder).cards(party))


def alarms(at: Station) -> list[str]:
    return [event.code for event in at.store.events("alarm", 50)]


# ---- who calls brings its cards --------------------------------------------------------------


class OneWay:
    """`US` calls and has no address; `RU` answers by the code behind HTTP and can call nobody."""

    def __init__(self) -> None:
        self.peers = make_peers(US, RU)
        us, ru = station(self.peers, US), station(self.peers, RU)
        identity.revise(us, urls=[])
        parties.add(ru, identity.own_cards(us))
        self.line = self.peers.open_line(US, RU)
        lane: Any = AtOnce()
        client: Any = None
        self.serving = Links(ru, lane, client)
        self.serving.way(US)
        self.link = Link(RU)
        self.deaf: set[str] = set()

    def board(self) -> bool:
        """Whether `RU` says that `US` is up."""
        return bool(self.serving.ways[US].value()["up"])

    def talk(self, rounds: int = 4) -> None:
        """Our conversation, until it has rested so often."""
        self.peers.clock.time_s += 30
        steps = conversation.talk(station(self.peers, US), self.link)
        step, rests = next(steps), 0
        while rests < rounds:
            if isinstance(step, Rest):
                rests += 1
                self.peers.clock.time_s += 30
                step = steps.send(None)
                continue
            try:
                answer = self.answer(step)
            except OpenlineError as refused:
                fault = PeerRefused(status_of(refused)[0], refused.code, str(refused))
                step = steps.throw(fault)
            else:
                step = steps.send(answer)

    def answer(self, asked: Post) -> bytes:
        if asked.path in self.deaf:
            raise PeerRefused(404, "", "")
        return asyncio.run(self.serving.handlers()[asked.path](asked.body))  # type: ignore[arg-type]

    def say(self, party: str, text: str) -> Any:
        return self.peers.say(party, self.line, CLARIFY, words(text))


def test_a_node_that_nobody_can_call_changes_its_keys_and_loses_no_message() -> None:
    way = OneWay()
    us, ru = station(way.peers, US), station(way.peers, RU)
    way.say(US, "before")
    way.talk()
    rotation.rotate(us)
    after, theirs = way.say(US, "after"), way.say(RU, "meanwhile")
    way.talk()
    assert ru.cards(US) == us.cards(US)
    assert RU in receipts.holders_of(us, after)
    way.talk()
    assert US in receipts.holders_of(ru, theirs)
    assert way.link.up and way.board()


def test_neither_board_says_up_while_one_refuses_the_other() -> None:
    """Also where the peer cannot take cards yet, as a node of before could not."""
    way = OneWay()
    way.talk()
    assert way.link.up and way.board()
    rotation.rotate(station(way.peers, US))
    way.deaf = {"cards"}
    way.talk()
    assert not way.link.up and not way.board()
    assert UnknownKey.code in str(way.serving.ways[US].value()["last_error"])
    way.deaf = set()
    way.talk()
    assert way.link.up and way.board()


def test_both_sides_of_such_a_line_change_their_keys_at_once() -> None:
    way = OneWay()
    way.talk()
    for name in (US, RU):
        rotation.rotate(station(way.peers, name))
    ours, theirs = way.say(US, "ours"), way.say(RU, "theirs")
    way.talk(8)
    for one, other in ((US, RU), (RU, US)):
        assert cards_at(way.peers, one, other) == cards_at(way.peers, other, other)
    assert RU in receipts.holders_of(station(way.peers, US), ours)
    assert US in receipts.holders_of(station(way.peers, RU), theirs)


def test_other_officers_on_a_card_are_brought_as_well() -> None:
    """The key under the hello is the same then, so nothing is refused: the hello shows it."""
    way = OneWay()
    us = station(way.peers, US)
    way.talk()
    identity.revise(us, officers=[way.peers[US].officers[0].leaf(SUITE)])
    way.talk()
    assert station(way.peers, RU).cards(US) == us.cards(US)


# ---- by a stick ----------------------------------------------------------------------------------


class Stick:
    """A line that was opened over a network which is gone, and files carried by hand."""

    def __init__(self, *others: str) -> None:
        self.peers = make_peers(US, RU, *others)
        self.line = self.peers.open_line(US, RU, *others)
        self.peers.cut = set(self.peers.nodes)
        for node in self.peers.nodes.values():
            node.station.sessions.clear()

    def say(self, party: str, text: str) -> Any:
        return self.peers.say(party, self.line, CLARIFY, words(text))

    def make(self, sender: str) -> bytes:
        self.peers.clock.time_s += 3_600
        peer = RU if sender == US else US
        return parcels.make(station(self.peers, sender), peer).file

    def take(self, party: str, file: bytes) -> Taken:
        taken = parcels.take(station(self.peers, party), file)
        assert taken.refused == []
        return taken

    def round(self) -> None:
        """A file each way, and what answers it."""
        for sender, peer in ((US, RU), (RU, US)):
            taken = self.take(peer, self.make(sender))
            self.take(sender, parcels.answer(station(self.peers, peer), taken).file)


def test_by_stick_both_change_their_keys_and_no_message_is_lost() -> None:
    way = Stick()
    us, ru = station(way.peers, US), station(way.peers, RU)
    said = [way.say(US, "before"), way.say(RU, "before")]
    way.round()
    rotation.rotate(us)
    said += [way.say(US, "after ours"), way.say(RU, "after yours")]
    way.round()
    rotation.rotate(ru)
    rotation.rotate(us)
    said += [way.say(US, "after both"), way.say(RU, "after both")]
    way.round()
    way.round()
    assert (us.cards(RU), ru.cards(US)) == (ru.cards(RU), us.cards(US))
    for place in said:
        holder, other = (us, RU) if place.origin.startswith(US) else (ru, US)
        assert other in receipts.holders_of(holder, place)


def test_a_parcel_that_was_made_before_our_change_of_keys_opens_after_it() -> None:
    way = Stick()
    place = way.say(RU, "on its way")
    file = way.make(RU)
    rotation.rotate(station(way.peers, US))
    assert way.take(US, file).entries == 1
    assert station(way.peers, US).store.entry(*place) is not None


def test_a_parcel_of_before_its_senders_change_of_keys_is_taken_after_its_new_card() -> None:
    way = Stick()
    us, ru = station(way.peers, US), station(way.peers, RU)
    place = way.say(US, "on its way")
    file = way.make(US)
    rotation.rotate(us)
    parties.add(ru, identity.own_cards(us))
    assert way.take(RU, file).entries == 1
    assert ru.store.entry(*place) is not None


def test_a_stolen_key_makes_no_parcel_of_before_its_end() -> None:
    """Whatever time it writes: a key that ended as compromised speaks for nobody."""
    way = Stick()
    us, ru = station(way.peers, US), station(way.peers, RU)
    way.say(US, "a thief's")
    file = way.make(US)
    rotation.rotate(us, Loss(way.peers.clock.time_s + 1))
    parties.add(ru, identity.own_cards(us))
    with pytest.raises(UnknownKey):
        parcels.take(ru, file)


def test_a_former_key_signs_nothing_after_its_end() -> None:
    way = Stick()
    us, ru = station(way.peers, US), station(way.peers, RU)
    former = us.keys
    way.peers.clock.time_s += 60
    rotation.rotate(us)
    parties.add(ru, identity.own_cards(us))
    us.keys = former
    with pytest.raises(UnknownKey):
        parcels.take(ru, way.make(US))


def test_the_cards_in_a_parcel_are_its_senders_and_continue_those_held() -> None:
    way = Stick(CH)
    us, ru, ch = (station(way.peers, name) for name in (US, RU, CH))
    others = make_peers(US, seed=2)
    rotation.rotate(ch)
    good = parcels.parse_parcel(ru.suite.unseal([ru.keyring.seal_seed], way.make(US), 1)).records
    kinds = [record.kind for record in good]
    assert kinds[:2] == [parcels.CARDS, parcels.HELLO]
    before = [ru.store.cards(name) for name in (US, RU, CH)]
    for other in (station(others, US), ch):
        cards = replace_cards(good, identity.own_cards(other))
        with pytest.raises((OtherFingerprint, CardRefused)):
            parcels.take(ru, us.suite.seal([ru.cards(RU)[-1].seal], cards, us.random))
    thief = replace_cards(good, thief_chain(us))
    with pytest.raises(RootsNotNamed):
        parcels.take(ru, us.suite.seal([ru.cards(RU)[-1].seal], thief, us.random))
    assert [ru.store.cards(name) for name in (US, RU, CH)] == before


def replace_cards(records: Any, cards: bytes) -> bytes:
    """The same parcel with other cards in front."""
    return parcels.Parcel((parcels.Record(parcels.CARDS, cards), *records[1:])).encode()


def test_cards_go_along_until_the_peer_has_said_that_it_holds_them() -> None:
    way = Stick()
    us = station(way.peers, US)
    assert not parcels.reply_book.holds_our_cards(us, RU)
    way.round()
    assert parcels.reply_book.holds_our_cards(us, RU)
    rotation.rotate(us)
    assert not parcels.reply_book.holds_our_cards(us, RU)
    known = parcels.reply_book.stated(us, RU)
    assert known is not None and known.sizes[card_origin(US)] == len(us.cards(US)) - 1


def test_a_parcel_that_no_key_of_ours_opens_says_what_helps() -> None:
    way = Stick()
    us = station(way.peers, US)
    file = way.make(RU)
    us.keyring = replace(us.keyring, seal_seed=bytes(32))
    with pytest.raises(ParcelSealed) as refused:
        parcels.take(us, file)
    assert "openline party add CARD" in refused.value.remedy


# ---- by a relay ----------------------------------------------------------------------------------


class Relayed:
    """Two parties that reach each other by a relay alone."""

    def __init__(self) -> None:
        self.peers = make_peers(US, RU)
        self.service: RelayService
        self.at: Relay
        self.service, self.at, self.line = relayed_line(self.peers)

    def say(self, party: str, text: str) -> Any:
        return self.peers.say(party, self.line, CLARIFY, words(text))

    def leave(self, party: str) -> int:
        """Leave what the other side lacks; how many files."""
        self.peers.clock.time_s += 60
        us, peer = station(self.peers, party), RU if party == US else US
        owed = relaying.owed(us, peer)
        for sent in owed:
            _, note = self.asking(party, partial(self.service.put, sent.body))
            relaying.kept(us, sent, note)
        return len(owed)

    def collect(self, party: str) -> list[Taken]:
        """Take what lies there, one file after the other."""
        us, found = station(self.peers, party), []
        while True:
            ask = relaying.collect(us, self.at, 0)
            _, _, answer = self.asking(party, partial(self.service.fetch, ask))
            if not answer:
                return found
            found.append(relaying.came(us, self.at, *read_with_note(answer)))

    def asking(self, party: str, ask: Callable[[], Any]) -> Any:
        """What watch/relays.py does: who is refused for its keys brings its cards, asks again."""
        try:
            return ask()
        except UnknownSender:
            self.service.learn(identity.own_cards(station(self.peers, party)))
            return ask()


def test_by_a_relay_each_side_changes_its_keys_and_no_message_is_lost() -> None:
    way = Relayed()
    said = [way.say(US, "before")]
    way.leave(US)
    rotation.rotate(station(way.peers, RU))  # what lies there is sealed to its former key
    assert [each.refused for each in way.collect(RU)] == [[]]
    said.append(way.say(RU, "after"))
    way.leave(RU)
    rotation.rotate(station(way.peers, US))
    assert way.collect(US)
    said.append(way.say(US, "after"))
    for name in (US, RU, US, RU):
        way.leave(name)
        way.collect(RU if name == US else US)
    for place in said:
        for name in (US, RU):
            assert station(way.peers, name).store.entry(*place) is not None


def test_a_file_that_lies_there_while_its_sender_changes_its_keys_is_taken() -> None:
    way = Relayed()
    place = way.say(US, "lies there")
    way.leave(US)
    rotation.rotate(station(way.peers, US))
    way.say(US, "after")
    way.leave(US)
    ru = station(way.peers, RU)
    parties.add(ru, identity.own_cards(station(way.peers, US)))
    assert all(each.refused == [] for each in way.collect(RU))
    assert ru.store.entry(*place) is not None


def test_a_relay_takes_the_cards_of_whom_it_follows_and_no_thiefs() -> None:
    way = Relayed()
    us = station(way.peers, US)
    with pytest.raises(RootsNotNamed):
        way.service.learn(thief_chain(us))
    with pytest.raises(UnknownSender):
        way.service.learn(identity.own_cards(station(make_peers(CH, US, seed=2), CH)))
    with pytest.raises(CardConflict):
        way.service.learn(identity.own_cards(station(make_peers(US, CH, seed=2), US)))
    rotation.rotate(us)
    with pytest.raises(UnknownSender):
        way.service.fetch(relaying.collect(us, way.at, 0))
    assert way.service.learn(identity.own_cards(us)) == US
    assert way.service.fetch(relaying.collect(us, way.at, 0))[2] is None


def test_what_no_key_opens_is_kept_is_not_deemed_and_is_taken_when_the_key_is_back() -> None:
    """A keyring that was put back lacks the newest sealing key until the right one is found."""
    way = Relayed()
    ru = station(way.peers, RU)
    place = way.say(US, "sealed to the key that is away")
    way.leave(US)
    whole = ru.keyring
    ru.keyring = replace(whole, seal_seed=bytes(32))
    with pytest.raises(NotNow, match=ParcelSealed.code):
        way.collect(RU)
    assert ru.store.deposits(place.origin) == []
    assert ru.store.entry(*place) is None
    assert way.collect(RU) == [], "the relay may forget it: it is kept here"
    assert relaying.again(ru) == []
    assert "relay.unopened" in [event.code for event in ru.store.events("notice", 50)]
    ru.keyring = whole
    assert [taken.entries for _, taken in relaying.again(ru)] == [1]
    assert receipts.of_line(ru, way.line).available_s(place, RU) == way.peers.clock.time_s
    assert unopened.kept(ru) == []


def test_what_a_node_cannot_take_in_now_is_kept_and_not_deemed() -> None:
    """A record is refused by our own fault, and the file holds no more than that record."""
    way = Relayed()
    ru = station(way.peers, RU)
    place = way.say(US, "while the clock is in doubt")
    way.leave(US)
    ru.clock_unsure = "the clock moved"
    with pytest.raises(NotNow, match=ClockUnsure.code):
        way.collect(RU)
    assert ru.store.deposits(place.origin) == [] and ru.store.entry(*place) is None
    ru.clock_unsure = ""
    assert [taken.entries for _, taken in relaying.again(ru)] == [1]
    assert len(ru.store.deposits(place.origin)) == 1


def test_what_was_sealed_to_a_key_since_replaced_is_left_once_more() -> None:
    way = Relayed()
    us, ru = station(way.peers, US), station(way.peers, RU)
    way.say(US, "left")
    assert (way.leave(US), way.leave(US)) == (1, 0)
    rotation.rotate(ru)
    parties.add(us, identity.own_cards(ru))
    assert way.leave(US) == 1


def test_a_node_brings_its_cards_to_a_relay_by_itself() -> None:
    way = Relayed()
    us = station(way.peers, US)
    rotation.rotate(us)
    asked: list[str] = []

    class Wire:
        async def post(self, url: str, path: str, body: bytes) -> bytes:
            asked.append(path.rpartition("/")[2])
            try:
                if asked[-1] == "cards":
                    return way.service.learn(body).encode()
                return way.service.fetch(body)[2] or b""
            except OpenlineError as refused:
                raise PeerRefused(status_of(refused)[0], refused.code, str(refused)) from None

    lane: Any = AtOnce()
    wire: Any = Wire()
    links: Any = None
    tasks = Relays(us, lane, wire, links)
    assert asyncio.run(tasks._fetch_one(way.at))
    assert asked == ["fetch", "cards", "fetch"]
