"""When contents of our own that were lost are called lost for good."""

from dataclasses import replace

import pytest

from openline.exchange.refusals import EnvelopeMismatch, NeedsYes, NotYours, TooMany
from openline.exchange.traffic import asks, recover
from openline.formats.delivery import parse_delivery
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import make_peers
from tests.exchange.test_rotation import CLARIFY, restarted, words

US, RU, CH = "us.example", "ru.example", "ch.example"


def test_a_gap_is_told_when_nobody_has_the_entry_and_not_while_a_person_has_to_allow_it() -> None:
    """It is told for good, and what waits for an officer's yes comes back an hour later."""
    peers = make_peers(US, RU, CH)
    line_id = peers.open_line(US, RU, CH)
    us = peers[US].station
    log = us.own_log(line_id)
    assert log is not None
    with us.store.write() as tx:
        tx.set_entry_state(log.origin, 0, "sealed")
        tx.set_log_status(log.origin, "closed")
    us.forget(line_id=line_id)
    for peer in (RU, CH):
        session = us.session(peer)
        session.boot, session.heads = bytes(16), {log.origin: (log.size, log.root)}
    asked = (log.origin, "0")
    for code in (NeedsYes.code, TooMany.code, "exchange.busy"):
        recover.reseal_refused(us, RU, asked, code)
        recover.reseal_refused(us, CH, asked, NotYours.code)
        assert not recover.lost_openings(us, line_id) and line_id not in us.gaps_due, code
    recover.reseal_refused(us, RU, asked, NotYours.code)
    assert recover.lost_openings(us, line_id) == [(log.origin, 0, "lost")], "the control"
    assert line_id in us.gaps_due
    recover.reseal_refused(us, RU, asked, NeedsYes.code)
    assert not recover.lost_openings(us, line_id), "it has it after all, where a person agrees"


def test_own_entries_come_back_with_their_own_envelopes_or_not_at_all() -> None:
    """One that lies among the holders is refused by name, and looks like no fault of ours."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    us, ru = peers[US].station, peers[RU].station
    copy = us.store.snapshot()
    peers.say(US, line_id, CLARIFY, words("lost"))
    peers.carry()
    us.store = SqliteStore.from_snapshot(copy)
    us = peers[US].station = restarted(us, us.keyring.to_bytes())
    (log,) = [each for each in us.logs_of(line_id) if each.party == US]
    theirs = ru.log(log.origin)
    assert theirs is not None and theirs.size == log.size + 1
    body = asks.body_from(ru, theirs, log.size, theirs.size)
    assert body is not None
    whole = parse_delivery(body)
    ((leaf, _),) = whole.entries
    with pytest.raises(EnvelopeMismatch):
        recover.adopt(us, replace(whole, entries=((leaf, b"another"),)).encode())
    held = us.store.log(log.origin)
    assert held is not None and (held.size, held.status) == (1, "active"), "nothing was written"
    assert recover.adopt(us, body) == 1
