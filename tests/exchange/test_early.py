"""Notices over narrow links: what is shown before the long signature is there, and what counts."""

import contextlib
import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pytest

from openline.errors import OpenlineError
from openline.exchange.carried import early
from openline.exchange.folding import reading
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import dispatch, pieces, receive
from openline.formats.delivery import parse_delivery
from openline.formats.note import parse_note
from openline.formats.piece import ID_BYTES, PIECE_HEAD_BYTES, PROGRESS_HEAD_BYTES, Piece
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
INCIDENT = "core/incident@1"
FLASH = {
    "subject": text("Fire on a convoy at the bridge, hold fire"),
    "precedence": "flash",
    "place": "Riverside bridge",
    "since": "2030-12-01T08:00:00Z",
}


@pytest.fixture
def line() -> Iterator[tuple[Peers, bytes]]:
    peers = make_peers(US, RU)
    yield peers, peers.open_line(US, RU, officers={"*": 2, "open": 2})


def flash(line: tuple[Peers, bytes]) -> tuple[Station, Station, dispatch.Shipment]:
    """A flash notice that is on its way."""
    peers, line_id = line
    us, ru = peers[US].station, peers[RU].station
    peers.carry()
    peers.say(US, line_id, INCIDENT, FLASH, "report")
    shipment = dispatch.next_delivery(us, RU)
    assert shipment is not None
    return us, ru, shipment


def parts(shipment: dispatch.Shipment) -> tuple[bytes, bytes]:
    found = early.split(shipment.body)
    assert found is not None
    return found


def test_a_flash_notice_is_small(line: tuple[Peers, bytes]) -> None:
    _, _, shipment = flash(line)
    first, second = parts(shipment)
    assert len(first) <= 3_600
    assert len(shipment.body) <= 8_000
    assert len(first) + len(second) <= 8_000


def test_it_is_shown_as_classical_only_and_counts_when_the_long_signature_is_there(
    line: tuple[Peers, bytes],
) -> None:
    us, ru, shipment = flash(line)
    first, second = parts(shipment)
    assert early.take(ru, first) == b""
    (shown,) = early.held(ru)
    assert shown["mark"] == "classical signature only"
    assert shown["fields"]["place"] == "Riverside bridge"
    log = ru.log(shipment.origin)
    assert log is not None and log.size < shipment.head.size
    assert reading.state(ru, line[1]).entry(tuple(shown["ref"])) is None  # type: ignore[arg-type]
    assert ru.store.cosignature(shipment.origin, shipment.head.size, f"{RU}/receipt") is None

    dispatch.delivered(us, shipment, early.complete(ru, second))
    assert early.held(ru) == []
    log = ru.log(shipment.origin)
    assert log is not None and (log.size, log.root) == (shipment.head.size, shipment.head.root)
    assert log.note == parse_delivery(shipment.body).note


def test_the_whole_delivery_may_come_instead(line: tuple[Peers, bytes]) -> None:
    _, ru, shipment = flash(line)
    early.take(ru, parts(shipment)[0])
    receive.receive(ru, shipment.body)
    assert early.held(ru) == []
    assert early.take(ru, parts(shipment)[0]) == b""
    assert early.held(ru) == []


def test_a_long_signature_of_something_else_counts_for_nothing(line: tuple[Peers, bytes]) -> None:
    us, ru, shipment = flash(line)
    first, second = parts(shipment)
    with pytest.raises(NotYours):
        early.complete(ru, second)
    early.take(ru, first)
    other = us.keys.sign_head(shipment.head, 1)
    lines = parse_note(other).signatures
    wrong = second[: second.index(b"\n") + 1] + b"9\n" + second.split(b"\n")[2] + b"\n"
    for bad in (wrong, second[:-20] + b"\n", second.replace(b"AAA", b"BBB", 1)[:-2]):
        with pytest.raises(OpenlineError):
            early.complete(ru, bad)
    assert len(lines) == 2
    assert len(early.held(ru)) == 1
    early.complete(ru, second)


def test_a_changed_early_notice_is_not_shown(line: tuple[Peers, bytes]) -> None:
    _, ru, shipment = flash(line)
    first, _ = parts(shipment)
    for at in range(4, len(first), 61):
        changed = first[:at] + bytes([first[at] ^ 1]) + first[at + 1 :]
        with pytest.raises(OpenlineError):
            early.take(ru, changed)
    assert early.held(ru) == []


# ------------------------------------------------------------------------------ a link that breaks


@dataclass
class Narrow:
    """A radio link: so many bits a second, broken after every so many bytes, in both directions.

    What is under way when it breaks is lost. Time is counted and not waited for.
    """

    bits_s: int = 1_200
    cut_bytes: int = 100
    sent: int = 0
    breaks: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.sent * 8 / self.bits_s

    def carries(self, data: bytes, what: str) -> bool:
        """Whether bytes come through whole before the next break."""
        left = self.cut_bytes - self.sent % self.cut_bytes
        if len(data) > left:
            self.sent += left
            self.breaks += 1
            self.lost.append(what)
            return False
        self.sent += len(data)
        self.breaks += len(data) == left
        return True


def over(
    link: Narrow, sending: Generator[bytes, bytes | None, bytes], assembly: pieces.Assembly,
    serve: dict[str, object],
) -> bytes:  # fmt: skip
    """Carry a request over the link to the code behind it, piece by piece; the answer."""
    piece = next(sending)
    while True:
        came = None
        if link.carries(piece, "piece"):
            taken, whole, is_ready = assembly.take(piece, 0)
            if is_ready:
                whole.answer = serve[whole.path](whole.request)  # type: ignore[operator]
            answer = assembly.progress(taken, whole)
            came = answer if link.carries(answer, "answer") else None
        try:
            piece = sending.send(came)
        except StopIteration as done:
            assert isinstance(done.value, bytes)
            return done.value


DATA = 100 - PIECE_HEAD_BYTES - PROGRESS_HEAD_BYTES


@pytest.mark.parametrize("size", [DATA, 40, 79])
def test_at_1200_bits_a_second_cut_at_every_100th_byte_a_flash_arrives(
    line: tuple[Peers, bytes], size: int
) -> None:
    us, ru, shipment = flash(line)
    first, second = parts(shipment)
    link, assembly = Narrow(), pieces.Assembly()
    serve: dict[str, object] = {
        "early": lambda body: early.take(ru, body),
        "complete": lambda body: early.complete(ru, body),
    }
    assert over(link, pieces.outgoing("early", first, size), assembly, serve) == b""
    assert len(early.held(ru)) == 1
    shown_s = link.seconds
    receipt = over(link, pieces.outgoing("complete", second, size), assembly, serve)
    dispatch.delivered(us, shipment, receipt)
    assert link.breaks > 60
    assert shown_s <= (40 if size == DATA else 90)
    assert link.seconds <= (180 if size == DATA else 300)
    assert us.session(RU).holds[shipment.origin] == shipment.head.size


def test_pieces_that_are_lost_doubled_or_late_give_the_same_request() -> None:
    assembly = pieces.Assembly()
    body = bytes(range(256)) * 3
    made = []
    sending = pieces.outgoing("early", body, 100)
    piece, times = next(sending), 0
    while True:
        taken, whole, is_ready = assembly.take(piece, 0)
        assembly.take(piece, 0)
        if is_ready:
            made.append(whole.request)
            whole.answer = b"answer" * 50
        times += 1
        try:
            answer = None if times % 3 == 0 else assembly.progress(taken, whole)
            piece = sending.send(answer)
        except StopIteration as done:
            assert done.value == b"answer" * 50
            break
    assert made == [body]


def test_pieces_of_another_request_are_refused() -> None:
    assembly = pieces.Assembly()
    sending = pieces.outgoing("early", b"x" * 50, 100)
    piece = next(sending)
    with pytest.raises(pieces.PieceRefused):
        assembly.take(piece[:20] + b"y" * 50, 0)
    for cut in (0, 19):
        with pytest.raises(OpenlineError):
            assembly.take(piece[:cut], 0)
    with pytest.raises(pieces.LinkLost):
        sending = pieces.outgoing("early", b"x", 100, 3)
        next(sending)
        for _ in range(5):
            sending.send(None)


def begun(number: int, total: int = 1_000) -> bytes:
    """The first piece of a request that a stranger begins and leaves."""
    name = hashlib.sha256(b"%d" % number).digest()[:ID_BYTES]
    return Piece(name, "deliver", total, 0, 0, 0, b"x").encode()


def test_requests_that_a_stranger_began_and_left_keep_nobody_out_for_an_hour() -> None:
    assembly = pieces.Assembly()
    for number in range(pieces.WHOLES_MAX):
        assembly.take(begun(number), 0)
    sending = pieces.outgoing("early", b"x" * 500, 100)
    honest = next(sending)
    with pytest.raises(pieces.PieceRefused):
        assembly.take(honest, 1)
    now_s = pieces.IDLE_S + 1
    while True:  # and a request at work gives way to no other
        taken, whole, is_ready = assembly.take(honest, now_s)
        if is_ready:
            break
        with contextlib.suppress(pieces.PieceRefused):
            for number in range(pieces.WHOLES_MAX, 2 * pieces.WHOLES_MAX):
                assembly.take(begun(number), now_s)
        honest = sending.send(assembly.progress(taken, whole))
        now_s += 1
    assert whole.request == b"x" * 500


def test_however_much_is_stated_no_more_is_held_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces, "HELD_BYTES_MAX", 10_000)
    assembly = pieces.Assembly()
    held = []
    for number in range(8):
        taken, whole, _ = assembly.take(begun(number, 5_000), 0)
        held.append(whole)
        for at in range(1, 4_900, 100):
            with contextlib.suppress(pieces.PieceRefused):
                more = Piece(taken.id, "deliver", 5_000, at, 0, 0, b"x" * 100)
                assembly.take(more.encode(), 0)
    assert 9_800 <= sum(len(each.body) for each in held) <= 10_000
