"""A request over a link that breaks: sent a piece at a time, from where the other side is.

Shapes   outgoing(path, body, size) yields pieces and is sent answers, None for one that was lost;
         Assembly takes pieces and gives the whole, then the answer in pieces
Units    bytes; wholes are kept for an hour, where there is no room for others for IDLE_S
Raises   PieceRefused, Malformed
Source   docs/PROTOCOL.md part 11, "Narrow links"
Never    carries a request out twice: who lost the answer gets the same bytes again. Never holds
         more than HELD_BYTES_MAX, whatever totals are stated
"""

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.exchange.refusals import Refused
from openline.formats.piece import (
    ID_BYTES,
    NOT_YET,
    Piece,
    Progress,
    parse_piece,
    parse_progress,
)

KEPT_S: Final = 3_600
IDLE_S: Final = 60
WHOLES_MAX: Final = 64
HELD_BYTES_MAX: Final = 16 * 1024 * 1024
LOST_MAX: Final = 1_000
WIDTH_MIN: Final = 16
WIDTH_STEP: Final = 4


class PieceRefused(Refused):
    """A piece belongs to nothing that is being received, or there is no room for more."""

    code: ClassVar[str] = "exchange.piece-refused"
    remedy: ClassVar[str] = "Begin the request again; over a whole link send it in one."


class LinkLost(Refused):
    """So many pieces in a row were lost that the link is given up for now."""

    code: ClassVar[str] = "exchange.link-lost"
    remedy: ClassVar[str] = "The node goes on by itself when the link answers again."


def id_of(path: str, body: bytes) -> bytes:
    """The name of a request: the same request has the same name on every try."""
    return hashlib.sha256(path.encode() + b"\n" + body).digest()[:ID_BYTES]


def outgoing(
    path: str, body: bytes, size: int, lost_max: int = LOST_MAX
) -> Generator[bytes, bytes | None, bytes]:
    """Send a request in pieces of at most `size` bytes; gives the whole answer.

    What is yielded is to be sent; send in what came back, or None when nothing did.
    """
    name = id_of(path, body)
    held, answer, total = 0, b"", NOT_YET
    lost, width = 0, size
    while len(answer) < total:
        data = body[held : held + width]
        # Only with the last of the request can there be an answer: room for it is asked then.
        room = width - len(data) if held + len(data) >= len(body) else 0
        came = yield Piece(name, path, len(body), held, len(answer), room, data).encode()
        if came is None:
            # Breaks that come at a distance let through what is short enough.
            lost, width = lost + 1, max(WIDTH_MIN, width // 2)
            if lost > lost_max:
                raise LinkLost(f"{lost} pieces were lost in a row")
            continue
        lost, width = 0, min(size, width + WIDTH_STEP)
        progress = parse_progress(came)
        held = min(progress.next, len(body))
        if progress.total != NOT_YET:
            total = progress.total
            answer += progress.data
    return answer


@dataclass(slots=True)
class Whole:
    """A request that is being received, or was answered."""

    path: str
    total: int
    since_s: int
    heard_s: int = 0
    body: bytearray = field(default_factory=bytearray)
    answer: bytes | None = None
    is_begun: bool = False

    @property
    def request(self) -> bytes:
        """The bytes of the request that are here."""
        return bytes(self.body)

    @property
    def is_waited_for(self) -> bool:
        """Whether it is being carried out just now."""
        return self.is_begun and self.answer is None

    @property
    def held_bytes(self) -> int:
        """What it takes up here."""
        return len(self.body) + len(self.answer or b"")


class Assembly:
    """Requests in pieces, of everybody; bounded, and forgotten after an hour."""

    def __init__(self) -> None:
        self._wholes: dict[bytes, Whole] = {}

    def take(self, data: bytes, now_s: int) -> tuple[Piece, Whole, bool]:
        """Take a piece: it, its request, and whether that is whole now and waits to be done."""
        piece = parse_piece(data)
        self._expire(now_s)
        whole = self._wholes.get(piece.id)
        self._make_room(piece, is_new=whole is None, now_s=now_s)
        if whole is None:
            whole = self._wholes[piece.id] = Whole(piece.path, piece.total, now_s)
        if (whole.path, whole.total) != (piece.path, piece.total):
            raise PieceRefused("another request has this name")
        whole.heard_s = now_s
        if not whole.is_begun and piece.offset <= len(whole.body):
            whole.body += piece.data[len(whole.body) - piece.offset :]
        is_ready = not whole.is_begun and len(whole.body) == whole.total
        whole.is_begun |= is_ready
        if is_ready and id_of(whole.path, whole.request) != piece.id:
            del self._wholes[piece.id]
            raise PieceRefused("the pieces do not give the request that was named")
        return piece, whole, is_ready

    def progress(self, piece: Piece, whole: Whole) -> bytes:
        """What to answer a piece."""
        held = whole.total if whole.answer is not None else len(whole.body)
        if whole.answer is None:
            return Progress(held, NOT_YET, b"").encode()
        part = whole.answer[piece.wanted : piece.wanted + piece.room]
        return Progress(held, len(whole.answer), part).encode()

    def drop(self, piece: Piece) -> None:
        """Forget a request that was refused: it may be sent again as another."""
        self._wholes.pop(piece.id, None)

    def answered(self, whole: Whole, answer: bytes) -> None:
        """The request was carried out; only its answer is kept."""
        whole.answer = answer
        whole.body.clear()

    def _make_room(self, piece: Piece, *, is_new: bool, now_s: int) -> None:
        """Refuse what there is no room for; what was not heard of for a while gives way first.

        Anybody can begin requests and leave them: for an hour no narrow link would be served.
        """
        idle = sorted(
            (w.heard_s, name)
            for name, w in self._wholes.items()
            if name != piece.id and now_s - w.heard_s >= IDLE_S and not w.is_waited_for
        )
        while self._is_full(piece, is_new):
            if not idle:
                told = "as many requests in pieces are being received as there is room for"
                raise PieceRefused(told)
            del self._wholes[idle.pop(0)[1]]

    def _is_full(self, piece: Piece, is_new: bool) -> bool:
        used = sum(w.held_bytes for w in self._wholes.values())
        too_many = is_new and len(self._wholes) >= WHOLES_MAX
        return too_many or used + len(piece.data) > HELD_BYTES_MAX

    def _expire(self, now_s: int) -> None:
        old = [name for name, w in self._wholes.items() if w.since_s < now_s - KEPT_S]
        for name in old:
            del self._wholes[name]
