"""A signed head that does not fit, and no proof of two histories: frozen, accused by nobody."""

from dataclasses import dataclass

import pytest

from openline.exchange.conversation import pull
from openline.exchange.logs import forks
from openline.exchange.refusals import UnexplainedLog
from openline.exchange.station import Station
from openline.exchange.traffic import dispatch, mending, receive
from openline.formats.head import Head
from openline.record.tree import EMPTY, leaf_hash
from openline.store.contract import LogRow
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_many_epochs import reopen
from tests.exchange.visiting import CH, RU, US, VISIT


@dataclass
class Doubt:
    """RU holds three entries of US, and CH shows it a head of two that US signed otherwise."""

    peers: Peers
    line: bytes
    origin: str
    note: bytes
    leaves: list[bytes]

    @property
    def ru(self) -> Station:
        return self.peers[RU].station

    @property
    def log(self) -> LogRow:
        log = self.ru.store.log(self.origin)
        assert log is not None
        return log

    def carry_past(self) -> None:
        """What US has beside the frozen log, to RU."""
        us = self.peers[US].station
        shipment = dispatch.next_delivery(us, RU, {self.origin})
        assert shipment is not None
        dispatch.delivered(us, shipment, receive.receive(self.ru, shipment.body))


def doubt() -> Doubt:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    us = peers[US].station
    for _ in range(2):
        place = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry(US)  # both at once: RU has no head of two entries to lay beside another
    leaves = [*us.leaf_hashes(place.origin, 1), leaf_hash(b"another story\n")]
    head = Head(place.origin, 2, EMPTY.extend(leaves).root)
    note = us.keys.sign_head(head, us.clock.now_s())
    return Doubt(peers, line, place.origin, note, leaves)


def unexplained() -> Doubt:
    """The same when the entries below that head did not come."""
    made = doubt()
    assert mending.take_head(made.ru, CH, made.origin, 2, made.note) is False
    assert mending.explain(made.ru, made.origin, made.note, []) is False
    return made


def test_a_head_that_does_not_fit_freezes_and_accuses_nobody() -> None:
    made = unexplained()
    assert made.log.status == "unexplained"
    assert made.ru.store.evidence() == []
    codes = [event.code for event in made.ru.store.events("alarm")]
    assert codes == ["log.unexplained"]
    mending.explain(made.ru, made.origin, made.note, [])
    assert [event.code for event in made.ru.store.events("alarm")] == codes, "told once"


def test_a_longer_head_that_does_not_fit_freezes_nothing() -> None:
    """What is on its way may have been changed on the wire, and comes whole the next time."""
    made = doubt()
    head = Head(made.origin, 9, bytes(32))
    note = made.peers[US].station.keys.sign_head(head, 1_700_000_000)
    assert mending.explain(made.ru, made.origin, note, []) is False
    assert made.log.status == "active"


def test_nothing_more_of_it_is_taken_not_even_what_extends_it() -> None:
    made = unexplained()
    us, before = made.peers[US].station, made.log
    made.peers.say(US, made.line, "core/visit@1", VISIT)
    shipment = dispatch.next_delivery(us, RU)
    assert shipment is not None
    for _ in range(2):
        with pytest.raises(UnexplainedLog):
            receive.receive(made.ru, shipment.body)
    known = dispatch.again(us, CH, us.store.log(made.origin) or before)
    assert known is not None
    with pytest.raises(UnexplainedLog):
        receive.receive(made.ru, known.body)
    assert made.log == before and made.log.status == "unexplained"
    assert list(pull(made.ru, US, made.origin, before.size + 1)) == [], "nor is it asked for"


def test_the_entries_below_that_head_make_it_a_proof() -> None:
    made = unexplained()
    assert mending.explain(made.ru, made.origin, made.note, made.leaves) is True
    assert made.log.status == "forked"
    assert len(made.ru.store.evidence()) == 1


def test_the_line_goes_on_in_a_new_epoch_and_the_frozen_log_does_not() -> None:
    made = unexplained()
    (told,) = forks.frozen(made.ru, made.line)
    assert (told.log.status, told.after) == ("unexplained", "")
    reopen(made.peers[US], made.line)
    new = made.peers[US].station.own_log(made.line)
    assert new is not None and new.origin != made.origin
    place = made.peers.say(US, made.line, "core/visit@1", VISIT)
    made.carry_past()
    held = made.ru.store.log(place.origin)
    assert held is not None and (held.status, held.size) == ("active", 2)
    (told,) = forks.frozen(made.ru, made.line)
    assert (told.log.status, told.after) == ("unexplained", new.origin)
