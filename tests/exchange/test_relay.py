"""A relay keeps sealed files, says since when, and sees nothing of what they hold."""

import hashlib
import random
from dataclasses import replace

import pytest

from openline.cases.documents.message import message
from openline.desk.documents import matter_of
from openline.desk.service import heard_text
from openline.desk.views import shown
from openline.envelope.keyring import new_keyring
from openline.envelope.party_keys import PartyKeys
from openline.errors import OpenlineError
from openline.exchange.carried import reachable, relay, relaying
from openline.exchange.carried.relay import (
    BadPut,
    RelayFull,
    RelayService,
    UnknownSender,
    read_with_note,
)
from openline.exchange.carried.relaying import BadHeld
from openline.exchange.folding import receipts
from openline.exchange.membership import identity
from openline.exchange.station import Station
from openline.formats.charter import Relay
from openline.formats.document.speaker import speakers
from openline.formats.head import Head
from openline.formats.openjson import Value
from openline.formats.request import Ask
from openline.formats.spell import b64
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import SUITE, T0, Peers, text

CLARIFY = "core/clarification@1"
NAME = "relay.example"
RU = "ru.example"
CANARY = "the canary sings at dawn"


def make_relay(peers: Peers) -> tuple[RelayService, str]:
    """A relay that serves the nodes, and its line for charters."""
    draw = random.Random(5).randbytes
    keys = PartyKeys(new_keyring(NAME, draw), SUITE)
    service = RelayService(NAME, keys, SUITE, SqliteStore.in_memory(draw(16)), peers.clock)
    for node in peers.nodes.values():
        service.follow(identity.own_cards(node.station))
    return service, f"relay {NAME} {keys.vkey('http', 1).text()} http://127.0.0.1:1"


def relayed_line(peers: Peers) -> tuple[RelayService, Relay, bytes]:
    service, line = make_relay(peers)
    relays: list[Value] = [line]
    line_id = peers.open_line("us.example", "ru.example", relays=relays, timers={"collect": 600})
    peers.cut = set(peers.nodes)
    for node in peers.nodes.values():
        node.station.sessions.clear()
    (at,) = relaying.relays(peers["us.example"].station)
    return service, at, line_id


def test_what_lies_at_a_relay_is_available_and_comes_with_its_receipt_back(two: Peers) -> None:
    service, at, line_id = relayed_line(two)
    us, ru = two["us.example"].station, two["ru.example"].station
    place = two.say("us.example", line_id, CLARIFY, {"subject": text("Left for you")})
    (sent,) = relaying.owed(us, "ru.example")
    _, note = service.put(sent.body)
    relaying.kept(us, sent, note)
    left_s = two.clock.time_s
    given = receipts.of_line(us, line_id)
    assert given.available_s(place, "ru.example") == left_s
    assert given.received_s(place, "ru.example") is None
    assert relaying.owed(us, "ru.example") == []

    two.clock.time_s += 3_600
    _, _, answer = service.fetch(relaying.collect(ru, at, 0))
    assert answer is not None
    taken = relaying.came(ru, at, *read_with_note(answer))
    assert (taken.entries, taken.refused) == (1, [])
    assert receipts.of_line(ru, line_id).available_s(place, "ru.example") == left_s
    back = relaying.reply(ru, at, "us.example", taken)
    assert back is not None
    service.put(back.body)
    assert service.fetch(relaying.collect(ru, at, 0))[2] is None

    _, _, answer = service.fetch(relaying.collect(us, at, 0))
    assert answer is not None
    relaying.came(us, at, *read_with_note(answer))
    assert receipts.of_line(us, line_id).received_s(place, "ru.example") == two.clock.time_s


def test_a_relay_sees_origins_sizes_and_times_and_no_word(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    us = two["us.example"].station
    two.say("us.example", line_id, CLARIFY, {"subject": text(CANARY)})
    (sent,) = relaying.owed(us, "ru.example")
    service.put(sent.body)
    stored = service.store
    assert isinstance(stored, SqliteStore)
    data = stored.snapshot()
    assert CANARY.encode() not in data and b"us.example and ru.example" not in data
    assert sent.head.origin.encode() in data


def test_a_relay_serves_whom_it_follows_and_nobody_else(two: Peers) -> None:
    service, at, line_id = relayed_line(two)
    us = two["us.example"].station
    two.say("us.example", line_id, CLARIFY, {"subject": text("Mine")})
    (sent,) = relaying.owed(us, "ru.example")
    other = RelayService(NAME, service.keys, SUITE, SqliteStore.in_memory(bytes(16)), two.clock)
    with pytest.raises(UnknownSender):
        other.put(sent.body)
    service.put(sent.body)
    with pytest.raises(BadPut, match="seen before"):
        service.put(sent.body)
    # The sender cannot fetch what lies there for its addressee.
    assert service.fetch(relaying.collect(us, at, 0))[2] is None


def test_a_file_other_than_the_one_signed_for_is_refused(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    two.say("us.example", line_id, CLARIFY, {"subject": text("Mine")})
    (sent,) = relaying.owed(two["us.example"].station, "ru.example")
    with pytest.raises(BadPut):
        service.put(sent.body[:-1] + bytes([sent.body[-1] ^ 1]))
    for cut in (0, 3, 40):
        with pytest.raises(OpenlineError):
            service.put(sent.body[:cut])


def test_a_word_for_another_file_head_or_addressee_is_not_kept(two: Peers) -> None:
    """A relay that lies about what it holds makes nothing deemed."""
    service, _, line_id = relayed_line(two)
    us = two["us.example"].station
    place = two.say("us.example", line_id, CLARIFY, {"subject": text("Mine")})
    (sent,) = relaying.owed(us, "ru.example")
    _, note = service.put(sent.body)
    from openline.formats.request import parse_held
    from openline.record.checkpoint import open_request

    held = parse_held(open_request(note, sent.at.vkey, SUITE).encode())
    from dataclasses import replace

    late = held.time_s + 400
    lies = (
        replace(held, addressee="us.example"),
        replace(held, file_hash=hashlib.sha256(b"other").digest()),
        replace(held, head=replace(held.head, size=held.head.size + 1)),
        replace(held, time_s=late),
    )
    for lie in lies:
        with pytest.raises(BadHeld):
            relaying.kept(us, sent, service.keys.sign_request(lie.text()))
    with pytest.raises(BadHeld):
        relaying.kept(us, sent, us.keys.sign_request(held.text()))
    assert receipts.of_line(us, line_id).available_s(place, "ru.example") is None


def test_a_file_left_twice_has_one_time(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    us = two["us.example"].station
    two.say("us.example", line_id, CLARIFY, {"subject": text("Once")})
    (sent,) = relaying.owed(us, "ru.example")
    _, first = service.put(sent.body)
    two.clock.time_s += 100
    from openline.exchange.carried.relay import read_with_note

    _, file = read_with_note(sent.body)
    again = relaying.wrapped(us, sent.at, sent.peer, sent.head, file)
    assert service.put(again.body)[1] == first


def test_the_relay_at_which_a_message_lies_is_named_until_it_is_received(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    us, ru = two["us.example"].station, two["ru.example"].station
    place = two.say("us.example", line_id, CLARIFY, {"subject": text("Left for you")})
    assert shown(us, place, "en")["lying"] == []
    (sent,) = relaying.owed(us, "ru.example")
    relaying.kept(us, sent, service.put(sent.body)[1])
    row = {"party": "ru.example", "relay": NAME, "since": "2023-11-14T22:13:20Z"}
    told = shown(us, place, "en")
    assert told["lying"] == [row]
    form, of = us.packs.format(told["format"]), speakers(us.packs.terms, ["en"])
    for matter in ({}, matter_of(us, line_id, place)):
        words = str(message(told, matter, form, of, (T0, "us.example")))
        assert "Lies there, not fetched, since" in words and NAME in words
    two.cut = set()
    two.carry()
    assert shown(us, place, "en")["lying"] == []
    assert shown(ru, place, "en")["lying"] == []


def alarms(station: Station) -> list[str]:
    return [row.code for row in station.store.events() if row.code.startswith("relay.")]


def test_a_relay_that_does_not_answer_for_a_minute_is_told_once_and_so_is_its_return(
    two: Peers,
) -> None:
    _, at, _ = relayed_line(two)
    us = two["us.example"].station
    reachable.answered(us, at)
    for _ in range(5):
        two.clock.time_s += 29
        reachable.failed(us, at, "peer.unreachable: refused")
    (row,) = reachable.standing(us)
    assert (row["relay"], row["answers"], row["silent"]) == (NAME, False, True)
    assert heard_text(row) == "NOT HEARD since 2023-11-14T22:13:20Z: peer.unreachable: refused"
    assert alarms(us) == ["relay.silent"]
    reachable.answered(us, at)
    (row,) = reachable.standing(us)
    assert heard_text(row) == "answers" and alarms(us) == ["relay.silent", "relay.answers"]


def test_one_call_that_failed_is_no_alarm(two: Peers) -> None:
    _, at, _ = relayed_line(two)
    us = two["us.example"].station
    (row,) = reachable.standing(us)
    assert heard_text(row) == "not heard since never: no call yet"
    reachable.failed(us, at, "peer.unreachable: refused")
    two.clock.time_s += reachable.TOLD_S - 1
    reachable.failed(us, at, "peer.unreachable: refused")
    (row,) = reachable.standing(us)
    assert not row["silent"] and alarms(us) == []


def test_a_relay_of_a_line_that_we_left_is_nobody_s_business(two: Peers) -> None:
    _, _, line_id = relayed_line(two)
    us = two["us.example"].station
    line = us.store.line(line_id)
    assert line is not None and reachable.standing(us)
    with us.store.write() as tx:
        tx.put_line(replace(line, state="closed"))
    us.forget(line_id=line_id)
    assert reachable.standing(us) == []


# ---- a relay that was put back, and who fills its place ------------------------------------------


def left(peers: Peers, service: RelayService, line_id: bytes, words: str) -> None:
    """A message of ours is left for the other side, and the relay's word is kept."""
    us = peers["us.example"].station
    peers.say("us.example", line_id, CLARIFY, {"subject": text(words)})
    (sent,) = relaying.owed(us, "ru.example")
    relaying.kept(us, sent, service.put(sent.body)[1])


def emptied(service: RelayService, at: Relay, reader: Station) -> int:
    """Everything that lies there is fetched and taken; how many entries were new."""
    new = 0
    for _ in range(50):
        answer = service.fetch(relaying.collect(reader, at, 0))[2]
        if answer is None:
            return new
        new += relaying.came(reader, at, *read_with_note(answer)).entries
    raise AssertionError("the relay gives the same file again and again")


def put_back(service: RelayService, copy: bytes) -> RelayService:
    """The relay as it was when the copy of its folder was made."""
    store = SqliteStore.from_snapshot(copy)
    return RelayService(service.name, service.keys, SUITE, store, service.clock)


def snapshot(service: RelayService) -> bytes:
    assert isinstance(service.store, SqliteStore)
    return service.store.snapshot()


def test_a_relay_put_back_from_an_older_copy_drops_no_file_that_waits(two: Peers) -> None:
    """It counts its files anew, below what the reader had fetched of those that it forgot."""
    service, at, line_id = relayed_line(two)
    ru = two["ru.example"].station
    left(two, service, line_id, "one")
    assert emptied(service, at, ru) == 1
    older = snapshot(service)
    for words in ("two", "three", "four"):
        left(two, service, line_id, words)
    assert emptied(service, at, ru) == 3
    service = put_back(service, older)
    left(two, service, line_id, "after the copy was put back")
    assert emptied(service, at, ru) == 1
    assert service.next_for("ru.example") is None


def asked_after(peers: Peers, service: RelayService) -> list[bytes]:
    """Our node asks what became of all that it left, and takes the answers."""
    us = peers["us.example"].station
    found = []
    for each in relaying.unanswered(us, "ru.example"):
        answer = service.lies(each.ask)
        relaying.became(us, each, answer)
        found.append(answer)
    return found


def test_what_a_relay_forgot_is_left_again_at_once(two: Peers) -> None:
    """Its word for the file is here, and the file is nowhere: put back from an older copy."""
    service, at, line_id = relayed_line(two)
    us, ru = two["us.example"].station, two["ru.example"].station
    older = snapshot(service)
    left(two, service, line_id, "lost with the relay")
    assert asked_after(two, service) == [relay.LIES] and relaying.owed(us, "ru.example") == []
    service = put_back(service, older)
    assert relaying.owed(us, "ru.example") == [], "nothing tells without asking"
    assert asked_after(two, service) == [relay.UNKNOWN]
    (again,) = relaying.owed(us, "ru.example")
    relaying.kept(us, again, service.put(again.body)[1])
    assert emptied(service, at, ru) == 1
    assert asked_after(two, service) == [relay.FETCHED]


def test_what_still_lies_there_is_not_left_twice(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    us = two["us.example"].station
    left(two, service, line_id, "waits for days")
    for _ in range(5):
        two.clock.time_s += relaying.AGAIN_S - 60
        assert asked_after(two, service) == [relay.LIES]
        assert relaying.owed(us, "ru.example") == []
    two.clock.time_s += relaying.AGAIN_S
    assert len(relaying.owed(us, "ru.example")) == 1, "the control: where nobody asks, it is"


def test_nobody_learns_what_another_left(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    ru = two["ru.example"].station
    left(two, service, line_id, "ours")
    (each,) = relaying.unanswered(two["us.example"].station, "ru.example")
    words = (two["us.example"].station.store.meta(
        relaying.mark(each.at, each.peer, each.origin)) or b"").split(b" ")  # fmt: skip
    args = ("ru.example", words[3].decode())
    ask = Ask("ru.example", NAME, two.clock.now_s(), ru.random(16), "lies", args)
    assert service.lies(ru.keys.sign_request(ask.text())) == relay.UNKNOWN


def test_a_file_is_forgotten_by_its_hash_and_by_nothing_else(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    ru = two["ru.example"].station
    left(two, service, line_id, "waits")
    for taken in (hashlib.sha256(b"another").digest(), bytes(32)):
        args = (b64(taken), "0")
        ask = Ask("ru.example", NAME, two.clock.now_s(), ru.random(16), "fetch", args)
        assert service.fetch(ru.keys.sign_request(ask.text()))[2] is not None
    for word in ("7", "0", "--", "-1"):
        ask = Ask("ru.example", NAME, two.clock.now_s(), ru.random(16), "fetch", (word, "0"))
        with pytest.raises(OpenlineError):
            service.fetch(ru.keys.sign_request(ask.text()))
    assert service.next_for("ru.example") is not None


def filled(peers: Peers, service: RelayService, at: Relay, sender: str, addressee: str) -> int:
    """How many files of a sender a relay takes for an addressee before it refuses."""
    station = peers[sender].station
    log = next(log for log in station.store.logs() if log.party == sender)
    for number in range(100):
        head = Head(log.origin, log.size, log.root)
        sent = relaying.wrapped(station, at, addressee, head, b"rubbish %d" % number)
        try:
            service.put(sent.body)
        except RelayFull:
            return number
    raise AssertionError("the relay takes everything")


def test_who_fills_the_place_of_an_addressee_shuts_nobody_else_out(
    three: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SENDER_FILES_MAX", 4)
    service, line = make_relay(three)
    members = ("us.example", "ru.example", "ch.example")
    relays: list[Value] = [line]
    line_id = three.open_line(*members, relays=relays, timers={"collect": 600})
    three.cut = set(three.nodes)
    (at,) = relaying.relays(three["us.example"].station)
    three.say("us.example", line_id, CLARIFY, {"subject": text("For all")})
    assert filled(three, service, at, "ch.example", "ru.example") == 4
    # The place as a whole is full: still each of whom nothing lies there leaves one.
    monkeypatch.setattr(relay, "ADDRESSEE_FILES_MAX", 4)
    (sent,) = relaying.owed(three["us.example"].station, "ru.example")
    service.put(sent.body)
    with pytest.raises(RelayFull):
        log = Head(sent.head.origin, sent.head.size, sent.head.root)
        service.put(relaying.wrapped(three["us.example"].station, at, RU, log, b"second").body)
    assert service._left(RU, "ch.example") == (4, 4 * len(b"rubbish 0"))


def test_who_fetched_its_own_copy_of_the_bytes_takes_them_from_nobody(three: Peers) -> None:
    service, _ = make_relay(three)
    at = Relay(NAME, service.keys.vkey("http", 1), "http://127.0.0.1:1")
    us, ch = three["us.example"].station, three["ch.example"].station
    head = Head("us.example/openline", 1, bytes(32))
    for addressee in ("ru.example", "ch.example"):
        service.put(relaying.wrapped(us, at, addressee, head, b"the same bytes").body)
    with ch.store.write() as tx:
        tx.set_meta(relaying.collected(at), hashlib.sha256(b"the same bytes").digest())
    assert service.fetch(relaying.collect(ch, at, 0))[2] is None
    assert service.next_for("ru.example") is not None


def test_nobody_leaves_files_in_the_name_of_another(two: Peers) -> None:
    service, _, line_id = relayed_line(two)
    us, ru = two["us.example"].station, two["ru.example"].station
    two.say("us.example", line_id, CLARIFY, {"subject": text("Mine")})
    (sent,) = relaying.owed(us, "ru.example")
    theirs = relaying.wrapped(ru, sent.at, "ru.example", sent.head, b"rubbish")
    with pytest.raises(BadPut, match="its own logs only"):
        service.put(theirs.body)


def test_one_sender_that_asks_without_end_uses_up_no_request_of_another(
    three: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "NONCES_MAX", 3)
    service, _ = make_relay(three)
    us, ch = three["us.example"].station, three["ch.example"].station
    at = Relay(NAME, service.keys.vkey("http", 1), "http://127.0.0.1:1")
    for _ in range(3):
        service.fetch(relaying.collect(ch, at, 0))
    with pytest.raises(RelayFull, match="requests within"):
        service.fetch(relaying.collect(ch, at, 0))
    assert service.fetch(relaying.collect(us, at, 0))[2] is None
