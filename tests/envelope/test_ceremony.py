"""The ceremony file: root keys away from the node, what it signs, and what it never shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.ceremony import (
    Ceremony,
    RootsUsedUp,
    new_ceremony,
    parse_ceremony,
    unlock_ceremony,
)
from openline.envelope.keyring import RootSeeds
from openline.envelope.officer_file import WeakPassphrase, new_officer
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import CannotOpen
from openline.formats.card import next_of
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.openjson import decode, encode
from openline.record.checkpoint import LogKeys, open_checkpoint
from tests.envelope.conftest import Repeatable

PHRASE = "five words in a safe"


def ceremony(count: int = 4) -> Ceremony:
    return new_ceremony("a.example", 2, Repeatable(), count)


def plain(value: Ceremony) -> bytes:
    """What the file holds before it is locked."""
    from openline.envelope.age import unseal_passphrase

    return unseal_passphrase(PHRASE, value.lock(PHRASE, Repeatable(b"lock"), log_n=4))


def test_the_file_is_read_back_with_its_passphrase_and_with_no_other() -> None:
    file = ceremony().lock(PHRASE, Repeatable(b"lock"), log_n=4)
    assert unlock_ceremony(PHRASE, file) == ceremony()
    with pytest.raises(CannotOpen):
        unlock_ceremony(PHRASE + " ", file)


def test_a_short_passphrase_locks_no_root_keys() -> None:
    with pytest.raises(WeakPassphrase):
        ceremony().lock("short", Repeatable(b"lock"), log_n=4)


def test_an_officer_s_file_is_no_ceremony_file(suite: StandardSuite) -> None:
    """Keys of the wrong kind: both are age files under a passphrase."""
    officer = new_officer("a.example", "anna", ("releaser",), suite, Repeatable())
    with pytest.raises(Malformed, match="not the members of a ceremony file"):
        unlock_ceremony(PHRASE, officer.lock(PHRASE, Repeatable(b"lock"), log_n=4))


def test_each_card_promises_the_root_keys_that_sign_the_next_one(suite: StandardSuite) -> None:
    made = ceremony()
    first, second = made.plan(2, suite), made.plan(3, suite)
    assert next_of(second.root1, second.root6) == first.next
    head = Head("a.example/openline", 3, bytes(32))
    note = made.sign(head, 7, suite)
    assert open_checkpoint(note, LogKeys(first.root1, first.root6), suite) == head


def test_what_signed_is_gone_and_the_last_root_is_only_ever_promised(suite: StandardSuite) -> None:
    made = ceremony(3)
    assert made.cards_left == 2
    left = made.after(2)
    assert left.first == 3 and left.roots == made.roots[1:]
    with pytest.raises(RootsUsedUp):
        left.plan(2, suite)
    with pytest.raises(RootsUsedUp):
        made.plan(4, suite)
    with pytest.raises(RootsUsedUp):
        made.after(4)
    renewed = made.renewed(5, Repeatable(b"more"))
    assert renewed.plan(4, suite).next == renewed.promise(5, suite)


def test_the_file_shows_no_secret_when_it_is_printed() -> None:
    assert repr(ceremony()) == "Ceremony('a.example', cards 2 to 5, secrets not shown)"


def test_one_seed_in_two_places_is_refused() -> None:
    root = RootSeeds(bytes(32), bytes([1]) * 32)
    with pytest.raises(Malformed):
        Ceremony("a.example", 0, (root, root))


@given(st.integers(0), st.binary(max_size=3))
def test_what_is_read_as_a_ceremony_is_its_only_spelling(at: int, noise: bytes) -> None:
    data = encode(decode(PLAIN))
    at %= len(data) + 1
    changed = data[:at] + noise + data[at + len(noise) :]
    try:
        read = parse_ceremony(changed)
    except Malformed:
        return
    assert plain(read) == changed


@given(st.binary(max_size=200))
def test_no_bytes_fail_in_another_way(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_ceremony(data)


PLAIN = plain(ceremony())
