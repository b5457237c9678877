"""What officers' keys sign, and the field that an assertion becomes."""

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats import openjson
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.proof import parse_extra, parse_proof
from openline.formats.release import (
    Assertion,
    Place,
    batch_statement,
    challenge,
    comparison40,
    parse_assertion,
    release_statement,
)
from openline.formats.spell import unb64
from tests.formats.strategies import assertions, both_ways, hashes
from tests.vectors import disclosure, load

RELEASES = [
    (message, field)
    for message in load("messages")
    for field in message["fields"]
    if field["path"].startswith("release.")
]


@pytest.mark.parametrize(("message", "field"), RELEASES[:8])
def test_each_published_release_is_read_and_written_back(
    message: object, field: dict[str, str]
) -> None:
    value = openjson.decode(field["value"].encode())
    assert parse_assertion(value).value() == value


def test_the_published_challenge_is_that_of_the_statement() -> None:
    """The notice was released by one officer: its statement is rebuilt from the proof."""
    proof = parse_proof(disclosure("notice.tlog-proof"))
    extra = parse_extra(proof.extra or b"")
    values = {each.field.path: each.field.json for each in extra.fields}
    head, draft = extra.heads[0], values["draft"]
    assert isinstance(draft, list) and isinstance(draft[0], int)
    statement = release_statement(unb64(str(values["line"]), 32), draft[0], head.k, head.root)
    signed = json.loads(parse_assertion(values["release.1"]).cd)["challenge"]
    assert base64.urlsafe_b64decode(signed + "=") == challenge(statement)


@given(assertions, st.data())
def test_an_assertion_is_read_back_and_a_damaged_one_is_seen(
    assertion: Assertion, data: st.DataObject
) -> None:
    both_ways(
        assertion,
        lambda a: openjson.encode(a.value()),
        lambda text: parse_assertion(openjson.decode(text)),
        data.draw,
    )


def test_a_statement_is_five_lines_and_a_batch_says_that_it_is_one() -> None:
    one = release_statement(bytes(32), 3, 14, bytes(32)).decode().split("\n")
    many = batch_statement(bytes(32), 3, 14, bytes(32)).decode().split("\n")
    assert one[0] == "openline/v1 release" and many[0] == "openline/v1 batch"
    assert one[1:] == many[1:] == ["A" * 43 + "=", "3", "14", "A" * 43 + "=", ""]


@given(hashes)
def test_two_screens_compare_forty_digits(value: bytes) -> None:
    digits = comparison40(value)
    assert len(digits) == 40 and digits.isdecimal()
    assert int(digits) == int.from_bytes(value, "big") % 10**40


def test_leading_zeros_are_shown() -> None:
    assert comparison40(bytes(32)) == "0" * 40
    assert challenge(b"x") == hashlib.sha256(b"x").digest()


GOOD: dict[str, Value] = {"ad": "AAAA", "cd": "AAAA", "person": "A" * 22 + "==", "sig": "AAAA"}
HASH = "A" * 43 + "="
SPKI = "MCowBQYDK2VwAyEA" + HASH
LEAF = f"openline/v1 officer\n{'A' * 22}==\nreleaser\n{SPKI}\n{HASH}\n"


@pytest.mark.parametrize(
    "value",
    [
        "AAAA",
        [],
        {},
        {**GOOD, "more": 1},
        {key: GOOD[key] for key in ("ad", "cd", "sig")},
        {**GOOD, "ad": ""},
        {**GOOD, "ad": 1},
        {**GOOD, "ad": "AAB="},
        {**GOOD, "ad": "A" * 1_372},
        {**GOOD, "person": "AAAA"},
        {**GOOD, "batch": []},
        {**GOOD, "batch": [0, 1]},
        {**GOOD, "batch": [1, 1, []]},
        {**GOOD, "batch": [0, 100_001, []]},
        {**GOOD, "batch": [True, 2, []]},
        {**GOOD, "batch": ["0", 2, []]},
        {**GOOD, "batch": [-1, 2, []]},
        {**GOOD, "batch": [0, 2, "AAAA"]},
        {**GOOD, "batch": [0, 2, ["AAAA"]]},
        {**GOOD, "batch": [0, 2, [HASH] * 18]},
        {**GOOD, "officer": []},
        {**GOOD, "officer": [0, LEAF, "AAAA"]},
        {**GOOD, "officer": [-1, LEAF, []]},
        {**GOOD, "officer": [0, LEAF.replace("releaser", "Releaser"), []]},
        {**GOOD, "officer": [0, LEAF, []], "person": "B" * 22 + "=="},
    ],
)
def test_any_other_value_is_no_assertion(value: Value) -> None:
    assert parse_assertion({**GOOD, "batch": [1, 2, [HASH]]}).batch == Place(1, 2, (bytes(32),))
    assert parse_assertion({**GOOD, "officer": [0, LEAF, []]}).officer is not None
    with pytest.raises(Malformed):
        parse_assertion(value)


def test_a_statement_outside_its_bounds_cannot_be_made() -> None:
    for line, card, count, root in (
        (bytes(31), 1, 1, bytes(32)),
        (bytes(32), -1, 1, bytes(32)),
        (bytes(32), 1, -1, bytes(32)),
        (bytes(32), 1, 1, bytes(33)),
    ):
        with pytest.raises(Malformed):
            release_statement(line, card, count, root)
        with pytest.raises(Malformed):
            batch_statement(line, card, count, root)
    for count in (0, 100_001):
        with pytest.raises(Malformed):
            batch_statement(bytes(32), 1, count, bytes(32))


ONE = Assertion(b"a", b"c", bytes(16), b"s", Place(0, 2, (bytes(32),)))


@pytest.mark.parametrize(
    "change",
    [
        {"ad": b""},
        {"ad": bytes(1_025)},
        {"cd": b""},
        {"cd": bytes(4_097)},
        {"sig": b""},
        {"sig": bytes(513)},
        {"person": bytes(15)},
        {"batch": (-1, 2, ())},
        {"batch": (2, 2, ())},
        {"batch": (0, 100_001, ())},
        {"batch": (0, 2, (bytes(31),))},
        {"batch": (0, 2, (bytes(32),) * 18)},
    ],
)
def test_an_assertion_that_could_not_be_read_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(ONE, **change)


def test_digits_are_those_of_a_whole_challenge() -> None:
    with pytest.raises(Malformed):
        comparison40(bytes(31))


def test_the_leaf_that_goes_along_is_that_of_the_person_who_signed() -> None:
    officer = parse_extra(parse_proof(disclosure("notice.tlog-proof")).extra or b"").officers[0]
    assert replace(ONE, person=officer.leaf.person, officer=officer)
    with pytest.raises(Malformed, match="another person"):
        replace(ONE, officer=officer)
