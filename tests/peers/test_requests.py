"""Signed requests that are old, repeated or about what is another's: one answer, nothing told."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from openline.exchange.logs import hello
from openline.exchange.membership import lines
from openline.exchange.traffic import asks
from openline.formats.head import Head
from openline.formats.request import Ask, Hello
from openline.store.contract import CosignatureRow
from tests.exchange.conftest import StillClock, make_node
from tests.peers.conftest import (
    CH,
    RUDE,
    US,
    Reply,
    Rude,
    Wire,
    code_of,
    facts,
    on,
    post,
    release,
    station_of,
)

ASK, HELLO = "/openline/v1/ask", "/openline/v1/hello"


@pytest.fixture(autouse=True)
def nothing_is_stored_and_the_line_goes_on(
    wire: Wire, rude: Rude, request: pytest.FixtureRequest
) -> Iterator[None]:
    private_line(wire)
    rude.goes_on()
    before = facts(wire[US])
    yield
    if "yes" not in request.node.name:
        assert facts(wire[US]) == before
    rude.goes_on()


def asked(rude: Rude, *words: str, **other: object) -> Reply:
    """An ask of which any part may be another one than is due."""
    station = rude.station
    right = Ask(RUDE, US, station.clock.now_s(), station.random(16), words[0], words[1:])
    made = replace(right, **other)  # type: ignore[arg-type]
    return post(rude.port, ASK, station.keys.sign_request(made.text()))


def seen(wire: Wire, code: str, subject: str = RUDE) -> bool:
    return any(event["subject"] == subject for event in wire.events(US, code))


def test_an_ask_counts_once(wire: Wire, rude: Rude) -> None:
    note = asks.ask(rude.station, US, "head", rude.log.origin, "0")
    assert post(rude.port, ASK, note)[0] == 200
    again = post(rude.port, ASK, note)
    assert (again[0], code_of(again)) == (403, "exchange.stale-request")
    assert seen(wire, "exchange.stale-request")


def test_a_hello_counts_once(rude: Rude) -> None:
    note = hello.compose(rude.station, US, bytes(16))
    assert post(rude.port, HELLO, note)[0] == 200
    assert code_of(post(rude.port, HELLO, note)) == "exchange.stale-request"


@pytest.mark.parametrize("off_s", [-301, 301, -(10**9), 10**9])
def test_a_request_of_another_time_is_refused(rude: Rude, off_s: int) -> None:
    now_s = rude.station.clock.now_s()
    reply = asked(rude, "head", rude.log.origin, "0", time_s=now_s + off_s)
    assert (reply[0], code_of(reply)) == (403, "exchange.stale-request")


def test_a_request_in_the_name_of_another_party_is_refused(wire: Wire, rude: Rude) -> None:
    reply = asked(rude, "head", rude.log.origin, "0", from_=CH)
    assert (reply[0], code_of(reply)) == (403, "exchange.unknown-key")
    assert seen(wire, "exchange.unknown-key", CH), "seen in the name that was used, and said so"
    reply = asked(rude, "head", rude.log.origin, "0", from_="nobody.example")
    assert (reply[0], code_of(reply)) == (403, "exchange.unknown-party")


def test_a_request_to_another_party_is_not_answered_here(rude: Rude) -> None:
    reply = asked(rude, "head", rude.log.origin, "0", to=CH)
    assert (reply[0], code_of(reply)) == (404, "exchange.not-found")


def test_what_is_not_yours_is_answered_like_what_is_unknown(wire: Wire, rude: Rude) -> None:
    """Byte for byte: a log of a line between the two others, and one that does not exist."""
    origin = private_line(wire)
    for verb, rest in (
        ("head", ("0",)), ("entries", ("0", "5")), ("receipts", ("0",)), ("reseal", ("0",)),
    ):  # fmt: skip
        unknown = origin[:-3] + "aaa"
        answers = {asked(rude, verb, each, *rest) for each in (origin, unknown)}
        assert len(answers) == 1
        ((status, text),) = answers
        assert (status, code_of((status, text))) == (404, "exchange.not-found")


def private_line(wire: Wire) -> str:
    """A line of which the rude member is none; the origin of our log on it."""
    us = wire[US]
    titles = [row["title"] for row in us.call("line_list")["lines"]]
    if "private" not in titles:
        charter = {"title": "private", "purpose": "p", "members": [US, CH], "languages": ["en"],
                   "packs": ["core"], "officers": {"*": 1, "open": 1}}  # fmt: skip
        release(us, us.call("line_invite", charter=charter), wire.prepared.officers[US])
        us.call("settle", parties=[CH], hello=[CH])
    station = station_of(us)

    def origin() -> str:
        log = station.own_log(lines.find(station, "private"))
        assert log is not None
        return log.origin

    return on(us, origin)


def test_a_hello_does_not_find_out_what_is_held_on_other_lines(wire: Wire, rude: Rude) -> None:
    """Naming a log of another line under a shared one makes this node ask nothing about it."""
    origin = private_line(wire)
    station = rude.station
    told = Hello(
        RUDE, US, station.clock.now_s(), station.boot, station.random(16), None, (),
        ((rude.line_id, Head(origin, 10**6, bytes(32))),), (),
    )  # fmt: skip
    reply = post(rude.port, HELLO, station.keys.sign_request(told.text()))
    assert reply[0] == 200 and origin.encode() not in reply[1]
    us = station_of(wire[US])
    assert on(wire[US], lambda: origin not in us.session(RUDE).heads)
    rude.hello()


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("head",),
        ("head", "x", "y", "z"),
        ("head", "x", "-1"),
        ("entries", "x", "0", "99999999999999999999"),
        ("entries", "x", "5", "4"),
        ("reseal", "x", "01"),
        ("card", "stranger.example", "0"),
        ("card", US, "-"),
        ("attachment", "x"),
    ],
)
def test_an_ask_of_no_sense_is_refused_by_name(rude: Rude, words: tuple[str, ...]) -> None:
    reply = asked(rude, *(rude.log.origin if word == "x" else word for word in words))
    assert reply[0] in (400, 404), (words, reply)
    assert code_of(reply) in ("formats.malformed", "exchange.not-found")


@pytest.mark.parametrize("path", [ASK, HELLO])
@pytest.mark.parametrize(
    "note", [b"", b"\n", b"\xff" * 500, "\n\u2014 x AAAA\n".encode(), b"openline/v1 ask\n\n"]
)
def test_a_note_of_no_sense_is_malformed(rude: Rude, path: str, note: bytes) -> None:
    reply = post(rude.port, path, note)
    assert (reply[0], code_of(reply)) == (400, "formats.malformed")


def test_a_party_without_a_card_here_learns_nothing(rude: Rude) -> None:
    stranger = make_node("stranger.example", StillClock(), random.Random(3).randbytes)
    for path, note in (
        (ASK, asks.ask(stranger.station, US, "card", US, "0")),
        (HELLO, hello.compose(stranger.station, US, bytes(16))),
    ):
        assert code_of(post(rude.port, path, note)) == "exchange.unknown-party"


def test_what_was_receipted_is_resealed_only_after_a_yes(wire: Wire, rude: Rude) -> None:
    """A thief of a running node could else have everything that its party ever read sent again."""
    place = wire.say(US)
    us = station_of(wire[US])

    def receipt() -> None:
        log = us.log(place[0])
        assert log is not None
        head = Head(log.origin, log.size, log.root)
        lines_ = rude.station.keys.cosign(head, us.clock.now_s())
        with us.store.write() as tx:
            tx.put_cosignature(
                CosignatureRow(log.origin, log.size, f"{RUDE}/receipt", 1_700_000_000, lines_)
            )

    before = rude.ask("reseal", place[0], str(place[1]))
    assert before[0] == 200, "not receipted yet: it may have been lost on the way"
    on(wire[US], receipt)
    for _ in range(3):
        refused = rude.ask("reseal", place[0], str(place[1]))
        assert (refused[0], code_of(refused)) == (403, "exchange.reseal-needs-yes")
    assert len(wire.events(US, "reseal.asked")) == 1, "asked once, however often it is tried"
    wire[US].call("reseal_allow", party=RUDE, seconds=60)
    assert rude.ask("reseal", place[0], str(place[1]))[0] == 200
    assert len(wire.events(US, "reseal.given")) == 2
