"""The spelling of age keys for people."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.bech32 import (
    _ALPHABET,
    BadKeyText,
    _polymod,
    _widen,
    identity_text,
    parse_identity,
    parse_recipient,
    recipient_text,
)


@given(st.binary(min_size=32, max_size=32))
def test_a_seed_is_read_back_from_its_identity(seed: bytes) -> None:
    assert parse_identity(identity_text(seed)) == seed


@given(st.binary(min_size=1216, max_size=1216))
def test_a_public_key_is_read_back_from_its_recipient(public: bytes) -> None:
    text = recipient_text(public)
    assert text.startswith("age1pq1") and len(text) == 1959
    assert parse_recipient(text) == public


@given(st.integers(0, 76), st.sampled_from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L1bio -"))
def test_every_changed_character_is_refused(at: int, char: str) -> None:
    text = identity_text(bytes(range(32)))
    changed = text[:at] + char + text[at + 1 :]
    if changed != text:
        with pytest.raises(BadKeyText):
            parse_identity(changed)


@given(st.text(max_size=100))
def test_no_text_fails_in_another_way(text: str) -> None:
    for read in (parse_identity, parse_recipient):
        for whole in (text, "AGE-SECRET-KEY-PQ-1" + text, "age1pq1" + text):
            with pytest.raises(BadKeyText):
                read(whole)


def test_an_identity_has_one_spelling() -> None:
    text = identity_text(bytes(range(32)))
    for other in (text.lower(), text.capitalize(), text + "\n", " " + text, ""):
        with pytest.raises(BadKeyText):
            parse_identity(other)
    with pytest.raises(BadKeyText):
        parse_recipient(recipient_text(bytes(1216)).upper())


@pytest.mark.parametrize("size", [32, 1216])
def test_padding_bits_that_are_not_zero_are_refused_under_a_good_checksum(size: int) -> None:
    """Without this a key would have four or sixteen spellings."""
    prefix = "age-secret-key-pq-" if size == 32 else "age1pq"
    read = parse_identity if size == 32 else parse_recipient
    count = -(-size * 8 // 5)
    for last, good in ((0, True), (1, False)):
        values = [0] * (count - 1) + [last]
        check = _polymod([*_widen(prefix), *values, *([0] * 6)]) ^ 1
        values += [(check >> shift) & 31 for shift in range(25, -1, -5)]
        text = prefix + "1" + "".join(_ALPHABET[value] for value in values)
        text = text.upper() if size == 32 else text
        if good:
            assert read(text) == bytes(size)
            continue
        with pytest.raises(BadKeyText, match="canonical"):
            read(text)


def test_an_error_about_an_identity_does_not_repeat_it() -> None:
    """Errors are shown and stored; the text may be a secret with one slip in it."""
    text = identity_text(bytes(range(32)))
    for spoiled in (text[:-1] + "B", text[:-9] + text[-8:], text.lower(), text * 60):
        with pytest.raises(BadKeyText) as caught:
            parse_identity(spoiled)
        assert text[30:50].lower() not in str(caught.value).lower()


@pytest.mark.parametrize("size", [0, 31, 33, 1215])
def test_keys_of_another_length_are_not_spelled(size: int) -> None:
    with pytest.raises(BadKeyText):
        identity_text(bytes(size))
    with pytest.raises(BadKeyText):
        recipient_text(bytes(size))


def test_the_published_identities_are_those_of_their_seeds(
    vectors: Callable[[str], Any],
) -> None:
    readers = [reader for message in vectors("messages") for reader in message["readers"]]
    assert len(readers) > 10
    for reader in readers:
        assert identity_text(bytes.fromhex(reader["seed"])) == reader["identity"]
        assert parse_identity(reader["identity"]) == bytes.fromhex(reader["seed"])
