"""Every refusal has its status; what nobody foresaw is a 500, an alarm, and no more than that."""

import contextlib
import importlib
import pkgutil
import socket
from collections.abc import Iterator

import pytest

from openline.errors import OpenlineError
from openline.exchange.peer.status import BY_ROOM, STATUS, body_of, status_of
from openline.exchange.refusals import Ahead
from openline.exchange.traffic import asks, receive
from openline.formats.request import parse_error_body
from tests.peers.conftest import CH, US, Rude, Wire, code_of, eventually, on, post, station_of

ROOMS = ("formats", "envelope", "record", "cases", "store", "exchange", "watch")
OWN_FAULT = (503, 507)


def errors() -> list[type[OpenlineError]]:
    """Every error class of the rooms that a handler's work goes through."""
    for room in ROOMS:
        package = importlib.import_module(f"openline.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    known: list[type[OpenlineError]] = []
    waiting = [OpenlineError]
    while waiting:
        for each in waiting.pop().__subclasses__():
            known.append(each)
            waiting.append(each)
    return [
        each
        for each in known
        if each.__module__.split(".")[1] in ROOMS and not each.code.startswith("witness.")
    ]


def made(kind: type[OpenlineError]) -> OpenlineError:
    """An error of a class without the facts that its maker would give."""
    error = kind.__new__(kind)
    Exception.__init__(error, "what and where\nand more")
    if isinstance(error, Ahead):
        error.held = 7
    return error


def test_every_error_of_the_rooms_below_has_a_status() -> None:
    kinds = errors()
    assert len(kinds) > 60, "the search finds them"
    for kind in kinds:
        status, headers = status_of(made(kind))
        assert 400 <= status < 600 and status != 500, kind.code
        assert ("Retry-After" in headers) == (status in (429, *OWN_FAULT)), kind.code
        assert parse_error_body(body_of(made(kind)))[0] == kind.code


def test_every_row_of_the_table_is_a_code_that_exists() -> None:
    codes = {kind.code for kind in errors()}
    assert STATUS.keys() - codes == set()
    assert {code.partition(".")[0] for code in codes} <= BY_ROOM.keys()


def test_codes_are_given_once() -> None:
    codes = [kind.code for kind in errors()]
    twice = {code for code in codes if codes.count(code) > 1}
    assert twice == set()


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.code)
def test_a_refusal_inside_a_handler_reaches_the_peer_by_name(
    wire: Wire, rude: Rude, kind: type[OpenlineError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bytes:
        raise made(kind)

    monkeypatch.setattr(receive, "receive", refuse)
    reply = rude.deliver(b"anything")
    assert (reply[0], code_of(reply)) == (status_of(made(kind))[0], kind.code)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A handler with a fault of ours in it."""

    def fail(*_: object) -> bytes:
        raise ZeroDivisionError("SECRET WORDS OF A MESSAGE")

    with monkeypatch.context() as patch:
        patch.setattr(asks, "handle", fail)
        yield


def test_a_fault_that_nobody_foresaw_is_a_500_and_an_alarm(
    wire: Wire, rude: Rude, broken: None, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        reply = rude.ask("head", rude.log.origin, "0")
        assert reply == (
            500,
            b"exchange.failed\nthis node could not do it; its operator sees why\n",
        )
    eventually(lambda: bool(wire.events(US, "watch.unforeseen")))
    (event,) = wire.events(US, "watch.unforeseen")
    assert "ZeroDivisionError at " in event["text"]
    out = capfd.readouterr()
    assert "SECRET" not in str(event) + out.out + out.err
    rude.goes_on()


def test_a_link_that_falls_over_gets_up_again(
    wire: Wire, rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in one conversation is an alarm; the conversation begins again, others never end."""
    station = station_of(wire[US])
    real = station.others
    fails = [True]

    def others(line_id: bytes) -> tuple[str, ...]:
        if fails:
            fails.pop()
            raise KeyError("a fault of ours")
        return real(line_id)

    desk = wire[US]._desk
    assert desk is not None
    with monkeypatch.context() as patch:
        patch.setattr(type(station), "others", lambda self, line_id: others(line_id))
        way = desk.links.way(CH)
        wire[US]._loop.call_soon_threadsafe(way.wake.set)
        eventually(lambda: not fails)
    place = wire.say(US)
    eventually(lambda: wire.receipt_of(US, place, CH))


def test_an_operation_that_falls_over_says_so_and_the_node_goes_on(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = wire.prepared.homes[US]

    def local(body: bytes) -> bytes:
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
            client.settimeout(10)
            client.connect(str(home / "node.sock"))
            head = b"POST /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            client.sendall(head + b"content-length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while part := client.recv(4096):
                answer += part
            return answer

    station = station_of(wire[US])
    with monkeypatch.context() as patch:
        patch.setattr(type(station), "lines", lambda self: 1 // 0)
        answer = local(b"{}")
    assert b" 500 " in answer and b'"desk.failed"' in answer
    assert b" 200 " in local(b"{}").partition(b"\r\n")[0]
    assert b'"desk.bad-request"' in local(b"[]")
    assert b'"desk.bad-request"' in local(b"{")


def test_the_link_test_is_stored_and_outlives_a_start(wire: Wire) -> None:
    us = wire[US]
    told = next(row for row in us.call("board")["links"] if row["peer"] == CH)
    assert told["link_tests"] >= 1 and told["last_up"] and told["round_trip_ms"] > 0
    assert on(us, station_of(us).store.meta, f"link-test/{CH}") is not None


def test_every_address_answers_by_name_after_all_of_this(rude: Rude) -> None:
    assert rude.hello()[0] == 200
    assert rude.ask("head", rude.log.origin, "0")[0] == 200
    assert code_of(post(rude.port, "/openline/v1/deliver", b"")) == "formats.malformed"
    rude.goes_on()
