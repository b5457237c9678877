"""The leaf: five lines; unknown kinds and counts are carried, other spellings are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.leaf import KINDS, Leaf, parse_leaf
from openline.formats.malformed import Malformed
from tests.formats.strategies import both_ways, leaves
from tests.vectors import load

MESSAGES = load("messages")
GOOD = MESSAGES[1]["leaf"].encode()


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: f"{m['origin'][:18]}-{m['index']}")
def test_each_published_leaf_is_read_and_written_back(message: dict[str, str]) -> None:
    leaf = parse_leaf(message["leaf"].encode())
    assert leaf.kind in KINDS
    assert leaf.encode() == message["leaf"].encode()


@given(leaves, st.data())
def test_a_leaf_is_read_back_and_a_damaged_one_is_seen(leaf: Leaf, data: st.DataObject) -> None:
    both_ways(leaf, Leaf.encode, parse_leaf, data.draw)


def test_a_kind_from_a_later_version_is_carried() -> None:
    assert parse_leaf(GOOD.replace(b" message\n", b" parley\n")).kind == "parley"


def test_a_count_above_the_limit_is_left_to_the_opening() -> None:
    """A leaf that claims 9,999 fields is its sender's defect, not a reason to stop the line."""
    assert parse_leaf(GOOD.replace(b"\n17\n", b"\n9999\n")).fields == 9_999


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace(b"/v1 ", b"/v2 "),
        GOOD.replace(b" message", b" Message"),
        GOOD.replace(b" message", b" "),
        GOOD.replace(b" message", b" " + b"a" * 17),
        GOOD.replace(b"\n17\n", b"\n017\n"),
        GOOD.replace(b"\n17\n", b"\n+17\n"),
        GOOD.replace(b"\n17\n", b"\n9007199254740992\n"),
        GOOD.replace(b"9zM=", b"9zN="),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n17\n", b"\n" + b"1" * 200 + b"\n"),
    ],
)
def test_any_other_text_is_no_leaf(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_leaf(data)


def test_a_leaf_that_could_not_be_read_cannot_be_made() -> None:
    for bad in (("Open", 0, 0), ("open", -1, 0), ("open", 0, 2**53)):
        with pytest.raises(Malformed):
            Leaf(*bad, bytes(32), bytes(32))
    with pytest.raises(Malformed):
        Leaf("open", 0, 0, bytes(31), bytes(32))
    with pytest.raises(Malformed):
        Leaf("open", 0, 0, bytes(32), bytes(33))
