"""Deliveries and what a witness is sent: an old size, a checkpoint, and what lies between."""

import base64
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.add_checkpoint import (
    AddCheckpoint,
    parse_add_checkpoint,
    parse_size_body,
    size_body,
)
from openline.formats.delivery import (
    BODY_BYTES_MAX,
    ENVELOPE_BYTES_MAX,
    Delivery,
    parse_delivery,
    read_opening,
)
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import Note, Signature
from tests.formats.strategies import both_ways, hashes
from tests.vectors import load

DELIVER = load("deliver")
MESSAGES = load("messages")
BODY = base64.b64decode(DELIVER["body"])
DELIVERY = parse_delivery(BODY)


def note_of(size: int) -> bytes:
    """A checkpoint note of that size under some signature."""
    head = Head("a.example/openline", size, bytes(32))
    return Note(head.text(), (Signature("a.example/openline", bytes(4), bytes(64)),)).encode()


def delivery_of(old: int, entries: list[tuple[bytes, bytes]]) -> Delivery:
    """A delivery of these entries."""
    return Delivery(old, note_of(old + len(entries)), tuple(entries))


entries = st.lists(
    st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=20)), max_size=4
)


def test_the_published_body_is_read_and_written_back() -> None:
    assert DELIVERY.encode() == BODY
    assert DELIVERY.old == DELIVER["old"]
    opening, _ = read_opening(BODY)
    assert opening.note == DELIVERY.note
    assert (opening.head.origin, opening.head.size) == (DELIVER["origin"], DELIVER["size"])
    assert opening.head.root.hex() == DELIVER["root"]


def test_the_published_body_holds_the_published_entries() -> None:
    own = [m for m in MESSAGES if m["origin"] == DELIVER["origin"]]
    assert list(DELIVERY.entries) == [
        (m["leaf"].encode(), base64.b64decode(m["envelope"])) for m in own[:2]
    ]


@given(st.integers(0, 1_000), entries, st.data())
def test_a_delivery_is_read_back_and_a_damaged_one_is_seen(
    old: int, pairs: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    both_ways(delivery_of(old, pairs), Delivery.encode, parse_delivery, data.draw)


def test_the_same_head_may_be_sent_again_without_entries() -> None:
    assert parse_delivery(delivery_of(7, []).encode()).entries == ()


def test_an_envelope_that_its_server_erased_is_empty() -> None:
    erased = delivery_of(0, [(b"leaf", b"")])
    assert parse_delivery(erased.encode()) == erased


@pytest.mark.parametrize("cut", [0, 3, 4, 10, len(BODY) // 2, len(BODY) - 1])
def test_a_body_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(Malformed):
        parse_delivery(BODY[:cut])


def test_a_byte_after_the_last_entry_is_refused() -> None:
    with pytest.raises(Malformed, match="after the last entry"):
        parse_delivery(BODY + b"\0")


def test_the_number_of_entries_is_what_the_checkpoint_says() -> None:
    one = delivery_of(0, [(b"leaf", b"envelope")])
    for note in (note_of(0), note_of(2)):
        with pytest.raises(Malformed):
            parse_delivery(replace(one, note=note).encode())


def test_an_old_size_above_the_new_one_is_refused() -> None:
    with pytest.raises(Malformed):
        parse_delivery(Delivery(2, note_of(1), ()).encode())


def test_leaves_and_envelopes_are_bounded() -> None:
    for leaf, envelope in ((b"", b"x"), (b"l" * 257, b"x"), (b"l", bytes(ENVELOPE_BYTES_MAX + 1))):
        with pytest.raises(Malformed):
            delivery_of(0, [(leaf, envelope)]).encode()
    start = len(delivery_of(1, []).encode().replace(b"old 1", b"old 0"))
    good = delivery_of(0, [(b"leaf", b"envelope")]).encode()
    for length in (0, 257):
        with pytest.raises(Malformed):
            parse_delivery(good[:start] + struct.pack(">H", length) + good[start + 2 :])


def test_at_most_256_entries_and_8_mib_travel_at_once() -> None:
    full = delivery_of(0, [(b"l", b"e")] * 256)
    assert parse_delivery(full.encode()) == full
    with pytest.raises(Malformed, match="256 entries"):
        delivery_of(0, [(b"l", b"e")] * 257).encode()
    with pytest.raises(Malformed, match="256 entries"):
        parse_delivery(Delivery(0, note_of(9_000), ()).encode())
    with pytest.raises(Malformed, match="longer than"):
        delivery_of(0, [(b"l", bytes(ENVELOPE_BYTES_MAX))] * 17).encode()
    with pytest.raises(Malformed, match="longer than"):
        parse_delivery(bytes(BODY_BYTES_MAX + 1))


def test_a_note_beyond_16_kib_is_refused_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="the note is too long"):
        read_opening(struct.pack(">I", 16_385) + bytes(16_385))


def test_a_proof_has_no_place_before_entries() -> None:
    opening = AddCheckpoint(0, (bytes(32),), note_of(0)).encode()
    with pytest.raises(Malformed, match="proof has no place"):
        parse_delivery(struct.pack(">I", len(opening)) + opening)


@given(st.integers(0, 9), st.lists(hashes, max_size=4).map(tuple), st.data())
def test_what_a_witness_is_sent_is_read_back(
    old: int, proof: tuple[bytes, ...], data: st.DataObject
) -> None:
    both_ways(
        AddCheckpoint(old, proof, note_of(9)), AddCheckpoint.encode, parse_add_checkpoint, data.draw
    )


GOOD = AddCheckpoint(1, (bytes(32),), note_of(9)).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[4:],
        GOOD.replace(b"old 1", b"old 01"),
        GOOD.replace(b"old 1", b"old 10"),
        GOOD.replace(b"old 1", b"new 1"),
        GOOD.replace(b"AAA=\n\n", b"AAA=\n"),
        GOOD.replace(b"AAA=\n\n", b"AAA=\n\n\n"),
        GOOD.replace(b"AAA=\n\n", b"AAB=\n\n"),
        GOOD.replace(b"\n9\n", b"\n09\n"),
        GOOD.replace(b"old 1\n", b"old 1\n" + b"A" * 16_384 + b"\n"),
        AddCheckpoint(1, (bytes(32),) * 63, note_of(9))
        .encode()
        .replace(b"old 1\n", b"old 1\n" + base64.b64encode(bytes(32)) + b"\n"),
    ],
)
def test_any_other_body_is_nothing_for_a_witness(data: bytes) -> None:
    assert parse_add_checkpoint(GOOD)
    with pytest.raises(Malformed):
        parse_add_checkpoint(data)


@given(st.integers(0, 2**53 - 1))
def test_a_size_is_read_back(size: int) -> None:
    assert parse_size_body(size_body(size)) == size


@pytest.mark.parametrize("data", [b"", b"1", b"1\n1\n", b"01\n", b" 1\n", b"1" * 40 + b"\n"])
def test_any_other_body_is_no_size(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_size_body(data)


def raw(opening: bytes, *pieces: tuple[bytes, bytes]) -> bytes:
    """A body of this opening and these entries, written without any check."""
    parts = [struct.pack(">I", len(opening)), opening]
    for leaf, envelope in pieces:
        parts += [struct.pack(">H", len(leaf)), leaf, struct.pack(">I", len(envelope)), envelope]
    return b"".join(parts)


OPENING = AddCheckpoint(0, (), note_of(1)).encode()


def test_a_reader_holds_the_same_bounds_as_a_writer() -> None:
    assert parse_delivery(raw(OPENING, (b"l" * 256, bytes(ENVELOPE_BYTES_MAX))))
    for leaf, envelope in ((b"", b"e"), (b"l" * 257, b"e"), (b"l", bytes(ENVELOPE_BYTES_MAX + 1))):
        with pytest.raises(Malformed, match="out of its bounds"):
            parse_delivery(raw(OPENING, (leaf, envelope)))
    body = raw(OPENING, (b"leaf", b"envelope"))
    for cut in (1, 8, 9, 12, 13):
        with pytest.raises(Malformed, match=r"out of its bounds|too early"):
            parse_delivery(body[:-cut])


def test_a_note_of_too_many_lines_cannot_be_sent() -> None:
    head = Head("a.example/openline", 0, bytes(32))
    line = Signature("a.example/openline", bytes(4), bytes(2_428))
    note = Note(head.text(), (line,) * 5).encode()
    with pytest.raises(Malformed, match="16384"):
        Delivery(0, note, ()).encode()
    opening = AddCheckpoint(0, (), note).encode()
    for read in (parse_add_checkpoint, lambda data: read_opening(raw(data))):
        with pytest.raises(Malformed):
            read(opening)


@pytest.mark.parametrize(
    ("old", "proof"), [(-1, ()), (2**53, ()), (0, (bytes(31),)), (0, (bytes(32),) * 64)]
)
def test_a_body_that_no_witness_reads_cannot_be_made(old: int, proof: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        AddCheckpoint(old, proof, note_of(9))
