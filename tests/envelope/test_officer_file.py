"""An officer's key file: one passphrase opens it, nothing else does."""

import base64
import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope import age
from openline.envelope.officer_file import (
    OfficerFile,
    WeakPassphrase,
    new_officer,
    unlock_officer,
)
from openline.envelope.release import verify_assertion
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import CannotOpen, Suite
from openline.formats.malformed import Malformed
from openline.formats.officer import parse_officer
from tests.envelope.conftest import Repeatable

PASSPHRASE = "correct horse battery"
LOG_N = 4


def officer(suite: Suite) -> OfficerFile:
    return new_officer(
        "a.example", "Duty officer 7, Ж", ("releaser", "drafter"), suite, Repeatable()
    )


def locked(plaintext: bytes) -> bytes:
    return age.seal_passphrase(PASSPHRASE, plaintext, Repeatable(), log_n=LOG_N)


def test_an_officers_file_opens_with_its_passphrase_only(suite: StandardSuite) -> None:
    made = officer(suite)
    file = made.lock(PASSPHRASE, Repeatable(), log_n=LOG_N)
    assert unlock_officer(PASSPHRASE, file) == made
    for wrong in ("", PASSPHRASE + " ", PASSPHRASE.upper()):
        with pytest.raises(CannotOpen):
            unlock_officer(wrong, file)


@pytest.mark.usefixtures("full_work")
def test_the_file_is_locked_with_real_work_unless_told_otherwise(suite: StandardSuite) -> None:
    file = officer(suite).lock(PASSPHRASE, Repeatable())
    assert b" 18\n" in file[:64]
    assert unlock_officer(PASSPHRASE, file).name == "Duty officer 7, Ж"


@given(st.integers(0), st.integers(0, 7))
def test_every_changed_bit_of_the_file_is_refused(at: int, bit: int) -> None:
    file = officer(StandardSuite()).lock(PASSPHRASE, Repeatable(), log_n=LOG_N)
    at %= len(file)
    with pytest.raises(CannotOpen):
        unlock_officer(PASSPHRASE, file[:at] + bytes([file[at] ^ (1 << bit)]) + file[at + 1 :])


@pytest.mark.parametrize("passphrase", ["", "short", "1234567"])
def test_a_short_passphrase_locks_nothing(suite: StandardSuite, passphrase: str) -> None:
    with pytest.raises(WeakPassphrase) as caught:
        officer(suite).lock(passphrase, Repeatable(), log_n=LOG_N)
    assert not passphrase or passphrase not in str(caught.value)


def test_the_officer_in_the_file_can_release(suite: StandardSuite) -> None:
    made = unlock_officer(PASSPHRASE, officer(suite).lock(PASSPHRASE, Repeatable(), log_n=LOG_N))
    leaf = made.leaf(suite)
    assert parse_officer(leaf.encode()) == leaf
    assert leaf.roles == ("drafter", "releaser")
    due = hashlib.sha256(b"a statement").digest()
    assertion = made.authenticator(suite).assert_statement(
        due, "desk.a.example", "https://desk.a.example"
    )
    assert assertion.person == leaf.person
    verify_assertion(assertion, leaf.spki, "desk.a.example", due, suite)


def test_the_simulation_suite_makes_officers_whose_leaves_can_be_read(any_suite: Suite) -> None:
    leaf = officer(any_suite).leaf(any_suite)
    assert parse_officer(leaf.encode()) == leaf


def test_the_published_officers_have_the_published_leaves(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    for party in vectors("party")["parties"]:
        for each in party["officers"]:
            leaf = parse_officer(each["leaf"].encode())
            private = base64.b64decode(each["private_key_pkcs8"])
            made = OfficerFile(party["name"], "x", leaf.person, leaf.roles, leaf.salt, private)
            assert made.leaf(suite).text() == each["leaf"]
            file = made.lock(PASSPHRASE, Repeatable(), log_n=LOG_N)
            assert unlock_officer(PASSPHRASE, file) == made


def test_two_officers_share_neither_key_nor_person_id_nor_salt(suite: StandardSuite) -> None:
    random = Repeatable()
    first, second = (new_officer("a.example", "x", ("watch",), suite, random) for _ in range(2))
    assert first.person != second.person
    assert first.salt != second.salt
    assert first.leaf(suite).spki != second.leaf(suite).spki


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":2'),
        (b'"version":1', b'"version":true'),
        (b'"roles":["drafter","releaser"]', b'"roles":[]'),
        (b'"roles":["drafter","releaser"]', b'"roles":["releaser","drafter"]'),
        (b'"roles":["drafter","releaser"]', b'"roles":["drafter","drafter"]'),
        (b'"roles":["drafter","releaser"]', b'"roles":"drafter"'),
        (b'"party":"a.example"', b'"party":"A.example"'),
        (b'"salt":"', b'"salt":"AAAA'),
        (b'{"key"', b'{ "key"'),
    ],
)
def test_a_file_that_says_something_else_is_refused(
    suite: StandardSuite, old: bytes, new: bytes
) -> None:
    made = officer(suite)
    plaintext = age.unseal_passphrase(PASSPHRASE, made.lock(PASSPHRASE, Repeatable(), log_n=LOG_N))
    assert unlock_officer(PASSPHRASE, locked(plaintext)) == made  # the control
    assert old in plaintext
    with pytest.raises(Malformed):
        unlock_officer(PASSPHRASE, locked(plaintext.replace(old, new, 1)))


@given(st.binary(max_size=100))
def test_no_plaintext_fails_in_another_way(plaintext: bytes) -> None:
    with pytest.raises(Malformed):
        unlock_officer(PASSPHRASE, locked(plaintext))


def test_a_file_too_long_for_an_officer_is_refused_unread() -> None:
    with pytest.raises(Malformed, match="longer"):
        unlock_officer(PASSPHRASE, bytes(65 * 1024))


def test_an_officers_file_shows_no_secret_when_printed(suite: StandardSuite) -> None:
    made = dataclasses.replace(officer(suite), name="Seven")
    assert repr(made) == "OfficerFile('a.example', 'Seven', secret not shown)"
