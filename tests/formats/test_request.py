"""Asks, hellos, a relay's promise, error bodies: signed texts that survive any transport."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import parse_note
from openline.formats.request import (
    Ask,
    Held,
    Hello,
    error_body,
    parse_ask,
    parse_error_body,
    parse_held,
    parse_hello,
)
from tests.formats.strategies import asks, both_ways, helds, hellos, sentences, spread
from tests.vectors import load

DELIVER = load("deliver")
HELLO_TEXT: bytes = parse_note(DELIVER["hello"].encode()).text.encode()
HELLO = parse_hello(HELLO_TEXT)
ASK = Ask("a.example", "b.example", 1, bytes(16), "entries", ("a.example/openline", "0", "9"))


def test_the_published_hello_is_read_and_written_back() -> None:
    assert HELLO.text().encode() == HELLO_TEXT
    assert (HELLO.from_, HELLO.to) == ("mfa.north.example", "mfa.south.example")
    assert [head.size for _, head in HELLO.heads] == [2, 1]
    assert HELLO.answers is None
    assert HELLO.folds == ()


@given(asks, st.data())
def test_an_ask_is_read_back_and_a_damaged_one_is_seen(ask: Ask, data: st.DataObject) -> None:
    both_ways(ask, lambda a: a.text().encode(), parse_ask, data.draw)


@given(hellos, st.data())
def test_a_hello_is_read_back_and_a_damaged_one_is_seen(hello: Hello, data: st.DataObject) -> None:
    both_ways(hello, lambda h: h.text().encode(), parse_hello, data.draw)


@given(helds, st.data())
def test_a_promise_is_read_back_and_a_damaged_one_is_seen(held: Held, data: st.DataObject) -> None:
    both_ways(held, lambda h: h.text().encode(), parse_held, data.draw)


def test_an_ask_has_one_argument_on_a_line() -> None:
    assert ASK.text().split("\n")[5:] == ["entries", "a.example/openline", "0", "9", ""]
    assert parse_ask(replace(ASK, verb="parley", args=()).text().encode()).verb == "parley"


TEXT = ASK.text().encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TEXT[:-1],
        TEXT + b"\n",
        TEXT + b"two words\n",
        TEXT.replace(b"a.example\n", b"A.example\n", 1),
        TEXT.replace(b"\n1\n", b"\n01\n"),
        TEXT.replace(b"AAAA", b"AAA"),
        TEXT.replace(b"entries", b"Entries"),
        TEXT.replace(b"\nentries", b"\n"),
        TEXT + b"0\n" * 14,
        TEXT + b"0" * 20_000 + b"\n",
        TEXT + "é\n".encode(),
        HELLO_TEXT,
    ],
)
def test_any_other_text_is_no_ask(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_ask(data)


def test_a_hello_sorts_what_it_is_given_and_a_reader_refuses_what_is_not_sorted() -> None:
    mixed = replace(HELLO, cards=HELLO.cards[::-1], heads=HELLO.heads[::-1])
    assert mixed == HELLO
    lines = HELLO_TEXT.split(b"\n")
    lines[7], lines[8] = lines[8], lines[7]
    with pytest.raises(Malformed):
        parse_hello(b"\n".join(lines))


def test_a_hello_names_each_party_log_and_line_once() -> None:
    fold = (bytes(32), 1, bytes(32))
    for change in (
        {"cards": (HELLO.cards[0], HELLO.cards[0])},
        {"heads": (HELLO.heads[0], (bytes(32), HELLO.heads[0][1]))},
        {"folds": (fold, (bytes(32), 2, bytes(32)))},
    ):
        with pytest.raises(Malformed):
            replace(HELLO, **change)


def test_folds_stand_in_the_order_of_their_lines() -> None:
    """Base64 does not sort as the bytes do; the order is that of the text, as everywhere."""
    folds = tuple((spread(i, 32), 1, bytes(32)) for i in range(40))
    lines = [line for line in replace(HELLO, folds=folds).text().split("\n") if "fold " in line]
    assert lines == sorted(lines)


def test_a_hello_of_sixty_lines_is_read_and_one_beyond_its_bound_is_not() -> None:
    heads = tuple(
        (spread(i, 32), Head(f"p{i % 64}.example/openline/{spread(i, 26).hex()}", i, bytes(32)))
        for i in range(1_000)
    )
    big = replace(HELLO, heads=heads)
    assert parse_hello(big.text().encode()) == big
    with pytest.raises(Malformed, match="longer than"):
        parse_hello(big.text().encode() + b"fold " + b"x" * 262_144 + b"\n")


@pytest.mark.parametrize(
    "change",
    [
        {"boot": bytes(15)},
        {"nonce": bytes(17)},
        {"answers": b""},
        {"time_s": -1},
        {"to": "b"},
        {"cards": (("a.example", -1, bytes(32)),)},
        {"cards": (("a.example", 1, bytes(31)),)},
        {"from_": "b"},
        {"cards": (("a", 1, bytes(32)),)},
        {"heads": ((bytes(31), HELLO.heads[0][1]),)},
        {"folds": ((bytes(31), 1, bytes(32)),)},
        {"folds": ((bytes(32), -1, bytes(32)),)},
        {"folds": ((bytes(32), 1, bytes(31)),)},
    ],
)
def test_a_hello_that_could_not_be_read_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        replace(HELLO, **change)


def test_a_hello_in_the_wrong_order_is_refused() -> None:
    lines = HELLO_TEXT.decode().splitlines(True)
    heads = [line for line in lines if line.startswith("head")]
    rest = [line for line in lines if not line.startswith("head")]
    with pytest.raises(Malformed):
        parse_hello("".join([*rest[:7], *heads, *rest[7:]]).encode())


@given(st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True), sentences)
def test_an_error_is_a_code_and_one_sentence(code: str, sentence: str) -> None:
    found, words = parse_error_body(error_body(code, sentence))
    assert found == code
    if words == sentence:
        assert parse_error_body(error_body(code, words)) == (code, sentence)


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_a_sentence_holds_an_error_body_can_be_read(sentence: str) -> None:
    """A refusal must never fail because of the words in which it was refused."""
    body = error_body("exchange.refused", sentence)
    assert body.count(b"\n") == 2
    assert parse_error_body(body)[0] == "exchange.refused"


def test_a_long_sentence_is_cut_between_characters() -> None:
    body = error_body("a.b", "é" * 400)
    assert len(parse_error_body(body)[1]) == 250


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a.b\n",
        b"a.b\nx",
        b"A.b\nx\n",
        b"a.b\nx\ny\n",
        b"a.b\n\n",
        b"a.b\n" + b"x" * 501 + b"\n",
        b"\nx\n",
        b"a b\nx\n",
    ],
)
def test_any_other_body_is_no_error_body(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_error_body(data)


HELD = Held("relay.example", "a.example", Head("b.example/openline", 1, bytes(32)), bytes(32), 1)
HELD_TEXT = HELD.text().encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HELD_TEXT[:-1],
        HELD_TEXT + b"\n",
        HELD_TEXT.replace(b"/v1 held", b"/v1 kept"),
        HELD_TEXT.replace(b"\n1\n", b"\n01\n", 1),
        HELD_TEXT.replace(b"relay.example", b"relay"),
    ],
)
def test_any_other_text_is_no_promise(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_held(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: replace(ASK, from_="a"),
        lambda: replace(ASK, to="b"),
        lambda: replace(ASK, time_s=-1),
        lambda: replace(ASK, nonce=bytes(15)),
        lambda: replace(HELD, relay="relay"),
        lambda: replace(HELD, addressee="a"),
        lambda: replace(HELD, file_hash=bytes(31)),
        lambda: replace(HELD, time_s=-1),
        lambda: error_body("", "x"),
        lambda: error_body("a b", "x"),
        lambda: error_body("A", "x"),
        lambda: error_body("a\nb", "x"),
    ],
)
def test_nothing_outside_its_bounds_can_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(Malformed):
        make()
