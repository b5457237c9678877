"""Who has one old delivery of a peer's may bring it as often as it likes, and keeps nobody busy."""

import pytest

from openline.exchange.station import Station
from openline.exchange.traffic import dispatch, receive
from openline.store.contract import EntryRow
from openline.store.sqlite import SqliteStore
from openline.watch.links import Links
from tests.exchange.conftest import make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US


def test_an_old_delivery_is_answered_with_its_receipt_and_without_reading_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    for number in range(20):
        peers.say(US, line, CLARIFY, words(f"{number}"))
    peers.carry()
    peers.say(US, line, CLARIFY, words("captured"))
    us, ru = peers[US].station, peers[RU].station
    old = dispatch.next_delivery(us, RU)
    assert old is not None
    receipt = receive.receive(ru, old.body)
    peers.carry()
    for number in range(20):
        peers.say(US, line, CLARIFY, words(f"more {number}"))
        peers.carry()
    read: list[int] = []
    entries = SqliteStore.entries

    def counted(self: SqliteStore, origin: str, start: int, stop: int) -> list[EntryRow]:
        read.append(stop - start)
        return entries(self, origin, start, stop)

    monkeypatch.setattr(SqliteStore, "entries", counted)
    for _ in range(5):
        assert receive.receive(ru, old.body) == receipt
    assert sum(read) <= 5 * 2, "the entries that it brings, compared with those held"


def test_requests_under_a_wrong_key_wake_the_link_no_more_often_than_it_would_ask() -> None:
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    ru: Station = peers[RU].station
    serving = Links(ru, None, None)  # type: ignore[arg-type]
    way = serving.way(US)
    serving.want_card(US)
    assert way.wake.is_set() and way.link.wants_card
    way.wake.clear()
    way.link.cards_asked_s = ru.clock.mono_s()
    for _ in range(100):
        serving.want_card(US)
    assert not way.wake.is_set() and way.link.wants_card, "it is asked when its time has come"
    peers.clock.time_s += 2
    serving.want_card(US)
    assert way.wake.is_set()
