"""A rude member's deliveries: each is refused by name, nothing is stored, and the line goes on."""

import random
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from openline.envelope.party_keys import PartyKeys
from openline.formats.delivery import Delivery, parse_delivery
from openline.formats.head import Head
from openline.record.tree import EMPTY, Frontier, leaf_hash
from tests.exchange.conftest import StillClock, make_node
from tests.peers.conftest import (
    CH,
    US,
    Rude,
    Wire,
    code_of,
    facts,
    files_of,
    on,
    station_of,
)

NOW_S = 1_700_000_000
TRANSPORT = {
    "formats.malformed",
    "record.bad-note",
    "envelope.bad-signature",
    "exchange.unknown-party",
    "exchange.not-a-member",
    "exchange.root-mismatch",
    "exchange.envelope-mismatch",
    "exchange.origin-mismatch",
    "exchange.ahead",
}


@pytest.fixture(autouse=True)
def nothing_is_stored_and_the_line_goes_on(wire: Wire, rude: Rude) -> Iterator[None]:
    """Holds for every test of this file: what it sends changes nothing and stops nobody."""
    home = wire.prepared.homes[US]
    rude.goes_on()
    before, files = facts(wire[US]), files_of(home)
    yield
    assert facts(wire[US]) == before
    assert files_of(home) == files
    rude.goes_on()


@pytest.fixture
def spare(rude: Rude) -> Iterator[None]:
    """What the test signs into its log is forgotten again: it never reached anybody."""
    before = rude.log
    yield
    rude.station.committed(before)


def refused(wire: Wire, rude: Rude, body: bytes, *codes: str) -> None:
    """The delivery is refused under one of these names, and an officer can see it."""
    status, text = rude.deliver(body)
    assert 400 <= status < 500, (status, text)
    code, sentence, _ = text.decode().split("\n", 2)
    assert code in codes and sentence
    assert wire.events(US, code)[-1]["kind"] == "refused"


def regions(body: bytes) -> dict[str, range]:
    """Where each part of a delivery of one entry stands."""
    opening = 4 + struct.unpack(">I", body[:4])[0]
    parts = {"length": range(4), "old": range(4, body.index(b"\n", 4))}
    start = body.index(b"\n\n", 4) + 2
    names = ["origin", "size", "root", "empty", "ed25519 line", "ml-dsa line"]
    for name in names:
        end = body.index(b"\n", start) + 1
        parts[name] = range(start, end)
        start = end
    parts["leaf length"] = range(opening, opening + 2)
    leaf_end = opening + 2 + struct.unpack(">H", body[opening : opening + 2])[0]
    start = opening + 2
    for name in ("kind", "time", "fields", "fields root", "envelope hash"):
        end = body.index(b"\n", start) + 1
        parts[name] = range(start, end)
        start = end
    assert start == leaf_end
    parts["envelope length"] = range(leaf_end, leaf_end + 4)
    parts["envelope"] = range(leaf_end + 4, len(body))
    return parts


@pytest.mark.usefixtures("spare")
def test_a_changed_byte_anywhere_in_a_delivery_refuses_it_all(wire: Wire, rude: Rude) -> None:
    body = rude.says()
    before = facts(wire[US])
    for name, part in regions(body).items():
        for at in sorted({part[0], part[len(part) // 2], part[-1]}):
            for flip in (1, 0x20, 0x80):
                changed = bytearray(body)
                changed[at] ^= flip
                status, text = rude.deliver(bytes(changed))
                assert status in (400, 403, 404, 409, 422), (name, at, flip, status, text)
                assert code_of((status, text)) in TRANSPORT, (name, at, flip, text)
    for cut in (0, 3, 60, len(body) // 2, len(body) - 1):
        assert rude.deliver(body[:cut])[0] == 400, cut
    assert rude.deliver(body + b"\n")[0] == 400
    assert facts(wire[US]) == before


def test_a_log_of_another_party_cannot_be_delivered(wire: Wire, rude: Rude) -> None:
    leaf, envelope = rude.entry(rude.placed(rude.draft()))
    forger = PartyKeys(replace(rude.station.keyring, party=CH), rude.station.suite)
    for log in on(wire[US], station_of(wire[US]).logs_of, wire.line_id):
        if log.party == CH:
            frontier = Frontier(log.size, log.frontier).append(leaf_hash(leaf))
            note = forger.sign_head(Head(log.origin, frontier.size, frontier.root), NOW_S)
            body = Delivery(log.size, note, ((leaf, envelope),)).encode()
            refused(wire, rude, body, "record.bad-note")


def test_nobody_delivers_to_us_what_we_said_ourselves(wire: Wire, rude: Rude) -> None:
    station = station_of(wire[US])

    def own() -> bytes:
        log = station.own_log(wire.line_id)
        assert log is not None
        row = station.store.entry(log.origin, log.size - 1)
        assert row is not None
        body = station.store.body(row.body_hash) or b""
        return Delivery(log.size - 1, log.note, ((row.leaf, body),)).encode()

    refused(wire, rude, on(wire[US], own), "exchange.own-log")


def test_an_origin_that_no_open_entry_gives_is_refused(wire: Wire, rude: Rude) -> None:
    leaf, envelope = rude.entry(rude.placed(rude.draft()))
    origin = rude.log.origin[:-1] + ("a" if rude.log.origin[-1] != "a" else "q")
    frontier = EMPTY.extend([leaf_hash(leaf)])
    note = rude.station.keys.sign_head(Head(origin, 1, frontier.root), NOW_S)
    body = Delivery(0, note, ((leaf, envelope),)).encode()
    refused(wire, rude, body, "exchange.origin-mismatch", "formats.malformed")


@pytest.mark.usefixtures("spare")
def test_a_delivery_that_skips_entries_is_told_what_is_held(wire: Wire, rude: Rude) -> None:
    before = rude.log
    rude.says()
    status, text = rude.deliver(rude.says())
    assert (status, text) == (409, b"exchange.ahead\n%d\n" % before.size)


@pytest.mark.usefixtures("spare")
def test_signed_leaves_that_do_not_give_the_signed_root_are_refused(wire: Wire, rude: Rude) -> None:
    good = parse_delivery(rude.says())
    leaf, envelope = rude.entry(rude.placed(rude.draft()))
    refused(
        wire, rude, Delivery(good.old, good.note, ((leaf, envelope),)).encode(),
        "exchange.root-mismatch",
    )  # fmt: skip


@pytest.mark.usefixtures("spare")
def test_a_new_entry_comes_with_the_envelope_of_its_leaf(wire: Wire, rude: Rude) -> None:
    good = parse_delivery(rude.says())
    ((leaf, envelope),) = good.entries
    for other in (b"", b"age-encryption.org/v1\n", envelope[:-1], envelope + b"x"):
        body = Delivery(good.old, good.note, ((leaf, other),)).encode()
        refused(wire, rude, body, "exchange.envelope-mismatch")


@pytest.mark.parametrize(
    "leaf",
    [
        b"openline/v1 message\n",
        b"openline/v2 message\n0\n8\n" + b"A" * 43 + b"=\n" + b"A" * 43 + b"=\n",
        b"openline/v1 MESSAGE\n0\n8\n" + b"A" * 43 + b"=\n" + b"A" * 43 + b"=\n",
        b"openline/v1 message\n00\n8\n" + b"A" * 43 + b"=\n" + b"A" * 43 + b"=\n",
        b"openline/v1 message\n0\n8\n" + b"A" * 43 + b"\n" + b"A" * 43 + b"=\n",
        b"\xff" * 200,
    ],
)
@pytest.mark.usefixtures("spare")
def test_a_malformed_leaf_is_refused_even_when_its_signer_signed_it(
    wire: Wire, rude: Rude, leaf: bytes
) -> None:
    refused(wire, rude, rude.commits((leaf, b"x")), "formats.malformed")


@pytest.mark.usefixtures("spare")
def test_a_malformed_note_is_refused(wire: Wire, rude: Rude) -> None:
    good = parse_delivery(rude.says())
    text, _, lines = good.note.partition(b"\n\n")
    first, second, _ = lines.split(b"\n")
    for note in (
        text + b"\n" + lines,
        text + b"\nextension\n\n" + lines,
        text.replace(b"\n", b"\r\n") + b"\n\n" + lines,
        text + b"\n\n" + first + b"\n",
        text + b"\n\n" + second + b"\n",
        text + b"\n\n" + first + b"\n" + first + b"\n" + second + b"\n",
        text + b"\n\n" + lines * 60,
    ):
        opening = b"old %d\n\n" % good.old + note
        body = struct.pack(">I", len(opening)) + opening
        leaf, envelope = good.entries[0]
        body += struct.pack(">H", len(leaf)) + leaf + struct.pack(">I", len(envelope)) + envelope
        refused(wire, rude, body, *TRANSPORT)


def test_more_entries_than_one_delivery_may_hold_are_refused(wire: Wire, rude: Rude) -> None:
    before = rude.log
    leaf, envelope = rude.entry(rude.placed(rude.draft()))
    frontier = EMPTY.extend([leaf_hash(leaf)] * 300)
    note = rude.station.keys.sign_head(Head(before.origin, before.size + 300, frontier.root), NOW_S)
    opening = b"old %d\n\n" % before.size + note
    pair = struct.pack(">H", len(leaf)) + leaf + struct.pack(">I", len(envelope)) + envelope
    refused(wire, rude, struct.pack(">I", len(opening)) + opening + pair * 300, "formats.malformed")


def test_an_unknown_party_is_refused_and_seen(wire: Wire, rude: Rude) -> None:
    stranger = make_node("stranger.example", StillClock(), random.Random(7).randbytes)
    origin = "stranger.example" + rude.log.origin.removeprefix("zz.example")
    leaf, envelope = rude.entry(rude.placed(rude.draft()))
    frontier = EMPTY.extend([leaf_hash(leaf)])
    note = stranger.station.keys.sign_head(Head(origin, 1, frontier.root), NOW_S)
    body = Delivery(0, note, ((leaf, envelope),)).encode()
    refused(wire, rude, body, "exchange.unknown-party")
    (event,) = wire.events(US, "exchange.unknown-party")
    assert event["subject"] == "unknown"


def test_a_thousand_refusals_are_one_event_a_minute(wire: Wire, rude: Rude) -> None:
    for number in range(50):
        assert rude.deliver(b"\0\0\0\1%d" % number)[0] == 400
    assert len(wire.events(US, "formats.malformed")) <= 2


def test_the_same_delivery_again_gets_the_same_receipt(wire: Wire, rude: Rude) -> None:
    first = rude.deliver(rude.last)
    rude.receipted(first)
    assert rude.deliver(rude.last) == first
