"""A head: three lines and no other spelling of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.head import EMPTY_ROOT, Head, parse_head
from openline.formats.malformed import Malformed
from tests.formats.strategies import both_ways, heads
from tests.vectors import load

NOTES = load("notes")
GOOD = NOTES["checkpoint_text"].encode()


def test_the_published_checkpoint_text_is_read_and_written_back() -> None:
    head = parse_head(GOOD)
    assert (head.origin, head.size) == (NOTES["origin"], 23)
    assert head.root.hex() == NOTES["roots"][23]
    assert head.text().encode() == GOOD


def test_the_empty_log_has_the_published_root() -> None:
    assert NOTES["roots"][0] == EMPTY_ROOT.hex()


@given(heads, st.data())
def test_a_head_is_read_back_and_a_damaged_one_is_seen(head: Head, data: st.DataObject) -> None:
    both_ways(head, lambda h: h.text().encode(), parse_head, data.draw)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-1],
        GOOD + b"extension\n",
        GOOD.replace(b"\n23\n", b"\n023\n"),
        GOOD.replace(b"\n23\n", b"\n-23\n"),
        GOOD.replace(b"\n23\n", b"\n9007199254740992\n"),
        GOOD.replace(b"\n23\n", "\n٢٣\n".encode()),
        GOOD.replace(b"GZA=", b"GZB="),
        GOOD.replace(b"\n", b"\r\n"),
        b"a" * 400 + GOOD,
        b"\xff" + GOOD,
        b"A" + GOOD,
    ],
)
def test_any_other_text_is_no_head(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_head(data)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 0, bytes(32)),
        ("a b", 0, bytes(32)),
        ("a", -1, bytes(32)),
        ("a", 2**53, bytes(32)),
        ("a", 0, bytes(31)),
    ],
)
def test_a_head_that_could_not_be_read_cannot_be_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(Malformed):
        Head(origin, size, root)
