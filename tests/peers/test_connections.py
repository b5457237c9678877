"""Clients that send too much, too slowly or no HTTP at all cost a connection, and nobody else."""

import contextlib
import gzip
import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from openline.exchange.peer import guard
from tests.peers.conftest import US, Rude, Wire, code_of, eventually, facts, files_of, on, post

PATH = "/openline/v1/deliver"
MIB = 1024 * 1024
START = b"POST /openline/v1/deliver HTTP/1.1\r\n"


@pytest.fixture(autouse=True)
def nothing_is_stored_and_the_line_goes_on(wire: Wire, rude: Rude) -> Iterator[None]:
    rude.goes_on()
    home = wire.prepared.homes[US]
    before, files = facts(wire[US]), files_of(home)
    yield
    assert facts(wire[US]) == before
    assert files_of(home) == files
    rude.goes_on()


@contextlib.contextmanager
def client(rude: Rude, first: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", rude.port), timeout=10) as connection:
        connection.sendall(first)
        yield connection


def all_of(connection: socket.socket) -> bytes:
    """Everything until the node closes; a reset is an end as well."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def until(connection: socket.socket, words: bytes) -> bytes:
    """What came up to these words: an answer leaves in as many pieces as it is written in."""
    answer = b""
    while words not in answer:
        part = connection.recv(4096)
        assert part, answer
        answer += part
    return answer


def request(length: int | str, path: str = PATH, more: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n{more}\r\n"
    return head.encode()


def told(wire: Wire, code: str) -> None:
    """An officer can see it; nobody is blamed, because nothing was signed."""
    eventually(lambda: bool(wire.events(US, code)))
    event = wire.events(US, code)[-1]
    assert (event["kind"], event["subject"]) == ("refused", "unknown")


def test_a_body_that_announces_too_much_is_refused_before_it_is_read(
    wire: Wire, rude: Rude
) -> None:
    with client(rude, request(9 * MIB)) as connection:
        answer = until(connection, b"exchange.too-large")
    assert answer.startswith(b"HTTP/1.1 413 ")
    with client(rude, request("9" * 400)) as connection:
        assert connection.recv(4096).startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))
    told(wire, "exchange.too-large")


def test_a_body_in_chunks_is_refused_where_it_becomes_too_long(
    rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.2)
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    chunk = b"%x\r\n" % MIB + bytes(MIB) + b"\r\n"
    with client(rude, head) as connection:
        with contextlib.suppress(ConnectionError):
            for _ in range(12):
                connection.sendall(chunk)
        answer = all_of(connection)
    assert b"413" in answer.partition(b"\r\n")[0] and b"exchange.too-large" in answer


def test_small_addresses_take_small_bodies_only(wire: Wire, rude: Rude) -> None:
    assert code_of(post(rude.port, "/openline/v1/ask", bytes(17_000))) == "exchange.too-large"
    assert code_of(post(rude.port, "/openline/v1/hello", bytes(300_000))) == "exchange.too-large"


def test_a_slow_body_is_refused_while_others_are_served(
    wire: Wire, rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS_MAX", 0.4)
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.2)
    with client(rude, request(1000) + b"abc") as connection:
        rude.is_served()
        answer = all_of(connection)
    assert b"408" in answer.partition(b"\r\n")[0] and b"exchange.too-slow" in answer
    told(wire, "exchange.too-slow")


@pytest.mark.parametrize("first", [b"", b"POST ", request(5)[:-2], b"\r\n"])
def test_a_slow_request_head_ends_the_connection(
    rude: Rude, monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(guard, "HEADER_SECONDS_MAX", 0.2)
    with client(rude, first) as connection:
        assert all_of(connection) == b""


def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(
    rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "HEADER_SECONDS_MAX", 0.3)
    with client(rude, request(1) + b"x") as connection:
        answer = b""
        while not answer.endswith(b"early\n"):
            answer += connection.recv(4096)
        connection.sendall(b"POST / HTTP/1.1\r\na: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(30):  # one byte now and then must not buy more time
                time.sleep(0.02)
                connection.sendall(b"b")
        assert all_of(connection) == b""


def test_a_body_nobody_asked_for_ends_soon_after_its_answer(
    rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.2)
    with client(rude, request(100_000, "/nothing") + b"abc") as connection:
        assert all_of(connection).startswith(b"HTTP/1.1 404 ")


def test_an_endless_head_is_refused(rude: Rude) -> None:
    for filler in (b"a: " + b"b" * 100_000, b"a: b\r\n" * 20_000):
        with client(rude, b"POST / HTTP/1.1\r\n") as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(filler)
            answer = all_of(connection)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")


def test_one_address_cannot_hold_every_connection(
    rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "CONNECTIONS_PER_ADDRESS_MAX", 8)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(client(rude)) for _ in range(12)]
        answers = [all_of(connection) for connection in held[-2:]]
    assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in answers)
    eventually(lambda: rude.hello()[0] == 200)


def test_bodies_together_take_no_more_memory_than_there_is_room_for(
    wire: Wire, rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODIES_BYTES_MAX", 100_000)
    with client(rude, request(200_000) + bytes(90_000)) as connection:
        eventually(lambda: code_of(post(rude.port, PATH, bytes(50_000))) == "exchange.no-room")
        connection.close()
    eventually(lambda: code_of(post(rude.port, PATH, bytes(50_000))) == "formats.malformed")


def test_an_answer_that_takes_too_long_ends_its_connection_only(
    wire: Wire, rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a client that never reads: the answer is not finished, and the socket is let go."""
    monkeypatch.setattr(guard, "ANSWER_SECONDS_MAX", 0.2)
    busy = threading.Thread(target=on, args=(wire[US], time.sleep, 0.6))
    busy.start()
    with client(rude, request(1) + b"x") as connection:
        assert all_of(connection) == b""
    busy.join()
    rude.is_served()


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST \xff\xff HTTP/1.1\r\n\r\n",
        START + b"content-length: -1\r\n\r\n",
        START + b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        START + b"host: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\r\n\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_ends_the_connection(
    rude: Rude, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "HEADER_SECONDS_MAX", 0.2)
    monkeypatch.setattr(guard, "BODY_SECONDS_MAX", 0.2)
    monkeypatch.setattr(guard, "LINGER_SECONDS", 0.1)
    with client(rude, data) as connection:
        answer = all_of(connection)
    assert answer == b"" or answer[9:12] in (b"400", b"404", b"405", b"408"), answer


def test_requests_that_do_not_wait_for_their_answers_are_cut_off(rude: Rude) -> None:
    with client(rude, (request(1) + b"x") * 50) as connection:
        assert all_of(connection).count(b"HTTP/1.1 ") < 50


def test_other_methods_and_other_addresses_have_nothing(rude: Rude) -> None:
    for method, path, status in (
        ("GET", PATH, 405),
        ("POST", "/openline/v1/nothing", 404),
        ("POST", "/v1/status", 404),
        ("GET", "/", 404),
        ("POST", PATH + "/../../../etc/passwd", 404),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", rude.port, timeout=10)
        connection.request(method, path, b"x")
        assert connection.getresponse().status == status, (method, path)
        connection.close()


def test_a_compressed_body_is_not_unpacked(rude: Rude) -> None:
    body = gzip.compress(bytes(50 * MIB))
    reply = post(rude.port, PATH, body, **{"content-encoding": "gzip"})
    assert (reply[0], code_of(reply)) == (400, "formats.malformed")


def test_a_client_that_hangs_up_alarms_nobody(wire: Wire, rude: Rude) -> None:
    for first in (b"POST", request(1000) + b"abc", request(1000, "/nothing")):
        with client(rude, first):
            rude.is_served()
    rude.is_served()
    assert not wire.events(US, "watch.unforeseen") and not wire.events(US, "exchange.hung-up")
