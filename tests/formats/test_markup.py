"""XML from outside: no document type, no entity, bounded; CAP, CoT and AIXM stand on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.foreign.markup import HostileMarkup, parse
from openline.formats.malformed import Malformed

BOMB = (
    b"""<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>"""
)
OUTSIDE = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""


@pytest.mark.parametrize("data", [BOMB, OUTSIDE, b"<!DOCTYPE a><a/>"])
def test_a_document_type_is_refused_before_anything_is_expanded(data: bytes) -> None:
    with pytest.raises(HostileMarkup):
        parse(data, "test")


def test_plain_markup_is_read() -> None:
    root = parse(b'<a xmlns="u:v"><b c="d">e</b></a>', "test")
    assert (root.tag, root[0].tag, root[0].text, root[0].get("c")) == ("{u:v}a", "{u:v}b", "e", "d")


@pytest.mark.parametrize(
    "data", [b"<a>", b"", b"<a>&x;</a>", b"<a/>" + b" " * 100, b"<a>" * 70 + b"</a>" * 70,
             b'<?xml version="1.0" encoding="x-none"?><a/>'],
)  # fmt: skip
def test_what_is_not_well_formed_or_beyond_bounds_is_refused(data: bytes) -> None:
    limit = 20 if data.endswith(b" ") else 1_000
    with pytest.raises(Malformed):
        parse(data, "test", limit)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse(data, "test")
    except (Malformed, HostileMarkup):
        return
