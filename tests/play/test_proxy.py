"""The wire between nodes: what is cut does not pass, and one receipt is lost after it was given."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from openline.cli.play.hands import EVERYBODY
from openline.cli.play.homes import loopback_net
from openline.cli.play.proxy import Wire, WireFailed

DELIVER = b"POST /openline/v1/deliver HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody"
HELLO = b"POST /openline/v1/hello HTTP/1.1\r\ncontent-length: 4\r\n\r\nbody"
GIVEN = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nreceipt"
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
NET = loopback_net()
SOUTH_INSIDE = (f"{NET}.2", 8551)
SOUTH_OUTSIDE = (f"{NET}.2", 8550)


class Node:
    """Something that answers every request and remembers it."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answer = GIVEN
        self._door = socket.create_server(SOUTH_INSIDE)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65_536):
                    self.asked.append(data)
                    connection.sendall(self.answer)
            except OSError:
                return

    def close(self) -> None:
        if not self._thread.is_alive():
            return
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)


@pytest.fixture
def south() -> Iterator[Node]:
    node = Node()
    yield node
    node.close()


@pytest.fixture
def wire(south: Node) -> Iterator[Wire]:
    made = Wire()
    made.open("north.example", (f"{NET}.1", 8550), (f"{NET}.1", 8551))
    made.open("south.example", SOUTH_OUTSIDE, SOUTH_INSIDE)
    yield made
    made.close()


@contextmanager
def speaking(host: str = f"{NET}.1") -> Iterator[socket.socket]:
    """A connection to the south, as the party of that address would make it."""
    connection = socket.create_connection(SOUTH_OUTSIDE, 5, source_address=(host, 0))
    with closing(connection):
        yield connection


def ask(connection: socket.socket, request: bytes) -> bytes:
    """The answer, or nothing where the connection broke."""
    try:
        connection.sendall(request)
        return connection.recv(65_536)
    except (ConnectionError, BrokenPipeError):
        return b""


def test_what_is_not_cut_passes_unchanged_again_and_again(wire: Wire, south: Node) -> None:
    with speaking() as connection:
        assert ask(connection, HELLO) == GIVEN
        assert ask(connection, DELIVER) == GIVEN
    assert south.asked == [HELLO, DELIVER]


def test_a_cut_breaks_what_is_connected_and_refuses_what_comes(wire: Wire, south: Node) -> None:
    with speaking() as connection:
        assert ask(connection, HELLO) == GIVEN
        wire.cut("south.example", "north.example")
        assert ask(connection, HELLO) == b""
    with speaking() as connection:
        assert ask(connection, HELLO) == b""
    assert south.asked == [HELLO]
    assert wire.refused == 1
    wire.heal("south.example", "north.example")
    with speaking() as connection:
        assert ask(connection, HELLO) == GIVEN


def test_a_cut_of_two_leaves_others_alone(wire: Wire) -> None:
    wire.cut("north.example", "south.example")
    with speaking(f"{NET}.9") as stranger:
        assert ask(stranger, HELLO) == GIVEN


def test_a_party_that_is_cut_off_is_reached_by_nobody(wire: Wire) -> None:
    wire.cut("south.example", EVERYBODY)
    for host in (f"{NET}.1", f"{NET}.9"):
        with speaking(host) as connection:
            assert ask(connection, HELLO) == b""
    wire.heal("south.example", EVERYBODY)
    with speaking() as connection:
        assert ask(connection, HELLO) == GIVEN


def test_one_receipt_is_lost_after_the_node_has_given_it(wire: Wire, south: Node) -> None:
    wire.lose_receipt("north.example", "south.example")
    with speaking() as connection:
        assert ask(connection, HELLO) == GIVEN
        assert ask(connection, DELIVER) == b""
    assert south.asked == [HELLO, DELIVER]
    assert wire.lost == 1
    with speaking() as connection:
        assert ask(connection, DELIVER) == GIVEN


def test_a_refusal_is_not_the_receipt_that_gets_lost(wire: Wire, south: Node) -> None:
    wire.lose_receipt("north.example", "south.example")
    south.answer = REFUSED
    with speaking() as connection:
        assert ask(connection, DELIVER) == REFUSED
        south.answer = GIVEN
        assert ask(connection, DELIVER) == b""
    assert wire.lost == 1


def test_the_receipt_of_another_sender_passes(wire: Wire) -> None:
    wire.lose_receipt("north.example", "south.example")
    with speaking(f"{NET}.9") as stranger:
        assert ask(stranger, DELIVER) == GIVEN
    assert wire.lost == 0


def test_a_node_that_is_down_looks_like_a_broken_wire(wire: Wire, south: Node) -> None:
    south.close()
    with speaking() as connection:
        assert ask(connection, HELLO) == b""


def test_an_address_that_is_taken_is_named(wire: Wire) -> None:
    with pytest.raises(WireFailed, match=SOUTH_OUTSIDE[0]):
        wire.open("west.example", SOUTH_OUTSIDE, (f"{NET}.3", 8551))
