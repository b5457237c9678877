"""Cards and officers: keys under fixed names, in a fixed order; and how people compare them."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.card import (
    Card,
    Desk,
    End,
    OfficerLeaf,
    card_origin,
    comparison_digits,
    fingerprint,
    next_of,
    parse_card,
    parse_officer,
    parse_qr,
    qr_text,
)
from openline.formats.head import EMPTY_ROOT
from openline.formats.malformed import Malformed
from openline.formats.note import Vkey
from openline.formats.spell import b64
from tests.formats.strategies import both_ways, cards, hashes, officers, parties
from tests.vectors import load

PARTIES = load("party")["parties"]
DATA: bytes = PARTIES[0]["card"].encode()
CARD = parse_card(DATA)


@pytest.mark.parametrize("party", PARTIES, ids=lambda p: p["name"])
def test_each_published_card_is_read_and_written_back(party: dict[str, str]) -> None:
    card = parse_card(party["card"].encode())
    assert card.encode() == party["card"].encode()
    assert card.party == party["name"]
    assert card.desk is not None and card.desk.root is not None
    assert card.desk.root.hex() == party["officers_root"]


@pytest.mark.parametrize("party", PARTIES, ids=lambda p: p["name"])
def test_people_compare_the_published_digits_and_code(party: dict[str, str]) -> None:
    found = fingerprint(parse_card(party["card"].encode()))
    assert found.hex() == party["fingerprint"]
    assert comparison_digits(found) == party["comparison"]
    assert qr_text(party["name"], found) == party["qr"]
    assert parse_qr(party["qr"]) == (party["name"], found)


@pytest.mark.parametrize("leaf", [o["leaf"] for party in PARTIES for o in party["officers"]])
def test_each_published_officer_is_read_and_written_back(leaf: str) -> None:
    assert parse_officer(leaf.encode()).encode() == leaf.encode()


@given(cards(), st.data())
def test_a_card_is_read_back_and_a_damaged_one_is_seen(card: Card, data: st.DataObject) -> None:
    both_ways(card, Card.encode, parse_card, data.draw)


@given(officers, st.data())
def test_an_officer_is_read_back_and_a_damaged_one_is_seen(
    officer: OfficerLeaf, data: st.DataObject
) -> None:
    both_ways(officer, OfficerLeaf.encode, parse_officer, data.draw)


@given(parties, hashes)
def test_a_code_is_read_back(party: str, fp: bytes) -> None:
    assert parse_qr(qr_text(party, fp)) == (party, fp)


@given(hashes)
def test_digits_are_six_groups_of_five(fp: bytes) -> None:
    groups = comparison_digits(fp).split(" ")
    assert [len(group) for group in groups] == [5] * 6
    assert "".join(groups).isdecimal()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openline:",
        "openline:a.example",
        "openline:a.example#AA==",
        "OPENLINE:a.example#" + b64(bytes(32)),
        "openline:a.example#" + b64(bytes(32)) + "#",
    ],
)
def test_another_code_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_qr(text)


def test_next_names_the_two_root_lines_with_their_ends() -> None:
    lines = b"".join(line + b"\n" for line in DATA.split(b"\n") if line.startswith(b"root "))
    assert next_of(CARD.root1, CARD.root6) == hashlib.sha256(lines).digest()


def test_the_card_log_has_the_party_in_its_name() -> None:
    assert card_origin("mfa.north.example") == CARD.root1.name


def test_a_desk_without_officers_shows_the_root_of_the_empty_tree() -> None:
    empty = replace(CARD, desk=Desk("desk.example", 0, None))
    assert f"desk desk.example 0 {b64(EMPTY_ROOT)}\n" in empty.text()
    assert parse_card(empty.encode()) == empty


def test_a_card_may_name_no_desk_no_wire_key_and_ended_keys() -> None:
    ended = End(Vkey("mfa.north.example/log", 1, bytes(32)), 1_700_000_000, "compromised")
    bare = replace(CARD, desk=None, wire=None, urls=(), pins=(bytes(32),), ends=(ended,))
    assert b"wire -\ndesk -\npin " in bare.encode()
    assert parse_card(bare.encode()) == bare


def line(start: bytes, nth: int = 0) -> bytes:
    """The nth line of the published card that starts so, with its LF."""
    return [each + b"\n" for each in DATA.split(b"\n") if each.startswith(start)][nth]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        DATA[:-1],
        DATA + b"\n",
        DATA.replace(b"/v1 card", b"/v2 card"),
        DATA.replace(b"\n0\n", b"\n00\n"),
        DATA.replace(b"card\nmfa.north.example\n", b"card\nmfa.south.example\n"),
        DATA.replace(line(b"root", 0) + line(b"root", 1), line(b"root", 1) + line(b"root", 0)),
        DATA.replace(line(b"log", 0), line(b"log", 0).replace(b"log ", b"receipt ", 1)),
        DATA.replace(line(b"log", 1), b""),
        DATA.replace(line(b"http"), b"http " + line(b"log")[4:]),
        DATA.replace(line(b"seal"), b"seal AAAA\n"),
        DATA.replace(line(b"wire"), b"wire\n"),
        DATA.replace(line(b"wire"), b""),
        DATA.replace(line(b"desk"), b"desk desk.mfa.north.example 3 -\n"),
        DATA.replace(line(b"desk"), line(b"desk").replace(b" 3 ", b" 0 ")),
        DATA.replace(line(b"url"), line(b"url") * 5),
        DATA.replace(b"https://node", b"http://node"),
        DATA.replace(line(b"url"), line(b"pin") if b"\npin" in DATA else b"pin AAAA\n"),
        DATA + b"end " + line(b"log")[4:-1] + b" 1 lost\n",
        DATA + b"end " + line(b"log")[4:-1] + b" 1\n",
        DATA + line(b"url"),
        DATA.replace(line(b"url"), b"pin " + b64(bytes(32)).encode() + b"\n" + line(b"url")),
        DATA + b"x" * 70_000,
    ],
)
def test_any_other_text_is_no_card(data: bytes) -> None:
    if data == DATA + line(b"url"):
        assert len(parse_card(data).urls) == 2
        return
    with pytest.raises(Malformed):
        parse_card(data)


def test_no_key_of_a_card_has_two_roles() -> None:
    """A receipt under the log's own Ed25519 key would be a statement of the log as well."""
    with pytest.raises(Malformed, match="two roles"):
        replace(CARD, http=replace(CARD.http, public=CARD.log1.public))


LEAF: bytes = PARTIES[0]["officers"][0]["leaf"].encode()
OFFICER = parse_officer(LEAF)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LEAF[:-1],
        LEAF + b"\n",
        LEAF.replace(b"releaser,verifier", b"verifier,releaser"),
        LEAF.replace(b"releaser,verifier", b"releaser,releaser"),
        LEAF.replace(b"releaser,verifier", b"releaser, verifier"),
        LEAF.replace(b"releaser,verifier", b""),
        LEAF.replace(b"MCowBQYDK2Vw", b"MCowBQYDK2Vu"),
        LEAF.replace(b"6gaYxv1U7Z3Mx4jXz0eA9w==", b"6gaYxv1U7Z3Mx4jXz0eA9x=="),
        LEAF.replace(b"6gaYxv1U7Z3Mx4jXz0eA9w==", b"AAAA"),
        LEAF * 9,
    ],
)
def test_any_other_text_is_no_officer(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_officer(data)


@pytest.mark.parametrize("spki", [b"", OFFICER.spki[:-1], OFFICER.spki + b"\0", bytes(91)])
def test_an_officer_holds_a_key_of_one_of_two_kinds(spki: bytes) -> None:
    with pytest.raises(Malformed, match="P-256 nor Ed25519"):
        replace(OFFICER, spki=spki)


def test_roles_are_sorted_for_the_caller_and_not_for_a_reader() -> None:
    assert replace(OFFICER, roles=("verifier", "releaser")) == OFFICER


def test_a_card_outside_its_bounds_cannot_be_made() -> None:
    for change in (
        {"next": bytes(31)},
        {"seal": bytes(1_215)},
        {"wire": bytes(31)},
        {"n": -1},
        {"time_s": 2**53},
        {"pins": (bytes(31),)},
        {"pins": (bytes(32),) * 5},
        {"urls": ("ftp://a.example",)},
        {"party": "north"},
    ):
        with pytest.raises(Malformed):
            replace(CARD, **change)
    for desk in (("a b", 1, bytes(32)), ("a", 1, None), ("a", 0, bytes(32)), ("a", 1, bytes(31))):
        with pytest.raises(Malformed):
            Desk(*desk)
    with pytest.raises(Malformed):
        End(CARD.log1, 0, "lost")


def test_only_the_party_s_own_keys_end_on_its_card() -> None:
    foreign = End(Vkey("mfa.south.example/log", 1, bytes(32)), 1, "planned")
    with pytest.raises(Malformed, match="party's own"):
        replace(CARD, ends=(foreign,))
    with pytest.raises(Malformed):
        replace(CARD, ends=(End(Vkey("mfa.north.example/é", 1, bytes(32)), 1, "planned"),))


def test_a_card_has_a_bound_whatever_it_ends() -> None:
    ended = End(Vkey("mfa.north.example/log", 6, bytes(1_312)), 1, "planned")
    with pytest.raises(Malformed, match="longer than 65535"):
        replace(CARD, ends=(ended,) * 40)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Desk("a", -1, bytes(32)),
        lambda: Desk("a", 10_001, bytes(32)),
        lambda: End(CARD.log1, -1, "planned"),
        lambda: comparison_digits(bytes(31)),
        lambda: qr_text("north", bytes(32)),
        lambda: qr_text("a.example", bytes(31)),
        lambda: card_origin("north"),
        lambda: replace(OFFICER, person=bytes(15)),
        lambda: replace(OFFICER, salt=bytes(31)),
        lambda: replace(OFFICER, roles=()),
        lambda: replace(OFFICER, roles=tuple(f"r{i}" for i in range(17))),
        lambda: replace(OFFICER, roles=("Releaser",)),
        lambda: replace(OFFICER, roles=("watch", "watch")),
    ],
)
def test_nothing_outside_its_bounds_can_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(Malformed):
        make()
