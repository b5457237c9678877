"""A line that we left stays left: after a restore nothing asks to reopen it; and a thief leaves no
line for us."""

from dataclasses import replace

import pytest

from openline.cli.benching import pair
from openline.exchange.drafting.drafts import compose
from openline.exchange.folding import reading
from openline.exchange.logs import epochs, post, sequence
from openline.exchange.membership import drawn, inventory, own_cards, rotation, succession
from openline.exchange.station import Station
from openline.exchange.traffic import recover
from openline.formats.head import Head
from openline.store.contract import AnchorRecord
from tests.exchange.conftest import Peers
from tests.exchange.test_floors import turn
from tests.exchange.test_gone_back import Before
from tests.exchange.test_restores import Place, place, restored
from tests.exchange.test_rotation import CLARIFY, opened, words
from tests.exchange.visiting import RU, US

__all__ = ["place"]


def leave(peers: Peers, line: bytes) -> None:
    """Our officers write our last entry."""
    us = peers[US]
    post.post(us.station, [us.release(succession.leave(us.station, line, None))])
    peers.carry()


def counted(station: Station) -> tuple[object, object]:
    """The lines that `keys show` counts: with an open log of ours, of those in the list."""
    told = inventory.keys(station)
    return told["lines"], told["lines_listed"]


CODES = ("epoch.adopted", "epoch.ended")


def adoptions(station: Station) -> list[str]:
    """How each return of own entries was told: as an alarm, or as a note."""
    return [event.kind for event in station.store.events() if event.code in CODES]


def test_a_backup_from_after_our_leaving_wants_nothing_to_be_reopened(place: Place) -> None:
    line = place.prepared.line_id
    with place.open(US) as station:
        assert counted(station) == (1, 1)
        closing = compose(station, line, "close", {"successor": "-"})
        post.post(station, [pair.sign_all(station, place.prepared.officers[US], closing)])
        assert station.has_left(line)
        assert counted(station) == (0, 1), "it is in the list, and no key of ours signs there"
    backup = place.backup()
    assert restored(place, backup)["reopen"] == []
    with place.open(US) as station:
        assert station.suspect == {} and drawn.receive_only(station) == []
        epochs.suspect(station, epochs.on_every_line(station, "suspected: for this test"))
        assert station.suspect == {}


def test_a_leaving_that_the_journal_signed_comes_back_and_nothing_is_to_be_reopened() -> None:
    told = Before()
    leave(told.peers, told.line)
    us = told.put_back(has_journal=True)
    assert told.line in us.suspect and not us.has_left(told.line), "it cannot know yet"
    told.talk()
    assert us.has_left(told.line)
    assert us.suspect == {} and drawn.receive_only(us) == []
    assert adoptions(us) == ["notice"]
    assert not us.may_write(told.line)


def test_what_a_restore_lost_is_told_as_a_note_and_what_was_written_since_as_an_alarm() -> None:
    for later_s, told_as in ((0, "notice"), (200, "alarm")):
        before = Before()
        before.peers.clock.time_s += later_s
        before.peers.say(US, before.line, CLARIFY, words("not in the copy"))
        before.peers.carry()
        before.peers.clock.time_s -= later_s
        us = before.put_back()
        before.talk()
        assert adoptions(us) == [told_as]


def test_beside_its_journal_a_restored_node_goes_by_what_was_signed_and_by_no_time() -> None:
    before = Before()
    before.peers.say(US, before.line, CLARIFY, words("not in the copy"))
    before.peers.carry()
    us = before.put_back()
    with us.store.write() as tx:
        tx.set_meta(own_cards.HAD_ANCHOR, b"yes")
    before.talk()
    assert adoptions(us) == ["alarm"], "the journal would have known of it"


def test_a_leaving_that_nobody_knows_to_be_ours_keeps_the_line_waiting() -> None:
    before = Before()
    before.peers.clock.time_s += 200
    leave(before.peers, before.line)
    before.peers.clock.time_s -= 200
    us = before.put_back()
    before.talk()
    assert adoptions(us) == ["alarm"] and not us.has_left(before.line)
    assert drawn.receive_only(us) == [before.line]


def test_a_last_entry_below_what_the_journal_signed_is_not_the_end_that_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Before()
    leave(before.peers, before.line)
    us = before.put_back()
    log = us.own_log(before.line)
    assert log is not None
    beyond = {log.origin: AnchorRecord(log.origin, log.size + 9, bytes(32), 0)}
    monkeypatch.setattr(us.anchor, "signed", lambda: beyond)
    before.talk()
    assert not us.has_left(before.line)
    assert drawn.receive_only(us) == [before.line]


def test_the_journal_says_what_this_machine_wrote() -> None:
    peers, line = opened()
    us = peers[US].station
    log = us.own_log(line)
    assert log is not None
    leaves = list(us.store.leaves(log.origin, 0, log.size))
    signed = Head(log.origin, log.size, log.root)
    assert recover.is_known_ours(us, signed, leaves)
    assert not recover.is_known_ours(us, replace(signed, root=bytes(32)), leaves), "two histories"
    assert not recover.is_known_ours(us, replace(signed, size=log.size + 1), leaves)


def test_a_last_entry_that_a_thief_wrote_is_no_leaving_of_ours() -> None:
    peers, line = opened()
    us = peers[US].station
    log = us.own_log(line)
    assert log is not None
    draft = compose(us, line, "close", {"successor": "-"}, officers=0)
    sequence.append(us, line, [draft])
    peers.carry()
    assert us.has_left(line)
    theirs = reading.state(peers[RU].station, line)
    assert theirs.presence(US).left is not None
    floors = rotation.floors_from(us, line, "", log.size)
    turn(peers, rotation.loss_of(us, floors, None))
    assert not us.has_left(line) and us.suspect[line].startswith("suspected: ")
    post.post(us, [peers[US].release(epochs.draft_open(us, line))])
    peers.carry()
    for name in (US, RU):
        assert reading.state(peers[name].station, line).presence(US).left is None
