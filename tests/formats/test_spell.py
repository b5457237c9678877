"""Small spellings: each value has one, and digits, letters and spaces outside ASCII are none."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats import spell
from openline.formats.malformed import Malformed
from tests.formats.strategies import parties


@given(st.binary(max_size=100))
def test_base64_is_read_back(data: bytes) -> None:
    assert spell.unb64(spell.b64(data)) == data
    assert spell.unb64(spell.b64(data), len(data)) == data
    assert spell.b64(data) == base64.b64encode(data).decode()


@given(st.text(alphabet="AB+/=-_ \n\u0661", max_size=8))
def test_any_text_is_no_base64_or_its_own_spelling(text: str) -> None:
    try:
        data = spell.unb64(text)
    except Malformed:
        return
    assert spell.b64(data) == text


@pytest.mark.parametrize(
    "text", ["AB==", "A", "AA", "AA=", "AA==\n", " AA==", "AA==AA==", "-_==", "é"]
)
def test_a_second_spelling_of_base64_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        spell.unb64(text)


def test_the_plain_decoder_has_two_spellings_of_one_byte() -> None:
    """The control: only our comparison tells them apart."""
    assert binascii.a2b_base64("AA==", strict_mode=True) == binascii.a2b_base64(
        "AB==", strict_mode=True
    )


def test_base64_of_another_length_is_refused() -> None:
    with pytest.raises(Malformed, match="31 bytes instead of 32"):
        spell.unb64(spell.b64(bytes(31)), 32)


@given(st.integers(0, 2**53 - 1))
def test_an_integer_is_read_back(value: int) -> None:
    assert spell.parse_int(str(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01",
        "-1",
        "+1",
        "1_0",
        " 1",
        "1 ",
        "1\n",
        "١",
        "²",
        "1.0",
        "1e3",
        "9007199254740992",
        "9" * 5_000,
    ],
)
def test_what_the_language_might_take_for_a_number_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        spell.parse_int(text)


def test_an_integer_may_have_a_bound_of_its_own() -> None:
    assert spell.parse_int("2", 2) == 2
    assert spell.parse_int(str(2**63 - 1), 2**63 - 1) == 2**63 - 1
    with pytest.raises(Malformed):
        spell.parse_int("3", 2)


@given(parties)
def test_a_party_has_a_domain_name(name: str) -> None:
    assert spell.check_party(name) == name
    assert spell.check_key_name(f"{name}/receipt")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "north",
        "North.example",
        "north.example\n",
        "north..example",
        ".north.example",
        "a.b.",
        "-a.example",
        "a-.example",
        "a_b.example",
        "nоrth.example",
        "a" * 64 + ".example",
        "a." * 49 + "aaa",
    ],
)
def test_a_name_that_is_no_party_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        spell.check_party(name)


@pytest.mark.parametrize(
    "name", ["", "a b", "a\u00a0b", "a+b", "a\nb", "a" * 201, "é" * 101, "\ud800"]
)
def test_a_key_name_has_neither_space_nor_plus(name: str) -> None:
    with pytest.raises(Malformed):
        spell.check_note_name(name)


def test_a_foreign_witness_may_have_any_other_name() -> None:
    assert spell.check_note_name("Zeuge-№7/é")


@pytest.mark.parametrize(
    "url",
    [
        "https://node.mfa.north.example",
        "https://a.example:8443/openline/x",
        "http://127.0.0.1:8000",
        "http://localhost:1/",
        "http://[::1]:8080",
        "https://[2001:db8::1]/a",
    ],
)
def test_an_address_is_https_or_on_this_machine(url: str) -> None:
    assert spell.check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://node.example",
        "ftp://a.example",
        "https://user@a.example",
        "https://a.example?x=1",
        "https://a.example#x",
        "https://a.example/ b",
        "https://",
        "HTTPS://a.example",
        "//a.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://a.example/" + "a" * 500,
        "https://a.example\n",
        "https://a.example\\b",
    ],
)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        spell.check_url(url)


@given(st.integers(-62135596800, 253402300799))
def test_a_time_is_read_back(time_s: int) -> None:
    assert spell.parse_utc(spell.utc(time_s)) == time_s


def test_a_time_looks_as_people_write_it() -> None:
    assert spell.utc(1676880000) == "2023-02-20T08:00:00Z"
    assert spell.utc(-62135596800) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-20T08:00:00",
        "2023-02-20 08:00:00Z",
        "2023-02-20T08:00:00+00:00",
        "2023-02-30T08:00:00Z",
        "2023-02-20T24:00:00Z",
        "2023-02-20T08:00:60Z",
        "2023-02-20T08:00:00.0Z",
        "0000-01-01T00:00:00Z",
        "2023-2-20T08:00:00Z",
        "2023-02-20t08:00:00z",
        "٢٠٢٣-02-20T08:00:00Z",
        "2023-02-20T08:00:00Z\n",
    ],
)
def test_another_spelling_of_a_time_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        spell.parse_utc(text)


@pytest.mark.parametrize("time_s", [-62135596801, 253402300800, 2**63])
def test_a_time_outside_the_calendar_is_refused(time_s: int) -> None:
    with pytest.raises(Malformed):
        spell.utc(time_s)


def test_base32_is_lower_case_and_has_no_padding() -> None:
    assert spell.b32(b"\0\xff") == "ad7q"
    assert len(spell.b32(bytes(32))) == 52


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a",
        b"a\r\n",
        b"a\x85\n",
        b"a\tb\n",
        b"\xff\n",
        b"a\xc2\x85\n",
        "a\u2028b\n".encode(),
        b"abcdefgh\n",
    ],
)
def test_a_text_of_lines_ends_with_lf_and_holds_no_other_line_end(data: bytes) -> None:
    with pytest.raises(Malformed):
        spell.text_lines(data, 8, what="text")


def test_lines_are_given_without_their_ends() -> None:
    assert spell.text_lines(b"a\n\nb\n", 8, what="text") == ["a", "", "b"]


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (spell.check_int, [0, 2**53 - 1], [-1, 2**53]),
        (
            spell.check_domain,
            ["localhost", "desk.a.example"],
            ["", "a b", "A", "a" * 64, "a." * 127],
        ),
        (spell.check_key_name, ["a/b.c-1"], ["", "A", "a_b", "a b", "a" * 201, "a\n"]),
        (spell.check_note_name, ["a" * 200], ["a\x01", "a\x85"]),
    ],
)
def test_a_checked_value_is_given_back_or_refused(
    check: Callable[[Any], Any], good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert check(value) == value
    for value in bad:
        with pytest.raises(Malformed):
            check(value)


def test_what_a_check_refuses_is_named() -> None:
    for call in (
        lambda: spell.check_size(bytes(31), 32, what="the thing"),
        lambda: spell.check_token("A", what="the thing"),
        lambda: spell.check_token("a" * 65, what="the thing"),
        lambda: spell.check_token("-a", what="the thing"),
        lambda: spell.check_word("", what="the thing"),
        lambda: spell.check_word("a" * 501, what="the thing"),
        lambda: spell.check_word("a b", what="the thing"),
        lambda: spell.check_word("a\x7f", what="the thing"),
        lambda: spell.check_line("", 9, what="the thing"),
        lambda: spell.check_line("é" * 5, 9, what="the thing"),
        lambda: spell.check_line("a\nb", 9, what="the thing"),
        lambda: spell.check_line("a\tb", 9, what="the thing"),
        lambda: spell.check_line("\u202fa", 9, what="the thing"),
        lambda: spell.check_line("a ", 9, what="the thing"),
        lambda: spell.check_sorted(["a", "a"], what="the thing"),
        lambda: spell.check_sorted(["b", "a"], what="the thing"),
        lambda: spell.utf8("\udc80", what="the thing"),
    ):
        with pytest.raises(Malformed, match=r"^the thing: ") as caught:
            call()
        assert (caught.value.what, caught.value.code) == ("the thing", "formats.malformed")
