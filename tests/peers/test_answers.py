"""A peer that answers our own requests rudely: nothing is believed, and no other link notices."""

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from openline.exchange.logs import hello
from openline.exchange.membership import identity
from openline.exchange.traffic import receive
from openline.formats.head import Head
from openline.formats.note import parse_note
from openline.formats.request import Hello, parse_hello
from openline.watch.links import Way
from tests.exchange.conftest import StillClock, make_node
from tests.peers.conftest import CH, RUDE, US, Reply, Rude, Wire, eventually, facts, station_of

NOW_S = 1_700_000_000
Script = Callable[[str, bytes], Reply]


class Answering(ThreadingHTTPServer):
    """An HTTP server at the rude member's address that answers whatever the test wants."""

    daemon_threads = True

    def __init__(self, port: int, rude: Rude) -> None:
        self.rude = rude
        self.script: Script = self.honest
        self.asked: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", port), Answer)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no matter here."""

    def honest(self, path: str, body: bytes) -> Reply:
        """What an honest member answers to a hello and to a delivery."""
        if path == "deliver":
            return 200, receive.receive(self.rude.station, body)
        if path != "hello":
            return 404, b"exchange.not-found\nnothing\n"
        note, _, _ = hello.answer(self.rude.station, body, self.rude.station.random(16))
        return 200, note

    def claiming(self, **claims: object) -> Script:
        """A hello that is signed and fresh, and says what the test wants."""
        station = self.rude.station

        def script(path: str, body: bytes) -> Reply:
            if path != "hello":
                return self.honest(path, body)
            theirs = parse_hello(parse_note(body, bytes_max=2**20).text.encode())
            told = Hello(
                RUDE, US, station.clock.now_s(), station.boot, station.random(16), theirs.nonce,
                (), (), (),
            )  # fmt: skip
            told = replace(told, **claims)  # type: ignore[arg-type]
            return 200, station.keys.sign_request(told.text())

        return script


class Answer(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        path = self.path.rpartition("/")[2]
        self.server.asked.append((path, body))
        status, answer = self.server.script(path, body)
        self.send_response(status)
        if status == 302:
            self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def server(wire: Wire) -> Iterator[Answering]:
    with Answering(wire.ports[RUDE], wire.rude) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}).start()
        yield made
        made.shutdown()


def way(wire: Wire) -> Way:
    desk = wire[US]._desk
    assert desk is not None
    return desk.links.way(RUDE)


def poke(wire: Wire, server: Answering, script: Script) -> str:
    """Let our node say hello with this script on the other side; what its link says then."""
    found = way(wire)
    before = len(server.asked)
    server.script = script
    found.link.last_error = ""
    found.link.asked = True
    wire[US]._loop.call_soon_threadsafe(found.wake.set)
    eventually(lambda: len(server.asked) > before and found.rests)
    return found.link.last_error


@pytest.fixture(autouse=True)
def nothing_is_stored_and_others_are_heard(
    wire: Wire, server: Answering, request: pytest.FixtureRequest
) -> Iterator[None]:
    poke(wire, server, server.honest)
    before = facts(wire[US])
    yield
    if "receipt" not in request.node.name:
        assert facts(wire[US]) == before
    assert poke(wire, server, server.honest) == "" and way(wire).link.up
    tests = wire[US].call("status")["links"]
    assert {row["peer"]: row["up"] for row in tests} == {CH: True, RUDE: True}
    assert not wire.events(US, "watch.unforeseen")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, b""), "formats.malformed"),
        ((200, b"\xff" * 1000), "formats.malformed"),
        ((200, b"openline/v1 hello\n"), "formats.malformed"),
        ((200, bytes(10 * 1024 * 1024)), "exchange.unreachable"),
        ((302, b""), "exchange.peer-refused"),
        ((500, b"<html>\x1b[2J" + b"x" * 5000), "exchange.peer-refused"),
        ((409, b"\xff\xfe"), "exchange.peer-refused"),
        ((204, b""), "exchange.peer-refused"),
    ],
)
def test_an_answer_that_is_no_hello_is_an_error_of_its_link(
    wire: Wire, server: Answering, answer: Reply, code: str
) -> None:
    told = poke(wire, server, lambda path, body: answer)
    assert told.startswith(code)
    assert not way(wire).link.up
    assert len(told) <= 300 and told.isprintable()


@pytest.mark.parametrize(
    "claims",
    [{"answers": bytes(16)}, {"answers": None}, {"from_": CH}, {"to": CH}, {"time_s": 5}],
)
def test_a_hello_that_does_not_answer_ours_is_not_taken(
    wire: Wire, server: Answering, claims: dict[str, object]
) -> None:
    told = poke(wire, server, server.claiming(**claims))
    refused = ("exchange.stale-request", "exchange.unknown-party", "exchange.unknown-key")
    assert told.startswith(refused)


def test_logs_that_a_peer_calls_ours_are_not_believed(wire: Wire, server: Answering) -> None:
    """Made-up origins under our name, and a size of ours beyond what we signed."""
    made_up = [f"{US}/openline/{'a' * 50}{letter}a" for letter in "abcdefgh"]
    own = station_of(wire[US]).own_log(wire.line_id)
    assert own is not None
    heads = [(wire.line_id, Head(origin, 7, bytes(32))) for origin in (*made_up, own.origin)]
    events = len(wire[US].call("events", limit=1000)["events"])
    told = poke(wire, server, server.claiming(heads=tuple(heads)))
    assert told.startswith("exchange.peer-refused")
    assert len(wire[US].call("events", limit=1000)["events"]) == events, "nobody was alarmed"


def test_cards_that_nobody_asked_for_introduce_nobody(wire: Wire, server: Answering) -> None:
    stranger = make_node("stranger.example", StillClock(), random.Random(3).randbytes)
    claim = server.claiming(cards=((CH, 99, bytes(32)),))

    def script(path: str, body: bytes) -> Reply:
        if path == "ask":
            return 200, identity.own_cards(stranger.station)
        return claim(path, body)

    assert poke(wire, server, script).startswith("exchange.card-refused")
    for cards in (b"", b"\0" * 99, identity.own_cards(wire.rude.station)):

        def garbage(path: str, body: bytes, cards: bytes = cards) -> Reply:
            return (200, cards) if path == "ask" else claim(path, body)

        assert poke(wire, server, garbage)


def test_entries_that_were_not_asked_for_are_looked_at_like_any_others(
    wire: Wire, server: Answering
) -> None:
    """A pull that brings garbage, or a delivery of somebody's else, changes nothing."""
    log = wire.rude.log
    claim = server.claiming(heads=((wire.line_id, Head(log.origin, log.size + 5, bytes(32))),))
    for answer in (b"", b"\0\0\0\1x", wire.rude.last, bytes(1000)):

        def script(path: str, body: bytes, answer: bytes = answer) -> Reply:
            return (200, answer) if path == "ask" else claim(path, body)

        poke(wire, server, script)


def test_a_receipt_of_no_sense_is_no_receipt(wire: Wire, server: Answering) -> None:
    """What comes back for a delivery must be the addressee's lines for exactly that head."""
    server.script = lambda path, body: (503, b"")
    place = wire.say(US)
    us, keys = station_of(wire[US]), wire.rude.station.keys
    own = us.own_log(wire.line_id)
    assert own is not None
    head = Head(own.origin, own.size, own.root)
    other = keys.cosign(replace(head, root=bytes(32)), NOW_S)
    right = keys.cosign(head, NOW_S)
    for answer in (b"", b"\xff", other, right.split(b"\n")[0] + b"\n", right + right, b"x" * 9999):

        def script(path: str, body: bytes, answer: bytes = answer) -> Reply:
            return (200, answer) if path == "deliver" else server.honest(path, body)

        told = poke(wire, server, script)
        assert told.startswith(("exchange.bad-receipt", "formats.malformed")), (told, answer)
        assert not wire.receipt_of(US, place, RUDE)
    assert poke(wire, server, server.honest) == ""
    assert wire.receipt_of(US, place, RUDE)
