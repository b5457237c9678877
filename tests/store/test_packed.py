"""Stored texts without their base64: smaller, and the same bytes again."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.leaf import Leaf
from openline.store.faults import StoreDamaged
from openline.store.packed import RUN_MIN, pack, pack_leaf, unpack, unpack_leaf

RUNS = st.binary(min_size=40, max_size=200).map(base64.b64encode)
PIECES = st.one_of(
    st.binary(max_size=80),
    RUNS,
    RUNS.map(lambda run: run.rstrip(b"=")),
    RUNS.map(lambda run: run[:-1]),
    RUNS.map(lambda run: run + b"="),
    RUNS.map(lambda run: run[:-2] + b"/" + run[-1:]),
    st.sampled_from([b"A" * RUN_MIN, b"=" * 5, b"\n", b" ", b"", b"+/" * 50 + b"=="]),
)


@given(st.lists(PIECES, max_size=6).map(b"".join))
def test_what_was_packed_comes_back_byte_for_byte(data: bytes) -> None:
    assert unpack(pack(data)) == data


@given(st.binary(max_size=300))
def test_any_stored_bytes_are_read_or_named_as_damaged(stored: bytes) -> None:
    try:
        unpack(stored)
    except StoreDamaged:
        pass


@given(st.binary(min_size=1, max_size=300).map(pack), st.data())
def test_a_shortened_value_is_never_read_as_whole(stored: bytes, data: st.DataObject) -> None:
    cut = stored[: data.draw(st.integers(1, len(stored) - 1))]
    try:
        assert pack(unpack(cut)) != stored
    except StoreDamaged:
        pass


def test_signature_lines_and_age_files_shrink_and_other_bytes_hardly_grow() -> None:
    line = "\u2014 a.example/receipt ".encode() + base64.b64encode(os.urandom(2_432)) + b"\n"
    assert len(pack(line)) < 0.77 * len(line)
    stanza = base64.b64encode(os.urandom(1_120)).rstrip(b"=")
    file = b"age-encryption.org/v1\n-> mlkem768x25519 " + stanza + b"\n" + os.urandom(1_500)
    assert len(pack(file)) < len(file) - 350
    noise = os.urandom(5_000)
    assert len(pack(noise)) <= len(noise) + 5 and pack(b"") == b""


@pytest.mark.parametrize("stored", [b"\x03\x00\x00\x00\x00", b"\x00", b"\x00\x00\x00\x00\x05abc"])
def test_a_segment_that_does_not_read_is_damage(stored: bytes) -> None:
    with pytest.raises(StoreDamaged):
        unpack(stored)


HASHES = st.binary(min_size=32, max_size=32)


@given(st.binary(max_size=200), HASHES)
def test_any_leaf_comes_back_byte_for_byte(leaf: bytes, body_hash: bytes) -> None:
    ending = leaf + b"\n" + base64.b64encode(body_hash) + b"\n"
    for each in (leaf, ending, ending[:-1], b"\x00" + ending, b"\x01" + leaf, b"\x02" + leaf):
        assert unpack_leaf(pack_leaf(each, body_hash), body_hash) == each


@given(st.binary(max_size=200), HASHES)
def test_a_leaf_is_kept_without_the_hash_that_its_row_has(leaf: bytes, body_hash: bytes) -> None:
    spelled = base64.b64encode(body_hash)
    whole = leaf + b"\n" + spelled + b"\n"
    assert len(pack_leaf(whole, body_hash)) == len(whole) - len(spelled) - 1
    other = bytes(32) if body_hash != bytes(32) else b"x" * 32
    assert len(pack_leaf(whole, other)) >= len(whole)


FIRST = b"openline/v1 message\n"


@given(HASHES, HASHES, st.sampled_from([FIRST, FIRST[:-1], b"openline/v1 gap\n", b""]), st.binary())
def test_whatever_resembles_the_leaf_of_a_message_comes_back_byte_for_byte(
    root: bytes, body_hash: bytes, first: bytes, middle: bytes
) -> None:
    spelled = base64.b64encode(root)
    # Base64 whose last character has bits that no byte holds: it decodes, and is another text.
    other = spelled[:-2] + (b"B" if spelled[-2:-1] == b"A" else b"z") + b"="
    for line in (spelled, other, spelled[:-1], spelled[:-1] + b"\n", spelled + b"=", root):
        leaf = first + middle + b"\n" + line + b"\n" + base64.b64encode(body_hash) + b"\n"
        assert unpack_leaf(pack_leaf(leaf, body_hash), body_hash) == leaf


def test_the_leaf_of_a_message_is_kept_in_46_bytes() -> None:
    body_hash = bytes(range(32))
    leaf = Leaf("message", 1_795_847_956, 12, bytes(reversed(range(32))), body_hash).encode()
    stored = pack_leaf(leaf, body_hash)
    assert len(leaf) == 124 and len(stored) == 46
    assert unpack_leaf(stored, body_hash) == leaf
