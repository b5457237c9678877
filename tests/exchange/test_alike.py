"""Whether two members hold and understand a line alike is said by what a hello states, and by it
alone."""

import pytest

from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.exchange.folding import reading
from openline.exchange.logs import alike, hello
from openline.exchange.logs.alike import EQUAL, HOLDS, UNDERSTANDS, UNKNOWN, Compared
from openline.exchange.membership import rotation
from openline.exchange.refusals import UnknownKey, UnknownParty
from openline.exchange.station import Station
from openline.exchange.traffic import recover
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_many_epochs import reopen
from tests.exchange.test_rotation import CLARIFY, opened, words
from tests.exchange.visiting import CH, RU, US


def live(peers: Peers, line: bytes) -> Compared:
    """What US says of RU by the hello that follows."""
    for name in (US, RU):
        reading.state(peers[name].station, line)
    us = peers[US].station
    note = hello.compose(us, RU, bytes(15) + bytes([us.random(1)[0]]))
    answer, _, _ = hello.answer(peers[RU].station, note, us.random(16))
    hello.accept_answer(us, RU, answer, parse_nonce(note))
    return alike.compare(us, RU, line, alike.of_session(us, RU, line))


def parse_nonce(note: bytes) -> bytes:
    from openline.formats.note import parse_note
    from openline.formats.request import parse_hello

    return parse_hello(parse_note(note, bytes_max=2**18).text.encode()).nonce


def written(peers: Peers, writer: str, reader: str, line: bytes) -> bytes:
    """A hello as a file."""
    station = peers[writer].station
    reading.state(station, line)
    return hello.compose(station, reader, station.random(16))


def by_file(peers: Peers, line: bytes, note: bytes) -> Compared:
    us = peers[US].station
    peer, stated = alike.of_note(us, note, line)
    return alike.compare(us, peer, line, stated)


def test_two_that_hold_the_same_entries_are_equal_as_of_every_log() -> None:
    peers, line = opened()
    found = live(peers, line)
    assert found.result == EQUAL
    assert [(pair.party, pair.here, pair.there) for pair in found.logs] == [(RU, 2, 2), (US, 2, 2)]
    assert by_file(peers, line, written(peers, RU, US, line)).result == EQUAL


def test_what_one_of_the_two_lacks_is_named_and_nothing_is_said_of_understanding() -> None:
    peers, line = opened()
    peers.say(RU, line, CLARIFY, words("not carried yet"))
    peers.cut = {US}
    note = written(peers, RU, US, line)
    found = by_file(peers, line, note)
    (other,) = [pair for pair in found.logs if not pair.same]
    assert (found.result, other.party) == (HOLDS, RU)


def test_a_log_that_is_not_known_here_counts_on_its_own_line_and_on_no_other() -> None:
    peers, line = opened()
    other = peers.open_line(US, RU, title="Other")
    reopen(peers[RU], other)
    peers.cut = {US}
    found = live(peers, other)
    (strange,) = [pair for pair in found.logs if pair.here == 0]
    assert (found.result, strange.party, strange.there) == (HOLDS, RU, 1)
    assert peers[US].station.log(strange.origin) is None
    note = written(peers, RU, US, line)
    for said in (live(peers, line), by_file(peers, line, note)):
        assert said.result == EQUAL
        assert strange.origin not in {pair.origin for pair in said.logs}


def test_cards_that_one_of_the_two_has_not_heard_of_are_named() -> None:
    peers, line = opened()
    note = written(peers, RU, US, line)
    rotation.rotate(peers[US].station)
    found = by_file(peers, line, note)
    assert found.result == HOLDS
    assert [pair.party for pair in found.cards if not pair.same] == [US]


def test_as_many_cards_are_not_the_same_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A party that shows one member other cards than another is not passed over as equal."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    ru, root_of = peers[RU].station, Station.card_root

    def shown_otherwise(station: Station, party: str) -> bytes:
        return bytes(32) if station is ru and party == CH else root_of(station, party)

    assert live(peers, line).result == EQUAL, "the control"
    monkeypatch.setattr(Station, "card_root", shown_otherwise)
    for found in (live(peers, line), by_file(peers, line, written(peers, RU, US, line))):
        assert found.result == HOLDS
        assert [pair.party for pair in found.cards if not pair.same] == [CH]
    us = peers[US].station
    assert alike.agree(us, RU, line) is False, "it is told, as another understanding is"
    assert f"{CH} has shown it other cards" in alike.differing(us, RU, line)


def test_equal_says_how_many_entries_one_of_the_two_cannot_read() -> None:
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    assert live(peers, line).unread == 0
    own = us.own_log(line)
    log = ru.log(own.origin) if own is not None else None
    assert log is not None and recover.log_defect(ru, log, 1, "fields")
    peers.carry()
    found = live(peers, line)
    assert (found.result, found.unread) == (EQUAL, 1)


def test_the_same_entries_understood_otherwise_are_an_answer_of_their_own() -> None:
    peers, line = opened()
    ru = peers[RU].station
    reading.state(ru, line).digested.value = {tuple(sorted((US, RU))): bytes(32)}
    found = by_file(peers, line, hello.compose(ru, US, bytes(16)))
    assert found.result == UNDERSTANDS and all(pair.same for pair in found.logs)


def test_silence_and_a_line_that_is_not_folded_are_not_known() -> None:
    peers, line = opened()
    us, ru = peers[US].station, peers[RU].station
    assert alike.compare(us, CH, line, alike.of_session(us, CH, line)).result == UNKNOWN
    ru.states.clear()
    found = by_file(peers, line, hello.compose(ru, US, bytes(16)))
    assert found.result == UNKNOWN and "fold" in found.why


def test_a_written_hello_is_taken_from_a_member_and_for_us_alone_and_moves_nothing() -> None:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    us = peers[US].station
    us.sessions.clear()
    us.seen_nonces.clear()
    with pytest.raises(UnknownParty, match=r"to ch\.example"):
        alike.of_note(us, written(peers, RU, CH, line), line)
    note = written(peers, RU, US, line)
    with pytest.raises(OpenlineError):
        alike.of_note(us, note.replace(b"ru.example", b"ch.example"), line)
    with pytest.raises((BadSignature, UnknownKey)):
        alike.of_note(us, changed(note), line)
    assert by_file(peers, line, note).result == EQUAL
    peers.clock.time_s += 86_400
    assert by_file(peers, line, note).result == EQUAL, "a stick may be under way for long"
    assert not us.sessions and not us.seen_nonces


def changed(note: bytes) -> bytes:
    """The same hello with another root in it."""
    at = note.index(b"\nfold ") + 60
    other = b"A" if note[at : at + 1] != b"A" else b"B"
    return note[:at] + other + note[at + 1 :]
