"""Openline JSON: one spelling per value, and nothing that two readers could take differently."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openline.formats import openjson
from openline.formats.malformed import Malformed
from tests.formats.strategies import both_ways, json_values
from tests.vectors import load

ANSWERS = load("json")


@pytest.mark.parametrize("text", ANSWERS["good"])
def test_a_good_spelling_is_read_and_written_back(text: str) -> None:
    assert openjson.encode(openjson.decode(text.encode())) == text.encode()


@pytest.mark.parametrize("text", ANSWERS["bad"])
def test_a_bad_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        openjson.decode(text.encode())


def test_the_plain_reader_would_take_most_of_the_bad_spellings() -> None:
    """The control: without our own checks these would be values."""

    def plain(text: str) -> bool:
        try:
            json.loads(text)
        except ValueError:
            return False
        return True

    assert sum(plain(text) for text in ANSWERS["bad"]) > len(ANSWERS["bad"]) // 2


@given(json_values, st.data())
def test_what_is_written_is_read_back_equal_and_one_byte_more_or_less_is_seen(
    value: openjson.Value, data: st.DataObject
) -> None:
    both_ways(value, openjson.encode, openjson.decode, data.draw)


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8")))
@example(b"\xff")
@example(b"\xef\xbb\xbf1")
@example(b'"\xed\xa0\x80"')
def test_any_bytes_are_refused_or_are_their_own_spelling(data: bytes) -> None:
    try:
        value = openjson.decode(data)
    except Malformed:
        return
    assert openjson.encode(value) == data


@given(json_values)
def test_what_was_read_once_may_be_read_again_without_checks(value: openjson.Value) -> None:
    assert openjson.reread(openjson.encode(value)) == value


def test_sixteen_levels_are_read_and_seventeen_are_not() -> None:
    assert openjson.decode(b"[" * 16 + b"]" * 16)
    with pytest.raises(Malformed):
        openjson.decode(b"[" * 17 + b"]" * 17)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_endless_nesting_is_refused_and_does_not_exhaust_the_stack(opening: bytes) -> None:
    with pytest.raises(Malformed):
        openjson.decode(opening * 200_000)


def test_values_are_counted_with_their_containers() -> None:
    assert openjson.decode(b"[" + b"1," * 9_998 + b"1]")
    with pytest.raises(Malformed, match="10000 values"):
        openjson.decode(b"[" + b"1," * 9_999 + b"1]")
    assert openjson.decode(b"[" + b"1," * 9_999 + b"1]", values_max=10_001)


def test_an_integer_of_five_thousand_digits_is_refused() -> None:
    with pytest.raises(Malformed):
        openjson.decode(b"9" * 5_000)
    with pytest.raises(Malformed):
        openjson.decode(b"-9007199254740992")


def test_input_is_bounded_before_it_is_read() -> None:
    with pytest.raises(Malformed, match="longer than 10 bytes"):
        openjson.decode(b'"' + b"a" * 20 + b'"', bytes_max=10)


def test_control_characters_have_one_spelling_each() -> None:
    every = "".join(map(chr, range(32))) + "\x7f\u2028"
    written = openjson.encode(every).decode()
    assert written == (
        '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f'
        "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d"
        '\\u001e\\u001f\x7f\u2028"'
    )
    for other in (b'"\\u000a"', b'"\\u001F"', b'"\\u002f"', b'"\n"'):
        with pytest.raises(Malformed):
            openjson.decode(other)


@pytest.mark.parametrize(
    "value", [1.0, None, (1,), {"A": 1}, {1: 2}, {"": 1}, {"a" * 65: 1}, "\ud800", 2**53, b"a"]
)
def test_a_writer_cannot_write_what_no_reader_takes(value: object) -> None:
    with pytest.raises(Malformed):
        openjson.encode(value)  # type: ignore[arg-type]


def test_a_list_that_holds_itself_is_refused() -> None:
    ring: list[openjson.Value] = []
    ring.append(ring)
    with pytest.raises(Malformed):
        openjson.encode(ring)
