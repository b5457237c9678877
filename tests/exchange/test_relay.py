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
    read_fetched,
)
from openline.exchange.carried.relaying import BadHeld
from openline.exchange.folding import receipts
from openline.exchange.membership import identity
from openline.exchange.station import Station
from openline.formats.charter import Relay
from openline.formats.document.speaker import speakers
from openline.formats.openjson import Value
from openline.formats.request import Ask
from openline.formats.spell import b64
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import SUITE, T0, Peers, text

CLARIFY = "core/clarification@1"
NAME = "relay.example"
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
    taken = relaying.came(ru, at, *read_fetched(answer))
    assert (taken.entries, taken.refused) == (1, [])
    assert receipts.of_line(ru, line_id).available_s(place, "ru.example") == left_s
    back = relaying.reply(ru, at, "us.example", taken)
    assert back is not None
    service.put(back.body)
    assert service.fetch(relaying.collect(ru, at, 0))[2] is None

    _, _, answer = service.fetch(relaying.collect(us, at, 0))
    assert answer is not None
    relaying.came(us, at, *read_fetched(answer))
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
    from openline.exchange.carried.relay import read_put

    _, file = read_put(sent.body)
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


def left(service: RelayService, sender: Station, party: str, file: bytes) -> bytes:
    """A request that leaves any bytes for a party."""
    digest = hashlib.sha256(file).digest()
    ask = Ask(
        sender.party, NAME, sender.clock.now_s(), sender.random(16), "put",
        (party, f"{sender.party}/openline", "1", b64(bytes(32)), b64(digest)),
    )  # fmt: skip
    return relay.put_body(sender.keys.sign_request(ask.text()), file)


def fetched(service: RelayService, asker: Station, after: int) -> bytes | None:
    """The next file for a party that has those up to `after`."""
    now_s = asker.clock.now_s()
    ask = Ask(asker.party, NAME, now_s, asker.random(16), "fetch", (str(after), "0"))
    return service.fetch(asker.keys.sign_request(ask.text()))[2]


def test_who_leaves_a_file_of_another_for_itself_takes_it_from_nobody(three: Peers) -> None:
    service, _ = make_relay(three)
    us, ru, ch = (three[name].station for name in ("us.example", "ru.example", "ch.example"))
    service.put(left(service, us, "ru.example", b"sealed to RU"))
    service.put(left(service, ch, "ch.example", b"sealed to RU"))
    for after in (0, 1):
        fetched(service, ch, after)
    answer = fetched(service, ru, 0)
    assert answer is not None and read_fetched(answer)[2] == b"sealed to RU"
    fetched(service, ru, 1)
    assert service.store.body(hashlib.sha256(b"sealed to RU").digest()) is None, "and then it goes"


def test_one_sender_that_leaves_without_end_keeps_no_other_out(
    three: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "ADDRESSEE_FILES_MAX", 8)
    service, _ = make_relay(three)
    us, ru, ch = (three[name].station for name in ("us.example", "ru.example", "ch.example"))
    for number in range(4):
        service.put(left(service, ch, "ru.example", b"%d" % number))
    with pytest.raises(RelayFull, match="ch"):
        service.put(left(service, ch, "ru.example", b"more"))
    service.put(left(service, us, "ru.example", b"ours"))
    fetched(service, ru, 5)
    service.put(left(service, ch, "ru.example", b"more"))


def test_one_sender_that_asks_without_end_uses_up_no_request_of_another(
    three: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "NONCES_MAX", 3)
    service, _ = make_relay(three)
    us, ch = three["us.example"].station, three["ch.example"].station
    for _ in range(3):
        fetched(service, ch, 0)
    with pytest.raises(RelayFull, match="ch"):
        fetched(service, ch, 0)
    assert fetched(service, us, 0) is None
