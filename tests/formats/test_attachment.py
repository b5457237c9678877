"""What a field says of a file: one spelling, bounded, with a name that is no path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.attachment import (
    PER_ENTRY_MAX,
    SEALED_BYTES_MAX,
    Attached,
    fitting,
    named_in,
    read_attached,
)
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value, decode, encode
from openline.formats.spell import b64

ONE = Attached("plate.jpg", 4_096, bytes(32), bytes([1]) * 32)


def numbered(n: int) -> Attached:
    return Attached(f"{n}.jpg", 1, n.to_bytes(32, "big"), bytes(32))


def test_a_value_is_read_as_it_was_written() -> None:
    assert read_attached(decode(encode(ONE.value()))) == ONE


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": "../key"}, {"name": "a/b"}, {"name": "a\\b"}, {"name": ".hidden"},
        {"name": "a."}, {"name": "a\u202egpj.exe"}, {"name": "a\u3164b"}, {"name": "a\nb"},
        {"name": "a" * 101}, {"name": 7}, {"size": 0}, {"size": -1}, {"size": True},
        {"size": SEALED_BYTES_MAX + 1}, {"size": "7"}, {"age": b64(bytes(31))}, {"age": "zz"},
        {"plain": None}, {"type": "image/jpeg"},
    ],
)  # fmt: skip
def test_another_spelling_is_no_attachment_and_names_nothing(change: dict[str, Value]) -> None:
    value: Value = {**ONE.value(), **change}
    with pytest.raises(Malformed):
        read_attached(value)
    assert list(named_in([value])) == []


def test_attachments_are_found_in_a_field_in_a_list_and_in_what_was_revealed() -> None:
    opening: Value = ["us.example/openline/x", 1, 9, "c2FsdA==", "photo", numbered(3).value()]
    fields: list[Value] = [
        "plain", 7, numbered(1).value(), [numbered(2).value(), numbered(1).value()], [opening],
    ]  # fmt: skip
    assert [each.age[-1] for each in named_in(fields)] == [1, 2, 3]


def test_of_one_message_no_more_than_so_many_files_count() -> None:
    many: list[Value] = [numbered(n).value() for n in range(PER_ENTRY_MAX + 9)]
    assert len(list(named_in([many]))) == PER_ENTRY_MAX


@given(st.text(max_size=200))
def test_any_name_becomes_one_that_can_be_told(name: str) -> None:
    found = fitting(name)
    assert Attached(found, 1, bytes(32), bytes(32)).name == found


def test_a_plain_name_stays_and_its_ending_survives_a_cut() -> None:
    assert fitting("Schlüssel (2).jpg") == "Schlüssel (2).jpg"
    assert fitting("x" * 200 + ".jpeg").endswith("x.jpeg")
    assert fitting("../../etc/passwd") == "_.._etc_passwd"


@given(
    st.recursive(
        st.one_of(st.booleans(), st.integers(0, 99), st.text(max_size=9)),
        lambda inner: (
            st.lists(inner, max_size=6)
            | st.dictionaries(st.sampled_from(["age", "name", "plain", "size", "x"]), inner)
        ),
        max_leaves=20,
    )
)
def test_any_value_names_files_or_nothing_and_never_fails(value: Value) -> None:
    assert all(isinstance(each, Attached) for each in named_in([value]))
