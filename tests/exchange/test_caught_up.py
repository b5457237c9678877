"""After a restore: no receipt below what was receipted before, until that is held again."""

from dataclasses import dataclass

import pytest

from openline.cases.entry import Ref
from openline.exchange import conversation
from openline.exchange.refusals import NotCaughtUp, PeerRefused, RootMismatch
from openline.exchange.station import Station
from openline.exchange.traffic import asks, dispatch, receive
from openline.exchange.traffic.link import Post
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import MACHINE, Peers
from tests.exchange.test_card_keys import put_back, snapshot
from tests.exchange.test_many_epochs import reopen
from tests.exchange.test_rotation import CLARIFY, opened, restarted, words
from tests.exchange.visiting import RU, US


@dataclass
class GoneBack:
    """RU receipted two messages of US and was put back to a day when it had neither."""

    peers: Peers
    line: bytes
    us_before: tuple[bytes, MemoryAnchor]
    receipted: int

    @property
    def us(self) -> Station:
        return self.peers[US].station

    @property
    def ru(self) -> Station:
        return self.peers[RU].station

    @property
    def origin(self) -> str:
        return self.peers[US].log(self.line)

    def says(self, what: str) -> Ref:
        return self.peers.say(US, self.line, CLARIFY, words(what))

    def delivers(self) -> None:
        """What US has, to RU."""
        self.peers.carry_between(self.us, self.ru)

    def lies(self) -> None:
        """US goes on as if it had said neither: a copy of that day, its anchor with it."""
        copy, anchor = self.us_before
        self.us.store, self.us.anchor = SqliteStore.from_snapshot(copy), anchor
        self.us.forget(party=US)
        self.peers.nodes[US].station = restarted(self.us, self.us.keyring.to_bytes())
        assert not self.us.suspect, "nothing of its own shows that it went back"

    def receipts(self) -> list[int]:
        """The sizes for which RU's store has a receipt of its own."""
        sizes = range(1, self.receipted + 1)
        name = receive.receipt_name(self.ru)
        return [n for n in sizes if self.ru.store.cosignature(self.origin, n, name) is not None]


def gone_back() -> GoneBack:
    peers, line = opened()
    us = peers[US].station
    before = MemoryAnchor(MemoryJournal(), database=us.store.uuid(), machine=MACHINE)
    before.append(list(us.anchor.heads().values()))
    told = GoneBack(peers, line, (snapshot(us), before), 0)
    copy = snapshot(told.ru)
    for what in ("first", "second"):
        told.says(what)
        told.delivers()
    log = told.ru.log(told.origin)
    assert log is not None
    told.receipted = log.size
    put_back(peers, RU, copy)
    return told


def test_another_history_below_what_was_receipted_is_stored_and_not_receipted() -> None:
    told = gone_back()
    told.lies()
    told.says("another story")
    with pytest.raises(NotCaughtUp, match="4 were receipted here before a restore"):
        told.delivers()
    log = told.ru.log(told.origin)
    assert log is not None and log.size == told.receipted - 1, "nothing told is lost"
    assert told.receipts()[-1] < log.size
    with pytest.raises(NotCaughtUp):
        told.delivers()
    told.says("and more of it")
    with pytest.raises(RootMismatch, match="another root, before a restore"):
        told.delivers()


def test_what_was_receipted_comes_again_and_is_receipted_again() -> None:
    told = gone_back()
    held = told.receipts()[-1]
    told.delivers()
    assert told.receipts()[-1] == told.receipted > held


def test_a_part_of_it_moves_the_sender_on_and_its_receipt_comes_with_the_rest() -> None:
    told = gone_back()
    log = told.ru.log(told.origin)
    assert log is not None
    told.peers.carry_between(told.ru, told.us)  # hellos: US hears that RU went back
    part = asks.body_from(told.us, told.us.log(told.origin), log.size, told.receipted - 1)
    assert part is not None
    session = told.us.sessions[RU]
    head = receive.read_opening(part)[0].head
    steps = conversation.send(told.us, dispatch.Shipment(RU, told.origin, head, part, session.boot))
    step = next(steps)
    assert isinstance(step, Post)
    with pytest.raises(NotCaughtUp) as refused:
        receive.receive(told.ru, step.body)
    with pytest.raises(StopIteration):
        steps.throw(PeerRefused(503, refused.value.code, str(refused.value)))
    rest = dispatch.next_delivery(told.us, RU)
    assert rest is not None and rest.head.size == told.receipted
    dispatch.delivered(told.us, rest, receive.receive(told.ru, rest.body))
    assert told.receipts()[-1] == told.receipted


def test_a_shorter_history_is_receipted_once_its_owner_says_that_it_is_all() -> None:
    """Both went back: the owner's next epoch names how far the log goes, under its signature."""
    told = gone_back()
    told.lies()
    said = told.says("another story")
    with pytest.raises(NotCaughtUp):
        told.delivers()
    name = receive.receipt_name(told.ru)
    assert told.ru.store.cosignature(said.origin, said.index + 1, name) is None
    reopen(told.peers[US], told.line)
    told.delivers()
    assert told.ru.store.cosignature(said.origin, said.index + 1, name) is not None
