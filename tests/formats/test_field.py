"""Fields: salted commitments, and the lines that carry openings and bare hashes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats import openjson
from openline.formats.field import (
    PLAINTEXT_MAX,
    VALUE_MAX,
    Field,
    faults,
    new_field,
    parse_lines,
    spell_lines,
)
from openline.formats.malformed import Malformed
from tests.formats.strategies import fields, lines
from tests.vectors import load

MESSAGES = load("messages")
SALT = bytes(range(32))


def items_of(message: dict[str, Any]) -> list[Field | bytes]:
    """The lines that the addressees of a published message were sent."""
    found: list[Field | bytes] = []
    for i, each in enumerate(message["fields"]):
        field = Field(bytes.fromhex(each["salt"]), each["path"], each["value"].encode())
        found.append(field.hash if i in message["withheld"] else field)
    return found


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: f"{m['origin'][:18]}-{m['index']}")
def test_each_published_field_has_its_published_hash(
    message: dict[str, list[dict[str, str]]],
) -> None:
    for each in message["fields"]:
        field = Field(bytes.fromhex(each["salt"]), each["path"], each["value"].encode())
        assert field.hash.hex() == each["hash"]
        assert new_field(field.path, field.json, field.salt) == field


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: f"{m['origin'][:18]}-{m['index']}")
def test_the_lines_of_each_published_message_are_read_and_written_back(
    message: dict[str, Any],
) -> None:
    items = items_of(message)
    text = spell_lines(items)
    assert len(text) % 256 == 0
    assert parse_lines(text, len(items)) == tuple(items)
    assert faults(items, message["withheld"]) == ()


@given(lines, st.integers(0, 3))
def test_lines_are_read_back_with_any_number_of_lfs_after_them(
    items: list[Field | bytes], more: int
) -> None:
    text = spell_lines(items)
    assert parse_lines(text, len(items)) == tuple(items)
    assert parse_lines(text.rstrip(b"\n") + b"\n" * more, len(items)) == tuple(items)


@given(lines, st.data())
def test_damaged_lines_are_refused_or_are_the_spelling_of_what_they_say(
    items: list[Field | bytes], data: st.DataObject
) -> None:
    text = spell_lines(items)
    at = data.draw(st.integers(0, len(text)))
    other = text[:at] + data.draw(st.binary(max_size=2)) + text[at + data.draw(st.integers(0, 2)) :]
    try:
        found = parse_lines(other, len(items))
    except Malformed:
        return
    assert spell_lines(found).rstrip(b"\n") == other.rstrip(b"\n")


@given(fields)
def test_a_field_gives_its_value_and_a_fresh_copy_each_time(field: Field) -> None:
    assert openjson.encode(field.json) == field.value
    if isinstance(field.json, list):
        field.json.append(1)
        assert openjson.encode(field.json) == field.value


@given(fields, fields)
def test_two_openings_have_one_hash_only_if_they_are_the_same(one: Field, two: Field) -> None:
    assert (one.hash == two.hash) == (one == two)


def test_the_zero_byte_keeps_path_and_value_apart() -> None:
    assert Field(SALT, "a", b"12").hash != Field(SALT, "a1", b"2").hash


@pytest.mark.parametrize(
    ("salt", "path", "value"),
    [
        (SALT[1:], "a", b"1"),
        (SALT, "", b"1"),
        (SALT, "A", b"1"),
        (SALT, "a\tb", b"1"),
        (SALT, "a" * 101, b"1"),
        (SALT, "a", b""),
        (SALT, "a", b"1.5"),
        (SALT, "a", b" 1"),
        (SALT, "a", b"\xff"),
        (SALT, "a", b'"' + b"a" * VALUE_MAX + b'"'),
        (SALT, "é", b"1"),
    ],
)
def test_a_field_outside_its_bounds_cannot_be_made(salt: bytes, path: str, value: bytes) -> None:
    with pytest.raises(Malformed):
        Field(salt, path, value)


def test_a_line_too_few_or_too_many_is_refused() -> None:
    text = spell_lines([SALT, SALT])
    for count in (1, 3, -1, 513):
        with pytest.raises(Malformed):
            parse_lines(text, count)


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"AAAA",
        Field(SALT, "a", b"1").line() + b"\r",
        Field(SALT, "a", b"1").line() + b"\t",
        Field(SALT, "a", b"1").line().replace(b"\t", b" "),
        Field(SALT, "a", b"1").line()[:-2],
        b"\t" + Field(SALT, "a", b"1").line(),
        b"",
    ],
)
def test_a_line_of_another_grammar_is_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        parse_lines(line + b"\n", 1)


def test_no_lines_are_no_bytes_or_only_lfs() -> None:
    assert spell_lines([]) == b""
    assert parse_lines(b"", 0) == parse_lines(b"\n\n", 0) == ()


def test_limits_hold_for_writer_and_reader() -> None:
    big = Field(SALT, "a", b'"' + b"a" * (VALUE_MAX - 2) + b'"')
    assert len(big.value) == VALUE_MAX
    with pytest.raises(Malformed):
        spell_lines([big] * 16)
    with pytest.raises(Malformed):
        spell_lines([SALT] * 513)
    with pytest.raises(Malformed):
        parse_lines(b"\n" * (PLAINTEXT_MAX + 1), 0)
    text = spell_lines([SALT] * 512)
    assert len(parse_lines(text, 512)) == 512
    with pytest.raises(Malformed, match="more than 512"):
        parse_lines(text.rstrip(b"\n") + text[44:90], 513)


def test_a_path_twice_is_reported_and_hides_nothing() -> None:
    twice = [Field(SALT, "a", b"1"), Field(SALT, "a", b"2")]
    assert parse_lines(spell_lines(twice), 2) == tuple(twice)
    assert faults(twice, []) == ("a path occurs twice: a",)


@pytest.mark.parametrize("withheld", [[], [0], [1, 2], [2, 1], "1", True, [1, 1]])
def test_bare_hashes_must_be_exactly_the_withheld_list(withheld: openjson.Value) -> None:
    items = [Field(SALT, "a", b"1"), SALT, Field(SALT, "b", b"1")]
    assert faults(items, [1]) == ()
    assert len(faults(items, withheld)) == 1
